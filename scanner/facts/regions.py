"""From a provider's region code to a country. Nothing is inferred from how a name looks."""

from datetime import date

from scanner.facts import aws_regions, azure_regions
from scanner.facts.located import Located, Pair, unknown
from scanner.model import Gap, GapReason


def locate(provider: str, partition: str, region: str, zone: str = "") -> Located:
    """The country of the machines behind `region` (a code of `provider` in `partition`) or, when given, of its `zone`.

    A zone elsewhere (an AWS Local Zone) has its own country, and one whose place is not in the tables has none: the
    region's country is never lent to it. A partition may be empty when it is not known.
    """
    match provider:
        case "aws":
            return aws_regions.locate(partition, region, zone)
        case "azure":
            return azure_regions.locate(partition, region, zone)
        case _:
            return unknown(GapReason.UNMAPPED, f"there is no table of regions for the provider '{provider}'", date.min)


def pair_of(provider: str, partition: str, region: str) -> Pair:
    """The region to which `provider` copies data of `region` by itself. Of the providers known only Azure has any."""
    match provider:
        case "aws":
            return Pair(region="")
        case "azure":
            return azure_regions.pair_of(partition, region)
        case _:
            gap = Gap(fact="copies", reason=GapReason.UNMAPPED, detail=f"no table of regions for '{provider}'")
            return Pair(region=None, gap=gap)
