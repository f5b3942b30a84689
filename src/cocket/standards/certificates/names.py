# SPDX-License-Identifier: Apache-2.0
"""The names on a certificate by which its consignment may be found, wherever in it they stand.

Certificates have no one schema, so a name is known by the word that introduces it. Words that mean different things in
different papers (`id`, `reference` of anything but a certificate) introduce nothing.
Source: TradeTrust's and UN/CEFACT's published document schemas; DCSA Bill of Lading 3.0; our own shapes (`credentials`).
"""

from __future__ import annotations

from typing import Any

from cocket.model import Reference
from cocket.model.party import ReferenceKind

#: A word in lower case, letters and digits alone → the kind of name it introduces.
_WORDS: dict[str, ReferenceKind] = {
    "blnumber": "BL",
    "billofladingnumber": "BL",
    "transportdocumentnumber": "BL",
    "transportdocumentreference": "BL",
    "houseblnumber": "HBL",
    "housebillofladingnumber": "HBL",
    "ucr": "UCR",
    "uniqueconsignmentreference": "UCR",
    "consignment": "UCR",
    "mrn": "MRN",
    "movementreferencenumber": "MRN",
    "container": "EQUIPMENT",
    "containernumber": "EQUIPMENT",
    "equipmentreference": "EQUIPMENT",
    "invoice": "INVOICE",
    "invoicenumber": "INVOICE",
    "invoiceid": "INVOICE",
    "certificatenumber": "DOCUMENT",
    "certificateoforiginnumber": "DOCUMENT",
    "documentnumber": "DOCUMENT",
    "supplychainconsignmentid": "DOCUMENT",
}

#: Words that name the certificate itself, in its subject and nowhere deeper.
_OWN = frozenset({"number", "reference"})

#: Most names taken from one certificate (count), and the longest (characters).
_MOST, _LONGEST = 100, 100


def names_in(subjects: Any) -> tuple[Reference, ...]:
    """The names in what a certificate says.

    Args:
        subjects: Its subject, or subjects, as JSON values.

    Returns:
        Names in the order in which they stand, without repeats (0..100).
    """
    found: dict[Reference, None] = {}
    for subject in subjects if isinstance(subjects, list) else [subjects]:
        if isinstance(subject, dict):
            own = [_reference("DOCUMENT", value) for word, value in subject.items() if word in _OWN]
            found |= dict.fromkeys(name for name in own if name)
        rest: list[Any] = [subject]
        while rest and len(found) < _MOST:
            value = rest.pop()
            if isinstance(value, list):
                rest += reversed(value)
            elif isinstance(value, dict):
                names = [_named(word, inner) for word, inner in value.items()]
                found |= dict.fromkeys(name for name in names if name)
                rest += reversed(list(value.values()))
    return tuple(found)[:_MOST]


def _named(word: str, value: Any) -> Reference | None:
    kind = _WORDS.get("".join(filter(str.isalnum, word.lower())))
    return _reference(kind, value) if kind else None


def _reference(kind: ReferenceKind, value: Any) -> Reference | None:
    text = value.strip() if isinstance(value, str) else ""
    return Reference(kind, text) if text and len(text) <= _LONGEST and text.isprintable() else None
