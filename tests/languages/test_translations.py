# SPDX-License-Identifier: Apache-2.0
"""The catalogues: every sentence of the house is in them, whole languages are whole, and each translation fits its sentence."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Message

from cocket.languages import language as spoken_language
from cocket.languages import languages
from cocket.standards.asycuda.c71 import rules as c71
from cocket.standards.asycuda.licence import rules as licence
from cocket.standards.asycuda.manifest import degroupage
from cocket.standards.asycuda.manifest import rules as manifest
from cocket.standards.asycuda.release import rules as release
from cocket.standards.asycuda.sad import rules as sad
from cocket.standards.ncts.rules import judging as ncts
from cocket.standards.wco_dm import rules as wco
from cocket.standards.wco_dm.gb import judging as gb
from scripts import messages

LANGUAGES = messages.known_languages()

#: Catalogues that a language holds whole.
WHOLE = (("fr", "pages"), ("fr", "findings"))

PLACE = re.compile(r"{\w*}")
MARKUP = re.compile(r"<|&\w+;|\\n")


def translated(language: str) -> Iterator[tuple[Message, list[str], list[str]]]:
    """Each translation that is not empty, with its English forms and its own."""
    for catalogue in messages.catalogues(language).values():
        for message in catalogue:
            said = list(message.string) if isinstance(message.string, list | tuple) else [message.string]
            if message.id and all(said):
                yield message, list(message.id) if isinstance(message.id, list | tuple) else [message.id], said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_the_house_stands_in_the_catalogues(language: str) -> None:
    """If it fails: `make messages`, then write what it says is missing."""
    said = messages.sentences()
    renewed = messages.renewed(language, said, {})
    stand = {name: (messages.LOCALES / language / f"{name}.po").read_bytes() for name in messages.CATALOGUES}
    assert [name for name in renewed if renewed[name] != stand[name]] == []


def test_every_table_of_sentences_that_a_finding_takes_one_from_is_known() -> None:
    """If it fails: name the table in `_TABLES` of scripts/messages.py."""
    known = {(table.split(":")[0], table.split(":")[1].partition(".")[0]) for table in messages._TABLES}
    assert sorted(set(tables_of_findings()) - known) == []


def tables_of_findings() -> Iterator[tuple[str, str]]:
    """Module and name of each table of the same module from which a call takes a sentence that is translated."""
    for room in {room for rooms in messages.CATALOGUES.values() for room in rooms} - {"workbench"}:
        for file in sorted((messages.SOURCE / room).rglob("*.py")):
            tree = ast.parse(file.read_text("utf-8"))
            tables = set(_tables(tree))
            taken = (node.value for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "message")
            for name in (part for value in taken for part in ast.walk(value) if isinstance(part, ast.Name)):
                if name.id in tables:
                    yield "cocket." + ".".join(file.relative_to(messages.SOURCE).with_suffix("").parts), name.id


def _tables(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict):
            texts = (value.value for value in node.value.values if isinstance(value, ast.Constant))
            if any(isinstance(text, str) and " " in text for text in texts):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                yield from (target.id for target in targets if isinstance(target, ast.Name))


@pytest.mark.parametrize(("language", "catalogue"), WHOLE)
def test_a_whole_language_lacks_nothing(language: str, catalogue: str) -> None:
    assert [one.one for one in messages.missing(language) if one.catalogue == catalogue] == []


def test_no_translation_stands_beside_a_page() -> None:
    """If it fails: `make messages` puts it into the catalogue."""
    assert messages.beside()[1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_places_of_a_sentence_are_those_of_its_translation(language: str) -> None:
    wrong = []
    for _message, english, said in translated(language):
        of_all = set(PLACE.findall(english[-1]))
        for form in said:
            has = set(PLACE.findall(form))
            if has - of_all or (of_all - has - ({"{number}"} if len(english) > 1 else set())):
                wrong.append((english[0], form))
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_brings_no_markup_and_no_blank_at_its_ends(language: str) -> None:
    said = [(english, form) for _message, english, forms in translated(language) for form in forms]
    assert [form for english, form in said if MARKUP.search(form) and not MARKUP.search(english[0])] == []
    words = [form for english, form in said if re.search("[a-z]", english[0])]
    assert [form for form in words if form != form.strip()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_forms_of_a_number_are_those_of_unicode_cldr(language: str) -> None:
    """Numbers of one CLDR category have one form, and numbers of two have two."""
    rule = Locale.parse(language).plural_form
    catalogue = messages.catalogues(language)["pages"]
    form = languages()[language.replace("_", "-")].catalogue.form
    numbers = [*range(1_200), 1_000_000, 2_000_000]
    forms = {(rule(number), form(number)) for number in numbers}
    assert len(forms) == len({category for category, _ in forms}) == len({place for _, place in forms})
    assert catalogue.num_plurals == len(rule.tags) + ("other" not in rule.tags)


def test_the_page_of_the_documentation_counts_what_is_there() -> None:
    """If it fails: `make messages`."""
    assert messages.PAGE.read_text("utf-8") == messages.page()


def test_a_sentence_without_a_translation_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    template = tmp_path / "workbench" / "base" / "templates" / "new.html"
    template.parent.mkdir(parents=True)
    template.write_text('{{ _("A sentence that no catalogue has") }} {{ count("{number} ox", "{number} oxen", 2) }}')
    (tmp_path / "risk").mkdir()
    (tmp_path / "risk" / "new.py").write_text(
        'Fact(code="x", message="A fact that no catalogue has")\nlog("not this one")\n'
        '_helper(sight, "the {thing} is told by a helper")\nraise Oops(f"a text of {one} is filled at once")'
    )
    monkeypatch.setattr(messages, "SOURCE", tmp_path)
    monkeypatch.setattr(messages, "_TABLES", ())
    assert [one.one for one in messages.missing("fr")] == [
        "A fact that no catalogue has",
        "A sentence that no catalogue has",
        "the {thing} is told by a helper",
        "{number} ox",
    ]
    head, ox = b'msgid "A sentence that no catalogue has"\nmsgstr ""', b'msgid_plural "{number} oxen"\nmsgstr[0] ""'
    new = messages.renewed("fr", messages.sentences(), {"A fact that no catalogue has": "Un fait"})["pages"]
    assert head in new and ox in new and b'msgstr "Un fait"' in new


def texts_of_rules() -> list[str]:
    """What an officer reads of each rule of the standards: the first paragraph of its docstring."""
    rules = [rule for module in (sad, c71, licence, release, manifest) for rule, _ in module.RULES]
    rules += [held.rule for held in ncts.RULES] + [rule for rule, _ in (*degroupage.RULES, *gb.RULES, *wco.RULES)]
    return [" ".join(inspect.cleandoc(rule.__doc__ or "").partition("\n\n")[0].split()) for rule in rules]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_of_a_standard_is_said_in_every_language(language: str) -> None:
    texts = texts_of_rules()
    assert len(texts) > 250 and all(text.endswith(".") for text in texts)
    left = [text for text in texts if spoken_language(language).translate(text) == text]
    assert left == []
    assert spoken_language(language).translate(texts[0]).endswith(".")
