# SPDX-License-Identifier: Apache-2.0
"""A second, slow reading of the entry summary rules, straight from the rule files of the authority.

It shares nothing with the product: the expressions in the files are parsed here into closures over lxml elements, with
the meaning they have where they come from (Groovy over Scala): a path takes all elements it leads to, a question about
a value asks the first; text is trimmed of characters up to U+0020; numbers are doubles, those that come out of sums
are compared as Java compares boxed ones.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

TOKEN = re.compile(r"""\s*(?:(?P<text>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")|(?P<number>\d+(?:\.\d+)?)|(?P<name>\w+)"""
                   r"""|(?P<mark>&&|\|\||==|!=|<=|>=|->|[<>!+*(),.{}]))""")  # fmt: skip
TRIMMED = "".join(map(chr, range(0x21)))

Element = Any
Meaning = Callable[["Helper", dict[str, "Helper"]], Any]


class Boxed(float):
    """A number that is an object: its comparison is total, NaN above everything and equal to itself."""

    def __add__(self, other: float) -> Boxed:
        return Boxed(float(self) + float(other))

    __radd__ = __add__

    def __mul__(self, other: float) -> Boxed:
        return Boxed(float(self) * float(other))

    __rmul__ = __mul__


def compared(left: Any, right: Any) -> tuple[Any, Any]:
    """Both sides of a comparison, so that Python's own gives the answer."""
    if isinstance(left, Boxed) or isinstance(right, Boxed):
        return _order(float(left)), _order(float(right))
    return left, right


def _order(value: float) -> tuple[bool, float, float]:
    if math.isnan(value):
        return True, 0.0, 0.0
    return False, value, math.copysign(1, value)


class Helper:
    """The functions that an expression may call, at one element."""

    def __init__(self, element: Element) -> None:
        self.element = element

    def at(self, path: str) -> list[Element]:
        if path == ".":
            return [self.element]
        here = [self.element]
        for step in path.split("/"):
            if step == "..":
                here = [e.getparent() for e in here if e.getparent() is not None]
            else:
                here = [child for e in here for child in e if etree.QName(child).localname == step]
        return here

    def texts(self, path: str) -> list[str]:
        return ["".join(element.itertext()) for element in self.at(path)]

    def exists(self, path: str, test: Callable[[Helper, Helper], bool] | None = None) -> bool:
        found = self.at(path)
        return any(test(self, Helper(element)) for element in found) if test else bool(found)

    def not_(self, path: str) -> bool:
        return not self.at(path)

    def getValue(self, path: str) -> str:
        return next(iter(self.texts(path)), "")

    def trim(self, path: str) -> str:
        return self.getValue(path).strip(TRIMMED)

    def number(self, path: str) -> float:
        return next((as_double(text) for text in self.texts(path)), math.nan)

    def intOrElse(self, path: str, default: int) -> int:
        value = next((as_int(text) for text in self.texts(path)), None)
        return default if value is None else value

    def applyRegex(self, path: str, regex: str) -> bool:
        return any(java_regex(regex).fullmatch(text) for text in self.texts(path)[:1])

    def substringAfter(self, value: str, target: str) -> str:
        return value.partition(target[0])[2]

    def sum(self, path: str) -> Boxed:
        result = 0.0
        for text in self.texts(path):
            result += as_double(text)
        return Boxed(result)

    def count(self, path: str) -> int:
        return len(self.at(path))

    def countEquals(self, path: str, wanted: str) -> int:
        return sum(text.strip(TRIMMED) == wanted for text in self.texts(path))

    def countDistinct(self, path: str, trim: bool) -> int:
        return len({text.strip(TRIMMED) if trim else text for text in self.texts(path)})

    def countDistinctChildCount(self, path: str) -> int:
        return len({len(element) for element in self.at(path)})

    def existsForAll(self, parents: str, path: str, wanted: str) -> bool:
        return all(Helper(parent).countEquals(path, wanted) for parent in self.at(parents))

    def areIndices(self, path: str) -> bool:
        values = [as_int(text) for text in self.texts(path)]
        return values == list(range(1, len(values) + 1))


def as_double(text: str) -> float:
    text = text.strip(TRIMMED)
    return float(text) if re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)", text) else math.nan


def as_int(text: str) -> int | None:
    text = text.strip(TRIMMED)
    value = int(text) if re.fullmatch(r"[+-]?[0-9]+", text) else None
    return value if value is not None and -(2**31) <= value < 2**31 else None


@cache
def java_regex(regex: str) -> re.Pattern[str]:
    """Java's regular expression in Python's: a dot takes no line end, white space is ASCII's."""
    parts = re.findall(r"\\.|\[(?:\\.|[^\]\\])*\]|.", regex)
    return re.compile("".join("[^\n\r\x85\u2028\u2029]" if part == "." else part for part in parts), re.ASCII)


class Parser:
    """Recursive descent over one expression."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        at = 0
        while text[at:].strip():
            match = TOKEN.match(text, at)
            if match is None:
                raise ValueError(f"not understood: {text[at : at + 30]}")
            self.tokens.append((match.lastgroup or "", match[match.lastgroup or 0]))
            at = match.end()
        self.place = 0

    def next_is(self, *marks: str) -> str | None:
        kind, text = self.tokens[self.place] if self.place < len(self.tokens) else ("", "")
        if kind == "mark" and text in marks:
            self.place += 1
            return text
        return None

    def need(self, mark: str) -> None:
        if not self.next_is(mark):
            raise ValueError(f"{mark} expected at {self.tokens[self.place :][:3]}")

    def whole(self) -> Meaning:
        meaning = self.either()
        if self.place != len(self.tokens):
            raise ValueError(f"left over: {self.tokens[self.place :][:3]}")
        return meaning

    def either(self) -> Meaning:
        left = self.both()
        while self.next_is("||"):
            left = (lambda a, b: lambda h, n: a(h, n) or b(h, n))(left, self.both())
        return left

    def both(self) -> Meaning:
        left = self.comparison()
        while self.next_is("&&"):
            left = (lambda a, b: lambda h, n: a(h, n) and b(h, n))(left, self.comparison())
        return left

    def comparison(self) -> Meaning:
        left = self.addition()
        while mark := self.next_is("==", "!=", "<=", ">=", "<", ">"):
            left = _comparing(mark, left, self.addition())
        return left

    def addition(self) -> Meaning:
        left = self.product()
        while self.next_is("+"):
            left = (lambda a, b: lambda h, n: a(h, n) + b(h, n))(left, self.product())
        return left

    def product(self) -> Meaning:
        left = self.negation()
        while self.next_is("*"):
            left = (lambda a, b: lambda h, n: a(h, n) * b(h, n))(left, self.negation())
        return left

    def negation(self) -> Meaning:
        if self.next_is("!"):
            return (lambda a: lambda h, n: not a(h, n))(self.negation())
        return self.called()

    def called(self) -> Meaning:
        meaning = self.single()
        while self.next_is("."):
            meaning = _called_on(meaning, self.tokens[self.place][1], self.arguments())
        return meaning

    def arguments(self) -> list[Meaning]:
        self.place += 1
        self.need("(")
        given: list[Meaning] = []
        while not self.next_is(")"):
            given.append(self.either())
            self.next_is(",")
        return given

    def single(self) -> Meaning:
        if self.next_is("("):
            meaning = self.either()
            self.need(")")
            return meaning
        if self.next_is("{"):
            return self.closure()
        kind, text = self.tokens[self.place]
        if kind == "name" and self.tokens[self.place + 1 :][:1] == [("mark", "(")]:
            return _called_here(text, self.arguments())
        self.place += 1
        value: Any = {"true": True, "false": False}.get(text, text)
        if kind == "name" and not isinstance(value, bool):
            return lambda _h, names: names[text]
        if kind == "text":
            value = re.sub(r"\\(.)", r"\1", text[1:-1])
        elif kind == "number":
            value = Boxed(text) if "." in text else int(text)
        return lambda _h, _n: value

    def closure(self) -> Meaning:
        words = [self.tokens[self.place + offset][1] for offset in range(6)]
        if words != ["ContextHelper", "current", ",", "ContextHelper", "local", "->"]:
            raise ValueError(f"no closure: {words}")
        self.place += 6
        body = self.either()
        self.need("}")
        return lambda h, _n: lambda current, local: body(h, {"current": current, "local": local})


def _comparing(mark: str, left: Meaning, right: Meaning) -> Meaning:
    def meaning(helper: Helper, names: dict[str, Helper]) -> bool:
        a, b = compared(left(helper, names), right(helper, names))
        return {
            "==": lambda: a == b,
            "!=": lambda: a != b,
            "<=": lambda: a <= b,
            ">=": lambda: a >= b,
            "<": lambda: a < b,
            ">": lambda: a > b,
        }[mark]()

    return meaning


def _called_here(name: str, arguments: list[Meaning]) -> Meaning:
    name = "not_" if name == "not" else name
    return lambda h, n: getattr(h, name)(*(a(h, n) for a in arguments))


def _called_on(owner: Meaning, name: str, arguments: list[Meaning]) -> Meaning:
    texts: dict[str, Callable[..., Any]] = {
        "contains": lambda text, part: part in text,
        "startsWith": lambda text, start: text.startswith(start),
        "take": lambda text, count: text[:count],
        "length": len,
    }

    def meaning(helper: Helper, names: dict[str, Helper]) -> Any:
        target, given = owner(helper, names), [a(helper, names) for a in arguments]
        return texts[name](target, *given) if isinstance(target, str) else getattr(target, name)(*given)

    return meaning


class Reference:
    """The rule files of the authority, by the names of their sets (`businessRules315New`)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        settings = (folder / "application.conf").read_text(encoding="utf-8")
        self.files = {
            name: re.findall(r'"(.+?)"', listed)
            for name, listed in re.findall(r"^(businessRules\w+) = \[(.*?)\]", settings, re.DOTALL | re.MULTILINE)
        }

    @cache  # noqa: B019 - one for a test run
    def rules(self, name: str) -> list[tuple[str, list[tuple[str, Meaning]]]]:
        """Path of the element and (code, meaning) of its assertions, of all files of a set."""
        held = []
        for file in self.files[name]:
            content = json.loads((self.folder / file).read_text(encoding="utf-8"))
            asserts = [(held_to["errorCode"], Parser(held_to["test"]).whole()) for held_to in content["asserts"]]
            held.append((content["element"], asserts))
        return held

    def broken(self, root: Element, name: str) -> set[tuple[str, str]]:
        """Code and location of every assertion that does not hold."""
        tag = etree.QName(root).localname
        start = f"/{root.prefix}:{tag}[1]" if root.prefix else f"/{tag}[1]"
        return {
            (code, location)
            for path, asserts in self.rules(name)
            for location, element in _located(root, start, path)
            for code, meaning in asserts
            if not meaning(Helper(element), {})
        }


def _located(root: Element, start: str, path: str) -> Iterator[tuple[str, Element]]:
    here = [(start, root)]
    for step in filter(None, path.split("/")):
        here = [
            (f"{location}/{step}[{count}]", child)
            for location, element in here
            for count, child in enumerate((c for c in element if etree.QName(c).localname == step), 1)
        ]
    yield from here
