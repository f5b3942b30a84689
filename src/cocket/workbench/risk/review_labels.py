# SPDX-License-Identifier: Apache-2.0
"""What the pages on the review of files call things, and the sentences of the sheet, so that each has its translation."""

from __future__ import annotations

from typing import Final

from cocket.pipeline.risk.given_sheet import FileSheet, Verdict
from cocket.workbench.base.labels import _
from cocket.workbench.base.languages import Language

#: Sign and words of each verdict: colour never stands alone.
VERDICTS: Final[dict[Verdict, tuple[str, str]]] = {
    "recognised": ("✓", _("recognised")),
    "in part": ("◐", _("in part")),
    "needs you": ("◐", _("needs you")),
    "not recognised": ("✕", _("not recognised")),
}

FIELDS: Final[dict[str, str]] = {
    "reference": _("declaration in one: office, year, serial, number"),
    "office": _("office"),
    "year": _("year"),
    "serial": _("serial"),
    "number": _("number of the declaration"),
    "registered": _("registered on"),
    "lane": _("lane of the host"),
    "override": _("lane set by an officer"),
    "decided": _("lane set on"),
    "criteria": _("rules of the host that it met"),
    "propensity": _("chance of examination"),
    "depth": _("depth of examination"),
    "found": _("result: irregular, yes or no"),
    "nothing_found": _("conform, yes or no"),
    "offence": _("offence"),
    "duty_recovered": _("additional duty"),
    "currency": _("currency"),
    "examined_on": _("examined on"),
    "returned": _("result came on"),
    "override_reason": _("why an officer set it (free words)"),
    "note": _("note (free words)"),
    "examiner": _("examiner (a name)"),
    "leave out": _("leave out"),
}

MEANINGS: Final[dict[str, str]] = {
    "yes": _("yes: irregular"),
    "no": _("no: nothing found"),
    "red": _("Red"),
    "yellow": _("Yellow"),
    "blue": _("Blue"),
    "green": _("Green"),
    "full": _("full examination"),
    "partial": _("partial examination"),
    "scan": _("scan"),
    "documents": _("documents only"),
    "not-examined": _("not examined"),
}

#: The other way round where a column says "conform".
CONFORM: Final[dict[str, str]] = {"yes": _("yes: nothing found"), "no": _("no: irregular")}

JOBS: Final[dict[str, str]] = {
    "reading": _("Reading: {done} of {of} files"),
    "reviewing": _("Reviewing: {done} of {of}"),
}

DELIMITERS: Final[dict[str, str]] = {
    "comma": _("comma between"),
    "semicolon": _("semicolon between"),
    "tab": _("tab between"),
    "bar": _("bar between"),
}

#: Sentences that the sheet may say; listed so that each is translated.
SENTENCES: Final = (
    _("{what} is not read."),
    _("It is empty."),
    _("It has no rows."),
    _("It has headings, but no rows."),
    _("It is protected by a password."),
    _("It is an archive within an archive."),
    _("It is too large when unpacked."),
    _("It is damaged: it cannot be unpacked as {kind}."),
    _("It cannot be read as a workbook."),
    _("Its letters cannot be read as {encoding}."),
    _("It is neither a table nor a message of a known standard."),
    _("It is a message ({standard}), but neither a declaration nor a manifest."),
    _("A declaration ({standard})."),
    _("A manifest ({standard})."),
    _("The message has errors: {problem}"),
    _("No column is known as a declaration's number."),
    _("No column is known as a lane or a result."),
    _("Not one row can be used: {why}."),
    _("Rows read: {count}."),
    _("Rows read: {count}; words whose meaning is not known: {unknown}."),
    _("Give the table behind it as .csv or .xlsx."),
    _("Export it again."),
    _("Unpack it once, and give it again."),
    _("Pack it without a password; it stays on this machine."),
    _("Save it without a password; it stays on this machine."),
    _("Pack it again, or give the files themselves."),
    _("Give it in parts."),
    _("Save it as CSV UTF-8 or .xlsx."),
    _("Open it in a spreadsheet program and save it again as .xlsx or CSV UTF-8."),
    _("Give a table with one line of headings, or the host's XML files."),
    _("Leave it out; a review needs declarations, lanes and results."),
    _("Correct it at the host and export it again, or see all its errors by cocket check."),
    _("Say which column is the number of the declaration, or leave the file out."),
    _("Say which column is the lane or the result. Declarations themselves are read from the host's XML files."),
    _("Say which columns are office, year, serial and number, or give office and year for the whole file."),
    _("Say what each word means."),
    _("The day stands first, as some dates leave no doubt."),
    _("The month stands first, as some dates leave no doubt."),
    _("It is open whether day or month stands first: say which."),
    _("A chance of 0 is taken as not known."),
    _("it has more cells than headings"),
    _("a word of {name} is not known"),
    _("{name} cannot be read"),
    _("no declaration: {name} is missing"),
    _("it has headings alone"),
    _("That is more than can be given here."),
    _("The files could not be reviewed."),
    _("This folder has no readable declaration."),
    _("A PDF"),
    _("A picture"),
    _("A text document (RTF)"),
    _("A RAR archive"),
    _("A 7z archive"),
    _("A database file"),
    _("A compressed file (.Z)"),
    _("A compressed file (.bz2)"),
    _("A compressed file (.xz)"),
    _("it does not identify a declaration"),
    _("it has too many rows or columns"),
    _("a quotation mark is not closed"),
    _("The name of the file cannot be used."),
    _("Rename it."),
    _("The parts of this file did not arrive in order."),
    _("Give it again."),
    _("Pack them as .zip, or use cocket risk review in a terminal."),
    _("Others are reviewing files now, and there is no room for more."),
    _("Try again later, or use cocket risk review in a terminal."),
)


def message_of(file: FileSheet, language: Language) -> str:
    """What was read of a file, or why not, in the reader's language."""
    return language.say(file.message, **{name: language.translate(text) for name, text in file.arguments.items()})
