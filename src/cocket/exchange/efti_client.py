# SPDX-License-Identifier: Apache-2.0
"""eFTI as an authority asks a gate, and as a gate asks a platform, over REST.

An authority posts a question and polls by its request id until the gate says that it is complete. A gate gets a dataset from a platform
in one call, cut to subsets.

Source: `EFTI4EU/reference-implementation` 1a9981e1: `/v1/aap/control/identifiers`, `/v1/aap/control/uil`,
`/v1/aap/control/uil/follow-up`; `schema/api-schemas/platform-api-for-gate.yaml` and `gate-api-for-platform.yaml`.
"""

from __future__ import annotations

import base64
import binascii
import re
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

from cocket.errors import PartnerError, SenderError
from cocket.exchange.efti_messages import LONGEST_IDENTIFIER, IdentifierType, Uil, check_token, checked_message
from cocket.exchange.source_client import SourceAnswer, SourceClient, must_answer
from cocket.exchange.sources import Fetched, Identifier, Location, Source

#: Code of an answer that is not there yet, and of one that is not of eFTI.
PENDING: Final = "source-pending"
MALFORMED: Final = "source-malformed"

#: Type of identifier → what eFTI calls it.
_TYPES: Final[dict[str, tuple[IdentifierType, ...]]] = {"means": ("means",), "equipment": ("equipment", "carried")}

#: How long an answer is waited for, and how often it is asked for (seconds).
WAIT_SECONDS: Final = 20.0
_EVERY: Final = 0.5

_JSON: Final = {"content-type": "application/json", "accept": "application/json"}
_MODE: Final = re.compile(r"\d?")


class EftiGate:
    """A gate as an authority asks it; a `Connector`.

    Args:
        source: The gate. Options: `subsets`, ids of the subsets that the authority is entitled to, divided by spaces (needed);
            `country`, `name`, `identifier` of the authority, and `contact`, its e-mail address, which the gate is told; `gates`,
            countries of other gates to ask, divided by spaces.
        client: Asks it.
        clock: Seconds that only go forward.
        pause: Waits between two polls.

    Raises:
        PartnerError: The source has no subsets.
    """

    def __init__(
        self,
        source: Source,
        client: SourceClient,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._options, self._client = source.options, client
        self._clock, self._pause = clock, pause
        self._subsets = source.options.get("subsets", "").split()
        if not self._subsets:
            raise PartnerError(
                f"The source {source.id} does not name subsets of eFTI; add subsets to its options.", code=MALFORMED
            )

    def find(self, identifier: Identifier) -> tuple[Location, ...]:
        """Where datasets about means of transport or equipment live."""
        types = _TYPES.get(identifier.type, ())
        value = "".join(identifier.value.split())
        if not types or not 0 < len(value) <= LONGEST_IDENTIFIER:
            return ()
        asked: dict[str, Any] = {"identifier": value, "identifierType": list(types), "authority": self._authority()}
        if gates := self._options.get("gates", "").split():
            asked["eftiGateIndicator"] = gates
        told = self._polled("v1/aap/control/identifiers", asked)
        found = [
            _location(_table(one))
            for group in _list(told.get("identifiers"))
            for one in _list(_table(group).get("consignments"))
        ]
        return tuple({one.name: one for one in found}.values())

    def fetch(self, location: Location) -> tuple[Fetched, ...]:
        """The dataset behind a UIL, cut to the subsets of the authority."""
        uil = uil_of(location.name)
        asked = {
            "gateId": uil.gate,
            "platformId": uil.platform,
            "datasetId": uil.dataset,
            "subsetIds": self._subsets,
            "authority": self._authority(),
        }
        told = self._polled("v1/aap/control/uil", asked)
        data = told.get("data")
        if not data:
            return ()
        try:
            content = base64.b64decode(data, validate=True)
        except (TypeError, ValueError, binascii.Error) as error:
            raise PartnerError("The gate answers with data that is not in base64.", code=MALFORMED) from error
        return (Fetched(content=content, content_type="application/xml"),)

    def follow_up(self, request: str, message: str) -> None:
        """Say something about a dataset that was given.

        Args:
            request: Id of the request by which it was.
            message: 2 to 255 characters.

        Raises:
            PartnerError: The gate did not take it.
            UnreadableError: The message is too short or too long.
        """
        content = msgspec.json.encode({"requestId": request, "message": checked_message(message)})
        must_answer(self._client.send("POST", "v1/aap/control/uil/follow-up", content, _JSON), 200, 202)

    def _polled(self, path: str, asked: dict[str, Any]) -> dict[str, Any]:
        """What the gate answers in the end."""
        until = self._clock() + WAIT_SECONDS
        told = _json(must_answer(self._client.send("POST", path, msgspec.json.encode(asked), _JSON), 200, 202))
        request = told.get("requestId")
        while told.get("status") == "PENDING" or "status" not in told:
            if not isinstance(request, str) or not request:
                raise PartnerError("The gate gives no id of the request.", code=MALFORMED)
            if self._clock() > until:
                raise PartnerError(
                    f"The gate had no answer within {WAIT_SECONDS:g} seconds; ask again later.", code=PENDING
                )
            told = _json(must_answer(self._client.get(f"{path}?{urlencode({'requestId': request})}", _JSON), 200))
            if told.get("status") == "PENDING":
                self._pause(_EVERY)
        if told.get("status") == "COMPLETE":
            return told
        if told.get("errorCode") in _ABSENT:
            return {}
        why = str(told.get("errorDescription") or told.get("errorCode") or told.get("status"))
        raise PartnerError(f"The gate says: {_shown(why)}", code=MALFORMED, found=_shown(str(told.get("status"))))

    def _authority(self) -> dict[str, Any]:
        told = self._options
        contact = {
            "email": told.get("contact", ""), "streetName": "", "buildingNumber": "", "city": "", "additionalLine": "", "postalCode": "",
        }  # fmt: skip
        return {
            "country": told.get("country", ""),
            "legalContact": contact,
            "workingContact": contact,
            "isEmergencyService": False,
            "name": told.get("name", ""),
            "nationalUniqueIdentifier": told.get("identifier", ""),
        }


#: Codes of errors by which a gate says that there is nothing.
_ABSENT: Final = frozenset({"DATA_NOT_FOUND", "ID_NOT_FOUND", "UUID_NOT_FOUND", "DATA_NOT_FOUND_ON_REGISTRY"})


class EftiPlatform:
    """A platform as a gate asks it.

    Args:
        client: Asks it.
    """

    def __init__(self, client: SourceClient) -> None:
        self._client = client

    def dataset(self, dataset: str, subsets: tuple[str, ...], request: str) -> bytes | None:
        """A dataset as XML, cut to subsets (1..n); None where the platform has none. It is passed on as it came.

        Raises:
            PartnerError: The platform did not answer.
        """
        query = urlencode([("subsetId", one) for one in subsets])
        path = f"v0/consignments/{quote(dataset, safe='')}?{query}"
        answer = self._client.get(path, {"accept": "application/xml", "x-request-id": request})
        return None if answer.status == 404 else must_answer(answer, 200).content

    def follow_up(self, dataset: str, message: str, request: str) -> None:
        """Hand on what an authority says of a dataset.

        Raises:
            PartnerError: The platform did not take it.
        """
        headers = {"content-type": "text/plain; charset=utf-8", "x-request-id": request}
        path = f"v0/consignments/{quote(dataset, safe='')}/follow-up"
        must_answer(self._client.send("POST", path, message.encode(), headers), 200, 202, 204)


class EftiPlatformSource:
    """A platform among the sources: it is routed to by the gate, and not asked for identifiers itself; a `Connector`.

    Args:
        source: The platform. Options: `platform`, the sender as which it registers identifiers with our gate.
        client: Asks it.
    """

    def __init__(self, source: Source, client: SourceClient) -> None:
        self._platform, self._source = EftiPlatform(client), source

    def find(self, _identifier: Identifier) -> tuple[Location, ...]:
        """Nothing: a platform is not asked for identifiers, its gate is."""
        return ()

    def fetch(self, location: Location) -> tuple[Fetched, ...]:
        """The dataset behind a UIL, cut to the subsets that the source names."""
        subsets = tuple(self._source.options.get("subsets", "").split())
        if not subsets:
            raise PartnerError(f"The source {self._source.id} does not name subsets of eFTI.", code=MALFORMED)
        content = self._platform.dataset(uil_of(location.name).dataset, subsets, "")
        return () if content is None else (Fetched(content=content, content_type="application/xml"),)


def uil_of(name: str) -> Uil:
    """The UIL that a location is named by.

    Raises:
        PartnerError: It is none.
    """
    parts = name.split(" ")
    if len(parts) != 3:
        raise PartnerError("This is not a UIL: gate, platform and dataset.", code=MALFORMED, found=name[:60])
    return Uil(gate=parts[0], platform=parts[1], dataset=parts[2])


def _location(told: dict[str, Any]) -> Location:
    names = [told.get(name) for name in ("gateId", "platformId", "datasetId")]
    try:
        uil = " ".join(check_token(str(one or ""), "parts of a UIL") for one in names)
    except SenderError as error:
        raise PartnerError(f"The gate gives a link that is none: {error.message}", code=MALFORMED) from error
    said = {}
    if accepted := told.get("carrierAcceptanceDatetime"):
        said["accepted"] = _shown(str(accepted))
    for movement in _list(told.get("mainCarriageTransportMovement"))[:1]:
        mode = str(_table(movement).get("modeCode") or "")
        said |= {"mode": mode} if mode and _MODE.fullmatch(mode) else {}
    return Location(name=uil, title=f"{names[1]} · {names[2]}", said=said)


def _json(answer: SourceAnswer) -> dict[str, Any]:
    try:
        return _table(msgspec.json.decode(answer.content))
    except msgspec.DecodeError as error:
        raise PartnerError("The gate answers with what is not JSON.", code=MALFORMED) from error


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PartnerError("The gate answers in another shape than eFTI has.", code=MALFORMED)
    return value


def _list(value: Any) -> list[Any]:
    if value is not None and not isinstance(value, list):
        raise PartnerError("The gate answers in another shape than eFTI has.", code=MALFORMED)
    return value or []


def _shown(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text)[:200]
