# SPDX-License-Identifier: Apache-2.0
"""The desk on which a rule is written: sentences and CEL side by side, tried on the past, then saved as a draft."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, cast

import msgspec

from cocket.errors import SettingsError
from cocket.risk.rules import (
    COMPARISONS,
    FIELDS,
    LONGEST_DAYS,
    Condition,
    Form,
    Line,
    Rule,
    UnreadableError,
    bind,
    problems_of,
    read_form,
    values_of,
    write_cel,
)
from cocket.risk.rules.sentences import Scope
from cocket.workbench.base.labels import _
from cocket.workbench.risk.rule_labels import ASKS, LINE_PROBLEMS, SCOPES

#: Lines that a form may have (count).
MOST_LINES: Final = 12

#: What is done with a whole rule alone: tried, saved as a draft, or saved, tested and run in shadow.
WHOLE_ACTS: Final = ("try", "save", "shadow")

#: How long a new rule counts, unless another day is given (days).
_USUAL_DAYS: Final = 180
_FIRST_LINE: Final = Line(field="item.hs", comparison="begins", scope="one")

_NO_CODE: Final = _("Enter a short name in small letters, digits and hyphens, such as cheap-cooling-machines.")
_NO_SENTENCE: Final = _("Enter what the officer reads, at most 300 characters.")
_NO_SOURCE: Final = _("Enter the law, report or experience it rests on.")
_NO_DAY: Final = _("Write the day as year-month-day.")
_LATE_DAY: Final = _("It may count for at most 366 days; choose an earlier day.")
_PAST_DAY: Final = _("That day is over.")
_NO_SHARE: Final = _("Enter a share above 0 and at most 100.")
_NO_LIST: Final = _("Write each list on a line of its own: its name, a colon, and entries parted by commas.")
_NO_CONDITION: Final = _("Enter a condition.")


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on the desk.

    Attributes:
        fields: What was entered, by field, but for the condition.
        form: The sentences; None where the form cannot show the condition.
        when: The condition in CEL, as it counts.
        unshown: The part that the form cannot show; empty where it shows all.
        problems: What is wrong, by field.
        line_problems: What is wrong with a line of the form, by its place.
        refused: What the language says against the condition, in its own words (0..n).
        lists: The rule's own lists.
    """

    fields: dict[str, str]
    form: Form | None
    when: str
    unshown: str = ""
    problems: dict[str, str] = {}
    line_problems: dict[int, str] = {}
    refused: tuple[str, ...] = ()
    lists: dict[str, tuple[str, ...]] = {}

    @property
    def is_whole(self) -> bool:
        """Whether it makes a rule."""
        return not (self.problems or self.line_problems or self.refused)

    @property
    def rule(self) -> Rule:
        """The rule on the desk; only where `is_whole`."""
        return Rule(
            code=self.fields["code"],
            says=self.fields["says"],
            when=self.when,
            source=self.fields["source"],
            expires=date.fromisoformat(self.fields["expires"]),
            asks=self.fields["asks"],  # type: ignore[arg-type]  # checked against the list
            share=float(self.fields["share"]) / 100,
            lists=self.lists,
        )


def empty_desk(today: date) -> Desk:
    """A desk with nothing on it but a line to begin with."""
    fields = {"code": "", "says": "", "source": "", "asks": "yellow", "share": "100", "lists": ""}
    fields["expires"] = (today + timedelta(days=_USUAL_DAYS)).isoformat()
    return Desk(fields=fields, form=Form(lines=(_FIRST_LINE,)), when="")


def desk_of(rule: Rule) -> Desk:
    """A desk with a rule on it, to write its next version."""
    fields = {
        "code": rule.code,
        "says": rule.says,
        "source": rule.source,
        "asks": rule.asks,
        "share": f"{rule.share * 100:g}",
        "expires": rule.expires.isoformat(),
        "lists": "\n".join(f"{name}: {', '.join(entries)}" for name, entries in rule.lists.items()),
    }
    form, unshown = _shown(rule.when)
    return Desk(fields=fields, form=form, when=rule.when, unshown=unshown, lists=dict(rule.lists))


def read_desk(entered: Mapping[str, str], does: str, today: date) -> Desk:
    """The desk as it is after what was entered and done.

    A condition whose text was changed counts as it is written, and the sentences follow it; else it follows the sentences.

    Args:
        entered: Fields by name: those of the rule; `when` and `was`, the text as it is and as it was shown; and of each line
            `field-0`, `comparison-0`, `value-0`, `days-0`, `scope-0`, with `joins`.
        does: `line`, `drop-N`, `bind`, `afresh`, or one of `WHOLE_ACTS`; anything else only makes one of the other.
        today: The day.
    """
    names = ("code", "says", "source", "asks", "share", "expires", "lists")
    fields = {name: entered.get(name, "").strip() for name in names}
    lists, problems = _lists(fields["lists"])
    is_asked = does in WHOLE_ACTS
    if is_asked:
        problems |= _problems(fields, today)
    when, was = (entered.get(name, "").replace("\r\n", "\n").strip() for name in ("when", "was"))
    has_lines = any(name.startswith("field-") for name in entered)
    if does != "afresh" and (when != was or not has_lines):
        form, unshown = _shown(when)
        if is_asked and not when:
            problems["when"] = _NO_CONDITION
        return Desk(
            fields=fields, form=form, when=when, unshown=unshown, problems=problems, refused=_refused(when, lists), lists=lists
        )  # fmt: skip
    form = Form(lines=(_FIRST_LINE,)) if does == "afresh" else _changed(_entered_form(entered), does)
    wrong = problems_of(form, tuple(lists))
    when = write_cel(form) if not wrong else was if does == "line" else ""
    line_problems = {place: LINE_PROBLEMS[problem] for place, problem in wrong.items()} if is_asked else {}
    return Desk(
        fields=fields,
        form=form,
        when=when,
        problems=problems,
        line_problems=line_problems,
        refused=_refused(when, lists),
        lists=lists,
    )


def _entered_form(entered: Mapping[str, str]) -> Form:
    """The lines that were entered, each with a comparison that its field has."""
    lines: list[Line] = []
    for place in range(MOST_LINES):
        field = entered.get(f"field-{place}")
        if field is None:
            continue
        line = Line(field=field, comparison=entered.get(f"comparison-{place}", ""))
        kind = FIELDS.get(field, "text")
        if line.comparison not in COMPARISONS[kind]:
            line = msgspec.structs.replace(line, comparison=COMPARISONS[kind][0])
        scope = entered.get(f"scope-{place}", "")
        is_item = line.is_of_item
        lines.append(
            msgspec.structs.replace(
                line,
                value=entered.get(f"value-{place}", "").strip(),
                days=(entered.get(f"days-{place}", "").strip() or "90") if line.is_of_past else "",
                scope=cast(Scope, (scope if scope in SCOPES else "one") if is_item else ""),
            )
        )
    joins = "any" if entered.get("joins") == "any" else "all"
    return Form(lines=tuple(lines) or (_FIRST_LINE,), joins=joins)  # type: ignore[arg-type]  # one of the two


def _changed(form: Form, does: str) -> Form:
    """The form after a line was added or dropped, or its lines bound to one item."""
    lines = form.lines
    if does == "line" and len(lines) < MOST_LINES:
        lines = (*lines, Line(field="item.value", comparison="under", scope="same" if lines[-1].is_of_item else "one"))
    elif does.startswith("drop-") and does[5:].isdecimal() and len(lines) > 1:
        dropped = int(does[5:])
        lines = tuple(line for place, line in enumerate(lines) if place != dropped)
        if lines[0].scope == "same":
            lines = (msgspec.structs.replace(lines[0], scope="one"), *lines[1:])
    elif does == "bind":
        return bind(form)
    return msgspec.structs.replace(form, lines=lines)


def _shown(when: str) -> tuple[Form | None, str]:
    """The form of a condition; else None and the part that it cannot show."""
    if not when:
        return Form(lines=(_FIRST_LINE,)), ""
    try:
        form = read_form(when)
    except UnreadableError as error:
        return None, str(error.found or when[:80])
    return (form, "") if len(form.lines) <= MOST_LINES else (None, when[:80])


def _refused(when: str, lists: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What the language says against a condition (0..n); nothing against one that is not there yet."""
    if not when:
        return ()
    try:
        Condition(when, lists)
    except SettingsError as error:
        return error.problems or (error.message,)
    return ()


def _problems(fields: Mapping[str, str], today: date) -> dict[str, str]:
    """What is wrong with what is not the condition, by field."""
    found = {}
    try:
        Rule(code=fields["code"], says="x", when="true", source="x", expires=today)
    except ValueError:
        found["code"] = _NO_CODE
    if not 0 < len(fields["says"]) <= 300:
        found["says"] = _NO_SENTENCE
    if not fields["source"]:
        found["source"] = _NO_SOURCE
    if fields["asks"] not in ASKS:
        found["asks"] = _("Choose one.")
    try:
        if not 0 < float(fields["share"]) <= 100:
            found["share"] = _NO_SHARE
    except ValueError:
        found["share"] = _NO_SHARE
    if problem := _day_problem(fields["expires"], today):
        found["expires"] = problem
    return found


def _day_problem(text: str, today: date) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _NO_DAY
    if day < today:
        return _PAST_DAY
    return _LATE_DAY if day > today + timedelta(days=LONGEST_DAYS) else ""


def _lists(text: str) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Lists by name, and what is wrong with them."""
    found: dict[str, tuple[str, ...]] = {}
    for line in filter(str.strip, text.splitlines()):
        name, colon, entries = line.partition(":")
        if not colon or not name.strip() or "," in name or not values_of(entries):
            return found, {"lists": _NO_LIST}
        found[name.strip()] = values_of(entries)
    return found, {}
