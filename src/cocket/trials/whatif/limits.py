# SPDX-License-Identifier: Apache-2.0
"""What the past cannot tell: sentences that stand beside every answer, with the figures of this one."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

Code = Literal[
    "deterrence", "unseen", "overlap", "results", "picks", "unknown", "unscored", "values", "duty", "full", "thin", "no-choice",
    "replayed", "queues", "scanners", "bounded", "model-part", "people", "weight",
]  # fmt: skip

#: Code → sentence. Names in braces are the arguments.
SENTENCES: Final[dict[Code, str]] = {
    "deterrence": "Traders would see the change and answer it. The past holds nothing of that: fewer examinations may bring more "
    "offences, and more may bring fewer.",
    "unseen": "What officers saw and no record holds may have decided what was examined. The columns by chance alone do not depend "
    "on it; the column by the model does.",
    "overlap": "{share} % of these examinations would be of cases that neither chance nor a reason could have chosen in the past: of "
    "them nothing is known, and they are in no find.",
    "results": "{missing} of {all} drawn cases have no result. They are taken to be like the others; if they are not, the answer is off.",
    "picks": "Officers picked {count} cases by themselves. These are not counted as draws, and stand for no other case.",
    "unknown": "The chance of examination is not known for {count} cases.",
    "unscored": "{count} cases are left out: no model had scored them.",
    "values": "The value of {count} cases is not known in the national currency; they are not ignored.",
    "duty": "What is recovered is known for {known} of {finds} finds; the others count as nothing recovered.",
    "full": "Places were full for {today} cases today and would be for {changed}: a larger share than there are places for is not "
    "examined.",
    "thin": "{count} points of the frontier are left out, as they would rest on fewer than {least} effective examinations.",
    "no-choice": "Nothing can be said of finds: {why}",
    "replayed": "Waits are of orders that the lanes would have opened, replayed for today as well, so that both rest on the same.",
    "queues": "Waits at {count} offices cannot be determined, and none is guessed.",
    "scanners": "How long a scan takes, and what it clears, is as stated in the question: the past has no stamps of scans.",
    "bounded": "Of {all} cases the newest {taken} were asked.",
    "model-part": "{count} cases are left out: the model {model} had not scored them.",
    "people": "New people are taken to work as fast as those who are there.",
    "weight": "Standings and self-assessments of traders are as they were; their effect on the order of cases is not run again.",
}


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the past cannot tell.

    Attributes:
        code: One of `SENTENCES`.
        arguments: Values of its places.
    """

    code: Code
    arguments: dict[str, str] = {}

    @property
    def sentence(self) -> str:
        """In English, with its figures."""
        return SENTENCES[self.code].format(**self.arguments)
