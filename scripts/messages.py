# SPDX-License-Identifier: Apache-2.0
"""Renew the catalogues of every language from the sentences in templates and code: `make messages`.

A sentence of ours is written once, in English, where it is said; it is the key of its translations. This finds all of
them, puts new ones into each `locale/<language>/*.po` without a translation, keeps the translations of those that stay,
and leaves out those that are gone. `--check` changes nothing and says what a run would change; `--missing fr` lists
what French lacks; `--language pt_BR` begins a language.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import io
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

ROOT: Final = Path(__file__).resolve().parents[1]
SOURCE: Final = ROOT / "src" / "cocket"
LOCALES: Final = SOURCE / "languages" / "locale"
PAGE: Final = ROOT / "docs" / "reference" / "languages.md"

#: Catalogue → rooms whose sentences it holds: what an officer or trader reads on pages, and what messages get back.
CATALOGUES: Final[dict[str, tuple[str, ...]]] = {
    "pages": (
        "workbench", "consignment", "control", "exchange", "gateway", "governance", "measures", "mirror", "oversight", "pipeline",
        "risk", "screening", "tracking", "trials",
    ),
    "findings": ("codes", "credentials", "findings", "standards"),
}  # fmt: skip

#: Functions of templates and of the workbench whose first argument is a sentence; of `count`, the first two.
_SAYING: Final = ("_", "count", "heading", "say", "translate", "two")

#: Calls whose texts are sentences, elsewhere: findings, facts, and refusals that a page shows.
_SPOKEN_CALLS: Final = re.compile(
    r"\w*_?finding|Finding|Fact|Suspicion|Sum|_sum|_stake|Exhibit|_Sign|_Field|_say|say|Entry|Found|Objection|"
    r"(?:Sender|TooLittle|Policy|NotFound|Lost|RowDiffers|WeakPassword|SignInDelayed|ContestOrder)Error|fault|_fault|Fault|told|"
    r"_error|unreadable|_cannot"
)
_SPOKEN_KEYWORDS: Final = frozenset({"message", "note", "says", "counter_evidence", "why"})
_SPOKEN_VARIABLES: Final = frozenset({"message", "sentence", "counter", "why"})

#: Constants of modules that hold sentences, or names that are said as they stand: `module:name`.
_TABLES: Final = (
    "cocket.languages.filled:FILLED",
    "cocket.consignment.dossier:_SENTENCES",
    "cocket.consignment.side_by_side:_FIELDS.label",
    "cocket.control.entry:RULES.message",
    "cocket.control.offences:NAMES",
    "cocket.control.orders:_ANYTHING",
    "cocket.control.orders:_BY_KIND",
    "cocket.control.orders:_LOOK_FOR",
    "cocket.control.orders:_SEALS_FIRST",
    "cocket.exchange.gateway_calls:WHYS",
    "cocket.exchange.office_packs:DEPTHS",
    "cocket.exchange.office_packs:FOUND",
    "cocket.governance.automated_decisions:STATEMENT",
    "cocket.governance.policy_difference:FOR_PURPOSES",
    "cocket.governance.policy_difference:IN_EVERY_CASE",
    "cocket.governance.policy_difference:NO_PURPOSE",
    "cocket.governance.policy_difference:NO_ROLE",
    "cocket.governance.policy_difference:WORDS",
    "cocket.measures.payments.slip:_WORDS",
    "cocket.measures.tariff.duty_words:DUTY_NAMES",
    "cocket.measures.tariff.duty_words:NAMES.all",
    "cocket.measures.tariff.duty_words:PHRASES.all",
    "cocket.measures.tariff.duty_words:PROCEDURES.all",
    "cocket.measures.tariff.duty_words:REASONS.all",
    "cocket.measures.tariff.duty_words:SENTENCES.all",
    "cocket.measures.valuation.order:_UNSAID",
    "cocket.mirror.differences:MARGIN_ASSUMED",
    "cocket.mirror.differences:NO_RATE",
    "cocket.mirror.differences:NO_VALUE",
    "cocket.mirror.differences:PART_WAITS",
    "cocket.mirror.differences:TERMS_DIFFER",
    "cocket.mirror.differences:_SAYS",
    "cocket.mirror.matching:_SAID",
    "cocket.pipeline.assessment.stakes:BY_MODEL",
    "cocket.pipeline.assessment.stakes:DECLARED_ALL",
    "cocket.pipeline.assessment.stakes:IF_THEY_CAME",
    "cocket.pipeline.assessment.stakes:IF_THEY_WERE_HERE",
    "cocket.pipeline.assessment.stakes:NOTHING_MORE",
    "cocket.pipeline.assessment.stakes:NOTHING_MORE_BY_CODE",
    "cocket.pipeline.assessment.stakes:NOT_KNOWN",
    "cocket.pipeline.consignment.mirror_matching:LONE",
    "cocket.pipeline.control.audit_views:SENTENCES",
    "cocket.pipeline.control.contests:SENTENCES",
    "cocket.pipeline.control.views:REPORTED",
    "cocket.pipeline.measures.doubt_views:SENTENCES",
    "cocket.pipeline.measures.payments:OUTCOMES",
    "cocket.pipeline.operations.event_mail:SENTENCES",
    "cocket.pipeline.operations.notice_sending:SENTENCES",
    "cocket.pipeline.operations.notice_sending:_CLOSE",
    "cocket.pipeline.queries.timeline:_CONCLUSIONS",
    "cocket.pipeline.queries.timeline:_SENTENCES",
    "cocket.trials.pilots.checklists:CONSORT",
    "cocket.trials.pilots.checklists:DESIGNS",
    "cocket.trials.pilots.checklists:MEASURES",
    "cocket.trials.pilots.checklists:REGISTRY",
    "cocket.trials.pilots.checklists:WHERE",
    "cocket.trials.pilots.report:ANSWERS",
    "cocket.trials.pilots.report:LANES",
    "cocket.trials.pilots.report:LEFT_OUT",
    "cocket.trials.pilots.report:QUESTIONS",
    "cocket.trials.pilots.report:SHADOWS",
    "cocket.trials.pilots.report:STOPS",
    "cocket.trials.pilots.report:WORDS",
    "cocket.pipeline.trials.use_cases:NOT_KNOWN",
    "cocket.pipeline.trials.use_cases:NOT_SIGNED",
    "cocket.pipeline.tracking.guarantees:_STANDS",
    "cocket.pipeline.tracking.views:CLOSE_REASONS",
    "cocket.risk.estimate:LACKS",
    "cocket.risk.fairness:CAUTIONS",
    "cocket.risk.fairness:FOLLOWS",
    "cocket.risk.fairness:NAMES",
    "cocket.risk.fairness:TITLES",
    "cocket.risk.features:FEATURES.reason",
    "cocket.risk.heads:INTELLIGENCE_OBJECT",
    "cocket.risk.heads:NO_COVER",
    "cocket.risk.heads:OTHERWISE",
    "cocket.risk.heads:OBJECTS",
    "cocket.risk.heads:ON_THE_WAY",
    "cocket.risk.indicators:INDICATORS.message",
    "cocket.risk.reasons.words:DISAGREEMENTS",
    "cocket.risk.rules.caveats:CAVEATS",
    "cocket.risk.rules.caveats:NO_EXAMINATIONS",
    "cocket.risk.rules.caveats:TEACHERS",
    "cocket.risk.rules.caveats:TOO_FEW",
    "cocket.risk.rules.caveats:UNDECIDED",
    "cocket.risk.rules.month:GIVEN",
    "cocket.risk.rules.month:_EXAMINED",
    "cocket.risk.rules.month:_RECOVERED",
    "cocket.risk.rules.month:_VERDICTS",
    "cocket.risk.rules.pack:PROPOSALS",
    "cocket.risk.rules.pack:WHYS",
    "cocket.risk.rules.pack:_HEADS",
    "cocket.risk.rules.pack:_KINDS",
    "cocket.risk.rules.pack:_PROPOSED",
    "cocket.risk.rules.pack:_STANDINGS",
    "cocket.risk.rules.pack:_TILES",
    "cocket.risk.reasons.card:_ABOVE",
    "cocket.risk.reasons.card:_BELOW",
    "cocket.risk.reasons.card:_PARTS.keys",
    "cocket.risk.reasons.card:_WOULD_FALL",
    "cocket.risk.reasons.card:_WOULD_STAY",
    "cocket.risk.reasons.words:UNKNOWN",
    "cocket.risk.signs:_PAST_SIGNS",
    "cocket.risk.suspicion:NAMES",
    "cocket.screening.scoring:_SENTENCES",
    "cocket.standards.written:HINT",
    "cocket.trials.release.publish:COUNT_NAMES",
    "cocket.trials.release.publish:METHOD",
    "cocket.trials.release.publish:SEGMENT_NAMES",
    "cocket.trials.release.stamps:ACTOR_NAMES",
    "cocket.trials.release.stamps:KIND_NAMES",
    "cocket.trials.release.study:DIMENSION_NAMES",
    "cocket.tracking.alerts:KINDS",
    "cocket.pipeline.intake.draft_tables:INSTEAD",
    "cocket.pipeline.intake.endpoint_checks:_SAYS",
    "cocket.pipeline.tracking.guarantees:REFUSALS",
    "cocket.standards.bounds:_MESSAGES",
    "cocket.standards.edifact.findings:SENTENCES",
    "cocket.standards.dcsa.rules:SENTENCES",
    "cocket.standards.dcsa.rules:_VALUES",
    "cocket.standards.ens.explanation:_MESSAGES",
    "cocket.standards.epcis.checks:SENTENCES",
    "cocket.standards.epcis.checks:_VALUES",
    "cocket.standards.imo_fal.rules:SENTENCES",
    "cocket.standards.invoice.structure:_SENTENCES",
    "cocket.standards.json_forms:SENTENCES",
    "cocket.standards.low_value.rules:SENTENCES",
    "cocket.standards.postal.rules:SENTENCES",
    "cocket.standards.reasons:_MESSAGES",
    "cocket.standards.repair:_MESSAGES",
    "cocket.standards.uncefact.messages:_SENTENCES",
    "cocket.standards.wco_dm.explanation:_MESSAGES",
    "cocket.standards.wco_dm.national:_MESSAGES",
    "cocket.trials.lessons.measures:LABELS",
    "cocket.trials.lessons.measures:NOTES",
    "cocket.trials.lessons.measures:WHYS",
    "cocket.trials.lessons.year:DECISION_WORDS",
    "cocket.trials.lessons.year:STATUS_WORDS",
    "cocket.trials.lessons.year:TRUTH_WORDS",
    "cocket.trials.lessons.year:VERDICT_WORDS",
    "cocket.trials.readiness.export:WHY_WORDS",
    "cocket.trials.readiness.questions:AREAS",
    "cocket.trials.readiness.questions:LEVELS",
    "cocket.trials.readiness.questions:QUESTIONS.step",
    "cocket.trials.readiness.questions:QUESTIONS.text",
    "cocket.trials.readiness.questions:SUBJECTS",
    "cocket.trials.whatif.limits:SENTENCES",
    "cocket.pipeline.risk.joint_deed:SAID",
)

#: Modules of rules whose first paragraph is what an officer reads.
_RULES: Final = (
    "consignment/manifest_control/indicators.py",
    "control/audit/ranking.py",
    "control/standing.py",
    "measures/permits/match.py",
    "measures/permits/present.py",
    "measures/permits/rules.py",
    "measures/valuation/additions.py",
    "risk/joint/reason.py",
    "standards/asycuda/c71/rules.py",
    "standards/asycuda/legibility.py",
    "standards/asycuda/licence/rules.py",
    "standards/asycuda/manifest/degroupage.py",
    "standards/asycuda/manifest/rules.py",
    "standards/asycuda/release/rules.py",
    "standards/asycuda/sad/procedure.py",
    "standards/asycuda/sad/rules.py",
    "standards/asycuda/sad/taxes.py",
    "standards/ncts/rules/goods.py",
    "standards/ncts/rules/lists.py",
    "standards/ncts/rules/movement.py",
    "standards/ncts/rules/others.py",
    "standards/ncts/rules/transport.py",
    "standards/wco_dm/gb/obligations.py",
    "standards/wco_dm/gb/relations.py",
    "standards/wco_dm/gb/values.py",
    "standards/wco_dm/rules.py",
)

#: Modules each of whose texts is a sentence, or a part of one.
_ALL_SPOKEN: Final = (
    "pipeline/assessment/stakes.py",
    "pipeline/queries/timeline.py",
    "risk/conflicts.py",
    "risk/signs.py",
    "tracking/rules/",
    "tracking/vessels.py",
    "workbench/base/formats.py",
    "workbench/tracking/formats.py",
)

_PLACE: Final = re.compile(r"\{[a-z_]+\}")
_WORDS: Final = re.compile(r"[a-z]{2,} [a-z]{2,}")


class Sentence(NamedTuple):
    """A sentence, and where it is said.

    Attributes:
        one: The sentence; of two forms that for one.
        many: The other form; None for a sentence without a number.
        files: Files that say it, below the package.
        catalogue: Which catalogue it is in.
    """

    one: str
    many: str | None
    files: tuple[str, ...]
    catalogue: str


# What is said ------------------------------------------------------------------------------------------------------


def sentences() -> list[Sentence]:
    """Every sentence of the house, sorted (1..n)."""
    found: dict[str, tuple[str | None, set[str], set[str]]] = {}
    for name, rooms in CATALOGUES.items():
        for one, many, file in _said_in(rooms):
            has, files, names = found.setdefault(one, (None, set(), set()))
            found[one] = (has or many, files | {file}, names | {name})
    order = list(CATALOGUES)
    return [
        Sentence(one, many, tuple(sorted(files)), min(names, key=order.index))
        for one, (many, files, names) in sorted(found.items())
    ]


def _said_in(rooms: Iterable[str]) -> Iterator[tuple[str, str | None, str]]:
    """One form, the other (0..1), and the file of each sentence of some rooms."""
    for room in rooms:
        for file in sorted((SOURCE / room).rglob("*")):
            name = file.relative_to(SOURCE).as_posix()
            if file.suffix == ".html":
                yield from ((*forms, name) for forms in _in_template(file))
            elif file.suffix == ".py" and "/migrations/" not in name:
                tree = ast.parse(file.read_text("utf-8"))
                found = _in_pages(tree) if room in ("workbench", "gateway") else _in_rules(tree, name)
                yield from ((*forms, name) for forms in found)
                if name.startswith(_ALL_SPOKEN):
                    yield from ((text, None, name) for text in _loose(tree))
                elif room not in ("workbench", "gateway"):
                    yield from ((text, None, name) for text in _loose(tree) if _has_places(text))
    for table in _TABLES:
        module, _, name = table.partition(":")
        file_name = module.removeprefix("cocket.").replace(".", "/")
        if (file_name.split("/")[0] in rooms) or (file_name.startswith("languages/") and "workbench" in rooms):
            yield from ((text, None, f"{file_name}.py") for text in _in_table(module, name))


def _in_template(file: Path) -> Iterator[tuple[str, str | None]]:
    text = io.BytesIO(file.read_bytes())
    for _line, name, said, _comments in babel_extract(text, _SAYING, [], {"trim_blocks": "true"}):
        forms = tuple(part for part in (said if isinstance(said, tuple) else (said,)) if part)
        if forms:
            yield forms[0], forms[1] if name == "count" and len(forms) > 1 else None


def _in_pages(tree: ast.AST) -> Iterator[tuple[str, str | None]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) in (*_SAYING, *("SenderError", "PolicyError", "NotFoundError")):
            forms = [_text(argument) for argument in node.args[:2]]
            if forms and forms[0]:
                yield forms[0], forms[1] if _called(node) == "count" and len(forms) > 1 else None


def _in_rules(tree: ast.Module, name: str) -> Iterator[tuple[str, None]]:
    """Sentences of a module that is not a page's."""
    if name in _RULES:
        yield from ((text, None) for text in _of_rules(tree))
    for node in ast.walk(tree):
        found: list[str | None] = []
        if isinstance(node, ast.Call) and _SPOKEN_CALLS.fullmatch(_called(node)):
            found = [_text(argument) for argument in node.args]
            found += [_text(word.value) for word in node.keywords if word.arg in _SPOKEN_KEYWORDS]
        elif isinstance(node, ast.keyword) and node.arg in _SPOKEN_KEYWORDS:
            found = [_text(node.value)]
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and target.id in _SPOKEN_VARIABLES:
                found = [_text(node.value)]
        yield from ((text, None) for text in found if text and _is_sentence(text))


def _of_rules(tree: ast.Module) -> Iterator[str]:
    """First paragraphs of the rules of a module: functions in one of its tables, whose docstring it takes or has places, or
    that yield what they object to.
    """
    tables = [node.value for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign) and node.value]
    named = {part.id for table in tables for part in ast.walk(table) if isinstance(part, ast.Name)}
    taken = (node.value for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "__doc__")
    named |= {value.id for value in taken if isinstance(value, ast.Name)}
    for node in tree.body:
        text = ast.get_docstring(node) if isinstance(node, ast.FunctionDef) else None
        first = " ".join(inspect.cleandoc(text).partition("\n\n")[0].split()) if text else ""
        if not first or not isinstance(node, ast.FunctionDef):
            continue
        if node.name in named or _PLACE.search(first) or (node.name[0] != "_" and _objects(node)):
            yield first.removesuffix(".")


def _objects(function: ast.FunctionDef) -> bool:
    """Whether a function yields what it objects to, as a rule does."""
    return any(getattr(part, "id", "") in ("Deviation", "Objection") for part in ast.walk(function.returns or function))


def _loose(tree: ast.AST) -> Iterator[str]:
    """Every text of a module that has a blank, but docstrings and parts of others."""
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    unread = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        text = _text(node) if id(node) not in parts | unread else None
        if text and _is_sentence(text):
            yield text


def _in_table(module: str, name: str) -> Iterator[str]:
    """Texts of a table: its sentences and names, or all of it, or one attribute of each member, or its keys."""
    name, _, attribute = name.partition(".")
    table = getattr(importlib.import_module(module), name)
    if attribute in ("all", "keys"):
        yield from table
    elif attribute:
        yield from (getattr(member, attribute) for member in table)
    elif isinstance(table, str):
        yield table
    else:
        yield from _texts(table)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if value[:1].isupper() or " " in value:
            yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, tuple | list | set | frozenset):
        for each in value:
            yield from _texts(each)


def _called(node: ast.Call) -> str:
    return str(getattr(node.func, "id", getattr(node.func, "attr", "")))


def _text(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _has_places(text: str) -> bool:
    """Whether a text has words and places that are filled when it is said, which no text of a program has."""
    return bool(_PLACE.search(text) and _WORDS.search(text)) and not text.startswith("<")


def _is_sentence(text: str) -> bool:
    return " " in text.strip() and not text.startswith(("./", "@", "//", "select ", "update ", "delete ", "insert "))


# What is translated ------------------------------------------------------------------------------------------------


def catalogues(language: str) -> dict[str, Catalog]:
    """The catalogues of a language as they stand; an empty one where there is no file."""
    found = {}
    for name in CATALOGUES:
        file = LOCALES / language / f"{name}.po"
        found[name] = read_po(io.BytesIO(file.read_bytes()), locale=language) if file.is_file() else Catalog(language)
    return found


def renewed(language: str, said: Iterable[Sentence], beside: Mapping[str, str]) -> dict[str, bytes]:
    """What the files of a language should hold, by catalogue.

    Args:
        language: Such as `fr` or `pt_BR`.
        said: Every sentence of the house.
        beside: Translations that stand in no catalogue yet, by sentence.
    """
    before: dict[str, Any] = {}
    for catalogue in catalogues(language).values():
        before |= {_key(message.id): message for message in catalogue if message.id}
    written = {}
    for name in CATALOGUES:
        new = _empty(language)
        for one in (one for one in said if one.catalogue == name):
            kept, forms = before.get(one.one), new.num_plurals
            string: Any = kept.string if kept is not None else ""
            if one.many is not None:
                given = list(string) if isinstance(string, list | tuple) else [string or beside.get(one.one, "")]
                if len(given) == 1 and given[0]:
                    given += [beside.get(one.many, "")] * (forms - 1)
                string = tuple((given + [""] * forms)[:forms])
            else:
                string = (string[0] if isinstance(string, list | tuple) else string) or beside.get(one.one, "")
            new.add(
                one.one if one.many is None else (one.one, one.many),
                string,
                locations=[(file, 0) for file in one.files],
                flags=("python-brace-format",) if _PLACE.search(one.one) else (),
                user_comments=kept.user_comments if kept is not None else (),
            )
            if kept is not None and kept.fuzzy:
                new[one.one].flags.add("fuzzy")
        out = io.BytesIO()
        write_po(out, new, width=100_000, omit_header=True, sort_output=True, include_lineno=False)
        written[name] = _head(new, language) + out.getvalue()
    return written


def _empty(language: str) -> Catalog:
    return Catalog(Locale.parse(language), project="cocket", charset="utf-8", fuzzy=False)


def _head(catalogue: Catalog, language: str) -> bytes:
    """The head of a file, without moments: two people who add sentences must not differ in it."""
    return (
        "# SPDX-License-Identifier: Apache-2.0\n"
        'msgid ""\nmsgstr ""\n'
        f'"Language: {language}\\n"\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    ).encode()


def _key(identity: Any) -> str:
    return str(identity[0] if isinstance(identity, list | tuple) else identity)


def beside() -> tuple[dict[str, str], list[Path]]:
    """French that stands beside a page in a file `*french*.toml`, and those files; a run puts it into the catalogue."""
    files = [file for file in sorted(SOURCE.rglob("*.toml")) if "french" in file.relative_to(SOURCE).as_posix()]
    said: dict[str, str] = {}
    for file in files:
        said |= {english: str(text) for english, text in tomllib.loads(file.read_text("utf-8")).items()}
    return said, files


def missing(language: str) -> list[Sentence]:
    """Sentences that a language does not say, or not in all its forms."""
    has = {}
    for catalogue in catalogues(language).values():
        for message in catalogue:
            forms = message.string if isinstance(message.string, list | tuple) else (message.string,)
            if message.id and all(forms) and not message.fuzzy:
                has[_key(message.id)] = True
    return [one for one in sentences() if one.one not in has]


def known_languages() -> list[str]:
    """Languages with a catalogue, as their folders are called."""
    return sorted(file.name for file in LOCALES.glob("*/"))


# The page that counts ----------------------------------------------------------------------------------------------


def page() -> str:
    """The page of the documentation that counts what is translated."""
    said = sentences()
    names = {"pages": "Pages, reasons, refusals", "findings": "Findings on messages"}
    rows = []
    for language in known_languages():
        lacking = {one.one for one in missing(language)}
        cells = []
        for name in CATALOGUES:
            all_ = [one for one in said if one.catalogue == name]
            cells.append(f"{sum(one.one not in lacking for one in all_)} of {len(all_)}")
        shown = Locale.parse(language)
        rows.append(f"| {shown.english_name} (`{language}`) | {' | '.join(cells)} |")
    head = " | ".join(names[name] for name in CATALOGUES)
    return PAGE_TEXT.format(head=head, line="|---" * (len(CATALOGUES) + 1) + "|", rows="\n".join(rows))


PAGE_TEXT: Final = """# Languages

What is translated, counted by `make messages` from the catalogues in `src/cocket/languages/locale`. English is the language
of the code and is whole. A sentence that is not translated is shown in English.

| Language | {head} |
{line}
{rows}

Our translations have not yet been reviewed by a customs officer who speaks the language. How to add a language, or review
one: [Translate Cocket](../how-to/operations/translate.md).

Not in these catalogues: the command line, which speaks English; the receipt page, whose texts are in
`ledger/receipt_page/*.json`; texts of senders, of laws and of lists, which are shown as they came.
"""


def main() -> int:
    """Renew the catalogues and the page, or say what would change."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--check", action="store_true", help="change nothing; fail if a run would")
    asked.add_argument("--missing", metavar="LANGUAGE", help="list what a language lacks, and change nothing")
    asked.add_argument("--language", metavar="LANGUAGE", help="begin a language, such as pt_BR")
    given = asked.parse_args()
    if given.missing:
        for one in missing(given.missing):
            print(f"{one.catalogue}: {one.one}" + (f" / {one.many}" if one.many else ""))
        return 0
    changed = []
    french, files = beside()
    said = sentences()
    for language in sorted({*known_languages(), *([given.language] if given.language else [])}):
        for name, data in renewed(language, said, french if language == "fr" else {}).items():
            changed += _write(LOCALES / language / f"{name}.po", data, is_check=given.check)
    if not given.check:
        for file in files:
            file.unlink()
    changed += files
    changed += _write(PAGE, page().encode(), is_check=given.check)
    for file in changed:
        print(f"{'would change' if given.check else 'changed'}: {file.relative_to(ROOT)}")
    return int(given.check and bool(changed))


def _write(file: Path, data: bytes, *, is_check: bool) -> list[Path]:
    """Write a file if it differs (0..1)."""
    if file.is_file() and file.read_bytes() == data:
        return []
    if not is_check:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return [file]


if __name__ == "__main__":
    sys.exit(main())
