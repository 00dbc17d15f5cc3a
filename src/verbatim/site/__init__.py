"""How a site is made of it: Markdown extensions, formulas, glossary, proof lines, the report, generators."""
