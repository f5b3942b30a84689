# SPDX-License-Identifier: Apache-2.0
"""All code lists at hand, and what they say of a code on a day.

Source: the Revised Kyoto Convention, general annex, standard 3.11 and its guidelines: data are judged by what was in
force when the declaration was lodged.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import msgspec

from cocket.codes.builtin import builtin_lists
from cocket.codes.code_list import Code, CodeList, open_code_list
from cocket.errors import SenderError, StoreError

#: How the file of an edition is named: `<list>/<edition>.codes`.
SUFFIX = ".codes"

Verdict = Literal["valid", "not-valid-then", "unknown-code", "no-edition-then", "unknown-list"]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the lists say of one code on one day.

    Attributes:
        verdict: `valid`; `not-valid-then`, the code is known but not for that day; `unknown-code`, no edition has it;
            `no-edition-then`, no edition at hand was in force that day, so nothing can be said; `unknown-list`.
        list: Name of the list asked.
        code: The code asked for, as given.
        on: The day asked for.
        edition: Edition that answers; None if there is none.
        entry: What it says of the code; None if it is unknown.
        is_subset: Whether the list is known to be only a part, so that an unknown code may yet exist.
    """

    verdict: Verdict
    list: str
    code: str
    on: date
    edition: str | None = None
    entry: Code | None = None
    is_subset: bool = False


class Codebook:
    """Code lists in any number of editions.

    Args:
        editions: The editions; of two in force on the same day the one that came into force later answers, of two that
            came into force together the one given later.
    """

    def __init__(self, editions: Iterable[CodeList]) -> None:
        self._lists: dict[str, list[CodeList]] = {}
        for edition in editions:
            self._lists.setdefault(edition.name, []).append(edition)
        for several in self._lists.values():
            several.sort(key=lambda one: one.edition.valid_from or date.min)

    @property
    def lists(self) -> tuple[str, ...]:
        """Names of the lists at hand, in order (0..n)."""
        return tuple(sorted(self._lists))

    def editions(self, name: str) -> tuple[CodeList, ...]:
        """Editions of a list, by the day they came into force (0..n).

        Source: the days that each edition states.
        """
        return tuple(self._lists.get(name, ())) if isinstance(name, str) else ()

    def find(self, name: str, text: str) -> tuple[tuple[CodeList, Code], ...]:
        """Everything that any edition of a list says of a code, in order of the editions (0..n)."""
        return tuple((edition, code) for edition in self.editions(name) for code in edition.find(text))

    def look_up(self, name: str, text: str, on: date) -> Answer:
        """What a list says of a code on a day.

        Args:
            name: Name of the list, such as `unlocode`.
            text: The code, as people write it.
            on: The day that counts, such as that of the declaration.

        Raises:
            SenderError: It is no day (`not-a-day`). A code that is no text is an unknown one.
        """
        if not isinstance(on, date) or isinstance(on, datetime):
            raise SenderError(
                "The day must be given as a date.", code="not-a-day", expected="date", found=type(on).__name__
            )
        editions = self.editions(name)
        answer = Answer(verdict="unknown-list", list=name, code=text, on=on)
        if not editions:
            return answer
        in_force = [edition for edition in editions if edition.edition.is_in_force_on(on)]
        if not in_force:
            return msgspec.structs.replace(answer, verdict="no-edition-then")
        newest = in_force[-1]
        answer = msgspec.structs.replace(
            answer, edition=newest.edition.edition, is_subset=newest.edition.is_subset, verdict="unknown-code"
        )
        if (found := _valid(in_force, text, on)) is not None:
            verdict: Verdict = "valid"
        elif known := (*((newest, code) for code in newest.find(text)), *reversed(self.find(name, text))):
            found, verdict = known[0], "not-valid-then"
        else:
            return answer
        edition, entry = found
        return msgspec.structs.replace(answer, verdict=verdict, entry=entry, edition=edition.edition.edition)


def _valid(in_force: list[CodeList], text: str, on: date) -> tuple[CodeList, Code] | None:
    """The newest edition's word, else that of an older one which keeps the code with its days.

    A newer edition without the code does not speak of the past, where an older one tells until when it was valid.
    """
    if (entry := in_force[-1].at(text, on)) is not None:
        return in_force[-1], entry
    for edition in reversed(in_force[:-1]):
        if (entry := edition.at(text, on)) is not None and entry.valid_to is not None:
            return edition, entry
    return None


def read_codebook(folder: Path | None = None) -> Codebook:
    """The lists that come with the package, and those that were imported into a folder.

    Args:
        folder: Where `cocket codes import` put them; None takes the built-in ones alone, as does a folder that is not
            there yet.

    Raises:
        StoreError: A file of the folder is damaged or cannot be read.
    """
    return Codebook((*builtin_lists(), *_kept_in(folder)))


def _kept_in(folder: Path | None) -> list[CodeList]:
    try:
        if folder is None or not folder.exists():
            return []
        return [open_code_list(path) for path in sorted(folder.glob(f"*/*{SUFFIX}"))]
    except OSError as error:
        raise StoreError(f"{folder} cannot be read: {error.strerror}.") from error
