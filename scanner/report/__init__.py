"""One file a format; each turns a finished scan into text or bytes."""
