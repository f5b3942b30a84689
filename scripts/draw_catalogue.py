# SPDX-License-Identifier: Apache-2.0
"""Write down each column, constraint and index that migrations make, for the check of tables that were altered.

python scripts/draw_catalogue.py          write src/cocket/stores/base/catalogue.txt anew
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from cocket.stores.base.database import Database
from cocket.stores.base.record_months import month_of_part
from cocket.stores.base.table_shapes import CATALOGUE, read_catalogue
from cocket.stores.postgres.server import EmbeddedPostgres


def main() -> None:
    """Make an empty database, and write what it has."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "postgres", durable=False) as server:
        database = Database(server.dsn)
        database.migrate()
        with database.transaction() as connection:
            made = connection.execute(
                "select relname from pg_class where relnamespace = 'public'::regnamespace"
                " and relkind in ('r', 'p') and relname <> 'alembic_version'"
            ).fetchall()
            ours = [name for (name,) in made if month_of_part(name) is None]
            lines = sorted("\t".join(part) for part in read_catalogue(connection, ours))
        database.close()
    CATALOGUE.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()
