# SPDX-License-Identifier: Apache-2.0
"""Credentials as RDF statements, in their one canonical order: what the `-rdfc-` and `-sd-` suites sign.

These suites sign what the words mean, and a context says what a word means. So a context counts here only if it is pinned:
bundled with the room, or handed in by the caller. Nothing is ever fetched; a context inside the document (but for our own,
which only says that our words are ours), or a word that no context explains, is refused: it could mean something else to
whoever signed it.
Source: JSON-LD 1.1; W3C RDF Dataset Canonicalization 1.0; W3C VC Data Integrity 1.0 §2.4.1 (validating contexts), §4.6.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from cocket.errors import ProofError, SettingsError, UnreadableError
from cocket.standards.certificates import read_json

#: Contexts bundled with the room: address → file and SHA-256 of its bytes.
BUNDLED = {
    "https://www.w3.org/ns/credentials/v2": (
        "credentials-v2.jsonld",
        "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
    ),
}

#: What may stand inside a document as a context: our own words, none of them a word of another context.
OUR_WORDS: Final = {"@vocab": "urn:cocket:certificates#"}

#: Most statements, and most steps to tell blank nodes apart, before a document is taken for a trap (counts).
_MOST_STATEMENTS = 5000
_MOST_STEPS = 500

Quad = dict[str, dict[str, Any]]


class Contexts:
    """Pinned JSON-LD contexts.

    Args:
        given: Address → bytes of contexts beside the bundled ones. A bundled one cannot be replaced.

    Raises:
        UnreadableError: One of them is no JSON.
    """

    def __init__(self, given: Mapping[str, bytes] | None = None) -> None:
        self._known = {address: read_json(data) for address, data in (given or {}).items()}
        self._known |= {address: _bundled(address) for address in BUNDLED}
        #: What PyLD has worked out of them; its own cache is one for the whole process, and would let the contexts of one
        #: caller reach another.
        self.worked_out: dict[str, Any] = {}

    def __contains__(self, address: object) -> bool:
        return address in self._known

    def load(self, address: str) -> dict[str, Any]:
        """The context behind an address, as a document loader of JSON-LD gives it.

        Raises:
            ProofError: It is not pinned here.
        """
        if address not in self._known:
            raise ProofError(
                f"The context {address[:200]} is not pinned here.",
                code="context-unknown",
                found=address[:200],
                hint="Provide its file; nothing is fetched while verifying.",
            )
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": address,
            "document": self._known[address],
        }


class Statements:
    """The statements of one document.

    Args:
        document: JSON-LD with pinned contexts.
        contexts: The pinned contexts.

    Raises:
        ProofError: A context is not pinned or stands inside the document, a word has no meaning, or JSON-LD refuses it.
        SettingsError: PyLD is not installed.
    """

    def __init__(self, document: dict[str, Any], contexts: Contexts) -> None:
        check_contexts(document, contexts)
        self._contexts = contexts
        self.expanded: list[Any] = self._run("expand", document)
        _check_absolute(self.expanded)

    def compacted(self, expanded: list[Any], context: Any) -> dict[str, Any]:
        """Expanded values in the words of a context again."""
        made: dict[str, Any] = self._run("compact", expanded, context)
        return made

    def quads(self, expanded: list[Any] | None = None) -> list[Quad]:
        """The statements, in no order that means anything."""
        dataset = self._run("to_rdf", self.expanded if expanded is None else expanded)
        made: list[Quad] = []
        for graph, triples in dataset.items():
            kind = "blank node" if graph.startswith("_:") else "IRI"
            name = {} if graph == "@default" else {"name": {"type": kind, "value": graph}}
            made += [dict(triple) | name for triple in triples]
        if len(made) > _MOST_STATEMENTS:
            raise ProofError("The document contains too many statements.", code="rdf-large", found=str(len(made)))
        return made

    def _run(self, what: str, value: Any, *more: Any) -> Any:
        jsonld = _jsonld()
        options: dict[str, Any] = {"documentLoader": lambda address, _: self._contexts.load(address), "base": ""}
        options["contextResolver"] = jsonld.ContextResolver(self._contexts.worked_out, options["documentLoader"])
        try:
            return getattr(jsonld.JsonLdProcessor(on_property_dropped=_refuse_word), what)(value, *more, options)
        except ProofError:
            raise
        except Exception as error:
            cause = _cause(error)
            if isinstance(cause, ProofError):
                raise cause from None
            raise ProofError(f"JSON-LD refuses the document: {str(cause)[:200]}.", code="json-ld") from error


def check_contexts(document: dict[str, Any], contexts: Contexts) -> None:
    """Refuse a document whose words could be given another meaning than was signed.

    Raises:
        ProofError: A context is not pinned, or stands inside the document.
    """
    given = document.get("@context")
    for one in given if isinstance(given, list) else [given]:
        if one == OUR_WORDS:
            continue
        if not isinstance(one, str):
            raise ProofError(
                "The document contains an inline context; only pinned contexts are accepted.", code="context-inline"
            )
        contexts.load(one)
    rest: list[Any] = [value for name, value in document.items() if name != "@context"]
    while rest:
        value = rest.pop()
        if isinstance(value, dict):
            if "@context" in value and value["@context"] != given:
                raise ProofError(
                    "The document contains an inline context; only pinned contexts are accepted.", code="context-inline"
                )
            rest += value.values()
        elif isinstance(value, list):
            rest += value


def canonical_lines(
    quads: list[Quad], relabel: Callable[[dict[str, str]], dict[str, str]] | None = None, digest: str = "sha256"
) -> tuple[list[str], dict[str, str]]:
    """Statements as sorted lines of N-Quads.

    Args:
        quads: The statements; their blank nodes are renamed in place.
        relabel: Takes blank node → canonical label (`_:c14n0` …) and gives the labels to write instead; None keeps them.
        digest: Hash of the algorithm.

    Returns:
        Lines, each ending in a newline, and blank node → label written.

    Raises:
        ProofError: Telling its blank nodes apart would take too long; the document is a trap.
    """
    canon = _canonicalizer()(digest)
    before = [{key: dict(part) for key, part in quad.items()} for quad in quads]
    dataset: dict[str, list[Any]] = {}
    for quad in quads:
        graph = quad.get("name", {}).get("value", "@default")
        dataset.setdefault(graph, []).append({key: dict(part) for key, part in quad.items() if key != "name"})
    canon.main(dataset, {"format": "application/n-quads"})
    labels: dict[str, str] = dict(canon.canonical_issuer.existing)
    if relabel is not None:
        labels = relabel(labels)
    return sorted(written(before, labels)), labels


def written(quads: list[Quad], labels: Mapping[str, str]) -> list[str]:
    """Statements as lines of N-Quads, with other labels for their blank nodes.

    Raises:
        ProofError: A blank node has no label.
    """
    from pyld.nquads import serialize_nquad

    lines = []
    for quad in quads:
        copy = {key: dict(part) for key, part in quad.items()}
        for part in copy.values():
            if part["type"] == "blank node":
                if part["value"] not in labels:
                    raise ProofError("A blank node has no label.", code="sd-label")
                part["value"] = labels[part["value"]]
        lines.append(serialize_nquad(copy))
    return lines


def canonical_text(document: dict[str, Any], contexts: Contexts, digest: str = "sha256") -> bytes:
    """A document as canonical N-Quads.

    Raises:
        ProofError: As `Statements` and `canonical_lines` say.

    Source: W3C RDF Dataset Canonicalization 1.0.
    """
    lines, _ = canonical_lines(Statements(document, contexts).quads(), digest=digest)
    return "".join(lines).encode()


@cache
def bundled() -> Contexts:
    """The bundled contexts and no others."""
    return Contexts()


@cache
def _bundled(address: str) -> Any:
    name, expected = BUNDLED[address]
    data = (files("cocket.credentials") / "contexts" / name).read_bytes()
    if hashlib.sha256(data).hexdigest() != expected:
        raise SettingsError(f"The bundled context {name} was changed.", code="context-altered")
    return read_json(data)


def _jsonld() -> Any:
    try:
        from pyld import jsonld
    except ImportError as error:
        raise SettingsError(
            "This kind of proof needs PyLD, which is not installed.",
            problems=("the package PyLD is missing",),
            hint="Install cocket[credentials].",
        ) from error
    return jsonld


@cache
def _canonicalizer() -> Any:
    """PyLD's algorithm with a choice of hash, and an end to documents made to keep it busy."""
    _jsonld()
    from pyld.canon import URDNA2015

    class Bounded(URDNA2015):  # type: ignore[misc]
        def __init__(self, digest: str) -> None:
            super().__init__()
            self._digest, self._steps = digest, 0

        def create_hash(self) -> Any:
            return hashlib.new(self._digest)

        def hash_n_degree_quads(self, id_: str, issuer: Any) -> Any:
            self._steps += 1
            if self._steps > _MOST_STEPS:
                raise ProofError("The document is too complex to canonicalise.", code="rdf-trap")
            return super().hash_n_degree_quads(id_, issuer)

        def hash_related_blank_node(self, related: str, quad: Any, issuer: Any, position: str) -> Any:
            self._steps += 0.01  # type: ignore[assignment]
            if self._steps > _MOST_STEPS:
                raise ProofError("The document is too complex to canonicalise.", code="rdf-trap")
            return super().hash_related_blank_node(related, quad, issuer, position)

    return Bounded


def _refuse_word(word: Any) -> None:
    raise ProofError(f"No context defines the term {str(word)[:100]!r}.", code="context-term", found=str(word)[:100])


def _check_absolute(value: Any) -> None:
    """Refuse names that are no address: JSON-LD would drop what they say without a word."""
    rest = [value]
    while rest:
        one = rest.pop()
        if isinstance(one, list):
            rest += one
        elif isinstance(one, dict):
            types = one.get("@type", [])
            for name in [one.get("@id"), *(types if isinstance(types, list) else [types])]:
                if isinstance(name, str) and ":" not in name:
                    raise ProofError(f"{name[:100]!r} is not an address.", code="context-term", found=name[:100])
            rest += one.values()


def _cause(error: BaseException) -> BaseException:
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def read_context(data: bytes) -> bytes:
    """The bytes of a context, once they are known to hold one.

    Raises:
        UnreadableError: They hold none.
    """
    value = read_json(data)
    if not isinstance(value, dict) or "@context" not in value:
        raise UnreadableError("The file contains no JSON-LD context.", code="context")
    return data
