"""Plain Sphinx with the book theme: its defaults, and what the article cannot do without."""

project = "大模型创业公司崛起之路"
language = "zh_CN"
extensions = ["myst_parser"]
myst_enable_extensions = ["dollarmath"]
html_theme = "sphinx_book_theme"
