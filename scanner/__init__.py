"""lexloci: where health data sits, under whose law, and who holds the key."""

DISTRIBUTION = "lexloci"
"""Whose `scanner` this is: others call their import package so too (see `lexloci.py`)."""
__version__ = "0.1.0"
