# SPDX-License-Identifier: Apache-2.0
"""This house as an eFTI gate, and as an eFTI platform for what its own traders sent.

A platform registers the identifiers of its datasets; an authority asks by them, and then for a dataset by its link. The gate keeps
identifiers and requests, never a dataset: it fetches one from its platform when the answer is collected, and passes it on as it came.
No one registers or asks without an agreement in force that names it. Every question is sealed before it is answered.

What an authority is given is decided object by object, for the purpose of its agreement: identifiers and datasets of a platform as far as
the platform's own agreement is for that purpose too. Each is a look of whoever asks, which names the agreement and, as it was stated, the
authority; it is sealed before it is given. What a platform was asked for is a pull like any other, of which nothing is kept.

Source: Regulation (EU) 2020/1056; Implementing Regulation (EU) 2024/1942, Articles 6 and 11, as the public reference implementation
has them.

Policy actions: `efti:register`, `efti:ask`.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    StatedAuthority,
    Uil,
    UilQuery,
    UilResponse,
    check_token,
    checked_identifier,
    checked_message,
    matches,
    read_identifiers,
)
from cocket.exchange.sources import Identifier, Location, Source
from cocket.governance import Principal, Resource
from cocket.governance.agreements import Agreement, standing_on
from cocket.pipeline.base.access import NotFoundError, Service, Subject
from cocket.pipeline.base.document_files import DocumentFiles, Place, file_id, read_body
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.partner_agreements import AgreementOverError, newest_agreements, today_of
from cocket.pipeline.base.partner_looks import partner_under
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.partners.connectors import client_of
from cocket.pipeline.partners.pulls import Asked, Outcome, allowed_fields, passed_on
from cocket.pipeline.partners.sources import OUTCOMES, agreement_of, every_source
from cocket.standards.efti import cut_to_subsets
from cocket.stores import NewRecord
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
_NO_PLATFORM: Final = "There is no such platform at this gate for this purpose."


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
        authority: For which authority is asked, as it was stated; None where none was.
        message: Of a follow-up; empty else.
        follows: Of a follow-up, the request by which the dataset was given; empty else.
        at: When it was asked, UTC.
        answered: When it was answered first, UTC; None until then.
        status: Status of that answer; empty until then.
        found: Consignments in it (count).
        withheld: Consignments that were found, and that no agreement gives for the purpose (count).
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
    authority: StatedAuthority | None = None
    message: str = ""
    follows: str = ""
    at: datetime
    answered: datetime | None = None
    status: str = ""
    found: int = 0
    withheld: int = 0
    size: int = 0
    problem: str = ""

    @property
    def is_refused(self) -> bool:
        """Whether there was something, and none of it was given."""
        return self.withheld > 0 and not self.found


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


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever asks, under an agreement in force.

    Attributes:
        party: Its sender, by which the agreement names it.
        agreement: The agreement.
        partner: It as policy is asked about it: another agency, for a purpose of the agreement.
    """

    party: str
    agreement: Agreement
    partner: Principal


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
            party, _ = self._registering(connection, principal)
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

    def ask_identifiers(
        self, principal: Principal, query: IdentifierQuery, authority: StatedAuthority | None = None
    ) -> GateRequest:
        """Take a question for identifiers; it is answered by `identifiers`.

        Args:
            principal: Key of the authority.
            query: The question.
            authority: For which authority it is, as it states it; None where it states none.

        Raises:
            AgreementOverError: No agreement in force lets the authority ask.
            PolicyError: The key may not.
            SenderError: This installation is no gate.
            UnreadableError: The identifier is none.
        """
        self._gate()
        checked_identifier(query.identifier)
        with self._stores.database.transaction() as connection:
            asking = self._asking(connection, principal, "identifiers")
            made = _request("identifiers", principal, asking, query.request)
            query = msgspec.structs.replace(query, request=made.id)
            made = msgspec.structs.replace(made, query=query, authority=authority)
            self._keep(connection, made)
        return made

    def identifiers(self, principal: Principal, request_id: str) -> tuple[GateRequest, IdentifierResponse]:
        """The answer to a question for identifiers, from what platforms registered here: a look at each dataset that is named in it.

        Raises:
            NotFoundError: This key asked no such question.
            PolicyError: The key may not ask any more.
        """
        with self._stores.database.transaction() as connection:
            asked = self._asked(connection, principal, request_id, ("identifiers",))
            asking = self._asking(connection, principal, "identifiers")
            found, withheld = self._found(connection, asking, asked.query) if asked.query is not None else ((), 0)
            looks = [self._look(asking, "efti identifiers", asked, one.uil) for one in found]
            made = msgspec.structs.replace(asked, found=len(found), withheld=withheld)
            answered = self._answered(connection, made, "200", looks=looks)
        return answered, IdentifierResponse(status="200", request=asked.id, found=found)

    def ask_dataset(
        self,
        principal: Principal,
        uil: Uil,
        subsets: tuple[str, ...],
        request_id: str = "",
        authority: StatedAuthority | None = None,
    ) -> GateRequest:
        """Take a question for a dataset; it is answered by `dataset`.

        Args:
            principal: Key of the authority.
            uil: Where the dataset lives.
            subsets: Subsets that the authority is entitled to (1..n).
            request_id: Id of the request, of one that came by another gate; empty for a new one.
            authority: For which authority it is, as it states it; None where it states none.

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
            asking = self._asking(connection, principal, "dataset")
            made = _request("dataset", principal, asking, request_id)
            made = msgspec.structs.replace(made, uil=uil, subsets=subsets, authority=authority)
            self._keep(connection, made)
        return made

    def dataset(self, principal: Principal, request_id: str) -> tuple[GateRequest, UilResponse]:
        """The answer to a question for a dataset: fetched from its platform now, passed on as it came, kept nowhere.

        The pull is sealed as soon as the platform answered, and the look before the dataset is given.

        Raises:
            NotFoundError: This key asked no such question.
            PolicyError: The key may not ask any more.
        """
        with self._stores.database.transaction() as connection:
            asked = self._asked(connection, principal, request_id, ("dataset",))
            asking = self._asking(connection, principal, "dataset")
            source = self._platform(connection, asked.uil)
            question = self._question(connection, asking, source, asked.uil)
        is_withheld = source is not None and question is None
        status, problem, content = self._fetched(question, asked)
        with self._stores.database.transaction() as connection:
            asking = self._asking(connection, principal, "dataset")
            given = asked.uil if status == "200" else None
            looks = [self._look(asking, "efti dataset", asked, given)] if given is not None else []
            made = msgspec.structs.replace(asked, size=len(content), problem=problem, withheld=int(is_withheld))
            answered = self._answered(connection, made, status, looks=looks)
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
            asking = self._asking(connection, principal, "follow-up")
            before = self._asked(connection, principal, follows, ("dataset",))
            source = self._platform(connection, before.uil)
            if self._question(connection, asking, source, before.uil) is None:
                source = None
            made = _request("follow-up", principal, asking, request_id)
            made = msgspec.structs.replace(
                made, uil=before.uil, message=text, follows=before.id, authority=before.authority
            )
            self._keep(connection, made)
        status, problem = "404", _NO_PLATFORM
        if source is not None and made.uil is not None:
            try:
                with closing(client_of(self._stores.settings, source)) as client:
                    EftiPlatform(client).follow_up(made.uil.dataset, text, made.id)
                status, problem = "200", ""
            except PartnerError as error:
                status, problem = "502", error.message
        with self._stores.database.transaction() as connection:
            return self._answered(connection, msgspec.structs.replace(made, problem=problem), status)

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

        It is a look of the gate at each dossier that the dataset is a paper of, and at the dataset itself where it is of none.

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
            asking = self._asking(connection, principal, "dataset")
            message, content = self._own(connection, dataset)
            made = cut_to_subsets(content, subsets)
            given = GivenDataset(
                dataset=dataset,
                by=principal.id,
                party=asking.party,
                agreement=asking.agreement.name,
                version=asking.agreement.version,
                subsets=subsets[:200],
                size=len(made),
                request=request[:200],
                at=datetime.now(UTC),
            )
            dossiers = self._stores.consignments.of_message(connection, message)
            subjects = [Subject(ids=(str(one), str(message)), about=one) for one in dossiers]
            looks = [
                self._access.given(asking.partner, "efti dataset", one, asking.agreement.name)
                for one in subjects or [Subject(ids=(str(message),), about=message)]
            ]
            record = self._stores.sealer.record(GIVEN, principal.id, given, about=message)
            self._access.seal(connection, *looks, record)
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
            asking = self._asking(connection, principal, "follow-up")
            message_id, _ = self._own(connection, dataset)
            given = GivenDataset(
                dataset=dataset,
                by=principal.id,
                party=asking.party,
                agreement=asking.agreement.name,
                version=asking.agreement.version,
                message=text,
                request=request[:200],
                at=datetime.now(UTC),
            )
            self._access.seal(connection, self._stores.sealer.record(GIVEN, principal.id, given, about=message_id))

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
            party, agreement = self._registering(connection, principal)
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

    def _found(self, connection: Connection, asking: Asking, query: IdentifierQuery) -> tuple[tuple[Found, ...], int]:
        """What is known by an identifier and given to whoever asks, each decided by itself; and how much is withheld (count)."""
        key = (_ID, query.identifier.casefold())
        files = self._stores.case_files.found_by(connection, DATASET, [key]).get(key, ())
        today = today_of(self._stores)
        holding = newest_agreements(self._stores, connection)
        matching = [
            one
            for one in (read_body(file, KeptDataset) for file in files)
            if matches(query, one.identifiers) and not _is_past(one.identifiers, today)
        ]
        found = [
            Found(
                uil=Uil(gate=self._stores.settings.efti_gate, platform=one.platform, dataset=one.dataset),
                identifiers=one.identifiers,
            )
            for one in matching
            if self._may_have(asking, _covers(holding.get(one.agreement), today, asking.partner.purpose))
        ]
        return tuple(found[:MOST_FOUND]), len(matching) - len(found)

    def _fetched(self, question: Asked | None, asked: GateRequest) -> tuple[str, str, bytes]:
        """Status, why not in words, and the dataset as it came; the pull is sealed."""
        if asked.uil is None or asked.uil.gate != self._stores.settings.efti_gate:
            return "501", "Another gate is reached by the access point of eDelivery, not by this way.", b""
        if question is None:
            return "404", _NO_PLATFORM, b""
        answer: tuple[Outcome, str, bytes]
        try:
            with closing(client_of(self._stores.settings, question.source)) as client:
                content = EftiPlatform(client).dataset(asked.uil.dataset, asked.subsets, asked.id)
            status, problem = ("200", "") if content is not None else ("404", "The platform has no such dataset.")
            answer = ("came" if content is not None else "nothing", problem, content or b"")
        except PartnerError as error:
            status = "504" if error.code == "source-unreachable" else "502"
            answer = (OUTCOMES.get(error.code, "malformed"), error.message, b"")
        with self._stores.database.transaction() as connection:
            where = Location(name=_link(asked.uil))
            self._access.seal(connection, *passed_on(self._stores, connection, question, answer, where))
        return status, answer[1], answer[2]

    def _platform(self, connection: Connection, uil: Uil | None) -> Source | None:
        """The platform of a link among the sources, if it is asked at all; None else."""
        if uil is None or uil.gate != self._stores.settings.efti_gate:
            return None
        for one in every_source(self._files, connection):
            if one.kind == PLATFORM and one.is_enabled and one.options.get("platform") == uil.platform:
                return one
        return None

    def _question(self, connection: Connection, asking: Asking, source: Source | None, uil: Uil | None) -> Asked | None:
        """The question to a platform for whoever asks; None where the platform's agreement does not give it for the purpose."""
        if source is None or uil is None:
            return None
        purpose = asking.partner.purpose or ""
        try:
            agreement = agreement_of(self._stores, connection, source)
        except SenderError:
            agreement = None
        is_covered = (
            agreement is not None
            and "documents" in allowed_fields(source, agreement)
            and purpose in source.purposes
            and purpose in agreement.purposes
        )
        if not self._may_have(asking, is_covered) or agreement is None:
            return None
        return Asked(
            source=source,
            agreement=agreement,
            identifier=Identifier(type="uil", value=_link(uil)),
            by=asking.partner.id,
            purpose=purpose,
            case=asking.partner.case or "",
        )

    def _may_have(self, asking: Asking, is_covered: bool) -> bool:
        """Whether policy gives whoever asks an object: it is its own to ask for where an agreement gives it for the purpose."""
        where = Resource(sender=asking.party if is_covered else None)
        return self._access.may(asking.partner, "efti:ask", where)

    def _look(self, asking: Asking, what: str, asked: GateRequest, uil: Uil) -> NewRecord:
        """The look of whoever asks at a dataset of a platform, which stands with what the platform registered of it."""
        about = file_id(DATASET, f"{uil.platform} {uil.dataset}")
        subject = Subject(ids=(_link(uil), str(about)), about=about)
        stated = asked.authority.words if asked.authority is not None else ""
        return self._access.given(asking.partner, what, subject, asking.agreement.name, stated)

    def _own(self, connection: Connection, dataset: str) -> tuple[UUID, bytes]:
        """A dataset that a trader sent here: the message, and its bytes."""
        wanted = parse_id(dataset)
        message = self._stores.messages.get(connection, wanted) if wanted else None
        if message is None or message.standard != "efti" or message.outcome != "accepted" or message.door == "sources":
            raise NotFoundError("There is no such dataset.")
        packed = self._stores.messages.content(connection, message.id)
        if packed is None:
            raise NotFoundError("There is no such dataset.")
        return message.id, unpack(packed)

    def _gate(self) -> str:
        if not self._stores.settings.efti_gate:
            raise SenderError(
                "This installation is not an eFTI gate.", code="efti-off", hint="Set efti_gate in the settings."
            )
        return self._stores.settings.efti_gate

    def _registering(self, connection: Connection, principal: Principal) -> tuple[str, Agreement]:
        """The platform that registers, and the agreement in force that lets it; raises as `_asking`."""
        party, agreement = self._party(connection, principal, "efti:register", "register")
        self._access.require(principal, "efti:register", Resource(sender=party))
        return party, agreement

    def _asking(self, connection: Connection, principal: Principal, field: str) -> Asking:
        """Whoever asks, as policy lets it under an agreement in force.

        For a payload that an access point carried, the party that it proved asks, and not the operator who hands it on.

        Raises:
            AgreementOverError: There is none.
            PolicyError: Policy does not allow it, or it states a purpose that the agreement does not name.
        """
        party, agreement = self._party(connection, principal, "efti:ask", field)
        own = "agency" in principal.roles
        partner = msgspec.structs.replace(principal, kind="key", roles=("agency",) if own else principal.roles)
        if principal.kind == "officer":
            partner = msgspec.structs.replace(partner, id=f"partner:{party}", office=None)
        partner = partner_under(partner, agreement)
        self._access.require(partner, "efti:ask", Resource(sender=party))
        return Asking(party=party, agreement=agreement, partner=partner)

    def _party(self, connection: Connection, principal: Principal, action: str, field: str) -> tuple[str, Agreement]:
        """The sender as which a key acts, and the agreement in force that lets it; whether policy does is asked with these.

        Raises:
            AgreementOverError: There is none.
            PolicyError: There is none, and policy would not allow it either.
        """
        today, own = today_of(self._stores), set(principal.by_right)
        for agreement in newest_agreements(self._stores, connection).values():
            named = own & set(agreement.senders)
            if not named or standing_on(agreement, today) != "in-force":
                continue
            if field in agreement.exchanges.get(EFTI, ()):
                return min(named), agreement
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
        is_own = found is not None and found.by == principal.id and found.party in principal.by_right
        if found is None or not is_own or found.kind not in kinds:
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
        looks: Sequence[NewRecord] = (),
    ) -> GateRequest:
        """Seal that a question is answered, with the looks by which it is."""
        made = msgspec.structs.replace(asked, answered=datetime.now(UTC), status=status, problem=asked.problem[:300])
        record = self._files.write(connection, REQUEST, made.id, (made, made.by), "answered")
        self._access.seal(connection, *looks, *([record] if record is not None else []))
        return made


def _request(
    kind: Literal["identifiers", "dataset", "follow-up"],
    principal: Principal,
    asking: Asking,
    request_id: str,
) -> GateRequest:
    return GateRequest(
        id=check_token(request_id, "id of the request") if request_id else str(new_id()),
        kind=kind,
        by=principal.id,
        party=asking.party,
        agreement=asking.agreement.name,
        version=asking.agreement.version,
        at=datetime.now(UTC),
    )


def _link(uil: Uil) -> str:
    """A link in one line, as pulls name it."""
    return f"{uil.gate} {uil.platform} {uil.dataset}"


def _covers(agreement: Agreement | None, today: date, purpose: str | None) -> bool:
    """Whether the agreement under which a platform registered is in force, and for a purpose."""
    return agreement is not None and standing_on(agreement, today) == "in-force" and purpose in agreement.purposes


def _is_past(told: ConsignmentIdentifiers, today: date) -> bool:
    """Whether a consignment ended too long ago to be found; where its end cannot be read it is found."""
    digits = told.delivered[1][:8] if told.delivered is not None else ""
    try:
        ended = date.fromisoformat(digits if digits.isdigit() else "")
    except ValueError:
        return False
    return ended < today - timedelta(days=FOUND_DAYS)
