"""`lexloci permissions`: what a scan must be allowed to read, and what a finished one was refused."""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import typer

from scanner.cli.app import App, words
from scanner.cli.idle import refuse_idle
from scanner.errors import UsageError

app = App(
    help="Print the least privilege a scan needs, generated from the catalog.",
)


@app.command()
def aws(
    context: typer.Context,
    services: Annotated[list[str] | None, typer.Option(help="Only these services.")] = None,
    types: Annotated[list[str] | None, typer.Option(help="Only these resource types.")] = None,
    from_: Annotated[
        Path | None,
        typer.Option("--from", help="A finished scan (JSON or sealed): print what was refused there instead."),
    ] = None,
    actions: Annotated[bool, typer.Option("--actions", help="Only the names of the actions, one a line.")] = False,
    format_: Annotated[
        str, typer.Option("--format", help="json (the policies), cloudformation or terraform (a role with them).")
    ] = "json",
    role_name: Annotated[str, typer.Option(help="Name of the role.")] = "lexloci-reader",
    organization: Annotated[
        bool, typer.Option("--organization", help="What the identity that scans an organisation needs beside.")
    ] = False,
    first_look: Annotated[
        bool, typer.Option("--first-look", help="What a first look needs, source by source; the role has it too.")
    ] = False,
    sample: Annotated[
        bool, typer.Option("--sample", help="What --sample needs beside: the policy that may read objects, by itself.")
    ] = False,
) -> None:
    """Print the IAM policies for AWS as JSON, split to the size limit of managed policies, or a role with them."""
    if from_ is not None:
        _refuse(
            context,
            "--from",
            "services",
            "types",
            "actions",
            "format",
            "role_name",
            "organization",
            "sample",
            "first_look",
        )
        _refused(from_)
        return
    _known(format_, ("json", "cloudformation", "terraform"))
    if actions:
        _refuse(context, "--actions", "format", "role_name")
    elif format_ == "json" and not organization:
        _refuse(context, "--format json", "role_name")
    if sample:
        _refuse(context, "--sample", "services", "types", "organization", "first_look")
        _sample_aws(format_, role_name, actions=actions)
    elif first_look:
        _refuse(context, "--first-look", "services", "types", "organization", "format", "role_name")
        _first_look(actions=actions)
    elif organization:
        _refuse(context, "--organization", "services", "types")
        if format_ != "json":
            raise UsageError(f"--organization is printed as json only, not as {format_}.")
        _organization(role_name, actions=actions)
    else:
        _reader_aws(format_, role_name, actions=actions, types=words(types), services=words(services))


@app.command()
def azure(
    context: typer.Context,
    subscription: Annotated[
        list[str] | None, typer.Option(help="Subscriptions where the role may be assigned.")
    ] = None,
    format_: Annotated[
        str, typer.Option("--format", help="json, bicep, arm or terraform (role and assignment).")
    ] = "json",
    scope: Annotated[
        str | None,
        typer.Option(
            help="What bicep and arm are deployed to: management-group, or subscription (the default with --sample and "
            "with --subscription)."
        ),
    ] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="What --sample needs beside: the role that may read blobs, by itself.")
    ] = False,
) -> None:
    """Print the custom role for Azure, with the optional roles for keys beside it in JSON.

    Deploy bicep and arm with `az deployment mg create`, or with `az deployment sub create` for one subscription.
    """
    from scanner.providers.azure.permissions import optional, reader, sampler
    from scanner.providers.azure.templates import arm, bicep, terraform

    _known(format_, ("json", "bicep", "arm", "terraform"))
    if format_ in ("json", "terraform"):
        _refuse(context, f"--format {format_}", "scope")
    role = sampler() if sample else reader()
    assignable = words(subscription)
    if format_ == "json":
        beside = {} if sample else {"optional": optional()}
        _print({"role": role.definition(assignable), **beside})
    elif format_ == "terraform":
        _print(terraform(role, assignable))
    else:
        target = _deployed_to(scope, assignable, sample=sample)
        if format_ == "arm":
            _print(arm(role, target, assignable))
        else:
            typer.echo(bicep(role, target, assignable), nl=False)


def _deployed_to(scope: str | None, subscriptions: tuple[str, ...], *, sample: bool) -> str:
    """The scope of a template; UsageError for one at which Azure would refuse the assignment."""
    from scanner.providers.azure.templates import SCOPES

    if scope is None:
        return "subscription" if subscriptions or sample else "management-group"
    if scope not in SCOPES:
        raise UsageError(f"--scope takes {' or '.join(SCOPES)}, not '{scope}'.")
    if scope == "management-group" and sample:
        raise UsageError(
            "Azure assigns no role with data actions at a management group: --sample takes a subscription."
        )
    if scope == "management-group" and subscriptions:
        raise UsageError(
            "A role for --subscription cannot be assigned at a management group; leave one of the two out."
        )
    return scope


def _reader_aws(
    format_: str, role_name: str, *, actions: bool, types: tuple[str, ...], services: tuple[str, ...]
) -> None:
    from scanner.providers.aws.catalog import load
    from scanner.providers.aws.permissions import actions as needed
    from scanner.providers.aws.permissions import iam_policies
    from scanner.providers.aws.scope import choose
    from scanner.providers.aws.templates import cloudformation, terraform

    chosen = choose(load(), types=types, services=services).values()
    if actions:
        typer.echo("\n".join(needed(chosen)))
    elif format_ == "json":
        _print(iam_policies(chosen))
    else:
        _print(cloudformation(chosen, role_name) if format_ == "cloudformation" else terraform(chosen, role_name))


def _organization(role_name: str, *, actions: bool) -> None:
    from scanner.providers.aws.permissions import organization_actions, organization_policy

    if actions:
        typer.echo("\n".join(organization_actions()))
    else:
        _print(organization_policy("aws", role_name))


def _first_look(*, actions: bool) -> None:
    from scanner.providers.aws.permissions import look_actions, look_policy

    if actions:
        typer.echo("\n".join(look_actions()))
    else:
        _print(look_policy())


def _sample_aws(format_: str, role_name: str, *, actions: bool) -> None:
    from scanner.providers.aws.sample_role import sample_actions, sample_cloudformation, sample_policy, sample_terraform

    if actions:
        typer.echo("\n".join(sample_actions()))
    elif format_ == "json":
        _print(sample_policy())
    else:
        _print(sample_cloudformation(role_name) if format_ == "cloudformation" else sample_terraform(role_name))


def _refuse(context: typer.Context, printed: str, *options: str) -> None:
    refuse_idle(context, f"with {printed}; leave one of the two out", *options)


def _print(document: object) -> None:
    import msgspec

    typer.echo(msgspec.json.format(msgspec.json.encode(document)).decode())


def _known(format_: str, formats: Collection[str]) -> None:
    if format_ not in formats:
        raise UsageError(f"'{format_}' is no format of these permissions; there are {', '.join(formats)}.")


def _refused(path: Path) -> None:
    """The permissions that a finished scan lacked, where each was missed, and which verdicts are unknown without it."""
    from scanner.cli.reading import read_scan
    from scanner.cli.rows import show_rows

    scan = read_scan(path)
    missed: dict[str, set[str]] = {}
    for row in scan.coverage():
        if row.permission:
            missed.setdefault(row.permission, set()).add(row.region or row.account)
    for resource in scan.resources():
        for gap in resource.gaps:
            if gap.permission:
                missed.setdefault(gap.permission, set()).add(resource.region)
    for key in scan.keys():
        for gap in key.gaps:
            if gap.permission:
                missed.setdefault(gap.permission, set()).add(key.region)
    if not missed:
        typer.echo("No call of this scan was refused for a missing permission.")
        return
    open_: dict[str, set[str]] = {name: set() for name in missed}
    for finding in scan.findings():
        if finding.status == "unknown":
            for lack in finding.missing:
                open_.get(lack.permission, set()).add(finding.control)
    rows = [
        {"permission": name, "missed in": sorted(where), "unknown without it": sorted(open_[name])}
        for name, where in sorted(missed.items())
    ]
    show_rows(rows, "table")
