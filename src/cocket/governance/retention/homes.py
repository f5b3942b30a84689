# SPDX-License-Identifier: Apache-2.0
"""Where each kind of sealed record belongs: to a class that a schedule can have rules of, or to what is kept, with the reason."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec


class ReasonKept(msgspec.Struct, frozen=True, kw_only=True):
    """Why some kinds are of no class.

    Attributes:
        name: Name of the reason.
        why: The reason, in words.
        kinds: Kinds of sealed records that are kept for it, sorted; one that ends with `*` is all that begin so (1..n).
    """

    name: str
    why: str
    kinds: tuple[str, ...]


class Homes(msgspec.Struct, frozen=True, kw_only=True):
    """Where kinds belong.

    Attributes:
        classes: Class → its kinds, as those of `ReasonKept` (1..n).
        kept: Reasons for which kinds are of no class (1..n).
    """

    classes: dict[str, tuple[str, ...]]
    kept: tuple[ReasonKept, ...]

    def of(self, kind: str) -> tuple[Literal["class", "kept"], str] | None:
        """Whether a kind is of a class or kept, and of which class or for which reason; None where nothing is said of it."""
        for name, kinds in self.classes.items():
            if _has(kinds, kind):
                return "class", name
        return next((("kept", one.name) for one in self.kept if _has(one.kinds, kind)), None)


@cache
def kept_homes() -> Homes:
    """Where every kind of sealed record belongs."""
    told = tomllib.loads((files("cocket.governance.retention") / "homes.toml").read_text("utf-8"))
    return Homes(
        classes={name: tuple(sorted(kinds)) for name, kinds in told["classes"].items()},
        kept=tuple(
            ReasonKept(name=name, why=one["why"], kinds=tuple(sorted(one["kinds"])))
            for name, one in told["kept"].items()
        ),
    )


def _has(kinds: tuple[str, ...], kind: str) -> bool:
    return any(kind.startswith(one[:-1]) if one.endswith("*") else kind == one for one in kinds)
