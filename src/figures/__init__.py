"""The figures of the article, drawn from recorded numbers as SVG that follows the page's font and palette."""
