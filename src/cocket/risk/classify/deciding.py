# SPDX-License-Identifier: Apache-2.0
"""What would decide between two subheadings, and whether a declared code fits the words it is declared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from cocket.findings import Finding
from cocket.risk.classify.classifier import Classifier, Suggestion
from cocket.risk.classify.features import LITTLE_WORDS, words_of

#: Below this share of the first, the second is no rival.
_RIVAL: Final = 0.12

#: Shares of votes by which a declared heading fits, or does not.
_FITS: Final = 0.15
_AGAINST: Final = 0.5
_MOST_WORDS: Final = 5
_LONGEST: Final = 120


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What to ask, so that one of two subheadings falls away.

    Attributes:
        one: First subheading.
        other: Second subheading.
        asks: The question, with the words that only one of their texts has.
    """

    one: str
    other: str
    asks: Finding


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a declared code fits the words.

    Attributes:
        declared: Six digits as declared.
        outcome: `fits`, `against` (the words speak for another heading), or `cannot-say`.
        share: Share of votes for the declared heading, 0–1.
        rival: The subheading that the words speak for most, where they speak against.
        reason: Why, in words; a reason to look, no finding of misdeclaration.
    """

    declared: str
    outcome: Literal["fits", "against", "cannot-say"]
    share: float
    rival: str | None
    reason: Finding


def question_between(classifier: Classifier, suggestions: Sequence[Suggestion]) -> Question | None:
    """The question that would decide between the first two suggestions; None where the first has no rival."""
    if len(suggestions) < 2 or suggestions[1].score < _RIVAL * suggestions[0].score:
        return None
    first, second = suggestions[0], suggestions[1]
    texts = [classifier.texts_of(one.hs6)[0] for one in (first, second)]
    words = [[word for word in dict.fromkeys(words_of(text)) if word not in LITTLE_WORDS] for text in texts]
    only = [[word for word in words[i] if word not in words[1 - i]][:_MOST_WORDS] for i in (0, 1)]
    asks = Finding(
        code="classify-question",
        severity="info",
        message="Is it rather {one} ({one_words}), or {other} ({other_words})?",
        arguments={
            "one": _dotted(first.hs6),
            "other": _dotted(second.hs6),
            "one_words": ", ".join(only[0]) if all(only) else texts[0][:_LONGEST],
            "other_words": ", ".join(only[1]) if all(only) else texts[1][:_LONGEST],
        },
    )
    return Question(one=first.hs6, other=second.hs6, asks=asks)


def fit_of(declared: str, suggestions: Sequence[Suggestion]) -> Fit:
    """Whether a declared code fits the words it came with.

    Args:
        declared: The code as declared; digits count, of which six are compared.
        suggestions: What the words speak for, best first.

    Returns:
        `against` only where half of all votes are for one other heading and few for the declared one.
    """
    code = "".join(filter(str.isdigit, declared))[:6]
    headings: dict[str, float] = {}
    for one in suggestions:
        headings[one.hs6[:4]] = headings.get(one.hs6[:4], 0.0) + one.score
    share = round(min(1.0, headings.get(code[:4], 0.0)), 4)
    best = max(headings, key=lambda heading: headings[heading], default=None)
    if len(code) < 4 or best is None or (share < _FITS and headings[best] < _AGAINST):
        reason = Finding(
            code="classify-cannot-say", severity="info", message="the words do not clearly indicate a heading"
        )
        return Fit(declared=code, outcome="cannot-say", share=share, rival=None, reason=reason)
    if share >= _FITS:
        reason = Finding(
            code="classify-fits",
            severity="info",
            message="the words fit heading {heading}",
            arguments={"heading": code[:4]},
        )
        return Fit(declared=code, outcome="fits", share=share, rival=None, reason=reason)
    rival = next(one for one in suggestions if one.hs6[:4] == best)
    near = rival.evidence[0].text if rival.evidence else ""
    reason = Finding(
        code="classify-against",
        severity="warning",
        message="the words indicate {found}, such as “{near}”, not heading {expected}",
        expected=code[:4],
        found=_dotted(rival.hs6),
        arguments={"near": near[:120]},
    )
    return Fit(declared=code, outcome="against", share=share, rival=rival.hs6, reason=reason)


def _dotted(hs6: str) -> str:
    return f"{hs6[:4]}.{hs6[4:]}"
