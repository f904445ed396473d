import pytest

from scanner.providers.azure.declaration import KeyPaths
from scanner.providers.azure.keyref import normalise_uri, parse, references, unpack

VERSION = "0123456789abcdef0123456789abcdef"
ONE = f"https://v.vault.azure.net/keys/k/{VERSION}"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (f"https://V.vault.azure.net:443/keys/K/{VERSION}", ONE),
        ("https://v.vault.azure.net/keys/K/", "https://v.vault.azure.net/keys/k"),
        ("https://v.vault.azure.net/keys/K", "https://v.vault.azure.net/keys/k"),
        ("https://westus.h.managedhsm.azure.net/keys/K", "https://westus.h.managedhsm.azure.net/keys/k"),
        ("https://v.vault.azure.net/secrets/S", "https://v.vault.azure.net/secrets/S"),
    ],
)
def test_one_key_has_one_address_however_it_is_written(written: str, meant: str) -> None:
    assert normalise_uri(written) == meant


@pytest.mark.parametrize(
    "vault", ["https://v.vault.azure.net", "https://V.vault.azure.net/", "https://v.vault.azure.net:443"]
)
def test_vault_address_and_name_make_the_same_address_with_or_without_slash(vault: str) -> None:
    body = {"properties": {"KeyVaultUri": vault, "keyname": "K", "keyVersion": VERSION}}
    paths = KeyPaths(vault="properties.keyVaultUri", name="properties.keyName", version="properties.keyVersion")
    assert references(body, paths, "") == [ONE]


def test_sql_packs_vault_key_and_version_with_underscores() -> None:
    assert unpack(f"v_my-key_{VERSION}", "vault.azure.net") == f"https://v.vault.azure.net/keys/my-key/{VERSION}"
    assert unpack("ServiceManaged", "vault.azure.net") == ""


def test_an_array_of_references_keeps_vault_and_name_of_one_element_together() -> None:
    body = {
        "a": [{"vault": "https://x.vault.azure.net", "name": "1"}, {"vault": "https://y.vault.azure.net", "name": "2"}]
    }
    found = references(body, KeyPaths(each="a[]", vault="vault", name="name"), "")
    assert found == ["https://x.vault.azure.net/keys/1", "https://y.vault.azure.net/keys/2"]


def test_a_vault_given_by_id_is_taken_apart_again() -> None:
    vault = "/subscriptions/S/resourceGroups/G/providers/Microsoft.KeyVault/vaults/V"
    (reference,) = references({"id": vault, "name": "K"}, KeyPaths(vault_id="id", name="name"), "")
    name = parse(reference)
    assert name is not None
    assert (name.vault_id, name.name) == (vault.lower(), "k")


@pytest.mark.parametrize("reference", ["", "nonsense", "https://v.vault.azure.net/secrets/S", "/subscriptions/s"])
def test_what_is_no_key_is_not_taken_for_one(reference: str) -> None:
    assert parse(reference) is None
