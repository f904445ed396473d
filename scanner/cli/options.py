"""Every option of a scan and of a merge, declared once: name, type, default, help.

A field here is a flag of the command line (`--fail-on`), an environment variable (`LEXLOCI_FAIL_ON`), a key of
`lexloci.yaml` (`fail_on`), a line of that file's schema and a row of docs/reference/options.md; `scanner.cli.app` and
`scanner.cli.settings` derive them. A field without a `typer.Option` is for callers in Python only.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from typer import Argument, Option

from scanner.cli.app import Words
from scanner.cli.own_facts import Facts
from scanner.errors import UsageError

Format = Literal["table", "json", "jsonl", "csv", "markdown", "sarif", "junit", "ocsf", "oscal", "openmetrics", "html"]
"""Report formats; each is the name of a module of `scanner.report`."""

Threshold = Literal["critical", "high", "medium", "low", "info", "none"]

Outputs = Annotated[
    tuple[str, ...],
    Option("-o", "--output", help="FORMAT=PATH, repeatable; a bare PATH takes the format of --format; - is stdout."),
]
FormatOption = Annotated[Format | None, Option("--format", help="Report on standard output; table unless -o is given.")]
ClaimsFiles = Annotated[
    Words,
    Option(
        "--claims", help="Claims file, or id of a shipped one, held against the scan in the table and the HTML report."
    ),
]
Lang = Annotated[Literal["en", "fr"], Option("--lang", help="Language of the HTML report.")]
OcsfVersion = Annotated[
    Literal["1.5", "1.6", "1.7", "1.8"], Option("--ocsf-version", help="Version of the OCSF report.")
]
_UNITS = {"s": 1, "m": 60, "h": 3600}

SignKey = Annotated[
    Path | None, Option("--sign-key", metavar="FILE", help="Sign -o sealed=FOLDER with this Ed25519 private key (PEM).")
]
Redact = Annotated[
    bool, Option("--redact", help="Write pseudonyms for accounts, resources, principals, hosts, tags and texts.")
]
RedactKey = Annotated[
    Path | None,
    Option("--redact-key", metavar="FILE", help="Secret that makes pseudonyms the same in every report."),
]

Workers = Annotated[int, Option("--workers", min=1, max=64, help="Units scanned at once.")]


Sample = Annotated[
    str,
    Option(
        "--sample",
        metavar="SIZE",
        help="Look into content too, reading this much in all and no more: 500kB, 50MB, 2GB. Needs lexloci[sample].",
    ),
]


@dataclass(frozen=True, kw_only=True)
class Talking:
    """What is told beside the result."""

    quiet: Annotated[bool, Option("--quiet", "-q", help="No progress and no notices on standard error.")] = False
    verbose: Annotated[
        bool, Option("--verbose", "-v", help="Tell each unit that was read, and each call that failed and why.")
    ] = False
    color: Annotated[
        Literal["auto", "always", "never"], Option("--color", help="Colour on standard error; reports have none.")
    ] = "auto"
    log_format: Annotated[
        Literal["text", "json"], Option("--log-format", help="Notices as text, or as one JSON object a line.")
    ] = "text"


@dataclass(frozen=True, kw_only=True)
class Judging(Talking):
    """Verdicts and reports: what a scan and a merge share."""

    tag: Annotated[Words, Option("--tag", help="Only resources with this tag: KEY or KEY=VALUE.")] = ()
    policy: Annotated[Words, Option("--policy", help="Policy pack by id or path; repeatable. Default: core.")] = ()
    param: Annotated[
        tuple[str, ...], Option("--param", help="Parameter of a pack, as PACK.NAME=VALUE; lists with commas.")
    ] = ()
    config: Annotated[
        Path | None,
        Option(
            "--config",
            is_eager=True,
            help="File with options, statements and waivers; otherwise lexloci.yaml.",
        ),
    ] = None
    no_config: Annotated[bool, Option("--no-config", is_eager=True, help="Do not look for lexloci.yaml.")] = False
    facts: Facts = None
    format: FormatOption = None
    output: Outputs = ()
    sign_key: SignKey = None
    redact: Redact = False
    redact_key: RedactKey = None
    waivers: Annotated[
        Path | None, Option("--waivers", help="File of waivers, beside those in the file with your statements.")
    ] = None
    strict_waivers: Annotated[
        bool, Option("--strict-waivers", help="Exit 2 when a waiver is expired or covers nothing.")
    ] = False
    baseline: Annotated[
        Path | None,
        Option("--baseline", help="An earlier scan (JSON or sealed): exit 1 only for fails that it does not have."),
    ] = None
    fail_on: Annotated[
        Threshold,
        Option("--fail-on", help="Exit 1 from this severity on; info states something and by default fails nothing."),
    ] = "low"
    allow_incomplete: Annotated[
        bool,
        Option("--allow-incomplete", help="Exit 0 instead of 3 when nothing is violated but not all is known."),
    ] = False
    reproducible: Annotated[
        bool,
        Option(
            "--reproducible",
            help="Same state, same bytes: the header has the time of SOURCE_DATE_EPOCH, or only the day.",
        ),
    ] = False
    claims: ClaimsFiles = ()
    lang: Lang = "en"
    ocsf_version: OcsfVersion = "1.6"


@dataclass(frozen=True, kw_only=True)
class Running(Judging):
    """How the work is done, where calls are made."""

    workers: Workers = 16
    journal: Annotated[Path | None, Option("--journal", help="Keep the working store at this path.")] = None
    timeout: Annotated[
        float,
        Option("--timeout", min=0.1, help="Seconds that one call may be silent; its answer may take four times that."),
    ] = 30.0
    deadline: Annotated[
        str | None, Option("--deadline", help="End after this time with what is complete: 90s, 45m, 8h.")
    ] = None
    no_plugins: Annotated[bool, Option("--no-plugins", help="Load no provider but those of lexloci itself.")] = False

    def seconds(self) -> float | None:
        """The deadline in seconds; UsageError for what is no time."""
        if self.deadline is None:
            return None
        word, unit = self.deadline, self.deadline[-1:]
        number, unit = (word[:-1], unit) if unit in _UNITS else (word, "s")
        try:
            found = float(number) * _UNITS[unit]
        except ValueError:
            found = 0.0
        if not 0 < found < float("inf"):
            raise UsageError(f"--deadline takes a time like 90s, 45m or 8h, not '{self.deadline}'.")
        return found


@dataclass(frozen=True, kw_only=True)
class Scanning(Running):
    """A scan of any cloud."""

    resume: Annotated[bool, Option("--resume", help="Go on with an interrupted scan of the same scope.")] = False
    shard: Annotated[
        str, Option("--shard", metavar="I/N", help="Scan only part i of n into --journal; see lexloci merge.")
    ] = ""
    executor: Annotated[
        str,
        Option("--executor", help="Scan on a Dask cluster: dask://HOST:PORT or dask+tls://… Needs lexloci[dask]."),
    ] = ""
    sample: Sample = ""


@dataclass(frozen=True, kw_only=True)
class ScanningAws(Scanning):
    """What of AWS."""

    profile: Annotated[str, Option("--profile", help="Profile of the AWS configuration files.")] = ""
    role_arn: Annotated[str, Option("--role-arn", help="Role to assume before scanning.")] = ""
    external_id: Annotated[str, Option("--external-id", help="External id that the role's trust policy asks for.")] = ""
    organization: Annotated[
        bool, Option("--organization", help="Every account of the organisation, through a role in each.")
    ] = False
    ou: Annotated[Words, Option("--ou", help="Only these organisational units (ou-…) and those below them.")] = ()
    accounts: Annotated[
        Words,
        Option("--accounts", help="Accounts by number, with commas or from a file, one a line; each through the role."),
    ] = ()
    role_name: Annotated[
        str,
        Option(
            "--role-name",
            help="Role to assume in each account of --organization or --accounts. Default: lexloci-reader.",
        ),
    ] = ""
    regions: Annotated[
        Words, Option("--regions", help="Regions, repeatable or with commas. Default: those the account enabled.")
    ] = ()
    exclude_regions: Annotated[Words, Option("--exclude-regions", help="Regions to leave out.")] = ()
    services: Annotated[Words, Option("--services", help="Services, by the SDK's names (s3, rds, kms).")] = ()
    exclude_services: Annotated[Words, Option("--exclude-services", help="Services to leave out.")] = ()
    types: Annotated[Words, Option("--types", help="Resource types of the catalog (s3.bucket).")] = ()
    exclude_types: Annotated[Words, Option("--exclude-types", help="Resource types to leave out.")] = ()
    first_look: Annotated[
        bool,
        Option(
            "--first-look/--exhaustive",
            help="List only what the account's own inventories show, beside all that bears content; or all.",
        ),
    ] = False
    first_look_by: Annotated[
        Words,
        Option(
            "--first-look-by",
            help="A first look by these sources only, with commas: resource-explorer, config.",
        ),
    ] = ()


@dataclass(frozen=True, kw_only=True)
class ScanningAzure(Scanning):
    """What of Azure."""

    subscription: Annotated[
        Words, Option("--subscription", help="Subscriptions by id or name, repeatable. Default: every visible one.")
    ] = ()
    management_group: Annotated[
        str, Option("--management-group", help="Every subscription under this management group.")
    ] = ""
    tenant: Annotated[
        Words,
        Option("--tenant", help="Tenants by id or domain, repeatable. Default: every one that the sign-in may enter."),
    ] = ()
    arm_endpoint: Annotated[
        str,
        Option("--arm-endpoint", envvar="AZURE_ARM_ENDPOINT", help="Resource Manager of a sovereign cloud."),
    ] = ""
    authority: Annotated[
        str, Option("--authority", envvar="AZURE_AUTHORITY_HOST", help="Sign-in host of a sovereign cloud.")
    ] = ""
    verify_live: Annotated[
        bool, Option("--verify-live", help="Read every store itself instead of trusting Resource Graph.")
    ] = False
    data_plane: Annotated[
        bool,
        Option("--data-plane/--no-data-plane", help="Ask vaults and managed HSMs about keys; a refusal becomes a gap."),
    ] = True
    workers: Workers = 8


@dataclass(frozen=True, kw_only=True)
class Merging(Running):
    """The shards of one scan."""

    journals: Annotated[tuple[Path, ...], Argument(help="Journals of `lexloci scan … --shard i/n --journal PATH`.")]
    offline: Annotated[
        bool, Option("--offline", help="Do not sign in to look up keys and destinations; they become gaps.")
    ] = False


@dataclass(frozen=True, kw_only=True)
class Showing(Talking):
    """A demo, which has no scope and no thresholds to choose."""

    format: FormatOption = None
    output: Outputs = ()
    lang: Lang = "en"
    sample: Sample = ""


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """A finished scan in other formats."""

    scan: Annotated[Path, Argument(help="A sealed folder, a JSON document, or - for one on standard input.")]
    format: FormatOption = None
    output: Outputs = ()
    sign_key: SignKey = None
    redact: Redact = False
    redact_key: RedactKey = None
    claims: ClaimsFiles = ()
    facts: Facts = None
    lang: Lang = "en"
    ocsf_version: OcsfVersion = "1.6"
