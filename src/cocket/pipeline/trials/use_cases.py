# SPDX-License-Identifier: Apache-2.0
"""The catalogue of use cases: cards of our own with figures measured here, cards of other administrations, and the report of a year.

What leaves the house is agreed by a second person, who reads the very file. What comes in is kept as the word of another.

Policy actions: `lesson:read`, `lesson:keep`, `lesson:publish`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Final

import msgspec

from cocket.errors import ProofError, SenderError, UnreadableError
from cocket.governance import Principal, Resource
from cocket.governance.proposals import Proposal
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import DocumentFiles, file_id
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.credentials.partner_tokens import PartnerTokens
from cocket.pipeline.governance.second_person import Given, SecondPerson
from cocket.pipeline.trials.house_figures import HouseFigures
from cocket.pipeline.trials.lesson_deed import SHARE, YEAR, Published
from cocket.stores.base.database import Connection
from cocket.trials.lessons.card import TRIALS, USE_CASE, Card, NewCard, checked_card
from cocket.trials.lessons.recommendations import RECOMMENDATION, Recommendation
from cocket.trials.lessons.sharing import (
    FORMAT,
    SHARED,
    TAKEN,
    TOKEN,
    CardFile,
    TakenCard,
    digest_of,
    read_file,
    shared_card,
    write_file,
)
from cocket.trials.lessons.year import OF_ALL, YEAR_REPORT, YearReport, runs_in, year_card, year_report

#: Cards of our own, and of others, that are kept at most (count).
MOST_CARDS: Final = 500
MOST_TAKEN: Final = 2_000

#: First year of which a report is made.
_FIRST_YEAR: Final = 2000


class CardView(msgspec.Struct, frozen=True, kw_only=True):
    """A card of our own.

    Attributes:
        card: It.
        shared: Version of it that was given to the outside; None for none.
    """

    card: Card
    shared: int | None


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """The catalogue: cards of our own, last changed first (0..n), and those taken from others, likewise (0..n)."""

    cards: tuple[CardView, ...]
    taken: tuple[TakenCard, ...]


class UseCases(Service):
    """Keeping, sharing and taking in cards, and the report of a year.

    Args:
        stores: The stores of this process.
        figures: Measures what the house holds.
        second: Keeps acts waiting that two persons answer for.
        tokens: Reads signatures of partners.
    """

    def __init__(self, stores: Stores, figures: HouseFigures, second: SecondPerson, tokens: PartnerTokens) -> None:
        super().__init__(stores)
        self._figures, self._second, self._tokens = figures, second, tokens
        self._files = DocumentFiles(stores)

    def catalogue(self, principal: Principal) -> Catalogue:
        """Every card; the look is sealed.

        Raises:
            PolicyError: The principal may not.
        """
        self._access.require(principal, "lesson:read", Resource())
        with self._stores.database.transaction() as connection:
            cards = self._files.every(connection, USE_CASE, Card)
            taken = self._files.every(connection, TAKEN, TakenCard)
            shared = {one.subject: one.revision for one in self._files.every(connection, SHARED, Published)}
            self._access.seal(connection, self._access.record(principal, "use cases", ("catalogue",)))
        views = tuple(CardView(card=one, shared=shared.get(one.id)) for one in cards)
        return Catalogue(cards=views, taken=taken)

    def card(self, principal: Principal, card_id: str) -> CardView:
        """One card of our own; the look is sealed.

        Raises:
            NotFoundError: There is none.
            PolicyError: The principal may not.
        """
        self._access.require(principal, "lesson:read", Resource())
        with self._stores.database.transaction() as connection:
            found = self._card(connection, card_id)
            shared = self._files.read(connection, SHARED, found.id, Published)
            self._access.seal(connection, self._access.record(principal, "use cases", (found.id,)))
        return CardView(card=found, shared=shared.revision if shared else None)

    def taken_card(self, principal: Principal, card_id: str) -> TakenCard:
        """One card of another administration; the look is sealed.

        Raises:
            NotFoundError: There is none.
            PolicyError: The principal may not.
        """
        self._access.require(principal, "lesson:read", Resource())
        with self._stores.database.transaction() as connection:
            found = self._files.read(connection, TAKEN, card_id, TakenCard)
            if found is None:
                raise NotFoundError("There is no such use case.")
            self._access.seal(connection, self._access.record(principal, "use cases", (found.id,)))
        return found

    def put_card(self, principal: Principal, new: NewCard, card_id: str = "") -> Card:
        """Keep a card, or another version of one; its figures are measured now.

        Args:
            principal: Who writes it.
            new: What it says, without figures.
            card_id: The card that is changed; empty for a new one.

        Returns:
            It with its figures, sealed before it is returned.

        Raises:
            NotFoundError: There is no such card.
            PolicyError: The principal may not.
            SenderError: It cannot be kept as it is, or the pilot that it names is not there.
        """
        self._access.require(principal, "lesson:keep", Resource())
        today = self._figures.today()
        checked = checked_card(new, today)
        until = checked.ends or max(today, checked.begins)
        figures = self._figures.measure(principal, checked.measures, checked.begins, until)
        with self._stores.database.transaction() as connection:
            self._stores.case_files.lock(connection, USE_CASE)
            known = self._card(connection, card_id, to_change=True) if card_id else None
            if known is None and len(self._files.every(connection, USE_CASE, Card)) >= MOST_CARDS:
                raise SenderError(f"There are {MOST_CARDS} cards already.", code="cards-most")
            self._check_trial(connection, checked.trial)
            made = Card(
                **{name: getattr(checked, name) for name in NewCard.__struct_fields__},
                id=known.id if known else str(new_id()),
                revision=known.revision + 1 if known else 1,
                results=tuple(figures[name] for name in checked.measures),
                by=principal.id,
                at=datetime.now(UTC),
            )
            self._files.keep(connection, USE_CASE, made.id, (made, principal), made.state)
        return made

    def propose_share(self, principal: Principal, card_id: str, reason: str) -> Given:
        """Propose to give a card to the outside: a second person reads the file and agrees.

        Raises:
            NotFoundError: There is no such card.
            PolicyError: The principal may not.
            SenderError: The house has no key to sign with, or no one else could agree.
        """
        self._access.require(principal, "lesson:publish", Resource())
        with self._stores.database.transaction() as connection:
            found = self._card(connection, card_id)
        card = shared_card(found)
        self._tokens.sign(TOKEN, {"sub": card.id, "sha256": digest_of(card)})  # refuses before anyone is asked
        file = CardFile(
            format=FORMAT, origin=self._tokens.own, administration=self._stores.settings.administration, card=card
        )
        after = {"edition": str(found.revision)}
        wanted = Proposal(kind=SHARE, subject=found.id, title=found.title, after=after, reason=reason.strip())
        return self._second.propose(principal, wanted, _no_key, (f"{found.id}.json", write_file(file)))

    def shared_file(self, principal: Principal, card_id: str) -> bytes:
        """The file of a card that two persons agreed to give away, signed; the look is sealed.

        Raises:
            NotFoundError: There is no such card, or no one agreed to it yet.
            PolicyError: The principal may not.
        """
        return self._published(principal, SHARED, card_id, "This use case was not shared yet.").content.encode()

    def take_card(self, principal: Principal, content: bytes) -> TakenCard:
        """Import a card of another administration; nothing in it counts as measured here.

        Args:
            principal: Who brings it.
            content: The file.

        Returns:
            It as it is kept, with whether its signature holds; sealed before it is returned.

        Raises:
            PolicyError: The principal may not.
            SenderError: It is no such file, holds what no card may hold, is older than what is kept, was altered after it was
                signed, or names an origin whose signed card is kept, without its signature.
        """
        self._access.require(principal, "lesson:keep", Resource())
        now = datetime.now(UTC)
        file = read_file(content, self._figures.today())
        digest = digest_of(file.card)
        name = sha256(f"{file.origin} {file.card.id}".encode()).hexdigest()[:32]
        with self._stores.database.transaction() as connection:
            why = self._signature(connection, file, digest, now)
            self._stores.case_files.lock(connection, TAKEN)
            known = self._files.read(connection, TAKEN, name, TakenCard, to_change=True)
            made = TakenCard(
                id=name,
                origin=file.origin,
                administration=file.administration,
                card=file.card,
                digest=digest,
                is_signed=not why,
                why=why,
                by=principal.id,
                at=now,
            )
            if known is not None and (known.digest, known.is_signed) == (digest, made.is_signed):
                return known
            self._check_newer(connection, known, made)
            self._files.keep(connection, TAKEN, name, (made, principal), made.state)
        return made

    def year(self, principal: Principal, year: int) -> YearReport:
        """What was learned in a year, measured now, as it would be published; the look is sealed.

        Raises:
            PolicyError: The principal may not.
            SenderError: The year has not begun, or lies too far back.
        """
        self._access.require(principal, "lesson:read", Resource())
        report = self._year(principal, year)
        with self._stores.database.transaction() as connection:
            self._access.seal(connection, self._access.record(principal, "use cases", (f"year {year}",)))
        return report

    def propose_year(self, principal: Principal, year: int, reason: str) -> Given:
        """Propose to publish the report of a year: a second person reads the very report and agrees.

        Raises:
            PolicyError: The principal may not.
            SenderError: The year has not begun, or no one else could agree.
        """
        self._access.require(principal, "lesson:publish", Resource())
        report = self._year(principal, year)
        content = msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"
        wanted = Proposal(
            kind=YEAR, subject=str(year), title=str(year), after={"edition": str(year)}, reason=reason.strip()
        )
        return self._second.propose(principal, wanted, _no_key, (f"{year}.json", content))

    def published_year(self, principal: Principal, year: int) -> YearReport:
        """The report of a year as two persons agreed to publish it; the look is sealed.

        Raises:
            NotFoundError: None was published.
            PolicyError: The principal may not.
        """
        found = self._published(principal, YEAR_REPORT, str(year), "No report of this year was published yet.")
        return msgspec.json.decode(found.content, type=YearReport)

    def _year(self, principal: Principal, year: int) -> YearReport:
        today = self._figures.today()
        if not _FIRST_YEAR <= year <= today.year:
            raise SenderError(
                "There is no report of this year.",
                code="year",
                expected=f"{_FIRST_YEAR} to {today.year}",
                found=str(year)[:20],
            )
        first, last = date(year, 1, 1), min(date(year, 12, 31), today)
        with self._stores.database.transaction() as connection:
            cards = self._files.every(connection, USE_CASE, Card)
            ledger = self._files.every(connection, RECOMMENDATION, Recommendation)
        told = []
        for one in cards:
            days = runs_in(one, first, last)
            if days is not None:
                figures = self._figures.measure(principal, one.measures, *days)
                told.append(year_card(one, tuple(figures[name] for name in one.measures)))
        whole = self._figures.measure(principal, OF_ALL, first, last)
        about = year, self._stores.settings.administration, datetime.now(UTC)
        return year_report(about, (first, last), tuple(whole[name] for name in OF_ALL), told, ledger)

    def _published(self, principal: Principal, kind: str, name: str, missing: str) -> Published:
        self._access.require(principal, "lesson:read", Resource())
        with self._stores.database.transaction() as connection:
            found = self._files.read_sealed(connection, kind, name, Published)
            if found is None:
                raise NotFoundError(missing)
            self._access.seal(connection, self._access.record(principal, "use cases", (f"{kind} {name}",)))
        return found

    def _card(self, connection: Connection, card_id: str, *, to_change: bool = False) -> Card:
        found = self._files.read(connection, USE_CASE, card_id, Card, to_change=to_change)
        if found is None:
            raise NotFoundError("There is no such use case.")
        return found

    def _check_trial(self, connection: Connection, trial: str) -> None:
        places = [file_id(kind, trial) for kind in TRIALS]
        if trial and all(self._stores.case_files.get(connection, one) is None for one in places):
            raise SenderError(
                f"There is no pilot {trial}; leave it empty where none stands behind it.",
                code="card-trial",
                found=trial,
            )

    def _signature(self, connection: Connection, file: CardFile, digest: str, now: datetime) -> str:
        """Why the signature of a file says nothing; empty where it holds.

        Raises:
            SenderError: A partner that is known here did not sign this.
        """
        if not file.signature:
            return NOT_SIGNED
        if not self._tokens.knows(connection, file.origin):
            return NOT_KNOWN
        try:
            claims = self._tokens.read_open(connection, file.signature, TOKEN, now)
        except (ProofError, UnreadableError) as error:
            raise SenderError(
                f"The signature does not hold: {error.message}", code="card-signature", found=file.origin
            ) from error
        if claims.get("iss") != file.origin or claims.get("sub") != file.card.id or claims.get("sha256") != digest:
            raise SenderError(
                "The card was changed after it was signed, or the signature is of another.", code="card-signature"
            )
        return ""

    def _check_newer(self, connection: Connection, known: TakenCard | None, made: TakenCard) -> None:
        if known is None:
            if len(self._files.every(connection, TAKEN, TakenCard)) >= MOST_TAKEN:
                raise SenderError(f"There are {MOST_TAKEN} cards of others already.", code="cards-most")
            return
        if known.is_signed and not made.is_signed:
            raise SenderError(
                "A signed version of this card is kept, and this one is not signed.", code="card-unsigned"
            )
        is_better = made.is_signed and not known.is_signed
        if made.card.revision < known.card.revision and not is_better:
            raise SenderError(
                f"Version {known.card.revision} of this card is kept, and this is an older one.",
                code="card-older",
                found=str(made.card.revision),
            )
        if made.card.revision == known.card.revision and made.digest != known.digest and not is_better:
            raise SenderError(
                "Another text of this version is kept already; its origin must give it a new number.",
                code="card-differs",
            )


#: Why the signature of a card says nothing.
NOT_SIGNED: Final = "The file is not signed."
NOT_KNOWN: Final = "Its origin is not recognised here, so its signature cannot be checked."


def _no_key(name: str) -> str:
    raise SenderError("No key is made here.", code="key", found=name)
