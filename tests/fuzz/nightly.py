"""Coverage-guided fuzzing with atheris, every night: `python -m tests.fuzz.nightly [SECONDS]`.

Not among the tests: atheris is not installed with the others (`tests/fuzz/requirements.txt`). The first byte says what
is read: a pack, options, statements, waivers, an ARN, an Azure id, a key reference, or an answer of AWS in one of its
protocols. An exception that is not lexloci's own ends the run and leaves the input in a file.
"""

import sys
from types import SimpleNamespace
from typing import Any

import atheris

with atheris.instrument_imports(include=["scanner"]):
    from scanner.providers.aws import arn
    from scanner.providers.aws.catalog import load
    from scanner.providers.aws.expression import Document
    from scanner.providers.aws.faults import Refused
    from scanner.providers.aws.intact import check_intact
    from scanner.providers.aws.observe import observe
    from scanner.providers.azure import armid, keyref
    from scanner.providers.secrets import without_secrets
    from tests.fuzz import files

import json
from datetime import UTC, datetime

import botocore.session
from botocore.parsers import create_parser

_CATALOG = load()
_SESSION = botocore.session.Session()
_ANSWERED = [
    ("ssm.parameter", "DescribeParameters"),
    ("lambda.function", "ListFunctions"),
    ("secretsmanager.secret", "ListSecrets"),
    ("ec2.volume", "DescribeVolumes"),
    ("sns.topic", "ListTopics"),
    ("s3.bucket", "ListBuckets"),
]
_MODELS = {name: _SESSION.get_service_model(name.partition(".")[0]).operation_model(op) for name, op in _ANSWERED}


def _answer(body: bytes, index: int) -> None:
    """A body through the product's check, the SDK's parser and the product's reading of each item."""
    name, _ = _ANSWERED[index % len(_ANSWERED)]
    type_, model = _CATALOG.types[name], _MODELS[name]
    response = {"status_code": 200, "headers": {}, "body": body}
    try:
        check_intact(model, response)
        parsed = create_parser(model.service_model.resolved_protocol).parse(response, model.output_shape)
    except Refused:
        return
    except Exception:  # noqa: BLE001 - the SDK's parser may raise anything, of which `call` makes a refusal
        return
    context = {"account": "1", "region": "eu-west-3", "partition": "aws", "since": datetime(2006, 1, 1, tzinfo=UTC)}
    found = Document({"answer": parsed}).find(f"answer.{type_.list.items}")
    for item in found if isinstance(found, list) else ():
        document = Document({"item": item, "parent": None, "ctx": context})
        try:
            seen = observe(
                type_, document, _CATALOG, partition="aws", region="eu-west-3", account="1", now=datetime.now(UTC)
            )
        except Refused:
            continue
        assert seen.id


def _identifier(data: str) -> None:
    arn.parse(data)
    arn.key_reference(data, partition="aws", region="eu-west-3", account="1")
    for read in (armid.canonical, armid.type_of, armid.subscription_of, keyref.parse, without_secrets):
        read(data)


def one(data: bytes) -> None:
    """One input."""
    choice, rest = (data[0], data[1:]) if data else (0, b"")
    text = rest.decode(errors="replace")
    match choice % 8:
        case 0:
            files.read_pack(text)
        case 1:
            files.read_statements(text)
        case 2:
            files.read_waivers(text)
        case 3:
            _identifier(text)
        case 7:
            files.read_options(text)
        case _:
            _answer(rest[1:], rest[0] if rest else 0)


def _seeds() -> Any:
    """Whole files and answers to begin with."""
    return SimpleNamespace(
        pack=b"\x00" + files.a_pack().encode(),
        statements=b"\x01" + files.STATEMENTS.encode(),
        waivers=b"\x02" + files.WAIVERS.encode(),
        options=b"\x07" + files.OPTIONS.encode(),
        json=b"\x04\x00" + json.dumps({"Parameters": [{"Name": "p", "KeyId": "k"}]}).encode(),
        xml=b"\x04\x03<DescribeVolumesResponse><volumeSet><item><volumeId>v</volumeId></item></volumeSet>"
        b"</DescribeVolumesResponse>",
    )


if __name__ == "__main__":
    import tempfile
    from pathlib import Path

    folder = Path(tempfile.mkdtemp())
    for seed, content in vars(_seeds()).items():
        (folder / seed).write_bytes(content)
    seconds = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1].isdigit() else "120"
    options = [word for word in sys.argv[1:] if word.startswith("-")]
    atheris.Setup(
        [sys.argv[0], f"-max_total_time={seconds}", "-max_len=8192", "-timeout=20", *options, str(folder)], one
    )
    atheris.Fuzz()
