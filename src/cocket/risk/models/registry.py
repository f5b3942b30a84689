# SPDX-License-Identifier: Apache-2.0
"""The register of models: which there are, which one speaks, which one is tried beside it, and who decided so.

An act is a line of JSON that carries the hash of the line before, so that none can be taken out or changed; the house
seals each in the book as well. The roles follow from the acts alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal

import msgspec

from cocket.errors import ProofError, SettingsError

#: champion: its scores select. challenger: compared with the champion before it may take its place. shadow: scores, and
#: nobody sees it.
Role = Literal["champion", "challenger", "shadow"]
Kind = Literal["registered", "champion", "challenger", "shadow", "rolled-back", "retired"]

ROLES: tuple[Role, ...] = ("champion", "challenger", "shadow")
_FIRST = "0" * 64


class ModelAct(msgspec.Struct, frozen=True, kw_only=True):
    """One act of the register; also the body of its record in the book.

    Attributes:
        kind: `registered`, a role it was given, `rolled-back` (the champion before speaks again), or `retired`.
        version: Model it is about; of `rolled-back`, the one that speaks again.
        sha256: Hash of its file, hexadecimal.
        data_root: Hash of what it learnt from, hexadecimal.
        code_version: Version of the code that trained it.
        at: When, ISO 8601 UTC.
        by: Who.
        reason: Why, in words.
        before: Hash of the line before, hexadecimal.
    """

    kind: Kind
    version: str
    sha256: str
    data_root: str
    code_version: str
    at: str
    by: str
    reason: str
    before: str = _FIRST


class Roles(msgspec.Struct, frozen=True, kw_only=True):
    """Who has which role, and what may be had.

    Attributes:
        champion: Version that speaks; None if none does. `challenger` and `shadow` likewise.
        past: Champions before it, oldest first (0..n).
        known: Versions registered and not retired, oldest first (0..n).
    """

    champion: str | None = None
    challenger: str | None = None
    shadow: str | None = None
    past: tuple[str, ...] = ()
    known: tuple[str, ...] = ()


def read_acts(log: bytes) -> tuple[ModelAct, ...]:
    """The acts of a register, its chain checked.

    Raises:
        ProofError: A line was changed, taken out or put in.
    """
    acts, before = [], _FIRST
    for number, line in enumerate(log.splitlines(), start=1):
        try:
            act = msgspec.json.decode(line, type=ModelAct)
        except msgspec.MsgspecError as error:
            raise ProofError(
                f"Line {number} of the register cannot be read: {error}", code="registry-broken"
            ) from error
        if act.before != before:
            raise ProofError(f"Line {number} of the register does not follow the previous one.", code="registry-broken")
        acts.append(act)
        before = hashlib.sha256(line).hexdigest()
    return tuple(acts)


def next_act(log: bytes, act: ModelAct) -> ModelAct:
    """The act as it comes next in a register, after a check that it may.

    Raises:
        ProofError: The register is broken.
        SettingsError: The model is not known, known already, or there is nothing to roll back to.
    """
    _check(act, roles_after(read_acts(log)))
    lines = log.splitlines()
    return msgspec.structs.replace(act, before=hashlib.sha256(lines[-1]).hexdigest() if lines else _FIRST)


def write_act(act: ModelAct) -> bytes:
    """The line of an act."""
    return msgspec.json.encode(act) + b"\n"


def roles_after(acts: Sequence[ModelAct]) -> Roles:
    """The roles as they stand after some acts."""
    roles = Roles()
    for act in acts:
        roles = _after(roles, act)
    return roles


def _after(roles: Roles, act: ModelAct) -> Roles:
    replace = msgspec.structs.replace
    if act.kind == "registered":
        return replace(roles, known=(*roles.known, act.version))
    if act.kind == "rolled-back":
        return replace(roles, champion=roles.past[-1], past=roles.past[:-1], challenger=None)
    if act.kind == "retired":
        gone = {role: None for role in ROLES if getattr(roles, role) == act.version}
        known = tuple(version for version in roles.known if version != act.version)
        return replace(roles, known=known, past=tuple(each for each in roles.past if each != act.version), **gone)
    changes: dict[str, object] = {role: None for role in ROLES if getattr(roles, role) == act.version}
    if act.kind == "champion" and roles.champion is not None:
        changes["past"] = (*roles.past, roles.champion)
    return replace(roles, **(changes | {act.kind: act.version}))


def _check(act: ModelAct, roles: Roles) -> None:
    problem = None
    if act.kind == "registered":
        problem = "is already registered" if act.version in roles.known else None
    elif act.kind == "rolled-back":
        problem = None if roles.past and roles.past[-1] == act.version else "is not the previous champion"
    elif act.version not in roles.known:
        problem = "is not registered"
    elif act.kind == "champion" and roles.champion == act.version:
        problem = "is already champion"
    elif act.kind in {"shadow", "challenger", "retired"} and roles.champion == act.version:
        problem = "is champion; promote another first"
    if problem:
        raise SettingsError(
            f"The model {act.version} {problem}.", code="model-role", found=act.version, expected=", ".join(roles.known)
        )
