# SPDX-License-Identifier: Apache-2.0
"""Models in the house: which speaks is an act of a person with a reason, sealed in the book before it holds."""

from __future__ import annotations

from cocket.governance import Context, Principal
from cocket.pipeline.front_desk import FrontDesk
from cocket.pipeline.model_registry import ModelRegistry
from cocket.risk.models.registry import ModelAct, Role, Roles

#: Kind of the records.
KIND = "model-act"


class Models(FrontDesk):
    """Registering and choosing models."""

    def register_model(self, principal: Principal, data: bytes, reason: str) -> str:
        """Take in a model file that passes its own test; returns its version.

        Raises:
            PolicyError: The principal may not.
            ProofError: The model fails its test.
            SettingsError: It is no model file, or is registered already.
        """
        self._require(principal, "model:set", context=Context(reason=reason))
        return self._registry(principal).register(data, principal.id, reason)

    def promote_model(self, principal: Principal, version: str, role: Role, reason: str) -> Roles:
        """Give a model a role.

        Raises:
            PolicyError: The principal may not.
            ProofError: File or register was changed, or the model fails its test.
            SettingsError: There is no such model, or it has the role.
        """
        self._require(principal, "model:set", context=Context(reason=reason))
        return self._registry(principal).promote(version, role, principal.id, reason)

    def roll_back_model(self, principal: Principal, reason: str) -> Roles:
        """Let the champion before the present one speak again; raises as `promote_model`."""
        self._require(principal, "model:set", context=Context(reason=reason))
        return self._registry(principal).roll_back(principal.id, reason)

    def _registry(self, principal: Principal) -> ModelRegistry:
        def seal(act: ModelAct) -> None:
            with self._shelves.database.transaction() as connection:
                self._seal(connection, self._shelves.sealer.record(KIND, principal.id, act))

        return ModelRegistry(self._shelves.settings.home / "models", seal)
