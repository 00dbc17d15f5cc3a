"""The instrument that lets no text onto a page as code, output or measurement unless a real run has proven it."""
