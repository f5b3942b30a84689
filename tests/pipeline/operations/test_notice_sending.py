# SPDX-License-Identifier: Apache-2.0
"""Notices by e-mail and webhook: what is sent and to whom, only over TLS, and what is done of what fails."""

from __future__ import annotations

import base64
import contextlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.errors import SenderError, SettingsError
from cocket.exchange.notices import send_mail
from cocket.gate import make_key
from cocket.governance import Principal
from cocket.governance.proposals import Proposal
from cocket.pipeline.base.notices import NoticeSeen, Sending
from cocket.pipeline.operations.health import look
from cocket.pipeline.operations.notice_sending import PAUSES, NoticeSending
from cocket.pipeline.queries.views import QueueFilter
from cocket.settings import read_settings
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.simulators.certificates import make_certificate
from tests.simulators.mail_server import MailServer, mail_server

HEAD = officer("supervisor")
ANNA = Principal(id="anna.a", kind="officer", roles=("officer",), office=None)
ADDRESS = "anna@customs.example"
HOME = "https://cocket.customs.example"
KEY = b"of the webhook, thirty-two bytes"


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    return make_certificate(tmp_path)


@contextlib.contextmanager
def house(folder: Path, server: MailServer | None = None, **more: Any) -> Iterator[Built]:
    """A house with orders, whose officer Anna wants every notice by e-mail."""
    mail: dict[str, Any] = {"workbench_url": HOME}
    if server:
        address = f"smtp://127.0.0.1:{server.port}"
        mail |= {"mail_server": address, "mail_from": "cocket@customs.example", "mail_ca": str(folder / "door.pem")}
    made = build(folder / "house", red_per_day=1000, random_share=0.5, red_hours=1.5, **{**mail, **more})
    try:
        made.house.intake.messages.take_many(
            [envelope(declaration(f"R{number}")) for number in range(8)], principal=trader("ACME")
        )
        made.desk()
        for name, role in (("anna.a", "officer"), ("head.h", "supervisor")):
            made.house.governance.accounts.put_officer(name, name, role, None, "seal and cord")
        yield made
    finally:
        made.house.close()


def sender(built: Built) -> NoticeSending:
    return NoticeSending(built.stores, lambda words: None)


def assign(built: Built) -> str:
    """An order given to Anna; the reference of its case."""
    lines = built.house.queries.records.queue(HEAD, QueueFilter(limit=50)).lines
    line = next(line for line in lines if line.order and line.order.due)
    assert line.order
    built.house.control.officer_acts.assign(HEAD, [line.order.id], "anna.a", "knows these goods")
    return line.title


def choose(built: Built, *kinds: str, webhook: bool = False) -> None:
    chosen = set(kinds)
    built.house.governance.own_account.set_notices(
        ANNA, ADDRESS, set() if webhook else chosen, chosen if webhook else set()
    )


def test_an_assignment_is_told_by_e_mail_with_reference_and_link_and_nothing_else(
    tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    with mail_server(certificate) as server, house(tmp_path, server) as built:
        choose(built, "assigned")
        built.house.governance.own_account.set_language(ANNA, "fr")
        title = assign(built)
        assert sender(built).turn(datetime.now(UTC)) == 1
        (mail,) = server.taken
        assert server.plain == []
        assert (mail["To"], mail["From"], mail["Auto-Submitted"]) == (
            ADDRESS,
            "cocket@customs.example",
            "auto-generated",
        )
        text = mail.get_content()
        assert title in mail["Subject"] and title in text
        assert f"{HOME}/consignments/" in text and f"{HOME}/account" in text
        assert not [word for word in ("ACME", "red", "yellow", "rouge", "knows these goods") if word in text.split()]
        (sealed,) = [msgspec.json.decode(body, type=Sending) for body in built.bodies("notice-sending")]
        assert (sealed.state, sealed.attempts, sealed.address) == ("sent", 1, ADDRESS)
        assert sender(built).turn(datetime.now(UTC)) == 0
        assert next(one for one in look(built.stores).checks if one.name == "notices").state == "well"


def test_a_notice_in_the_inbox_is_sealed_when_it_is_first_shown_and_when_it_is_taken_off(tmp_path: Path) -> None:
    with house(tmp_path) as built:
        title = assign(built)

        def seals() -> list[NoticeSeen]:
            return [msgspec.json.decode(body, type=NoticeSeen) for body in built.bodies("notice-seen")]

        assert seals() == []
        inbox = built.house.queries.inbox
        (item,) = [one for one in inbox.inbox(ANNA).items if one.kind == "assigned"]
        assert item.line.title == title
        assert [(one.notice.officer, one.notice.kind, one.outcome) for one in seals()] == [
            ("anna.a", "assigned", "shown")
        ]
        inbox.inbox(ANNA)
        assert len(seals()) == 1
        built.house.control.desk_notes.dismiss(ANNA, item.notice or "")
        assert [(one.outcome, one.channel) for one in seals()] == [("shown", "browser"), ("dismissed", "browser")]
        assert [one for one in inbox.inbox(ANNA).items if one.kind == "assigned"] == []


def test_a_notice_that_meets_a_defect_is_sealed_and_does_not_hold_up_the_others(
    tmp_path: Path, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server(certificate) as server, house(tmp_path, server) as built:
        choose(built, "assigned", "mention")
        assign(built)
        case = built.house.queries.records.queue(HEAD, QueueFilter(limit=50)).lines[0]
        built.house.control.desk_notes.comment(HEAD, case.id, "look at this, @anna.a")
        calls: list[Any] = []

        def once_broken(*given: Any) -> None:
            calls.append(given)
            if len(calls) == 1:
                raise UnicodeError("surrogates")
            send_mail(*given)

        monkeypatch.setattr("cocket.pipeline.operations.notice_sending.send_mail", once_broken)
        assert sender(built).turn(datetime.now(UTC)) == 1
        sealed = [msgspec.json.decode(body, type=Sending) for body in built.bodies("notice-sending")]
        assert sorted((one.state, one.problem) for one in sealed) == [
            ("sent", ""),
            ("waiting", "A defect in Cocket, UnicodeError."),
        ]
        assert sender(built).turn(datetime.now(UTC) + PAUSES[0]) == 1
        assert len(server.taken) == 2


def test_a_sender_that_the_server_refuses_is_no_fault_of_an_officers_address_and_is_tried_again(
    tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    with mail_server(certificate) as server, house(tmp_path, server) as built:
        choose(built, "assigned")
        assign(built)
        server.answers["cocket@customs.example"] = "553 not an address of ours"
        assert sender(built).turn(datetime.now(UTC)) == 0
        (sealed,) = [msgspec.json.decode(body, type=Sending) for body in built.bodies("notice-sending")]
        assert (sealed.state, sealed.attempts) == ("waiting", 1)
        assert sealed.problem == "The mail server at 127.0.0.1 takes no messages from us: 553 not an address of ours"
        server.answers.clear()
        assert sender(built).turn(datetime.now(UTC) + PAUSES[0]) == 1
        assert len(server.taken) == 1


def test_what_was_not_chosen_is_not_sent(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    with mail_server(certificate) as server, house(tmp_path, server) as built:
        choose(built, "mention")
        assign(built)
        assert sender(built).turn(datetime.now(UTC)) == 0
        case = built.house.queries.records.queue(HEAD, QueueFilter(limit=50)).lines[0]
        built.house.control.desk_notes.comment(HEAD, case.id, "look at this, @anna.a")
        assert sender(built).turn(datetime.now(UTC)) == 1
        assert "mentions you" in server.taken[0]["Subject"]


def test_an_order_that_is_soon_due_is_told_once(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    with mail_server(certificate) as server, house(tmp_path, server) as built:
        title = assign(built)
        choose(built, "due")
        now = datetime.now(UTC)
        assert sender(built).turn(now) == 1
        assert sender(built).turn(now + timedelta(minutes=10)) == 0
        assert server.taken[0]["Subject"].strip() == f"A control order with you is due within two hours: {title}"


def test_a_supervisor_hears_of_access_that_waits_for_him_and_whoever_proposed_it_does_not(
    tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    with mail_server(certificate) as server, house(tmp_path, server) as built:
        accounts, own = built.house.governance.accounts, built.house.governance.own_account
        accounts.put_officer("other.o", "Other", "supervisor", None, "seal and cord")
        first, other = (Principal(id=name, kind="officer", roles=("supervisor",)) for name in ("head.h", "other.o"))
        for one in (first, other):
            own.set_notices(one, f"{one.id}@customs.example", {"second"}, set())
        wanted = Proposal(kind="account", subject="new.n", after={"roles": "officer"})
        built.house.governance.second_person.propose(first, wanted, make_key)
        assert sender(built).turn(datetime.now(UTC)) == 1
        assert server.taken[0]["To"] == "other.o@customs.example"
        assert "new.n" not in server.taken[0].as_string()


def test_a_server_that_is_away_is_tried_again_later_and_told_of(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    with mail_server(certificate) as server, house(tmp_path, server) as built:
        choose(built, "assigned")
        assign(built)
        server.stop()
        now = datetime.now(UTC)
        for pause in (timedelta(), *PAUSES):
            now += pause + timedelta(seconds=1)
            assert sender(built).turn(now) == 0
        told = [msgspec.json.decode(body, type=Sending) for body in built.bodies("notice-sending")]
        assert [one.state for one in told] == ["waiting"] * len(PAUSES) + ["failed"]
        assert sender(built).turn(now + timedelta(days=1)) == 0
        check = next(one for one in look(built.stores).checks if one.name == "notices")
        assert check.state == "degraded"
        assert "1 notice to officers could not be sent. The mail server at 127.0.0.1 does not answer." in check.words
        view = built.house.governance.own_account.mine(ANNA)
        assert [one.state for one in view.under_way] == ["failed"]


def test_an_address_that_is_refused_for_good_is_not_asked_again(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    with mail_server(certificate) as server, house(tmp_path, server) as built:
        server.answers[ADDRESS] = "550 no such mailbox\x07 here"
        choose(built, "assigned")
        assign(built)
        assert sender(built).turn(datetime.now(UTC)) == 0
        (told,) = [msgspec.json.decode(body, type=Sending) for body in built.bodies("notice-sending")]
        assert (told.state, told.problem) == ("failed", "The mail server refused the address: 550 no such mailbox here")


def test_nothing_is_said_without_tls(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    with mail_server(None) as server, house(tmp_path, server) as built:
        choose(built, "assigned")
        assign(built)
        assert sender(built).turn(datetime.now(UTC)) == 0
        assert (server.taken, server.plain) == ([], [])
        (told,) = [msgspec.json.decode(body, type=Sending) for body in built.bodies("notice-sending")]
        assert "does not offer TLS" in told.problem


def test_a_certificate_of_another_authority_gets_nothing(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    with mail_server(certificate) as server, house(tmp_path, server, mail_ca="") as built:
        choose(built, "assigned")
        assign(built)
        assert sender(built).turn(datetime.now(UTC)) == 0
        assert (server.taken, server.plain) == ([], [])
        (told,) = [msgspec.json.decode(body, type=Sending) for body in built.bodies("notice-sending")]
        assert "certificate of the mail server" in told.problem


def test_the_server_asks_for_a_password_kept_in_a_file_of_its_own(
    tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    secret = tmp_path / "mail.password"
    secret.write_text("of the mail\n")
    with mail_server(certificate, is_tls=True, login=("cocket", "of the mail")) as server:
        given = {"mail_server": f"smtps://cocket@127.0.0.1:{server.port}", "mail_password_file": str(secret)}
        with house(tmp_path, server, **given) as built:
            choose(built, "assigned")
            assign(built)
            secret.chmod(0o644)
            now = datetime.now(UTC)
            assert sender(built).turn(now) == 0
            told = msgspec.json.decode(built.bodies("notice-sending")[-1], type=Sending)
            assert "can be read by others" in told.problem
            secret.chmod(0o600)
            assert sender(built).turn(now + PAUSES[0] + timedelta(seconds=1)) == 1
            assert len(server.taken) == 1


@contextlib.contextmanager
def webhook(status: int = 204) -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """A receiver, and what it was given."""
    given: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            given.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(status)
            self.send_header("location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()

        def log_message(self, *said: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hook", given
    finally:
        server.shutdown()
        server.server_close()


def hooked(folder: Path, url: str) -> contextlib.AbstractContextManager[Built]:
    secret = folder / "hook.secret"
    secret.write_text(f"whsec_{base64.b64encode(KEY).decode()}\n")
    secret.chmod(0o600)
    return house(folder, webhook_url=url, webhook_secret_file=str(secret))


def test_a_webhook_gets_a_signed_notice(tmp_path: Path) -> None:
    with webhook() as (url, given), hooked(tmp_path, url) as built:
        choose(built, "assigned", webhook=True)
        title = assign(built)
        assert sender(built).turn(datetime.now(UTC)) == 1
        ((headers, body),) = given
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.digest(KEY, signed, "sha256")).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"
        told = json.loads(body)
        assert told["type"] == "notice.assigned"
        assert set(told["data"]) == {"officer", "reference", "url"}
        assert told["data"]["reference"] == title


def test_a_webhook_that_leads_elsewhere_is_not_followed(tmp_path: Path) -> None:
    with webhook(302) as (url, given), hooked(tmp_path, url) as built:
        choose(built, "assigned", webhook=True)
        assign(built)
        assert sender(built).turn(datetime.now(UTC)) == 0
        assert len(given) == 1
        told = msgspec.json.decode(built.bodies("notice-sending")[-1], type=Sending)
        assert (told.state, told.problem) == ("waiting", "The webhook answered with status 302.")


def test_two_senders_send_a_notice_once(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    with mail_server(certificate) as server, house(tmp_path, server) as built:
        choose(built, "assigned")
        assign(built)
        now = datetime.now(UTC)
        first = sender(built)
        taken = first._take(now)  # and is about to send
        assert sender(built).turn(now) == 0
        assert [first._attempt(identity, sending, now) for identity, sending in taken] == [True]
        assert len(server.taken) == 1


def test_an_address_outside_is_refused(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    with mail_server(certificate) as server, house(tmp_path, server, mail_domains="customs.example") as built:
        own = built.house.governance.own_account
        for address in ("anna@elsewhere.example", "anna@customs.example.org", "a b@customs.example", "x@y\n.example"):
            with pytest.raises(SenderError):
                own.set_notices(ANNA, address, {"assigned"}, set())
        with pytest.raises(SenderError, match="Give an address"):
            own.set_notices(ANNA, "", {"assigned"}, set())
        assert own.preferences(ANNA).email is None
        own.set_notices(ANNA, ADDRESS, {"assigned", "nothing"}, set())
        assert own.preferences(ANNA).by_email == ("assigned",)
        assert len(built.bodies("preferences")) == 1


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"COCKET_MAIL_SERVER": "mail.example"}, "mail_server 'mail.example' is not"),
        ({"COCKET_MAIL_SERVER": "smtps://mail.example"}, "mail_from must be an e-mail address"),
        ({"COCKET_MAIL_SERVER": "smtps://c@mail.example"}, "mail_password_file and the user in mail_server"),
        ({"COCKET_WEBHOOK_URL": "http://chat.example/x"}, "webhook_url must start with https://"),
        ({"COCKET_WEBHOOK_URL": "https://chat.example/x"}, "webhook_url and webhook_secret_file"),
        ({"COCKET_WEBHOOK_URL": "https://chat.example/x"}, "workbench_url must be set"),
    ],
)
def test_settings_that_do_not_hold_are_refused(given: dict[str, str], problem: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings(given)
    assert problem in str(refused.value)
