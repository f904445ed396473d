"""Real resources in the simulated AWS, made by boto3, and what a scan must then say of them. One file a field.

A type that moto can hold and that is not here yet belongs here: write a function under `@seed("service.noun")`.
"""

from tests.providers.aws.seeds import compute, databases, delivery, machines, messages, objects, platforms
from tests.providers.aws.seeds.making import SEEDS, Expected, Make

FIELDS = (compute, databases, delivery, machines, messages, objects, platforms)

__all__ = ["FIELDS", "SEEDS", "Expected", "Make"]
