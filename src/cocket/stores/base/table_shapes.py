# SPDX-License-Identifier: Apache-2.0
"""Whether our tables are what we made: ordinary tables, with nothing on them that changes what is read or written."""

from __future__ import annotations

from cocket.stores.base.database import Connection

_NAMES = """
    alert alert_consignment api_key assessment backup case_file case_file_key consignment consignment_key
    consignment_message control_order cover device device_batch device_credential device_proof_key device_standing
    device_told draw_seed era feed_file feed_problem heads health_write host_decision house house_key identity journey
    journey_device laid_down leaf lease message officer override permit permit_claim permit_use place port_call record
    result role_state row_difference row_shadow rule_hit screening_answer screening_clearance screening_list session
    set_aside set_aside_key sign_in_bucket sign_in_place sign_in_tally vessel_fix vessel_name watch
"""

#: Every table that migrations make.
TABLES = tuple(_NAMES.split())

#: What is not as we made it: table, and in words what it is or has. Rule `_RETURN` is what makes a view one.
_ODD = """
with ours as (select name, c.oid, c.relkind, c.relrowsecurity, c.relpersistence
    from pg_catalog.unnest(%s::text[]) name
    left join pg_catalog.pg_class c on c.relname = name and c.relnamespace = 'public'::regnamespace)
select name, 'is not there' from ours where oid is null
union all select name, case relkind when 'v' then 'is a view' when 'm' then 'is a materialized view'
    when 'f' then 'is a foreign table' else 'is no ordinary table' end from ours where relkind <> 'r'
union all select name, 'is not kept through a crash' from ours where relkind = 'r' and relpersistence <> 'p'
union all select name, 'stands behind ' || to_regclass(name)::text from ours
    where oid is not null and to_regclass(name) is distinct from oid::pg_catalog.regclass
union all select name, 'has row security' from ours where relrowsecurity
union all select name, 'has a policy ' || polname from ours join pg_catalog.pg_policy on polrelid = ours.oid
union all select name, 'has a rule ' || rulename from ours join pg_catalog.pg_rewrite r on r.ev_class = ours.oid
    where rulename <> '_RETURN'
union all select name, 'has a trigger ' || tgname from ours join pg_catalog.pg_trigger t on t.tgrelid = ours.oid
    where not tgisinternal
union all select name, 'takes in rows of ' || inhrelid::regclass::text from ours
    join pg_catalog.pg_inherits on inhparent = ours.oid
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


def odd_tables(connection: Connection) -> dict[str, str]:
    """Tables that are not as we made them (0..n): name → in words what each is or has besides.

    A table has besides what calls a function that is none of PostgreSQL's own; the functions stand under `database`.
    """
    found: dict[str, str] = {}
    for name, odd in connection.execute(_ODD, (list(TABLES),)).fetchall():
        found[name] = f"{found[name]}; {odd}" if name in found else odd
    return found
