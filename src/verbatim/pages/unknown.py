"""What is said of a reference that leads nowhere."""

from __future__ import annotations


class UnknownReference(ValueError):
    """A reference that leads nowhere; its text says what was expected."""
