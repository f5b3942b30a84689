# SPDX-License-Identifier: Apache-2.0
"""The parts of a condition, so that it can be shown as sentences and its pitfalls pointed out.

The evaluator of CEL that judges cases keeps its tree to itself; this one reads the grammar of expressions without maps and
messages, and evaluates nothing.

Source: Common Expression Language, language definition, "Syntax" (github.com/google/cel-spec).
"""

from __future__ import annotations

import re
from typing import Any, Final, Literal, NamedTuple

from cocket.errors import SettingsError

Kind = Literal["or", "and", "not", "compare", "arithmetic", "choice", "call", "member", "index", "name", "text", "number",
               "bool", "null", "list"]  # fmt: skip

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?u?)|(?P<text>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
    r"|(?P<name>[A-Za-z_]\w*)|(?P<mark>&&|\|\||==|!=|<=|>=|[<>!?:+\-*/%.,()\[\]]))"
)
_ESCAPE: Final = re.compile(r"\\(.)")
_ESCAPED: Final = frozenset("\\\"'")
_RELATIONS: Final = frozenset({"==", "!=", "<=", ">=", "<", ">", "in"})
_WORDS: Final[dict[str, tuple[Kind, Any]]] = {
    "true": ("bool", True),
    "false": ("bool", False),
    "null": ("null", None),
}

#: How deep a condition may be nested and still be read here (count).
_DEEPEST: Final = 40


class Node(NamedTuple):
    """A part of a condition.

    Attributes:
        kind: What it is.
        value: Its operator, name or value; None for what has none.
        parts: What it is made of (0..n); of a call on something that comes first, and `value` ends with a dot before the name.
        start: Where it begins in the text (characters).
        end: Where it ends.
    """

    kind: Kind
    value: Any
    parts: tuple[Node, ...]
    start: int
    end: int

    def shape(self, renamed: str | None = None) -> tuple[Any, ...]:
        """What it says, wherever it stands; equal for two texts that differ in blanks, brackets or quotes alone.

        Args:
            renamed: A variable that counts as `i`; None for none.
        """
        value = "i" if self.kind == "name" and self.value == renamed else self.value
        return self.kind, value, *(part.shape(renamed) for part in self.parts)


class UnreadableError(SettingsError):
    """A condition, or something in it, that is not read as parts; it may be good CEL all the same."""

    code = "rule-parts"


def parse(text: str) -> Node:
    """The parts of a condition.

    Raises:
        UnreadableError: It is no expression, has maps or messages, or is nested too deep.

    Source: CEL language definition, "Syntax".
    """
    reading = _Reading(text)
    node = reading.expression()
    reading.require_end()
    return node


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


class _Reading:
    """One text, read from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._at = 0
        self._depth = 0

    def require_end(self) -> None:
        if self._token.kind:
            raise _unreadable(self._token.text)

    def expression(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _unreadable(self._token.text)
        node = self._several("or", "||")
        if self._take("?"):
            yes = self.expression()
            self._need(":")
            no = self.expression()
            node = Node("choice", None, (node, yes, no), node.start, no.end)
        self._depth -= 1
        return node

    def _several(self, kind: Kind, mark: str) -> Node:
        """Parts of `||` or `&&`; those of the same kind in brackets are among them."""
        parts = [self._conjunct() if kind == "or" else self._relation()]
        while self._take(mark):
            parts.append(self._conjunct() if kind == "or" else self._relation())
        if len(parts) == 1:
            return parts[0]
        flat = [each for part in parts for each in (part.parts if part.kind == kind else (part,))]
        return Node(kind, None, tuple(flat), parts[0].start, parts[-1].end)

    def _conjunct(self) -> Node:
        return self._several("and", "&&")

    def _relation(self) -> Node:
        left = self._sum()
        while self._token.text in _RELATIONS and self._token.kind in ("mark", "name"):
            operator = self._next().text
            right = self._sum()
            left = Node("compare", operator, (left, right), left.start, right.end)
        return left

    def _sum(self) -> Node:
        left = self._unary()
        while self._token.kind == "mark" and self._token.text in "+-*/%":
            operator = self._next().text
            right = self._unary()
            left = Node("arithmetic", operator, (left, right), left.start, right.end)
        return left

    def _unary(self) -> Node:
        start = self._token.start
        if self._take("!"):
            inner = self._deeper()
            return inner.parts[0] if inner.kind == "not" else Node("not", None, (inner,), start, inner.end)
        if self._take("-"):
            inner = self._deeper()
            if inner.kind == "number":
                return Node("number", -inner.value, (), start, inner.end)
            return Node("arithmetic", "-", (inner,), start, inner.end)
        return self._member()

    def _deeper(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _unreadable(self._token.text)
        inner = self._unary()
        self._depth -= 1
        return inner

    def _member(self) -> Node:
        node = self._primary()
        while True:
            if self._take("."):
                name = self._next()
                if name.kind != "name":
                    raise _unreadable(name.text)
                if self._take("("):
                    given, end = self._arguments(")")
                    node = Node("call", f".{name.text}", (node, *given), node.start, end)
                else:
                    node = Node("member", name.text, (node,), node.start, name.end)
            elif self._take("["):
                given, end = self._arguments("]")
                node = Node("index", None, (node, *given), node.start, end)
            else:
                return node

    def _primary(self) -> Node:
        token = self._next()
        if token.kind == "number":
            return Node("number", float(token.text.rstrip("u")), (), token.start, token.end)
        if token.kind == "text":
            return Node("text", _unescaped(token.text[1:-1]), (), token.start, token.end)
        if token.kind == "name" and token.text in _WORDS:
            kind, value = _WORDS[token.text]
            return Node(kind, value, (), token.start, token.end)
        if token.kind == "name" and token.text != "in":
            if self._take("("):
                given, end = self._arguments(")")
                return Node("call", token.text, given, token.start, end)
            return Node("name", token.text, (), token.start, token.end)
        if token.text == "(":
            inner = self.expression()
            end = self._need(")").end
            return inner._replace(start=token.start, end=end)
        if token.text == "[":
            given, end = self._arguments("]")
            return Node("list", None, given, token.start, end)
        raise _unreadable(token.text)

    def _arguments(self, closing: str) -> tuple[tuple[Node, ...], int]:
        given: list[Node] = []
        while not (self._token.kind == "mark" and self._token.text == closing):
            if given:
                self._need(",")
            given.append(self.expression())
        return tuple(given), self._next().end

    @property
    def _token(self) -> _Token:
        return self._tokens[self._at]

    def _next(self) -> _Token:
        token = self._tokens[self._at]
        if not token.kind:
            raise _unreadable(self._text[-20:])
        self._at += 1
        return token

    def _take(self, mark: str) -> bool:
        is_there = self._token.kind == "mark" and self._token.text == mark
        self._at += is_there
        return is_there

    def _need(self, mark: str) -> _Token:
        token = self._next()
        if token.text != mark or token.kind != "mark":
            raise _unreadable(token.text)
        return token


def _tokens(text: str) -> list[_Token]:
    tokens, place = [], 0
    end = len(text.rstrip())
    while place < end:
        found = _TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            raise _unreadable(text[place:].strip()[:20])
        start = found.start(found.lastgroup)
        tokens.append(_Token(found.lastgroup, found[found.lastgroup], start, found.end()))
        place = found.end()
    return [*tokens, _Token("", "", len(text), len(text))]


def _unescaped(text: str) -> str:
    for one in _ESCAPE.findall(text):
        if one not in _ESCAPED:
            raise _unreadable(f"\\{one}")
    return _ESCAPE.sub(r"\1", text)


def _unreadable(what: str) -> UnreadableError:
    return UnreadableError(f"The condition cannot be shown as sentences: {what!r}.", found=what)
