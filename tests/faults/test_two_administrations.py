# SPDX-License-Identifier: Apache-2.0
"""Two administrations and a third as witness, as processes on machines of their own whose lines are cut: one way, to its end."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner

from benchmarks.mirror import CODES
from cocket.cli import app
from cocket.cli.base.instance_access import open_service
from cocket.cli.base.operator_principal import operator
from cocket.exchange.private_join import padded_size
from cocket.exchange.watch_files import read_watched, watch_folder
from cocket.governance import Principal
from cocket.pipeline import open_database, open_stores
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.mirror_matching import MirrorHit
from cocket.pipeline.ledger.cosignatures import read_witnessing
from cocket.pipeline.ledger.witness import Witness
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.pipeline.partners.messages import ANSWER, REQUEST, Exchanged, ExchangeFiles, SealedWords
from cocket.settings import read_settings
from cocket.simulation.mirror_trade import SideDeclaration, TwoSides, two_sides
from cocket.standards import write
from cocket.stores.ledger.leaves import ASSESSMENT_PLACE
from tests.faults.serving import COMMAND, Served, cocket, make_home, settings, until
from tests.pipeline.partners.given import EXCHANGES
from tests.simulators.certificates import make_certificate
from tests.simulators.network import Network, why_none
from tests.simulators.wire import bodies, deciphered

_LACKING = why_none()

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(bool(_LACKING), reason=_LACKING),
]

HEADS = [Principal(id=f"head{number}", kind="officer", roles=("supervisor",)) for number in (1, 2)]
DAYS = (date(2026, 1, 1), date(2026, 3, 31))
MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04", "2026-05")
AGREEMENT = "one-and-two"
API, WITNESS = 8460, 8463


@dataclass
class House:
    """One administration: its machine, its home, and where it answers."""

    name: str
    home: Path
    net: Network
    given: dict[str, Any]
    served: Served
    log_key: str = ""

    @property
    def country(self) -> str:
        return self.name.upper()

    @property
    def url(self) -> str:
        return f"https://{self.net.address(self.name)}:{API}"

    @property
    def settings(self) -> Any:
        return read_settings(settings(self.home, **self.given))

    def run(self, *words: str) -> list[dict[str, Any]]:
        """Run a command beside the house; the lines that it prints."""
        return [json.loads(line) for line in self.said(*words, "--json").splitlines() if line.startswith("{")]

    def said(self, *words: str) -> str:
        """What a command prints beside the house."""
        before = dict(os.environ)
        os.environ.update(settings(self.home, **self.given))
        try:
            done = CliRunner().invoke(app, list(words))
        finally:
            os.environ.clear()
            os.environ.update(before)
        assert done.exit_code == 0, (words, done.output)
        return done.stdout

    @contextmanager
    def stores(self) -> Iterator[Stores]:
        with open_database(self.settings) as server:
            made = open_stores(self.settings, server.dsn)
            try:
                yield made
            finally:
                made.database.close()

    def messages(self) -> dict[str, Exchanged]:
        """Every message by its id."""
        with self.stores() as stores, stores.database.transaction() as connection:
            return {one.id: one for one in ExchangeFiles(stores).every(connection)}

    def waiting(self) -> list[str]:
        """Messages that are not done yet."""
        return [one.id for one in self.messages().values() if one.state != "done"]

    def bodies(self, *kinds: str) -> list[bytes]:
        """What was sealed in every record of some kinds, in the order of the log."""
        with self.stores() as stores, stores.database.transaction() as connection:
            newest = stores.leaves.size(connection)
            return [body for _, body in stores.leaves.records_between(connection, 0, newest, kinds)]

    def tell(self, to: House, kind: str, several: list[str]) -> list[str]:
        """Let notices wait to be sent, each in a message of its own; ids of the messages."""
        with open_service(self.settings, lambda one: one.partners.notices) as notices:
            return [notices.tell(operator(), kind, to.country, one.encode(), "control").id for one in several]

    def an_hour_has_passed(self) -> None:
        """Set what is known of the partner to what it is an hour into an outage."""
        with self.stores() as stores, stores.database.transaction() as connection:
            queue, now = ExchangeFiles(stores).queue, datetime.now(UTC)
            hour = timedelta(hours=1)
            for _ in range(6):
                queue.failed(connection, AGREEMENT, now + hour, now - hour, "The partner's server does not answer.")

    def has_assessed(self) -> bool:
        with self.stores() as stores, stores.database.transaction() as connection:
            place = stores.places.get(connection, ASSESSMENT_PLACE)
            return stores.messages.newest(connection, int(place or -1)) == int(place or -1)

    def is_failing(self) -> bool:
        with self.stores() as stores, stores.database.transaction() as connection:
            going = ExchangeFiles(stores).queue.sending(connection, [AGREEMENT]).get(AGREEMENT)
            return going is not None and going.failing_since is not None


def seizures(first: int, number: int) -> list[str]:
    return [
        f'[[notice]]\nreference = "S-{place:03d}"\nday = 2026-03-02\noffence = "narcotics"\ngoods = "parcel {place}"\n'
        for place in range(first, first + number)
    ]


def movements(first: int, number: int) -> list[str]:
    told = '[[notice]]\nreference = "T-{0:03d}"\nday = 2026-03-02\nstate = "departed"\nmovements = ["26XA{0:06d}"]\nseals = ["{0}"]\n'
    return [told.format(place) for place in range(first, first + number)]


REQUEST_FOR_HELP = """
[[notice]]
reference = "A-1"
day = 2026-03-02
authority = "XA"
measure = "a copy of the export declaration"
object = "the true value"
reason = "the invoice is doubted"
law = "Article 6"
due = 2099-12-31
"""


@dataclass
class Three:
    """Both administrations, the witness beside them, and what lies under it all."""

    one: House
    two: House
    net: Network
    third: Path
    key_log: Path
    trade: TwoSides

    @property
    def houses(self) -> tuple[House, House]:
        return self.one, self.two

    def settled(self, why: str, patience_s: float = 240.0) -> None:
        """Wait until no message of either waits any more."""
        until(
            lambda: not self.one.waiting() and not self.two.waiting(),
            f"{why}: {self.one.served.said[-1500:]} {self.two.served.said[-1500:]}",
            patience_s,
        )


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Three]:
    folder = tmp_path_factory.mktemp("three")
    processes: list[subprocess.Popen[bytes]] = []
    houses: list[House] = []
    with Network(("xa", "xb", "xc")) as net:
        try:
            yield _built(folder, net, houses, processes)
        finally:
            for house in houses:
                if house.served.process is not None:
                    house.served.kill_all()
            for process in processes:
                process.kill()
                process.wait(60)


def _built(folder: Path, net: Network, houses: list[House], processes: list[Any]) -> Three:
    policy, key_log = folder / "witnesses.policy", folder / "tls.keys"
    policy.write_text("quorum none\n")
    certificates = {}
    for name in ("xa", "xb"):
        (folder / name).mkdir()
        certificates[name] = make_certificate(folder / name, address=net.address(name))
    for name, other in (("xa", "xb"), ("xb", "xa")):
        given = {
            "log_origin": f"{name}.example/log/2026",
            "api_host": net.address(name),
            "api_port": API,
            "partner_exchange": "true",
            "tls_certificate": certificates[name][0],
            "tls_certificate_key": certificates[name][1],
            "client_ca": certificates[other][0],
            "partner_ca": certificates[other][0],
            "partner_certificate": certificates[name][0],
            "partner_certificate_key": certificates[name][1],
            "witness_policy": policy,
            "witness_name": f"{name}.example/witness",
            "witness_host": net.address(name),
            "head_step": 1,
            "head_interval_seconds": 1,
        }
        home = folder / name / "home"
        make_home(home, **given)
        served = Served(home, command=(*net.at(name), *COMMAND), **given)
        served._environment["SSLKEYLOGFILE"] = str(key_log)
        houses.append(House(name, home, net, given, served))
    for house in houses:
        house.log_key = next(line.split()[-1] for line in house.said("init").splitlines() if line.startswith("Log key"))
    one, two = houses
    third = folder / "xc"
    standing = {"witness_name": "xc.example/witness", "witness_host": net.address("xc")}
    voices = []
    for home, given, logs in (
        (third, standing, (one.log_key, two.log_key)),
        (one.home, one.given, (two.log_key,)),
        (two.home, two.given, (one.log_key,)),
    ):
        known = read_settings(settings(home, **given))
        witness = Witness(known.witness_name, known.witness_folder, known.keys_folder, is_new=True)
        for log in logs:
            witness.add_log((log,), has_years=True)
        voices.append(witness.vkeys[0])
    # Of one policy for both: the third has to cosign, and the other side does.
    lines = [
        f"witness {name} {voice} http://{net.address(name)}:{WITNESS}/"
        for name, voice in zip(("xc", "xa", "xb"), voices, strict=True)
    ]
    policy.write_text("\n".join([*lines, "group each any xa xb", "group both all xc each", "quorum both", ""]))
    for name, home, given in (("xc", third, standing), ("xa", one.home, one.given), ("xb", two.home, two.given)):
        processes.append(
            subprocess.Popen(
                [*net.at(name), *COMMAND, "witness", "serve"], env=settings(home, **given), stderr=subprocess.DEVNULL
            )
        )
    _agree(one, two)
    _agree(two, one)
    for house in houses:
        house.served.start()
    return Three(one, two, net, third, key_log, two_sides(7, 60, faults=0.35, days=30))


def _agree(one: House, other: House) -> None:
    """The agreement as one side has it, put in force by two persons."""
    with open_service(other.settings, lambda house: house.partners.exchange) as exchange:
        identity = exchange.identity(operator())
    certificate = x509.load_pem_x509_certificate(Path(other.given["tls_certificate"]).read_bytes())
    text = f"""
name = "{AGREEMENT}"
title = "Agreement on mutual assistance"
other = "Customs of {other.country}"
senders = ["OTHER"]
country = "{other.country}"
own_country = "{one.country}"
purposes = ["control", "analysis"]
begins = 2020-01-01
source = "Treaty Series 2026/12"

[signed]
keys = ["{identity.key}"]
receipts = ["{identity.receipts}"]
url = "{other.url}"
certificates = ["{sha256(certificate.public_bytes(Encoding.DER)).hexdigest()}"]
log = "{other.log_key}"
log_url = "{other.url}/log"

[exchanges]
{EXCHANGES}
"""
    with open_service(one.settings, lambda house: house.governance) as governance:
        for head in HEADS:
            governance.accounts.put_officer(head.id, head.id, "supervisor", None, "seal and cord and wax")
        given = governance.agreements.propose_agreement(HEADS[0], "agreement.toml", text.encode())
        governance.second_person.vote(HEADS[1], given.proposal.id, given.proposal.digest, lambda name: name)


def _lodge(house: House, several: tuple[SideDeclaration, ...]) -> None:
    def lodge() -> None:
        roots = str(house.given["tls_certificate"])
        with httpx.Client(base_url=house.url, verify=roots, trust_env=False, timeout=60) as client:
            for one in several:
                made = msgspec.structs.replace(
                    one.declaration, type_code="EXA" if one.declaration.flow == "export" else "IMA"
                )
                answer = client.post(
                    "/v1/messages",
                    content=write(made, "wco-dm"),
                    headers={"authorization": f"Bearer {house.served.key}", "content-type": "application/xml"},
                )
                assert answer.status_code == 202, answer.text

    house.net.do(house.name, lodge)


def test_mirror_matching_finds_what_was_planted(three: Three) -> None:
    one, two, trade = three.one, three.two, three.trade
    _lodge(one, trade.exports)
    _lodge(two, trade.imports)
    since, until_ = ("--since", "2026-01-01"), ("--until", "2026-05-31")
    until(lambda: one.has_assessed() and two.has_assessed(), "not assessed")
    one.run("partner", "push", "mirror", "--partner", "XB", *since, *until_, "--later")
    three.settled("the records do not arrive")
    pairs = {brought: export for export, brought in trade.pairs}
    told: dict[str, set[str]] = {}

    def matched() -> set[str]:
        told.clear()
        newest = {(one.consignment, one.declaration): one for one in _hits(two)}
        for hit in newest.values():
            for name in hit.references if hit.match else ():
                told.setdefault(_plain(name), set()).update(each.code for each in hit.differences)
        return set(told)

    expected = set(pairs.values())
    seen = -1
    while (
        not told or len(told) != seen
    ):  # dossiers that share a number with a record are taken out again, one batch after another
        seen = len(told)
        time.sleep(5)
        until(two.has_assessed, "not assessed again")
        until(matched, "nothing is matched")
    differing = {name: kind for name, kind in trade.planted.items() if not kind.startswith("no-")}
    in_dossiers = differing.keys() & told.keys()
    found = {name for name in in_dossiers if told[name] & CODES[differing[name]]}
    false = {name for name, codes in told.items() if codes and name not in differing}
    clean = len(told.keys() & expected) - len(in_dossiers)
    reports = [two.run("mirror", "report", "--partner", "XA", "--month", month)[0]["imports"] for month in MONTHS]
    paired, differ = (sum(report.get(name, 0) for report in reports) for name in ("matched_imports", "differing"))
    lone = [
        sum(report.get(states, {}).get("missing", 0) for report in reports)
        for states in ("export_states", "import_states")
    ]
    planted = [sum(kind == wanted for kind in trade.planted.values()) for wanted in ("no-import", "no-export")]
    print(
        f"\nmirror: {len(trade.exports)} exports, {len(trade.imports)} imports; by months {paired} of {len(trade.pairs)} imports "
        f"matched, {differ} shipments differ ({len(differing)} planted), exports without import {lone[0]} told of {planted[0]} "
        f"planted, imports without export {lone[1]} of {planted[1]}; in dossiers {len(told.keys() & expected)} shipments matched, "
        f"{len(found)} of {len(in_dossiers)} planted differences told, {len(false)} false alerts on {clean} clean ones"
    )
    assert paired >= 0.95 * len(trade.pairs) and differ >= 0.9 * len(differing)
    assert in_dossiers and len(found) >= 0.9 * len(in_dossiers), in_dossiers - found
    # A shipment that came in parts, of which some state no number, is compared in the dossier without these.
    assert len(false) <= 0.2 * clean, false
    assert all(abs(is_told - was) <= 1 for is_told, was in zip(lone, planted, strict=True)), (lone, planted)


def test_a_private_match_shows_nothing_but_what_both_have(three: Three) -> None:
    one = three.one
    tap = three.net.tap("xb")
    one.run(
        "mirror", "private", "run", "--partner", "XB", "--since", DAYS[0].isoformat(), "--until", DAYS[1].isoformat()
    )
    three.settled("the private match does not end")
    time.sleep(1)
    frames = tap.close()
    runs = [house.run("mirror", "private", "list")[0] for house in three.houses]
    common = set(runs[0]["common"])
    assert common and common == set(runs[1]["common"])
    assert max(runs[0]["own"], runs[1]["own"]) > len(common)  # somebody has what the other must not learn

    said = deciphered(frames, three.key_log.read_text())
    asked = [body for each in said for body in bodies(each.client, "cocket-exchange-1")]
    given = [body for each in said for body in bodies(each.server, "cocket-exchange-1")]
    steps = {body["body"]["step"]: body for body in asked if body.get("kind") == "private-join"}
    assert steps.keys() == {"opening", "closing"}
    opening, closing = (steps[name]["body"]["message"] for name in ("opening", "closing"))
    (reply,) = [
        body["body"]["reply"]
        for body in given
        if body["message"] == steps["opening"]["id"] and "reply" in (body["body"] or {})
    ]

    # Each message has its few fields, and points, of which there are as many as a padded size says.
    assert opening.keys() == {"form", "session", "first", "last", "points"}
    assert reply.keys() == {"form", "session", "raised", "points"}
    assert closing.keys() == {"form", "session", "raised"}
    sizes = [padded_size(run["own"]) for run in runs]
    assert [len(part) for part in (opening["points"], reply["raised"], reply["points"], closing["raised"])] == [
        sizes[0], sizes[0], sizes[1], sizes[1]
    ]  # fmt: skip
    # Raised by both, points are alike for what is in common, and for nothing else; no point shows up twice otherwise.
    raised = Counter([*reply["raised"], *closing["raised"]])
    assert sum(number == 2 for number in raised.values()) == len(common) and max(raised.values()) == 2
    once = Counter([*opening["points"], *reply["points"], *raised])
    assert max(once.values()) == 1
    # No name of either side crossed the line, nor a digest of one, salted or not.
    whole = b"".join(each.client + each.server for each in said) + b"".join(frames)
    assert opening["points"][0].encode() in whole  # this would be seen
    numbers = {
        ref.value for side in (three.trade.exports, three.trade.imports) for each in side for ref in _names(each)
    }
    assert len(numbers) > 50
    for number in (*numbers, *common):
        for text in (number, f"UCR {number}", f"{opening['session']}{number}", f"{opening['session']}UCR {number}"):
            digest = sha256(text.encode())
            assert not any(each in whole for each in (number.encode(), digest.digest(), digest.hexdigest().encode()))
    print(
        f"\nprivate match: {runs[0]['own']} and {runs[1]['own']} names put in, {len(common)} in common; "
        f"{sum(map(len, frames)):,} bytes on the line, of them {sum(sizes) * 2} points"
    )


def test_requests_and_notices_go_both_ways(three: Three) -> None:
    one, two = three.houses
    one.tell(two, "assistance", [REQUEST_FOR_HELP])
    one.tell(two, "seizure", seizures(0, 1))
    two.tell(one, "transit", movements(0, 1))
    one.run("partner", "query", "certificate", "EP-1", "--partner", "XB", "--later")
    three.settled("notices do not arrive")
    (asked,) = two.run("partner", "notices", "--kind", "assistance")
    two.run("partner", "answer", asked["id"], "--state", "answered", "--words", "Declared at 12,000 EUR.", "--later")
    three.settled("the answer does not arrive")
    notes = {note["kept"]["notice"]["kind"]: note["kept"] for note in one.run("partner", "notices")}
    assert notes["assistance"]["state"] == "answered"
    assert notes["transit"]["direction"] == "in"
    assert notes["certificate"]["state"] == "unknown"


def test_a_line_that_is_cut_for_an_hour_loses_and_doubles_nothing(three: Three) -> None:
    one, two = three.houses
    sent = one.tell(two, "seizure", seizures(100, 12))
    until(lambda: sum(one.messages()[each].state == "done" for each in sent) >= 2, "nothing goes")
    three.net.cut("xb")
    try:
        one.tell(two, "seizure", seizures(112, 8))
        two.tell(one, "transit", movements(100, 6))
        until(lambda: one.is_failing() and two.is_failing(), "the outage is not noticed")
        assert one.waiting() and two.waiting()
        for house in three.houses:
            house.an_hour_has_passed()
    finally:
        three.net.join("xb")
    began = time.monotonic()
    three.settled("what waited does not arrive after the line is there again")
    print(f"\nan hour without a line: all had arrived {time.monotonic() - began:.0f} s after it was joined")
    _is_whole(three)


def test_a_house_that_loses_its_power_loses_and_doubles_nothing(three: Three) -> None:
    one, two = three.houses
    for number, (away, other) in enumerate(((two, one), (one, two))):
        first = 200 + 50 * number
        one.tell(two, "seizure", seizures(first, 10))
        two.tell(one, "transit", movements(first, 10))
        away.served.kill_all()
        other.tell(
            away, "seizure" if other is one else "transit", (seizures if other is one else movements)(first + 10, 5)
        )
        until(other.is_failing, "the outage is not noticed")
        other.an_hour_has_passed()
        away.served.start()
        three.settled(f"what waited does not arrive after {away.country} is back")
    _is_whole(three)


def test_both_logs_are_witnessed_by_the_other_and_by_the_third(three: Three) -> None:
    for house, other in (three.houses, three.houses[::-1]):
        until(lambda house=house: _follows(house), f"the log is not followed: {house.served.said[-1000:]}")
        until(lambda house=house: len(_quorum(house)) >= 2, f"not witnessed by both: {_quorum(house)}")
        (watched,) = read_watched(watch_folder(house.home))
        assert (watched.log, watched.alarms) == (f"{other.name}.example/log/2026", ())
    done = cocket("witness", "status", "--json", home=three.third, witness_name="xc.example/witness")
    known = {log["origin"]: log["size"] for log in json.loads(done.stdout)["logs"]}
    assert all(known[f"{house.name}.example/log/2026"] for house in three.houses), known


def test_rows_and_logs_are_clean_on_both(three: Three) -> None:
    for house in three.houses:
        house.served.stop()
        done = cocket("ledger", "verify", str(house.home / "log"), "--key", house.log_key, home=house.home)
        assert done.returncode == 0, done.stdout + done.stderr
        with house.stores() as stores:
            audit = RowAudit(stores)
            while audit.step() is None:
                pass
            assert list(audit.differences()) == []


def _is_whole(three: Three) -> None:
    """Each message once on each side, in its order, done, with both receipts; each notice once."""
    sides = [house.messages() for house in three.houses]
    assert sides[0].keys() == sides[1].keys()
    for messages in sides:
        states = {(one.id, one.state, len(one.receipts), one.unchecked, one.problem) for one in messages.values()}
        assert states == {(identity, "done", 2, 0, "") for identity in messages}, states
    for house, other in (three.houses, three.houses[::-1]):
        sealed = [msgspec.json.decode(body, type=SealedWords) for body in house.bodies(REQUEST, ANSWER)]
        assert Counter((one.id, one.part) for one in sealed) == Counter(
            (identity, part) for identity in sides[0] for part in ("request", "answer")
        )
        came = [one.id for one in sealed if one.part == "request" and house.messages()[one.id].direction == "in"]
        sent = other.messages()
        assert came == sorted(came, key=lambda identity: (sent[identity].made, identity))
        kept = Counter(note["kept"]["notice"]["reference"] for note in house.run("partner", "notices"))
        assert set(kept.values()) == {1}, kept


def _hits(house: House) -> list[MirrorHit]:
    return [msgspec.json.decode(body, type=MirrorHit) for body in house.bodies("mirror-hit")]


def _plain(reference: str) -> str:
    found = re.search(r"e\d{6}", reference.lower())
    return found.group() if found else reference


def _names(one: SideDeclaration) -> tuple[Any, ...]:
    return one.declaration.references


def _follows(house: House) -> bool:
    return any(one.seen.note for one in read_watched(watch_folder(house.home)))


def _quorum(house: House) -> list[str]:
    """Who cosigned the newest head of a house, as far as its policy asks."""
    told = read_witnessing(house.home)
    return list(told.has) if told is not None else []
