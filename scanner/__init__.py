"""lexloci: where health data sits, under whose law, and who holds the key."""

__version__ = "0.1.0"
