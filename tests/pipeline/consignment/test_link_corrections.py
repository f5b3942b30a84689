# SPDX-License-Identifier: Apache-2.0
"""Officers part and join, amendments take numbers back, and what hangs on a dossier goes where it belongs."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from cocket.consignment import groups, standing
from cocket.errors import PolicyError, SenderError
from cocket.governance import Principal
from cocket.governance.proposals import Proposal
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.consignment.filed_claims import claims_of, corrections_of, names_of
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.pipeline.consignment.test_numbers_end import differences, flight

HEAD = officer("supervisor")
HOST = Principal(id="host", kind="key", roles=("host",), senders=("ACME", "CARRIER"))
BILL = b"KESTBET26000417"

#: What of the declaration says otherwise where it is of other goods altogether.
OF_OTHER_GOODS = {
    b"Woven cotton fabric, bleached": b"Frozen mackerel", b"52082190": b"03035410",
    b"Sewing thread of cotton": b"Smoked herring", b"52042000": b"03054200",
    b"Betania Looms &amp; Co": b"Nordfisk", b"XA990000000042": b"XA990000000059", b"CSQU3054383": b"TSTU8208494",
}  # fmt: skip


def lodged(built: Built, content: bytes, sender: str = "ACME") -> str:
    """Lodge a message and have it worked off; its id."""
    (answer,) = built.house.intake.messages.take_many([envelope(content, sender=sender)], principal=HOST)
    assert answer.outcome == "accepted", answer
    worked(built)
    return answer.id


def worked(built: Built) -> None:
    """Have everything worked off, and nothing set aside."""
    built.desk()
    with built.stores.database.transaction() as connection:
        assert connection.execute("select reason from set_aside").fetchall() == []


def naming(reference: str, bill: bytes, note: str = "") -> bytes:
    """A declaration under this reference, of one bill."""
    content = declaration(reference, note=note)
    start = content.index(b"KESTBET")
    return content.replace(content[start : start + len(BILL)], bill)


def dossier_of(built: Built, message: str) -> str:
    (dossier,) = built.house.queries.records.message(HEAD, message).consignment_ids
    return dossier


def do(built: Built, wanted: Proposal, who: Principal = HEAD) -> None:
    """Do an act of correction, and have it worked off."""
    built.house.governance.second_person.propose(who, wanted, lambda name: name)
    worked(built)


def correction(built: Built, dossier: str) -> str:
    """Id of the newest correction of a dossier."""
    return built.house.queries.papers.papers(HEAD, dossier).corrections[-1].id


def of_the_log(built: Built) -> set[frozenset[tuple[str, int]]]:
    """Which claims belong together, by all messages and corrections alone."""
    with built.stores.database.transaction() as connection:
        ids = [row[0] for row in connection.execute("select id from consignment where merged_into is null").fetchall()]
        every = [one for several in claims_of(built.stores, connection, ids)[0].values() for one in several]
        said = standing(every, corrections_of(built.stores, connection, names_of(every)))
    return {frozenset(one.place for one in several) for several in groups(said)}


def of_the_rows(built: Built) -> set[frozenset[tuple[str, int]]]:
    """The same, as dossiers stand."""
    with built.stores.database.transaction() as connection:
        rows = connection.execute("select consignment, message, part from consignment_message").fetchall()
    found: dict[UUID, set[tuple[str, int]]] = {}
    for dossier, message, part in rows:
        found.setdefault(dossier, set()).add((str(message), part))
    return {frozenset(one) for one in found.values()}


@pytest.fixture
def built(tmp_path: Path) -> Built:
    return build(tmp_path / "home")


def test_a_paper_that_does_not_belong_gets_a_dossier_of_its_own_and_is_not_joined_again(built: Built) -> None:
    mine, strange = lodged(built, naming("A-1", BILL)), lodged(built, naming("B-1", BILL))
    dossier = dossier_of(built, mine)
    assert dossier_of(built, strange) == dossier
    links = built.house.consignment.links
    do(built, links.parting(HEAD, dossier, strange, 0, "Another importer; the bill number was mistyped."))
    apart = dossier_of(built, strange)
    assert (dossier_of(built, mine), apart != dossier) == (dossier, True)
    again = lodged(built, flight(b"2026-03-20", number=BILL + b"H2"), "CARRIER")
    assert dossier_of(built, again) == dossier  # the number stays with those who bear it rightly
    version = lodged(built, naming("B-1", BILL, note="again").replace(b"<FunctionCode>9", b"<FunctionCode>13"))
    assert dossier_of(built, version) == apart
    assert of_the_rows(built) == of_the_log(built)
    assert differences(built) == []


def test_a_parting_is_undone_and_what_was_joined_is_one_again(built: Built) -> None:
    mine, strange = lodged(built, naming("A-1", BILL)), lodged(built, naming("B-1", BILL))
    dossier, links = dossier_of(built, mine), built.house.consignment.links
    do(built, links.parting(HEAD, dossier, strange, 0, "Mistyped."))
    do(built, links.undoing(HEAD, dossier, correction(built, dossier), "It was the same bill after all."))
    assert dossier_of(built, strange) == dossier
    assert of_the_rows(built) == of_the_log(built)
    with pytest.raises(SenderError, match="taken back already"):
        do(built, links.undoing(HEAD, dossier, correction(built, dossier), "Again."))
    assert differences(built) == []


def test_two_dossiers_are_joined_and_parted_again(built: Built) -> None:
    one, other = lodged(built, naming("A-1", BILL)), lodged(built, flight(b"2026-03-20"), "CARRIER")
    first, second = dossier_of(built, one), dossier_of(built, other)
    assert first != second
    links = built.house.consignment.links
    do(built, links.joining(HEAD, second, first, "The waybill is of these goods."))
    assert dossier_of(built, other) == dossier_of(built, one) == first
    assert of_the_rows(built) == of_the_log(built)
    with pytest.raises(SenderError, match="one dossier already"):
        do(built, links.joining(HEAD, second, first, "Again."))
    shown = built.house.queries.papers.papers(HEAD, first)
    assert [(link.sort, link.confidence) for link in shown.links] == [("officer", "certain")]
    do(built, links.undoing(HEAD, first, correction(built, first), "Not the same goods."))
    assert dossier_of(built, other) != first
    assert of_the_rows(built) == of_the_log(built)
    assert differences(built) == []


def test_an_amendment_that_names_another_bill_parts_the_dossier_of_the_first(built: Built) -> None:
    bill = lodged(built, flight(b"2026-03-20", number=BILL + b"H2"), "CARRIER")
    declared = lodged(built, naming("A-1", BILL))
    dossier = dossier_of(built, bill)
    assert dossier_of(built, declared) == dossier
    amended = naming("A-1", b"KESTBET26000999", note="amended").replace(b"<FunctionCode>9", b"<FunctionCode>13")
    newer = lodged(built, amended)
    assert (
        dossier_of(built, newer) == dossier_of(built, declared) == dossier
    )  # its advice and orders are about what is declared
    assert dossier_of(built, bill) != dossier
    assert of_the_rows(built) == of_the_log(built)
    assert differences(built) == []


def test_advice_goes_with_the_papers_it_was_made_for(built: Built) -> None:
    mine, strange = lodged(built, naming("A-1", BILL)), lodged(built, naming("B-1", BILL))
    dossier = dossier_of(built, mine)
    do(built, built.house.consignment.links.parting(HEAD, dossier, strange, 0, "Mistyped."))
    apart = dossier_of(built, strange)
    with built.stores.database.transaction() as connection:
        rows = connection.execute("select message, consignment from assessment order by made").fetchall()
    assert {(str(message), str(consignment)) for message, consignment in rows} == {(mine, dossier), (strange, apart)}
    timeline = built.house.queries.records.dossier(HEAD, dossier).timeline
    assert "parted" in {entry.code for entry in timeline}
    assert "parted-from" in {entry.code for entry in built.house.queries.records.dossier(HEAD, apart).timeline}


def test_who_may_not_and_what_cannot_be_corrected(built: Built) -> None:
    mine = lodged(built, naming("A-1", BILL))
    dossier, links = dossier_of(built, mine), built.house.consignment.links
    with pytest.raises(NotFoundError):
        links.parting(trader("OTHER"), dossier, mine, 0, "Not mine.")
    with pytest.raises(PolicyError):
        do(built, links.parting(officer("auditor"), dossier, mine, 0, "Looks wrong."), officer("auditor"))
    with pytest.raises(NotFoundError):  # a trader has no dossiers, not even of his own papers
        links.parting(trader("ACME"), dossier, mine, 0, "Not mine.")
    with pytest.raises(PolicyError, match="reason"):
        do(built, links.parting(HEAD, dossier, mine, 0, " "))
    with pytest.raises(SenderError, match="No number ties"):
        do(built, links.parting(HEAD, dossier, mine, 0, "Alone."))
    with pytest.raises(SenderError, match="not in this dossier"):
        do(built, links.parting(HEAD, dossier, dossier, 0, "What paper?"))
    with pytest.raises(NotFoundError):
        do(built, links.undoing(HEAD, dossier, mine, "No such."))


def test_a_second_person_is_asked_where_the_house_wants_one(tmp_path: Path) -> None:
    built = build(tmp_path / "home", second_person_for="links")
    mine, strange = lodged(built, naming("A-1", BILL)), lodged(built, naming("B-1", BILL))
    dossier = dossier_of(built, mine)
    wanted = built.house.consignment.links.parting(HEAD, dossier, strange, 0, "Mistyped.")
    with pytest.raises(SenderError, match="No one else"):
        do(built, wanted)
    assert dossier_of(built, strange) == dossier


def test_a_number_that_joins_what_has_nothing_else_in_common_is_fair_and_says_what_differs(built: Built) -> None:
    mine, version = lodged(built, naming("A-1", BILL)), lodged(built, naming("A-2", BILL))
    other = naming("B-1", BILL)
    for said, instead in OF_OTHER_GOODS.items():
        assert said in other
        other = other.replace(said, instead)
    strange = lodged(built, other)
    shown = built.house.queries.papers.papers(HEAD, dossier_of(built, mine))
    links = {link.message_id: link for link in shown.links if link.sort == "transport-document"}
    assert (links[version].confidence, links[version].against) == ("high", ())
    assert links[strange].confidence == "fair"
    assert {"goods", "HS codes", "consignor", "containers"} <= {*links[strange].against}
