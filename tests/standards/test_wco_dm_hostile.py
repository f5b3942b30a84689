# SPDX-License-Identifier: Apache-2.0
"""Attacks and bad bytes: each refused with a finding, nothing looked up outside, memory kept."""

from __future__ import annotations

import gzip
import json
import resource
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from cocket import standards
from cocket.standards import _front
from cocket.standards.wco_dm import WCO_DM
from tests.corpora import corpora
from tests.standards.wco_samples import own

#: Where the attacks of the corpus point to; our own point to whatever port is free.
CORPUS_PORT = 9099
MEGABYTE_IN_KILOBYTES = 1024


@pytest.fixture(autouse=True)
def _only_this_standard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_front, "STANDARDS", (WCO_DM,))


class Canary:
    """A listener that notes who comes."""

    def __init__(self, listener: socket.socket) -> None:
        self.address = "http://{}:{}/".format(*listener.getsockname())
        self.visits: list[Any] = []
        self._listener = listener

    def listen(self) -> None:
        """Note every visitor, until the listener is shut."""
        with suppress(OSError):
            while True:
                connection, peer = self._listener.accept()
                self.visits.append(peer)
                connection.close()


@contextmanager
def canary(port: int = 0) -> Iterator[Canary]:
    """A canary on the loopback for as long as the block runs."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        bird = Canary(listener)
        threading.Thread(target=bird.listen, daemon=True).start()
        yield bird
        listener.shutdown(socket.SHUT_RDWR)


def cases(folder: Path) -> list[tuple[dict[str, Any], bytes]]:
    """The cases of a corpus, unpacked."""
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text("utf-8").splitlines()]
    packed = [(row, (folder / row["file"]).read_bytes()) for row in rows]
    return [(row, gzip.decompress(data) if row["file"].endswith(".gz") else data) for row, data in packed]


def test_every_attack_is_refused_and_reaches_nothing() -> None:
    attacks = cases(corpora("hostile", "xml-attacks"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with canary(CORPUS_PORT) as bird:
        outcomes = {row["id"]: (row["expect"], standards.read(data)) for row, data in attacks}
    assert bird.visits == []
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * MEGABYTE_IN_KILOBYTES
    assert len(outcomes) == 95
    for case, (expected, reading) in outcomes.items():
        if expected == "reject":
            assert reading.outcome == "refused", case
            assert reading.findings, case


def test_the_canary_hears_a_visit() -> None:
    """The control: a listener that is deaf would prove nothing."""
    with (
        canary() as bird,
        socket.create_connection(("127.0.0.1", int(bird.address[:-1].rpartition(":")[2]))) as visitor,
    ):
        visitor.settimeout(5)
        assert visitor.recv(1) == b""
        assert len(bird.visits) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<md:MetaData", '<!DOCTYPE md:MetaData [<!ENTITY e SYSTEM "HERE">]><md:MetaData'),
        ("<md:MetaData", '<!DOCTYPE md:MetaData SYSTEM "HERE"><md:MetaData'),
        ("<md:MetaData", "<!DOCTYPE md:MetaData><md:MetaData"),
        ("<Agent>", '<Agent><i:include xmlns:i="http://www.w3.org/2001/XInclude" href="HERE"/>'),
        ("<Agent>", "<Agent>" + "<x>" * 300 + "</x>" * 300),
        ("<Agent>", "<Agent " + " ".join(f'a{n}=""' for n in range(40)) + ">"),
        ("<Agent>", "<x/>" * 6000 + "<Agent>"),
        ("ALPHA-2026-000117", "A" * 200_000),
        ("ALPHA-2026-000117", "&nbsp;"),
        ("ALPHA-2026-000117", "&#0;"),
        ("</md:MetaData>", "</md:MetaData>trailing"),
    ],
)
def test_an_attack_on_a_declaration_is_refused(before: str, after: str) -> None:
    text = own("import").decode()
    assert standards.read(text.encode()).outcome == "accepted"
    with canary() as bird:
        reading = standards.read(text.replace(before, after.replace("HERE", bird.address), 1).encode())
    assert bird.visits == []
    assert reading.outcome == "refused"
    assert reading.findings


def test_schema_locations_and_style_sheets_are_not_fetched() -> None:
    with canary() as bird:
        sheet = f'<?xml-stylesheet href="{bird.address}x.xsl" type="text/xsl"?>'
        hint = f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x {bird.address}x.xsd"'
        text = own("import").decode().replace("<md:MetaData", f"{sheet}<md:MetaData {hint}", 1)
        assert standards.read(text.encode()).outcome == "accepted"
    assert bird.visits == []


def test_a_comment_or_an_instruction_does_not_shorten_a_reference() -> None:
    text = own("import").decode()
    for cut in ("<!-- x -->", "<?x y?>"):
        reading = standards.read(text.replace("ALPHA-2026-000117", f"ALPHA-{cut}2026-000117").encode())
        assert reading.reference == "ALPHA-2026-000117"


def test_bad_bytes_in_a_text_are_refused_and_good_ones_come_through() -> None:
    manifest = corpora("hostile", "utf8-bytes") / "manifest.jsonl"
    rows = [json.loads(line) for line in manifest.read_text("utf-8").splitlines()]
    place = b"Woven cotton fabric"
    assert own("import").count(place) == 1
    for row in rows:
        text = bytes.fromhex(row["hexbytes"])
        reading = standards.read(own("import").replace(place, b"Woven " + text + b" fabric"))
        if row["expect"] == "reject":
            assert reading.outcome == "refused", row
            assert reading.findings, row
        if row["expect"] == "accept":
            assert reading.outcome == "accepted", row
            shipment = reading.document.shipment  # type: ignore[union-attr]
            assert text.decode() in (shipment.items[0].commodity.description or "")


def test_a_message_of_a_known_standard_is_read_and_any_other_refused_with_a_finding() -> None:
    for data in (b"", b"\x00", b"%PDF-1.7", b"UNB+UNOA:1'", b"<html/>", b"[]", own("import")[:200], b"\xff\xfe"):
        reading = standards.read(data)
        assert (reading.standard, reading.outcome) == (None, "refused")
        assert reading.findings
