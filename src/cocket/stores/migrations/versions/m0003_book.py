# SPDX-License-Identifier: Apache-2.0
"""The book over many years: where each log begins, its cover leaves, who may sign, and the key of each sealed thing."""

from alembic import op

revision = "0003"
down_revision = "0002"

TABLES = """
-- A stretch of the book: which log its leaves stand in, and by how many at a time they are made public.
create table era (
    first bigint primary key,            -- first leaf of the stretch
    log text not null,                   -- origin of the log
    log_first bigint not null,           -- the book's index of the log's entry 0
    step integer not null,               -- leaves of one step; 1 stands for no cover
    begins_with bytea                    -- entry 0 of a log after the first: the last checkpoint of the log before
);

create table cover (                     -- leaves that stand for nothing, without rows of their own
    first bigint primary key,
    upto bigint not null                 -- the first that is none
);

create table lease (                     -- which process may do what only one may do
    name text primary key,
    holder text not null,
    term bigint not null,                -- one higher with each new holder; an older one is fenced off
    until timestamptz not null
);

alter table heads add column upto bigint; -- the book's index of the first leaf not under the head

create index heads_upto on heads (upto);

update heads set upto = size;

insert into era (first, log, log_first, step)
select 0, log, 0, 1 from (select log from heads order by size desc limit 1) as begun;

alter table leaf add column key bigint;  -- key of content and nonce, kept outside the database; null: both stand in clear

-- No key serves twice, not even where two machines took copies of one file of keys for the same.
create unique index leaf_key on leaf (key)
"""


def upgrade() -> None:
    """Make the tables."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
