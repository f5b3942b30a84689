# SPDX-License-Identifier: Apache-2.0
"""What fools the author of a rule: seen in its text, and seen when each part of it meets the past by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from cocket.errors import SettingsError
from cocket.risk.rules.figures import Looked
from cocket.risk.rules.language import Condition
from cocket.risk.rules.rule import Rule
from cocket.risk.rules.sentences import Form, Line, read_form, write_cel
from cocket.risk.rules.syntax import Node, UnreadableError, parse

#: `two-items`: conditions on items that different items may meet; `two-items-met`: hits that no one item meets. `null`: a
#: comparison with null. `always`, `never`: the whole rule on the past; `part-always`, `part-never`: one part of it.
#: `part-unknown`: a part that could not be told; `unknown`: the whole.
HintCode = Literal[
    "two-items", "two-items-met", "null", "always", "never", "part-always", "part-never", "unknown", "part-unknown"
]

#: How codes begin of rules that are tried for a part of another; people may give no such code.
RESERVED: Final = "tried-"
_PART: Final = "tried-part-"
_BOUND: Final = "tried-bound"


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """Something an author should know.

    Attributes:
        code: What.
        lines: Which lines of the form, or parts of the text, from 1 (0..n).
        count: On how many declarations (count).
        of: Of how many (count).
        part: The part of the text (characters of CEL); empty where it is about the whole.
    """

    code: HintCode
    lines: tuple[int, ...] = ()
    count: int = 0
    of: int = 0
    part: str = ""


class Probes(msgspec.Struct, frozen=True, kw_only=True):
    """Rules that are tried beside a rule, to say what fools its author.

    Attributes:
        parts: One for each part of it (0..n); none where it has but one.
        bound: The rule with its conditions on items met by one item; None where that would be no other rule.
    """

    parts: tuple[Rule, ...] = ()
    bound: Rule | None = None

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All of them."""
        return (*self.parts, *((self.bound,) if self.bound else ()))


def hints_in_text(text: str) -> tuple[Hint, ...]:
    """What can be said of a condition without the past (0..n)."""
    try:
        tree = parse(text)
    except UnreadableError:
        return ()
    found = []
    walks = _walks(tree)
    if len(walks) > 1:
        found.append(Hint(code="two-items", lines=tuple(walks)))
    if _compares_null(tree):
        found.append(Hint(code="null"))
    return tuple(found)


def bind(form: Form) -> Form:
    """The form with every condition on some item holding on one and the same."""
    first = next((place for place, line in enumerate(form.lines) if line.scope == "one"), None)
    if first is None or form.joins == "any":
        return form
    of_one = [form.lines[place] for group in form.groups if form.lines[group[0]].scope == "one" for place in group]
    bound = [msgspec.structs.replace(line, scope="same" if number else "one") for number, line in enumerate(of_one)]
    places = {place for group in form.groups if form.lines[group[0]].scope == "one" for place in group}
    others = [line for place, line in enumerate(form.lines) if place not in places]
    before = [line for place, line in enumerate(form.lines) if place < first and place not in places]
    return msgspec.structs.replace(form, lines=(*before, *bound, *others[len(before) :]))


def probes_of(rule: Rule) -> Probes:
    """Rules to try beside a rule: each of its parts, and the rule bound to one item."""
    try:
        form: Form | None = read_form(rule.when)
    except UnreadableError:
        form = None
    parts = _parts(rule, form)
    bound = None
    if form is not None and len(_walks(parse(rule.when))) > 1:
        bound = msgspec.structs.replace(rule, code=_BOUND, when=write_cel(bind(form)))
    return Probes(parts=tuple(_probe(rule, f"{_PART}{place}", part) for place, part in parts), bound=bound)


def hints_from_past(rule: Rule, probes: Probes, looked: Sequence[Looked]) -> tuple[Hint, ...]:
    """What the past says of a rule.

    Args:
        rule: The rule.
        probes: As `probes_of` gave them.
        looked: The past, met by the rule and its probes.

    Returns:
        Hints (0..n), those on the whole first; none without a past.
    """
    of = len(looked)
    if not of:
        return ()
    hits = [case for case in looked if rule.code in case.hits]
    untold = sum(rule.code in case.undecided for case in looked)
    found: list[Hint] = []
    if len(hits) == of:
        found.append(Hint(code="always", count=of, of=of))
    elif not hits:
        found.append(Hint(code="never", of=of))
    if probes.bound is not None:
        apart = sum(probes.bound.code not in case.hits for case in hits)
        if apart:
            found.append(Hint(code="two-items-met", count=apart, of=len(hits)))
    if untold and not probes.parts:
        found.append(Hint(code="unknown", count=untold, of=of))
    if len(hits) < of:
        for part in probes.parts:
            found += _of_part(part, looked)
    return tuple(found)


def without_probes(probes: Probes, looked: Sequence[Looked]) -> list[Looked]:
    """The past as it is measured: without what the probes hit."""
    codes = {one.code for one in probes.rules}
    return [
        msgspec.structs.replace(
            case,
            hits=tuple(code for code in case.hits if code not in codes),
            undecided=tuple(code for code in case.undecided if code not in codes),
        )
        for case in looked
    ]


def _of_part(part: Rule, looked: Sequence[Looked]) -> list[Hint]:
    of, line = len(looked), (int(part.code.removeprefix(_PART)),)
    hits = sum(part.code in case.hits for case in looked)
    untold = sum(part.code in case.undecided for case in looked)
    found = []
    if untold:
        found.append(Hint(code="part-unknown", lines=line, count=untold, of=of, part=part.when))
    if hits == of:
        found.append(Hint(code="part-always", lines=line, count=of, of=of, part=part.when))
    elif not hits and untold < of:
        found.append(Hint(code="part-never", lines=line, of=of, part=part.when))
    return found


def _parts(rule: Rule, form: Form | None) -> list[tuple[int, str]]:
    """Parts with their numbers: the lines of the form; of a text it cannot show, what is joined at its top."""
    if form is not None:
        alone = [write_cel(Form(lines=(_alone(form, place),))) for place in range(len(form.lines))]
    else:
        try:
            tree = parse(rule.when)
        except UnreadableError:
            return []
        alone = [rule.when[part.start : part.end] for part in tree.parts] if tree.kind in ("and", "or") else []
    holding = [(place, part) for place, part in enumerate(alone, start=1) if _holds(part, rule)]
    return holding if len(alone) > 1 else []


def _alone(form: Form, place: int) -> Line:
    line = form.lines[place]
    if line.scope != "same":
        return line
    first = next(form.lines[group[0]] for group in form.groups if place in group)
    return msgspec.structs.replace(line, scope=first.scope)


def _holds(part: str, rule: Rule) -> bool:
    """Whether a part is a condition by itself."""
    try:
        Condition(part, rule.lists)
    except SettingsError:
        return False
    return True


def _probe(rule: Rule, code: str, when: str) -> Rule:
    return msgspec.structs.replace(rule, code=code, when=when)


def _walks(tree: Node) -> list[int]:
    """Numbers of the parts that must all hold and are each met by some item; counted in lines where a walk has several."""
    if tree.kind != "and":
        return []
    found, number = [], 1
    for part in tree.parts:
        is_walk = part.kind == "call" and part.value in (".exists", ".exists_one", ".existsOne", ".all")
        if is_walk and part.value == ".exists" and part.parts[0][:2] == ("name", "items"):
            found.append(number)
        body = part.parts[-1] if is_walk else part
        number += len(body.parts) if is_walk and body.kind == "and" else 1
    return found


def _compares_null(tree: Node) -> bool:
    is_so = tree.kind == "compare" and any(part.kind == "null" for part in tree.parts)
    return is_so or any(map(_compares_null, tree.parts))
