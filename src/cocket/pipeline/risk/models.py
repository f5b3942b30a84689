# SPDX-License-Identifier: Apache-2.0
"""Models in the house: which speaks is an act of a person with a reason, sealed in the book before it holds."""

from __future__ import annotations

from typing import Final

import msgspec

from cocket.control import Point, frontier
from cocket.errors import SenderError, SettingsError
from cocket.governance import Context, Principal
from cocket.governance.proposals import Proposal
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.examination_policy import policy_of
from cocket.pipeline.base.proposals import MakeKey, needs_second
from cocket.pipeline.risk.active_models import PLACE, ModelsInUse, last_in_use
from cocket.pipeline.risk.challenger_results import ChallengerResult, ranked_challengers, results_of_challengers
from cocket.pipeline.risk.model_registry import ModelRegistry
from cocket.risk.models.registry import ModelAct, Role, Roles
from cocket.stores.base.database import Connection

#: Kind of the records.
KIND = "model-act"

#: Roles that a model can be given.
_ROLES: Final[tuple[Role, ...]] = ("champion", "challenger", "shadow")


class RevenueFrontier(msgspec.Struct, frozen=True, kw_only=True):
    """Precision against revenue, on what was examined here.

    Attributes:
        examined: Consignments scored and then examined (count); `found` of them found irregular.
        found: See `examined`.
        drawn: Of them drawn at random (count); without any, those that nobody examined are spoken for by nothing.
        left_out: Examined ones that cannot be weighed (count): no chance was logged, or no duty written down.
        budget: Share of the consignments examined (0–1).
        duty_unit: As `Policy.duty_unit`.
        weight: The weight on duty now in force (0–1).
        points: One a weight (0..n); none where nothing was examined.
    """

    examined: int
    found: int
    drawn: int
    left_out: int
    budget: float
    duty_unit: float
    weight: float
    points: tuple[Point, ...]


class Models(Service):
    """Registering and choosing models."""

    def register_model(self, principal: Principal, data: bytes, reason: str) -> str:
        """Take in a model file that passes its own test; returns its version.

        Raises:
            PolicyError: The principal may not.
            ProofError: The model fails its test.
            SettingsError: It is no model file, or is already registered.
        """
        self._access.require(principal, "model:set", context=Context(reason=reason))
        return self._registry(principal).register(data, principal.id, reason)

    def promote_model(
        self, principal: Principal, version: str, role: Role, reason: str, anyway: str | None = None
    ) -> Roles:
        """Give a model a role; `anyway` says why it shall be champion though something simpler did better.

        Raises:
            PolicyError: The principal may not, or policy of the house asks for a second person.
            ProofError: File or register was changed, or the model fails its test.
            SettingsError: There is no such model, it has the role, or something simpler did better and `anyway` is None.
        """
        self._require_alone(principal, "model", reason)
        return self._registry(principal).promote(version, role, principal.id, reason, anyway)

    def roll_back_model(self, principal: Principal, reason: str) -> Roles:
        """Let the champion before the present one speak again; raises as `promote_model`."""
        self._require_alone(principal, "model-back", reason)
        return self._registry(principal).roll_back(principal.id, reason)

    def proposed_promotion(
        self, principal: Principal, version: str, role: Role, reason: str, anyway: str | None = None
    ) -> Proposal | None:
        """The act of giving a model a role where it needs a second person; None where it does not.

        Raises:
            PolicyError: The principal may not.
            ProofError: File or register was changed, or the model fails its test.
            SettingsError: There is no such model.
        """
        self._access.require(principal, "model:set", context=Context(reason=reason))
        if not needs_second(self._stores, "model"):
            return None
        self._registry(principal).card(version)
        after = {"role": role, "anyway": anyway or ""}
        return Proposal(kind="model", subject=version, after=after, reason=reason.strip())

    def proposed_roll_back(self, principal: Principal, reason: str) -> Proposal | None:
        """The act of going back to the champion before where it needs a second person; None where it does not.

        Raises:
            PolicyError: The principal may not.
            ProofError: The register was changed.
            SettingsError: There is no earlier champion.
        """
        self._access.require(principal, "model:set", context=Context(reason=reason))
        if not needs_second(self._stores, "model-back"):
            return None
        past = self._registry(principal).roles().past
        if not past:
            raise SettingsError("There is no earlier champion to roll back to.", code="model-role")
        return Proposal(kind="model-back", subject=past[-1], after={"role": "champion"}, reason=reason.strip())

    def require(self, principal: Principal, wanted: Proposal, context: Context | None = None) -> None:
        """Refuse unless this principal may choose models; raises `PolicyError`."""
        self._access.require(principal, "model:set", context=context or Context(reason=wanted.reason))

    def present(self, connection: Connection, wanted: Proposal) -> dict[str, str]:
        """Which model has which role."""
        roles = ModelRegistry(self._stores.settings.models_folder).roles()
        return {name: getattr(roles, name) or "none" for name in _ROLES}

    def check(self, connection: Connection, wanted: Proposal) -> None:
        """Refuse a role that there is not, and a model that is not registered any more or fails its test."""
        if wanted.after.get("role") not in _ROLES:
            raise SenderError("There is no such role of a model.", code="model-role")
        ModelRegistry(self._stores.settings.models_folder).card(wanted.subject)

    def carry_out(self, wanted: Proposal, principal: Principal, content: bytes | None, make_key: MakeKey) -> str | None:
        """Give the role, or go back, under the names of all; None, since no secret is made."""
        registry, by = self._registry(principal), ", ".join(wanted.persons)
        if wanted.kind == "model-back":
            registry.roll_back(by, wanted.reason)
            return None
        role = next(one for one in _ROLES if one == wanted.after["role"])
        registry.promote(wanted.subject, role, by, wanted.reason, wanted.after.get("anyway") or None)
        return None

    def _require_alone(self, principal: Principal, kind: str, reason: str) -> None:
        """Refuse unless this principal may do it by himself."""
        alone = Context(reason=reason, needs_second=needs_second(self._stores, kind))
        self._access.require(principal, "model:set", context=alone)

    def models_in_use(self) -> ModelsInUse:
        """With what the assessment worker speaks, as it last said."""
        with self._stores.database.transaction() as connection:
            return last_in_use(self._stores.places.learnt(connection, PLACE))

    def model_acts(self, principal: Principal) -> tuple[Roles, tuple[ModelAct, ...]]:
        """Who has which role, and all acts, oldest first.

        Raises:
            PolicyError: The principal may not know.
            ProofError: The register was changed.
        """
        self._access.require(principal, "model:read")
        registry = self._registry(principal)
        return registry.roles(), registry.acts()

    def revenue_frontier(self, principal: Principal, budget: float) -> RevenueFrontier:
        """What precision each weight on duty would have cost here, and what revenue it would have brought.

        Args:
            principal: Who asks.
            budget: Share of the consignments that can be examined (above 0, at most 1).

        Raises:
            PolicyError: The principal may not know.
            SettingsError: The budget is none.
        """
        self._access.require(principal, "model:read")
        if not 0 < budget <= 1:
            raise SettingsError("The budget must be greater than 0 and at most 1.", found=str(budget))
        terms = policy_of(self._stores.settings).usual
        with self._stores.database.transaction() as connection:
            ranked, left_out = ranked_challengers(self._stores, connection)
        return RevenueFrontier(
            examined=len(ranked),
            found=sum(one.trial.found for one in ranked),
            drawn=sum(one.trial.is_drawn for one in ranked),
            left_out=left_out,
            budget=budget,
            duty_unit=terms.duty_unit,
            weight=terms.revenue_weight,
            points=frontier(ranked, budget, terms.duty_unit),
        )

    def challenger_models(self, principal: Principal) -> tuple[ChallengerResult, ...]:
        """How models fare on what was examined since they began to score, the champion first; raises as `model_acts`."""
        self._access.require(principal, "model:read")
        with self._stores.database.transaction() as connection:
            return results_of_challengers(self._stores, connection)

    def _registry(self, principal: Principal) -> ModelRegistry:
        def seal(act: ModelAct) -> None:
            with self._stores.database.transaction() as connection:
                self._access.seal(connection, self._stores.sealer.record(KIND, principal.id, act))

        return ModelRegistry(self._stores.settings.models_folder, seal)
