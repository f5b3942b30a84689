# SPDX-License-Identifier: Apache-2.0
"""What figures on rules do not say: sentences in English, as results keep them, and in the language of whoever reads a report."""

from __future__ import annotations

import re
from functools import cache
from typing import Final, Literal

from cocket.languages import Language, fill

Name = Literal[
    "not perfect", "no draws", "chances unknown", "chances assumed", "few examined", "overridden", "undated", "future",
    "unmatched", "no bill", "no advice", "as known", "value", "in history", "rows together", "rows repeated", "lanes differ",
    "reasons differ", "result future", "result before", "amount negative", "amount nothing found", "currencies",
    "no main currency", "days",
]  # fmt: skip

#: What is put together or left out of a month, each with its count.
COUNTED: Final[tuple[Name, ...]] = (
    "value", "in history", "rows together", "rows repeated", "lanes differ", "reasons differ", "result future",
    "result before", "amount negative", "amount nothing found",
)  # fmt: skip

CAVEATS: Final[dict[Name, str]] = {
    "not perfect": "Examinations are not perfect: not finding anything is no proof that nothing was there.",
    "no draws": "No examination was drawn at random, or random draws were not logged, so nothing can be compared with chance. "
    "Draw at least one in a hundred at random, and log it.",
    "chances unknown": "It is not known which declarations were chosen at random, so no rule is compared with chance, and our "
    "advice is compared only where both selected. Add a column criteria to the table of lanes, with RANDOM for random "
    "selections, or a column propensity; and draw at least one in a hundred at random.",
    "chances assumed": "The probability of a random draw was assumed to be equal for all declarations that no rule sent to red.",
    "few examined": "Only {count} examinations: intervals are wide, and differences within them are noise.",
    "overridden": "Officers set the lane of {count} declarations; their selection probability is not known, and they are left "
    "out of every estimate.",
    "days": "Days are those of the declaration: registered by the host {registered}, accepted {accepted}, made as the sender "
    "states {issued}.",
    "undated": "{count} declarations have an unreadable date and are left out. Set the country's date format with --profile, "
    "as for cocket check.",
    "future": "{count} declarations are dated in the future, and are left out: a misread date, such as day and month "
    "exchanged, or a clock that is wrong.",
    "value": "{count} declarations have a value or duty that is negative, no number or beyond any amount of money, and are left "
    "out.",
    "in history": "{count} declarations of the history are those of the month itself, and are left out of the history.",
    "rows together": "The examination of {count} declarations is stated in several rows: it found something if any row did, and the "
    "amounts of these were added.",
    "rows repeated": "{count} rows of results stand in the tables more than once, word for word, and count once.",
    "lanes differ": "The rows of {count} declarations tell different lanes: the one decided last counts, and none where that "
    "cannot be known.",
    "reasons differ": "The rows of {count} declarations differ in why they were chosen, or in the chance of that: what only some "
    "call random is not taken to be random, and a chance that differs is not known.",
    "result future": "{count} rows of results are dated in the future, and are left out.",
    "result before": "{count} rows of results are dated before their declaration, and are left out.",
    "amount negative": "{count} amounts are negative, and are left out.",
    "amount nothing found": "{count} amounts stand on results that found nothing, and are left out.",
    "currencies": "Amounts are stated in several currencies ({amounts}), and are never added: figures of money are those in "
    "{currency} alone.",
    "no main currency": "Amounts are stated in several currencies ({amounts}), in none of them most: no figures of money are "
    "given.",
    "unmatched": "{count} declarations of the tables are not in the folder.",
    "no bill": "{count} declarations have no transport document in the folder; no documents could be compared for them.",
    "no advice": "Our advice could not be compared: {why}.",
    "as known": "Our advice is judged with what was known on each day; on live days officers would have done better or worse.",
}

#: Of rules whose conditions some declarations cannot answer.
UNDECIDED: Final = (
    "Some conditions could not be evaluated because a field was not declared; there the rule did not fire."
)

#: Why our advice could not be compared.
TOO_FEW: Final = "too few of the examinations found something to train a model on"
NO_EXAMINATIONS: Final = "no examinations took place in the comparable part of the month"

#: What a model had learnt from.
TEACHERS: Final = ("the history in the folder", "the first part of the month", "model {version}")


def caveat(name: Name, **places: object) -> str:
    """A caveat in English, its places filled in."""
    return fill(CAVEATS[name], {place: str(value) for place, value in places.items()})


def said_in(text: str, language: Language) -> str:
    """A caveat, or a part of one, in a language; as it stands where it is none of ours.

    Args:
        text: As `caveat` wrote it, or one of the texts beside it.
        language: The reader's.
    """
    for pattern, sentence in _patterns():
        found = pattern.fullmatch(text)
        if found is not None:
            places = {name: said_in(part, language) for name, part in found.groupdict().items()}
            return language.say(sentence, **places)
    reason, _, rest = text.partition(" (")
    return f"{language.translate(reason)} ({rest}" if rest and reason == TOO_FEW else text


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    sentences = (*CAVEATS.values(), UNDECIDED, TOO_FEW, NO_EXAMINATIONS, *TEACHERS)
    return tuple((re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(one))), one) for one in sentences)
