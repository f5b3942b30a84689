# SPDX-License-Identifier: Apache-2.0
"""A source that is a link resolver: it says where documents about a product, a shipment or a facility live.

Of links to other hosts the address is kept and nothing is fetched: a resolver can be made to point anywhere.

Source: RFC 9264 (linkset), RFC 8288 (relations); GS1 Digital Link resolver 1.1; ISO/IEC 18975; UNTP, identity resolver (a draft).
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote, urljoin, urlsplit

from cocket.errors import PartnerError
from cocket.exchange.source_answers import json_in, malformed, path_for
from cocket.exchange.source_client import REFUSED, SourceClient, must_answer
from cocket.exchange.sources import Fetched, Identifier, Location, Source

_TYPE: Final = "application/linkset+json"

#: Links of one set that are kept, the longest address, and the longest word that is kept of what is said of a link.
MOST_LINKS: Final = 50
_LONGEST: Final = 480
_WORDS: Final = 100

#: What is kept of what a link says of itself.
_SAID: Final = ("type", "title", "hreflang", "encryptionMethod", "accessRole")


class UntpSource:
    """Asks a resolver where documents live.

    Options: `relations`, relations of links that are taken, divided by spaces, such as `untp:dpp untp:dcc`; all of them unless told
    otherwise. `path.TYPE`, the path for identifiers of another type, such as `path.transport-document = "8010/{value}"`.

    Args:
        source: The source.
        client: Asks it.
    """

    def __init__(self, source: Source, client: SourceClient) -> None:
        self._source, self._client = source, client
        self._wanted = tuple(source.options.get("relations", "").split())

    def find(self, identifier: Identifier) -> tuple[Location, ...]:
        """Links about an identifier: an address of this resolver, a path such as `01/09520123456788`, or as the option says (0..50).

        Raises:
            PartnerError: It was not answered, or not with a set of links.
        """
        value = identifier.value.strip()
        path = path_for(self._source, identifier)
        if path is None:
            if identifier.type not in ("product", "epc", "url"):
                return ()
            path = value if "://" in value else quote(value.lstrip("/"), safe="/:")
        where = f"{path}{'&' if '?' in path else '?'}linkType=all"
        answer = self._client.get(where, {"accept": _TYPE})
        if answer.status == 404:
            return ()
        links = links_in(json_in(must_answer(answer, 200)), self._client.base_url)
        taken = [one for one in links if not self._wanted or one[0] in self._wanted]
        return tuple(
            Location(name=href, title=title, said={"relation": name, **said}) for name, href, title, said in taken
        )

    def fetch(self, location: Location) -> tuple[Fetched, ...]:
        """The document at a link on the resolver's own host (0..1).

        Raises:
            PartnerError: It lies on another host, or was not answered.
        """
        if "documents" not in self._source.fields:
            return ()
        origin, at = urlsplit(self._client.base_url), urlsplit(location.name)
        if (origin.scheme, origin.netloc) != (at.scheme, at.netloc):
            raise PartnerError(
                "The document lives on another host, which was not asked.",
                code=REFUSED,
                found=at.netloc[:200],
                hint="Register that host as a source of the kind https.",
            )
        answer = self._client.get(location.name, {"accept": location.said.get("type", "*/*")})
        if answer.status in (404, 410):
            return ()
        must_answer(answer, 200)
        return (Fetched(content=answer.content, content_type=answer.content_type),)


def links_in(value: Any, base: str) -> list[tuple[str, str, str, dict[str, str]]]:
    """The links of a set: relation, address, title, and what else is said, each link once (0..50).

    What is not an address of the web, is too long, or is not as the standard has it is left out: a set is written by anybody.

    Raises:
        PartnerError: It is no set of links.

    Source: RFC 9264 §4.2: `linkset` is an array of contexts, whose members but `anchor` are relations with arrays of targets.
    """
    sets = value.get("linkset") if isinstance(value, dict) else None
    if isinstance(sets, dict):
        sets = [sets]
    if not isinstance(sets, list):
        raise malformed("The source does not send a set of links.")
    found: dict[tuple[str, str], tuple[str, str, str, dict[str, str]]] = {}
    for context in sets:
        if not isinstance(context, dict):
            continue
        for relation, targets in context.items():
            if relation in ("anchor", "@context", "itemDescription") or not isinstance(targets, list):
                continue
            name = relation.removeprefix("https://gs1.org/voc/").removeprefix("https://ref.gs1.org/voc/")
            for one in targets:
                href = _address(one.get("href"), base) if isinstance(one, dict) else None
                if href is None or len(found) >= MOST_LINKS:
                    continue
                said = {key: words for key in _SAID if (words := _words(one.get(key)))}
                found.setdefault((name, href), (name[:_WORDS], href, said.pop("title", "") or href, said))
    return list(found.values())


def _address(href: Any, base: str) -> str | None:
    """An address of the web, whole; None where it is none."""
    if not isinstance(href, str) or len(href) > _LONGEST or not href.isascii() or not href.isprintable():
        return None
    try:
        whole = urljoin(f"{base}/", href.strip())
        at = urlsplit(whole)
        _ = at.port
    except ValueError:
        return None
    if (
        at.scheme not in ("https", "http")
        or not at.hostname
        or at.username is not None
        or "\\" in whole
        or " " in whole
    ):
        return None
    return whole


def _words(value: Any) -> str:
    if isinstance(value, list):
        value = next((one for one in value if isinstance(one, str)), "")
    return value[:_WORDS] if isinstance(value, str) and value.isprintable() else ""
