# SPDX-License-Identifier: Apache-2.0
"""Following a partner's log over HTTP: what is honest passes, and what is not is told where people look, with what convicts it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cocket.cli import app
from cocket.exchange.followed_files import Followed, FollowedLog
from cocket.exchange.signed_http import HouseKey
from cocket.ledger import CHECKPOINT_FILE, KEY_FILE, Signer
from cocket.pipeline.base.followed_logs import place_of
from cocket.pipeline.operations.health import look
from cocket.pipeline.partners.log_following import EVERY, STALE_SECONDS, LogFollowing
from cocket.stores.partners.exchange_queue import ExchangeQueue
from tests.houses import Built
from tests.ledger.logs import SIGNER, Folder, grown
from tests.ledger.test_monitoring import rewritten
from tests.pipeline.partners.given import ANNA, SIONE, agreed, house

VKEY = SIGNER.verifier.vkey
NAME = "followed"


class Partner:
    """A partner's server of its log, which can be anything."""

    def __init__(self) -> None:
        self.folder: Folder = grown([10])
        self.answer: Callable[[str], bytes | None] | None = None
        partner = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.removeprefix("/log/")
                body = partner.answer(path) if partner.answer else partner.folder.get(path)
                self.send_response(200 if body is not None else 404)
                self.end_headers()
                with suppress(OSError):
                    self.wfile.write(body or b"")

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self._server.server_port}/log"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class House:
    """A house that follows the log; each case has an address, and so a memory, of its own."""

    def __init__(self, built: Built) -> None:
        self.built = built
        self.url = ""

    def follows(self, url: str, vkey: str = VKEY) -> None:
        self.url = url
        agreed(
            self.built,
            f"""
name = "{NAME}"
title = "Agreement on mutual assistance"
other = "Customs of XB"
senders = ["OTHER"]
country = "XB"
own_country = "XA"
purposes = ["control"]
begins = 2020-01-01
source = "Treaty Series 2026/12"

[signed]
keys = ["{HouseKey(bytes(32)).public}"]
log = "{vkey}"
log_url = "{url}"

[exchanges]
mirror = ["ucrs"]
""".encode(),
        )

    def looks(self, later: timedelta = timedelta()) -> Followed:
        """Look once, as the thread does."""
        following = LogFollowing(self.built.stores)
        found: list[Followed] = []
        while not found:
            found = following.turn(datetime.now(UTC) + later)
        following._one.release()
        return found[0]

    def known(self) -> FollowedLog:
        (one,) = self.built.house.partners.exchange.logs(SIONE)
        return one

    def health(self) -> Any:
        (check,) = [one for one in look(self.built.stores).checks if one.name == "partner-logs"]
        return check


@pytest.fixture(scope="module")
def one_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    built = house(tmp_path_factory.mktemp("follower") / "home")
    yield House(built)
    built.house.close()


@pytest.fixture
def partner() -> Iterator[Partner]:
    made = Partner()
    yield made
    made.close()


@pytest.fixture
def follower(one_house: House, partner: Partner) -> House:
    one_house.follows(partner.url)
    return one_house


def run(built: Built, *words: str) -> tuple[int, str]:
    """A command beside the house; its database is that of tests, which no command would open by itself."""

    @contextmanager
    def opened(_: object, pick: Callable[[Any], Any]) -> Iterator[Any]:
        yield pick(built.house)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cocket.cli.commands.partner.open_service", opened)
        done = CliRunner().invoke(app, [*words])
    return done.exit_code, done.output


def test_a_log_that_grows_honestly_is_followed_and_is_well_everywhere(follower: House, partner: Partner) -> None:
    for sizes in ([10], [10, 300], [10, 300, 700]):
        partner.folder = grown(sizes)
        assert follower.looks().problem == ""
        known = follower.known()
        assert (known.size, known.is_grave, known.alarms) == (sizes[-1], False, ())
    assert (follower.health().state, follower.known().followed.country) == ("well", "XB")
    code, said = run(follower.built, "partner", "logs")
    assert (code, "700 entries" in said) == (0, True), said


def test_it_is_looked_at_once_a_minute(follower: House) -> None:
    following, now = LogFollowing(follower.built.stores), datetime.now(UTC)
    assert len(following.turn(now)) == 1
    assert following.turn(now + EVERY / 2) == []
    assert len(following.turn(now + EVERY)) == 1
    following._one.release()


def test_a_fork_is_told_everywhere_and_its_file_convicts(follower: House, partner: Partner, tmp_path: Path) -> None:
    follower.looks()
    partner.folder = rewritten([20], 3)
    made = follower.looks()
    assert made.is_grave and "not consistent" in made.problem
    known = follower.known()
    ((file, kept),) = known.alarms
    assert kept.alarm.kind == "fork" and known.size == 10  # the head is not taken
    check = follower.health()
    assert check.state == "degraded" and "XB" in check.words and "not consistent" in check.words
    code, said = run(follower.built, "partner", "logs")
    assert code == 1 and "not consistent" in said and file in said.replace("\n", "")
    code, said = run(follower.built, "ledger", "convict", file, "--key", VKEY)
    assert code == 0 and "whose first 10 differ" in said
    other = Signer.from_bytes(SIGNER.verifier.name, bytes(32)).verifier.vkey
    assert run(follower.built, "ledger", "convict", file, "--key", other)[0] == 1
    # It comes back to the history that was seen: the alarm stays until somebody puts it away.
    partner.folder = grown([10, 30])
    assert follower.looks().problem == "" and follower.known().size == 30
    assert follower.health().state == "degraded"
    Path(file).rename(tmp_path / "kept.json")
    assert follower.health().state == "well"


def test_a_split_view_of_one_size_convicts(follower: House, partner: Partner) -> None:
    follower.looks()
    partner.folder = rewritten([10], 3)
    assert follower.looks().is_grave
    ((file, _),) = follower.known().alarms
    code, said = run(follower.built, "ledger", "convict", file, "--key", VKEY)
    assert code == 0 and "two roots for size 10" in said


def test_a_head_that_goes_back_is_told_and_convicts_nobody(follower: House, partner: Partner) -> None:
    partner.folder = grown([10, 300])
    follower.looks()
    partner.folder = grown([10])
    made = follower.looks()
    assert made.is_grave and "after one over 300" in made.problem
    ((file, kept),) = follower.known().alarms
    assert kept.alarm.kind == "rollback" and follower.known().size == 300
    assert run(follower.built, "ledger", "convict", file, "--key", VKEY)[0] == 1


def test_a_head_that_stands_is_told_and_leaves_no_alarm_behind(follower: House, partner: Partner) -> None:
    follower.looks()
    made = follower.looks(later=timedelta(seconds=STALE_SECONDS + 60))
    assert not made.is_grave and "No new head for" in made.problem
    assert follower.known().alarms == ()
    assert "No new head" in follower.health().words
    partner.folder = grown([10, 11])
    assert follower.looks().problem == ""
    assert follower.health().state == "well"


def test_a_partner_that_is_away_is_told_at_once_and_is_a_fault_after_a_day(follower: House, partner: Partner) -> None:
    follower.looks()
    partner.close()
    made = follower.looks()
    assert not made.is_grave and "does not answer" in made.problem
    assert follower.known().size == 10  # what was seen is not forgotten
    check = follower.health()
    assert check.state == "well" and "does not answer" in check.words
    code, said = run(follower.built, "partner", "logs")
    assert code == 0 and "does not answer" in said
    place = place_of(follower.built.stores, follower.url).with_suffix(".followed")
    told = json.loads(place.read_bytes())
    told["since"] = (datetime.now(UTC) - timedelta(days=2)).isoformat()
    place.write_text(json.dumps(told))
    assert follower.looks().since < datetime.now(UTC) - timedelta(days=1)  # since when is kept from look to look
    assert follower.health().state == "degraded"


def test_another_key_than_the_agreement_names_is_told_and_nothing_is_taken(follower: House, partner: Partner) -> None:
    other = Signer.from_bytes(SIGNER.verifier.name, bytes([7] * 32))
    partner.folder = grown([10], other)
    made = follower.looks()
    assert made.is_grave and "another key than the agreement names" in made.problem
    assert follower.known().size is None
    assert follower.health().state == "degraded"


def test_a_head_that_another_key_signed_is_told(follower: House, partner: Partner) -> None:
    follower.looks()
    other = Signer.from_bytes(SIGNER.verifier.name, bytes([7] * 32))
    partner.folder = {**grown([20], other), KEY_FILE: partner.folder[KEY_FILE]}
    assert follower.looks().is_grave
    ((_, kept),) = follower.known().alarms
    assert kept.alarm.kind == "signature" and follower.known().size == 10


@pytest.mark.parametrize("path", [KEY_FILE, CHECKPOINT_FILE, "tile"])
def test_an_answer_without_end_is_broken_off_in_words(follower: House, partner: Partner, path: str) -> None:
    whole = grown([10, 300])
    partner.answer = lambda asked: bytes(18 * 2**20) if asked.startswith(path) else whole.get(asked)
    made = follower.looks()
    assert "too long" in made.problem and path in made.problem


@pytest.mark.parametrize("rubbish", [b"", b"\xff\xfe" * 50, b"<html>no</html>", b"\0" * 4000, "٠\n\n— x y\n".encode()])
def test_rubbish_is_told_and_stops_nothing(follower: House, partner: Partner, rubbish: bytes) -> None:
    follower.looks()
    whole = grown([10, 300])
    for path in (KEY_FILE, CHECKPOINT_FILE, "tile"):
        partner.answer = lambda asked, path=path: rubbish if asked.startswith(path) else whole.get(asked)
        follower.looks()
    partner.answer, partner.folder = None, whole
    assert follower.looks().problem == "" and follower.known().size == 300


def test_a_slow_partner_holds_up_nobody(follower: House, partner: Partner) -> None:
    hangs = threading.Event()
    partner.answer = lambda asked: bytes(hangs.wait(30)) or None
    following, began = LogFollowing(follower.built.stores), datetime.now(UTC)
    assert following._looks.begin(
        "another", lambda: Followed(agreement="x", country="XC", url="u", vkey="v", looked=began)
    )
    assert [one.country for one in following.turn(began)] == ["XC"]
    hangs.set()
    following._one.release()


def test_that_a_log_can_be_read_lets_what_waits_go_at_once(follower: House) -> None:
    queue, stores, now = ExchangeQueue(), follower.built.stores, datetime.now(UTC)
    with stores.database.transaction() as connection:
        queue.failed(connection, NAME, now + timedelta(hours=1), now - timedelta(hours=1), "away")
    follower.looks()
    with stores.database.transaction() as connection:
        going = queue.sending(connection, [NAME])[NAME]
        assert going.next <= datetime.now(UTC)
        assert going.failing_since is not None and going.attempts == 1  # that it failed is not forgotten
        queue.went_well(connection, NAME, now)


def test_a_log_that_no_agreement_names_any_more_is_not_told_of(follower: House, partner: Partner) -> None:
    follower.looks()
    partner.folder = rewritten([20], 3)
    follower.looks()
    follower.follows("http://127.0.0.1:1/log")
    assert follower.built.house.partners.exchange.logs(SIONE) == ()
    assert follower.health().state == "well"


def test_only_who_may_read_is_told(follower: House) -> None:
    from cocket.errors import PolicyError
    from cocket.governance import Principal

    with pytest.raises(PolicyError):
        follower.built.house.partners.exchange.logs(
            Principal(id="key", kind="key", roles=("trader",), senders=("ACME",))
        )
    assert follower.built.house.partners.exchange.logs(ANNA) is not None


def test_each_thread_that_sends_is_seen_by_health(follower: House) -> None:
    from cocket.pipeline.base.heartbeat import Heartbeat
    from cocket.pipeline.base.roles import EVENTS, FOLLOWING, PARTNERS, SUBSCRIPTIONS
    from cocket.pipeline.base.senders import go_on

    def state(name: str) -> tuple[str, str]:
        (check,) = [one for one in look(follower.built.stores).checks if one.name == name]
        return check.state, check.words

    built, stopping = follower.built, threading.Event()
    pulse = Heartbeat(EVENTS, EVENTS, built.dsn)
    pulse._try(pulse._write)
    assert state(PARTNERS)[0] == "degraded" and "Nothing has been heard" in state(PARTNERS)[1]
    doing = {name: pulse.beside(name) for name in (SUBSCRIPTIONS, PARTNERS, FOLLOWING)}
    for one in doing.values():
        one.began()
        one.ended(has_worked=False)
    pulse._write()
    assert {state(name)[0] for name in doing} == {"well"}

    # One meets something that nobody foresaw, again and again; another ends; a third stands still.
    turns: list[int] = []

    def breaks() -> float:
        turns.append(1)
        if len(turns) == 3:
            stopping.set()
        raise ZeroDivisionError("nobody foresaw this")

    def ends() -> float:
        raise SystemExit

    told: list[str] = []
    go_on(breaks, stopping, doing[PARTNERS], told.append)
    with pytest.raises(SystemExit):
        go_on(ends, threading.Event(), doing[SUBSCRIPTIONS], told.append)
    doing[FOLLOWING]._began = doing[FOLLOWING]._ended + 1 - 600
    doing[FOLLOWING]._ended -= 1000
    pulse._write()
    assert told == [f"{PARTNERS} is stalled and retries. Unexpected error: ZeroDivisionError: nobody foresaw this."]
    assert state(PARTNERS)[0] == "degraded" and "nobody foresaw this" in state(PARTNERS)[1]
    assert state(SUBSCRIPTIONS)[0] == "degraded" and "It ended" in state(SUBSCRIPTIONS)[1]
    assert state(FOLLOWING)[0] == "degraded" and "processing one batch since" in state(FOLLOWING)[1]
    pulse._write_end()
    assert not [one for one in look(built.stores).checks if one.name in doing]
