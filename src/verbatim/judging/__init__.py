"""Who judges: blocks, text and numbers of rendered pages, and the gate over a built site."""
