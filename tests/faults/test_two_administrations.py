# SPDX-License-Identifier: Apache-2.0
"""Two administrations as processes, over TLS with client certificates, and a third as witness: one way, through an outage of each."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from cocket.cli.base.instance_access import open_service
from cocket.exchange.watch_files import read_watched, watch_folder
from cocket.governance import Principal
from cocket.settings import read_settings
from tests.faults.serving import COMMAND, Served, cocket, make_home, settings, until
from tests.messages import declaration
from tests.pipeline.partners.given import EXCHANGES
from tests.pipeline.queries.test_mirror import HEAVIER, exported
from tests.simulators.certificates import make_certificate

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]

SHARED = [f"S{number}" for number in range(8)]
PLANTED = {"S1", "S4", "S6"}
ALONE = "S9"
MARCH = ("--since", "2026-03-01", "--until", "2026-03-31")
HEAD = [Principal(id=f"head{number}", kind="officer", roles=("supervisor",)) for number in (1, 2)]


@dataclass
class House:
    """One administration: its home, settings, and where it answers."""

    home: Path
    country: str
    port: int
    given: dict[str, Any]
    certificate: Path
    served: Served

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def run(self, *words: str) -> list[dict[str, Any]]:
        """Run a command beside the house; the lines that it prints."""
        done = cocket(*words, "--json", home=self.home, **self.given)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def messages(self) -> list[dict[str, Any]]:
        return self.run("partner", "list")


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as door:
        return int(door.getsockname()[1])


def thumbprint(certificate: Path) -> str:
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    return sha256(found.public_bytes(Encoding.DER)).hexdigest()


def agree(one: House, other: House, log: str) -> None:
    """The agreement as one side has it, put in force by two persons."""
    identity = cocket("partner", "identity", home=other.home, **other.given)
    assert identity.returncode == 0, identity.stderr
    text = f"""
name = "one-and-two"
title = "Agreement on mutual assistance"
other = "Customs of {other.country}"
senders = ["OTHER"]
country = "{other.country}"
own_country = "{one.country}"
purposes = ["control", "analysis"]
begins = 2020-01-01
source = "Treaty Series 2026/12"

{identity.stdout}
url = "{other.url}"
certificates = ["{thumbprint(other.certificate)}"]
log = "{log}"
log_url = "{other.url}/log"

[exchanges]
{EXCHANGES}
"""
    with open_service(read_settings(settings(one.home, **one.given)), lambda house: house.governance) as governance:
        for head in HEAD:
            governance.accounts.put_officer(head.id, head.id, "supervisor", None, "seal and cord and wax")
        given = governance.agreements.propose_agreement(HEAD[0], "agreement.toml", text.encode())
        governance.second_person.vote(HEAD[1], given.proposal.id, given.proposal.digest, lambda name: name)


def log_key(home: Path, given: dict[str, Any]) -> str:
    found = cocket("ledger", "key", home=home, **given)
    return found.stdout.strip()


def lodge(house: House, content: bytes) -> None:
    answer = httpx.post(
        f"{house.url}/v1/messages",
        content=content,
        headers={"authorization": f"Bearer {house.served.key}", "content-type": "application/xml"},
        verify=str(house.certificate),
        trust_env=False,
        timeout=60,
    )
    assert answer.status_code == 202, answer.text


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, House, Path]]:
    folder = tmp_path_factory.mktemp("three")
    port, witness = free_port(), folder / "witness"
    certificates = {}
    for name in ("xa", "xb"):
        (folder / name).mkdir()
        (folder / f"{name}.tls").mkdir()
        certificates[name] = make_certificate(folder / f"{name}.tls")
    houses, processes = [], []
    try:
        policy = folder / "witness.policy"
        for name, other in (("xa", "xb"), ("xb", "xa")):
            api = free_port()
            given = {
                "log_origin": f"{name}.example/log/2026",
                "api_port": api,
                "partner_exchange": "true",
                "tls_certificate": certificates[name][0],
                "tls_certificate_key": certificates[name][1],
                "client_ca": certificates[other][0],
                "partner_ca": certificates[other][0],
                "partner_certificate": certificates[name][0],
                "partner_certificate_key": certificates[name][1],
                "witness_policy": policy,
                "head_step": 1,
            }
            home = folder / name / "home"
            policy.write_text("quorum none\n")
            make_home(home, **given)
            houses.append(House(home, name.upper(), api, given, certificates[name][0], Served(home, **given)))
        environment = {"witness_name": "third.example/witness", "witness_port": port}
        keys = []
        for house in houses:
            made = cocket("init", home=house.home, **house.given).stdout
            keys.append(next(line.split()[-1] for line in made.splitlines() if line.startswith("Log key")))
            added = cocket("witness", "add-log", keys[-1], "--years", home=witness, **environment)
            assert added.returncode == 0, added.stderr
        vkeys = [line.strip() for line in added.stdout.splitlines() if line.startswith("  ")]
        ours = next(one for one in vkeys)
        policy.write_text(f"witness third {ours} http://127.0.0.1:{port}/\nquorum third\n")
        third = subprocess.Popen(
            [*COMMAND, "witness", "serve"], env=settings(witness, **environment), stderr=subprocess.DEVNULL
        )
        processes.append(third)
        one, two = houses
        agree(one, two, keys[1])
        agree(two, one, keys[0])
        for house in houses:
            house.served.start()
        yield one, two, witness
    finally:
        for house in houses:
            house.served.kill_all()
        for process in processes:
            process.kill()
            process.wait(60)


def test_two_administrations_exchange_through_an_outage_of_each(three: tuple[House, House, Path]) -> None:
    one, two, witness = three
    for name in SHARED:
        lodge(one, declaration(name))
        lodge(two, exported(name, **({"net": HEAVIER} if name in PLANTED else {})))
    lodge(two, exported(ALONE))
    (pushed,) = two.run("partner", "push", "mirror", "--partner", "XA", *MARCH)
    until(lambda: _is_done(two, pushed["id"]), f"the records do not arrive: {two.served.said[-2000:]}")
    (report,) = one.run("mirror", "report", "--partner", "XB", "--month", "2026-03")
    assert report["imports"]["matched_imports"] == len(SHARED)
    assert report["imports"]["differing"] == len(PLANTED)  # recall 3 of 3, and none of the other five
    assert report["imports"]["export_states"]["missing"] + report["imports"]["export_states"].get("waits", 0) == 1

    one.run("mirror", "private", "run", "--partner", "XB", *MARCH)
    until(lambda: _runs(one) == _runs(two) == [("done", len(SHARED))], f"no match: {_runs(one)} {_runs(two)}")

    # The other side is away: what is sent waits, and goes once when it is back.
    two.served.stop()
    seizure = one.home.parent / "seizure.toml"
    seizure.write_text('[[notice]]\nreference = "S-1"\nday = 2026-03-02\noffence = "narcotics"\n')
    (waits,) = one.run("partner", "push", "seizure", str(seizure), "--partner", "XB")
    time.sleep(8)
    assert _state(one, waits["id"]) == "waiting"
    two.served.start()
    until(lambda: _is_done(one, waits["id"]), f"it does not arrive after the outage: {one.messages()}")

    # This side is away with something that waits, and goes on when it is back.
    two.served.stop()
    request = one.home.parent / "request.toml"
    request.write_text(
        '[[notice]]\nreference = "A-1"\nday = 2026-03-02\nauthority = "XA"\nmeasure = "copies"\n'
        'object = "value"\nreason = "doubt"\nlaw = "Article 6"\n'
    )
    (asked,) = one.run("partner", "push", "assistance", str(request), "--partner", "XB", "--later")
    one.served.stop()
    two.served.start()
    one.served.start()
    until(lambda: _is_done(one, asked["id"]), f"it does not go on: {one.messages()}")

    for identity in (pushed["id"], waits["id"], asked["id"]):
        for house in (one, two):
            (kept,) = [each for each in house.messages() if each["id"] == identity]
            assert (len(kept["receipts"]), kept.get("unchecked", 0), kept["state"]) == (2, 0, "done")
    (seized,) = [each for each in two.run("partner", "notices") if each["kept"]["notice"]["kind"] == "seizure"]
    assert seized["kept"]["state"] == "made"

    # Each follows the other's log, and the third cosigned both.
    for house in (one, two):
        until(lambda house=house: _followed(house.home), f"the log is not followed: {house.served.said[-1000:]}")
    known = {log["origin"]: log["size"] for log in _witnessed(witness)}
    assert all(known[f"{name}.example/log/2026"] for name in ("xa", "xb")), known


def _state(house: House, identity: str) -> str:
    return next((str(one["state"]) for one in house.messages() if one["id"] == identity), "")


def _is_done(house: House, identity: str) -> bool:
    return _state(house, identity) == "done"


def _runs(house: House) -> list[tuple[str, int]]:
    return [(one.get("stage", "open"), len(one.get("dossiers", []))) for one in house.run("mirror", "private", "list")]


def _followed(home: Path) -> bool:
    found = read_watched(watch_folder(home))
    assert not any(one.alarms for one in found), found
    return any(one.seen.note for one in found)


def _witnessed(witness: Path) -> list[dict[str, Any]]:
    done = cocket("witness", "status", "--json", home=witness, witness_name="third.example/witness")
    return list(json.loads(done.stdout)["logs"])
