"""`lexloci scan`: what of a cloud is asked for, as its provider takes it."""

from collections.abc import Callable, Mapping
from typing import Any

import typer

from scanner.cli.app import App, Group, made
from scanner.cli.options import Scanning, ScanningAws, ScanningAzure
from scanner.cli.sample import budget
from scanner.errors import UsageError


class Clouds(Group):
    """The clouds by name: our own, and those of plugins, which are known from what their packages register.

    A plugin has the options that all clouds share, and is imported when it is asked for and not before.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), *(name for name in _registered() if name not in self.commands)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        own = super().get_command(ctx, cmd_name)
        package = None if own is not None else _registered().get(cmd_name)
        return own if package is None else made(cmd_name, _plugin(cmd_name), _ABOUT_PLUGIN.format(package))


def _registered() -> Mapping[str, str]:
    from scanner.providers.plugins import registered  # reads metadata of packages, which our own clouds do not need

    return registered()


def _plugin(name: str) -> Callable[[Scanning], None]:
    def scan(asked: Scanning) -> None:
        _run(name, {}, asked)

    return scan


_ABOUT_PLUGIN = "A plugin: {}.\n\nCode that is not of lexloci, and that runs with your credentials."

app = App(
    cls=Clouds,
    help="Scan accounts of a cloud, read-only, and report where data sits, under whose law, and who holds the key.",
)


@app.command()
def aws(asked: ScanningAws) -> None:
    """Scan an AWS account, or those of an organisation, with your environment's credentials. Sends read calls only."""
    options = {
        "profile": asked.profile,
        **_entry(asked),
        "regions": asked.regions,
        "exclude_regions": asked.exclude_regions,
        "services": asked.services,
        "exclude_services": asked.exclude_services,
        "types": asked.types,
        "exclude_types": asked.exclude_types,
        "first_look": asked.first_look,
        "first_look_by": asked.first_look_by,
        "sample": budget(asked.sample),
    }
    _run("aws", options, asked)


@app.command()
def azure(asked: ScanningAzure) -> None:
    """Scan Azure subscriptions with the identity of your environment. Sends read calls only."""
    options = {
        "subscriptions": asked.subscription,
        "management_group": asked.management_group,
        "tenants": asked.tenant,
        "arm_endpoint": asked.arm_endpoint,
        "authority": asked.authority,
        "verify_live": asked.verify_live,
        "data_plane": asked.data_plane,
        "sample": budget(asked.sample),
    }
    _run("azure", options, asked)


def _entry(asked: ScanningAws) -> dict[str, Any]:
    """How accounts are entered; UsageError for options that mean nothing together.

    The external id is that of the roles in the accounts when there are several, else that of --role-arn.
    """
    several = asked.organization or bool(asked.accounts)
    if asked.ou and not asked.organization:
        raise UsageError("--ou goes with --organization.")
    if asked.role_name and not several:
        raise UsageError("--role-name goes with --organization or --accounts; one role is named by --role-arn.")
    if asked.external_id and not asked.role_arn and not several:
        raise UsageError("--external-id goes with --role-arn, --organization or --accounts.")
    return {
        "role_arn": asked.role_arn,
        "external_id": "" if several else asked.external_id,
        "organization": asked.organization,
        "ous": asked.ou,
        "accounts": asked.accounts,
        "role_name": asked.role_name,
        "member_external_id": asked.external_id if several else "",
    }


def _run(provider: str, options: Mapping[str, Any], asked: Scanning) -> None:
    """Hand over to the run, which imports everything heavy, and leave with its exit code."""
    from scanner.cli.run import run_scan

    raise typer.Exit(run_scan(provider, options, asked))
