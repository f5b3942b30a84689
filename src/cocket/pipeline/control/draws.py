# SPDX-License-Identifier: Apache-2.0
"""After a day is over its seed is told, and every draw made with it can be made again: here, or by anybody from a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Literal, TypeVar
from uuid import UUID

import msgspec

from cocket import ledger
from cocket.control import Allocation, Drawn, DrawsProof, RuleDraw, RuleDrawn, verify_draws
from cocket.errors import PolicyError, ProofError
from cocket.governance import Principal
from cocket.model.message import Lane
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.control.officer_allocation import KIND as ALLOCATION
from cocket.stores.base.database import Connection
from cocket.stores.ledger.leaves import StoredLeaf

#: Gives a record with its proof; None where no head covers it yet.
Prove = Callable[[StoredLeaf, bytes], ledger.SealedRecord | None]

Sealed = TypeVar("Sealed", Drawn, Allocation, RuleDrawn)

#: Leaves gone through together (count).
_BATCH = 5_000


class SeedCommitment(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record that binds a day's random share before it begins; the seed itself is told afterwards."""

    day: str
    commitment: str


class AllDraws(msgspec.Struct, frozen=True, kw_only=True):
    """What the administration signs to say that it left nothing out. The fields stand in JCS order.

    No log can show that none of its closed leaves holds another draw. This makes leaving one out a lie with a signature:
    whoever holds a proof of an advice drawn with this seed, in this range and not among these, can show it.

    Attributes:
        all_draws: SHA-256 of the places of all records drawn with the seed, `log place` a line, in the order of the book.
        commitment: Hash of the seed.
        count: Records drawn with it that can still be opened; what was erased is not among them.
        head: Entries of the newest log that are covered: what was sealed later is not spoken of.
        log: Origin of that log.
        v: Version of this form.
    """

    all_draws: str
    commitment: str
    count: int
    head: int
    log: str
    v: Literal[1] = 1


class DisclosedDraws(msgspec.Struct, frozen=True, kw_only=True):
    """Everything drawn with the seed of one day, with the seed: all that anybody needs to draw it again.

    Attributes:
        day: The day.
        commitment: Hash of the seed, as it was sealed before the first draw.
        leaf: Entry of the log that seals it, from 0.
        sealed: When it was sealed, UTC.
        seed: The seed, 64 hexadecimal digits.
        drawn: Draws of consignments, with later advice that reused them (0..n).
        allocations: Draws of examiners (0..n).
        rules: Draws of rules that ask on a share of their hits (0..n).
        evidence: The sealed records that all this is read from, each with its proof: that of the commitment, then those of
            the draws, as they were sealed: by time, and those of one moment by their entries. Empty where they were not
            asked for, and for readers bound to an office.
        statement: That these are all; None without evidence.
        signature: By the key of the administration's receipts over the statement; None without evidence.
    """

    day: date
    commitment: str
    leaf: int
    sealed: datetime
    seed: str
    drawn: tuple[Drawn, ...]
    allocations: tuple[Allocation, ...]
    rules: tuple[RuleDrawn, ...] = ()
    evidence: tuple[ledger.SealedRecord, ...] = ()
    statement: AllDraws | None = None
    signature: bytes | None = None

    def verify(self) -> DrawsProof:
        """Draw everything again.

        Raises:
            ProofError: The seed is not the one committed to.
        """
        try:
            seed = bytes.fromhex(self.seed)
        except ValueError as error:
            raise ProofError("The seed is not written in hexadecimal digits.", code="seed-form") from error
        return verify_draws(seed, self.commitment, self.drawn, self.allocations, self.rules)

    def verify_evidence(self, vkeys: Sequence[str]) -> ledger.Verdict:
        """Whether all that is told here was sealed so, before the draws, and whether it is said to be all.

        Args:
            vkeys: Public keys that one trusts: of the log, and of receipts for the last check.

        Returns:
            `records`: each is opened, in the log, and under a head that the log signed; `commitment`: the first of them seals
            the hash of the seed and stands before all others; `draws`: what is told is what they say, no more and no less;
            `completeness`: the administration signed that there are no others.

        Raises:
            ProofError: A public key is not one.
        """
        if not self.evidence:
            nothing = "There are no sealed records in this file: nothing shows that any of it was ever sealed."
            return ledger.Verdict((ledger.Check("records", "failed", nothing),))
        return ledger.Verdict(
            (_records_check(self.evidence, vkeys), _commitment_check(self), _draws_check(self), _all_check(self, vkeys))
        )


class _Advice(msgspec.Struct, frozen=True, kw_only=True):
    """What of a sealed advice a draw is."""

    consignment: str
    lane: Lane
    draw: str | None
    why: str | None = None
    number: float | None = None
    chance: float | None = None
    drawn_as: str | None = None
    asked_by: tuple[str, ...] = ()
    rule_draws: tuple[RuleDraw, ...] = ()

    def drawn(self, commitment: str) -> Drawn | None:
        """The draw of the consignment, if it was made under this commitment."""
        if self.draw != commitment or self.number is None or self.chance is None:
            return None
        return Drawn(
            consignment=self.consignment,
            number=self.number,
            chance=self.chance,
            lane=self.lane,
            why=self.why or "none",
            drawn_as=self.drawn_as,
        )

    def drawn_for_rules(self, commitment: str) -> list[RuleDrawn]:
        """The draws of rules made under this commitment, now or before (0..n)."""
        return [
            RuleDrawn(consignment=self.consignment, draw=one, is_asked=one.code in self.asked_by)
            for one in self.rule_draws
            if one.commitment == commitment
        ]


class _Gathered:
    """Everything drawn under one commitment, gathered in the order of the book."""

    def __init__(self, commitment: str) -> None:
        self.commitment = commitment
        self.drawn: list[Drawn] = []
        self.allocations: list[Allocation] = []
        self.rules: dict[tuple[str, str], RuleDrawn] = {}

    def add(self, kind: str, body: bytes) -> None:
        """Take in one sealed record; a rule's draw counts as it was sealed first, when the rule fired."""
        if kind == ALLOCATION:
            allocation = msgspec.json.decode(body, type=Allocation)
            self.allocations += [allocation] if allocation.commitment == self.commitment else []
            return
        advice = msgspec.json.decode(body, type=_Advice)
        drawn = advice.drawn(self.commitment)
        self.drawn += [drawn] if drawn else []
        for one in advice.drawn_for_rules(self.commitment):
            self.rules.setdefault((one.draw.drawn_as, one.draw.code), one)

    def dossiers(self) -> set[str]:
        """Every dossier of which something was drawn."""
        drawn = {one.consignment for one in self.drawn} | {one.consignment for one in self.allocations}
        return drawn | {one.consignment for one in self.rules.values()}


def _gathered(commitment: str, records: Iterable[tuple[StoredLeaf, bytes]]) -> _Gathered:
    """What was drawn under a commitment in some records."""
    gathered = _Gathered(commitment)
    for leaf, body in records:
        gathered.add(leaf.kind, body)
    return gathered


class Draws(Service):
    """Telling seeds.

    Args:
        stores: The stores of this process.
        prover: Gives, for one telling, what proves a sealed record; None where no head covers it yet.
    """

    def __init__(self, stores: Stores, prover: Callable[[], Prove]) -> None:
        super().__init__(stores)
        self._prover = prover

    def disclosed_draws(self, principal: Principal, day: date, *, with_evidence: bool = False) -> DisclosedDraws:
        """The seed of a day that is over, and everything drawn with it; the look is sealed before it is told.

        Whoever is bound to an office is told the draws of its dossiers, and can draw each of these again.

        Args:
            principal: Who asks.
            day: The day, UTC.
            with_evidence: Whether the sealed records come along, whole and with their proofs, as far as a signed head covers
                them; what no head covers yet is then left out. They say more than the draws: the whole advice.

        Raises:
            NotFoundError: No seed was committed for it.
            PolicyError: The principal may not, the day is not over, or evidence is asked for by someone bound to an office.
            ProofError: Evidence is asked for, and no head covers the commitment yet.
        """
        self._access.require(principal, "draw:verify")
        if day >= datetime.now(UTC).date():
            raise PolicyError("A seed is published when its day is over.", reasons=("day-not-over",))
        if with_evidence and principal.office is not None:
            raise PolicyError(
                "The sealed records name consignments of other offices; ask without them.", reasons=("office-bound",)
            )
        with self._stores.database.transaction() as connection:
            seed = self._stores.orders.seed(connection, day)
            committed = self._commitment(connection, day)
            if seed is None or committed is None:
                raise NotFoundError(f"No seed was committed for {day.isoformat()}.")
            leaf, body, commitment = committed
            records = [*self._sealed_since(connection, leaf.index)]
            gathered = _gathered(commitment, records)
            seen = self._access.seen_advice(connection, principal, gathered.dossiers())
            evidence: tuple[ledger.SealedRecord, ...] = ()
            if with_evidence:
                prove = self._prover()
                first = prove(leaf, body)
                if first is None:
                    raise ProofError("No signed head covers the commitment yet; try again later.", code="head-pending")
                own = [one for one in records if _gathered(commitment, [one]).dossiers() & set(map(str, seen))]
                proven = [(one, proof) for one in own if (proof := prove(*one))]
                proven.sort(key=lambda each: _place(each[1]))
                gathered = _gathered(commitment, [one for one, _ in proven])
                evidence = (first, *(proof for _, proof in proven))
            self._access.seal(connection, self._access.record(principal, "draws", (day.isoformat(),)))
        statement = _statement(commitment, evidence) if evidence else None
        return DisclosedDraws(
            day=day,
            commitment=commitment,
            leaf=leaf.place,
            sealed=leaf.at,
            seed=seed.hex(),
            drawn=_of_seen(gathered.drawn, seen),
            allocations=_of_seen(gathered.allocations, seen),
            rules=_of_seen(gathered.rules.values(), seen),
            evidence=evidence,
            statement=statement,
            signature=self._stores.sealer.sign(statement) if statement else None,
        )

    def _commitment(self, connection: Connection, day: date) -> tuple[StoredLeaf, bytes, str] | None:
        last = self._stores.leaves.size(connection)
        for leaf, body in self._stores.leaves.records_between(connection, 0, last, ("draw-seed",)):
            told = msgspec.json.decode(body, type=SeedCommitment)
            if told.day == day.isoformat():
                return leaf, body, told.commitment
        return None

    def _sealed_since(self, connection: Connection, first: int) -> Iterator[tuple[StoredLeaf, bytes]]:
        """Advice and allocations in the order of the book."""
        last = self._stores.leaves.size(connection)
        for start in range(first, last, _BATCH):
            upto = min(start + _BATCH, last) - 1
            yield from self._stores.leaves.records_between(connection, start, upto, ("assessment", ALLOCATION))


def _of_seen(drawn: Iterable[Sealed], seen: set[UUID]) -> tuple[Sealed, ...]:
    """What was drawn of dossiers that the reader may see."""
    names = {str(one) for one in seen}
    return tuple(one for one in drawn if one.consignment in names)


def _statement(commitment: str, evidence: Sequence[ledger.SealedRecord]) -> AllDraws:
    """That these are all, up to the newest head that any of them stands under."""
    log, size = _head_line(evidence[-1])
    return AllDraws(all_draws=_places(evidence[1:]), commitment=commitment, count=len(evidence) - 1, head=size, log=log)


def _head_line(record: ledger.SealedRecord) -> tuple[str, int]:
    """Origin and size in the head of a record; size 0 where it is no head."""
    origin, _, rest = record.proof.checkpoint.partition("\n")
    size = rest.partition("\n")[0]
    return origin, int(size) if size.isascii() and size.isdigit() and len(size) < 17 else 0


def _place(record: ledger.SealedRecord) -> tuple[datetime, str, int]:
    """When a record says that it was sealed, and where: within one step the log mixes its entries."""
    try:
        at = datetime.fromisoformat(record.proof.opening.time if record.proof.opening else "")
    except ValueError:
        at = datetime.min.replace(tzinfo=UTC)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at, _head_line(record)[0], record.proof.index


def _places(records: Sequence[ledger.SealedRecord]) -> str:
    lines = "".join(f"{_head_line(one)[0]} {one.proof.index}\n" for one in records)
    return sha256(lines.encode()).hexdigest()


def _records_check(records: Sequence[ledger.SealedRecord], vkeys: Sequence[str]) -> ledger.Check:
    for record in records:
        failed = [one for one in ledger.verify_sealed_record(record, vkeys).checks if one.outcome == "failed"]
        if failed:
            return ledger.Check("records", "failed", f"Entry {record.proof.index}: {failed[0].reason}")
    places = [_place(record) for record in records[1:]]
    if places != sorted(set(places)) or _place(records[0]) in places:
        return ledger.Check(
            "records",
            "failed",
            "The records are not in the order in which they were sealed, or one stands there twice.",
        )
    return ledger.Check("records", "passed", f"{len(records):,} records are opened and in the log, under signed heads.")


def _commitment_check(told: DisclosedDraws) -> ledger.Check:
    first = told.evidence[0]
    opening = first.proof.opening
    try:
        sealed = msgspec.json.decode(first.body, type=SeedCommitment)
        at = datetime.fromisoformat(opening.time) if opening else None
    except (msgspec.MsgspecError, ValueError) as error:
        return ledger.Check("commitment", "failed", f"The first record does not commit to a seed: {error}.")
    if first.type != "draw-seed" or (sealed.day, sealed.commitment) != (told.day.isoformat(), told.commitment):
        return ledger.Check("commitment", "failed", "The first record does not seal this commitment for this day.")
    if (at, first.proof.index) != (told.sealed, told.leaf):
        was = f"It was sealed at {at} as entry {first.proof.index}"
        return ledger.Check("commitment", "failed", f"{was}, not at {told.sealed} as entry {told.leaf}.")
    log = _head_line(first)[0]
    before = next(
        (
            one.proof.index
            for one in told.evidence[1:]
            if _head_line(one)[0] == log and one.proof.index < first.proof.index
        ),
        None,
    )
    if before is not None:
        why = "The log mixes the entries of a few seconds: a seed committed with its first draws is not shown to be older."
        return ledger.Check("commitment", "failed", f"Entry {before}, a draw, stands before entry {told.leaf}. {why}")
    return ledger.Check("commitment", "passed", f"Entry {first.proof.index} sealed it before every draw shown here.")


def _draws_check(told: DisclosedDraws) -> ledger.Check:
    gathered = _Gathered(told.commitment)
    try:
        for record in told.evidence[1:]:
            if record.type not in ("assessment", ALLOCATION):
                return ledger.Check(
                    "draws", "failed", f"Entry {record.proof.index} is a {record.type[:40]}, not a draw."
                )
            gathered.add(record.type, record.body.encode("utf-8", "surrogatepass"))
    except msgspec.MsgspecError as error:
        return ledger.Check("draws", "failed", f"A record cannot be read: {error}.")
    sealed = (gathered.drawn, gathered.allocations, list(gathered.rules.values()))
    if sealed != (list(told.drawn), list(told.allocations), list(told.rules)):
        return ledger.Check("draws", "failed", "The draws listed are not those of the sealed records.")
    return ledger.Check(
        "draws", "passed", "Every draw listed is read from a sealed record, and none of them is left out."
    )


def _all_check(told: DisclosedDraws, vkeys: Sequence[str]) -> ledger.Check:
    said, records = told.statement, told.evidence[1:]
    if said is None or told.signature is None:
        return ledger.Check("completeness", "failed", "No one has signed that these are all draws.")
    if (said.commitment, said.count, said.all_draws) != (told.commitment, len(records), _places(records)):
        return ledger.Check("completeness", "failed", "The statement is about other records than those shown.")
    signers = [
        one for one in map(ledger.Verifier.from_vkey, vkeys) if one.signed(msgspec.json.encode(said), told.signature)
    ]
    if signers:
        up_to = f"up to entry {said.head} of {said.log}"
        return ledger.Check("completeness", "passed", f"{signers[0].name} signed that there are no others {up_to}.")
    why = "Give the public key of receipts too: it signs that there are no others."
    known = any(ledger.Verifier.from_vkey(vkey).name == f"{ledger.family_of(said.log)}/receipts" for vkey in vkeys)
    return (
        ledger.Check("completeness", "failed", "Its signature does not hold.")
        if known
        else ledger.Check("completeness", "not-checked", why)
    )
