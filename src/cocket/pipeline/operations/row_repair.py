# SPDX-License-Identifier: Apache-2.0
"""What people do about rows that differ from sealed records: see them, and set one right, from what was sealed alone.

A row is made again from records, and gets no new MAC for what they do not tell: either the MAC that stands with the row
agrees once the told columns are back, which proves the rest, or the rest stays a difference. To take it as it stands
(`adopt`), or to take the row away (`remove`), is an act of its own, with a reason, sealed with what stood there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
import zstandard

from cocket.consignment import consignments_of
from cocket.errors import CocketError, SenderError, StoreError
from cocket.governance import Context, Principal
from cocket.measures.valuation import Doubt
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.readings import reading_of
from cocket.pipeline.base.sealing import check_sealed
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.operations.compared_rows import (
    COMPARED,
    Compared,
    filed_in,
    keyed_to,
    message_as_sealed,
    names_of_file,
)
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.stores.base.database import ROW_AUDIT_LOCK, Connection
from cocket.stores.base.dossier_rows import LINKS
from cocket.stores.base.row_macs import Protected
from cocket.stores.control.case_files import CASE_FILE_KEYS, CASE_FILES
from cocket.stores.control.orders import ORDERS
from cocket.stores.measures.permits import TAKEN, taken_of
from cocket.stores.operations.protected import AUDITED
from cocket.stores.operations.row_audits import RowAudits, RowDifference, RowName, Shadow

#: Kind of the sealed record that a row was set right.
KIND: Final = "row-set-right"

#: What is done about columns that no sealed record tells, and about rows of which none speaks.
Unproven = Literal["refuse", "adopt", "remove"]

#: What a record tells of a column in another form than it stands.
_TOLD_AS = {
    "password_hash": "secret",
    "secret_hash": "secret",
    "body": "digest",
    "value": "off_duty",
    "seed": "commitment",
}


#: Columns that some records tell and others do not, in which case a row that is put back says nothing there, or for a case
#: file what the line of its dossier says.
_LEFT_OUT = ("note", "place", "office")


class RowSetRight(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record that a row was set right.

    Attributes:
        table: Its table.
        id: Its key.
        who: Who set it right.
        reason: Why, in words.
        what: `changed`, `restored`, `removed` or `adopted`.
        columns: Column → what it says now, where it said something else.
        leaf: Index of the newest leaf that says so; None where no record speaks of the row.
        unproven: Columns that no sealed record tells, with what stands there and was adopted or removed (0..n).
    """

    table: str
    id: str
    who: str
    reason: str
    what: str
    columns: dict[str, Any] = {}
    leaf: int | None = None
    unproven: dict[str, Any] = {}


class RowRepair(Service):
    """Rows that differ, and setting them right."""

    def set_row_right(
        self, principal: Principal, table: str, identity: str, reason: str, unproven: Unproven = "refuse"
    ) -> RowSetRight:
        """Let a row say what sealed records say of it; sealed.

        Args:
            principal: Who does it.
            table: Table of the row, as a difference names it.
            identity: Its key, as a difference names it.
            reason: Why, in words.
            unproven: Whether what no record tells is adopted as it stands, or the row removed of which none speaks.

        Returns:
            What was done, as sealed.

        Raises:
            NotFoundError: No difference of this name stands.
            PolicyError: The principal may not, or gives no reason.
            SenderError: Nothing sealed says what the row must be, or not all of it.
            StoreError: Another process audits just now.
        """
        self._access.require(principal, "rows:set-right", context=Context(reason=reason))
        audit = RowAudit(self._stores)
        with audit.alone():
            self._catch_up(audit)
            done = self._settled(audit, principal, (table, identity), reason, unproven)
            audit.settle(table, identity)
        return done

    def _settled(
        self, audit: RowAudit, principal: Principal, name: RowName, reason: str, unproven: Unproven
    ) -> RowSetRight:
        """Set a row right and seal it, in one transaction."""
        audits, (table, identity) = RowAudits(), name
        with self._stores.database.transaction() as connection:
            audits.begin(connection)
            connection.execute("select pg_advisory_xact_lock(%s)", (ROW_AUDIT_LOCK,))
            audit.check_shadows(connection)
            named = [one for one in audits.differences(connection) if (one.table, one.id) == (table, identity)]
            if not named:
                raise NotFoundError(f"{table} {identity} has no open difference.")
            done = self._set_right(connection, named[0], unproven)
            done = msgspec.structs.replace(done, who=principal.id, reason=reason.strip())
            audits.settle(connection, table, [identity])
            record = self._stores.sealer.record(KIND, principal.id, done, about=named[0].about)
            self._access.seal(connection, record)
        return done

    def _catch_up(self, audit: RowAudit) -> None:
        """Know what every sealed record says, up to the newest."""
        while True:
            with self._stores.database.transaction() as connection:
                size = self._stores.leaves.size(connection)
            if audit.place().leaves >= size:
                return
            audit.step(only_leaves=True)

    def _set_right(self, connection: Connection, named: RowDifference, unproven: Unproven) -> RowSetRight:
        parts = [one for one in AUDITED if one.table == named.table]
        if named.table == "message":
            return self._message(
                connection, RowSetRight(table="message", id=named.id, who="", reason="", what="changed")
            )
        if not parts:
            raise _nothing_sealed(named.table, named.id)
        rows = {one.mac: _row(connection, one, named.id) for one in parts}
        whole = {name: value for row in rows.values() if row for name, value in row.items()}
        blank = RowSetRight(table=named.table, id=named.id, who="", reason="", what="")
        if unproven == "remove" and whole:
            return self._removed(connection, parts, rows, blank)
        if parts[0] is CASE_FILE_KEYS:
            return self._named(connection, whole, blank, unproven)
        if parts[0] is LINKS and (unproven != "adopt" or not whole):
            return self._linked(connection, whole, blank, unproven)
        told = {one.mac: self._shadow(connection, one, rows[one.mac], named.id) for one in parts}
        if not whole:
            return _put_back(self._stores, connection, told, blank, unproven)
        for compared, shadow in told.values():
            if compared is not None and shadow is None and compared.is_bound(whole):
                _delete(connection, compared.protected, whole)
                return msgspec.structs.replace(blank, what="removed", unproven=_shown_all(whole))
        changed: dict[str, Any] = {}
        stands = _stands(connection, ORDERS, whole) if parts[0] is ORDERS else ()
        is_older = bool(stands) and connection.row_macs.agrees(ORDERS, stands[:-1], stands[-1])
        for mac, (compared, shadow) in told.items():
            if compared is not None and shadow is not None:
                new = self._sealed_columns(connection, compared, rows[mac] or {}, shadow)
                changed |= {name: value for name, value in new.items() if value != whole[name]}
        if is_older and changed and (shadow := told[ORDERS.mac][1]) is not None:  # sealed acts alone change an order
            since = {
                "record": UUID(shadow.values["made_by"]),
                "created": datetime.fromisoformat(shadow.values["opened"]),
            }
            changed |= {name: value for name, value in since.items() if value != whole[name]}
        if changed:
            _update(connection, parts[0], whole, changed)
            if is_older:
                _bless(connection, ORDERS, whole)
        left = [
            name for one in parts for name in self._proven(connection, one, whole | changed, told[one.mac][1], changed)
        ]
        leaves = [shadow.leaf for _, shadow in told.values() if shadow is not None]
        done = msgspec.structs.replace(
            blank, what="changed", columns=_shown_all(changed), leaf=max(leaves) if leaves else None
        )
        if not left:
            return done
        if unproven != "adopt":
            raise _unproven(named.table, named.id, left)
        for one in parts:
            _bless(connection, one, whole)
        return msgspec.structs.replace(
            done, what="adopted", unproven=_shown_all({name: whole[name] for name in left if name in whole})
        )

    def _shadow(
        self, connection: Connection, protected: Protected, row: Mapping[str, Any] | None, identity: str
    ) -> tuple[Compared | None, Shadow | None]:
        """How a table is compared, and what records say of a row of it."""
        compared = next((one for one in COMPARED if one.protected is protected), None)
        if compared is None:
            return None, None
        name = protected.table, compared.id_of(row, self._stores.sealer.subject) if row else identity
        return compared, RowAudits().shadows(connection, [name]).get(name)

    def _proven(
        self,
        connection: Connection,
        protected: Protected,
        row: Mapping[str, Any],
        shadow: Shadow | None,
        changed: Mapping[str, Any],
    ) -> list[str]:
        """Give a row its MAC where everything under it is proven or made anew; else the columns that are not (0..n)."""
        stands = _stands(connection, protected, row)
        if not protected.mac or connection.row_macs.agrees(protected, stands[:-1], stands[-1]):
            return []
        if protected is TAKEN:
            _update(
                connection, protected, row, dict(zip(TAKEN.columns[1:], taken_of(connection, row["id"]), strict=True))
            )
            _bless(connection, protected, row)
            return []
        spoken = {*(shadow.values if shadow else ()), *changed, *protected.key}
        left = [name for name in protected.columns if name not in spoken and _TOLD_AS.get(name, name) not in spoken]
        if shadow is not None and protected.table in ("officer", "api_key"):
            leaf = connection.execute("select at from leaf where idx = %s", (shadow.leaf,)).fetchone()
            at = leaf[0] if leaf else datetime.now(UTC)
            made = {"name": row["id"], "created": at}
            made |= {one: _since(shadow, f"is_{one}") for one in ("disabled", "revoked")}
            _update(connection, protected, row, {name: made[name] for name in left if name in made})
            left = [name for name in left if name not in made]
        if not left:
            _bless(connection, protected, row)
        return left

    def _sealed_columns(
        self, connection: Connection, compared: Compared, row: Mapping[str, Any], shadow: Shadow
    ) -> dict[str, Any]:
        """Columns as sealed records have them, where they differ from the row.

        Raises:
            SenderError: What was sealed tells only that the row is wrong, and not what it was.
        """
        told = compared.told(row, self._stores.sealer.subject)
        wrong = {name: value for name, value in shadow.values.items() if name in told and told[name] != value}
        columns: dict[str, Any] = {name: value for name, value in wrong.items() if name in row}
        for name in wrong.keys() - columns.keys():
            if name == "secret":  # what was kept is gone: nobody gets in by what stands there now
                now = datetime.now(UTC)
                columns |= {"disabled": now, "password_hash": ""} if "disabled" in row else {"revoked": now}
            elif name in ("is_disabled", "is_revoked"):
                columns.setdefault(name.removeprefix("is_"), _since(shadow, name))
            elif name == "off_duty":
                columns["value"] = msgspec.json.encode(wrong[name])
            elif name == "digest" and (body := self._body(connection, shadow)) is not None:
                columns["body"] = body
            else:
                raise _nothing_sealed(compared.protected.table, str(row[compared.protected.key[0]]))
        if compared.protected.table == "place" and "value" in wrong:
            columns["value"] = bytes.fromhex(wrong["value"])
        if compared.protected.table == "backup" and "digest" in wrong:
            columns["digest"] = bytes.fromhex(wrong["digest"])
        if compared.protected.table == "journey" and "plan" in wrong:
            columns["plan"] = shadow.values["plan_json"].encode()
        return columns

    def _body(self, connection: Connection, shadow: Shadow) -> bytes | None:
        """The body of a file as it was sealed; None where no record holds it as a whole."""
        if "body" in shadow.values:
            return self._stores.leaves.body(connection, UUID(shadow.values["body"]))
        whole = shadow.values.get("json") or shadow.values.get("wording")
        return whole.encode() if whole is not None else None

    def _named(
        self, connection: Connection, row: Mapping[str, Any], blank: RowSetRight, unproven: Unproven
    ) -> RowSetRight:
        """Let a case file be found by one name, or no longer, as the file itself says."""
        *words, file = blank.id.split(" ")
        stands = _row(connection, CASE_FILES, file)
        wanted = names_of_file(self._stores, connection, stands) if stands else ()
        if wanted is None:
            if unproven != "adopt":
                raise _unproven(blank.table, blank.id, list(CASE_FILE_KEYS.columns))
            _bless(connection, CASE_FILE_KEYS, row)
            return msgspec.structs.replace(blank, what="adopted", unproven=_shown_all(row))
        name = next((one for one in wanted if " ".join(one) == " ".join(words)), None)
        if name is None and not row:
            raise _nothing_sealed(blank.table, blank.id)
        if name is None:
            _delete(connection, CASE_FILE_KEYS, row)
            return msgspec.structs.replace(blank, what="removed", unproven=_shown_all(row))
        connection.row_macs.put(connection, CASE_FILE_KEYS, [(*name, UUID(file))])
        return msgspec.structs.replace(blank, what="put back", columns=dict(zip(("name", "value"), name, strict=True)))

    def _message(self, connection: Connection, blank: RowSetRight) -> RowSetRight:
        """Let a message's columns say what its leaf and what was read in it say."""
        message = UUID(blank.id)
        try:
            (stands,) = self._stores.messages.get_many(connection, [message])
            reading = reading_of(stands)
        except (CocketError, ValueError, msgspec.DecodeError, zstandard.ZstdError) as error:
            raise SenderError(
                f"What was read in message {message} on receipt can no longer be decrypted, and nothing else records it.",
                code="not-sealed",
                hint="Restore the row from a backup (cocket restore), or have its sender send it again.",
            ) from error
        leaf = next(iter(self._stores.leaves.of_records(connection, [message])), None)
        if leaf is not None:  # a leaf of another hand says nothing
            for one, content, state in self._stores.leaves.sealed_between(connection, leaf.index, leaf.index + 1):
                check_sealed(one, content, state)
        changed = message_as_sealed(stands, reading, leaf)
        if changed:
            sets = ", ".join(f"{name} = %s" for name in changed)
            connection.execute(f"update message set {sets} where id = %s", [*changed.values(), message])
        return msgspec.structs.replace(blank, columns=_shown_all(changed), leaf=leaf.index if leaf else None)

    def _linked(
        self, connection: Connection, row: Mapping[str, Any], blank: RowSetRight, unproven: Unproven
    ) -> RowSetRight:
        """Put a message's link to its dossier back, as what was advised on it says; remove one beside a good one."""
        _, message, part = blank.id.split(" ")
        links = connection.execute(
            f"select {LINKS.read} from consignment_message where message = %s and part = %s", (message, part)
        ).fetchall()
        good = [one for one in links if connection.row_macs.agrees(LINKS, one[:-1], one[-1])]
        if row and good and row["consignment"] not in {one[0] for one in good}:
            _delete(connection, LINKS, row)
            return msgspec.structs.replace(blank, what="removed", unproven=_shown_all(row))
        found = filed_in(connection, [UUID(message)]).get(UUID(message), set())
        _, shadow = self._advised(connection, UUID(message))
        if len(found) != 1 or int(part) or (row and row["consignment"] not in found) or shadow is None:
            return self._linked_by_keys(connection, (UUID(message), int(part)), bool(row), blank, unproven)
        (dossier,) = found
        connection.row_macs.put(connection, LINKS, [(dossier, UUID(message), int(part))])
        what = "changed" if row else "put back"
        return msgspec.structs.replace(blank, what=what, leaf=shadow.leaf, columns={"consignment": str(dossier)})

    def _linked_by_keys(
        self, connection: Connection, part: tuple[UUID, int], stands: bool, blank: RowSetRight, unproven: Unproven
    ) -> RowSetRight:
        """Put a link back by the keys in its message, where it is adopted: no record tells which dossier bears them."""
        messages = self._stores.messages.get_many(connection, [part[0]])
        claims = [
            claim
            for one in messages
            for claim in consignments_of(reading_of(one), one.sender)
            if claim.part == part[1] and claim.strong
        ]
        found = {dossier for claim in claims for dossier in keyed_to(connection, claim)}
        if stands or len(found) != 1:
            raise _unproven(blank.table, blank.id, list(LINKS.columns))
        (dossier,) = found
        if unproven != "adopt":
            raise _untold(blank, {"consignment": str(dossier)})
        connection.row_macs.put(connection, LINKS, [(dossier, *part)])
        told = {"consignment": str(dossier)}
        return msgspec.structs.replace(blank, what="adopted", columns=told, unproven=told)

    def _advised(self, connection: Connection, message: UUID) -> tuple[str, Shadow | None]:
        """The newest assessment on a message, as sealed."""
        rows = connection.execute("select id::text from assessment where message = %s order by made desc", (message,))
        for (identity,) in rows.fetchall():
            shadow = RowAudits().shadows(connection, [("assessment", identity)]).get(("assessment", identity))
            if shadow is not None and shadow.values.get("message") == str(message):
                return identity, shadow
        return "", None

    def _removed(
        self,
        connection: Connection,
        parts: Sequence[Protected],
        rows: Mapping[str, Mapping[str, Any] | None],
        blank: RowSetRight,
    ) -> RowSetRight:
        """Take a row away of which no record speaks and whose MAC is not the house's; what stood there is sealed."""
        whole = {name: value for row in rows.values() if row for name, value in row.items()}
        stands = [_stands(connection, one, whole) for one in parts]
        agree = all(
            connection.row_macs.agrees(one, row[:-1], row[-1])
            for one, row in zip(parts, stands, strict=True)
            if one.mac
        )
        spoken = any(self._shadow(connection, one, rows[one.mac], blank.id)[1] for one in parts)
        if agree or spoken:
            raise SenderError(
                f"A sealed record mentions {blank.table} {blank.id}, or its MAC is valid: it was not removed.",
                code="not-removable",
                hint="Repair it without --remove.",
            )
        _delete(connection, parts[0], whole)
        return msgspec.structs.replace(blank, what="removed", unproven=_shown_all(whole))


def _since(shadow: Shadow, name: str) -> datetime | None:
    """Since when an account is revoked or disabled, by the record of it; None if it is not."""
    at = shadow.values.get(f"{name.removeprefix('is_')}_at")
    return datetime.fromisoformat(at) if shadow.values.get(name) and at else None


def _row(connection: Connection, protected: Protected, identity: str) -> dict[str, Any] | None:
    """A row by its key as a difference names it; None if there is none."""
    key = " || ' ' || ".join(f"{name}::text" for name in protected.key)
    found = RowAudits().rows_named(connection, protected, key, [identity])
    return dict(zip(protected.columns, found[0], strict=False)) if found else None


def _where(protected: Protected, row: Mapping[str, Any]) -> tuple[str, list[Any]]:
    return " and ".join(f"{name} = %s" for name in protected.key), [row[name] for name in protected.key]


def _stands(connection: Connection, protected: Protected, row: Mapping[str, Any]) -> tuple[Any, ...]:
    where, key = _where(protected, row)
    found = connection.execute(f"select {protected.read} from {protected.table} where {where}", key).fetchone()
    if found is None:
        raise StoreError("The row is gone.")
    return tuple(found)


def _delete(connection: Connection, protected: Protected, row: Mapping[str, Any]) -> None:
    if protected is CASE_FILES:
        connection.execute("delete from case_file_key where file = %s", (row["id"],))
    where, key = _where(protected, row)
    connection.execute(f"delete from {protected.table} where {where}", key)


def _update(connection: Connection, protected: Protected, row: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    if new:
        where, key = _where(protected, row)
        sets = ", ".join(f"{name} = %s" for name in new)
        connection.execute(f"update {protected.table} set {sets} where {where}", [*new.values(), *key])


def _bless(connection: Connection, protected: Protected, row: Mapping[str, Any]) -> None:
    """Give a row the MAC over what it says."""
    if protected.mac:
        where, key = _where(protected, row)
        mac = connection.row_macs.mac(protected, _stands(connection, protected, row)[:-1])
        connection.execute(f"update {protected.table} set {protected.mac} = %s where {where}", [mac, *key])


def _put_back(
    stores: Stores,
    connection: Connection,
    told: Mapping[str, tuple[Compared | None, Shadow | None]],
    blank: RowSetRight,
    unproven: Unproven,
) -> RowSetRight:
    """Put a row back that is gone, made of what was sealed; what of an order no record tells, only if it is adopted."""
    for compared, shadow in told.values():
        if compared is not None and shadow is not None:
            taken = _untold_of_order(stores, connection, shadow) if compared.protected is ORDERS else {}
            if taken and unproven != "adopt":
                raise _untold(blank, taken)
            made = _made(stores, connection, compared, shadow, taken)
            more = {"at": datetime.now(UTC)} if blank.table == "permit_use" else {}
            connection.row_macs.put(connection, compared.protected, [made], more)
            told_of = dict(zip(compared.protected.columns, made, strict=True))
            columns = shadow.values | {
                name: _shown(told_of[name]) for name in ("id", "office", "created", "record") if name in told_of
            }
            what = "adopted" if taken else "put back"
            taken |= {name: told_of[name] for name in _LEFT_OUT if name in told_of and name not in shadow.values}
            return msgspec.structs.replace(
                blank, what=what, columns=columns, leaf=shadow.leaf, unproven=_shown_all(taken)
            )
    raise _nothing_sealed(blank.table, blank.id)


def _untold_of_order(stores: Stores, connection: Connection, shadow: Shadow) -> dict[str, Any]:
    """What no sealed record tells of an order that is gone, with what it is restored as where that is adopted.

    The id stands in the record of whoever took it over, and in the file of its draw, which bears a MAC; the office in the
    record of whoever moved it.
    """
    about = shadow.values["consignment"]
    taken: dict[str, Any] = {}
    if "order" not in shadow.values:
        rows = connection.execute(
            f"select {CASE_FILES.read} from case_file where kind = 'allocation' and consignment = %s", (about,)
        )
        drawn = connection.row_macs.believed(connection, CASE_FILES, rows.fetchall())
        bodies = [msgspec.json.decode(row[CASE_FILES.columns.index("body")]) for row in drawn]
        named = {body["order"] for body in bodies if body["drawn"]["consignment"] == about}
        if len(named) == 1:
            shadow.values["order"] = named.pop()
        else:
            taken["id"] = str(new_id())
    if "office" not in shadow.values:
        line = connection.execute("select office from consignment where id = %s", (about,)).fetchone()
        taken["office"] = line[0] if line else None
    return taken


def _untold(blank: RowSetRight, taken: Mapping[str, Any]) -> SenderError:
    words = ", ".join(f"{name} ({'none' if value is None else value})" for name, value in taken.items())
    return SenderError(
        f"No sealed record has {', '.join(taken)} of {blank.table} {blank.id}, which is gone; nothing was done.",
        code="not-sealed",
        hint=f"Restore it from a backup; or restore it with --adopt, which uses {words} and records that.",
    )


def _made(
    stores: Stores, connection: Connection, compared: Compared, shadow: Shadow, taken: Mapping[str, Any]
) -> tuple[Any, ...]:
    """A whole row, made of what was sealed, and of what is adopted besides.

    Raises:
        SenderError: Not all of it was sealed.
    """
    protected, values = compared.protected, dict(shadow.values)
    leaf = connection.execute("select at from leaf where idx = %s", (shadow.leaf,)).fetchone()
    if protected is ORDERS:
        values |= {"id": values.get("order"), "created": values["opened"], "record": values["made_by"], **taken}
    if protected.table == "override":
        values["record"] = values["made_by"]
    if protected.table == "case_file":
        values |= _made_file(connection, shadow)
        if "json" not in values and values.get("body"):
            values["body"] = stores.leaves.body(connection, UUID(values["body"]))
    at = leaf[0] if leaf else datetime.now(UTC)
    if protected.table == "laid_down":
        values |= {"body": values["wording"].encode(), "changed": at}
    if protected.table == "device":
        values |= {"created": at, "changed": at}
    if protected.table == "device_credential":
        values |= {"digest": bytes.fromhex(values["digest"]), "since": at}
    if protected.table == "device_standing":
        values["note"] = ""
    if protected.table == "backup":
        values |= {"at": at, "place": "", "digest": bytes.fromhex(values["digest"])}
    if missing := [name for name in protected.columns if name not in values]:
        raise SenderError(
            f"The sealed records do not have {', '.join(missing)} of the {protected.table}; it cannot be restored.",
            code="not-sealed",
        )
    types = ", ".join(f"(null::{protected.table}).{name}" for name in protected.columns)
    marks = ", ".join(["%s"] * len(protected.columns))
    made = connection.execute(
        f"select {', '.join(protected.columns)} from (select {types} limit 0) t union all select {marks}",
        [values[name] for name in protected.columns],
    ).fetchone()
    if made is None:
        raise StoreError("The row could not be rebuilt.")
    return tuple(made)


def _made_file(connection: Connection, shadow: Shadow) -> dict[str, Any]:
    """What is told of a case file that is gone: by the steps of a doubt, or by the record that is its body."""
    if "json" in shadow.values:
        doubt = msgspec.json.decode(shadow.values["json"], type=Doubt)
        line = connection.execute("select office from consignment where id = %s", (doubt.consignment,)).fetchone()
        return {
            "id": doubt.id,
            "kind": "value-doubt",
            "office": line[0] if line else None,
            "opened": doubt.steps[0].at,
            "changed": doubt.steps[-1].at,
            "body": shadow.values["json"].encode(),
        }
    row = connection.execute(
        "select about, split_part(kind, '-', 1), at from record where id = %s", (shadow.values.get("body"),)
    ).fetchone()
    if row is None or row[1] not in ("standing", "rule", "intelligence"):
        return {}
    return {"id": row[0], "kind": row[1], "consignment": None, "office": None, "opened": row[2], "changed": row[2]}


def _shown_all(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _shown(value) for name, value in values.items()}


def _shown(value: Any) -> Any:
    return (
        value if isinstance(value, str | int | float | bool | None) else "…" if isinstance(value, bytes) else str(value)
    )


def _nothing_sealed(table: str, identity: str) -> SenderError:
    return SenderError(
        f"No sealed record has the content of {table} {identity}.",
        code="not-sealed",
        hint="Restore it from a backup, or have its author create it again.",
    )


def _unproven(table: str, identity: str, columns: Sequence[str]) -> SenderError:
    return SenderError(
        f"No sealed record has {', '.join(columns)} of {table} {identity}, and its MAC does not prove the current value; "
        "it would still differ, so nothing was done.",
        code="not-sealed",
        hint="Restore it from a backup; or check it, and keep it as it is with --adopt, or remove it with --remove.",
    )
