"""What may be published: regions of source files, their constants and imports, and every text that a page may show."""
