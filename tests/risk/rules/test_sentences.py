# SPDX-License-Identifier: Apache-2.0
"""The form of sentences and CEL: one made of the other, and nothing lost between them."""

from __future__ import annotations

import random

import pytest

from cocket.errors import CocketError, SettingsError
from cocket.risk.rules import FIELDS, Form, Line, UnreadableError, problems_of, read_form, write_cel
from cocket.risk.rules.language import Condition
from cocket.risk.rules.sentences import COMPARISONS, VALUELESS, figure_of
from cocket.risk.rules.syntax import parse

LISTS = {"chapters": ("22", "24")}


def line_of(field: str, comparison: str, value: str = "", **more: str) -> Line:
    return Line(field=field, comparison=comparison, value=value, **more)  # type: ignore[arg-type]


def every_line() -> list[Line]:
    """A line for each field with each comparison that it has."""
    found = []
    for field, kind in FIELDS.items():
        is_past = field.partition(".")[0] in ("seen", "worth", "examined", "found")
        for comparison in COMPARISONS[kind]:
            if is_past and comparison in VALUELESS:
                continue
            value = "" if comparison in VALUELESS else "12.5" if kind == "number" else "84, 85"
            value = "chapters" if comparison.endswith("on-list") else value
            scope = "one" if field.startswith("item.") else ""
            found.append(line_of(field, comparison, value, days="30" if is_past else "", scope=scope))
    return found


@pytest.mark.parametrize("line", every_line(), ids=lambda line: f"{line.field} {line.comparison}")
def test_every_sentence_is_a_condition_and_reads_as_itself(line: Line) -> None:
    form = Form(lines=(line,))
    text = write_cel(form)
    Condition(text, LISTS)
    assert read_form(text) == form


@pytest.mark.parametrize("seed", range(200))
def test_a_form_of_any_lines_reads_as_itself(seed: int) -> None:
    chance = random.Random(seed)
    lines: list[Line] = []
    for line in chance.sample(every_line(), chance.randint(2, 6)):
        is_bound = line.is_of_item and lines and lines[-1].is_of_item and chance.random() < 0.5
        scope = "same" if is_bound else chance.choice(("one", "every")) if line.is_of_item else ""
        lines.append(line_of(line.field, line.comparison, line.value, days=line.days, scope=scope))
    form = Form(lines=tuple(lines), joins=chance.choice(("all", "any")))
    assert problems_of(form, ("chapters",)) == {}
    assert read_form(write_cel(form)) == form


def test_lines_of_the_same_item_stand_in_one_walk() -> None:
    form = Form(
        lines=(
            line_of("item.hs", "begins", "8415, 84.18", scope="one"),
            line_of("item.unit_value", "under", "34,5", scope="same"),
            line_of("seen.importer", "under", "1", days="90"),
        )
    )
    assert write_cel(form) == (
        'items.exists(i, (i.hs.startsWith("8415") || i.hs.startsWith("8418")) && i.unit_value < 34.5) &&\n'
        "seen('importer', 90) < 1.0"
    )


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("size(items) > 0 && value > 1.0", "size(items) > 0"),
        ("items.exists(i, i.value > 2.0 * i.duty)", "i.value > 2.0 * i.duty"),
        ('items.exists(i, i.hs == "84" || i.origin == "CN")', 'i.hs == "84" || i.origin == "CN"'),
        ("!(value < 3.0)", "!(value < 3.0)"),
        ('value > 1.0 || (duty > 1.0 && office == "A")', 'duty > 1.0 && office == "A"'),
        ('office == "A, B"', 'office == "A, B"'),
        ("-value < 3.0", "-value < 3.0"),
        ("seen('importer', 90, '8703') > 1.0", "seen('importer', 90, '8703') > 1.0"),
        ('items.exists(i, i.value > 1.0 && importer == "A")', 'items.exists(i, i.value > 1.0 && importer == "A")'),
    ],
)
def test_what_the_form_cannot_show_is_named_and_not_guessed(text: str, part: str) -> None:
    Condition(text, LISTS)
    with pytest.raises(UnreadableError) as caught:
        read_form(text)
    assert part in str(caught.value.found)


def test_a_condition_in_other_words_reads_as_the_same_sentences() -> None:
    text = "(  items.exists( each ,each.hs.startsWith('84'))  && ((value >= 10)))"
    assert write_cel(read_form(text)) == 'items.exists(i, i.hs.startsWith("84")) &&\nvalue >= 10.0'


@pytest.mark.parametrize(("text", "value"), [("value < -3.0", "-3"), ("value < --3.0", "3"), ("value < - 0.5", "-0.5")])
def test_a_figure_below_zero_keeps_its_sign(text: str, value: str) -> None:
    assert read_form(text) == Form(lines=(line_of("value", "under", value),))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (line_of("nothing", "is", "1"), "field"),
        (line_of("value", "begins", "1"), "comparison"),
        (line_of("value", "under", "much"), "number"),
        (line_of("value", "under", "1e999"), "number"),
        (line_of("office", "is", " , "), "value"),
        (line_of("item.hs", "begins", "cars", scope="one"), "code"),
        (line_of("seen.importer", "under", "1", days="181"), "days"),
        (line_of("item.hs", "on-list", "unknown", scope="one"), "list"),
        (line_of("item.hs", "begins", "84", scope="same"), "same"),
    ],
)
def test_what_is_wrong_with_a_line_is_said_and_makes_no_condition(line: Line, problem: str) -> None:
    assert problems_of(Form(lines=(line,)), tuple(LISTS)) == {0: problem}
    if problem != "list":
        with pytest.raises(SettingsError):
            write_cel(Form(lines=(line,)))


def test_values_with_quotes_and_strokes_stay_what_they_are() -> None:
    form = Form(lines=(line_of("seller", "is", 'A "B" \\ C'),))
    Condition(write_cel(form), {})
    assert read_form(write_cel(form)) == form


@pytest.mark.parametrize(
    ("text", "figure"), [("1 200,5", 1200.5), ("0.7", 0.7), ("", None), ("1,2,3", None), ("nan", None)]
)
def test_figures_are_read_as_people_write_them(text: str, figure: float | None) -> None:
    assert figure_of(text) == figure


def test_whatever_is_written_is_read_or_refused_as_ours() -> None:
    chance = random.Random(1)
    seeds = [write_cel(Form(lines=(line,))) for line in every_line()]
    marks = "()[]&|!<>=.,\"'\\ i0-9{}?:"
    refused = 0
    for _ in range(2_000):
        text = list(chance.choice(seeds) + " && " + chance.choice(seeds))
        for _ in range(chance.randint(1, 4)):
            text[chance.randrange(len(text))] = chance.choice(marks)
        try:
            read_form("".join(text))
        except CocketError:
            refused += 1
    assert 0 < refused <= 2_000
    with pytest.raises(UnreadableError):
        parse("(" * 1_000 + "true" + ")" * 1_000)
