"""A Dask cluster over TLS, set up as the documentation says, with an authority of the test's own."""

import json
import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.fixtures.aws import Aws
from tests.scenarios.dask_cluster import Cluster, worker_killed_in_the_middle
from tests.scenarios.night import Night, furnish

PAGE = Path(__file__).parents[2] / "docs" / "ci" / "README.md"
BUCKET = b"dossiers-0"
CANARY = "CANARYwJalrXUtnFEMIK7MDENGbPxRfiCY"


def configured(folder: Path, authority: trustme.CA, signer: trustme.CA | None = None) -> Path:
    """A folder of Dask's configuration, as documented: who trusts `authority`, and has certificates of `signer`."""
    folder.mkdir()
    text = re.search(r"```yaml\n(# ~/.config/dask/distributed\.yaml.*?)```", PAGE.read_text(), re.DOTALL)
    assert text is not None
    (folder / "distributed.yaml").write_text(text[1].replace("/etc/dask", str(folder)))
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    for role in ("client", "scheduler", "worker"):
        issued = (signer or authority).issue_cert("cluster.example")
        issued.private_key_pem.write_to_path(str(folder / f"{role}.key"))
        (folder / f"{role}.pem").write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))
    return folder


@contextmanager
def overheard(port: int) -> Iterator[tuple[int, bytearray]]:
    """A port that passes everything on to `port`, and the bytes that went by in both directions."""
    heard = bytearray()
    listening = socket.create_server(("127.0.0.1", 0))

    def pour(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                heard.extend(data)
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            end.close()

    def serve() -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", port))
            for pair in ((client, server), (server, client)):
                threading.Thread(target=pour, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listening.getsockname()[1], heard
    finally:
        listening.close()


@pytest.fixture
def night(aws: Aws, tmp_path: Path) -> Night:
    furnish(aws)
    return Night(aws, tmp_path)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(night: Night, authority: trustme.CA) -> Path:
    return configured(night.folder / "tls", authority)


@pytest.fixture
def cluster(night: Night, tls: Path) -> Iterator[Cluster]:
    found = Cluster(night, tls)
    yield found
    found.close()


def scan(night: Night, address: str, configuration: Path | None, **more: str) -> subprocess.CompletedProcess[str]:
    told = {"DASK_CONFIG": str(configuration or night.folder / "nothing"), **more}
    command = night.scan("--format", "json", "--journal", "j", "--executor", address)
    return night.run(command, **told)


@pytest.mark.timeout(240)
def test_over_tls_a_worker_killed_in_the_middle_leaves_every_result_exactly_once(
    night: Night, cluster: Cluster
) -> None:
    worker_killed_in_the_middle(night, cluster)


@pytest.mark.parametrize("over", ["tcp", "tls"])
def test_no_secret_travels_and_over_tls_nothing_can_be_read_on_the_way(
    night: Night, authority: trustme.CA, over: str
) -> None:
    """Results go from the workers to the scheduler and on to the client, whose connections are listened to."""
    tls = configured(night.folder / "tls", authority) if over == "tls" else None
    cluster = Cluster(night, tls)
    try:
        cluster.worker()
        secret: dict[str, Any] = {"AWS_SECRET_ACCESS_KEY": CANARY, "AWS_SESSION_TOKEN": f"IQoJ{CANARY}"}
        with overheard(cluster.port) as (port, heard):
            address = cluster.address.replace(str(cluster.port), str(port))
            done = scan(night, address, tls, **secret)
    finally:
        cluster.close()
    assert BUCKET.decode() in done.stdout, done.stderr
    assert json.loads(done.stdout)["scan"]["complete"]
    assert (BUCKET in heard) is (over == "tcp")
    assert CANARY.encode() not in heard


REFUSED = {
    "another authority": "TLS certificate does not match",
    "a certificate of another authority": "does not answer",
    "no TLS at all": "does not answer",
}


@pytest.mark.parametrize("what", REFUSED)
def test_who_is_not_of_the_clusters_authority_is_refused(
    night: Night, cluster: Cluster, authority: trustme.CA, what: str
) -> None:
    stranger = trustme.CA()
    trusted, signer = {
        "another authority": (stranger, stranger),
        "a certificate of another authority": (authority, stranger),
        "no TLS at all": (authority, authority),
    }[what]
    other = configured(night.folder / "other", trusted, signer)
    plain = what == "no TLS at all"
    address = cluster.address.replace("dask+tls", "dask") if plain else cluster.address
    done = scan(night, address, None if plain else other)
    assert (done.returncode, done.stdout) == (4, ""), done.stderr
    assert REFUSED[what] in done.stderr


INCOMPLETE = {
    "no configuration": "needs Dask's configuration of TLS: distributed.comm.tls",
    "no such file": "(distributed.comm.tls) cannot be used",
    "an address without TLS": "requires encryption; name the scheduler as dask+tls://",
}


@pytest.mark.parametrize("what", INCOMPLETE)
def test_what_is_missing_on_ones_own_side_is_told_before_anybody_is_asked(night: Night, tls: Path, what: str) -> None:
    """Nobody listens at this address: whoever tried it would say that."""
    if what == "no such file":
        (tls / "client.key").unlink()
    address = "dask://127.0.0.1:1" if what == "an address without TLS" else "dask+tls://127.0.0.1:1"
    done = scan(night, address, None if what == "no configuration" else tls)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert INCOMPLETE[what] in done.stderr
