# SPDX-License-Identifier: Apache-2.0
"""The arithmetic of the write-off ledger, and the reading of what fills it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.errors import CocketError, UnreadableError
from cocket.measures.permits import (
    Claim,
    Draw,
    Matrix,
    Permit,
    PermitName,
    Requirement,
    Scope,
    Settled,
    Standing,
    Taken,
    check_matrix,
    check_permit,
    number_key,
    overlapping,
    permits_of,
    read_matrix,
    read_permits,
    settle,
    without,
)
from cocket.model import Licence, LicenceItem, Party
from cocket.standards.json import DEPTH
from tests.measures.permit_making import permit

NAMES = tuple(PermitName("wildlife", "C400", text) for text in "AB")
LIMITS: dict[str, Any] = {
    "quantity": Decimal(50), "unit": "KGM", "value": Decimal(500), "currency": "EUR", "uses": 3,
}  # fmt: skip


class Book:
    """A ledger in memory: the same steps as the one on disk, without locks."""

    def __init__(self) -> None:
        self.permits = {
            name: Permit(agency=name.agency, type=name.type, number=name.number, **LIMITS) for name in NAMES
        }
        self.standings: dict[str, Standing] = {}

    def act(self, declaration: str, act: Any, version: int, draws: tuple[Draw, ...] = ()) -> Settled:
        claim = Claim(declaration=declaration, version=version, act=act, draws=draws)
        done = settle(claim, self.standings.get(declaration, Standing()), self.permits)
        self.standings[declaration] = done.standing
        self.permits |= {one.name: one for one in done.permits}
        return done

    def counted(self, name: PermitName) -> Taken:
        """What uses come to, added up anew."""
        active = [
            [use.draw for use in one.active.values() if use.draw.permit == name] for one in self.standings.values()
        ]
        draws = [draw for uses in active for draw in uses]
        quantity, value = sum(d.quantity or 0 for d in draws), sum(d.value or 0 for d in draws)
        return Taken(Decimal(quantity), Decimal(value), sum(bool(uses) for uses in active))


def draw(quantity: str = "10", value: str | None = "1", item: int = 1, name: PermitName = NAMES[0]) -> Draw:
    return Draw(name, item, Decimal(quantity), None if value is None else Decimal(value))


DRAWS = st.lists(
    st.builds(
        Draw,
        st.sampled_from(NAMES),
        st.integers(1, 2),
        st.decimals(0, 40, places=2),
        st.decimals(0, 400, places=2),
    ),
    max_size=3,
    unique_by=lambda one: (one.permit, one.item),
).map(tuple)
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["D1", "D2", "D3", "D4"]),
        st.sampled_from(["reserve", "reserve", "confirm", "give-back"]),
        st.integers(1, 4),
        DRAWS,
    ),
    max_size=25,
)


@given(ACTS)
def test_what_is_taken_is_the_sum_of_its_uses_and_within_every_limit_after_any_act(acts: list[Any]) -> None:
    book = Book()
    for declaration, act, version, draws in acts:
        before = book.permits
        done = book.act(declaration, act, version, draws)
        if done.outcome != "changed":
            assert book.permits == before
        assert (done.outcome == "refused") is bool(done.findings)
        for name, one in book.permits.items():
            assert one.taken == book.counted(name)
            assert 0 <= one.taken.quantity <= 50
            assert 0 <= one.taken.value <= 500
            assert 0 <= one.taken.uses <= 3


@given(ACTS)
def test_any_act_again_changes_nothing(acts: list[Any]) -> None:
    book = Book()
    for one in acts:
        book.act(*one)
        permits, standings = book.permits, dict(book.standings)
        assert book.act(*one).outcome != "changed"
        assert (book.permits, book.standings) == (permits, standings)


@given(ACTS)
def test_giving_everything_back_leaves_every_permit_untouched(acts: list[Any]) -> None:
    book = Book()
    for one in acts:
        book.act(*one)
    for declaration in ("D1", "D2", "D3", "D4"):
        book.act(declaration, "give-back", 9)
    assert {one.taken for one in book.permits.values()} == {Taken()}


@given(ACTS)
def test_without_a_declaration_permits_stand_as_if_it_had_taken_nothing(acts: list[Any]) -> None:
    book = Book()
    for one in acts:
        book.act(*one)
    left = {one.name: one for one in without(book.permits.values(), book.standings.get("D1", Standing()))}
    book.act("D1", "give-back", 9)
    assert left == book.permits


def test_a_claim_that_exceeds_one_of_its_permits_reserves_nothing_on_the_others() -> None:
    book = Book()
    done = book.act("D1", "reserve", 1, (draw("10"), draw("50.01", name=NAMES[1])))
    assert [(one.code, one.expected, one.found) for one in done.findings] == [
        ("permit-quantity-exceeded", "50", "50.01")
    ]
    assert {one.taken for one in book.permits.values()} == {Taken()}


@pytest.mark.parametrize(
    ("given_draws", "code"),
    [
        ((draw("-1"),), "permit-number-not-possible"),
        ((draw("NaN"),), "permit-number-not-possible"),
        ((draw("1"), draw("2")), "write-off-twice"),
        ((draw("1", name=PermitName("wildlife", "C400", "Z")),), "permit-unknown"),
        ((Draw(NAMES[0], 1, None, Decimal(1)),), "permit-quantity-unknown"),
        ((draw("1", None),), "permit-value-unknown"),
        ((draw("1", "500.01"),), "permit-value-exceeded"),
    ],
)
def test_a_claim_that_cannot_be_counted_is_refused_by_name(given_draws: tuple[Draw, ...], code: str) -> None:
    done = Book().act("D1", "reserve", 1, given_draws)
    assert (done.outcome, [one.code for one in done.findings]) == ("refused", [code])


def test_items_of_one_declaration_are_one_use_and_a_fourth_declaration_is_too_many() -> None:
    book = Book()
    for number in range(3):
        assert book.act(f"D{number}", "reserve", 1, (draw("1"), draw("1", item=2))).outcome == "changed"
    assert [one.code for one in book.act("D9", "reserve", 1, (draw("1"),)).findings] == ["permit-uses-exceeded"]
    book.act("D0", "give-back", 1)
    assert book.act("D9", "reserve", 1, (draw("1"),)).outcome == "changed"


def test_what_is_confirmed_cannot_be_amended_only_given_back() -> None:
    book = Book()
    book.act("D1", "reserve", 1, (draw("10"),))
    assert book.act("D1", "confirm", 1).standing.uses[0].state == "confirmed"
    assert [one.code for one in book.act("D1", "reserve", 2, (draw("5"),)).findings] == ["write-off-confirmed"]
    kept = book.act("D1", "reserve", 2, (draw("10"), draw("1", item=2)))
    assert [use.state for use in kept.standing.uses] == ["confirmed", "reserved"]
    assert book.act("D1", "give-back", 2).outcome == "changed"
    assert book.permits[NAMES[0]].taken == Taken()


def test_only_what_is_reserved_is_confirmed_and_a_cancellation_outlives_a_late_lodging() -> None:
    book = Book()
    assert [one.code for one in book.act("D1", "confirm", 1).findings] == ["write-off-not-reserved"]
    assert book.act("D1", "give-back", 3).outcome == "changed"
    assert book.act("D1", "reserve", 1, (draw(),)).outcome == "outdated"
    assert book.act("D1", "reserve", 3, (draw(),)).outcome == "unchanged"
    assert book.act("D1", "reserve", 4, (draw(),)).outcome == "changed"


def test_numbers_are_compared_without_blanks_and_case() -> None:
    assert number_key(" ab 12/x\t3 ") == "AB12/X3"


BAD_PERMITS: dict[str, dict[str, Any]] = {
    "permit-limit": {"quantity": Decimal(-1)},
    "permit-unit": {"unit": None},
    "permit-currency": {"value": Decimal(1), "currency": None},
    "permit-validity": {"valid_to": date(2025, 1, 1)},
    "permit-name": {"number": "  "},
    "permit-limit-below-taken": {"taken": Taken(quantity=Decimal(101))},
}


@pytest.mark.parametrize("code", BAD_PERMITS)
def test_a_permit_that_cannot_be_is_told_by_name(code: str) -> None:
    assert check_permit(permit()) == ()
    assert [(one.code, one.severity) for one in check_permit(permit(**BAD_PERMITS[code]))] == [(code, "error")]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-0.01"])
def test_a_limit_that_is_no_number_is_told(number: str) -> None:
    fields = {"quantity": Decimal(number), "value": Decimal(number), "currency": "EUR"}
    assert [one.code for one in check_permit(permit(**fields))] == ["permit-limit", "permit-limit"]


def test_a_unit_that_nobody_knows_is_told_and_does_not_refuse() -> None:
    assert [(one.code, one.severity) for one in check_permit(permit(unit="QQQ"))] == [("permit-unit", "warning")]


def test_the_same_permit_for_overlapping_days_is_told() -> None:
    first, renewed = permit(), permit(number="ab12", valid_from=date(2026, 12, 31), valid_to=None)
    assert [one.code for one in overlapping([renewed, first])] == ["permit-validity-overlaps"]
    assert overlapping([first, permit(valid_from=date(2027, 1, 1), valid_to=None), permit(line=2)]) == ()


def test_a_licence_message_gives_a_permit_a_line_and_an_undecided_one_allows_nothing() -> None:
    licence = Licence(
        holder=Party(id="T1"),
        applied=date(2026, 3, 14),
        expires=date(2026, 9, 30),
        items=(
            LicenceItem(
                commodity_code="2202.10", origin_country_code="US", quantity_approved=Decimal(240), unit_code="LTR"
            ),
            LicenceItem(description="SUGAR", quantity_requested=Decimal(40), unit_code="TNE"),
            LicenceItem(commodity_code="toys"),
        ),
    )
    found = permits_of(licence, "trade", "licence", "L 7")
    assert [(one.line, one.codes, one.goods, one.quantity, one.unit) for one in found] == [
        (1, ("220210",), None, Decimal(240), "LTR"),
        (2, (), "SUGAR", Decimal(0), "TNE"),
        (3, ("toys",), None, Decimal(0), None),
    ]
    assert {(one.holder, one.valid_to, one.name.number) for one in found} == {("T1", date(2026, 9, 30), "L7")}


BAD_ROWS: dict[str, dict[str, Any]] = {
    "requirement-code": {"scope": Scope(codes=("04-03",))},
    "requirement-country": {"scope": Scope(origins=("NOWHERE",))},
    "requirement-threshold": {"scope": Scope(over_quantity=Decimal(-1), unit="KGM")},
    "requirement-unit": {"scope": Scope(over_quantity=Decimal(1))},
    "requirement-currency": {"scope": Scope(over_value=Decimal(1))},
    "requirement-validity": {"validity_days": -1},
}


@pytest.mark.parametrize("code", BAD_ROWS)
def test_a_row_of_a_matrix_that_cannot_be_is_told_by_name(code: str) -> None:
    row = Requirement(code="a", agency="b", papers=("C400",), **BAD_ROWS[code])
    assert [(one.code, one.severity) for one in check_matrix(Matrix(requirements=(row,)))] == [(code, "error")]


def test_the_same_requirement_for_overlapping_days_is_told() -> None:
    old = Requirement(code="a", agency="b", papers=("C400",), valid_to=date(2026, 6, 30))
    new = Requirement(code="a", agency="b", papers=("C400",), valid_from=date(2026, 6, 30))
    assert [one.code for one in check_matrix(Matrix(requirements=(old, new)))] == ["requirement-overlaps"]
    later = Requirement(code="a", agency="b", papers=("C400",), valid_from=date(2026, 7, 1))
    assert check_matrix(Matrix(requirements=(old, later))) == ()


TOML = b"""
name = "xa"
[areas]
UNION = ["XA", "XB"]
[[requirements]]
code = "cites"
agency = "wildlife"
codes = ["0106", "4103.20"]
except_origins = ["UNION"]
papers = ["C400"]
over_quantity = 0.1
unit = "KGM"
"""
JSON = b"""{"name": "xa", "areas": {"UNION": ["XA", "XB"]}, "requirements": [{"code": "cites", "agency": "wildlife",
"codes": ["0106", "4103.20"], "except_origins": ["UNION"], "papers": ["C400"], "over_quantity": 0.1, "unit": "KGM"}]}"""
CSV = b"code,agency,codes,except_origins,papers,over_quantity,unit\ncites,wildlife,0106;4103.20,UNION,C400,0.1,KGM\n"


def test_the_same_matrix_is_read_from_toml_and_json_and_its_rows_from_csv() -> None:
    of_toml, findings = read_matrix(TOML, "toml")
    assert findings == ()
    assert read_matrix(JSON, "json") == (of_toml, ())
    (row,) = of_toml.requirements
    assert row.scope.codes == ("0106", "410320")
    assert row.scope.over_quantity == Decimal("0.1"), "no float on the way"
    (of_csv,), told = read_matrix(CSV.replace(b"UNION", b"XA"), "csv")[0].requirements, read_matrix(CSV, "csv")[1]
    assert (of_csv.papers, of_csv.scope.codes) == (row.papers, row.scope.codes)
    assert [(one.code, one.location) for one in told] == [("requirement-country", "line:2")]


def test_rows_that_cannot_be_understood_are_told_with_their_place_and_left_out() -> None:
    content = (
        b"agency,type,number,quantity,unit,valid_to,quantity_taken\n"
        b"w,C400,1,10,KGM,2026-12-31,4\n"
        b"w,C400,2,ten,KGM,,\n"
        b"w,C400,3,-5,KGM,,\n"
        b"w,C400,4,5,KGM,31.12.2026,\n"
        b"w,C400,5,5,KGM,,,x\n"
    )
    kept, findings = read_permits(content, "csv")
    assert [(one.number, one.taken.quantity) for one in kept] == [("1", Decimal(4))]
    assert [(one.code, one.location) for one in findings] == [
        ("permit-row-unreadable", "line:3"),
        ("permit-limit", "line:4"),
        ("permit-row-unreadable", "line:5"),
        ("permit-row-unreadable", "line:6"),
    ]
    misnamed = read_permits(b'[{"agency": "w", "type": "C400", "number": "1", "amount": 3}, 7]', "json")
    assert misnamed[0] == ()
    assert [one.found for one in misnamed[1]] == ["amount", "7"]


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b"\xff\xfe", "csv"),
        (b"{", "json"),
        (b"7", "json"),
        (b"[" * 100_000, "json"),
        (b"a =", "toml"),
        (b"a = 1", "toml"),
        (b'{"requirements": {}}', "json"),
        (b'{"requirements": [], "areas": 3}', "json"),
    ],
)
def test_a_file_that_is_of_no_such_form_is_refused_with_a_finding(content: bytes, form: Any) -> None:
    with pytest.raises(UnreadableError) as refused:
        read_matrix(content, form)
    assert refused.value.findings[0].code == "permit-file-unreadable"


@pytest.mark.parametrize("read", [read_matrix, read_permits])
@pytest.mark.parametrize("depth", [DEPTH + 1, 100_000])
def test_brackets_within_brackets_are_refused_in_words(read: Any, depth: int) -> None:
    with pytest.raises(UnreadableError, match=f"values are nested deeper than {DEPTH}"):
        read(b"[" * depth + b"]" * depth, "json")


def test_a_name_that_stands_twice_in_a_row_is_refused() -> None:
    with pytest.raises(UnreadableError, match="an object has the name number twice"):
        read_permits(b'[{"agency": "w", "type": "C400", "number": "1", "number": "2"}]', "json")


@given(st.integers(0, len(TOML) - 1), st.binary(max_size=3), st.sampled_from(["toml", "json", "csv"]))
def test_whatever_stands_in_a_file_it_is_read_or_told(place: int, instead: bytes, form: Any) -> None:
    content = {"toml": TOML, "json": JSON, "csv": CSV}[form]
    place %= len(content)
    damaged = content[:place] + instead + content[place + 1 :]
    for read in (read_matrix, read_permits):
        try:
            read(damaged, form)
        except CocketError:
            continue
