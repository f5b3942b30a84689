# SPDX-License-Identifier: Apache-2.0
"""Four eyes over a database: who may, what is sealed, what a failure in between leaves, and proposals of the earlier form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.errors import PolicyError, RowDiffersError, SenderError, StoreError
from cocket.gate import make_key
from cocket.governance import Principal
from cocket.governance.proposals import Proposal, digest_of, expired
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.base.proposals import KIND, keep_proposal, read_proposal, state_in
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.stores.control.case_files import StoredCaseFile
from tests.houses import Built, build

SIONE, VEA = (Principal(id=name, kind="officer", roles=("supervisor",)) for name in ("sione", "vea"))
OLGA = Principal(id="olga", kind="officer", roles=("officer",))
WANTED = Proposal(kind="account", subject="olga", after={"roles": "analyst"})


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    for name, role in (("sione", "supervisor"), ("vea", "supervisor"), ("olga", "officer")):
        made.house.governance.accounts.put_officer(name, name.title(), role, None, "seal and cord and wax")
    yield made
    made.house.close()


def second(built: Built) -> Any:
    return built.house.governance.second_person


def role_of_olga(built: Built) -> str:
    staff = built.house.governance.administration.access(VEA).staff
    return next(one.role for one in staff if one.name == "olga")


def states(built: Built) -> list[str]:
    return [read_proposal(body).state for body in built.bodies(KIND)]


def test_each_step_is_sealed_with_the_digest_and_every_row_agrees_with_its_record(built: Built) -> None:
    one = second(built).propose(SIONE, WANTED, make_key).proposal
    assert one.before == {"account": "enabled", "shown": "Olga", "roles": "officer", "office": ""}
    done = second(built).vote(VEA, one.id, one.digest, make_key)
    assert done.is_done and role_of_olga(built) == "analyst"
    sealed = [read_proposal(body) for body in built.bodies(KIND)]
    assert [body.state for body in sealed] == ["open", "approved", "applied"]
    assert {digest_of(body) for body in sealed} == {one.digest}
    assert [(vote.by, vote.digest) for vote in sealed[-1].votes] == [("vea", one.digest)]


def test_a_role_without_the_right_neither_proposes_nor_learns_of_it(built: Built) -> None:
    with pytest.raises(PolicyError):
        second(built).propose(OLGA, msgspec.structs.replace(WANTED, subject="ben"), make_key)
    one = second(built).propose(SIONE, msgspec.structs.replace(WANTED, subject="ben"), make_key).proposal
    for step in (
        lambda: second(built).vote(OLGA, one.id, one.digest, make_key),
        lambda: second(built).withdraw(OLGA, one.id),
        lambda: second(built).apply(OLGA, one.id, make_key),
        lambda: second(built).proposal(OLGA, one.id),
    ):
        with pytest.raises(NotFoundError):
            step()
    assert second(built).waiting(OLGA) == () and states(built) == ["open"]


def test_what_is_not_approved_is_not_applied_by_whoever_asks(built: Built) -> None:
    one = second(built).propose(SIONE, WANTED, make_key).proposal
    for who in (SIONE, VEA):
        with pytest.raises(SenderError, match="still waits"):
            second(built).apply(who, one.id, make_key)
    assert role_of_olga(built) == "officer" and states(built) == ["open"]


def test_an_act_that_fails_in_between_stays_approved_and_is_done_later(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = second(built).propose(SIONE, WANTED, make_key).proposal
    accounts = built.house.governance.accounts

    def broken(*_: Any, **__: Any) -> None:
        raise StoreError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(accounts, "change_officer", broken)
        with pytest.raises(StoreError):
            second(built).vote(VEA, one.id, one.digest, make_key)
    assert states(built) == ["open", "approved"] and role_of_olga(built) == "officer"
    (left,) = second(built).waiting(VEA)
    assert left.proposal.state == "approved" and left.may_approve
    with pytest.raises(PolicyError):
        second(built).apply(SIONE, one.id, make_key)
    assert second(built).apply(VEA, one.id, make_key).is_done and role_of_olga(built) == "analyst"


def withdrawn_by_sione(built: Built, one: Proposal) -> None:
    second(built).withdraw(SIONE, one.id)


def refused_by_vea(built: Built, one: Proposal) -> None:
    second(built).vote(VEA, one.id, one.digest, make_key, refusal="too wide")


def applied_by_vea(built: Built, one: Proposal) -> None:
    assert second(built).vote(VEA, one.id, one.digest, make_key).is_done
    built.house.governance.accounts.put_officer("olga", "Olga", "officer", None, "seal and cord and wax")


def expired_meanwhile(built: Built, one: Proposal) -> None:
    with built.stores.database.transaction() as connection:
        now = datetime.now(UTC)
        record = keep_proposal(built.stores, connection, expired(one, "vea", now), ("vea", now))
        built.stores.leaves.append_records(connection, [record])


#: How it stood, and how it ended; what is approved is not refused any more.
ENDS = [
    *(("open", end) for end in (withdrawn_by_sione, refused_by_vea, applied_by_vea, expired_meanwhile)),
    *(("approved", end) for end in (withdrawn_by_sione, applied_by_vea, expired_meanwhile)),
]


@pytest.mark.parametrize(("was", "end"), ENDS)
def test_an_old_row_put_back_brings_no_proposal_back(
    built: Built, monkeypatch: pytest.MonkeyPatch, end: Callable[[Built, Proposal], None], was: str
) -> None:
    one = second(built).propose(SIONE, WANTED, make_key).proposal
    if was == "approved":
        with monkeypatch.context() as patch, pytest.raises(StoreError):
            patch.setattr(built.house.governance.accounts, "change_officer", broken)
            second(built).vote(VEA, one.id, one.digest, make_key)
        if end is applied_by_vea:
            end = applied_later_by_vea
    with built.stores.database.transaction() as connection:
        connection.execute("create table old_file as select * from case_file where id = %s", (one.id,))
    end(built, one)
    with built.stores.database.transaction() as connection:
        connection.execute("delete from case_file where id = %s", (one.id,))
        connection.execute("insert into case_file table old_file")
        connection.execute("drop table old_file")
    steps: tuple[Callable[[], Any], ...] = (
        lambda: second(built).vote(VEA, one.id, one.digest, make_key),
        lambda: second(built).vote(VEA, one.id, one.digest, make_key, refusal="no"),
        lambda: second(built).withdraw(SIONE, one.id),
        lambda: second(built).apply(VEA, one.id, make_key),
        lambda: second(built).proposal(VEA, one.id),
    )
    sealed = states(built)
    for step in steps:
        with pytest.raises(RowDiffersError, match="not what was sealed last"):
            step()
    assert second(built).waiting(VEA) == () and second(built).waiting(SIONE) == ()
    assert states(built) == sealed and role_of_olga(built) == "officer"
    audit = RowAudit(built.stores)
    while audit.step() is None:
        pass
    found = {(told.table, told.id, told.column) for told in audit.differences()}
    assert ("case_file", one.id, "state") in found or ("case_file", one.id, "body") in found, found


def broken(*_: Any, **__: Any) -> None:
    raise StoreError("The disk is full.")


def applied_later_by_vea(built: Built, one: Proposal) -> None:
    assert second(built).apply(VEA, one.id, make_key).is_done
    built.house.governance.accounts.put_officer("olga", "Olga", "officer", None, "seal and cord and wax")


EARLIER = (
    b'{"act":"account","name":"olga","shown":"Olga O.","roles":["analyst"],"state":"waiting","by":"sione",'
    b'"proposed":"2026-11-01T08:00:00Z"}'
)


def test_a_proposal_of_the_earlier_form_still_waits_and_is_approved(built: Built) -> None:
    stores = built.house._stores
    identity, now = stores.sealer.record("x", "y", {}).leaf.record, datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
    sealed = stores.sealer.record(KIND, "sione", msgspec.Raw(EARLIER), about=identity, at=now)
    assert sealed.body == EARLIER
    with stores.database.transaction() as connection:
        stores.case_files.put(
            connection,
            StoredCaseFile(id=identity, kind=KIND, state="waiting", opened=now, changed=now, body=EARLIER),
        )
        stores.leaves.append_records(connection, [sealed])
    assert state_in(EARLIER) == "waiting"
    (one,) = second(built).waiting(VEA)
    assert (one.proposal.kind, one.proposal.proposer, one.proposal.after["roles"]) == ("account", "sione", "analyst")
    with pytest.raises(PolicyError):
        second(built).vote(SIONE, one.proposal.id, one.proposal.digest, make_key)
    assert second(built).vote(VEA, one.proposal.id, one.proposal.digest, make_key).is_done
    assert role_of_olga(built) == "analyst"


@pytest.mark.parametrize(
    ("end", "state"),
    [
        ('"state":"done","decided_by":"vea"', "applied"),
        ('"state":"declined","decided_by":"vea","reason":"no"', "refused"),
        ('"state":"declined","decided_by":"sione","reason":"no"', "withdrawn"),
    ],
)
def test_how_a_proposal_of_the_earlier_form_ended_is_read(end: str, state: str) -> None:
    body = EARLIER.replace(b'"state":"waiting"', end.encode())
    assert read_proposal(body).state == state
