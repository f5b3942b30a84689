# SPDX-License-Identifier: Apache-2.0
"""Entries for public registers of algorithms: one a model and one a family of rules, and whether the register takes them.

Source: names, lengths and permitted values of fields after the publication standard 1.0 of the Dutch Algoritmeregister
(github.com/MinBZK/Algoritmeregister, `backend/app/schemas/config/v1_0.json`), written anew as rules of our own. Regulation (EU)
2024/1689, Article 49(3) and Annex VIII, Section C, for the entry of a deployer that is a public authority.
"""

from __future__ import annotations

import re
from typing import Any, Final, Literal

import msgspec

from cocket.governance.accountability.answers import Answers
from cocket.governance.accountability.facts import Facts, Family, ModelFacts
from cocket.governance.accountability.points import Asked, Document, Point, answered

#: What a field holds: a text, a month `2026-01`, an address of mail or `https://`, such an address alone, names among the
#: permitted ones, or links with titles.
Form = Literal["text", "month", "contact", "link", "names", "links"]


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """What the register asks of one field.

    Attributes:
        is_required: Whether it may not be missing or empty.
        most: Characters, without marks of HTML; or items of a list (count); None for no bound.
        permitted: Values that alone are taken; empty for any.
        form: What it holds.
        needs_link: Of links: whether each needs an address beside its title.
    """

    is_required: bool = False
    most: int | None = None
    permitted: tuple[str, ...] = ()
    form: Form = "text"
    needs_link: bool = True


_STATUS: Final = ("In ontwikkeling", "In gebruik", "Buiten gebruik")
_CATEGORIES: Final = ("Hoog-risico AI-systeem", "Impactvolle algoritmes", "Overige algoritmes")
_THEMES: Final = (
    "Organisatie en bedrijfsvoering", "Cultuur en recreatie", "Economie", "Overheidsfinanciën", "Wonen", "Internationaal",
    "Migratie en integratie", "Natuur en milieu", "Onderwijs en wetenschap", "Openbare orde en veiligheid", "Recht",
    "Ruimte en infrastructuur", "Sociale zekerheid", "Verkeer", "Werk", "Zorg en gezondheid",
)  # fmt: skip

#: Field → what is asked of it. The shorter of two lengths that the register states for the short description is kept to.
FIELDS: Final[dict[str, Field]] = {
    "name": Field(is_required=True, most=100),
    "description_short": Field(is_required=True, most=350),
    "organization": Field(is_required=True, most=100),
    "category": Field(most=3, permitted=_THEMES, form="names"),
    "status": Field(is_required=True, permitted=_STATUS),
    "begin_date": Field(form="month"),
    "end_date": Field(form="month"),
    "contact_email": Field(is_required=True, most=500, form="contact"),
    "website": Field(most=500, form="link"),
    "publication_category": Field(is_required=True, permitted=_CATEGORIES),
    "url": Field(most=500, form="link"),
    "goal": Field(most=2500),
    "proportionality": Field(most=2500),
    "human_intervention": Field(most=2500),
    "risks": Field(most=2500),
    "lawful_basis": Field(most=2500),
    "lawful_basis_grouping": Field(form="links"),
    "process_index_url": Field(most=500, form="link"),
    "impacttoetsen_grouping": Field(form="links", needs_link=False),
    "impacttoetsen": Field(most=2500),
    "source_data": Field(most=2500),
    "source_data_grouping": Field(form="links"),
    "methods_and_models": Field(most=5000),
    "provider": Field(most=200),
    "publiccode": Field(most=500, form="link"),
    "lang": Field(is_required=True, permitted=("nld",)),
    "standard_version": Field(permitted=("1.0",)),
    "source_id": Field(most=100),
    "tags": Field(most=2500),
    "lars": Field(),
}

_MARK: Final = re.compile(r"<[^>]*>")
_MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_LINK: Final = re.compile(r"https://[^\s/]+\.[^\s]+")

#: Longest address of a link, and longest title of one (characters).
_LONGEST_LINK, _LONGEST_TITLE = 500, 100


class Unfit(msgspec.Struct, frozen=True):
    """Why the register would not take an entry: the field, and what is wrong with it."""

    field: str
    problem: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a register.

    Attributes:
        id: `model-…` or `rules-…`.
        fields: Field → value, as it is delivered.
        unfit: Why the register would not take it (0..n); none where it would.
        by_person: Fields that a person filled (0..n).
    """

    id: str
    fields: dict[str, Any]
    unfit: tuple[Unfit, ...]
    by_person: tuple[str, ...]


def check_entry(fields: dict[str, Any]) -> tuple[Unfit, ...]:
    """What the register would not take of an entry (0..n)."""
    found = [Unfit(name, "is not a field of the register") for name in fields if name not in FIELDS]
    for name, field in FIELDS.items():
        value = fields.get(name)
        if value is None or value in ("", []):
            if field.is_required:
                found.append(Unfit(name, "is required and missing"))
            continue
        found += [Unfit(name, problem) for problem in _problems(field, value)]
    begun, ended = fields.get("begin_date", ""), fields.get("end_date", "")
    if all(isinstance(one, str) and _MONTH.fullmatch(one) for one in (begun, ended)) and begun > ended:
        found.append(Unfit("end_date", "is before begin_date"))
    return tuple(found)


def _problems(field: Field, value: Any) -> list[str]:
    if field.form == "names":
        return _of_names(field, value)
    if field.form == "links":
        return _of_links(field, value)
    if not isinstance(value, str):
        return ["is not a text"]
    found = []
    length = len(_MARK.sub("", value))
    if field.most is not None and length > field.most:
        found.append(f"has {length:,} characters; {field.most:,} at most")
    if field.permitted and value not in field.permitted:
        found.append(f"is none of: {', '.join(field.permitted)}")
    if field.form == "month" and not _MONTH.fullmatch(value):
        found.append("is not a month, such as 2026-01")
    if field.form == "contact" and not (_MAIL.fullmatch(value) or _LINK.fullmatch(value)):
        found.append("is neither an address of mail nor one that begins with https://")
    if field.form == "link" and not _LINK.fullmatch(value):
        found.append("is not an address that begins with https://")
    return found


def _of_names(field: Field, value: Any) -> list[str]:
    if not isinstance(value, list):
        return ["is not a list"]
    found = [f"{one} is none of: {', '.join(field.permitted)}" for one in value if one not in field.permitted]
    if field.most is not None and len(value) > field.most:
        found.append(f"has {len(value)} items; {field.most} at most")
    return found


def _of_links(field: Field, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        return ["is not a list of links"]
    found = []
    for one in value:
        title, link = one.get("title"), one.get("link")
        if not isinstance(title, str) or not title or len(title) > _LONGEST_TITLE:
            found.append(f"needs a title of {_LONGEST_TITLE} characters at most")
        if (link or field.needs_link) and (
            not isinstance(link, str) or not _LINK.fullmatch(link) or len(link) > _LONGEST_LINK
        ):
            found.append("needs an address that begins with https://")
    return found


#: What a person is asked once for all entries, and what for each; `lars` is what the register gave an earlier one.
_ASKED_ONCE: Final = {
    "contact_email": "Where can people ask about this algorithm? An address of mail, or one that begins with https://.",
    "publication_category": f"Category of publication: {' | '.join(_CATEGORIES)}.",
    "lawful_basis": "Which law allows this process? In Dutch, at most 2,500 characters.",
    "proportionality": "Why is this use justified, and what else was considered? In Dutch, at most 2,500 characters.",
    "impacttoetsen": "Which impact assessments were made, and why not others? In Dutch, at most 2,500 characters.",
    "process_index_url": "Link to the public record of processing, if there is one.",
    "website": "Link to a public page about it, if there is one.",
    "provider": "External supplier, or: Intern ontwikkeld.",
}
_ASKED_EACH: Final = {
    "lars": "Id that the register gave this entry, once it was delivered: without it a second delivery doubles it."
}

#: What every entry says, in Dutch at level B1, of what all models and rules have in common.
_DECIDES: Final = (
    "Het algoritme geeft alleen advies. Een medewerker van de douane beslist. Hij kan het advies volgen of ervan afwijken. "
    "Wie afwijkt, schrijft op waarom. Een vast deel van de controles kiest het lot."
)
_WEIGHS: Final = (
    "Het algoritme kent alleen wat eerdere controles vonden. Wat nooit is gecontroleerd, kent het niet. Daarom kiest het lot "
    "een deel van de controles. Zo is te zien wat het algoritme mist. Per groep bedrijven wordt vergeleken of er bij dezelfde "
    "grens evenveel wordt gevonden."
)


def questions_of(facts: Facts) -> tuple[tuple[str, str], ...]:
    """Questions of the entries, each with its key (1..n)."""
    once = [(f"register.{name}", question) for name, question in _ASKED_ONCE.items()]
    each = [(f"register.{one}.{name}", text) for one in _ids(facts) for name, text in _ASKED_EACH.items()]
    return (*once, *each)


def _ids(facts: Facts) -> list[str]:
    return [*(f"model-{one.version[:40]}" for one in facts.models), *(f"rules-{one.code}" for one in facts.families)]


def entries_of(facts: Facts, answers: Answers) -> tuple[Entry, ...]:
    """An entry for each model and each family of rules (1..n)."""
    told = [_of_model(facts, one) for one in facts.models] + [_of_family(one) for one in facts.families]
    oversight = facts.of("oversight.overrides")
    found = []
    for name, own in zip(_ids(facts), told, strict=True):
        fields: dict[str, Any] = {
            "organization": facts.administration,
            "category": ["Overheidsfinanciën", "Internationaal"],
            "human_intervention": _DECIDES + (f" {_overridden(oversight.records)}" if oversight else ""),
            "risks": _WEIGHS,
            "lang": "nld",
            "standard_version": "1.0",
            "source_id": name[:100],
            "tags": "douane, selectie, controle, goederen, aangifte",
            **own,
        }
        by_person = []
        for field in FIELDS:
            answer = answers.of(f"register.{name}.{field}") or answers.of(f"register.{field}")
            if answer is not None and field not in ("category", "status", "lang", "standard_version", "source_id"):
                fields[field] = answer
                by_person.append(field)
        fields = {field: fields[field] for field in FIELDS if field in fields}
        found.append(Entry(id=name, fields=fields, unfit=check_entry(fields), by_person=tuple(by_person)))
    return tuple(found)


def _overridden(count: int) -> str:
    return f"Tot nu toe week een medewerker {count} keer af van het advies."


def _of_model(facts: Facts, model: ModelFacts) -> dict[str, Any]:
    status = "In gebruik" if model.role == "champion" else "Buiten gebruik" if model.was_champion else "In ontwikkeling"
    own: dict[str, Any] = {
        "name": f"Kans dat een controle van een aangifte iets vindt (model {model.version[:12]})",
        "description_short": (
            "Dit model schat voor elke aangifte van goederen hoe groot de kans is dat een controle iets vindt. "
            "Aangiften met de hoogste kans worden voorgesteld voor controle."
        ),
        "goal": (
            "Het doel is om controles te doen waar de kans op een fout of op fraude het grootst is. Bedrijven merken het als "
            "hun goederen worden gecontroleerd: dat kost tijd. Andere goederen kunnen sneller verder."
        ),
        "source_data": "Aangiften van goederen en de uitkomsten van eerdere controles. " + " ".join(model.data),
        "methods_and_models": (
            "Een model van beslisbomen, getraind op eerdere controles. Het leert niet zelf tijdens gebruik: een nieuw model "
            "wordt apart getraind en getest, en een medewerker zet het in gebruik. " + " ".join(model.measured)
        )[:5000],
        "status": status,
    }
    own |= {"begin_date": model.begun} if model.begun else {}
    return own | ({"end_date": model.ended} if model.ended else {})


def _of_family(family: Family) -> dict[str, Any]:
    own: dict[str, Any] = {
        "name": family.title_nl[:100],
        "description_short": (
            f"{family.title_nl}. Elke regel kijkt naar wat in de aangifte staat en zegt waarom hij iets vraagt. "
            "Twee mensen moeten een regel goedkeuren."
            if family.code != "random"
            else "Het lot kiest een vast deel van de aangiften voor controle. Iedereen kan later nagaan dat er eerlijk is geloot."
        ),
        "goal": (
            "Het doel is om bekende risico's te herkennen. Bedrijven merken het als hun goederen worden gecontroleerd of als "
            "hun iets wordt gevraagd."
            if family.code != "random"
            else "Het doel is om te weten wat andere selecties missen, en om iedereen een kans op controle te geven."
        ),
        "source_data": "Gegevens uit de aangifte, en lijsten die bij de regels horen.",
        "methods_and_models": ("Vaste regels; niet zelflerend. " + " ".join(family.lines))[:5000],
        "status": "In gebruik" if family.is_in_use else "In ontwikkeling" if family.is_tried else "Buiten gebruik",
    }
    return own | ({"begin_date": family.begun} if family.begun else {})


#: Entry of a deployer in the database of the Union, asked of those that find their system high-risk.
_UNION: Final = (
    Asked(id="EU-0", title="Whether the system is high-risk, and by which point of Annex III, or why not", by="person",
          question="Is it high-risk? Selection of goods normally is not (recital 59); say why, with the point of Annex III if it is."),
    Asked(id="EU-C1", title="Deployer: name, address, contact", by="person",
          question="Name, address and contact of the administration as deployer."),
    Asked(id="EU-C2", title="Who submits on behalf of the deployer", by="person", question="Who enters it: name and contact."),
    Asked(id="EU-C3", title="Address of the provider's entry in the database", by="person",
          question="Link to the provider's entry; or that the administration is provider itself."),
    Asked(id="EU-C4", title="Summary of the assessment of the impact on fundamental rights", by="person",
          question="Findings of the fundamental rights impact assessment (Article 27), in short."),
    Asked(id="EU-C5", title="Summary of the data protection impact assessment", by="person",
          question="Findings of the data protection impact assessment, in short."),
)  # fmt: skip


def union_questions() -> tuple[Asked, ...]:
    """What a person is asked for the database of the Union."""
    return _UNION


def register_document(facts: Facts, answers: Answers, entries: tuple[Entry, ...]) -> Document:
    """All entries as one document, with those of the Union's database."""
    points = []
    for entry in entries:
        lines = tuple(f"{name}: {_said(value)}" for name, value in entry.fields.items())
        wrong = tuple(f"The register does not take it: {one.field} {one.problem}." for one in entry.unfit)
        points.append(
            Point(
                id=entry.id,
                title=str(entry.fields.get("name", "")),
                by="both",
                stands="fit to be delivered" if not entry.unfit else "NOT FIT TO BE DELIVERED",
                is_open=bool(entry.unfit),
                lines=(*wrong, *lines),
                answer=f"Filled by a person: {', '.join(entry.by_person)}." if entry.by_person else None,
            )
        )
    return Document(
        name="algorithm-register",
        title="Entries for registers of algorithms",
        basis=(
            "Fields after the publication standard 1.0 of the Dutch register of algorithms; texts are in Dutch, as it asks.",
            "The last points are what Annex VIII, Section C, of Regulation (EU) 2024/1689 asks of a public deployer.",
        ),
        points=(*points, *answered(_UNION, facts, answers, "register")),
    )


def _said(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
