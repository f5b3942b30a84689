# SPDX-License-Identifier: Apache-2.0
"""Evidence exchanged with partner administrations: tables and model cards, and sums of tables that show no table.

Everything goes as a letter, signed by the house that wrote it, in a file or in a signed message: both ways are taken in alike. What is
given and taken is sealed before it leaves, and before it is used.

Policy actions: `mirror:give` (by the key of a partner, for its senders), `mirror:run`, `mirror:read`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from cocket.codes.country import alpha2_codes
from cocket.errors import ProofError, SenderError, StoreError, UnreadableError
from cocket.exchange.secure_sums import (
    ROUND,
    SumMasked,
    SumOpening,
    check_opening,
    check_parties,
    digest_of_openings,
    mask,
    open_key,
    read_numbers,
    sum_of,
)
from cocket.exchange.signed_http import verify_bytes
from cocket.governance import Principal, Resource
from cocket.governance.agreements import Agreement
from cocket.governance.proposals import Proposal
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.partner_agreements import AgreementOverError, signed_agreements, today_of
from cocket.pipeline.base.secret_files import make_secret, read_secret
from cocket.pipeline.base.unopenable import statements_of
from cocket.pipeline.base.whole_files import write_whole
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.governance.second_person import Given, SecondPerson
from cocket.pipeline.partners.messages import Exchanged, ExchangeFiles, check_sendable, house_key
from cocket.pipeline.risk.active_models import ActiveModels
from cocket.pipeline.risk.joint_deed import END, PUT, USUAL_BUDGET, USUAL_WEIGHT, JointCompared, JointDeed
from cocket.pipeline.risk.joint_tables import (
    COMPARISON,
    GIVEN,
    IN_USE,
    JOINT,
    TABLE,
    USE,
    KeptTable,
    TableUse,
    are_in_force,
    random_cases,
)
from cocket.risk.joint import (
    EvidenceTable,
    GivenCounts,
    JointCard,
    card_beside,
    card_of,
    give_counts,
    readable_cells,
    table_of,
)
from cocket.risk.joint.table import LEAST, check_card, check_table, counts_of, spoken_of
from cocket.stores.base.database import Connection

#: Form of letters.
FORM: Final = "cocket-joint-letter-1"

#: Kind of the document of a round.
SUM: Final = "joint-round"

#: Kind of the document of what a partner was given of some days.
GIVEN_DAYS: Final = "joint-given-days"

#: Days that a table speaks of where none are named, and nothing was given before.
USUAL_DAYS: Final = 365

#: Chapters of a round's tables, "" for an unknown one.
_CHAPTERS: Final = ("", *(f"{number:02d}" for number in range(1, 98)))

LetterKind = Literal["table", "round", "opening", "masked"]
Stage = Literal["known", "open", "masked", "done", "stopped"]


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What one administration gives to others, in these very bytes.

    Attributes:
        form: `FORM`.
        kind: What is in it.
        sender: Country of whose it is.
        receivers: Countries of whom it is for (1..n).
        purpose: For what, of `PURPOSES`.
        made: When, UTC.
        body: A table with its card, a round, an opening, or masked counts.
        signature: Ed25519 over the letter with this field empty, by the key that the agreement names, base64.
    """

    form: str
    kind: LetterKind
    sender: str
    receivers: tuple[str, ...]
    purpose: str
    made: datetime
    body: msgspec.Raw
    signature: str = ""


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of a letter with a table: what the agreement lets be given of it."""

    table: EvidenceTable | None = None
    card: JointCard | None = None


class SumRound(msgspec.Struct, frozen=True, kw_only=True):
    """What all parties of a sum agree on beforehand; the body of the letter that begins it.

    Attributes:
        form: `ROUND` of `cocket.exchange.secure_sums`.
        id: Id of the round, a UUID.
        parties: Countries, in order (2..32).
        since: First day of the declarations that are counted.
        until: Last day.
        least: Examinations below which a cell of the sum is not kept (count).
        origins: Countries of origin that are told apart, in order (0..n); all others are counted together.
        is_two_allowed: Whether it was said to be known that two parties hide nothing from each other.
    """

    form: str
    id: str
    parties: tuple[str, ...]
    since: date
    until: date
    least: int
    origins: tuple[str, ...]
    is_two_allowed: bool = False

    @property
    def digest(self) -> str:
        """SHA-256 of it, hexadecimal."""
        return sha256(msgspec.json.encode(self)).hexdigest()

    @property
    def cells(self) -> list[tuple[str, str]]:
        """Its cells, in the order of its numbers: two numbers each, examined and found."""
        return [(hs2, origin) for hs2 in _CHAPTERS for origin in ("", *self.origins)]


class RoundFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A round as it stands here; also its sealed record. It holds no count of ours.

    Attributes:
        round: What was agreed on.
        own: Which party we are.
        purpose: For what.
        stage: `known`; `open` once our key was given; `masked` once our counts were; `done` with its sum; `stopped` by whom and why.
        agreements: Agreements with the other parties, in their order (1..n).
        openings: Party → its opening.
        masked: Party → SHA-256 of its masked counts as they came, hexadecimal.
        put_in: Our own examinations that went in (count); None until they did.
        table: Name of the table that came of it; "" until there is one, and where no cell of the sum reaches the least.
        reason: Why it was stopped.
        by: Who changed it last.
        at: When, UTC.
    """

    round: SumRound
    own: str
    purpose: str
    stage: Stage
    agreements: tuple[str, ...]
    openings: dict[str, SumOpening] = {}
    masked: dict[str, str] = {}
    put_in: int | None = None
    table: str = ""
    reason: str = ""
    by: str
    at: datetime

    @property
    def missing(self) -> tuple[str, ...]:
        """Parties that the next step waits for, or waited for when it was stopped (0..n)."""
        there = self.masked if self.put_in is not None else self.openings
        return tuple(one for one in self.round.parties if one not in there) if self.stage != "done" else ()


class JointGiven(msgspec.Struct, frozen=True, kw_only=True):
    """What was given to partners, as it is sealed.

    Attributes:
        id: Its id.
        kind: Kind of letter.
        receivers: To whom, by country (1..n).
        agreements: Under which agreements (1..n).
        purpose: For what.
        digest: SHA-256 of the letter, hexadecimal.
        fields: What the agreement lets be given.
        examined: Examinations that a table tells of (count); 0 of others.
        least: Examinations below which no cell was given (count); 0 of others.
        since: First day of a table; None of others, and of tables given before days were sealed.
        until: Last day, likewise.
        same: Cells that stand as they were given before, since fewer than `least` were added or results were changed (count).
        by: Who gave it.
        at: When, UTC.
    """

    id: str
    kind: str
    receivers: tuple[str, ...]
    agreements: tuple[str, ...]
    purpose: str
    digest: str
    fields: tuple[str, ...] = ()
    examined: int = 0
    least: int = 0
    since: date | None = None
    until: date | None = None
    same: int = 0
    by: str
    at: datetime


class GivenSoFar(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner was given of the days that begin on one day; also its sealed record.

    Attributes:
        country: The partner.
        since: First day.
        until: Last day.
        counts: What was given, and how much of our counts is in it.
        card: The card that went with it; None without one.
        by: Who gave it last.
        at: When, UTC.
    """

    country: str
    since: date
    until: date
    counts: GivenCounts
    card: JointCard | None
    by: str
    at: datetime


class LetterTaken(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken in: kind of letter, of whom, the name of the table or round, and whether it was known already."""

    kind: str
    sender: str
    name: str
    is_known: bool = False


class TableView(msgspec.Struct, frozen=True, kw_only=True):
    """A table as people see it.

    Attributes:
        table: It.
        compared: The last test of it here; None where it was not tested.
        is_used: Whether it moves scores now.
        is_in_force: Whether every agreement that it came under holds, for control.
    """

    table: KeptTable
    compared: JointCompared | None
    is_used: bool
    is_in_force: bool


class JointView(msgspec.Struct, frozen=True, kw_only=True):
    """What is held, was given, and is in use.

    Attributes:
        tables: Tables, last changed first (0..n).
        rounds: Rounds, last changed first (0..n).
        given: What was given, newest first (0..n).
        use: What is, or was last, in use; None where nothing ever was.
    """

    tables: tuple[TableView, ...]
    rounds: tuple[RoundFile, ...]
    given: tuple[JointGiven, ...]
    use: TableUse | None


class _GivenBefore(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner was given, the first days first; `unknown`: the last day on which it was given a table of days that were not kept."""

    series: tuple[GivenSoFar, ...]
    unknown: date | None


class JointLearning(Service):
    """Learning with partner administrations.

    Args:
        stores: The stores of this process.
        second: Keeps acts waiting that two persons answer for.
    """

    def __init__(self, stores: Stores, second: SecondPerson) -> None:
        super().__init__(stores)
        self._second = second
        self._files = DocumentFiles(stores)
        self._exchange = ExchangeFiles(stores)
        self._models = ActiveModels(stores)

    def give_table(
        self, principal: Principal, country: str, purpose: str = "control", days: tuple[date, date] | None = None
    ) -> tuple[bytes, JointGiven]:
        """Our evidence table and model card as a letter to a partner, as far as the agreement lets them be given; sealed before.

        No two tables that a partner was given differ by fewer examinations than the agreement's least: of days that were given
        before, only what was added since is added, as far as it reaches the least.

        Args:
            principal: A supervisor.
            country: Of the partner, ISO 3166 alpha-2.
            purpose: For what; the agreement must name it.
            days: First and last day of the declarations; None for the days that the partner was given last, up to today, or for
                the last year where it was given none.

        Returns:
            The letter, and what was sealed of it.

        Raises:
            AgreementOverError: No agreement in force names the exchange.
            PolicyError: The principal may not.
            SenderError: Not for this purpose, too little was drawn at random, or some of the days were given before, or are to come.
        """
        letter, _, given = self._table_letter(principal, country, purpose, days)
        return letter, given

    def send_table(
        self, principal: Principal, country: str, purpose: str = "control", days: tuple[date, date] | None = None
    ) -> tuple[Exchanged, JointGiven]:
        """The same in a signed message, which waits to be sent; raises as `give_table`."""
        letter, agreement, given = self._table_letter(principal, country, purpose, days)
        return self._send(principal, agreement, purpose, letter, given.examined), given

    def take_letter(self, principal: Principal, content: bytes) -> LetterTaken:
        """Take in a letter of a partner.

        Args:
            principal: The partner's key, which speaks for a sender of its agreement, or a supervisor.
            content: The letter.

        Returns:
            What it was. With the last masked counts of a round the sum is worked out.

        Raises:
            AgreementOverError: No agreement in force names the exchange.
            PolicyError: The principal may not.
            ProofError: The letter is not signed by a key that the agreement names.
            SenderError: It is not for us, or cannot be now.
            UnreadableError: It is no letter, or what is in it is not what it says.
        """
        letter = _read(content, Letter)
        if letter.form != FORM:
            raise _unreadable("unknown form")
        with self._stores.database.transaction() as connection:
            agreement = self._taken_under(connection, principal, letter)
            self._stores.case_files.lock(connection, "joint")
            unsigned = msgspec.json.encode(msgspec.structs.replace(letter, signature=""))
            verify_bytes(unsigned, letter.signature, agreement.signed.keys if agreement.signed is not None else ())
            digest = sha256(content).hexdigest()
            if letter.kind == "table":
                return self._take_table(connection, principal, agreement, letter, digest)
            return self._take_of_round(connection, principal, agreement, letter)

    def view(self, principal: Principal) -> JointView:
        """Tables, rounds, what was given, and what is in use; the look is sealed.

        Raises:
            PolicyError: The principal may not.
        """
        self._access.require(principal, "mirror:read", Resource())
        with self._stores.database.transaction() as connection:
            use = self._files.read(connection, USE, IN_USE, TableUse)
            tables = self._files.every(connection, TABLE, KeptTable)
            compared = {one.table: one for one in self._files.every(connection, COMPARISON, JointCompared)}
            given = [one for _, one in statements_of(self._stores, connection, GIVEN, JointGiven)]
            views = tuple(
                TableView(
                    table=one,
                    compared=compared.get(one.name),
                    is_used=use is not None and use.state == "on" and use.table == one.name,
                    is_in_force=are_in_force(self._stores, connection, one),
                )
                for one in tables
            )
            rounds = self._files.every(connection, SUM, RoundFile)
            self._access.seal(connection, self._access.record(principal, "mirror", ("joint",)))
        return JointView(tables=views, rounds=rounds, given=tuple(reversed(given)), use=use)

    def propose_use(
        self,
        principal: Principal,
        name: str,
        reason: str,
        budget: float = USUAL_BUDGET,
        weight: float = USUAL_WEIGHT,
    ) -> Given:
        """Propose that a table moves scores; a second person agrees. It must have been shown to help, and is tested again then.

        Raises:
            NotFoundError: There is no such table.
            PolicyError: The principal may not.
            SenderError: It is not shown to help here, or an agreement that it came under is over.
        """
        after = {"budget": str(budget), "weight": str(weight)}
        wanted = Proposal(kind=PUT, subject=name.strip(), after=after, reason=reason.strip())
        after |= JointDeed(self._stores).figures(principal, wanted)
        return self._second.propose(principal, msgspec.structs.replace(wanted, after=after), _no_key)

    def propose_end(self, principal: Principal, name: str, reason: str) -> Given:
        """Propose that a table moves scores no more; raises as `propose_use`."""
        wanted = Proposal(kind=END, subject=name.strip(), reason=reason.strip())
        return self._second.propose(principal, wanted, _no_key)

    def begin_round(
        self,
        principal: Principal,
        others: Collection[str],
        days: tuple[date, date],
        purpose: str = "control",
        *,
        is_two_allowed: bool = False,
    ) -> RoundFile:
        """Begin a sum with other administrations; `round_letter` gives what is to be brought to them.

        Args:
            principal: A supervisor.
            others: Countries of the other parties.
            days: First and last day of the declarations that are counted.
            purpose: For what; every agreement must name it.
            is_two_allowed: Whether it is known that with two parties each learns the other's table.

        Raises:
            AgreementOverError: With one of them no agreement in force names sums.
            PolicyError: The principal may not.
            SenderError: The parties are too few, or the days do not fit.
        """
        self._access.require(principal, "mirror:run", Resource())
        named = tuple(dict.fromkeys(one.strip().upper() for one in others))
        self._check_past(*days)
        with self._stores.database.transaction() as connection:
            self._stores.case_files.lock(connection, "joint")
            if not named:
                check_parties(named)
            own = self._agreement(connection, named[0], "sum", purpose).own_country
            parties = check_parties((*named, own), is_two_allowed=is_two_allowed)
            agreements = self._with_all(connection, parties, own, purpose)
            made = SumRound(
                form=ROUND,
                id=str(new_id()),
                parties=parties,
                since=days[0],
                until=days[1],
                least=max(one.least_cell for one in agreements),
                origins=alpha2_codes(),
                is_two_allowed=is_two_allowed,
            )
            self._check_once(connection, made)
            file = RoundFile(
                round=made,
                own=own,
                purpose=purpose,
                stage="known",
                agreements=tuple(one.name for one in agreements),
                by=principal.id,
                at=datetime.now(UTC),
            )
            self._keep(connection, principal, file)
        return file

    def open_round(self, principal: Principal, round_id: str) -> RoundFile:
        """Take part in a sum: make our key for it. Raises as `begin_round`; `NotFoundError` where there is no such round."""
        self._access.require(principal, "mirror:run", Resource())
        with self._stores.database.transaction() as connection:
            file = self._round(connection, round_id, ("known",))
            self._with_all(connection, file.round.parties, file.own, file.purpose)
            self._check_once(connection, file.round)
            place = self._place(file.round.id, "key")
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            make_secret(place)
            opening = open_key(read_secret(place), file.round.digest, file.own)
            file = msgspec.structs.replace(file, stage="open", openings={**file.openings, file.own: opening})
            return self._keep(connection, principal, file)

    def mask_round(self, principal: Principal, round_id: str) -> RoundFile:
        """Put our masked counts into a sum, once every party's key is there.

        Raises:
            AgreementOverError: With one party no agreement in force names sums any more.
            NotFoundError: There is no such round that waits for it.
            PolicyError: The principal may not.
            SenderError: A key is missing, or the same days were put into another sum.
        """
        self._access.require(principal, "mirror:run", Resource())
        with self._stores.database.transaction() as connection:
            self._stores.case_files.lock(connection, "joint")
            file = self._round(connection, round_id, ("open",))
            self._with_all(connection, file.round.parties, file.own, file.purpose)
            if file.missing:
                raise SenderError(
                    f"The key of {', '.join(file.missing)} is not here yet; nothing is given before all are.",
                    code="sum-missing",
                    found=file.missing[0],
                )
            self._check_once(connection, file.round)
            counts = self._counts(connection, file.round)
            numbers = [number for pair in counts for number in pair]
            masked = mask(read_secret(self._place(file.round.id, "key")), file.own, file.openings, numbers)
            own = [
                [hs2, origin, *pair] for (hs2, origin), pair in zip(file.round.cells, counts, strict=True) if pair[0]
            ]
            write_whole(self._place(file.round.id, "own"), self._sealed_own(file, msgspec.json.encode(own)))
            file = msgspec.structs.replace(file, stage="masked", put_in=sum(pair[0] for pair in counts))
            file = self._put_masked(file, masked)
            file = self._summed(connection, principal, self._keep(connection, principal, file))
        self._place(file.round.id, "key").unlink(missing_ok=True)  # nothing is masked under it twice
        return file

    def round_letter(self, principal: Principal, round_id: str) -> bytes:
        """What of ours is to be brought to the other parties now: the round, our key, or our masked counts; sealed before.

        Raises:
            NotFoundError: There is no such round, or it was stopped.
            PolicyError: The principal may not.
        """
        self._access.require(principal, "mirror:run", Resource())
        with self._stores.database.transaction() as connection:
            return self._round_letter(connection, principal, round_id)[0]

    def send_round(self, principal: Principal, round_id: str) -> tuple[Exchanged, ...]:
        """The same in a signed message to every other party (1..n), which waits to be sent; raises as `round_letter`."""
        self._access.require(principal, "mirror:run", Resource())
        with self._stores.database.transaction() as connection:
            letter, file = self._round_letter(connection, principal, round_id)
            agreements = self._with_all(connection, file.round.parties, file.own, file.purpose)
            for one in agreements:
                check_sendable(one, file.purpose)
        return tuple(self._send(principal, one, file.purpose, letter, 0) for one in agreements)

    def stop_round(self, principal: Principal, round_id: str, reason: str) -> RoundFile:
        """Stop a round, as where a party dropped out. There is no sum of the others; they begin another, under other keys.

        Its days are free for another round only where our masked counts were not made yet.

        Raises:
            NotFoundError: There is no such round that goes on.
            PolicyError: The principal may not.
            SenderError: No reason is given.
        """
        self._access.require(principal, "mirror:run", Resource())
        if not reason.strip():
            raise SenderError("State why the round is stopped.", code="joint-reason")
        with self._stores.database.transaction() as connection:
            file = self._round(connection, round_id, ("known", "open", "masked"))
            file = msgspec.structs.replace(file, stage="stopped", reason=reason.strip()[:400])
            self._keep(connection, principal, file)
        for ending in ("key", "own", *file.round.parties):
            self._place(file.round.id, ending).unlink(missing_ok=True)
        return file

    def _table_letter(
        self, principal: Principal, country: str, purpose: str, days: tuple[date, date] | None
    ) -> tuple[bytes, Agreement, JointGiven]:
        self._access.require(principal, "mirror:run", Resource())
        with self._stores.database.transaction() as connection:
            self._stores.case_files.lock(connection, "joint")
            agreement = self._agreement(connection, country.strip().upper(), "table", purpose)
            everything = self._given_before(connection, agreement.country)
            since, until = days or self._days_to_give(everything)
            self._check_past(since, until)
            before = self._goes_on(connection, everything, agreement.country, (since, until))
            least = max(agreement.least_cell, LEAST)
            cases = random_cases(self._stores, connection, since, until)
            counts = give_counts(counts_of(cases), (since, until), least, before.counts if before else None)
            table = readable_cells(counts.table)
            if not table.cells:
                raise SenderError(
                    f"{len(cases)} examinations of these days were drawn at random: no cell has the {table.least} that the agreement "
                    "asks for. Nothing was given.",
                    code="joint-few",
                    found=str(len(cases)),
                )
            fields, card = agreement.exchanges[JOINT], before.card if before else None
            if "card" in fields and card is None:
                made = card_of([] if before else spoken_of(cases, table), least, self._card())
                card = card_beside(made, [one.card for one in everything.series if one.card is not None], least)
            body = msgspec.json.encode(Evidence(table=table, card=card if "card" in fields else None))
            letter = self._letter("table", (agreement.own_country, (agreement.country,)), purpose, body)
            given = msgspec.structs.replace(
                self._given(principal, "table", (agreement,), (purpose, letter)),
                fields=fields,
                examined=table.examined,
                least=table.least,
                since=since,
                until=until,
                same=counts.same,
            )
            so_far = GivenSoFar(
                country=agreement.country,
                since=since,
                until=until,
                counts=counts,
                card=card,
                by=principal.id,
                at=given.at,
            )
            self._write(connection, principal, (GIVEN_DAYS, f"{agreement.country} {since}"), so_far)
            self._access.seal(connection, self._stores.sealer.record(GIVEN, principal.id, given, at=given.at))
        return letter, agreement, given

    def _given_before(self, connection: Connection, country: str) -> _GivenBefore:
        """What a partner was given, by the sealed statements of it: a row that is gone, or is not as it was sealed, is missed."""
        series: dict[date, GivenSoFar] = {}
        unknown: date | None = None
        for _, one in statements_of(self._stores, connection, GIVEN, JointGiven):
            if one.kind != "table" or country not in one.receivers:
                continue
            if one.since is None:  # given before days were sealed: of any days up to that one
                unknown = max(unknown or one.at.date(), one.at.date())
            elif one.since not in series:
                found = self._files.read_sealed(connection, GIVEN_DAYS, f"{country} {one.since}", GivenSoFar)
                if found is None:
                    raise StoreError("What the partner was given before is gone; nothing was given.", code="joint-gone")
                series[one.since] = found
        return _GivenBefore(series=tuple(series[since] for since in sorted(series)), unknown=unknown)

    def _days_to_give(self, everything: _GivenBefore) -> tuple[date, date]:
        """The days given last, up to today; the last year where nothing was, as far as it is known that it was not."""
        today = today_of(self._stores)
        if everything.series:
            last = everything.series[-1]
            return last.since, max(today, last.until)
        since = today - timedelta(days=USUAL_DAYS)
        if everything.unknown is not None:
            since = min(today, max(since, everything.unknown + timedelta(days=1)))
        return since, today

    def _goes_on(
        self, connection: Connection, everything: _GivenBefore, country: str, days: tuple[date, date]
    ) -> GivenSoFar | None:
        """What was given of days that begin on the same day; None where none of these days were given to this partner.

        Raises:
            SenderError: Some of them were, and a table of these could be taken from what was given.
        """
        if everything.unknown is not None and days[0] <= everything.unknown:
            raise SenderError(
                f"{country} was given a table on {everything.unknown} whose days were not kept. A table is of days after that one.",
                code="joint-given",
                found=str(days[0]),
            )
        for both in self._two_with(connection, country):
            if _meet(_days(both), days):
                raise SenderError(
                    f"Days of {both.since} to {both.until} were put into a sum with {country} alone, which shows it our table. "
                    "A table is of other days.",
                    code="joint-given",
                    found=str(days[0]),
                )
        before = next((one for one in everything.series if one.since == days[0]), None)
        met = [one for one in everything.series if _meet((one.since, one.until), days)]
        if met != ([before] if before else []) or (before is not None and days[1] < before.until):
            one = met[0]
            raise SenderError(
                f"{country} was given a table of {one.since} to {one.until}, and could take one from the other. A later one begins on "
                f"{one.since} too and ends on {one.until} or later, or is of days that were not given.",
                code="joint-given",
                found=f"{days[0]} {days[1]}",
            )
        return before

    def _two_with(self, connection: Connection, country: str) -> list[SumRound]:
        """Sums of two parties, of whom a partner is one, that our counts were put into: it knows our table by them."""
        found = [one for one in self._files.every(connection, SUM, RoundFile) if one.put_in is not None]
        return [one.round for one in found if len(one.round.parties) == 2 and country in one.round.parties]

    def _check_past(self, since: date, until: date, today: date | None = None) -> None:
        if until < since:
            raise SenderError("The first day is after the last.", code="joint-days")
        if until > (today or today_of(self._stores)):
            raise SenderError(
                f"The last day {until} is still to come: what is found until then would be missing.",
                code="joint-days",
                found=str(until),
            )

    def _card(self) -> JointCard:
        """What is told of our model: what it learnt from, in counts."""
        self._models.refresh()
        model = self._models.champion
        if model is None:
            return JointCard()
        card, first = model.card, date(1970, 1, 1)
        return JointCard(
            model=model.version,
            trained_rows=card.rows,
            trained_examined=card.examined,
            trained_found=card.found,
            trained_since=first + timedelta(days=int(card.first_day)),
            trained_until=first + timedelta(days=int(card.last_day)),
            features=tuple(sorted(card.importance)),
        )

    def _letter(
        self,
        kind: LetterKind,
        who: tuple[str, tuple[str, ...]],
        purpose: str,
        body: bytes,
        made: datetime | None = None,
    ) -> bytes:
        letter = Letter(
            form=FORM,
            kind=kind,
            sender=who[0],
            receivers=who[1],
            purpose=purpose,
            made=made or datetime.now(UTC),
            body=msgspec.Raw(body),
        )
        signature = house_key(self._stores).sign_bytes(msgspec.json.encode(letter))
        return msgspec.json.encode(msgspec.structs.replace(letter, signature=signature))

    def _given(
        self, principal: Principal, kind: str, agreements: tuple[Agreement, ...], what: tuple[str, bytes]
    ) -> JointGiven:
        return JointGiven(
            id=str(new_id()),
            kind=kind,
            receivers=tuple(one.country for one in agreements),
            agreements=tuple(one.name for one in agreements),
            purpose=what[0],
            digest=sha256(what[1]).hexdigest(),
            by=principal.id,
            at=datetime.now(UTC),
        )

    def _send(self, principal: Principal, agreement: Agreement, purpose: str, letter: bytes, count: int) -> Exchanged:
        with self._stores.database.transaction() as connection:
            what: Any = ("push", JOINT, purpose)
            made, records = self._exchange.send(
                connection, agreement, what, {"letter": msgspec.Raw(letter)}, (principal.id, count)
            )
            self._access.seal(connection, *records)
        return made

    def _take_table(
        self, connection: Connection, principal: Principal, agreement: Agreement, letter: Letter, digest: str
    ) -> LetterTaken:
        fields = agreement.exchanges[JOINT]
        evidence = _read(bytes(letter.body), Evidence)
        if evidence.table is None:
            raise _unreadable("it holds no evidence table")
        table = check_table(evidence.table, _latest_day())
        card = check_card(evidence.card, _latest_day()) if evidence.card is not None and "card" in fields else None
        name = f"{agreement.country.lower()}-{digest[:12]}"
        if self._files.read(connection, TABLE, name, KeptTable) is not None:
            return LetterTaken(kind=letter.kind, sender=letter.sender, name=name, is_known=True)
        kept = KeptTable(
            name=name,
            parties=(agreement.country,),
            agreements=(agreement.name,),
            purpose=letter.purpose,
            digest=digest,
            table=table,
            card=card,
            by=principal.id,
            at=datetime.now(UTC),
        )
        self._write(connection, principal, (TABLE, name), kept)
        return LetterTaken(kind=letter.kind, sender=letter.sender, name=name)

    def _take_of_round(
        self, connection: Connection, principal: Principal, agreement: Agreement, letter: Letter
    ) -> LetterTaken:
        if "sum" not in agreement.exchanges[JOINT]:
            raise AgreementOverError("The agreement does not cover sums.", found=agreement.name)
        if letter.kind == "round":
            return self._take_round(connection, principal, agreement, letter)
        body: SumOpening | SumMasked = _read(bytes(letter.body), SumOpening if letter.kind == "opening" else SumMasked)
        file = next(
            (one for one in self._files.every(connection, SUM, RoundFile) if one.round.digest == body.round), None
        )
        if file is None or body.party != letter.sender or letter.sender not in file.round.parties:
            raise SenderError(
                "There is no such round with this party; import the letter that begins it first.", code="sum-round"
            )
        if file.stage == "stopped":
            raise SenderError(f"The round was stopped: {file.reason}", code="sum-stopped")
        taken = LetterTaken(kind=letter.kind, sender=letter.sender, name=file.round.id)
        if isinstance(body, SumOpening):
            known = file.openings.get(letter.sender)
            if known == body:
                return msgspec.structs.replace(taken, is_known=True)
            if known is not None or file.stage not in ("known", "open"):
                raise SenderError(
                    "The party gave another key for this round before.", code="sum-key", found=letter.sender
                )
            check_opening(body)
            file = msgspec.structs.replace(file, openings={**file.openings, letter.sender: body})
            self._keep(connection, principal, file)
            return taken
        if letter.sender in file.masked:
            if file.masked[letter.sender] == _digest(body):
                return msgspec.structs.replace(taken, is_known=True)
            raise SenderError(
                "The party gave other counts for this round before.", code="sum-counts", found=letter.sender
            )
        if set(file.openings) != set(file.round.parties):
            raise SenderError(
                "Counts came before the key of every party was here; import the keys first.", code="sum-early"
            )
        if body.openings != digest_of_openings(file.openings):
            raise SenderError(
                "The party masked with other keys than are known here; begin another round.", code="sum-keys"
            )
        read_numbers(body, 2 * len(file.round.cells))
        self._summed(connection, principal, self._keep(connection, principal, self._put_masked(file, body)))
        return taken

    def _take_round(
        self, connection: Connection, principal: Principal, agreement: Agreement, letter: Letter
    ) -> LetterTaken:
        made = _read(bytes(letter.body), SumRound)
        if made.form != ROUND or made.until < made.since or len(set(made.origins)) != len(made.origins):
            raise _unreadable("the round is none")
        if not set(made.origins) <= set(alpha2_codes()):
            raise _unreadable("the round names an origin that is not a country")
        self._check_past(made.since, made.until, _latest_day())
        parties = check_parties(made.parties, is_two_allowed=made.is_two_allowed)
        if parties != made.parties or not {letter.sender, agreement.own_country} <= set(parties):
            raise SenderError("The round is not with this administration.", code="sum-parties")
        agreements = self._with_all(connection, parties, agreement.own_country, letter.purpose)
        asked = max(one.least_cell for one in agreements)
        if made.least < asked:
            raise SenderError(
                f"The round keeps cells of {made.least} examinations, and our agreements ask for {asked}.",
                code="sum-least",
            )
        taken = LetterTaken(kind="round", sender=letter.sender, name=made.id)
        known = self._files.read(connection, SUM, made.id, RoundFile)
        if known is not None:
            if known.round != made:
                raise SenderError("A round of that id is known, and is another.", code="sum-round")
            return msgspec.structs.replace(taken, is_known=True)
        self._check_once(connection, made)
        file = RoundFile(
            round=made,
            own=agreement.own_country,
            purpose=letter.purpose,
            stage="known",
            agreements=tuple(one.name for one in agreements),
            by=principal.id,
            at=datetime.now(UTC),
        )
        self._keep(connection, principal, file)
        return taken

    def _round_letter(self, connection: Connection, principal: Principal, round_id: str) -> tuple[bytes, RoundFile]:
        file = self._round(connection, round_id, ("known", "open", "masked", "done"))
        agreements = self._with_all(connection, file.round.parties, file.own, file.purpose)
        kind: LetterKind
        if file.stage == "known":
            kind, body = "round", msgspec.json.encode(file.round)
        elif file.stage == "open":
            kind, body = "opening", msgspec.json.encode(file.openings[file.own])
        else:
            kind, body = "masked", msgspec.json.encode(self._masked(file, file.own))
            self._place(file.round.id, "key").unlink(
                missing_ok=True
            )  # where this machine failed as soon as it had masked
        who = file.own, tuple(one for one in file.round.parties if one != file.own)
        letter = self._letter(kind, who, file.purpose, body)
        given = self._given(principal, kind, tuple(agreements), (file.purpose, letter))
        self._access.seal(connection, self._stores.sealer.record(GIVEN, principal.id, given, at=given.at))
        return letter, file

    def _summed(self, connection: Connection, principal: Principal, file: RoundFile) -> RoundFile:
        """The round with its sum, once all counts are there and ours were given."""
        if file.stage != "masked" or set(file.masked) != set(file.round.parties):
            return file
        cells = file.round.cells
        masked = {party: self._masked(file, party) for party in file.round.parties}
        totals = sum_of(file.round.parties, masked, 2 * len(cells))
        counts = {cell: (totals[2 * place], totals[2 * place + 1]) for place, cell in enumerate(cells)}
        if any(found > examined for examined, found in counts.values()):
            raise SenderError("The sum has more finds than examinations: a party counted wrongly.", code="sum-counts")
        table = table_of(counts, (file.round.since, file.round.until), file.round.least)
        if not table.cells:
            return self._keep(connection, principal, msgspec.structs.replace(file, stage="done"))
        name = f"sum-{file.round.digest[:12]}"
        kept = KeptTable(
            name=name,
            parties=file.round.parties,
            agreements=file.agreements,
            purpose=file.purpose,
            digest=file.round.digest,
            table=table,
            own=self._own(file),
            by=principal.id,
            at=datetime.now(UTC),
        )
        self._write(connection, principal, (TABLE, name), kept)
        return self._keep(connection, principal, msgspec.structs.replace(file, stage="done", table=name))

    def _counts(self, connection: Connection, made: SumRound) -> list[tuple[int, int]]:
        """Our examinations and finds in the order of a round's cells; those of other origins go under none."""
        counted = counts_of(random_cases(self._stores, connection, made.since, made.until))
        found = dict.fromkeys(made.cells, (0, 0))
        for (hs2, origin), (examined, finds) in counted.items():
            for cell in ((hs2, origin), (hs2, ""), ("", "")):
                if cell in found:
                    found[cell] = found[cell][0] + examined, found[cell][1] + finds
                    break
        return list(found.values())

    def _check_once(self, connection: Connection, made: SumRound) -> None:
        """Two sums of the same days could be taken from each other, and leave the table of who is in one alone.

        Days are spent once our masked counts exist, whatever becomes of the round: who has those of all others, and adds its own
        in silence, has the sum also where it was stopped here.
        """
        for one in self._files.every(connection, SUM, RoundFile):
            if one.round.id != made.id and one.put_in is not None and _meet(_days(one.round), _days(made)):
                raise SenderError(
                    f"Days of this round were put into the round {one.round.id} of {one.round.since} to {one.round.until} already: "
                    "two sums can be taken from each other, also where one was stopped here. Choose other days.",
                    code="sum-twice",
                    found=one.round.id,
                )
        for country in made.parties if len(made.parties) == 2 else ():
            before = self._given_before(connection, country)
            given = [(one.since, one.until) for one in before.series]
            given += [(date.min, before.unknown)] if before.unknown else []
            if any(_meet(one, _days(made)) for one in given):
                raise SenderError(
                    f"{country} was given a table of days of this round, and could take it from what a sum of two shows. Choose other "
                    "days.",
                    code="sum-given",
                    found=country,
                )

    def _with_all(self, connection: Connection, parties: Collection[str], own: str, purpose: str) -> list[Agreement]:
        """The agreement with each other party, under which sums are made; it names us alike."""
        found = [self._agreement(connection, one, "sum", purpose) for one in parties if one != own]
        if any(one.own_country != own for one in found):
            raise SenderError("The agreements name this administration by different countries.", code="sum-parties")
        return found

    def _agreement(self, connection: Connection, country: str, field: str, purpose: str) -> Agreement:
        for one in signed_agreements(self._stores, connection):
            if one.country == country and field in one.exchanges.get(JOINT, ()):
                if purpose not in one.purposes:
                    raise SenderError(
                        f"The agreement {one.name} is not for the purpose {purpose[:40]!r}.", code="exchange-purpose"
                    )
                return one
        there = [
            one
            for one in signed_agreements(self._stores, connection)
            if one.country == country and JOINT in one.exchanges
        ]
        if there:
            has = msgspec.json.encode(there[0].exchanges[JOINT]).decode().replace(",", ", ")
            raise AgreementOverError(
                f'The agreement {there[0].name} with {country} has joint = {has}; this needs "{field}" there.',
                found=there[0].name,
                hint="Another version of it may name that: cocket agreements add FILE.",
            )
        raise AgreementOverError(
            f"There is no agreement in force under which evidence is exchanged with {country[:40] or 'this partner'}.",
            found=country[:40] or None,
            hint=f'It needs joint = ["{field}"] under [exchanges], and the partner\'s keys under [signed]: cocket agreements add FILE.',
        )

    def _taken_under(self, connection: Connection, principal: Principal, letter: Letter) -> Agreement:
        """The agreement under which a letter may be taken from whoever brings it."""
        field = "table" if letter.kind == "table" else "sum"
        if principal.kind == "key" and principal.senders:
            agreement = self._agreement(connection, letter.sender, field, letter.purpose)
            sender = next((one for one in principal.senders if one in agreement.senders), None)
            self._access.require(principal, "mirror:give", Resource(sender=sender))
            if sender is None:
                raise SenderError("The letter is of another administration.", code="exchange-address")
        else:
            self._access.require(principal, "mirror:give", Resource())
            agreement = self._agreement(connection, letter.sender, field, letter.purpose)
        if agreement.own_country not in letter.receivers:
            raise SenderError("The letter is for another administration.", code="exchange-address")
        return agreement

    def _round(self, connection: Connection, round_id: str, stages: Collection[str]) -> RoundFile:
        file = self._files.read(connection, SUM, round_id.strip(), RoundFile, to_change=True)
        if file is None:
            raise NotFoundError("There is no such round.")
        if file.stage not in stages:
            raise SenderError(f"The round cannot do this now: {SAID[file.stage]}", code="sum-stage", found=file.stage)
        return file

    def _put_masked(self, file: RoundFile, masked: SumMasked) -> RoundFile:
        write_whole(self._place(file.round.id, masked.party), msgspec.json.encode(masked))
        return msgspec.structs.replace(file, masked={**file.masked, masked.party: _digest(masked)})

    def _masked(self, file: RoundFile, party: str) -> SumMasked:
        try:
            found: SumMasked = _read(self._place(file.round.id, party).read_bytes(), SumMasked)
        except OSError as error:
            raise StoreError("Masked counts that came are gone; begin another round.", code="sum-gone") from error
        if _digest(found) != file.masked.get(party):
            raise ProofError("Masked counts that came were changed; begin another round.", code="sum-changed")
        return found

    def _sealed_own(self, file: RoundFile, content: bytes) -> bytes:
        return self._stores.secrets_box.wrap(f"joint {file.round.id}", content)

    def _own(self, file: RoundFile) -> tuple[tuple[str, str, int, int], ...]:
        try:
            wrapped = self._place(file.round.id, "own").read_bytes()
        except OSError as error:
            raise StoreError(
                "What was put into the round here is gone; begin another round.", code="sum-gone"
            ) from error
        content = self._stores.secrets_box.unwrap(f"joint {file.round.id}", wrapped)
        return msgspec.json.decode(content, type=tuple[tuple[str, str, int, int], ...])

    def _keep(self, connection: Connection, principal: Principal, file: RoundFile) -> RoundFile:
        made = msgspec.structs.replace(file, by=principal.id, at=datetime.now(UTC))
        record = self._files.write(connection, SUM, made.round.id, (made, principal.id), made.stage)
        self._access.seal(connection, *([record] if record is not None else []))
        return made

    def _write(self, connection: Connection, principal: Principal, what: tuple[str, str], body: object) -> None:
        record = self._files.write(connection, what[0], what[1], (body, principal.id))
        self._access.seal(connection, *([record] if record is not None else []))

    def _place(self, round_id: str, ending: str) -> Path:
        return self._stores.settings.keys_folder / "joint" / f"{round_id}.{ending}"


#: How a round stands, in words.
SAID: Final[dict[str, str]] = {
    "known": "our key was not given yet.",
    "open": "our counts were not given yet.",
    "masked": "our counts were given, and it waits for others.",
    "done": "its sum is here.",
    "stopped": "it was stopped.",
}


def _days(one: SumRound) -> tuple[date, date]:
    return one.since, one.until


def _latest_day() -> date:
    """Today where it is latest on earth: of a day after that nobody can know anything."""
    return (datetime.now(UTC) + timedelta(hours=14)).date()


def _meet(one: tuple[date, date], other: tuple[date, date]) -> bool:
    """Whether two periods have a day in common."""
    return one[0] <= other[1] and other[0] <= one[1]


def _digest(masked: SumMasked) -> str:
    return sha256(msgspec.json.encode(masked)).hexdigest()


def _read(content: bytes, form: type[Any]) -> Any:
    try:
        return msgspec.json.decode(content, type=form)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(str(error)) from error


def _unreadable(why: str) -> UnreadableError:
    return UnreadableError(f"This is not a letter of evidence: {why}.", code="joint-letter")


def _no_key(name: str) -> str:
    raise SenderError("No key is made for evidence.", code="joint-key", found=name)
