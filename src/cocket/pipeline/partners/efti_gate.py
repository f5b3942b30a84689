# SPDX-License-Identifier: Apache-2.0
"""This house as an eFTI gate, and as an eFTI platform for what its own traders sent.

A platform registers the identifiers of its datasets; an authority asks by them, and then for a dataset by its link. The gate keeps
identifiers and requests, never a dataset: it fetches one from its platform when the answer is collected, and passes it on as it came.
Nobody registers or asks without an agreement in force that names it. Every question is sealed before it is answered.

Source: Regulation (EU) 2020/1056; Implementing Regulation (EU) 2024/1942, Articles 6 and 11, as the public reference implementation
has them.

Policy actions: `efti:register`, `efti:ask`.
"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from cocket.errors import PartnerError, SenderError
from cocket.exchange.efti_client import EftiPlatform
from cocket.exchange.efti_messages import (
    ConsignmentIdentifiers,
    FollowUp,
    FollowUpResponse,
    Found,
    IdentifierQuery,
    IdentifierResponse,
    Payload,
    SaveIdentifiers,
    SaveIdentifiersResponse,
    Uil,
    UilQuery,
    UilResponse,
    check_token,
    checked_identifier,
    checked_message,
    matches,
    read_identifiers,
)
from cocket.exchange.sources import EXCHANGE as SOURCES
from cocket.exchange.sources import Source
from cocket.governance import Principal, Resource
from cocket.governance.agreements import Agreement, standing_on
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import DocumentFiles, Place, read_body
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.partner_agreements import AgreementOverError, named_agreement, newest_agreements, today_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.partners.connectors import client_of
from cocket.pipeline.partners.sources import SOURCE
from cocket.standards.efti import cut_to_subsets
from cocket.stores.base.database import Connection
from cocket.stores.base.packing import unpack

#: What an agreement has to cover, of `cocket.governance.agreements.EXCHANGES`.
EFTI: Final = "efti"

#: Kinds of sealed records and case files: identifiers of a dataset, a question, and what a platform here was asked for or told.
DATASET: Final = "efti-dataset"
REQUEST: Final = "efti-request"
GIVEN: Final = "efti-given"

#: Kind of a source that is a platform of this gate.
PLATFORM: Final = "efti-platform"

#: For so long a road consignment that ended is found (days). Source: Implementing Regulation (EU) 2024/1942, Article 11(4).
FOUND_DAYS: Final = 14

#: Consignments in one answer (count).
MOST_FOUND: Final = 100

_ID: Final = "EFTI-ID"


class KeptDataset(msgspec.Struct, frozen=True, kw_only=True):
    """Identifiers of a dataset, as its platform registered them last; also the sealed record.

    Attributes:
        platform: The platform: its sender.
        dataset: Id of the dataset there.
        identifiers: The identifiers.
        by: Key by which they were registered.
        agreement: Agreement under which they were.
        version: Version of it.
        at: When, UTC.
    """

    platform: str
    dataset: str
    identifiers: ConsignmentIdentifiers
    by: str
    agreement: str
    version: int
    at: datetime


class GateRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A question to the gate; also its sealed record, sealed again when it was answered.

    Attributes:
        id: Id of the request.
        kind: What is asked.
        by: Key that asks.
        party: Its sender, by which the agreement names it.
        agreement: Agreement under which it asks.
        version: Version of it.
        query: Of identifiers; None else.
        uil: Of a dataset or a follow-up; None else.
        subsets: Subsets that are asked for (0..n).
        message: Of a follow-up; empty else.
        follows: Of a follow-up, the request by which the dataset was given; empty else.
        at: When it was asked, UTC.
        answered: When it was answered first, UTC; None until then.
        status: Status of that answer; empty until then.
        found: Consignments in it (count).
        size: Of the dataset that was passed on (bytes).
        problem: Why there was none, in words; empty else.
    """

    id: str
    kind: Literal["identifiers", "dataset", "follow-up"]
    by: str
    party: str
    agreement: str
    version: int
    query: IdentifierQuery | None = None
    uil: Uil | None = None
    subsets: tuple[str, ...] = ()
    message: str = ""
    follows: str = ""
    at: datetime
    answered: datetime | None = None
    status: str = ""
    found: int = 0
    size: int = 0
    problem: str = ""


class GivenDataset(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The sealed record of a dataset of ours that a gate was given, or of what it told about one.

    Attributes:
        dataset: Id of the message that is the dataset.
        by: Key of the gate.
        party: Its sender.
        agreement: Agreement under which it was.
        version: Version of it.
        subsets: Subsets that it was cut to (0..n).
        size: What was given (bytes).
        message: What the gate told; empty where it asked.
        request: Id of the request, as the gate stated it; may be empty.
        at: When, UTC.
    """

    dataset: str
    by: str
    party: str
    agreement: str
    version: int
    subsets: tuple[str, ...] = ()
    size: int = 0
    message: str = ""
    request: str = ""
    at: datetime


class Whoami(msgspec.Struct, frozen=True):
    """Who a platform is to this gate: its sender, and its role."""

    app: str
    role: str


class GateEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate holds and was asked, for people: datasets and requests (count), and the requests, newest first (0..100)."""

    gate: str
    datasets: int
    requests: tuple[GateRequest, ...]


class EftiGateService(Service):
    """The gate, and the platform.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)

    def whoami(self, principal: Principal) -> Whoami:
        """Who a platform is to this gate.

        Raises:
            AgreementOverError: No agreement in force lets it register.
            PolicyError: The key may not.
            SenderError: This installation is no gate.
        """
        self._gate()
        with self._stores.database.transaction() as connection:
            party, _ = self._party(connection, principal, "efti:register", "register")
        return Whoami(app=party, role="PLATFORM")

    def register(self, principal: Principal, dataset: str, content: bytes) -> KeptDataset:
        """Keep the identifiers of a dataset of a platform in place of those of before; sealed before it returns.

        Args:
            principal: Key of the platform.
            dataset: Id of the dataset at the platform.
            content: XML, the element `consignment` of the identifier subset.

        Raises:
            AgreementOverError: No agreement in force lets the platform register.
            PolicyError: The key may not.
            SenderError: This installation is no gate, or the id is none.
            UnreadableError: It holds no identifiers.
        """
        self._gate()
        told = read_identifiers(content)
        return self._registered(principal, dataset, told)

    def ask_identifiers(self, principal: Principal, query: IdentifierQuery) -> GateRequest:
        """Take a question for identifiers; it is answered by `identifiers`.

        Raises:
            AgreementOverError: No agreement in force lets the authority ask.
            PolicyError: The key may not.
            SenderError: This installation is no gate.
            UnreadableError: The identifier is none.
        """
        self._gate()
        checked_identifier(query.identifier)
        with self._stores.database.transaction() as connection:
            party, agreement = self._party(connection, principal, "efti:ask", "identifiers")
            made = _request("identifiers", principal, party, agreement, query.request)
            made = msgspec.structs.replace(made, query=msgspec.structs.replace(query, request=made.id))
            self._keep(connection, made)
        return made

    def identifiers(self, principal: Principal, request_id: str) -> tuple[GateRequest, IdentifierResponse]:
        """The answer to a question for identifiers, from what platforms registered here.

        Raises:
            NotFoundError: This key asked no such question.
            PolicyError: The key may not ask any more.
        """
        with self._stores.database.transaction() as connection:
            asked = self._asked(connection, principal, request_id, ("identifiers",))
            self._party(connection, principal, "efti:ask", "identifiers")
            found = self._found(connection, asked.query) if asked.query is not None else ()
            answered = self._answered(connection, asked, "200", found=len(found))
        return answered, IdentifierResponse(status="200", request=asked.id, found=found)

    def ask_dataset(
        self, principal: Principal, uil: Uil, subsets: tuple[str, ...], request_id: str = ""
    ) -> GateRequest:
        """Take a question for a dataset; it is answered by `dataset`.

        Args:
            principal: Key of the authority.
            uil: Where the dataset lives.
            subsets: Subsets that the authority is entitled to (1..n).
            request_id: Id of the request, of one that came by another gate; empty for a new one.

        Raises:
            AgreementOverError: No agreement in force lets the authority ask.
            PolicyError: The key may not.
            SenderError: This installation is no gate, the link or a subset is none, or no subset is named.
        """
        self._gate()
        for value, what in ((uil.gate, "gate"), (uil.platform, "platform"), (uil.dataset, "dataset")):
            check_token(value, f"{what} of the link")
        if not subsets or len(subsets) > 200:
            raise SenderError("Name the subsets that are asked for.", code="efti-subsets")
        for one in subsets:
            check_token(one, "id of a subset")
        with self._stores.database.transaction() as connection:
            party, agreement = self._party(connection, principal, "efti:ask", "dataset")
            made = _request("dataset", principal, party, agreement, request_id)
            made = msgspec.structs.replace(made, uil=uil, subsets=subsets)
            self._keep(connection, made)
        return made

    def dataset(self, principal: Principal, request_id: str) -> tuple[GateRequest, UilResponse]:
        """The answer to a question for a dataset: fetched from its platform now, passed on as it came, kept nowhere.

        Raises:
            NotFoundError: This key asked no such question.
            PolicyError: The key may not ask any more.
        """
        with self._stores.database.transaction() as connection:
            asked = self._asked(connection, principal, request_id, ("dataset",))
            self._party(connection, principal, "efti:ask", "dataset")
            source = self._platform(connection, asked.uil)
        status, problem, content = self._fetched(source, asked)
        with self._stores.database.transaction() as connection:
            answered = self._answered(connection, asked, status, size=len(content), problem=problem)
        return answered, UilResponse(status=status, request=asked.id, description=problem, dataset=content)

    def follow_up(self, principal: Principal, follows: str, message: str, request_id: str = "") -> GateRequest:
        """Hand a message about a dataset that was given to its platform.

        Args:
            principal: Key of the authority.
            follows: Id of the request by which it was given the dataset.
            message: 2 to 255 characters.
            request_id: Id of this request, where it came by another gate; empty for a new one.

        Raises:
            AgreementOverError: No agreement in force lets the authority do so.
            NotFoundError: This key was given no dataset by such a request.
            PartnerError: The platform did not take it.
            PolicyError: The key may not.
            UnreadableError: The message is too short or too long.
        """
        self._gate()
        text = checked_message(message.strip())
        with self._stores.database.transaction() as connection:
            party, agreement = self._party(connection, principal, "efti:ask", "follow-up")
            before = self._asked(connection, principal, follows, ("dataset",))
            source = self._platform(connection, before.uil)
            made = _request("follow-up", principal, party, agreement, request_id)
            made = msgspec.structs.replace(made, uil=before.uil, message=text, follows=before.id)
            self._keep(connection, made)
        status, problem = "404", "There is no such platform at this gate."
        if source is not None and made.uil is not None:
            try:
                with closing(client_of(self._stores.settings, source)) as client:
                    EftiPlatform(client).follow_up(made.uil.dataset, text, made.id)
                status, problem = "200", ""
            except PartnerError as error:
                status, problem = "502", error.message
        with self._stores.database.transaction() as connection:
            return self._answered(connection, made, status, problem=problem)

    def answer(self, principal: Principal, payload: Payload) -> Payload:
        """Answer a payload that an access point handed on: the same questions as over REST, in one step.

        Raises:
            AgreementOverError: No agreement in force lets the other do so.
            PolicyError: The principal may not.
            SenderError: It is an answer, and no question; or this installation is no gate.
        """
        match payload:
            case IdentifierQuery():
                return self.identifiers(principal, self.ask_identifiers(principal, payload).id)[1]
            case UilQuery():
                asked = self.ask_dataset(principal, payload.uil, payload.subsets, payload.request)
                return self.dataset(principal, asked.id)[1]
            case FollowUp():
                told = self.follow_up(principal, payload.query, payload.message, payload.request)
                return FollowUpResponse(status=told.status, request=told.id, description=told.problem)
            case SaveIdentifiers():
                self._gate()
                self._registered(principal, payload.dataset, payload.identifiers)
                return SaveIdentifiersResponse(status="200", request=payload.request)
        raise SenderError("This is an answer, and no question to a gate.", code="efti-answer")

    def own_dataset(self, principal: Principal, dataset: str, subsets: tuple[str, ...], request: str = "") -> bytes:
        """A dataset that a trader sent here, for a gate, cut to subsets: this house as a platform. Sealed before it returns.

        Args:
            principal: Key of the gate.
            dataset: Id of the message.
            subsets: Subsets (1..n); of one that the schema does not have nothing is given.
            request: Id of the request, as the gate states it.

        Raises:
            AgreementOverError: No agreement in force lets the gate ask.
            NotFoundError: There is no such dataset.
            PolicyError: The key may not.
            SenderError: No subset is named.
        """
        if not subsets:
            raise SenderError("Name the subsets that are asked for.", code="efti-subsets")
        with self._stores.database.transaction() as connection:
            party, agreement = self._party(connection, principal, "efti:ask", "dataset")
            content = self._own(connection, dataset)
            made = cut_to_subsets(content, subsets)
            given = GivenDataset(
                dataset=dataset,
                by=principal.id,
                party=party,
                agreement=agreement.name,
                version=agreement.version,
                subsets=subsets[:200],
                size=len(made),
                request=request[:200],
                at=datetime.now(UTC),
            )
            self._access.seal(connection, self._stores.sealer.record(GIVEN, principal.id, given, about=UUID(dataset)))
        return made

    def told_of_own(self, principal: Principal, dataset: str, message: str, request: str = "") -> None:
        """Take what an authority says, by its gate, of a dataset that a trader sent here. Sealed before it returns.

        Raises:
            AgreementOverError: No agreement in force lets the gate do so.
            NotFoundError: There is no such dataset.
            PolicyError: The key may not.
            UnreadableError: The message is too short or too long.
        """
        text = checked_message(message.strip())
        with self._stores.database.transaction() as connection:
            party, agreement = self._party(connection, principal, "efti:ask", "follow-up")
            self._own(connection, dataset)
            given = GivenDataset(
                dataset=dataset,
                by=principal.id,
                party=party,
                agreement=agreement.name,
                version=agreement.version,
                message=text,
                request=request[:200],
                at=datetime.now(UTC),
            )
            self._access.seal(connection, self._stores.sealer.record(GIVEN, principal.id, given, about=UUID(dataset)))

    def held(self, principal: Principal) -> GateEntry:
        """What the gate holds and was asked, for people. The look is sealed.

        Raises:
            PolicyError: The principal may not see it.
        """
        self._access.require(principal, "source:read")
        with self._stores.database.transaction() as connection:
            requests = tuple(
                read_body(one, GateRequest)
                for one in self._stores.case_files.page(connection, (REQUEST, "answered"), (), (0, 100))
            )
            counts = self._stores.case_files.states(connection, DATASET)
            self._access.seal(connection, self._access.record(principal, "sources", ("efti",)))
        return GateEntry(gate=self._stores.settings.efti_gate, datasets=sum(counts.values()), requests=requests)

    def _registered(self, principal: Principal, dataset: str, told: ConsignmentIdentifiers) -> KeptDataset:
        check_token(dataset, "id of the dataset")
        with self._stores.database.transaction() as connection:
            party, agreement = self._party(connection, principal, "efti:register", "register")
            made = KeptDataset(
                platform=party,
                dataset=dataset,
                identifiers=told,
                by=principal.id,
                agreement=agreement.name,
                version=agreement.version,
                at=datetime.now(UTC),
            )
            name = f"{party} {dataset}"
            names = {(_ID, value.casefold()) for _, value in told.names} | {("name", name)}
            record = self._files.write(
                connection, DATASET, name, (made, principal.id), Place(names=tuple(sorted(names)))
            )
            if record is not None:
                self._access.seal(connection, record)
        return made

    def _found(self, connection: Connection, query: IdentifierQuery) -> tuple[Found, ...]:
        key = (_ID, query.identifier.casefold())
        files = self._stores.case_files.found_by(connection, DATASET, [key]).get(key, ())
        kept = (read_body(one, KeptDataset) for one in files)
        today = today_of(self._stores)
        holding = newest_agreements(self._stores, connection)
        found = [
            Found(
                uil=Uil(gate=self._stores.settings.efti_gate, platform=one.platform, dataset=one.dataset),
                identifiers=one.identifiers,
            )
            for one in kept
            if matches(query, one.identifiers)
            and not _is_past(one.identifiers, today)
            and (agreement := holding.get(one.agreement)) is not None
            and standing_on(agreement, today) == "in-force"
        ]
        return tuple(found[:MOST_FOUND])

    def _fetched(self, source: Source | None, asked: GateRequest) -> tuple[str, str, bytes]:
        """Status, why not in words, and the dataset as it came."""
        if asked.uil is None or asked.uil.gate != self._stores.settings.efti_gate:
            return "501", "Another gate is reached by the access point of eDelivery, not by this way.", b""
        if source is None:
            return "404", "There is no such platform at this gate.", b""
        try:
            with closing(client_of(self._stores.settings, source)) as client:
                content = EftiPlatform(client).dataset(asked.uil.dataset, asked.subsets, asked.id)
        except PartnerError as error:
            return ("504" if error.code == "source-unreachable" else "502"), error.message, b""
        return ("200", "", content) if content is not None else ("404", "The platform has no such dataset.", b"")

    def _platform(self, connection: Connection, uil: Uil | None) -> Source | None:
        """The platform of a link among the sources, as far as it may be asked today; None else."""
        if uil is None or uil.gate != self._stores.settings.efti_gate:
            return None
        for one in self._files.every(connection, SOURCE, Source):
            source = self._files.read_sealed(connection, SOURCE, one.id, Source)
            if source is None or source.kind != PLATFORM or not source.is_enabled:
                continue
            if source.options.get("platform") == uil.platform:
                try:
                    agreement = named_agreement(self._stores, connection, SOURCES, source.agreement)
                except SenderError:
                    return None
                return source if agreement is not None and "documents" in agreement.exchanges[SOURCES] else None
        return None

    def _own(self, connection: Connection, dataset: str) -> bytes:
        """The bytes of a dataset that a trader sent here."""
        wanted = parse_id(dataset)
        message = self._stores.messages.get(connection, wanted) if wanted else None
        if message is None or message.standard != "efti" or message.outcome != "accepted" or message.door == "sources":
            raise NotFoundError("There is no such dataset.")
        packed = self._stores.messages.content(connection, message.id)
        if packed is None:
            raise NotFoundError("There is no such dataset.")
        return unpack(packed)

    def _gate(self) -> str:
        if not self._stores.settings.efti_gate:
            raise SenderError(
                "This installation is not an eFTI gate.", code="efti-off", hint="Set efti_gate in the settings."
            )
        return self._stores.settings.efti_gate

    def _party(self, connection: Connection, principal: Principal, action: str, field: str) -> tuple[str, Agreement]:
        """The sender as which a key acts, and the agreement in force that lets it.

        Raises:
            AgreementOverError: There is none.
            PolicyError: Policy does not allow it.
        """
        today, own = today_of(self._stores), set(principal.by_right)
        for agreement in newest_agreements(self._stores, connection).values():
            named = own & set(agreement.senders)
            if not named or standing_on(agreement, today) != "in-force":
                continue
            if field in agreement.exchanges.get(EFTI, ()):
                sender = min(named)
                self._access.require(principal, action, Resource(sender=sender))
                return sender, agreement
        self._access.require(principal, action, Resource(sender=min(own, default=None)))
        raise AgreementOverError(
            f"No agreement in force with you covers this exchange (efti: {field}).",
            found=field,
            hint="The administration adds one with: cocket agreements add FILE.",
        )

    def _asked(
        self, connection: Connection, principal: Principal, request_id: str, kinds: tuple[str, ...]
    ) -> GateRequest:
        found = self._files.read(connection, REQUEST, request_id, GateRequest) if request_id else None
        if found is None or found.by != principal.id or found.kind not in kinds:
            raise NotFoundError("There is no such request.")
        return found

    def _keep(self, connection: Connection, made: GateRequest) -> None:
        if self._files.read(connection, REQUEST, made.id, GateRequest) is not None:
            raise SenderError("This id of a request was used before.", code="efti-request", found=made.id[:60])
        record = self._files.write(connection, REQUEST, made.id, (made, made.by), "asked")
        if record is not None:
            self._access.seal(connection, record)

    def _answered(
        self,
        connection: Connection,
        asked: GateRequest,
        status: str,
        *,
        found: int = 0,
        size: int = 0,
        problem: str = "",
    ) -> GateRequest:
        made = msgspec.structs.replace(
            asked, answered=datetime.now(UTC), status=status, found=found, size=size, problem=problem[:300]
        )
        record = self._files.write(connection, REQUEST, made.id, (made, made.by), "answered")
        if record is not None:
            self._access.seal(connection, record)
        return made


def _request(
    kind: Literal["identifiers", "dataset", "follow-up"],
    principal: Principal,
    party: str,
    agreement: Agreement,
    request_id: str,
) -> GateRequest:
    return GateRequest(
        id=check_token(request_id, "id of the request") if request_id else str(new_id()),
        kind=kind,
        by=principal.id,
        party=party,
        agreement=agreement.name,
        version=agreement.version,
        at=datetime.now(UTC),
    )


def _is_past(told: ConsignmentIdentifiers, today: date) -> bool:
    """Whether a consignment ended too long ago to be found; where its end cannot be read it is found."""
    digits = told.delivered[1][:8] if told.delivered is not None else ""
    try:
        ended = date.fromisoformat(digits if digits.isdigit() else "")
    except ValueError:
        return False
    return ended < today - timedelta(days=FOUND_DAYS)
