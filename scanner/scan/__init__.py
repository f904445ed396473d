"""The pipeline, where the rooms meet: gather what the accounts say, conclude what follows, summarise.

units ──► gather ──► journal ──► conclude ──► journal ──► summarise
"""
