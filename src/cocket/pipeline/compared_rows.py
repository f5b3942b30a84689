# SPDX-License-Identifier: Apache-2.0
"""Which rows are held against which shadows, and how: one entry for each table that sealed records speak of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from cocket.control import commit_seed
from cocket.pipeline.entrance import secret_digest
from cocket.pipeline.sealed_rows import digest_of
from cocket.stores.alerts import ALERTS
from cocket.stores.case_files import CASE_FILES
from cocket.stores.consignments import ADVICE
from cocket.stores.journeys import JOURNEYS, PLANS
from cocket.stores.orders import ASSESSMENTS, HOST_DECISIONS, ORDERS, OVERRIDES, RESULTS, SEEDS
from cocket.stores.people import API_KEYS, OFFICERS, SESSIONS
from cocket.stores.permits import CLAIMS, PERMITS, USES
from cocket.stores.places import PLACES
from cocket.stores.row_audits import plain
from cocket.stores.row_macs import Protected
from cocket.stores.screening import CLEARANCES

#: Hides the id of what a record is about, as openings have it.
Subject = Callable[[str], str]

#: Kinds of case files of which every one rests on records whose body or state is that of the file.
_FILES_OF_RECORDS = ("standing", "rule", "audit", "intelligence")


def _same(row: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    return {name: plain(value) for name, value in row.items()}


@dataclass(frozen=True, kw_only=True)
class Compared:
    """How the rows of a table are held against their shadows.

    Attributes:
        protected: The table.
        name: Gives the id of a row's shadow from its columns; None stands for the row's key.
        sql: Expression of SQL that gives the same id; None where rows cannot be looked up by it.
        told: Gives what a shadow may speak of, in plain form.
        is_bound: Gives whether a row must rest on a record.
        lasts: Whether a row that a record speaks of must be there.
        named: How ids of shadows begin whose rows must be there.
    """

    protected: Protected
    name: Callable[[Mapping[str, Any], Subject], str] | None = None
    sql: str | None = None
    told: Callable[[Mapping[str, Any], Subject], dict[str, Any]] = _same
    is_bound: Callable[[Mapping[str, Any]], bool] = lambda _: True
    lasts: bool = True
    named: str = ""

    def id_of(self, row: Mapping[str, Any], subject: Subject) -> str:
        """The id of a row's shadow."""
        if self.name is not None:
            return self.name(row, subject)
        return " ".join(str(plain(row[name])) for name in self.protected.key)

    @property
    def id_sql(self) -> str:
        """The expression of SQL that gives it."""
        return self.sql or " || ' ' || ".join(f"{name}::text" for name in self.protected.key)


def _seed(row: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    return {"day": str(row["day"]), "commitment": commit_seed(row["seed"])}


def _officer(row: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    return {
        "id": row["id"],
        "role": row["role"],
        "office": row["office"],
        "is_disabled": row["disabled"] is not None,
        "secret": secret_digest(row["password_hash"]),
        "record": plain(row["record"]),
    }


def _key(row: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    return {
        "id": row["id"],
        "roles": list(row["roles"]),
        "senders": list(row["senders"]),
        "office": row["office"],
        "is_revoked": row["revoked"] is not None,
        "secret": secret_digest(row["secret_hash"]),
        "record": plain(row["record"]),
    }


def _file_id(row: Mapping[str, Any], subject: Subject) -> str:
    if row["kind"] == "allocation":
        return f"allocation {subject(str(row['consignment']))}"
    return f"of {subject(str(row['id']))}" if row["kind"] in _FILES_OF_RECORDS else str(row["id"])


def _file(row: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    if row["kind"] == "allocation":
        return {"examiner": msgspec.json.decode(row["body"]).get("examiner")}
    return {"id": str(row["id"]), "state": row["state"], "digest": digest_of(row["body"])}


def _plan(row: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    return {"plan": digest_of(row["plan"])}


def _journey(row: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    return {**_same(row, subject), "is_arrived": row["arrived"] is not None}


def _place(row: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    if row["name"] == "off-duty":
        return {"off_duty": msgspec.json.decode(row["value"])}
    return {"value": plain(row["value"])}


#: In the order in which they are compared.
COMPARED = (
    Compared(protected=ADVICE, is_bound=lambda row: not ADVICE.is_empty(list(row.values()))),
    Compared(protected=ASSESSMENTS),
    Compared(protected=ORDERS, name=lambda row, subject: str(row["consignment"]), sql="consignment::text"),
    Compared(protected=OVERRIDES),
    Compared(protected=RESULTS),
    Compared(protected=HOST_DECISIONS),
    Compared(protected=SEEDS, told=_seed),
    Compared(protected=OFFICERS, told=_officer),
    Compared(protected=API_KEYS, told=_key),
    Compared(protected=SESSIONS, name=lambda row, subject: str(row["record"]), sql="record::text", lasts=False),
    Compared(
        protected=CASE_FILES,
        name=_file_id,
        told=_file,
        is_bound=lambda row: row["kind"] in (*_FILES_OF_RECORDS, "allocation", "agency-hold"),
        named="of ",
    ),
    Compared(protected=PERMITS),
    Compared(protected=CLAIMS, is_bound=lambda row: False),
    Compared(protected=USES, is_bound=lambda row: not row["declaration"].startswith("erased ")),
    Compared(protected=JOURNEYS, told=_journey),
    Compared(protected=PLANS, told=_plan, lasts=False),
    Compared(protected=ALERTS),
    Compared(protected=CLEARANCES),
    Compared(protected=PLACES, told=_place, is_bound=lambda row: row["name"] == "off-duty"),
)


def consignment_of(row: Mapping[str, Any], protected: Protected) -> UUID | None:
    """The dossier a row is about; None if it is about none."""
    return row.get(protected.about) if protected.about else None
