# SPDX-License-Identifier: Apache-2.0
"""Whether our tables are what we made: ordinary tables, with nothing on them that changes what is read or written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cocket.stores.base.database import Connection, part_of
from cocket.stores.base.record_months import BODIES, OTHER, month_of_part

#: Each column, constraint and index that migrations make, a line each: table, kind, name, definition (tab-separated).
#: Written by `python scripts/draw_catalogue.py`.
CATALOGUE = Path(__file__).with_name("catalogue.txt")


#: A line of it.
Part = tuple[str, str, str, str]

_MADE: frozenset[Part] = frozenset(
    (table, kind, name, text)
    for table, kind, name, text in (line.split("\t") for line in CATALOGUE.read_text(encoding="utf-8").splitlines())
)

#: Every table that migrations make.
TABLES = tuple(sorted({table for table, _, _, _ in _MADE}))

#: Tables whose rows stand in parts → the part that is in the catalogue. A part of a month has the month in its name.
_IN_PARTS = {BODIES: OTHER}

#: What is not as we made it: table, and in words what it is or has. Rule `_RETURN` is what makes a view one.
_ODD = """
with ours as (select name, c.oid, c.relkind, c.relrowsecurity, c.relpersistence
    from pg_catalog.unnest(%s::text[]) name
    left join pg_catalog.pg_class c on c.relname = name and c.relnamespace = 'public'::regnamespace)
select name, 'is not there' from ours where oid is null
union all select name, case relkind when 'v' then 'is a view' when 'm' then 'is a materialized view'
    when 'f' then 'is a foreign table' else 'is no ordinary table' end from ours
    where relkind <> case when name = any(%s) then 'p' else 'r' end
union all select name, 'is not kept through a crash' from ours where relkind = 'r' and relpersistence <> 'p'
union all select name, 'stands behind ' || to_regclass(name)::text from ours
    where oid is not null and to_regclass(name) is distinct from oid::pg_catalog.regclass
union all select name, 'has row security' from ours where relrowsecurity
union all select name, 'has a policy ' || polname from ours join pg_catalog.pg_policy on polrelid = ours.oid
union all select name, 'has a rule ' || rulename from ours join pg_catalog.pg_rewrite r on r.ev_class = ours.oid
    where rulename <> '_RETURN'
union all select name, 'has a trigger ' || tgname from ours join pg_catalog.pg_trigger t on t.tgrelid = ours.oid
    where not tgisinternal
union all select name, 'has references between tables that are not enforced' from ours
    join pg_catalog.pg_trigger t on t.tgrelid = ours.oid where tgisinternal and tgenabled <> 'O' group by name
union all select name, 'belongs to the role ' || relowner::pg_catalog.regrole::text || ', not to '
    || usual::pg_catalog.regrole::text from (select name, relowner,
    (select mode() within group (order by relowner) from ours join pg_catalog.pg_class using (oid)) usual
    from ours join pg_catalog.pg_class using (oid)) s where relowner <> usual
union all select name, 'is kept in another tablespace than the others' from ours join pg_catalog.pg_class k using (oid)
    where reltablespace <> (select mode() within group (order by reltablespace) from ours
    join pg_catalog.pg_class using (oid))
union all select name, 'takes in rows of ' || inhrelid::regclass::text from ours
    join pg_catalog.pg_inherits on inhparent = ours.oid where name <> all(%s)
union all select 'database', 'has a function ' || p.oid::pg_catalog.regprocedure::text from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname not in ('pg_catalog', 'information_schema') and not exists (select from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e')
union all select 'database', 'has an event trigger ' || evtname from pg_catalog.pg_event_trigger
union all select name, 'has a check ' || conname from ours join pg_catalog.pg_constraint on conrelid = ours.oid
    where contype = 'c' and exists (select from pg_catalog.pg_depend d join pg_catalog.pg_proc p
    on p.oid = d.refobjid and d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
    where d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and d.objid = pg_constraint.oid)
union all select name, 'has an index ' || i.indexrelid::pg_catalog.regclass::text || ' on a function'
    from ours join pg_catalog.pg_index i on i.indrelid = ours.oid
    where exists (select from pg_catalog.pg_depend d where d.objid = i.indexrelid
    and d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass)
union all select name, 'has a default of a function in column ' || attname from ours
    join pg_catalog.pg_attrdef a on a.adrelid = ours.oid
    join pg_catalog.pg_attribute t on t.attrelid = a.adrelid and t.attnum = a.adnum
    where exists (select from pg_catalog.pg_depend d where d.objid = a.oid
    and d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass)
order by 1, 2
"""


#: What ordinary tables have now, in the form of the catalogue. PostgreSQL 18 keeps `not null` as a constraint too: left out.
_HAVE = """
with ours as (select name, c.oid from pg_catalog.unnest(%s::text[]) name
    join pg_catalog.pg_class c on c.relname = name and c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p'))
select name, 'column', attname, pg_catalog.format_type(a.atttypid, a.atttypmod)
    || case when attnotnull then ' not null' else '' end
    || coalesce(' collate ' || (select collname from pg_catalog.pg_collation l join pg_catalog.pg_type t on t.oid = a.atttypid
        where l.oid = a.attcollation and a.attcollation <> t.typcollation), '')
    || coalesce(case when attgenerated <> '' then ' generated ' else ' default ' end
        || pg_catalog.pg_get_expr(adbin, adrelid), '')
    || case when attidentity <> '' then ' identity' else '' end
    from ours join pg_catalog.pg_attribute a on a.attrelid = ours.oid
    left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where attnum > 0 and not attisdropped
union all select name, 'constraint', conname, pg_catalog.pg_get_constraintdef(k.oid)
    from ours join pg_catalog.pg_constraint k on conrelid = ours.oid where contype not in ('n', 't')
union all select name, 'index', i.indexrelid::pg_catalog.regclass::text, pg_catalog.pg_get_indexdef(i.indexrelid)
    || case when indisvalid and indisready then '' else ' (not valid)' end
    from ours join pg_catalog.pg_index i on i.indrelid = ours.oid
"""

#: Parts of tables, and what each takes.
_PARTS = """
select p.relname, c.relname, pg_catalog.pg_get_expr(c.relpartbound, c.oid) from pg_catalog.pg_inherits i
join pg_catalog.pg_class p on p.oid = i.inhparent join pg_catalog.pg_class c on c.oid = i.inhrelid
where p.relnamespace = 'public'::regnamespace and p.relname = any(%s) and c.relnamespace = 'public'::regnamespace order by 2
"""

#: What of the database beside our tables could change rows or what is read of them, unseen: each in words.
_BESIDE = """
select 'has an extension ' || extname from pg_catalog.pg_extension where extname not in ('plpgsql', 'pg_stat_statements')
union all select 'sends its changes to others by publication ' || pubname from pg_catalog.pg_publication
union all select 'has a foreign server ' || srvname from pg_catalog.pg_foreign_server
union all select 'has the setting ' || setting || coalesce(' for the role ' || setrole::pg_catalog.regrole::text, '')
    from (select case when setrole = 0 then null else setrole end setrole, pg_catalog.unnest(setconfig) setting
        from pg_catalog.pg_db_role_setting where setdatabase in (0, (select oid from pg_catalog.pg_database
            where datname = pg_catalog.current_database()))) s
    where setting ~ '^(search_path|synchronous_commit|row_security|[a-z]+_preload_libraries)='
    and setting !~ '^synchronous_commit=(on|remote_apply|local|remote_write)$'
union all select 'has another function ' || p.oid::pg_catalog.regprocedure::text || ' in pg_catalog than PostgreSQL made'
    from pg_catalog.pg_proc p where pronamespace = 'pg_catalog'::pg_catalog.regnamespace
    and p.xmin::text::bigint > (select d.xmin::text::bigint from pg_catalog.pg_database d where datname = 'template0')
    and not exists (select from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e')
union all select 'lets ' || case grantee when 0 then 'everybody' else grantee::pg_catalog.regrole::text end
    || ' write to ' || relname
    from (select c.relname, c.relowner, g.grantee, g.privilege_type
        from pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) g
        where c.relnamespace = 'public'::regnamespace and c.relname = any(%s)) s
    where grantee <> relowner and privilege_type <> 'SELECT' group by grantee, relname
"""


#: Roles of our own server that are none of ours.
_ROLES = """
select 'has a further role ' || pg_catalog.quote_ident(rolname) || case when rolsuper then ', a superuser' else ', which can log in' end
from pg_catalog.pg_roles where (rolsuper or rolcanlogin) and rolname <> current_user order by 1
"""


def odd_tables(connection: Connection, *, is_own: bool = False) -> dict[str, str]:
    """Tables that are not as we made them (0..n): name → in words what each is or has besides.

    Args:
        connection: The transaction.
        is_own: Whether the server is our own, which has one role alone: others that could change rows are named.

    A table has besides what calls a function that is none of PostgreSQL's own; the functions are named under `database`.
    An index that makes nothing unique is the operator's own affair.
    """
    parts = connection.execute(_PARTS, (list(_IN_PARTS),)).fetchall()
    months = {part: whole for whole, part, _ in parts if month_of_part(part) is not None}
    ours, wholes = [*TABLES, *months], list(_IN_PARTS)
    told = connection.execute(_ODD, (ours, wholes, wholes)).fetchall()
    told += [("database", odd) for (odd,) in connection.execute(_BESIDE, (ours,)).fetchall()]
    if is_own:
        told += [("database", odd) for (odd,) in connection.execute(_ROLES).fetchall()]
    told += sorted(_compared(read_catalogue(connection, ours), months))
    told += _of_parts(parts)
    found: dict[str, str] = {}
    for name, odd in told:
        if odd not in found.get(name, "").split("; "):
            found[name] = f"{found[name]}; {odd}" if name in found else odd
    return found


def is_lack(odd: str) -> bool:
    """Whether one oddity is a table or a column that is not there, so that this program cannot work."""
    return odd == "is not there" or odd.startswith("lacks the column ")


def read_catalogue(connection: Connection, tables: Sequence[str]) -> set[Part]:
    """What tables have now: table, kind, name and definition of each column, constraint and index (0..n)."""
    return {
        (table, kind, name, text) for table, kind, name, text in connection.execute(_HAVE, (list(tables),)).fetchall()
    }


def _of_parts(parts: Sequence[tuple[str, str, str]]) -> Iterator[tuple[str, str]]:
    """Parts that are not as we make them: table, and each in words."""
    for whole, part, bound in parts:
        month = month_of_part(part)
        if part != _IN_PARTS[whole] and month is None:
            yield whole, f"takes in rows of {part}"
        elif bound != (month.bound if month is not None else "DEFAULT"):
            yield part, f"takes “{bound}”, not what its name says"
    for whole, other in _IN_PARTS.items():
        if other not in {part for _, part, _ in parts}:
            yield whole, f"does not take in rows of {other}"


#: Tables in which a column was removed or renamed since they were made: none that is lacking is added there.
_TOUCHED = """
select name from pg_catalog.unnest(%s::text[]) name join pg_catalog.pg_class c
    on c.relname = name and c.relnamespace = 'public'::regnamespace
    where exists (select from pg_catalog.pg_attribute a where a.attrelid = c.oid and attisdropped)
"""

#: In this order what is lacking can be added.
_ORDER = ("column", "constraint", "index")


def complete(connection: Connection) -> list[Part]:
    """Add what the tables lack of what migrations make, where nothing can be lost by it.

    A migration that was still changed after houses had been made with it left columns out there. A column is added only
    where every row can be without a value, and in no table of which somebody removed or renamed one.

    Returns:
        What was added (0..n).

    Raises:
        StoreError: It cannot be added.
    """
    have = {(table, kind, name) for table, kind, name, _ in read_catalogue(connection, TABLES)}
    made = {(table, kind, name) for table, kind, name, _ in _MADE}
    there = {table for table, _, _ in have}
    touched = {table for (table,) in connection.execute(_TOUCHED, (list(TABLES),)).fetchall()}
    touched |= {table for table, kind, name in have - made if kind == "column"}
    added = []
    for part in sorted(
        _MADE, key=lambda one: (_ORDER.index(one[1]), not one[3].startswith(("PRIMARY", "UNIQUE")), one)
    ):
        table, kind, name, text = part
        if table not in there or (table, kind, name) in have:
            continue
        if kind == "column" and (table in touched or " not null" in text or " generated " in text):
            continue
        with part_of(connection):
            connection.execute(_addition(part))
        have = {(table, kind, name) for table, kind, name, _ in read_catalogue(connection, TABLES)}
        added.append(part)
    return added


def _addition(part: Part) -> str:
    """The statement that adds one part; each name and definition is of our own catalogue."""
    table, kind, name, text = part
    if kind == "index":
        return text
    return f'alter table public."{table}" add {kind} "{name}" {text}'


def _compared(have: set[Part], months: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Differences between what the tables have and what migrations make: table, and each in words.

    Args:
        have: What they have.
        months: Parts of months → the table of which they are; each has what the part in the catalogue has.
    """
    there = {table for table, _, _, _ in have}
    made = set(_MADE)
    for month, whole in months.items():
        other = _IN_PARTS[whole]
        made |= {
            (month, kind, name.replace(other, month), text.replace(other, month))
            for table, kind, name, text in _MADE
            if table == other
        }
    known = {(table, kind, name): text for table, kind, name, text in made if table in there}
    now = {(table, kind, name): text for table, kind, name, text in have}
    for key, text in known.items():
        table, kind, name = key
        if key not in now:
            yield table, f"lacks the {kind} {name}"
        elif now[key] != text:
            yield table, f"has the {kind} {name} as “{now[key]}”, not “{text}”"
    for (table, kind, name), text in now.items():
        if (table, kind, name) not in known and (kind != "index" or " UNIQUE " in text):
            yield table, f"has a further {kind} {name}"
