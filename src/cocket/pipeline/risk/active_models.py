# SPDX-License-Identifier: Apache-2.0
"""Which models speak in the assessment worker: the register's champion, and beside it those that are tried; read again when it changes.

A model that fails its own test is not loaded: without a champion the rules speak alone. The assessment worker seals in the book which
models it speaks with, and why it refused one, whenever that changes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from cocket.errors import CocketError
from cocket.pipeline.base.roles import SEALED_ASSESSMENT
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.risk.model_registry import ModelRegistry
from cocket.risk.models.registry import ROLES, Role, Roles
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection

if TYPE_CHECKING:
    from cocket.risk.models import Model

#: Kind of the record, and where the database keeps the newest.
KIND = PLACE = "models-in-use"

#: What a house of before kept its model in.
_FORMER = "model.json"


class ModelsInUse(msgspec.Struct, frozen=True, kw_only=True):
    """With what an assessment worker speaks; also the body of the record that seals it.

    Attributes:
        champion: Version whose scores select; None if the rules speak alone.
        challenger: Version tried beside it; None if there is none. `shadow` likewise.
        shadow: See `challenger`.
        refused: Role → why its model was not loaded.
        at: Since when, RFC 3339 in UTC.
    """

    champion: str | None = None
    challenger: str | None = None
    shadow: str | None = None
    refused: dict[str, str] = {}
    at: str = ""


class ActiveModels:
    """The models of one process.

    Args:
        shelves: The stores.

    Attributes:
        champion: The model whose scores select; None if there is none, or it was refused.
        beside: Models that are tried beside it, each once (0..2).
        refused: Role → why its model was not loaded.
    """

    def __init__(self, stores: Stores) -> None:
        self._folder = stores.settings.models_folder
        self._former = stores.settings.home / _FORMER
        self._places = stores.places
        self._sealer = stores.sealer
        self._stamp: tuple[int, int] | None = (-1, -1)
        self._roles = Roles()
        self._loaded: dict[str, Model] = {}
        self.champion: Model | None = None
        self.beside: tuple[Model, ...] = ()
        self.refused: dict[str, str] = {}

    def refresh(self) -> bool:
        """Read the register again if anything was done in it; gives whether there was."""
        registry = ModelRegistry(self._folder)
        stamp = registry.stamp()
        if stamp == self._stamp:
            return False
        self._stamp, self.refused = stamp, {}
        try:
            self._roles = registry.roles()
        except CocketError as error:
            # Who tampers with the register must not choose the model: the rules speak until it is in order again.
            self._roles, self.refused = Roles(), {"register": str(error)}
        if stamp is None and self._former.exists():
            self.refused["champion"] = (
                f"{_FORMER} is from an earlier version and no longer supported: train and promote the model again."
            )
        found = {role: self._load(registry, role) for role in ROLES}
        self.champion = found["champion"]
        self.beside = tuple({one.version: one for one in (found["challenger"], found["shadow"]) if one}.values())
        self._loaded = {one.version: one for one in (self.champion, *self.beside) if one}
        return True

    def model(self, version: str | None) -> Model | None:
        """A model that speaks or is tried, by version; None where none of them is it."""
        return self._loaded.get(version) if version else None

    def news(self, connection: Connection) -> tuple[NewRecord, ...]:
        """The record of what this worker speaks with, if that is not what was sealed last (0..1)."""
        now = ModelsInUse(
            champion=self.champion.version if self.champion else None,
            challenger=self._version("challenger"),
            shadow=self._version("shadow"),
            refused=self.refused,
        )
        if msgspec.structs.replace(last_in_use(self._places.learnt(connection, PLACE)), at="") == now:
            return ()
        now = msgspec.structs.replace(now, at=datetime.now(UTC).isoformat(timespec="seconds"))
        self._places.put(connection, PLACE, msgspec.json.encode(now))
        return (self._sealer.record(KIND, SEALED_ASSESSMENT, now),)

    def _version(self, role: str) -> str | None:
        version: str | None = getattr(self._roles, role)
        return version if version in self._loaded else None

    def _load(self, registry: ModelRegistry, role: Role) -> Model | None:
        version = getattr(self._roles, role)
        if version is None:
            return None
        try:
            return self._loaded.get(version) or registry.load(role)
        except CocketError as error:
            self.refused[role] = f"{version}: {error}"
            return None


def last_in_use(told: bytes | None) -> ModelsInUse:
    """What an assessment worker said last."""
    return msgspec.json.decode(told, type=ModelsInUse) if told else ModelsInUse()
