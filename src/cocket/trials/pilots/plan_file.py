# SPDX-License-Identifier: Apache-2.0
"""A plan as a file that people write: TOML, with a table for each stop rule; every mistake is said in words."""

from __future__ import annotations

import tomllib
from typing import Any, Final

import msgspec

from cocket.errors import SenderError
from cocket.trials.pilots.protocol import PilotPlan, StopRule
from cocket.trials.pilots.variance import Spread

#: Largest plan (bytes).
MOST_BYTES: Final = 200_000

#: A plan to begin with; `cocket trials example` writes it.
EXAMPLE: Final = """\
# A pilot, planned before its first day. Shares are of 1: 0.05 is 5 of 100.
title = "Score at the counter"
question = "Do officers find more where they see the score?"
treatment = "Officers see the score and its reasons before they examine."

measure = "finds"        # finds (of all declared), hits (of those examined), examined (of all declared)
design = "wedge"         # wedge (offices switch one after another), days, consignments, shadow (nothing changes)
applies = "record"       # record, or host-advice: in the arm without it the host does not receive our advice
offices = ["XAPRT001", "XAPRT002", "XAPRT003", "XAPRT004", "XAPRT005", "XAPRT006", "XAPRT007", "XAPRT008"]  # largest first

first = 2030-01-07       # first day; it must lie ahead
period_days = 14
periods = 9              # of a wedge: one more than its steps
lock_days = 30           # days after the last on which results still count

base = 0.10              # share without the treatment
effect = 0.05            # smallest difference worth finding
cell_size = 400          # consignments of an office in a period
basis = "finds of last year, by cocket trials past"
estimator = "either"     # tests at once or growing as officers learn, whichever stands out; or constant, or exposure
alpha = 0.05
looks = [4, 6, 9]        # periods after which the board looks

board = "head of risk, head of operations, an officer of each port"
hours = 4                # of work a week
ethics = "approved by the legal department; officers were informed"

[spread]
icc = 0.01               # share of the variance between offices and periods
cac = 0.8                # how alike two periods of one office are

[frozen]
model = "champion of 1 December"

[[stop]]
code = "harm"            # finds go down; limit is the one-sided error that is accepted
limit = 0.05
person = "head of risk"

[[stop]]
code = "delay"           # the slowest examinations take so many hours longer
limit = 24
person = "head of operations"

[[stop]]
code = "not-examined"    # ordered and not examined
limit = 0.25
person = "head of operations"
"""


def read_plan(content: bytes) -> PilotPlan:
    """A plan from TOML or JSON.

    Raises:
        SenderError: It is neither, or no plan; the message says where.
    """
    if len(content) > MOST_BYTES:
        raise SenderError(f"A plan has at most {MOST_BYTES:,} bytes.", code="pilot-malformed")
    try:
        text = content.decode("utf-8-sig")
        read: Any = msgspec.json.decode(text) if text.lstrip().startswith("{") else tomllib.loads(text)
        _require_known(read)
        return msgspec.convert(read, PilotPlan)
    except UnicodeDecodeError as error:
        raise SenderError("A plan is written in UTF-8.", code="pilot-malformed") from error
    except tomllib.TOMLDecodeError as error:
        raise SenderError(f"This is not TOML: {error}.", code="pilot-malformed") from error
    except msgspec.MsgspecError as error:
        raise SenderError(f"This is not a plan of a pilot: {error}.", code="pilot-plan") from error


def _require_known(read: Any) -> None:
    """Refuse what names a field that there is not: a word that is misspelt is not passed over."""
    if not isinstance(read, dict):
        raise SenderError("A plan has names and values.", code="pilot-plan")
    stops, spread = read.get("stop"), read.get("spread")
    parts = [
        (read, PilotPlan),
        (spread, Spread),
        *((one, StopRule) for one in (stops if isinstance(stops, list) else ())),
    ]
    for told, kind in parts:
        known = kind.__struct_fields__
        unknown = sorted(set(told) - set(known)) if isinstance(told, dict) else []
        if unknown:
            raise SenderError(
                f"A plan has no field {unknown[0][:60]!r}.",
                code="pilot-field",
                expected=", ".join(known),
                found=unknown[0][:60],
            )
