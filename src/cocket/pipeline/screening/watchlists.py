# SPDX-License-Identifier: Apache-2.0
"""The lists of the house made ready, with what was found before and what officers have cleared."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.screening.matches import confirmations
from cocket.screening import Hit, Screened, Screener, Subject, apply_clearances, read_list
from cocket.stores.base.database import Connection

_HITS = msgspec.json.Decoder(tuple[Hit, ...])


class Watchlists:
    """The lists of the house made ready; made afresh when one has changed.

    Args:
        shelves: The stores.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._known: tuple[tuple[str, str], ...] = ()
        self._screener: Screener | None = None

    def screener(self, connection: Connection) -> Screener | None:
        """What screens against the lists as they are now; None where the house has none."""
        known = tuple((one.name, one.version) for one in self._stores.screening.lists(connection))
        if known != self._known:
            contents = self._stores.screening.contents(connection)
            self._screener = Screener([read_list(name, content) for name, content in contents]) if contents else None
            self._known = known
        return self._screener

    def screen(self, connection: Connection, subjects: Sequence[Subject]) -> dict[str, tuple[Screened, ...]]:
        """Subject's key → its hits, with what officers have cleared; subjects without a hit are left out.

        Whoever was screened before under the same lists is not compared again.
        """
        screener = self.screener(connection)
        if screener is None or not subjects:
            return {}
        store, by_key = self._stores.screening, {one.key: one for one in subjects}
        answers = {key: _HITS.decode(hits) for key, hits in store.answers(connection, screener.version, by_key).items()}
        fresh = [key for key in by_key if key not in answers]
        if fresh:
            found = dict(zip(fresh, screener.screen_all([by_key[key] for key in fresh]), strict=True))
            store.keep_answers(connection, screener.version, {key: msgspec.json.encode(v) for key, v in found.items()})
            answers.update(found)
        hit = {key: hits for key, hits in answers.items() if hits}
        cleared = store.cleared(connection, hit) if hit else []
        confirmed = confirmations(self._stores, connection, hit)
        return {key: apply_clearances(by_key[key], hits, cleared, confirmed) for key, hits in hit.items()}
