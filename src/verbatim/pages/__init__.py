"""What pages say: their source, their references, their programs, the bibliography."""
