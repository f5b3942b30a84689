# SPDX-License-Identifier: Apache-2.0
"""Events with their GS1 keys in another spelling: as web addresses of the GS1 Digital Link.

The other way is not to be had: a web address does not say where the company prefix ends, which an EPC URN has to.

Source: GS1 EPCIS 2.0 §12 (`GS1-EPC-Format`); CBV 2.0 §8.9.2; GS1 EPC Tag Data Standard 2.0 §6; facts re-stated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cocket.standards.epcis.identifiers import canonical

#: Member of an event that names things → the member of the objects in it that does; empty where it is text itself.
_NAMING: Final = {
    "epcList": "",
    "childEPCs": "",
    "inputEPCList": "",
    "outputEPCList": "",
    "parentID": "",
    "transformationID": "",
    "quantityList": "epcClass",
    "childQuantityList": "epcClass",
    "inputQuantityList": "epcClass",
    "outputQuantityList": "epcClass",
    "readPoint": "id",
    "bizLocation": "id",
    "bizTransactionList": "bizTransaction",
    "sourceList": "source",
    "destinationList": "destination",
}


def with_links(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event whose GS1 keys are web addresses at `id.gs1.org`; its event hash is the same.

    What is no GS1 key has no web address and stays, such as the number of a container; so do addresses at other hosts, and members
    that the standard does not have.

    Source: GS1 CBV 2.0 §8.9.2.
    """
    return {name: _linked(value, _NAMING[name]) if name in _NAMING else value for name, value in event.items()}


def has_links(event: Mapping[str, Any]) -> bool:
    """Whether an event names something by a web address of the GS1 Digital Link.

    Source: GS1 Digital Link URI syntax 1.3 §5.
    """
    return any(
        text.startswith(("http://", "https://")) and canonical(text) is not None
        for name, inner in _NAMING.items()
        for text in _texts(event.get(name), inner)
    )


def _linked(value: Any, inner: str) -> Any:
    if isinstance(value, list):
        return [_linked(one, inner) for one in value]
    if isinstance(value, dict) and inner:
        return {name: _linked(one, "") if name == inner else one for name, one in value.items()}
    if isinstance(value, str) and not inner and value.startswith("urn:epc:"):
        return canonical(value) or value
    return value


def _texts(value: Any, inner: str) -> list[str]:
    found = value if isinstance(value, list) else [value]
    named = [one.get(inner) if isinstance(one, dict) else None for one in found] if inner else found
    return [one for one in named if isinstance(one, str)]
