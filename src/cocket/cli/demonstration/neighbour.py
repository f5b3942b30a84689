# SPDX-License-Identifier: Apache-2.0
"""The country next door in the demo: one journey is handed over to its customs and taken over there, one comes from it.

Its customs is no second installation: it is a key of its own, whose document ours recognises, and what it signs with that key
is what an installation of Cocket there would sign. Ours reads, checks and answers it as it would any other.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

import msgspec

from cocket.credentials import SigningKey, document_of, sign_token
from cocket.governance import Principal
from cocket.pipeline.credentials.credential_files import Recognition
from cocket.pipeline.instance import CredentialsServices, TrackingServices
from cocket.pipeline.tracking.hand_overs import ANSWER, HANDED, HandedJourney, HandOver, SealHeld, TakeOver
from cocket.pipeline.tracking.views import NewJourney
from cocket.simulation.trade import CURRENCY

#: The customs next door, and its country: one of the codes that ISO 3166-1 leaves to users.
NEIGHBOUR: Final = "did:web:customs.betaland.invalid"
_COUNTRY: Final = "XB"

#: Where journeys change hands.
_BORDER: Final = "Border post Two Rivers"

#: What goes there and what comes from there, when each began, and how long it may take.
_OUT, _IN = "26XA310000T1000203", "26XB110000T1000388"
_BEGAN, _LIMIT = timedelta(hours=26), timedelta(days=3)
_AT_STAKE = Decimal(18_500)


class Neighbour:
    """The customs next door, with a new key.

    Args:
        credentials: What recognises it here.
        tracking: What hands journeys over, and takes them over.
        people: Who activates journeys, and who recognises partners.
        own: The DID of this administration.
    """

    def __init__(
        self,
        credentials: CredentialsServices,
        tracking: TrackingServices,
        people: tuple[Principal, Principal],
        own: str,
    ) -> None:
        self._credentials, self._tracking, self._own = credentials, tracking, own
        self._officer, self._supervisor = people
        self._key = SigningKey("Ed25519", secrets.token_bytes(32))
        self._now = datetime.now(UTC).replace(microsecond=0)

    def exchange(self, offices: tuple[str, str], devices: tuple[str, str]) -> str:
        """Recognise it, hand a journey over to it and take its answer; then take over a journey of its own.

        Args:
            offices: Where journeys begin and end here.
            devices: The device of each of the two, as registered here.

        Returns:
            What was done, in words.
        """
        self._recognise()
        out = self._hand_over(offices, devices[0])
        taken = self._take_over(offices, devices[1])
        return f"{out.content.reference} {out.stage} by {NEIGHBOUR}; {taken.content.reference} taken over from it at {_BORDER}"

    def _recognise(self) -> None:
        """A key of ours, so that we can sign for it, and its document, so that we can read what it signs."""
        self._credentials.certificates.rotate_issuer_key(self._supervisor)
        document = msgspec.json.encode(document_of(NEIGHBOUR, {"key-1": self._key.public})).decode()
        known = Recognition(issuer=NEIGHBOUR, country=_COUNTRY, schemes=(), scopes=(), document=document)
        self._credentials.partners.recognise_issuer(self._supervisor, known)

    def _hand_over(self, offices: tuple[str, str], device: str) -> HandOver:
        plan = NewJourney(
            reference=_OUT,
            devices=(device,),
            departure=offices[0],
            destination=offices[1],
            starts_at=self._now - _BEGAN,
            time_limit=self._now - _BEGAN + _LIMIT,
            seals=("AL26203",),
            guarantee_amount=_AT_STAKE,
            guarantee_currency=CURRENCY,
            operator="Alphaland Haulage",
        )
        journey = self._tracking.journeys.activate_journey(self._officer, plan)
        sent = self._tracking.hand_overs.hand_over(
            self._officer, journey.id, NEIGHBOUR, _BORDER, "Seal seen whole at the barrier."
        )
        answer = self._signed(
            ANSWER, _claims_of(self._own, sent.content.reference, sent.id, sent.at), stage="taken-over", at=_now()
        )
        return self._tracking.hand_overs.accept_answer(self._officer, answer)

    def _take_over(self, offices: tuple[str, str], device: str) -> HandOver:
        began = self._now - _BEGAN
        content = HandedJourney(
            journey=str(uuid4()),
            reference=_IN,
            departure="XB110000",
            destination=offices[1],
            place=_BORDER,
            starts_at=began,
            time_limit=began + _LIMIT,
            mode="road",
            equipment=(),
            seals=("BL77120",),
            held=(SealHeld(device="bl-0412", seals=("BL77120",), state="sealed", custody="issued", holder=_IN),),
            operator="Betaland Carriers",
            guarantee_amount=_AT_STAKE,
            guarantee_currency=CURRENCY,
            note="Seal number read at the barrier, unbroken.",
        )
        claims = _claims_of(self._own, _IN, str(uuid4()), self._now)
        token = self._signed(HANDED, claims, journey=msgspec.to_builtins(content))
        how = TakeOver(departure=offices[0], destination=offices[1], devices=(device,))
        return self._tracking.hand_overs.take_over(self._officer, token, how)

    def _signed(self, kind: str, claims: dict[str, Any], **more: Any) -> str:
        header = {"typ": kind, "kid": f"{NEIGHBOUR}#key-1"}
        return sign_token(header, {"iss": NEIGHBOUR, **claims, **more}, self._key)


def _claims_of(audience: str, subject: str, identity: str, issued: datetime) -> dict[str, Any]:
    return {"aud": audience, "sub": subject, "jti": identity, "iat": int(issued.timestamp())}


def _now() -> str:
    return datetime.now(UTC).isoformat()
