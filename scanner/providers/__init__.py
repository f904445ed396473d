"""The rooms that talk to clouds. Providers are found by entry point and imported only when one is used."""
