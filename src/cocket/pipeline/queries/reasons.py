# SPDX-License-Identifier: Apache-2.0
"""Reasons cards: why a consignment was advised its lane, from what was sealed, for whoever may know."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from cocket import ledger
from cocket.errors import LostError, PolicyError, ProofError, SettingsError
from cocket.governance import Principal, Resource
from cocket.model import Declaration
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.examination_policy import policy_of
from cocket.pipeline.base.ids import parse_id
from cocket.pipeline.base.ownership import refuse_lost
from cocket.pipeline.base.readings import reading_of
from cocket.pipeline.base.sealed_advice import SealedAdvice
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.dossiers import moment_of
from cocket.pipeline.consignment.outcomes import outcomes_between
from cocket.pipeline.control.contests import Contests
from cocket.pipeline.ledger.published import RecordProver
from cocket.pipeline.risk.active_models import ActiveModels
from cocket.risk import Facts, Reason, facts_of
from cocket.risk.features import NAMES, RENAMED
from cocket.risk.reasons import Audience, Language, PastResult, ReasonsCard, Sealed, SimilarCases, make_card
from cocket.stores.base.database import Connection
from cocket.stores.consignment.rows import Line
from cocket.stores.intake.messages import StoredMessage

if TYPE_CHECKING:
    from cocket.risk.models import Model

#: Seconds for which the past cases are taken to be the latest.
_FRESH_SECONDS = 300.0

#: Lanes in which goods wait for an officer.
_STOPS = ("red", "yellow")

_ANALYSTS = {"analyst", "supervisor"}


class Reasons(Service):
    """Saying why.

    Args:
        stores: The stores of this process.
        contests: Say from when on what came of a declaration is open to its trader.
    """

    def __init__(self, stores: Stores, contests: Contests) -> None:
        super().__init__(stores)
        self._contests = contests
        self._models = ActiveModels(stores)
        self._past: SimilarCases | None = None
        self._gathered = float("-inf")

    def reasons(self, principal: Principal, consignment_id: str, language: Language = "en") -> ReasonsCard:
        """The card of a consignment's newest advice; what would change the lane for analysts and supervisors alone.

        Args:
            principal: Who asks.
            consignment_id: The dossier.
            language: Of its sentences.

        Raises:
            NotFoundError: There is no such dossier that this principal may see, or none that was assessed.
        """
        audience: Audience = "analyst" if _ANALYSTS & set(principal.roles) else "officer"
        with self._stores.database.transaction() as connection:
            line, _ = self._access.advised_dossier(
                connection, principal, consignment_id
            )  # a host need not know whom chance drew
            if line.assessment is None:
                raise NotFoundError("There is no such consignment, or it was not assessed.")
            card = self._card(connection, line.id, language, audience)
            seen = {
                str(one) for one in self._access.seen_advice(connection, principal, [one.id for one in card.similar])
            }
            known = self._stores.consignments.lines_of(connection, [UUID(name) for name in sorted(seen)])
            titles = {str(name): one.title for name, one in known.items()}
            self._access.seal(connection, self._access.record(principal, "reasons", (str(line.id),)))
        return msgspec.structs.replace(
            card,
            similar=tuple(
                msgspec.structs.replace(one, title=titles.get(one.id, "")) for one in card.similar if one.id in seen
            ),
        )

    def sealed_advice(self, principal: Principal, consignment_id: str) -> ledger.SealedRecord:
        """The newest advice on a consignment as it was sealed, with its proof, for whoever may know all of it.

        Args:
            principal: Who asks: an analyst or supervisor who is bound to no office, since advice names other consignments.
            consignment_id: The dossier.

        Raises:
            NotFoundError: There is no such dossier that this principal may see, or none that was assessed.
            PolicyError: The principal may not see all of it.
            ProofError: No signed head covers it yet.
        """
        if principal.office is not None or not _ANALYSTS & set(principal.roles):
            raise PolicyError("Sealed advice is for analysts and supervisors of no office.", reasons=("advice-whole",))
        with self._stores.database.transaction() as connection:
            line, _ = self._access.advised_dossier(connection, principal, consignment_id)
            sealed = self._stores.leaves.records_about(connection, line.id, ("assessment",))
            if not sealed:
                raise NotFoundError("There is no such consignment, or it was not assessed.")
            leaf, body = sealed[-1]
            self._access.seal(connection, self._access.record(principal, "advice", (str(line.id),)))
        proven = RecordProver(self._stores).prove(leaf, body)
        if proven is None:
            raise ProofError("No signed head covers this advice yet; try again in a minute.", code="head-pending")
        return proven

    def own_reasons(self, principal: Principal, message_id: str, language: Language = "en") -> ReasonsCard:
        """A trader's card of his own declaration, once it was released: which parts of it to look at again, and no more.

        It opens as contests do, by days or by a result he is told of: release at once in one lane and later in another would tell
        the lane. It stays shut where another trader declared in the same dossier: what is advised may be of his goods.

        Args:
            principal: The trader.
            message_id: The declaration, by our id of the message; the card bears it too.
            language: Of its sentences.

        Raises:
            NotFoundError: There is no such declaration of his own.
            PolicyError: The administration tells traders nothing, or not yet.
        """
        with self._stores.database.transaction() as connection:
            message, line, declared = self._own(connection, principal, message_id)
            if not policy_of(self._stores.settings).terms(line.office or "", declared.flow)[1].tells_traders:
                raise PolicyError("This administration gives traders no reasons.", reasons=("traders-are-not-told",))
            opens = self._contests.looks_open(connection, message, line)
            is_shared = self._contests.shared_since(connection, message, line) is not None
            if is_shared or datetime.now(UTC).date() < opens or not self._is_released(connection, line):
                raise PolicyError("Reasons are given once the goods are released.", reasons=("not-released",))
            card = self._card(connection, line.id, language, "trader")
            self._access.seal(connection, self._access.record(principal, "reasons", (str(line.id),)))
        return msgspec.structs.replace(card, id=message_id)

    def _own(self, connection: Connection, principal: Principal, message_id: str) -> tuple[StoredMessage, Line, Facts]:
        """The dossier of a declaration that this trader sent himself; of no other paper, since it speaks of others."""
        wanted = parse_id(message_id)
        only = self._access.senders_alone(principal, "reasons:own")
        message = self._stores.messages.get(connection, wanted, only) if wanted else None
        if message is None or not self._access.may(
            principal, "reasons:own", Resource(sender=message.sender, lodged=message.received)
        ):
            refuse_lost(
                self._stores, connection, wanted, lambda one: self._access.may(principal, "reasons:own", one), only
            )
            raise NotFoundError("There is no such declaration.")
        # The card is named by the message, so it is of one that came alone: several are in dossiers of their own.
        declaration = reading_of(message).document
        dossiers = self._stores.consignments.of_message(connection, message.id)
        line = self._stores.consignments.line(connection, dossiers[0]) if len(dossiers) == 1 else None
        if not isinstance(declaration, Declaration) or line is None or line.assessment is None:
            raise NotFoundError("There is no such declaration, or it was not assessed.")
        return message, line, facts_of(declaration, str(line.id), moment_of(declaration, message.received))

    def _is_released(self, connection: Connection, line: Line) -> bool:
        """Whether nothing is to be done before release any more, here or at the host."""
        order = self._stores.orders.order_of(connection, [line.id]).get(line.id)
        host = self._stores.orders.host_decisions(connection, [line.id]).get(line.id)
        stops_at_host = host is not None and (host.override or host.lane) in _STOPS and host.is_examined is None
        return not stops_at_host and (order is None or order.status != "open")

    def _card(self, connection: Connection, consignment: UUID, language: Language, audience: Audience) -> ReasonsCard:
        stored = self._stores.orders.assessed(connection, [consignment])[consignment]
        body = self._stores.leaves.body(connection, stored.id)
        if body is None:
            raise LostError("The advice can no longer be decrypted: its key is lost.")
        sealed = sealed_of(msgspec.json.decode(body, type=SealedAdvice))
        return make_card(sealed, self._model(sealed.model_version), self._similar(connection), language, audience)

    def _model(self, version: str | None) -> Model | None:
        """The model that made an advice; None where others are in use by now."""
        self._models.refresh()
        return self._models.model(version)

    def _similar(self, connection: Connection) -> SimilarCases | None:
        """The latest cases with results; gathered anew now and then. None where numbers cannot be compared here."""
        if time.monotonic() - self._gathered > _FRESH_SECONDS:
            try:
                self._past = SimilarCases(_results(self._stores, connection))
            except (ImportError, SettingsError):
                self._past = None
            self._gathered = time.monotonic()
        return self._past


def sealed_of(advice: SealedAdvice) -> Sealed:
    """A sealed advice as a card needs it."""
    return Sealed(
        id=advice.consignment,
        lane=advice.lane,
        why=advice.why,
        score=advice.score,
        threshold=advice.threshold,
        is_random=advice.is_random,
        is_degraded=advice.is_degraded,
        rules=tuple(
            Reason(code=one.code, message=one.message, arguments=one.arguments, source=one.source or "–")
            for one in advice.reasons
            if one.code not in NAMES and one.code not in RENAMED  # a feature, of this version or of one before
        ),
        asked_by=advice.asked_by,
        features=advice.features,
        model_version=advice.model_version,
        rules_version=advice.rules_version,
        head=advice.head,
    )


def _results(stores: Stores, connection: Connection) -> list[PastResult]:
    last = stores.leaves.size(connection) - 1
    outcomes = {UUID(one.facts.id): one for one in outcomes_between(stores, connection, 0, last)}
    assessed = stores.orders.assessed(connection, list(outcomes))
    bodies = stores.leaves.bodies(connection, [one.id for one in assessed.values()])
    found = []
    for consignment, outcome in sorted(outcomes.items(), key=lambda pair: pair[1].returned):
        kept = bodies.get(assessed[consignment].id) if consignment in assessed else None
        if kept is not None:
            advice = msgspec.json.decode(kept[1], type=SealedAdvice)
            found.append(PastResult(id=str(consignment), features=advice.features, found=outcome.found))
    return found
