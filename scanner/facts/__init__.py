"""What is true outside any account: regions, countries, laws, operators, destinations, signs of health data.

The facts are YAML in `tables/`, loaded once, checked on loading and looked up by pure functions. `docs/facts.md` says
how they are kept and corrected.
"""
