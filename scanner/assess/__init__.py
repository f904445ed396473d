"""From facts about the account to facts about the law. Pure functions; the arithmetic of the whole project."""
