"""Fictional accounts to try lexloci on: one room a cloud, each with the server that plays it."""
