# SPDX-License-Identifier: Apache-2.0
"""Officers by a table: what each row comes to, which are left out and why, and that the same table again changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cocket.errors import SenderError
from cocket.gate import make_key
from tests.houses import Built, build

PASSWORD = "seal and cord and wax"
TABLE = """name,shown,role,office,active
anna,Anna A.,supervisor,,yes
ben,Ben B.,officer,XA1,
cora,Cora C.,analyst,,no
"""


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    made.house.governance.accounts.put_officer("ben", "Ben B.", "officer", None, PASSWORD)
    made.house.governance.accounts.put_officer("cora", "Cora C.", "analyst", None, PASSWORD)
    yield made
    made.house.close()


def deeds(built: Built, table: str) -> dict[str, str]:
    plan = built.house.governance.users.plan(table.encode())
    assert plan.dirty == ()
    return {row.name: row.deed for row in plan.rows}


def staff(built: Built) -> dict[str, tuple[str, str | None, bool]]:
    return {
        one.name: (one.role, one.office, one.disabled is None) for one in built.house.governance.accounts.officers()
    }


def test_a_plan_says_what_is_to_be_done_and_changes_nothing(built: Built) -> None:
    before = staff(built)
    assert deeds(built, TABLE) == {"anna": "add", "ben": "change", "cora": "disable"}
    assert staff(built) == before


def test_what_is_done_is_sealed_and_the_same_table_again_changes_nothing(built: Built) -> None:
    users, accounts = built.house.governance.users, built.house.governance.accounts
    signed = accounts.sign_in("cora", PASSWORD, "192.0.2.7")
    assert signed is not None
    ((name, password),) = users.carry_out(users.plan(TABLE.encode()), "cli:root")
    assert name == "anna"
    entered = accounts.sign_in("anna", password, "192.0.2.7")
    assert entered is not None
    officer = accounts.officer_of_session(entered.token)
    assert officer is not None
    assert officer.must_change
    assert staff(built) == {
        "anna": ("supervisor", None, True),
        "ben": ("officer", "XA1", True),
        "cora": ("analyst", None, False),
    }
    assert accounts.officer_of_session(signed.token) is None
    assert accounts.sign_in("ben", PASSWORD, "192.0.2.7") is not None  # his password stays
    sealed = [len(built.bodies(kind)) for kind in ("officer", "officer-temporary", "officer-disabled")]
    assert sealed == [3, 1, 1]
    again = users.plan(TABLE.encode())
    assert {row.deed for row in again.rows} == {"keep"}
    assert users.carry_out(again, "cli:root") == ()
    assert [len(built.bodies(kind)) for kind in ("officer", "officer-temporary", "officer-disabled")] == sealed


def test_who_is_back_is_enabled_with_the_role_of_the_table(built: Built) -> None:
    users = built.house.governance.users
    built.house.governance.accounts.enable_officer("head", "cora", is_enabled=False)
    table = b"name;role;office\ncora;Officer;XA2\n"
    assert [row.deed for row in users.plan(table).rows] == ["enable"]
    users.carry_out(users.plan(table), "cli:root")
    assert staff(built)["cora"] == ("officer", "XA2", True)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("dora,emperor", "no role"),
        ("dora,", "no role"),
        ("d ora,officer", "no blanks"),
        (",officer", "no blanks"),
        ("x" * 61 + ",officer", "no blanks"),
        ("sso.dora,officer", "OpenID provider"),
        ("dora,officer,,,maybe", "yes or no"),
        ("dora,officer,,,yes,more", "more columns"),
        ("dora,officer," + "x" * 101, "column shown"),
        ("dora,officer\nDora,officer\ndora,analyst", "more than once"),
    ],
)
def test_a_dirty_row_is_listed_and_left_out_and_the_others_are_done(built: Built, row: str, why: str) -> None:
    users = built.house.governance.users
    plan = users.plan(f"name,role,shown,office,active\nanna,supervisor\n{row}\n".encode())
    assert why in plan.dirty[0].why
    assert plan.dirty[0].line == 3
    assert plan.rows[0].name == "anna"
    users.carry_out(plan, "cli:root")
    assert "anna" in staff(built)
    assert "dora" not in staff(built)


@pytest.mark.parametrize(
    "table", [b"", b"name\nanna\n", b"name,role,salary\n", b"name,name,role\n", b"\xff\xfe", b'name,role\n"']
)
def test_what_is_no_such_table_is_refused_whole(built: Built, table: bytes) -> None:
    with pytest.raises(SenderError):
        built.house.governance.users.plan(table)


def test_a_table_with_a_mark_of_its_encoding_and_tabs_is_read(built: Built) -> None:
    assert deeds(built, "\ufeffNAME\tRole\nanna\tsupervisor\n") == {"anna": "add"}


def test_a_row_whose_name_somebody_has_in_another_form_is_left_out(built: Built) -> None:
    built.house.governance.accounts.add_key(make_key("acme"), "ACME Ltd", ("trader",), ("ACME",))
    table = "name,role,active\nBEN,officer,yes\nAcme,officer,yes\ndora,officer,yes\nDora,officer,yes\n"
    plan = built.house.governance.users.plan(table.encode())
    assert [row.name for row in plan.rows] == ["dora"]
    assert [(row.name, row.why) for row in plan.dirty] == [
        ("BEN", "This name is taken by ben."),
        ("Acme", "This name is taken by acme."),
        ("Dora", "This name is taken by dora."),
    ]
