# SPDX-License-Identifier: Apache-2.0
"""What people do about rows that differ from sealed records: see them, and set one right, from what was sealed alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from cocket.errors import SenderError, StoreError
from cocket.governance import Context, Principal
from cocket.pipeline.compared_rows import COMPARED, Compared
from cocket.pipeline.front_desk import FrontDesk, NotFoundError
from cocket.pipeline.ids import new_id
from cocket.pipeline.row_audit import RowAudit
from cocket.stores.database import ROW_AUDIT_LOCK, Connection
from cocket.stores.orders import ORDERS
from cocket.stores.protected import PROTECTED
from cocket.stores.row_audits import RowAudits, RowDifference, RowName, Shadow
from cocket.stores.row_macs import Protected

#: Kind of the sealed record that a row was set right.
KIND: Final = "row-set-right"


class RowSetRight(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record that a row was set right.

    Attributes:
        table: Its table.
        id: Its key.
        who: Who set it right.
        reason: Why, in words.
        what: `changed`, `put back` or `removed`.
        columns: Column → what it says now, where it said something else.
        leaf: Index of the newest leaf that says so; None where no record speaks of the row.
        unproven: Columns that no sealed record speaks of; they were left as they stood (0..n).
    """

    table: str
    id: str
    who: str
    reason: str
    what: str
    columns: dict[str, Any] = {}
    leaf: int | None = None
    unproven: tuple[str, ...] = ()


class RowRoom(FrontDesk):
    """Rows that differ, and setting them right."""

    def set_row_right(self, principal: Principal, table: str, identity: str, reason: str) -> RowSetRight:
        """Let a row say what sealed records say of it; sealed.

        Args:
            principal: Who does it.
            table: Table of the row, as a difference names it.
            identity: Its key, as a difference names it.
            reason: Why, in words.

        Returns:
            What was done, as sealed.

        Raises:
            NotFoundError: No difference of this name stands.
            PolicyError: The principal may not, or gives no reason.
            SenderError: Nothing sealed says what the row must be.
            StoreError: Another process audits just now.
        """
        self._require(principal, "rows:set-right", context=Context(reason=reason))
        audit = RowAudit(self._shelves)
        with audit.alone():
            self._catch_up(audit)
            done = self._settled(principal, (table, identity), reason)
            audit.settle(table, identity)
        return done

    def _settled(self, principal: Principal, name: RowName, reason: str) -> RowSetRight:
        """Set a row right and seal it, in one transaction."""
        audits, (table, identity) = RowAudits(), name
        with self._shelves.database.transaction() as connection:
            connection.execute("select pg_advisory_xact_lock(%s)", (ROW_AUDIT_LOCK,))
            named = [one for one in audits.differences(connection) if (one.table, one.id) == (table, identity)]
            if not named:
                raise NotFoundError(f"No difference of {table} {identity} stands.")
            protected = next((one for one in PROTECTED if one.table == table), None)
            compared = next((one for one in COMPARED if one.protected is protected), None)
            if protected is None or compared is None:
                raise _nothing_sealed(table, identity)
            done = self._set_right(connection, compared, named[0])
            key = " || ' ' || ".join(f"{name}::text" for name in protected.key)
            _check_agrees(connection, table, (key, identity))
            done = msgspec.structs.replace(done, who=principal.id, reason=reason.strip())
            audits.settle(connection, table, [identity])
            record = self._shelves.sealer.record(KIND, principal.id, done, about=named[0].about)
            self._seal(connection, record)
        return done

    def _catch_up(self, audit: RowAudit) -> None:
        """Know what every sealed record says, up to the newest."""
        while True:
            with self._shelves.database.transaction() as connection:
                size = self._shelves.leaves.size(connection)
            if audit.place().leaves >= size:
                return
            audit.step(only_leaves=True)

    def _set_right(self, connection: Connection, compared: Compared, named: RowDifference) -> RowSetRight:
        protected, audits = compared.protected, RowAudits()
        subject = self._shelves.sealer.subject
        key = " || ' ' || ".join(f"{name}::text" for name in protected.key)
        stands = audits.rows_named(connection, protected, key, [named.id])
        row = dict(zip(protected.columns, stands[0], strict=False)) if stands else None
        shadow_id = compared.id_of(row, subject) if row is not None else named.id
        shadow = audits.shadows(connection, [(protected.table, shadow_id)]).get((protected.table, shadow_id))
        told: dict[str, Any] = {
            "table": protected.table,
            "id": named.id,
            "who": "",
            "reason": "",
            "leaf": shadow.leaf if shadow else None,
        }
        if row is None and shadow is not None:
            made = _made(connection, compared, shadow)
            connection.row_macs.put(connection, protected, [made])
            return RowSetRight(**told, what="put back", columns=shadow.values)
        if row is None:
            raise _nothing_sealed(protected.table, named.id)
        if shadow is None and compared.is_bound(row):
            where = " and ".join(f"{name} = %s" for name in protected.key)
            connection.execute(f"delete from {protected.table} where {where}", [row[name] for name in protected.key])
            return RowSetRight(**told, what="removed")
        new = self._sealed_columns(connection, compared, row, shadow) if shadow else {}
        changed = {name: new[name] for name in new if new[name] != row[name]}
        _write(connection, protected, row, new)
        spoken = set(shadow.values) if shadow else set()
        unproven = tuple(name for name in protected.columns if name not in spoken | set(new))
        plain = {name: _shown(value) for name, value in changed.items()}
        return RowSetRight(**told, what="changed", columns=plain, unproven=unproven)

    def _sealed_columns(
        self, connection: Connection, compared: Compared, row: Mapping[str, Any], shadow: Shadow
    ) -> dict[str, Any]:
        """Columns as sealed records have them, where they differ from the row.

        Raises:
            SenderError: What was sealed tells only that the row is wrong, and not what it was.
        """
        told = compared.told(row, self._shelves.sealer.subject)
        wrong = {name: value for name, value in shadow.values.items() if name in told and told[name] != value}
        columns: dict[str, Any] = {name: value for name, value in wrong.items() if name in row}
        now = datetime.now(UTC)
        for name in wrong.keys() - columns.keys():
            if name == "secret":  # what was kept is gone: nobody gets in by what stands there now
                columns["disabled" if "disabled" in row else "revoked"] = now
            elif name in ("is_disabled", "is_revoked"):
                columns.setdefault(name.removeprefix("is_"), now if wrong[name] else None)
            elif name == "off_duty":
                columns["value"] = msgspec.json.encode(wrong[name])
            elif name == "digest" and "body" in shadow.values:
                columns["body"] = self._shelves.leaves.body(connection, UUID(shadow.values["body"]))
            else:
                raise _nothing_sealed(compared.protected.table, str(row[compared.protected.key[0]]))
        if compared.protected.table == "place" and "value" in wrong:
            columns["value"] = bytes.fromhex(wrong["value"])
        return columns


def _made(connection: Connection, compared: Compared, shadow: Shadow) -> tuple[Any, ...]:
    """A whole row, made of what was sealed.

    Raises:
        SenderError: Not all of it was sealed.
    """
    protected, values = compared.protected, dict(shadow.values)
    if protected is ORDERS:
        at = connection.execute("select at from leaf where idx = %s", (shadow.leaf,)).fetchone()
        values |= {"id": str(new_id()), "created": at[0] if at else None, "record": None}
        values.setdefault("office", None)
    if protected.table == "override":
        values["record"] = None
    if missing := [name for name in protected.columns if name not in values]:
        raise SenderError(
            f"What was sealed does not tell {', '.join(missing)} of the {protected.table}; it cannot be put back.",
            code="not-sealed",
        )
    types = ", ".join(f"(null::{protected.table}).{name}" for name in protected.columns)
    marks = ", ".join(["%s"] * len(protected.columns))
    made = connection.execute(
        f"select {', '.join(protected.columns)} from (select {types} limit 0) t union all select {marks}",
        [values[name] for name in protected.columns],
    ).fetchone()
    if made is None:
        raise StoreError("The row could not be made.")
    return tuple(made)


def _write(connection: Connection, protected: Protected, row: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Write columns, and the row's MACs over what it says then; every MAC of the table, for it is set right as a whole."""
    where = " and ".join(f"{name} = %s" for name in protected.key)
    key = [row[name] for name in protected.key]
    if new:
        sets = ", ".join(f"{name} = %s" for name in new)
        connection.execute(f"update {protected.table} set {sets} where {where}", [*new.values(), *key])
    columns = ", ".join(protected.columns)
    stands = connection.execute(f"select {columns} from {protected.table} where {where}", key).fetchone()
    if stands is not None:
        mac = connection.row_macs.mac(protected, stands)
        connection.execute(f"update {protected.table} set {protected.mac} = %s where {where}", [mac, *key])


def _check_agrees(connection: Connection, table: str, which: tuple[str, str]) -> None:
    """See that a row that was set right agrees with every MAC of its table.

    Raises:
        SenderError: Another MAC of it covers what no record tells; the whole act is undone.
    """
    name, identity = which
    for one in (each for each in PROTECTED if each.table == table):
        for row in RowAudits().rows_named(connection, one, name, [identity]):
            if not connection.row_macs.agrees(one, row[:-1], row[-1]):
                raise SenderError(
                    f"No sealed record tells all that {one.mac} of {table} {identity} covers ({', '.join(one.columns)}); "
                    "it would still differ, and nothing was done.",
                    code="not-sealed",
                    hint="Bring it back from a backup, or let whoever made it make it again.",
                )


def _shown(value: Any) -> Any:
    return (
        value if isinstance(value, str | int | float | bool | None) else "…" if isinstance(value, bytes) else str(value)
    )


def _nothing_sealed(table: str, identity: str) -> SenderError:
    return SenderError(
        f"Nothing sealed says what {table} {identity} must be.",
        code="not-sealed",
        hint="Bring it back from a backup, or let whoever made it make it again.",
    )
