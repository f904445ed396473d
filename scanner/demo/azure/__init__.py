"""A strict, stateful Azure on this machine: sign-in, Resource Manager, Resource Graph and Key Vault over TLS.

It serves `lexloci demo health-data-hub` and the tests. It knows Azure's protocol and nothing of the scanner: a path, a
parameter, a query or an api-version that it does not know is refused in Azure's own words, and a write is both refused
and remembered. What it answers comes from a world (`scanner.demo.azure.world`), a YAML file.
"""
