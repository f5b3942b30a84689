# SPDX-License-Identifier: Apache-2.0
"""A rule as people write it: a code, a sentence, a condition, what it asks for, and until when."""

from __future__ import annotations

import hashlib
import re
import tomllib
from datetime import date
from typing import Any, Literal

import msgspec

from cocket.errors import SettingsError

#: What a rule may ask for: nothing but to be read, a lane, or a question to the declarant.
Asks = Literal["nothing", "blue", "yellow", "red", "query"]

#: Longest life of a rule (days): then it ends, unless two people publish it again.
LONGEST_DAYS = 366

_CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_CODE = 60
_LONGEST_SENTENCE = 300


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One rule.

    Attributes:
        code: Stable name in small letters, words joined by hyphens.
        says: What the officer reads where it fires; `{importer}`, `{declarant}`, `{seller}`, `{office}`,
            `{export_country}` stand for what is declared.
        when: Condition in CEL; the rule fires where it is true (see `cocket.risk.rules.language`).
        asks: What it asks for where it fires.
        share: Share of the cases it fires on for which it asks that, drawn at random (above 0, at most 1).
        source: Law, report or experience it rests on.
        expires: Last day of validity.
        starts: First day on which it counts; None from its publication on.
        lists: Its own lists: name → entries.
        weight: Share of cases (0–1) it is taken to catch, where no model is at hand.
    """

    code: str
    says: str
    when: str
    source: str
    expires: date
    asks: Asks = "nothing"
    share: float = 1.0
    starts: date | None = None
    lists: dict[str, tuple[str, ...]] = {}
    weight: float = 0.1

    def __post_init__(self) -> None:
        problems = []
        if not _CODE.fullmatch(self.code) or len(self.code) > _LONGEST_CODE:
            problems.append("code must be lower-case letters and digits, words joined by hyphens")
        if not 0 < len(self.says.strip()) <= _LONGEST_SENTENCE:
            problems.append(f"says must be a sentence of at most {_LONGEST_SENTENCE} characters")
        if not self.source.strip():
            problems.append("source must state the basis of the rule")
        if not 0 < self.share <= 1:
            problems.append("share must be above 0 and at most 1")
        if not 0 <= self.weight < 1:
            problems.append("weight must be at least 0 and below 1")
        if self.starts is not None and self.starts > self.expires:
            problems.append("it would expire before it starts")
        if problems:
            raise ValueError(f"rule {self.code}: " + "; ".join(problems))

    @property
    def digest(self) -> str:
        """What identifies this very wording: 16 hexadecimal digits; the expiry is not part of it."""
        words = msgspec.to_builtins(self)
        words.pop("expires")
        return hashlib.sha256(msgspec.json.encode(words, order="sorted")).hexdigest()[:16]

    def counts_on(self, day: date) -> bool:
        """Whether it is in force on a day, as far as its own dates go."""
        return (self.starts is None or self.starts <= day) and day <= self.expires


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rule: tuple[dict[str, Any], ...]
    lists: dict[str, tuple[str, ...]] = {}


def read_rules(data: bytes) -> tuple[Rule, ...]:
    """Read a file of rules.

    Args:
        data: TOML: a table `[[rule]]` a rule with the fields of `Rule`, and `[lists]` that all of them may use.

    Returns:
        The rules in the order of the file (1..n).

    Raises:
        SettingsError: It is not such a file; `problems` tells everything that is wrong with it.
    """
    try:
        given = msgspec.convert(tomllib.loads(data.decode("utf-8")), _File)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(f"The rules cannot be read: {error}.", code="rules-unreadable") from error
    rules, problems = [], []
    for number, fields in enumerate(given.rule, start=1):
        try:
            rules.append(msgspec.convert(fields | {"lists": given.lists | fields.get("lists", {})}, Rule))
        except (msgspec.ValidationError, ValueError, TypeError) as error:
            problems.append(f"rule {number}: {error}")
    codes = [rule.code for rule in rules]
    problems += [f"{code} appears twice" for code in sorted({code for code in codes if codes.count(code) > 1})]
    if not given.rule:
        problems.append("there is no [[rule]] in it")
    if problems:
        raise SettingsError(
            "The rules are not valid: " + "; ".join(problems) + ".", code="rules", problems=tuple(problems)
        )
    return tuple(rules)
