"""The working journal of a scan, and what is kept of it."""
