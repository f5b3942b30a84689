# SPDX-License-Identifier: Apache-2.0
"""Goods words against public benchmarks: how often the right chapter, heading and subheading stands among the first.

Two sets are read in the form in which their authors publish them; neither is part of this repository, and nothing is learnt
from either.

Source: ATLAS (arXiv:2509.18400): rulings of the United States' CROSS, a question and an answer a line. HSCodeComp
(arXiv:2510.19631): products of a marketplace with the code that experts gave them.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.figures import Figure
from cocket.errors import SettingsError
from cocket.risk.classify import Classifier, Example, builtin_examples, read_examples
from cocket.risk.classify.features import words_of

#: Digits of chapter, heading and subheading, and how many suggestions are looked at.
LEVELS: Final = (2, 4, 6)
PLACES: Final = (1, 5, 10)

#: Files to learn from, those of them that are there: the nomenclature, search phrases, texts of parcels.
LEARNT: Final = ("harmonized-system.csv", "search_references.json", "parcel_texts.csv")

_QUESTION: Final = re.compile(r"^\s*What is the HTS US Code for\s*(.*?)\s*\??\s*$", re.DOTALL)
_ANSWER: Final = re.compile(r"HTS US Code\s*->\s*([^\n]*)")
_CODE: Final = re.compile(r"\d{4}(?:\.?\d{2,4})*")
_LAST_CHAPTER: Final = 97


class Asked(msgspec.Struct, frozen=True):
    """A description, and the subheadings that answer it (0..n): a ruling on several goods has several, any of which is right."""

    text: str
    hs6: frozenset[str]


def read_rulings(content: bytes) -> list[Asked]:
    """Questions and answers of ATLAS, JSON lines of `messages` (0..n)."""
    asked = []
    for line in content.splitlines():
        if line.strip():
            said = {one["role"]: one["content"] for one in json.loads(line)["messages"]}
            question, answer = _QUESTION.match(said["user"]), _ANSWER.search(said["assistant"])
            codes = _CODE.findall(answer[1]) if answer else []
            asked.append(Asked(question[1] if question else said["user"], _subheadings(codes)))
    return asked


def read_products(content: bytes) -> list[Asked]:
    """Products of HSCodeComp, JSON lines, their name and attributes as the words (0..n)."""
    asked = []
    for line in content.splitlines():
        if line.strip():
            told = json.loads(line)
            attributes = json.loads(told.get("product_attributes") or "{}")
            words = [str(told["product_name"]), *(str(told.get(f"cate_lv{n}_desc") or "") for n in range(1, 6))]
            words += [f"{name} {value}" for name, value in attributes.items() if name in _TELLING]
            asked.append(Asked(" ".join(filter(None, words)), _subheadings([str(told["hs_code"])])))
    return asked


#: Attributes of a product that say what it is; others say how it is sold.
_TELLING: Final = (
    "Material",
    "Metals Type",
    "Gender",
    "Type",
    "Item Type",
    "Style",
    "Fabric Type",
    "Power Source",
    "Use",
    "Usage",
)

#: Files of benchmarks → how they are read, and what they are.
SETS: Final[dict[str, tuple[Callable[[bytes], list[Asked]], str]]] = {
    "atlas_test.jsonl": (read_rulings, "ATLAS, rulings"),
    "atlas_validation.jsonl": (read_rulings, "ATLAS, validation"),
    "hscodecomp.jsonl": (read_products, "HSCodeComp, products"),
}


def bench_hs_words(seconds: float, folder: Path | None = None) -> Iterator[Figure]:
    """Shares of descriptions with a right chapter, heading and subheading among the first 1, 5 and 10 suggestions.

    Args:
        seconds: Not used: each description is asked once.
        folder: Where the sets and the files to learn from are; None takes `risk/hs` of the folder of third-party samples.

    Raises:
        SettingsError: A folder was named that holds no set.
    """
    place = folder or _samples()
    found = [name for name in SETS if place is not None and (place / name).is_file()]
    if place is None or not found:
        if folder is not None:
            raise SettingsError(
                f"{folder} holds no benchmark of goods words.", code="bench-words", expected=", ".join(SETS)
            )
        yield Figure(name="skipped", value=0, unit="sets", note=f"none of {', '.join(SETS)} is here (--words FOLDER)")
        return
    sets = {name: SETS[name][0]((place / name).read_bytes()) for name in found}
    examples = learnt_from(place, (one.text for asked in sets.values() for one in asked))
    known = {one.hs6 for one in examples}
    yield Figure(
        name="learnt", value=len(examples), unit="examples", note=f"{len(known):,} subheadings, none of the sets"
    )
    classifier = Classifier(examples)
    for name, asked in sets.items():
        yield from measured(classifier, asked, SETS[name][1], known)


def learnt_from(place: Path, asked: Iterable[str]) -> list[Example]:
    """Examples of a folder, without phrases that have exactly the words of one that will be asked; built-in ones where there are none."""
    examples: list[Example] = []
    for name in LEARNT:
        if (place / name).is_file():
            examples += read_examples(name, (place / name).read_bytes())[0]
    asked_words = {" ".join(words_of(text)) for text in asked}
    return [one for one in examples or builtin_examples() if " ".join(words_of(one.text)) not in asked_words]


def measured(classifier: Classifier, asked: list[Asked], name: str, known: set[str]) -> Iterator[Figure]:
    """The figures of one set; what has no code that can be read is left out and counted, what the nomenclature lacks is not."""
    whole = [one for one in asked if one.hs6]
    if not whole:
        yield Figure(name=f"{name}: asked", value=0, unit="texts", note="no code can be read")
        return
    lacking = sum(one.hs6.isdisjoint(known) for one in whole)
    note = f"{len(asked) - len(whole)} without a code; {lacking} of subheadings that nothing was learnt of"
    yield Figure(name=f"{name}: asked", value=len(whole), unit="texts", note=note)
    found = classifier.suggest([one.text for one in whole], most=64)
    for digits in LEVELS:
        for most in PLACES:
            right = sum(
                bool({code[:digits] for code in one.hs6} & set(_first([each.hs6 for each in told], digits, most)))
                for one, told in zip(whole, found, strict=True)
            )
            yield Figure(name=f"{name}: HS{digits}, first {most}", value=right / len(whole), unit="of texts")


def _first(codes: Iterable[str], digits: int, most: int) -> list[str]:
    """The first different chapters, headings or subheadings of suggestions, best first (0..most)."""
    return list(dict.fromkeys(code[:digits] for code in codes))[:most]


def _subheadings(codes: Iterable[str]) -> frozenset[str]:
    digits = ("".join(filter(str.isdigit, code)) for code in codes)
    return frozenset(code[:6] for code in digits if len(code) >= 6 and 0 < int(code[:2]) <= _LAST_CHAPTER)


def _samples() -> Path | None:
    """`risk/hs` of the folder of third-party samples; None where there is none."""
    root = os.environ.get("COCKET_CORPORA") or Path(__file__).resolve().parents[2] / "shared" / "corpora"
    place = Path(root) / "risk" / "hs"
    return place if place.is_dir() else None
