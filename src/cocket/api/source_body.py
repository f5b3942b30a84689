# SPDX-License-Identifier: Apache-2.0
"""The bodies in which sources are asked, here and by the authorities of eFTI, and in which they are told where to tell us."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cocket.exchange.efti_messages import IdentifierQuery, StatedAuthority, Uil
from cocket.exchange.sources import Identifier
from cocket.pipeline.partners.sources import AskFor

Name = Annotated[str, Field(min_length=1, max_length=200)]
Stated = Annotated[str | None, Field(max_length=200)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _OfEfti(BaseModel):
    """What the reference implementation sends besides, such as addresses of the authority, is not read."""

    model_config = ConfigDict(extra="ignore", strict=True)


class EftiAuthorityBody(_OfEfti):
    """The authority for which is asked, as whoever asks states it."""

    name: Stated = None
    country: Stated = None
    nationalUniqueIdentifier: Stated = None  # noqa: N815
    isEmergencyService: bool | None = None  # noqa: N815


class _ForAuthority(_OfEfti):
    """A question that may name the authority: as an object, or in later editions by its number alone."""

    authority: EftiAuthorityBody | None = None
    nationalUniqueIdentifier: Stated = None  # noqa: N815

    def stated(self) -> StatedAuthority | None:
        """The authority as it is stated; None where none is."""
        said = self.authority or EftiAuthorityBody()
        made = StatedAuthority(
            name=_line(said.name),
            country=_line(said.country),
            identifier=_line(said.nationalUniqueIdentifier) or _line(self.nationalUniqueIdentifier),
            is_emergency=bool(said.isEmergencyService),
        )
        return made if made.words else None


def _line(text: str | None) -> str:
    """A stated text in one printable line."""
    return " ".join("".join(one if one.isprintable() else " " for one in text or "").split())


class SourceStateBody(_Body):
    """Whether a source is asked."""

    is_enabled: bool


class SourceIdentifierBody(_Body):
    """By what a source is asked."""

    type: Annotated[str, Field(min_length=1, max_length=40)]
    value: Name


class SourceQuestionBody(_Body):
    """What is asked, and why; without a source every one is asked that holds what the dossier is known by."""

    purpose: Annotated[str, Field(max_length=40)] = ""
    case: Annotated[str, Field(max_length=80)] = ""
    source: Annotated[str, Field(max_length=40)] = ""
    identifier: SourceIdentifierBody | None = None

    def wanted(self, source: str = "") -> AskFor:
        """What is asked."""
        named = self.identifier
        return AskFor(
            purpose=self.purpose,
            case=self.case,
            source=source or self.source,
            identifier=Identifier(type=named.type, value=named.value) if named is not None else None,
        )


class SourceDoubtBody(_Body):
    """For what a source is told."""

    purpose: Annotated[str, Field(max_length=40)] = ""
    case: Annotated[str, Field(max_length=80)] = ""


class EftiIdentifiersBody(_ForAuthority):
    """A question for identifiers, as an authority asks it."""

    identifier: Name
    identifierType: list[Literal["means", "equipment", "carried"]] = Field([], max_length=3)  # noqa: N815
    registrationCountryCode: Annotated[str, Field(pattern="^[A-Za-z]{2}$")] | None = None  # noqa: N815
    modeCode: Annotated[str, Field(pattern="^[0-9A-Za-z]{1,2}$")] | None = None  # noqa: N815
    dangerousGoodsIndicator: bool | None = None  # noqa: N815

    def query(self) -> IdentifierQuery:
        """The question; its id is given by the gate."""
        return IdentifierQuery(
            request="",
            identifier=" ".join(self.identifier.split()),
            types=tuple(dict.fromkeys(self.identifierType)),
            country=self.registrationCountryCode or None,
            mode=self.modeCode or None,
            is_dangerous=self.dangerousGoodsIndicator,
        )


class EftiUilBody(_ForAuthority):
    """A question for a dataset, as an authority asks it."""

    gateId: Name  # noqa: N815
    platformId: Name  # noqa: N815
    datasetId: Name  # noqa: N815
    subsetIds: list[Name] = Field(min_length=1, max_length=200)  # noqa: N815

    def uil(self) -> Uil:
        """Where the dataset lives."""
        return Uil(gate=self.gateId, platform=self.platformId, dataset=self.datasetId)


class EftiFollowUpBody(_OfEfti):
    """A message about a dataset that was given; `requestId` is that of the question for it."""

    requestId: Name  # noqa: N815
    message: Annotated[str, Field(min_length=2, max_length=255)]


class OneRecordCallbackBody(_Body):
    """Where notifications of a sender are sent, and the bearer token that is presented there; empty for none."""

    sender: Annotated[str, Field(min_length=1, max_length=100)]
    address: Annotated[str, Field(min_length=1, max_length=500)]
    token: Annotated[str, Field(max_length=4000)] = ""


class SourceTopicBody(_Body):
    """What is subscribed to at a source: one object by its address, or a class of objects by its IRI."""

    topic_type: Annotated[str, Field(min_length=1, max_length=200)]
    topic: Annotated[str, Field(min_length=1, max_length=500)]


class SourceSubscriptionBody(_Body):
    """A subscription at a source, by the address at which it is kept there."""

    location: Annotated[str, Field(min_length=1, max_length=500)]


#: Every body of this file.
SOURCE_BODIES = (
    SourceStateBody,
    SourceQuestionBody,
    SourceDoubtBody,
    EftiIdentifiersBody,
    EftiUilBody,
    EftiFollowUpBody,
    OneRecordCallbackBody,
    SourceTopicBody,
    SourceSubscriptionBody,
)
