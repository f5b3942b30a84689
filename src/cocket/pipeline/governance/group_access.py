# SPDX-License-Identifier: Apache-2.0
"""Which group of an OpenID provider gives which role, at which office: a table in a file of the operator."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from cocket.errors import SettingsError
from cocket.pipeline.governance.sign_in import Role


class GroupAccess(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the table.

    Attributes:
        group: The group, as the provider names it.
        role: Role of its members.
        office: Their office; None for all.
    """

    group: str
    role: Role
    office: str | None = None


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    access: tuple[GroupAccess, ...]


def read_group_access(path: Path) -> tuple[GroupAccess, ...]:
    """The rows of the table, in its order (1..n).

    Raises:
        SettingsError: It cannot be read, or a row is not right.
    """
    try:
        table = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _Table)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(f"The table of groups {path} cannot be read: {error}", code="group-access") from error
    if not table.access or any(not one.group or one.office == "" for one in table.access):
        raise SettingsError(f"The table of groups {path} is empty, or has a row without words.", code="group-access")
    return table.access


def groups_in(claims: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    """The groups that a provider says a person is in; None if it does not say.

    A provider leaves the claim out where there are too many groups for it, and tells so in `_claim_names`.
    Source: OpenID Connect Core 1.0 §5.6.2.
    """
    found = claims.get(name)
    if isinstance(found, str):
        return (found,)
    is_list = isinstance(found, list) and all(isinstance(one, str) for one in found)
    return tuple(found) if is_list and found is not None else None


def access_of(rows: Sequence[GroupAccess], groups: Collection[str]) -> GroupAccess | None:
    """What a person of these groups is given: the first row that is of one of them; None if there is none."""
    return next((one for one in rows if one.group in groups), None)
