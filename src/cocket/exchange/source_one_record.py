# SPDX-License-Identifier: Apache-2.0
"""A source that is a ONE Record server: an object by its address, what it links to on the same server, and its events.

Source: ONE Record API 2.1 to 2.3: logistics objects, logistics events, verifications.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from cocket.errors import PartnerError
from cocket.exchange.source_answers import check_number, json_in, malformed, path_for
from cocket.exchange.source_client import REFUSED, SourceClient, must_answer
from cocket.exchange.sources import Fetched, Identifier, Location, Source
from cocket.standards.json import write_json

_API: Final = "https://onerecord.iata.org/ns/api#"
#: Objects that are followed from one (count).
MOST_LINKED: Final = 60
_STEP: Final = "/logistics-objects/"


class OneRecordSource:
    """Asks a server for a logistics object.

    Options: `version` of the API (`2.3.0` unless told otherwise); `path.TYPE`, where the object of an identifier of another type lies,
    such as `path.transport-document = "logistics-objects/awb-{value}"`; `links`, how many objects it links to are fetched too (0–60;
    20 unless told otherwise).

    Args:
        source: The source.
        client: Asks it.
    """

    def __init__(self, source: Source, client: SourceClient) -> None:
        self._source, self._client = source, client
        self._type = f"application/ld+json; version={source.options.get('version', '2.3.0')}"
        told = source.options.get("links", "20")
        self._most = min(int(told), MOST_LINKED) if told.isdigit() else 20

    def find(self, identifier: Identifier) -> tuple[Location, ...]:
        """Where the object is: its address, or the path that the source has for identifiers of this type (0..1)."""
        value = identifier.value.strip()
        if identifier.type == "logistics-object":
            return (Location(name=value, title=value),)
        path = path_for(self._source, identifier)
        return (Location(name=path, title=value),) if path else ()

    def fetch(self, location: Location) -> tuple[Fetched, ...]:
        """The object, those that it links to on the same server, and their events, as one message (0..1).

        Raises:
            PartnerError: It was not answered, or not with an object of ONE Record.
        """
        if "documents" not in self._source.fields:
            return ()
        first = self._object(location.name)
        if first is None:
            return ()
        found = {str(first.get("@id") or location.name): first}
        waiting = [one for one in links_in(first, self._client.base_url) if one not in found]
        while waiting:
            where = waiting.pop(0)
            if where in found:
                continue
            if len(found) > self._most:
                break
            try:
                linked = self._object(where)
            except PartnerError as error:
                if error.code != REFUSED:
                    raise
                continue  # an object that is not for us is one that we do not have
            if linked is not None:
                found[where] = linked
                waiting += [one for one in links_in(linked, self._client.base_url) if one not in found]
        objects = list(found.values())
        if "events" in self._source.fields:
            objects += self._events(location.name)
        check_number(objects)
        return (Fetched(content=write_json(objects), content_type="application/ld+json", name="objects.jsonld"),)

    def _object(self, where: str) -> dict[str, Any] | None:
        answer = self._client.get(where, {"accept": self._type})
        if answer.status in (404, 410):
            return None
        value = json_in(must_answer(answer, 200))
        if not isinstance(value, dict) or not any("@type" in one for one in _things(value)):
            raise malformed("The source does not send an object of ONE Record.", where)
        return value

    def _events(self, where: str) -> list[dict[str, Any]]:
        answer = self._client.get(f"{where.rstrip('/')}/logistics-events", {"accept": self._type})
        if answer.status in (403, 404):
            return []
        value = json_in(must_answer(answer, 200))
        return [value] if isinstance(value, dict) and len(value) > 1 else []


def links_in(value: Any, base: str) -> list[str]:
    """Addresses of objects of the same server that an object names and does not hold, in order, each once.

    Source: ONE Record API 2.3, logistics object URI.
    """
    origin = urlsplit(base)
    found: dict[str, None] = {}
    held = {one["@id"] for one in _things(value) if isinstance(one.get("@id"), str) and len(one) > 1}
    for one in _things(value):
        name = one.get("@id")
        if not isinstance(name, str) or name in held or _STEP not in name or len(one) > 1:
            continue
        at = urlsplit(name)
        if (at.scheme, at.netloc) == (origin.scheme, origin.netloc) and not at.query and not at.fragment:
            found[name] = None
    return list(found)


def verification_of(address: str, revision: int, differences: Sequence[tuple[str, str]]) -> bytes:
    """A verification: what in an object is not as another paper says.

    Args:
        address: Of the object.
        revision: Of it, from 1.
        differences: Property (an IRI; empty for none) and what is not right about it, in words (1..n).

    Returns:
        The body that is posted to the object's address.

    Source: ONE Record API 2.3, verifications.
    """
    errors = [
        {
            "@type": "api:Error",
            "api:hasTitle": words,
            "api:hasSeverity": {"@id": "api:WARNING"},
            "api:hasErrorDetail": {
                "@type": "api:ErrorDetail",
                **(
                    {"api:hasProperty": {"@type": "http://www.w3.org/2001/XMLSchema#anyURI", "@value": name}}
                    if name
                    else {"api:hasMessage": words}
                ),
            },
        }
        for name, words in differences
    ]
    return write_json(
        {
            "@context": {"api": _API},
            "@type": "api:Verification",
            "api:hasLogisticsObject": {"@id": address},
            "api:hasRevision": {
                "@type": "http://www.w3.org/2001/XMLSchema#positiveInteger",
                "@value": str(revision),
            },
            "api:hasError": errors,
            "api:notifyRequestStatusChange": False,
        }
    )


def _things(value: Any) -> Iterator[dict[str, Any]]:
    """Every object within a value, itself first."""
    waiting = [value]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, dict):
            yield one
            waiting += list(one.values())
        elif isinstance(one, list):
            waiting += one
