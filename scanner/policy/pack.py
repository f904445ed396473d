"""A policy pack as it is written: one YAML file, converted to these structs and to nothing else."""

import hashlib
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from scanner import strictyaml
from scanner.errors import SourceError, UsageError
from scanner.model import Assurance, Severity

Slug = Annotated[str, Meta(pattern="^[a-z0-9]+(?:[-_.][a-z0-9]+)*$")]
Name = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]*$")]
"""A name that a condition can use: `params.NAME`, `attestation.NAME`."""
ControlId = Annotated[str, Meta(pattern="^[A-Z0-9]+(?:[-.][A-Za-z0-9]+)+$")]
Date = Annotated[str, Meta(pattern=r"^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$")]
Sentence = Annotated[str, Meta(min_length=1)]

ParameterType = Literal["string", "int", "bool", "list<string>", "list<country>"]
ParameterValue = str | int | bool | list[str]
Axis = Literal[
    "location",
    "control",
    "access",
    "key",
    "data",
    "certification",
    "contract",
    "retention",
    "network",
    "supply",
    "identity",
    "logs",
    "coverage",
]


class Parameter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a user may set. Without a default it must be set before the pack can be evaluated."""

    type: ParameterType
    doc: Sentence
    default: ParameterValue | None = None
    """A value, or for a list the name of a country set: `sets.eea`."""


class Condition(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named expression in CEL that is true, false, or unknown where it reads a fact that is missing."""

    name: Slug
    expr: Sentence
    reason: Slug | None = None
    """Reason code to print instead of the name when this condition decides."""


class MaxAssurance(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The strongest a result of this control can be, whatever it was read from."""

    pass_: Assurance = field(name="pass")
    fail: Assurance


class Control(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question about one kind of subject, and how facts answer it."""

    id: ControlId
    article: Sentence
    title: Sentence
    question: Sentence
    axis: Axis
    severity: Severity
    severity_reason: Sentence
    subject: Literal["resource", "scan"]
    scope: tuple[Slug, ...] = ()
    """Lists of match conditions that the pack names once and its controls share; they come before `match`."""
    match: tuple[Condition, ...] = ()
    """All true: the control applies. One false: not applicable."""
    assert_: tuple[Condition, ...] = field(name="assert")
    """All true: passes unless a doubt remains. One false: fails."""
    doubt: tuple[Condition, ...] = ()
    """Things that forbid a pass without being a fail; a pass needs each of them to be false."""
    max_assurance: MaxAssurance
    pass_needs: Sentence
    pass_does_not_mean: Sentence
    remediation: Sentence
    references: tuple[Sentence, ...]
    note: str = ""
    beside: str = ""
    """What a report prints beside the control's result, whatever that is: later case law, for instance."""
    confirmed: bool
    """Whether the legal point was read in the source the pack names."""
    basis: Literal["primary", "official", "secondary", "knowledge"]


class Pack(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A framework in one edition."""

    id: Slug
    title: Sentence
    issuer: Sentence
    edition: Sentence
    date: Sentence
    status: Sentence
    source: Sentence
    as_of: Date
    review_by: Date
    note: str = ""
    reading: str = ""
    """What a report prints with the pack's results: what a pass of all of it would mean, and what not."""
    parameters: dict[Name, Parameter] = {}
    attestations: dict[Name, Sentence] = {}
    """Statements of the user's that no API shows; each is the bool fact `attestation.NAME`."""
    scopes: dict[Slug, tuple[Condition, ...]] = {}
    controls: tuple[Control, ...]


class PackSource(Struct, frozen=True, kw_only=True):
    """A pack with its file."""

    pack: Pack
    file: strictyaml.Source[Pack]
    digest: str
    """SHA-256 of the file's bytes, in hex."""


def parse(text: str, name: str) -> PackSource:
    """Read a pack from its text; `name` stands for the file in messages. Raises SourceError."""
    source = strictyaml.load(text, name, Pack)
    return PackSource(pack=source.value, file=source, digest=hashlib.sha256(text.encode()).hexdigest())


def read(path: Path, name: str = "") -> PackSource:
    """Read a pack file. Raises SourceError, also when the file cannot be read."""
    return parse(strictyaml.read(path, name), name or str(path))


def read_all(paths: Iterable[Path]) -> tuple[PackSource, ...]:
    """Read files, and the `*.yaml` files of folders, in the order given; raise one SourceError with all problems."""
    packs, problems = [], []
    for path in _files(paths):
        try:
            packs.append(read(path, _short(path)))
        except SourceError as error:
            problems.extend(error.problems)
    if problems:
        raise SourceError(problems)
    return tuple(packs)


def shipped() -> Path:
    """Folder of the packs that come with lexloci: inside the installed package, or at the top of a checkout."""
    installed = Path(str(resources.files("scanner"))) / "_policies"
    if installed.is_dir():
        return installed
    checkout = Path(__file__).resolve().parents[2] / "policies"
    if checkout.is_dir():
        return checkout
    raise UsageError(f"The policy packs are missing from this installation: neither {installed} nor {checkout} exists.")


def _short(path: Path) -> str:
    """How messages call a file: one of ours by its place in the repository, wherever it is installed."""
    return f"policies/{path.name}" if path.resolve().parent == shipped().resolve() else ""


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(path.glob("*.yaml"))
        if not found:
            raise UsageError(f"The folder {path} holds no policy pack (*.yaml).")
        yield from found
