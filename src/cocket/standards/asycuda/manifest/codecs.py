# SPDX-License-Identifier: Apache-2.0
"""How the attributes that only the manifest has stand in its elements."""

from __future__ import annotations

from cocket.model import Packaging, Seal
from cocket.standards.asycuda.mapping import Codec, Texts
from cocket.standards.asycuda.profiles import Profile
from cocket.standards.asycuda.values import flag, whole


def _read_either(_: Profile, generic: str | None, other: str | None) -> str | None:
    return (generic or other or "").strip() or None


def _write_either(profile: Profile, value: str) -> Texts:
    return (value, None) if profile.dialect == "generic" else (None, value)


def _read_level(_: Profile, text: str) -> str | None:
    """Whether a bill is consolidated: a flag, or the count of its house bills."""
    count = whole(text)
    consolidated = flag(text) if count is None else count > 0
    return None if consolidated is None else "master" if consolidated else "straight"


def _write_level(_: Profile, level: str) -> Texts:
    return ("1" if level == "master" else "0",)


def _read_seals(_: Profile, *texts: str | None) -> tuple[Seal, ...] | None:
    """Three marks of the generic dialect, the one of the other, and who sealed."""
    *marks, party = ((text or "").strip() for text in texts)
    return tuple(Seal(id=mark, party_code=party or None) for mark in marks if mark) or None


def _write_seals(profile: Profile, seals: tuple[Seal, ...]) -> Texts:
    party = next((seal.party_code for seal in seals if seal.party_code), None)
    marks = [seal.id for seal in seals]
    if profile.dialect == "bangladesh" and len(marks) == 1:
        return None, None, None, marks[0], party
    first, second, third, further, *_ = *marks, None, None, None, None
    return first, second, third, further, party


def _read_packages(
    _: Profile, quantity: str | None, kind: str | None, name: str | None, marks: str | None
) -> tuple[Packaging, ...] | None:
    packaging = Packaging(
        quantity=whole(quantity) if quantity else None,
        type_code=(kind or "").strip() or None,
        type_name=(name or "").strip() or None,
        marks=(marks or "").strip() or None,
    )
    return None if packaging == Packaging() else (packaging,)


def _write_packages(_: Profile, packaging: tuple[Packaging, ...]) -> Texts:
    if not packaging:
        return None, None, None, None
    one = packaging[0]
    return None if one.quantity is None else str(one.quantity), one.type_code, one.type_name, one.marks


def _read_remarks(_: Profile, *texts: str | None) -> tuple[str, ...] | None:
    return tuple(text.strip() for text in texts if text) or None


def _write_remarks(_: Profile, remarks: tuple[str, ...]) -> Texts:
    return (*remarks[:2], *[None] * (2 - len(remarks)))


#: One element: whether a bill is consolidated.
LEVEL = Codec(_read_level, _write_level)

#: Two elements for the same fact, one in each dialect: the generic one, the other.
EITHER = Codec(_read_either, _write_either)

#: Several elements, in the order of the names.
SEALS = Codec(_read_seals, _write_seals)
PACKAGES = Codec(_read_packages, _write_packages)
REMARKS = Codec(_read_remarks, _write_remarks)
