# SPDX-License-Identifier: Apache-2.0
"""Against rot: a licence line a file, no rooms for odds and ends, no assert, nothing of the machine it was made on."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source import ROOT, File, complaints, tracked_files

SPDX = "SPDX-License-Identifier: Apache-2.0"

#: Endings of files that carry the licence line, within their first three lines.
LICENSED = {".py", ".html", ".css", ".js", ".mjs", ".ts", ".cedar", ".sh", ".sql"}

ODDS_AND_ENDS = {"utils", "util", "helpers", "helper", "common", "core", "services", "managers", "misc", "tools"}

_HOME = r"(?<![\w.])/(?:work|farm|home/\w+|root|Users/\w+)/[\w.-]+"
_REGISTRIES = r"(?:pypi\.org|pythonhosted\.org|registry\.npmjs\.org|npmmirror\.com|proxy\.golang\.org)"

#: What betrays the machine or the registry a file was made with; written so that this file does not betray itself.
BETRAYALS = re.compile(f"{_HOME}|/tmp/(?:brief|bash_jobs)|https?://[^\\s\"']*{_REGISTRIES}")

#: Text files that speak of registries because that is what they are about.
MAY_NAME_REGISTRIES = {"tests/house/test_tidy.py"}


def unlicensed(path: Path) -> bool:
    """Whether a file lacks its licence line; an empty one says nothing that could be licensed."""
    with path.open(encoding="utf-8", errors="replace") as file:
        head = [file.readline() for _ in range(3)]
    return bool("".join(head).strip()) and not any(SPDX in line for line in head)


def odds_and_ends(file: File) -> Iterator[str]:
    """Modules and folders whose name says nothing."""
    yield from sorted(set(file.path.removesuffix(".py").split("/")) & ODDS_AND_ENDS)


def asserting(file: File) -> Iterator[str]:
    """Asserts in product code, which `python -O` takes away."""
    yield from (f"line {node.lineno}" for node in ast.walk(file.tree) if isinstance(node, ast.Assert))


def unfinished(file: File) -> Iterator[str]:
    """Marks of work left undone."""
    for number, line in enumerate(file.text.splitlines(), start=1):
        if re.search(r"#.*\b(TODO|FIXME|XXX|HACK)\b", line) or "NotImplementedError" in line:
            yield f"line {number}"


def betrayals(text: str) -> list[str]:
    """Paths of the machine and hosts of registries in a text."""
    return [match[0] for match in BETRAYALS.finditer(text)]


def test_every_file_carries_its_licence() -> None:
    ours = [path for path in tracked_files() if path.suffix in LICENSED and "vendor" not in path.parts]
    assert [path.relative_to(ROOT).as_posix() for path in ours if unlicensed(path)] == []


def test_no_room_is_for_odds_and_ends() -> None:
    assert complaints(odds_and_ends) == []


def test_product_code_does_not_assert() -> None:
    assert complaints(asserting) == []


def test_nothing_is_left_undone() -> None:
    assert complaints(unfinished) == []


def test_no_file_betrays_the_machine_it_was_made_on() -> None:
    found = {}
    for path in tracked_files():
        name = path.relative_to(ROOT).as_posix()
        data = path.read_bytes()
        if b"\0" not in data and name not in MAY_NAME_REGISTRIES:
            found[name] = betrayals(data.decode("utf-8", "replace"))
    assert {name: what for name, what in found.items() if what} == {}


def test_a_missing_licence_is_found(tmp_path: Path) -> None:
    good, bad, empty = (tmp_path / name for name in ("good.py", "bad.py", "empty.py"))
    good.write_text(f"#!/usr/bin/env python\n# {SPDX}\n")
    bad.write_text('"""Free."""\n')
    empty.write_text("")
    assert [unlicensed(path) for path in (good, bad, empty)] == [False, True, False]


def test_odds_and_ends_are_found() -> None:
    assert list(odds_and_ends(File("risk/utils.py", ""))) == ["utils"]
    assert list(odds_and_ends(File("helpers/__init__.py", ""))) == ["helpers"]
    assert list(odds_and_ends(File("risk/utility.py", ""))) == []


def test_an_assert_and_an_unfinished_line_are_found() -> None:
    assert list(asserting(File("risk/a.py", "if x:\n    assert y"))) == ["line 2"]
    assert list(unfinished(File("risk/a.py", "x = 1  # TODO: more"))) == ["line 1"]


@pytest.mark.parametrize("text", ["/work" + "/main/x", "/home" + "/someone/x", "https://" + "pypi.org/simple"])
def test_a_betrayal_is_found(text: str) -> None:
    assert betrayals(f"see {text} for more")


@pytest.mark.parametrize("text", ["docs/work/plan", "/var/lib", "/tmp/x", "https://example.org/work/x"])
def test_an_innocent_path_is_no_betrayal(text: str) -> None:
    assert betrayals(f"see {text} for more") == []


#: Words that no message uses; plainer ones are: no one, someone, fix, reported or stated, log, assessment worker, endpoint,
#: instance, accepted or imported, batch, repaired, sent, "is not a".
PRIVATE_WORDS = re.compile(
    r"\b(?:nobody|somebody|anybody|mend(?:s|ed)?|heed(?:s|ed|ing)?|reckon(?:s|ed)?|told|tells|taken? in|takes in|names no|"
    r"speaks?|spoken|stranger|anew|amid|learnt|set(?:s|ting)? right|held against|brought back|worked on|"
    r"lodge[sd]?|lodging|lodgement|houses?|books?|desks?|doors?|turns?)\b|(?<!here )\bis no (?!longer\b|more\b|proof\b)\w",
    re.IGNORECASE,
)

#: Where such a word is one of the field, or of an option of ours.
OF_THE_FIELD = re.compile(
    r"house (?:(?:or direct )?(?:air )?waybills?|bills?|manifests?|consignments?|list)|--begin-anew|--set-right|books and records|"
    r"pre-lodged|person lodging the declaration|desk audit|"
    r"door was opened|floor or door|seal and door|^door$|turn off|t(?:old|ells)(?: [\w ]+)? apart|be told from",
    re.IGNORECASE,
)

#: Words that no page of the documentation uses outside code; a log may have been told of, a house or a book be spoken of there.
NOT_IN_PAGES = re.compile(
    r"\b(?:nobody|somebody|anybody|mend(?:s|ed)?|heed(?:s|ed|ing)?|reckon(?:s|ed)?|told|taken in|names no|set right|"
    r"held against|brought back)\b",
    re.IGNORECASE,
)

#: Statements of SQL, outlines of formats, and words that names of firms are made of: no message.
_STATEMENT = re.compile(
    r"^\s*\(?(?:select|insert|update|delete|with|create|alter|copy|set local|from|where|join|left join)\b.*"
    r"\b(?:select|from|into|set|values|where|stdin)\b",
    re.IGNORECASE | re.DOTALL,
)
_LISTS = {
    "standards/cargo_xml/fields.py",
    "standards/ens/fields.py",
    "screening/spelling.py",
    "stores/base/table_shapes.py",
}


def private_words(text: str, words: re.Pattern[str] = PRIVATE_WORDS) -> list[str]:
    """What a native engineer would stumble over in a text."""
    return [match[0] for match in words.finditer(OF_THE_FIELD.sub("", text))]


def _messages(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Each text of a module that is a sentence or a part of one, with its line; placeholders are left out, docstrings too."""
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    unread = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts | unread:
            text = re.sub(r"\{[^{}]*\}", "{}", node.value)
        else:
            continue
        if " " in text.strip() and not _STATEMENT.match(text):
            yield node.lineno, text


def stumbling(file: File) -> Iterator[str]:
    """Messages of a module in private or old words."""
    if "/migrations/" not in file.path and not any(file.path.endswith(name) for name in _LISTS):
        yield from (f"line {line}: {words}" for line, text in _messages(file.tree) if (words := private_words(text)))


def helping(file: File) -> Iterator[str]:
    """Help of commands, which is the docstring of each, in private or old words; examples and code are left out."""
    for node in ast.walk(file.tree) if "cli/commands/" in file.path else ():
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            help_ = re.sub(r"^ *cocket .*$|`[^`]*`", "", ast.get_docstring(node) or "", flags=re.MULTILINE)
            yield from (f"{node.name}: {word}" for word in private_words(help_))


def test_every_message_is_in_plain_words() -> None:
    assert complaints(stumbling) == []
    assert complaints(helping) == []


def test_pages_are_in_plain_words() -> None:
    found = {}
    for path in tracked_files():
        if path.suffix == ".html" and "templates" in path.parts:
            texts = re.findall(r"(?:_|say)\(\s*(?:\"([^\"]*)\"|'([^']*)')", path.read_text("utf-8"))
            found[path.name] = [word for text in texts for word in private_words(" ".join(text))]
        elif (
            path.suffix == ".md"
            and (path.name == "README.md" or path.is_relative_to(ROOT / "docs"))
            and "decisions" not in path.parts
        ):
            prose = re.sub(
                r"^```.*?^```|`[^`]*`|\]\([^)]*\)", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL
            )
            found[path.name] = private_words(prose, NOT_IN_PAGES)
    assert {name: words for name, words in found.items() if words} == {}


def test_a_private_word_is_found() -> None:
    assert private_words("Mend the file; nobody was told. The house's book takes in nothing, and {} is no day.")
    assert [*_messages(ast.parse('"""Nobody."""\nraise ValueError(f"{x} is no day")'))] == [(2, "{} is no day")]
    assert private_words("House bill {} is no longer on the manifest; see the role log, or --set-right.") == []
    assert private_words("They cannot be told apart; nobody was told.") == ["nobody", "told"]
