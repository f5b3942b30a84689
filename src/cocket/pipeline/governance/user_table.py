# SPDX-License-Identifier: Apache-2.0
"""A table of officers: who gets an account, which role and office, and who is to have none any more.

Each row is compared with what there is, so that the same table brought again changes nothing. Rows that are wrong are listed
and left out; the others do not wait for them.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

from cocket.errors import SenderError
from cocket.governance.names import holder_of
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.governance.administration import is_sign_in_name, temporary_password
from cocket.pipeline.governance.sign_in import PREFIX, ROLES, SignInService, StaffMember

_NEEDED: Final = ("name", "role")
_COLUMNS: Final = (*_NEEDED, "shown", "office", "active")
_YES, _NO = ("", "yes", "true", "1"), ("no", "false", "0")
_LARGEST: Final = 5 * 1024 * 1024
_MOST_ROWS: Final = 20_000
_LONGEST: Final = 100

Deed = Literal["add", "change", "disable", "enable", "keep"]


class UserRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row that is right, and what follows from it.

    Attributes:
        line: Line of the file, from 1.
        name: Sign-in name.
        shown: Name shown.
        role: Role.
        office: Office; None for all.
        deed: What is to be done: an account that is there and alike is kept.
    """

    line: int
    name: str
    shown: str
    role: str
    office: str | None
    deed: Deed


class DirtyRow(msgspec.Struct, frozen=True):
    """A row that is left out: its line, from 1, the name in it, and why."""

    line: int
    name: str
    why: str


class UserPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a table comes to.

    Attributes:
        rows: Rows that are right, in the order of the file (0..n).
        dirty: Rows that are left out (0..n).
    """

    rows: tuple[UserRow, ...]
    dirty: tuple[DirtyRow, ...]


class UserTable(Service):
    """Accounts by a table.

    Args:
        stores: The stores of this process.
        accounts: Makes and changes accounts.
    """

    def __init__(self, stores: Stores, accounts: SignInService) -> None:
        super().__init__(stores)
        self._accounts = accounts

    def plan(self, content: bytes) -> UserPlan:
        """What a table comes to; nothing is changed.

        Args:
            content: CSV with a heading, parted by commas, semicolons or tabs: `name`, `role`, and if wanted `shown`, `office`
                and `active` (`no` for who may sign in no longer).

        Raises:
            SenderError: It is no such table.
        """
        rows = _read(content)
        with self._stores.database.transaction() as connection:
            staff = [StaffMember(*one) for one in self._stores.people.staff(connection, datetime.now(UTC))]
            external = {one.name for one in staff if self._stores.people.is_external(connection, one.name)}
            taken = self._stores.people.names(connection)
        known = {one.name: one for one in staff}
        times = Counter(row.get("name", "") for _, row in rows)
        found: list[UserRow] = []
        dirty: list[DirtyRow] = []
        for line, row in rows:
            name = row.get("name", "")
            problems = list(_problems(row, times[name], is_external=name in external))
            others = taken if name not in known else []
            if (holder := holder_of(name, [*others, *(one.name for one in found if one.name != name)])) is not None:
                problems.append(f"This name is taken by {holder}.")
            if problems:
                dirty.append(DirtyRow(line, name, " ".join(problems)))
            else:
                found.append(_row(line, row, known.get(name)))
        return UserPlan(rows=tuple(found), dirty=tuple(dirty))

    def carry_out(self, plan: UserPlan, by: str) -> tuple[tuple[str, str], ...]:
        """Do what a table comes to, row by row. Each is sealed.

        Args:
            plan: As `plan` gave it.
            by: Who does it.

        Returns:
            Sign-in name and temporary password of each new account (0..n); they are kept only hashed.
        """
        made = []
        for row in plan.rows:
            if row.deed == "add":
                password = temporary_password()
                self._accounts.put_officer(
                    row.name, row.shown, row.role, row.office, password, by=by, is_temporary=True
                )
                made.append((row.name, password))
            elif row.deed == "disable":
                self._accounts.enable_officer(by, row.name, is_enabled=False)
            elif row.deed != "keep":
                if row.deed == "enable":
                    self._accounts.enable_officer(by, row.name, is_enabled=True)
                self._accounts.change_officer(by, row.name, row.shown, row.role, row.office)
        return tuple(made)


def _read(content: bytes) -> list[tuple[int, dict[str, str]]]:
    """The rows of a table with their lines, by column; blanks around values do not count."""
    if len(content) > _LARGEST:
        raise SenderError("The table is larger than 5 MiB.", code="users-large")
    try:
        text = content.decode("utf-8-sig")
        first = text.splitlines()[0] if text.strip() else ""
        sign = max(",;\t", key=first.count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
        heading = [one.strip().lower() for one in next(reader, [])]
        lines = [(reader.line_num, [one.strip() for one in row]) for row in reader if any(map(str.strip, row))]
    except (UnicodeDecodeError, csv.Error) as error:
        raise SenderError(f"The table cannot be read as CSV in UTF-8: {error}.", code="users-unreadable") from error
    unknown = sorted(set(heading) - set(_COLUMNS))
    missing = [one for one in _NEEDED if one not in heading]
    if missing or unknown or len(set(heading)) != len(heading):
        said = f"missing: {', '.join(missing) or 'none'}; not known or twice: {', '.join(unknown) or 'none'}"
        raise SenderError(
            f"The heading of the table is not right ({said}).", code="users-heading", expected=", ".join(_COLUMNS)
        )
    if len(lines) > _MOST_ROWS:
        raise SenderError(f"The table has more than {_MOST_ROWS:,} rows.", code="users-large")
    return [(line, _named(heading, row)) for line, row in lines]


def _named(heading: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    named = dict(zip(heading, row, strict=False))
    return named if len(row) <= len(heading) else {**named, "": "too long"}


def _problems(row: dict[str, str], times: int, *, is_external: bool) -> Iterator[str]:
    """What is wrong with a row, in sentences (0..n)."""
    name = row.get("name", "")
    if "" in row:
        yield "The row has more columns than the heading."
    if not is_sign_in_name(name):
        yield "A sign-in name has no blanks and at most 60 characters."
    elif times > 1:
        yield "The name is in the table more than once."
    if is_external or name.startswith(PREFIX):
        yield "This is an account of the OpenID provider: role and office follow from the groups there."
    if row.get("role", "").lower() not in ROLES:
        yield f"There is no role {row.get('role', '')!r}; there are {', '.join(ROLES)}."
    if row.get("active", "").lower() not in (*_YES, *_NO):
        yield "The column active is yes or no."
    for column in ("shown", "office"):
        if len(row.get(column, "")) > _LONGEST or not row.get(column, "").isprintable():
            yield f"The column {column} has at most {_LONGEST} characters that can be seen."


def _row(line: int, row: dict[str, str], known: StaffMember | None) -> UserRow:
    """What follows from a row that is right."""
    name, is_active = row["name"], row.get("active", "").lower() in _YES
    shown = row.get("shown") or (known.shown if known else name)
    role, office = row["role"].lower(), row.get("office") or None
    deed: Deed
    if not is_active:
        deed = "disable" if known is not None and known.disabled is None else "keep"
    elif known is None:
        deed = "add"
    elif known.disabled is not None:
        deed = "enable"
    else:
        is_alike = (known.shown, known.role, known.office) == (shown, role, office)
        deed = "keep" if is_alike else "change"
    return UserRow(line=line, name=name, shown=shown, role=role, office=office, deed=deed)
