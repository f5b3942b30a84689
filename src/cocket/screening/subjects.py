# SPDX-License-Identifier: Apache-2.0
"""Who and what of a declaration or of a line of a manifest is screened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from cocket.model import BillOfLading, Declaration, Manifest, Party
from cocket.model.transport import TransportMeans
from cocket.screening.screener import Subject

#: Recommendation 19 modes whose means are no vessels.
_NOT_AT_SEA: Final = frozenset("23457")
_LONGEST_GOODS: Final = 300


def subjects_of(document: Declaration | Manifest, bill: BillOfLading | None = None) -> tuple[tuple[str, Subject], ...]:
    """Every party, vessel and description that is screened.

    Args:
        document: A declaration, or a manifest with `bill`.
        bill: The line of the manifest; None for a declaration.

    Returns:
        Role in the document, such as `importer` or `goods`, and subject; each subject once (0..n).
    """
    told = _of_declaration(document) if isinstance(document, Declaration) else _of_bill(document, bill)
    first: dict[str, tuple[str, Subject]] = {}
    for role, subject in told:
        first.setdefault(subject.key, (role, subject))
    return tuple(first.values())


def _of_declaration(declaration: Declaration) -> Iterator[tuple[str, Subject]]:
    shipment = declaration.shipment
    roles = ("importer", "exporter", "consignor", "consignee", "seller", "buyer", "notify", "carrier")
    parties = [(role, getattr(shipment, role)) for role in roles]
    parties += [("declarant", declaration.declarant), ("agent", declaration.agent)]
    own = ("consignor", "consignee", "notify", "buyer", "seller")
    parties += [(role, getattr(item, role)) for item in shipment.items for role in own]
    yield from _parties(parties)
    yield from _vessels((shipment.border_transport, shipment.inland_transport))
    for item in shipment.items:
        commodity = item.commodity
        yield from _goods((commodity.description, commodity.commercial_description))


def _of_bill(manifest: Manifest, bill: BillOfLading | None) -> Iterator[tuple[str, Subject]]:
    parties: list[tuple[str, Party | None]] = [("carrier", manifest.carrier)]
    if bill is not None:
        parties += [(role, getattr(bill, role)) for role in ("consignor", "consignee", "notify", "carrier")]
    yield from _parties(parties)
    yield from _vessels((manifest.transport,))
    if bill is not None:
        yield from _goods((bill.goods_description,))


def _parties(parties: Iterable[tuple[str, Party | None]]) -> Iterator[tuple[str, Subject]]:
    for role, party in parties:
        if party is not None and party.name and party.name.strip():
            numbers = ("".join(filter(str.isalnum, party.id)).upper(),) if party.id else ()
            yield role, Subject("party", party.name, numbers, party.country_code)


def _vessels(means: Iterable[TransportMeans | None]) -> Iterator[tuple[str, Subject]]:
    for one in means:
        if one is None or (one.mode_code or "1")[:1] in _NOT_AT_SEA:
            continue
        digits = "".join(filter(str.isdigit, one.id or ""))
        numbers = (f"IMO{digits}",) if len(digits) == 7 else ()
        name = one.name or (one.id if not numbers else None)
        if name or numbers:
            yield "vessel", Subject("vessel", name or "", numbers, one.nationality_code)


def _goods(texts: Iterable[str | None]) -> Iterator[tuple[str, Subject]]:
    for text in texts:
        if text and text.strip():
            yield "goods", Subject("goods", text[:_LONGEST_GOODS])
