"""`lexloci scan aws`: options in, reports and an exit code out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from scanner.errors import UsageError

app = typer.Typer(
    help="Scan accounts of a cloud, read-only, and report where data sits, under whose law, and who holds the key.",
    rich_markup_mode=None,
    no_args_is_help=True,
)

Policy = Annotated[
    list[str] | None,
    typer.Option("--policy", help="Policy pack by id or path; repeatable. Default: core."),
]
Param = Annotated[
    list[str] | None, typer.Option("--param", help="Parameter of a pack, as PACK.NAME=VALUE; lists with commas.")
]
Config = Annotated[
    Path | None,
    typer.Option("--config", help="File with your statements (key holders, attestations). Default: lexloci.yaml."),
]
Format = Annotated[str | None, typer.Option("--format", help="Report on standard output: table, json, jsonl.")]
Outputs = Annotated[
    list[str] | None,
    typer.Option(
        "-o", "--output", help="FORMAT=PATH, repeatable; a bare PATH takes the format of --format; - is stdout."
    ),
]
SignKey = Annotated[
    Path | None,
    typer.Option("--sign-key", metavar="FILE", help="Sign -o sealed=FOLDER with this Ed25519 private key (PEM)."),
]
FailOn = Annotated[
    str, typer.Option("--fail-on", help="Exit 1 from this severity on: critical, high, medium, low, info, none.")
]
AllowIncomplete = Annotated[
    bool, typer.Option("--allow-incomplete", help="Exit 0 instead of 3 when nothing is violated but not all is known.")
]
Workers = Annotated[int, typer.Option("--workers", min=1, max=64, help="Units scanned at once.")]
JournalPath = Annotated[Path | None, typer.Option("--journal", help="Keep the working store at this path.")]
Timeout = Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds that one call may be silent.")]
Deadline = Annotated[
    str | None, typer.Option("--deadline", help="End after this time with what is complete: 90s, 45m, 8h.")
]
ShardOption = Annotated[
    str | None, typer.Option("--shard", metavar="I/N", help="Scan only part i of n into --journal; see lexloci merge.")
]
Executor = Annotated[
    str | None, typer.Option("--executor", help="Scan on a Dask cluster: dask://HOST:PORT. Needs lexloci[dask].")
]
NoPlugins = Annotated[bool, typer.Option("--no-plugins", help="Load no provider but those of lexloci itself.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with an interrupted scan of the same scope.")]
Waivers = Annotated[
    Path | None, typer.Option("--waivers", help="File of waivers, beside those in the file with your statements.")
]
StrictWaivers = Annotated[
    bool, typer.Option("--strict-waivers", help="Exit 2 when a waiver is expired or covers nothing.")
]
Baseline = Annotated[
    Path | None,
    typer.Option("--baseline", help="An earlier scan (JSON or sealed): exit 1 only for fails that it does not have."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notices on standard error.")]


_UNITS = {"s": 1, "m": 60, "h": 3600}


@app.command()
def aws(
    profile: Annotated[str | None, typer.Option(help="Profile of the AWS configuration files.")] = None,
    role_arn: Annotated[str | None, typer.Option(help="Role to assume before scanning.")] = None,
    external_id: Annotated[str | None, typer.Option(help="External id that the role's trust policy asks for.")] = None,
    organization: Annotated[
        bool, typer.Option("--organization", help="Every account of the organisation, through a role in each.")
    ] = False,
    ou: Annotated[
        list[str] | None, typer.Option("--ou", help="Only these organisational units (ou-…) and those below them.")
    ] = None,
    accounts: Annotated[
        list[str] | None,
        typer.Option(help="Accounts by number, with commas or from a file with one a line; each through the role."),
    ] = None,
    role_name: Annotated[
        str | None,
        typer.Option(help="Role to assume in each account of --organization or --accounts. Default: lexloci-reader."),
    ] = None,
    regions: Annotated[
        list[str] | None, typer.Option(help="Regions, repeatable or with commas. Default: those the account enabled.")
    ] = None,
    exclude_regions: Annotated[list[str] | None, typer.Option(help="Regions to leave out.")] = None,
    services: Annotated[list[str] | None, typer.Option(help="Services, by the SDK's names (s3, rds, kms).")] = None,
    exclude_services: Annotated[list[str] | None, typer.Option(help="Services to leave out.")] = None,
    types: Annotated[list[str] | None, typer.Option(help="Resource types of the catalog (s3.bucket).")] = None,
    exclude_types: Annotated[list[str] | None, typer.Option(help="Resource types to leave out.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Only resources with this tag: KEY or KEY=VALUE.")] = None,
    policy: Policy = None,
    param: Param = None,
    config: Config = None,
    format_: Format = None,
    output: Outputs = None,
    sign_key: SignKey = None,
    waivers: Waivers = None,
    strict_waivers: StrictWaivers = False,
    baseline: Baseline = None,
    fail_on: FailOn = "info",
    allow_incomplete: AllowIncomplete = False,
    workers: Workers = 16,
    journal: JournalPath = None,
    resume: Resume = False,
    timeout: Timeout = 30.0,
    deadline: Deadline = None,
    shard: ShardOption = None,
    executor: Executor = None,
    no_plugins: NoPlugins = False,
    quiet: Quiet = False,
) -> None:
    """Scan an AWS account, or those of an organisation, with your environment's credentials. Sends read calls only."""
    options = {
        "profile": profile or "",
        **_entry(role_arn or "", role_name or "", external_id or "", organization, words(ou), words(accounts)),
        "regions": words(regions),
        "exclude_regions": words(exclude_regions),
        "services": words(services),
        "exclude_services": words(exclude_services),
        "types": words(types),
        "exclude_types": words(exclude_types),
    }
    run(
        "aws",
        options,
        tags=words(tag),
        policies=words(policy),
        params=tuple(param or ()),
        config=config,
        format_=format_,
        outputs=tuple(output or ()),
        sign_key=sign_key,
        waivers=waivers,
        strict_waivers=strict_waivers,
        baseline=baseline,
        fail_on=fail_on,
        allow_incomplete=allow_incomplete,
        workers=workers,
        journal=journal,
        resume=resume,
        timeout=timeout,
        deadline=seconds(deadline),
        shard=shard or "",
        executor=executor or "",
        plugins=not no_plugins,
        quiet=quiet,
    )


@app.command()
def azure(
    subscription: Annotated[
        list[str] | None, typer.Option(help="Subscriptions by id or name, repeatable. Default: every visible one.")
    ] = None,
    management_group: Annotated[
        str | None, typer.Option(help="Every subscription under this management group.")
    ] = None,
    tenant: Annotated[str | None, typer.Option(help="Tenant to sign in to.")] = None,
    arm_endpoint: Annotated[
        str | None, typer.Option(envvar="AZURE_ARM_ENDPOINT", help="Resource Manager of a sovereign cloud.")
    ] = None,
    authority: Annotated[
        str | None, typer.Option(envvar="AZURE_AUTHORITY_HOST", help="Sign-in host of a sovereign cloud.")
    ] = None,
    verify_live: Annotated[
        bool, typer.Option("--verify-live", help="Read every store itself instead of trusting Resource Graph.")
    ] = False,
    data_plane: Annotated[
        bool, typer.Option(help="Ask vaults and managed HSMs about keys; a refusal becomes a gap.")
    ] = True,
    tag: Annotated[list[str] | None, typer.Option(help="Only resources with this tag: KEY or KEY=VALUE.")] = None,
    policy: Policy = None,
    param: Param = None,
    config: Config = None,
    format_: Format = None,
    output: Outputs = None,
    sign_key: SignKey = None,
    waivers: Waivers = None,
    strict_waivers: StrictWaivers = False,
    baseline: Baseline = None,
    fail_on: FailOn = "info",
    allow_incomplete: AllowIncomplete = False,
    workers: Workers = 8,
    journal: JournalPath = None,
    resume: Resume = False,
    timeout: Timeout = 30.0,
    deadline: Deadline = None,
    shard: ShardOption = None,
    executor: Executor = None,
    no_plugins: NoPlugins = False,
    quiet: Quiet = False,
) -> None:
    """Scan Azure subscriptions with the identity of your environment. Sends read calls only."""
    options = {
        "subscriptions": words(subscription),
        "management_group": management_group or "",
        "tenant": tenant or "",
        "arm_endpoint": arm_endpoint or "",
        "authority": authority or "",
        "verify_live": verify_live,
        "data_plane": data_plane,
    }
    run(
        "azure",
        options,
        tags=words(tag),
        policies=words(policy),
        params=tuple(param or ()),
        config=config,
        format_=format_,
        outputs=tuple(output or ()),
        sign_key=sign_key,
        waivers=waivers,
        strict_waivers=strict_waivers,
        baseline=baseline,
        fail_on=fail_on,
        allow_incomplete=allow_incomplete,
        workers=workers,
        journal=journal,
        resume=resume,
        timeout=timeout,
        deadline=seconds(deadline),
        shard=shard or "",
        executor=executor or "",
        plugins=not no_plugins,
        quiet=quiet,
    )


def _entry(
    role_arn: str, role_name: str, external_id: str, organization: bool, ous: tuple[str, ...], accounts: tuple[str, ...]
) -> dict[str, Any]:
    """How accounts are entered; UsageError for options that mean nothing together.

    The external id is that of the roles in the accounts when there are several, else that of --role-arn.
    """
    several = organization or bool(accounts)
    if ous and not organization:
        raise UsageError("--ou goes with --organization.")
    if role_name and not several:
        raise UsageError("--role-name goes with --organization or --accounts; one role is named by --role-arn.")
    if external_id and not role_arn and not several:
        raise UsageError("--external-id goes with --role-arn, --organization or --accounts.")
    return {
        "role_arn": role_arn,
        "external_id": "" if several else external_id,
        "organization": organization,
        "ous": ous,
        "accounts": accounts,
        "role_name": role_name,
        "member_external_id": external_id if several else "",
    }


def seconds(word: str | None) -> float | None:
    """A time like `90s`, `45m`, `8h` or a number of seconds; UsageError for anything else."""
    if word is None:
        return None
    number, unit = (word[:-1], word[-1]) if word[-1:] in _UNITS else (word, "s")
    try:
        found = float(number) * _UNITS[unit]
    except ValueError:
        found = 0.0
    if not 0 < found < float("inf"):
        raise UsageError(f"--deadline takes a time like 90s, 45m or 8h, not '{word}'.")
    return found


def words(values: list[str] | None) -> tuple[str, ...]:
    """Repeated options and comma lists, as one tuple without blanks."""
    return tuple(word.strip() for value in values or () for word in value.split(",") if word.strip())


def run(provider: str, options: Mapping[str, Any], **request: Any) -> None:
    """Hand over to the run, which imports everything heavy, and leave with its exit code."""
    from scanner.cli.run import Request, run_scan

    raise typer.Exit(run_scan(Request(provider=provider, options=options, **request)))
