"""What is believed of a cloud's answer about its own addresses."""

from typing import Any

import pytest

from scanner.providers.azure.clouds import Cloud, endpoint, known_by_authority, known_by_endpoint, known_clouds
from scanner.providers.azure.metadata import NotBelievedError, cloud_of

ARM = "https://management.delos.example"


def answer(**changes: Any) -> dict[str, Any]:
    """What the Resource Manager of an unknown cloud says, in the shape of 2022-09-01."""
    whole: dict[str, Any] = {
        "name": "Elsewhere",
        "resourceManager": f"{ARM}/",
        "authentication": {
            "loginEndpoint": "https://login.delos.example/",
            "audiences": ["https://management.core.delos.example/", f"{ARM}/"],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "suffixes": {"keyVaultDns": ".vault.delos.example", "mhsmDns": "managedhsm.delos.example"},
    }
    return {**whole, **changes}


def signing_in(login: str, *audiences: str) -> dict[str, Any]:
    return answer(authentication={"loginEndpoint": login, "audiences": list(audiences)})


def believed(said: Any, authority: str = "", arm: str = ARM) -> Cloud:
    return cloud_of(arm, said, authority, known_by_endpoint(arm))


def test_a_cloud_that_is_in_no_table_tells_all_its_addresses() -> None:
    found = believed(answer())
    assert (found.name, found.arm, found.authority) == ("Elsewhere", ARM, "https://login.delos.example")
    assert found.scope == f"{ARM}/.default"
    assert found.suffixes == (".vault.delos.example", ".managedhsm.delos.example")
    assert found.told_by == f"{ARM}/metadata/endpoints"


def test_the_older_form_is_a_list_of_all_clouds() -> None:
    other = answer(resourceManager="https://other.example/", name="Other")
    assert believed([other, answer()]).name == "Elsewhere"


def test_a_cloud_without_a_name_has_that_of_its_resource_manager() -> None:
    assert believed(answer(name="")).name == "management.delos.example"


def test_a_known_cloud_keeps_its_name_whatever_the_answer_calls_itself() -> None:
    arm = "https://management.sovcloud-api.fr"
    said = answer(
        name="AzureBleuCloud",
        resourceManager=arm,
        authentication={
            "loginEndpoint": "https://login.sovcloud-identity.fr/",
            "audiences": ["https://management.core.sovcloud-api.fr/"],
        },
    )
    found = believed(said, arm=arm)
    assert (found.name, found.authority) == ("Bleu", "https://login.sovcloud-identity.fr")
    assert found.scope == "https://management.core.sovcloud-api.fr/.default"


def test_the_authority_that_was_given_wins() -> None:
    assert believed(answer(), "https://login.mine.example").authority == "https://login.mine.example"


def test_a_known_clouds_sign_in_is_believed_for_another_resource_manager() -> None:
    said = signing_in("https://login.partner.microsoftonline.cn", f"{ARM}/")
    assert believed(said).authority == "https://login.partner.microsoftonline.cn"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (answer(resourceManager="https://attacker.example/"), "another Resource Manager"),
        (answer(resourceManager=f"{ARM}.attacker.example/"), "another Resource Manager"),
        ([], "another Resource Manager"),
        ({}, "another Resource Manager"),
        (None, "another Resource Manager"),
        (answer(authentication={}), "no sign-in authority"),
        (signing_in("https://login.attacker.example/", ARM), "another domain"),
        (signing_in("https://delos.example.attacker.example/", ARM), "another domain"),
        (signing_in("https://evildelos.example/", ARM), "another domain"),
        (signing_in("http://login.delos.example/", ARM), "not an https address"),
        (signing_in("https://login.delos.example@attacker.example/", ARM), "not an https address"),
        (signing_in("https://login.delos.example/"), "names none"),
        # Tokens for these would be sent to whoever answers here.
        (signing_in("https://login.microsoftonline.com/", "https://management.azure.com/"), "none of its audiences"),
        (signing_in("https://login.microsoftonline.com/", "https://graph.microsoft.com/"), "none of its audiences"),
        (signing_in("https://login.delos.example/", "https://vault.azure.net"), "none of its audiences"),
        # Everything below a suffix gets past the guard.
        (answer(suffixes={"keyVaultDns": "example"}), "no domain of key stores"),
        (answer(suffixes={"keyVaultDns": "."}), ""),
        (answer(suffixes={"mhsmDns": "vault.example/keys"}), "no domain of key stores"),
        (answer(suffixes={"mhsmDns": "10.0.0.1"}), "no domain of key stores"),
    ],
)
def test_what_could_lead_credentials_or_tokens_away_is_not_believed(said: Any, why: str) -> None:
    if not why:
        assert believed(said).vault_suffix == ""
        return
    with pytest.raises(NotBelievedError, match=why):
        believed(said)


def test_a_numeric_address_is_in_no_domain() -> None:
    arm = "https://10.1.2.3"
    said = signing_in("https://10.1.2.4/", f"{arm}/") | {"resourceManager": arm}
    with pytest.raises(NotBelievedError, match="another domain"):
        believed(said, arm=arm)


def test_what_the_table_says_passes_the_same_rules() -> None:
    for known in known_clouds():
        said = {
            "resourceManager": f"{known.arm}/",
            "authentication": {
                "loginEndpoint": known.authority,
                "audiences": [known.scope.removesuffix(".default")],
            },
            "suffixes": {"keyVaultDns": known.vault_suffix, "mhsmDns": known.hsm_suffix},
        }
        found = believed(said, arm=known.arm)
        assert (found.name, found.authority, found.scope) == (known.name, known.authority, known.scope)
        assert found.suffixes == known.suffixes
        assert known_by_authority(known.authority) is known
        assert endpoint(known.arm, "ARM endpoint") == known.arm
