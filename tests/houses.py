# SPDX-License-Identifier: Apache-2.0
"""Real houses for tests: fresh keys, a fresh database with its tables, the real pipeline."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cocket.gate import make_key
from cocket.governance import Principal
from cocket.model import Envelope
from cocket.pipeline import AssessmentWorker, Instance, LogPublisher, Stores, open_stores, prepare_home
from cocket.settings import Settings
from cocket.stores import Database
from tests.postgres import shared_database

LOG = "test.cocket.invalid/log"


@functools.cache
def _template() -> str:
    url = shared_database(is_lasting=True)
    database = Database(url)
    database.migrate()
    database.close()
    return url


@dataclass(frozen=True)
class Built:
    """A house and what works behind it."""

    settings: Settings
    dsn: str
    stores: Stores
    house: Instance

    def desk(self) -> AssessmentWorker:
        """A desk that has worked off all there is."""
        desk = AssessmentWorker(self.stores)
        desk.open()
        while desk.turn():
            pass
        return desk

    def bodies(self, kind: str) -> list[bytes]:
        """What was sealed in every record of a kind, in the order of the book."""
        with self.stores.database.transaction() as connection:
            newest = self.stores.leaves.size(connection)
            found = self.stores.leaves.records_between(connection, 0, newest, [kind])
        return [body for _, body in found]

    def sign(self) -> int:
        """Sign a head over all there is; its size."""
        book = LogPublisher(self.stores)
        book.open()
        while book.turn():
            pass
        return self.house.queries.records.log_size()[1]


def build(home: Path, **given: Any) -> Built:
    """A house of its own.

    Args:
        home: Its folder, fresh.
        **given: Settings that differ from the defaults.
    """
    settings = Settings(**{"home": home, "log_origin": LOG, "head_step": 1, **given})
    prepare_home(settings)
    dsn = shared_database(_template())
    stores = open_stores(settings, dsn, signs_heads=True)
    return Built(settings, dsn, stores, Instance(stores))


def trader(*senders: str) -> Principal:
    """A trader's key."""
    return Principal(id="key-1", kind="key", roles=("trader",), senders=senders)


def keyed(built: Built, *senders: str) -> str:
    """The key of `trader`, as it is kept for these senders: what is given later is decided by it."""
    built.house.governance.accounts.add_key(make_key("key-1"), "Traders", ["trader"], list(senders))
    return "key-1"


def officer(role: str = "officer", office: str | None = None) -> Principal:
    """A person of customs."""
    return Principal(id=f"test-{role}", kind="officer", roles=(role,), office=office)


def envelope(content: bytes, sender: str = "ACME", door: Any = "api") -> Envelope:
    """A message as a door hands it in."""
    return Envelope(sender=sender, actor="key-1", door=door, content=content, received=datetime.now(UTC))


def put_permit_issuers(built: Built, *issued: tuple[str, str]) -> None:
    """Let the permit matrix name agencies as issuers of kinds of permits, each (agency, kind), and ask for none of them here."""
    asked = [
        f"""[[requirements]]
code = "I{number:02d}"
agency = "{agency}"
codes = ["77"]
flows = ["import"]
papers = ["{kind}"]
"""
        for number, (agency, kind) in enumerate(issued, 1)
    ]
    built.settings.permit_matrix_file.write_text("\n".join(['name = "test"', 'source = "test"', *asked]), "utf-8")


def put_permit_matrix(built: Built, *agencies: str) -> None:
    """Let each of these agencies ask its permit for imported goods of every chapter."""
    chapters = ", ".join(f'"{chapter:02d}"' for chapter in range(1, 98) if chapter != 77)
    asked = [
        f"""[[requirements]]
code = "T{number:02d}"
agency = "{agency}"
says = "a permit for every import"
law = "Act {number}"
codes = [{chapters}]
flows = ["import"]
papers = ["T{number:02d}"]
is_registered = true
valid_from = 2018-07-01
"""
        for number, agency in enumerate(agencies, 1)
    ]
    built.settings.permit_matrix_file.write_text("\n".join(['name = "test"', 'source = "test"', *asked]), "utf-8")
