"""A simulated AWS on the loopback interface: moto behind a strict front of our own.

Only `process` is for the parent; everything else runs in the child and loads moto.
"""
