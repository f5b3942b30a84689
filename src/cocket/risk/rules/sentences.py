# SPDX-License-Identifier: Apache-2.0
"""A condition as sentences of a form, each a field, a comparison and a value; and as CEL, one made of the other.

The form has less than the language: lines of which all hold, or any; lines on goods items hold on one item, on every item,
or on the same item as the line before. A text of which the form would lose anything is not shown in it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from cocket.errors import SettingsError
from cocket.risk.features import EVIDENCE, NAMES
from cocket.risk.rules.syntax import Node, UnreadableError, parse
from cocket.risk.windows import GROUPS, MOST_DAYS

FieldKind = Literal["text", "code", "number", "words", "bool"]

Comparison = Literal[
    "is", "is-not", "begins", "not-begins", "on-list", "not-on-list", "under", "at-most", "over", "at-least", "has", "has-not",
    "yes", "no", "stated", "not-stated",
]  # fmt: skip

#: On what a line must hold: nothing of the kind, one item, every item, or the item of the line before.
Scope = Literal["", "one", "every", "same"]

#: What is wrong with a line.
Problem = Literal["field", "comparison", "value", "number", "code", "days", "list", "same"]

#: Fields of a declaration, of its items (before them `item.`), and figures of the past (a function and a group).
FIELDS: Final[dict[str, FieldKind]] = {
    "item.hs": "code",
    "item.origin": "text",
    "item.value": "number",
    "item.unit_value": "number",
    "item.duty": "number",
    "item.gross_mass_kg": "number",
    "item.net_mass_kg": "number",
    "item.packages": "number",
    "item.package_mass_kg": "number",
    "item.procedure": "text",
    "item.preference": "text",
    "item.words": "words",
    "importer": "text",
    "declarant": "text",
    "seller": "text",
    "export_country": "text",
    "office": "text",
    "flow": "text",
    "value": "number",
    "duty": "number",
    "freight": "number",
    "is_containerised": "bool",
    "differences": "words",
    **{
        f"{figure}.{group}": "number"
        for figure in ("seen", "worth", "examined", "found")
        for group in GROUPS
        if group != "importer_hs4"
    },
    **{f"features.{name}": "number" for name in NAMES if name != EVIDENCE.name},
}

#: Comparisons that a kind of field has, the usual one first.
COMPARISONS: Final[dict[FieldKind, tuple[Comparison, ...]]] = {
    "text": ("is", "is-not", "begins", "not-begins", "on-list", "not-on-list", "stated", "not-stated"),
    "code": ("begins", "not-begins", "on-list", "not-on-list", "stated", "not-stated"),
    "number": ("under", "at-most", "over", "at-least", "is", "stated", "not-stated"),
    "words": ("has", "has-not"),
    "bool": ("yes", "no"),
}

#: Comparisons that need no value.
VALUELESS: Final = ("yes", "no", "stated", "not-stated")

_SIGNS: Final = {"under": "<", "at-most": "<=", "over": ">", "at-least": ">=", "is": "=="}
_BY_SIGN: Final[dict[str, Comparison]] = {"<": "under", "<=": "at-most", ">": "over", ">=": "at-least", "==": "is"}
_OPPOSITES: Final[dict[Comparison, Comparison]] = {
    "is": "is-not", "begins": "not-begins", "on-list": "not-on-list", "has": "has-not", "yes": "no", "stated": "not-stated",
}  # fmt: skip
_WALKS: Final[dict[Scope, str]] = {"one": "exists", "every": "all"}
_SCOPES: Final[dict[str, Scope]] = {".exists": "one", ".all": "every"}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence.

    Attributes:
        field: One of `FIELDS`.
        comparison: One of those its kind has.
        value: As written; several parted by commas, of which one suffices. Empty where the comparison needs none.
        days: Of a figure of the past, over how many days, as written.
        scope: On which items; empty for what is no item's.
    """

    field: str
    comparison: str
    value: str = ""
    days: str = ""
    scope: Scope = ""

    @property
    def is_of_item(self) -> bool:
        """Whether it speaks of goods items."""
        return self.field.startswith("item.")

    @property
    def is_of_past(self) -> bool:
        """Whether it speaks of a figure over some days."""
        return self.field.partition(".")[0] in ("seen", "worth", "examined", "found")


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """Sentences, of which all must hold, or any.

    Attributes:
        lines: The sentences (1..n).
        joins: Whether all must hold, or any.
    """

    lines: tuple[Line, ...]
    joins: Literal["all", "any"] = "all"

    @property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """Places of the lines that hold together: on the same item; others alone."""
        found: list[tuple[int, ...]] = []
        for place, line in enumerate(self.lines):
            if line.scope == "same" and found:
                found[-1] = (*found[-1], place)
            else:
                found.append((place,))
        return tuple(found)


def problems_of(form: Form, lists: Sequence[str] = ()) -> dict[int, Problem]:
    """What is wrong, by the place of the line; empty if it can be written as CEL.

    Args:
        form: The sentences.
        lists: Names of the rule's own lists.
    """
    found: dict[int, Problem] = {}
    for place, line in enumerate(form.lines):
        before = form.lines[place - 1] if place else None
        if problem := _problem(line, before, lists):
            found[place] = problem
    return found


def write_cel(form: Form) -> str:
    """The condition that the sentences say.

    Raises:
        SettingsError: A line is not whole; `problems_of` says which.
    """
    if wrong := problems_of(form, _named_lists(form)):
        place, problem = next(iter(wrong.items()))
        raise SettingsError(f"Line {place + 1} is not complete: {problem}.", code="rule-form", found=problem)
    parts = [_write_group([form.lines[place] for place in group]) for group in form.groups]
    return (" &&\n" if form.joins == "all" else " ||\n").join(parts)


def read_form(text: str) -> Form:
    """The sentences that say the same as a condition.

    Raises:
        UnreadableError: The form cannot show all of it; `found` is the part that it cannot.
    """
    tree = parse(text)
    parts = tree.parts if tree.kind in ("and", "or") else (tree,)
    lines: list[Line] = []
    for part in parts:
        lines += _read_part(part, text)
    if tree.kind == "or":
        lines = _merged(lines)
    form = Form(lines=tuple(lines), joins="any" if len(lines) > 1 and tree.kind == "or" else "all")
    try:
        again = parse(write_cel(form))
    except SettingsError as error:
        raise UnreadableError("The form cannot show this condition.", found=text.strip()[:80]) from error
    if _plain(again) != _plain(tree):  # nothing may be lost on the way through the form
        raise UnreadableError("The form cannot show this condition.", found=text.strip()[:80])
    return form


def values_of(text: str) -> tuple[str, ...]:
    """Values parted by commas (0..n)."""
    return tuple(one.strip() for one in text.split(",") if one.strip())


def figure_of(text: str) -> float | None:
    """A figure as people write it: blanks group digits, one comma or point begins the decimals. None if it is none."""
    plain = "".join(text.split()).replace("\u202f", "").replace("\u00a0", "")
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    try:
        figure = float(plain)
    except ValueError:
        return None
    return figure if math.isfinite(figure) else None


def _problem(line: Line, before: Line | None, lists: Sequence[str]) -> Problem | None:
    kind = FIELDS.get(line.field)
    if kind is None:
        return "field"
    if line.comparison not in COMPARISONS[kind] or (line.is_of_past and line.comparison in VALUELESS):
        return "comparison"
    if line.scope == "same" and not (before and before.is_of_item and line.is_of_item):
        return "same"
    if line.is_of_past and not (line.days.isascii() and line.days.isdigit() and 1 <= int(line.days) <= MOST_DAYS):
        return "days"
    return None if line.comparison in VALUELESS else _value_problem(line, kind, lists)


def _value_problem(line: Line, kind: FieldKind, lists: Sequence[str]) -> Problem | None:
    values = values_of(line.value)
    if kind == "number":
        return "number" if figure_of(line.value) is None else None
    if not values:
        return "value"
    if line.comparison.endswith("on-list"):
        return None if len(values) == 1 and values[0] in lists else "list"
    if kind == "code" and not all(any(map(str.isdigit, one)) for one in values):
        return "code"
    return None


def _named_lists(form: Form) -> list[str]:
    """Every list that lines name; whether the rule has them is judged where the rule is known."""
    return [
        values_of(one.value)[0] for one in form.lines if one.comparison.endswith("on-list") and values_of(one.value)
    ]


def _write_group(lines: Sequence[Line]) -> str:
    if not lines[0].is_of_item:
        return _write_line(lines[0])
    walk = _WALKS.get(lines[0].scope, "exists")
    return f"items.{walk}(i, {' && '.join(map(_write_line, lines))})"


def _write_line(line: Line) -> str:
    kind, name = FIELDS[line.field], _named(line)
    if line.comparison in ("stated", "not-stated"):
        stated = f"declared.{name}" if line.field in _DECLARED else name
        return f"{'!' if line.comparison == 'not-stated' else ''}has({stated})"
    if kind == "bool":
        return name if line.comparison == "yes" else f"!{name}"
    if kind == "number":
        return f"{name} {_SIGNS[line.comparison]} {figure_of(line.value)!r}"
    is_negated, plain = line.comparison.startswith(("not-", "has-not", "is-not")), line.comparison
    plain = plain.removeprefix("not-").removesuffix("-not")
    values = [_text(one, line) for one in values_of(line.value)]
    if plain == "on-list":
        said = f"{'hs_on_list' if kind == 'code' else 'on_list'}({values[0]}, {name})"
    elif plain == "is" and len(values) == 1:
        return f"{name} {'!=' if is_negated else '=='} {values[0]}"
    elif plain == "is":
        said = f"{name} in [{', '.join(values)}]"
    elif plain == "has":
        said = " || ".join(f"{one} in {name}" for one in values)
    else:
        said = " || ".join(f"{name}.startsWith({one})" for one in values)
    if is_negated:
        return f"!{said}" if plain in ("begins", "on-list") and len(values) == 1 else f"!({said})"
    return f"({said})" if len(values) > 1 and plain in ("has", "begins") else said


#: Fields of the declaration whose presence is asked of `declared`.
_DECLARED: Final = frozenset(name for name in FIELDS if "." not in name)


def _named(line: Line) -> str:
    first, _, rest = line.field.partition(".")
    if line.is_of_past:
        return f"{first}('{rest}', {int(line.days)})"
    return f"i.{rest}" if line.is_of_item else line.field


def _text(value: str, line: Line) -> str:
    """A value as a text of CEL; codes without points, words in capitals, as goods are kept."""
    if line.field == "item.hs" and not line.comparison.endswith("on-list"):
        value = "".join(filter(str.isdigit, value))
    elif line.field == "item.words":
        value = value.upper()
    plain = "".join(one if one.isprintable() else " " for one in value)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _read_part(part: Node, text: str) -> list[Line]:
    """Lines of one part: of a walk over the items, those on the same item."""
    if (
        part.kind == "call"
        and part.value in _SCOPES
        and len(part.parts) == 3
        and part.parts[0][:2] == ("name", "items")
    ):
        _, variable, body = part.parts
        if variable.kind != "name":
            raise _unshown(part, text)
        each = body.parts if body.kind == "and" else (body,)
        lines = [_read_line(one, variable.value, text) for one in each]
        if not all(line.is_of_item for line in lines):
            raise _unshown(part, text)
        first, *more = lines
        return [
            msgspec.structs.replace(first, scope=_SCOPES[part.value]),
            *(msgspec.structs.replace(line, scope="same") for line in more),
        ]
    return [_read_line(part, None, text)]


def _merged(lines: Sequence[Line]) -> list[Line]:
    """Lines of which any must hold, several values of one field that follow each other as one line."""
    found: list[Line] = []
    for line in lines:
        last = found[-1] if found else None
        is_more = last is not None and (last.field, last.comparison) == (line.field, line.comparison)
        if last is not None and is_more and not line.scope and line.comparison in ("begins", "has"):
            found[-1] = msgspec.structs.replace(last, value=f"{last.value}, {line.value}")
        else:
            found.append(line)
    return found


def _read_line(node: Node, variable: str | None, text: str) -> Line:
    inner, is_negated = (node.parts[0], True) if node.kind == "not" else (node, False)
    line = _read_plain(inner, variable)
    if line is None:
        raise _unshown(node, text)
    if not is_negated:
        return line
    opposite = _OPPOSITES.get(line.comparison)  # type: ignore[call-overload]  # a text that is no comparison has none
    if opposite is None or (line.comparison == "is" and FIELDS[line.field] == "number"):
        raise _unshown(node, text)
    return msgspec.structs.replace(line, comparison=opposite)


def _read_plain(node: Node, variable: str | None) -> Line | None:
    """One sentence without a no; None if the form has no such sentence."""
    if node.kind == "or":
        return _read_either([_read_plain(one, variable) for one in node.parts])
    if node.kind == "compare":
        return _read_comparison(node, variable)
    if node.kind == "call":
        return _read_call(node, variable)
    field = _field(node, variable)
    return Line(field=field[0], comparison="yes") if field and FIELDS[field[0]] == "bool" else None


def _read_either(lines: list[Line | None]) -> Line | None:
    """Several values of one field as one sentence."""
    first = lines[0]
    if first is None or first.comparison not in ("begins", "has"):
        return None
    values = []
    for line in lines:
        if line is None or (line.field, line.comparison) != (first.field, first.comparison):
            return None
        values.append(line.value)
    return msgspec.structs.replace(first, value=", ".join(values))


def _read_comparison(node: Node, variable: str | None) -> Line | None:
    left, right = node.parts
    if node.value == "in":
        return _read_in(left, right, variable)
    field = _field(left, variable)
    if field is None:
        return None
    name, days = field
    kind = FIELDS[name]
    if kind == "number" and right.kind == "number" and node.value in _BY_SIGN:
        return Line(field=name, comparison=_BY_SIGN[node.value], value=f"{right.value:.15g}", days=days)
    if kind == "text" and right.kind == "text" and node.value in ("==", "!="):
        return Line(field=name, comparison="is" if node.value == "==" else "is-not", value=right.value)
    return None


def _read_in(left: Node, right: Node, variable: str | None) -> Line | None:
    if right.kind == "list" and all(one.kind == "text" for one in right.parts):
        field = _field(left, variable)
        is_text = field is not None and FIELDS[field[0]] == "text" and len(right.parts) > 1
        return Line(field=field[0], comparison="is", value=_joined(right.parts)) if field and is_text else None
    field = _field(right, variable)
    if left.kind != "text" or field is None or FIELDS[field[0]] != "words":
        return None
    return Line(field=field[0], comparison="has", value=left.value)


def _read_call(node: Node, variable: str | None) -> Line | None:
    given = node.parts
    if node.value == "has" and len(given) == 1 and given[0].kind == "member":
        member = given[0]
        if member.parts[0][:2] == ("name", "declared"):
            return Line(field=member.value, comparison="stated") if member.value in _DECLARED else None
        field = _field(member, variable)
        return Line(field=field[0], comparison="stated") if field else None
    if node.value == ".startsWith" and len(given) == 2 and given[1].kind == "text":
        field = _field(given[0], variable)
        is_told = field is not None and FIELDS[field[0]] in ("text", "code")
        return Line(field=field[0], comparison="begins", value=given[1].value) if field and is_told else None
    if node.value in ("on_list", "hs_on_list") and len(given) == 2 and given[0].kind == "text":
        field = _field(given[1], variable)
        wanted = "code" if node.value == "hs_on_list" else "text"
        is_told = field is not None and FIELDS[field[0]] == wanted
        return Line(field=field[0], comparison="on-list", value=given[0].value) if field and is_told else None
    return None


def _field(node: Node, variable: str | None) -> tuple[str, str] | None:
    """The field that a part names, and over how many days; None if it names none of the form's."""
    name, days = "", ""
    if node.kind == "name" and variable != node.value:
        name = node.value
    elif node.kind == "member" and node.parts[0].kind == "name":
        owner = node.parts[0].value
        name = f"item.{node.value}" if owner == variable else f"{owner}.{node.value}" if owner == "features" else ""
    elif node.kind == "call" and len(node.parts) == 2:
        group, span = node.parts
        if group.kind == "text" and span.kind == "number" and span.value == int(span.value):
            name, days = f"{node.value}.{group.value}", str(int(span.value))
    if name.partition(".")[0] in ("seen", "worth", "examined", "found") and not days:
        return None
    return (name, days) if name in FIELDS else None


def _joined(parts: Sequence[Node]) -> str:
    return ", ".join(one.value for one in parts)


def _plain(tree: Node) -> tuple[object, ...]:
    """The shape of a condition in which every walk calls its item `i`."""
    if tree.kind == "call" and tree.value in _SCOPES and len(tree.parts) == 3 and tree.parts[1].kind == "name":
        return tree.shape(tree.parts[1].value)
    return tree.kind, tree.value, *(_plain(part) for part in tree.parts)


def _unshown(node: Node, text: str) -> UnreadableError:
    part = text[node.start : node.end]
    return UnreadableError(f"The form cannot show {part}.", found=part[:80])
