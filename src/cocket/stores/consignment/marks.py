# SPDX-License-Identifier: Apache-2.0
"""By whom and of which goods dossiers are found: a row for each party and each commodity code of what is declared.

The rows follow from the papers of a dossier, and bear no MAC: what they find is read from the dossier itself, and decided
by itself. The audit makes them again from the papers.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from cocket.stores.base.database import Connection
from cocket.stores.base.dossier_rows import belongs_to

#: Kinds of mark that name a party; the one through which people find it first.
PARTIES: Final = ("IMPORTER", "DECLARANT", "SELLER", "CARRIER")

#: Dossiers that a search for words goes through; of words that more have, not all are found by the filter of the queue (count).
MOST_HITS: Final = 5_000

#: The last character there is, which stands in no text.
_LAST: Final = "\U0010ffff"

#: Marks that a search goes through for the names of parties; of a word that more have, some traders are not found by it (count).
MOST_NAMED: Final = 2_000


class Mark(msgspec.Struct, frozen=True, order=True):
    """One mark of a dossier.

    Attributes:
        kind: `HS`, `ORIGIN`, one of `PARTIES`, or `ADDRESS` (of the importer).
        value: Digits of a commodity code; country of origin, empty where goods state none; number or name of a party, letters and
            digits alone in upper case.
        consignment: The dossier.
        name: The party as written; None where its value is all that is known.
        day: On which the declaration became known.
        per_kg: Value for customs of one kg of these goods, national currency; None for parties, and where not stated.
    """

    kind: str
    value: str
    consignment: UUID
    name: str | None
    day: date
    per_kg: float | None = None


class PartyFound(msgspec.Struct, frozen=True, kw_only=True):
    """A party that a search found: its value, its name as last written, and in how many dossiers (count, at least)."""

    value: str
    name: str | None
    dossiers: int


class MonthOfOthers(msgspec.Struct, frozen=True, kw_only=True):
    """Unit values of a month: lower quartile, median and upper quartile of one kg, and of how many dossiers (count)."""

    month: date
    lower: float
    median: float
    upper: float
    dossiers: int


#: Words of the line of a dossier `c`, as the index has them: marks part words, so that none is read as an address or a path.
WORDS_OF_LINE: Final = (
    "to_tsvector('simple', regexp_replace(c.title || ' ' || coalesce(c.trader, '') || ' ' || coalesce(c.goods, ''), "
    "'\\W+', ' ', 'g'))"
)


def _of(marks: str, offices: Sequence[str] | None) -> tuple[str, str]:
    """Marks `m` of dossiers of some offices, as what to read from and a condition of SQL; those of merged ones left out.

    Of all offices no dossier is looked up: those that were merged are few, and have an index.
    """
    if offices is None:
        return f"{marks} m", "m.consignment not in (select id from consignment where merged_into is not null)"
    joined = "join consignment c on c.id = m.consignment left join control_order o on o.consignment = c.id"
    return f"{marks} m {joined}", f"c.merged_into is null and {belongs_to('%(offices)s')}"


def _seen(offices: Sequence[str] | None) -> str:
    """Condition of SQL that a dossier `c` with its order `o` is one of some offices; of no condition where all are."""
    return "true" if offices is None else belongs_to("%(offices)s")


def _begins(column: str, name: str) -> str:
    """Condition of SQL that a text begins with a parameter of `_beginning`, as an index on its characters finds it."""
    return f"({column} ~>=~ %({name})s and {column} ~<~ %({name}_end)s)"


def _beginning(name: str, text: str) -> dict[str, str]:
    """The parameters of `_begins`: a text, and the first that no longer begins with it."""
    end = text.rstrip(_LAST)
    following = ord(end[-1]) + 1 if end else 0
    after = chr(0xE000 if 0xD800 <= following <= 0xDFFF else following)  # surrogates are no characters
    return {name: text, f"{name}_end": end[:-1] + after if end else _LAST}


class GoodsWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which goods dossiers are looked for by; None stands for any.

    Attributes:
        codes: Beginnings of commodity codes.
        origins: Countries of origin.
        offices: Of dossiers whose papers name one of these offices.
        after: Of dossiers that came before this one.
        limit: How many at most (count).
    """

    codes: tuple[str, ...] | None = None
    origins: tuple[str, ...] | None = None
    offices: tuple[str, ...] | None = None
    after: UUID | None = None
    limit: int = 200


class Marks:
    """Marks of dossiers, on a transaction of the caller."""

    def put(
        self, connection: Connection, marks: Mapping[UUID, Sequence[Mark]], new: Container[UUID] = frozenset()
    ) -> None:
        """Let dossiers have these marks and no others; those that are new have none yet."""
        if known := [one for one in marks if one not in new]:
            connection.execute("delete from consignment_mark where consignment = any(%s)", (known,))
        rows = [msgspec.structs.astuple(one) for several in marks.values() for one in several]
        if rows:
            types = ["text", "text", "uuid", "text", "date", "float8"]
            connection.copy_rows("consignment_mark", "kind, value, consignment, name, day, per_kg", types, rows)

    def of_value(
        self, connection: Connection, kinds: Sequence[str], value: str, offices: Sequence[str] | None, limit: int
    ) -> tuple[dict[UUID, tuple[str, ...]], int]:
        """Dossiers in which a party has one of some parts, newest first.

        Args:
            connection: The transaction.
            kinds: Kinds of mark.
            value: The party.
            offices: Of dossiers of these offices alone; None for all.
            limit: How many at most (count).

        Returns:
            Dossier → parts in it (0..limit); and how many there are in all (count).
        """
        marks, seen = _of("consignment_mark", offices)
        rows = connection.execute(
            f"""with found as materialized (select m.consignment, array_agg(m.kind order by m.kind) as kinds from {marks}
                where m.kind = any(%(kinds)s) and m.value = %(value)s and {seen} group by 1)
            select consignment, kinds, (select count(*) from found) from found order by consignment desc limit %(limit)s""",
            {"kinds": list(kinds), "value": value, "offices": _listed(offices), "limit": limit},
        ).fetchall()
        return {row[0]: tuple(row[1]) for row in rows}, int(rows[0][2]) if rows else 0

    def with_goods(self, connection: Connection, prefix: str, offices: Sequence[str] | None, limit: int) -> list[UUID]:
        """Dossiers with a commodity code that begins so, newest first (0..limit)."""
        marks, seen = _of("consignment_mark", offices)
        rows = connection.execute(
            f"""select distinct m.consignment from {marks} where m.kind = 'HS' and {_begins("m.value", "start")} and {seen}
            order by 1 desc limit %(limit)s""",
            {**_beginning("start", prefix), "offices": _listed(offices), "limit": limit},
        )
        return [row[0] for row in rows]

    def of_goods(self, connection: Connection, wanted: GoodsWanted) -> list[UUID]:
        """Declared dossiers with such goods, the last that came first (0..limit); code and origin may be of different items.

        Commodity codes are found by the index of marks, or else origins; of any goods the newest dossiers are walked.
        """
        given: dict[str, object] = {"after": wanted.after, "limit": wanted.limit, "offices": _listed(wanted.offices)}
        about = ["c.merged_into is null", "c.is_declared", "not c.is_cancelled"]
        if wanted.after is not None:
            about.append("c.id < %(after)s")
        if wanted.offices is not None:
            about.append("(c.office = any(%(offices)s) or c.offices && %(offices)s::text[])")
        origin = "o.kind = 'ORIGIN' and o.value = any(%(origins)s)"
        if wanted.origins is not None:
            given["origins"] = list(wanted.origins)
        if wanted.codes is not None:
            ranges = [_beginning("start", code) for code in wanted.codes]
            given |= {"starts": [one["start"] for one in ranges], "ends": [one["start_end"] for one in ranges]}
            found = """select distinct m.consignment as id from unnest(%(starts)s::text[], %(ends)s::text[]) as g (start, ending)
                join consignment_mark m on m.kind = 'HS' and m.value ~>=~ g.start and m.value ~<~ g.ending"""
            if wanted.after is not None:
                found += " where m.consignment < %(after)s"
            if wanted.origins is not None:
                about.append(f"exists (select from consignment_mark o where o.consignment = c.id and {origin})")
        elif wanted.origins is not None:
            found = f"select distinct o.consignment as id from consignment_mark o where {origin}"
        else:
            found = ""
        source = f"({found}) f join consignment c on c.id = f.id" if found else "consignment c"
        rows = connection.execute(
            f"select c.id from {source} where {' and '.join(about)} order by c.id desc limit %(limit)s", given
        )
        return [row[0] for row in rows]

    def parties(
        self, connection: Connection, words: str | None, value: str, offices: Sequence[str] | None, limit: int
    ) -> list[PartyFound]:
        """Parties whose name has these words, or whose number or name begins so.

        Args:
            connection: The transaction.
            words: A query of PostgreSQL's full text search; None for none.
            value: The beginning of a number, or of a name without spaces; empty for none.
            offices: Of dossiers of these offices alone; None for all.
            limit: How many at most (count).

        Returns:
            Those with most dossiers first (0..limit), among `MOST_NAMED` marks at most of each kind of match.
        """
        marks, seen = _of("named", offices)
        rows = connection.execute(
            f"""with named as (
                (select value, name, consignment from consignment_mark where kind = any(%(kinds)s) and name is not null
                 and to_tsvector('simple', regexp_replace(name, '\\W+', ' ', 'g')) @@ to_tsquery('simple', %(words)s::text)
                 limit %(most)s)
                union
                (select value, name, consignment from consignment_mark where kind = any(%(kinds)s) and %(value)s <> ''
                 and {_begins("value", "start")} limit %(most)s))
            select m.value, (array_agg(m.name order by m.consignment desc) filter (where m.name is not null))[1],
                count(distinct m.consignment)
            from {marks} where {seen} group by 1 order by 3 desc, 1 limit %(limit)s""",
            {
                "kinds": list(PARTIES),
                "words": words,
                "value": value,
                **_beginning("start", value),
                "offices": _listed(offices),
                "most": MOST_NAMED,
                "limit": limit,
            },
        ).fetchall()
        return [PartyFound(value=row[0], name=row[1], dossiers=int(row[2])) for row in rows]

    def of_dossiers(self, connection: Connection, consignments: Sequence[UUID]) -> list[Mark]:
        """Every mark of some dossiers, by kind and value (0..n)."""
        rows = connection.execute(
            """select kind, value, consignment, name, day, per_kg from consignment_mark
            where consignment = any(%s) order by kind, value, consignment""",
            (list(consignments),),
        )
        return [Mark(*row) for row in rows]

    def importers(self, connection: Connection, consignments: Sequence[UUID]) -> dict[UUID, tuple[str, date]]:
        """Importer of each dossier, and the first day on which any dossier named it; of several the first by name.

        Dossiers whose importer is not known are left out.
        """
        rows = connection.execute(
            """with named as (select consignment, min(value) as value from consignment_mark
                where kind = 'IMPORTER' and consignment = any(%s) group by 1),
            first as (select value, min(day) as day from consignment_mark
                where kind = 'IMPORTER' and value in (select value from named) group by 1)
            select n.consignment, n.value, f.day from named n join first f on f.value = n.value""",
            (list(consignments),),
        )
        return {row[0]: (row[1], row[2]) for row in rows}

    def first_day(self, connection: Connection) -> date | None:
        """The first day on which any dossier named an importer; None if none did."""
        row = connection.execute("select min(day) from consignment_mark where kind = 'IMPORTER'").fetchone()
        return row[0] if row else None

    def sharing(
        self, connection: Connection, values: Sequence[str], but: str, offices: Sequence[str] | None, limit: int
    ) -> list[tuple[UUID, str, str | None]]:
        """Dossiers of other importers at some addresses, newest first: dossier, importer and its name (0..limit)."""
        marks, seen = _of("consignment_mark", offices)
        rows = connection.execute(
            f"""select m.consignment, i.value, i.name from {marks}
            join consignment_mark i on i.consignment = m.consignment and i.kind = 'IMPORTER' and i.value <> %(but)s
            where m.kind = 'ADDRESS' and m.value = any(%(values)s) and {seen} order by m.consignment desc limit %(limit)s""",
            {"values": list(values), "but": but, "offices": _listed(offices), "limit": limit},
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def months_of_others(
        self, connection: Connection, code: str, but: str, since: date, offices: Sequence[str] | None
    ) -> list[MonthOfOthers]:
        """Unit values of goods of a code that others declared, by month, oldest first.

        Args:
            connection: The transaction.
            code: Beginning of the commodity code.
            but: The importer whose own are left out.
            since: From which day on.
            offices: Of dossiers of these offices alone; None for all.

        Returns:
            Months with three dossiers at least (0..n): fewer would tell what one of them declared.
        """
        marks, seen = _of("consignment_mark", offices)
        rows = connection.execute(
            f"""select date_trunc('month', m.day)::date, percentile_cont(array[0.25, 0.5, 0.75]) within group (order by m.per_kg),
                count(distinct m.consignment) from {marks}
            where m.kind = 'HS' and {_begins("m.value", "start")} and m.per_kg is not null and m.day >= %(since)s and {seen}
            and not exists (select from consignment_mark i where i.consignment = m.consignment and i.kind = 'IMPORTER'
                and i.value = %(but)s)
            group by 1 having count(distinct m.consignment) >= 3 order by 1""",
            {**_beginning("start", code), "but": but, "since": since, "offices": _listed(offices)},
        )
        return [
            MonthOfOthers(month=month, lower=low, median=middle, upper=high, dossiers=int(count))
            for month, (low, middle, high), count in rows
        ]

    def with_words(self, connection: Connection, words: str, offices: Sequence[str] | None, limit: int) -> list[UUID]:
        """Dossiers whose line has these words, newest first (0..limit).

        Args:
            connection: The transaction.
            words: A query of PostgreSQL's full text search.
            offices: Of these offices alone; None for all.
            limit: How many at most (count).
        """
        hits, given = self._hits(connection, words), {"words": words, "offices": _listed(offices), "limit": limit}
        found = f"""select c.id from consignment c left join control_order o on o.consignment = c.id
            where c.merged_into is null and {{which}} and {_seen(offices)} order by c.id desc limit %(limit)s"""
        if len(hits) < MOST_HITS:
            rows = connection.execute(found.format(which="c.id = any(%(hits)s)"), {**given, "hits": hits})
        else:  # so common that walking the newest finds enough of them soon
            common = f"{WORDS_OF_LINE} @@ to_tsquery('simple', %(words)s)"
            rows = connection.execute(found.format(which=common), given)
        return [row[0] for row in rows]

    def typed(self, connection: Connection, words: str | None, starts: Sequence[str], value: str) -> list[UUID]:
        """Dossiers that some typed text finds: by words of the line, or by how a reference, a code or a party begins.

        Args:
            connection: The transaction.
            words: A query of PostgreSQL's full text search; None for none.
            starts: Beginnings of references, in the form in which they are compared (0..n).
            value: Beginning of a commodity code, or of the number or name of a party; empty for none.

        Returns:
            In no order; of each kind of match `MOST_HITS` at most (0..n).
        """
        found = self._hits(connection, words) if words else []
        asked: dict[str, object] = {"value": value, "kinds": ["HS", *PARTIES], "most": MOST_HITS}
        asked |= _beginning("start", value)
        parts = [
            f"""(select consignment from consignment_mark where %(value)s <> '' and kind = any(%(kinds)s)
                and {_begins("value", "start")} limit %(most)s)"""
        ]
        for number, start in enumerate(starts):
            name = f"start_{number}"
            asked |= _beginning(name, start)
            parts.append(f"(select consignment from consignment_key where {_begins('value', name)} limit %(most)s)")
        return list({*found, *(row[0] for row in connection.execute(" union ".join(parts), asked))})

    def _hits(self, connection: Connection, words: str) -> list[UUID]:
        rows = connection.execute(
            f"""select c.id from consignment c where c.merged_into is null
            and {WORDS_OF_LINE} @@ to_tsquery('simple', %s) limit %s""",
            (words, MOST_HITS),
        )
        return [row[0] for row in rows]


def words_query(text: str) -> str | None:
    """The query of PostgreSQL's full text search for what a person typed: every word, the last perhaps not typed out.

    Returns:
        None where there is no word in it.
    """
    words = "".join(one if one.isalnum() else " " for one in text).split()
    return " & ".join(f"'{word}':*" for word in words) or None


def _listed(offices: Sequence[str] | None) -> list[str] | None:
    return None if offices is None else list(offices)
