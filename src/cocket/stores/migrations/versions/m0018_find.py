# SPDX-License-Identifier: Apache-2.0
"""By whom and of which goods each dossier is found, and the index of the words that its line shows."""

from alembic import op

revision = "0018"
down_revision = "0017"

TABLES = r"""
create table consignment_mark (
    kind text not null,                  -- HS, IMPORTER, DECLARANT, SELLER, CARRIER, ADDRESS
    value text not null,
    consignment uuid not null,
    name text,                           -- as written; null where it is known by its value alone
    day date not null,                   -- on which it became known
    per_kg double precision,             -- of goods: value for customs of one kg, national currency
    primary key (kind, value, consignment)
);
create index consignment_mark_consignment on consignment_mark (consignment);
create index consignment_mark_value on consignment_mark (kind, value text_pattern_ops, consignment);
create index consignment_mark_name on consignment_mark using gin
    (to_tsvector('simple', regexp_replace(name, '\W+', ' ', 'g'))) where name is not null;
create index consignment_words on consignment using gin
    (to_tsvector('simple', regexp_replace(title || ' ' || coalesce(trader, '') || ' ' || coalesce(goods, ''),
    '\W+', ' ', 'g'))) where merged_into is null;
create index consignment_key_start on consignment_key (value text_pattern_ops);
create index consignment_message_bill on consignment_message (message) where part > 0
"""


def upgrade() -> None:
    """Make a table and its indexes: the first upgrade with it fills it from the papers of dossiers of before."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
