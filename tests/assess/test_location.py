"""The country of a resource: the zone decides before the region."""

from datetime import date

from scanner.assess.location import location_of
from scanner.facts.registry import shipped
from scanner.model import EncryptionState, Holds, KeyOwner, ObservedEncryption, ObservedResource
from scanner.model.records import Place


def resource(region: str, zone: str = "") -> ObservedResource:
    return ObservedResource(
        id="arn:aws:ec2:eu-central-1:111122223333:volume/vol-1",
        type="ec2.volume",
        provider="aws",
        partition="aws",
        account="111122223333",
        region=region,
        zone=zone,
        name="vol-1",
        category="block",
        holds=Holds.CONTENT,
        encryption=ObservedEncryption(state=EncryptionState.PLAIN, owner=KeyOwner.NOBODY),
    )


TODAY = date(2026, 11, 25)
OUTPOST = "arn:aws:outposts:eu-central-1:111122223333:outpost/op-0"


def test_a_volume_in_istanbul_is_in_turkey_although_its_region_is_frankfurt() -> None:
    assert location_of(resource("eu-central-1"), {}.get, shipped(), TODAY).country == "DE"
    assert location_of(resource("eu-central-1", "eu-central-1-ist-1a"), {}.get, shipped(), TODAY).country == "TR"


def test_a_volume_on_customer_hardware_has_no_country_until_declared() -> None:
    place = location_of(resource("eu-central-1", OUTPOST), {}.get, shipped(), TODAY)
    assert place.country is None and place.gap is not None


def test_a_volume_on_customer_hardware_is_in_the_country_of_a_site_that_the_provider_knows() -> None:
    site = Place(target=OUTPOST, region="eu-central-1", account="111122223333", country="BE")
    place = location_of(resource("eu-central-1", OUTPOST), {OUTPOST: site}.get, shipped(), TODAY)
    assert (place.country, place.gap, place.confirmed) == ("BE", None, True)
