# SPDX-License-Identifier: Apache-2.0
"""Four eyes: `propose`, `vote` and `apply`, for every act that may need a second person, and the one list of what waits.

An act is done at once where one person suffices for its kind; then it is sealed as a proposal all the same. Nobody approves what
he proposed; an approval is for the digest that was read; what has changed meanwhile is not applied. A secret is made only
when an act is carried out, and shown once, to the one who approved it last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID, uuid5

import msgspec

from cocket.errors import CocketError, PolicyError, SenderError, SettingsError
from cocket.governance import Context, Principal
from cocket.governance.proposals import (
    SECOND_PERSON,
    UNDECIDED,
    Change,
    Proposal,
    amended,
    applied,
    changed_since,
    changes_between,
    expired,
    is_over,
    proposed,
    require_approved,
    stale,
    voted,
    withdrawn,
)
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.notices import Notice, tell
from cocket.pipeline.base.proposals import (
    FILE,
    FILE_DIGEST,
    SECRET_MAKING,
    Deed,
    KnowsDone,
    KnowsEarlier,
    MakeKey,
    ShowsTexts,
    Waiting,
    closed_proposals,
    deed_of,
    file_of,
    keep_proposal,
    needs_second,
    proposal_of,
    seal_file,
    undecided_proposals,
)
from cocket.pipeline.base.wiring import Stores
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection

#: Where what waits is approved or refused.
WHERE: Final = "/waiting"

#: From which ids of proposals of an earlier form are made, so that each is taken in once.
_EARLIER: Final = UUID("6f0d3c1e-52a8-5b0b-9a63-7a8a0b4de1c7")

#: Who is named where a proposal of an earlier form is taken in, and where nobody's hand finishes an approved one.
MACHINE: Final = "cocket"

#: Closed proposals that are shown (count).
_MOST_CLOSED: Final = 20


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an act.

    Attributes:
        proposal: The act as it stands now.
        is_done: Whether it was carried out; else it waits, or was refused.
        secret: The password or key that was made, to be shown once; None where none was.
    """

    proposal: Proposal
    is_done: bool
    secret: str | None = None


class ProposedText(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A text that a proposal would put in force.

    Attributes:
        before: The text in force when it was proposed; empty for none.
        after: The text that is wanted, in full; empty for none.
        changes: How the two differ, line by line (0..n).
        missing: Why the texts cannot be shown; empty where they can.
    """

    before: str = ""
    after: str = ""
    changes: tuple[Change, ...] = ()
    missing: str = ""


class WholeProposal(Proposal, frozen=True, kw_only=True, omit_defaults=True):
    """A proposal with the text that it would put in force.

    Attributes:
        text: The text; None where the act puts none in force.
    """

    text: ProposedText | None = None


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal as it is read before it is decided.

    Attributes:
        proposal: It, with its id, its digest, and what it would put in force.
        may_approve: As in `Waiting`.
        may_withdraw: Likewise.
    """

    proposal: WholeProposal
    may_approve: bool = False
    may_withdraw: bool = False


class SecondPerson(Service):
    """Proposing, approving, refusing, withdrawing, and carrying out what is approved.

    Args:
        stores: The stores of this process.
        deeds: Subject of `SUBJECTS` → whose acts they are.
    """

    def __init__(self, stores: Stores, deeds: Mapping[str, Deed]) -> None:
        super().__init__(stores)
        self._deeds = deeds

    def propose(
        self, principal: Principal, wanted: Proposal, make_key: MakeKey, file: tuple[str, bytes] | None = None
    ) -> Given:
        """Do an act, or propose it where a second person must approve.

        Whoever proposed the same about the same subject before, and nobody has decided yet, changes that proposal: it keeps
        its id, gets another digest, and what others said of it lapses.

        Args:
            principal: Who does it.
            wanted: What: kind, subject, title, `after` and reason; all else is set here.
            make_key: Makes a key of a name, as its holder presents it.
            file: Name and bytes of the file it is about; None without one.

        Raises:
            PolicyError: The principal may not, or it is about himself.
            SenderError: It cannot be done as it stands, or nobody else could ever approve it.
        """
        deed = deed_of(self._deeds, wanted.kind)
        deed.require(principal, wanted)
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            records = self._close_expired(connection, principal, now)
            after = dict(wanted.after)
            if file is not None:
                sealed = seal_file(self._stores, *file, principal.id, now)
                after |= {FILE: str(sealed.leaf.record), FILE_DIGEST: sha256(file[1]).hexdigest()}
                records.append(sealed)
            needs = 1 if needs_second(self._stores, wanted.kind) else 0
            days = self._stores.settings.proposal_days
            asked = msgspec.structs.replace(
                wanted,
                before=deed.present(connection, wanted),
                after=after,
                needs=needs,
                expires=now + timedelta(days=days) if needs and days else None,
            )
            deed.check(connection, asked)
            taken = self._taken(connection, principal, asked, now)
            others = self._others(connection, taken, now) if needs else ()
            if len(others) < needs:
                raise SenderError(
                    "No one else could approve this, so it was not recorded.",
                    code="proposal-nobody",
                    hint="Another account with the right to do it is needed first.",
                )
            records.append(keep_proposal(self._stores, connection, taken, (principal.id, now)))
            for name in others:
                notice = Notice(officer=name, kind="second", by=principal.id, at=now, path=WHERE)
                tell(self._stores, connection, notice)
            self._access.seal(connection, *records)
        return Given(proposal=taken, is_done=False) if needs else self.apply(principal, taken.id, make_key)

    def vote(
        self, principal: Principal, proposal_id: str, digest: str, make_key: MakeKey, *, refusal: str | None = None
    ) -> Given:
        """Approve what another proposed, or refuse it; with the last approval that it needs it is carried out.

        Args:
            principal: Who decides.
            proposal_id: The proposal.
            digest: Digest of the proposal as he read it.
            make_key: As for `propose`.
            refusal: Why he refuses; None where he approves.

        Raises:
            NotFoundError: There is no such proposal, or none for him.
            PolicyError: The principal may not, proposed it, or it is about himself.
            SenderError: It is not open, was changed since it was read, he approved it before, he refuses without a reason, or it
                cannot be carried out any more.
        """
        if refusal is None:
            _require_person(principal)
        after = self._step(
            principal, proposal_id, lambda one, now: voted(one, principal.id, digest, now, refusal=refusal)
        )
        if after.state != "approved":
            return Given(proposal=after, is_done=False)
        return self.apply(principal, proposal_id, make_key)

    def withdraw(self, principal: Principal, proposal_id: str, reason: str = "") -> Proposal:
        """Take back what one proposed, before it is carried out.

        Raises:
            NotFoundError: There is no such proposal, or none for him.
            PolicyError: Another proposed it.
            SenderError: It is decided already.
        """
        return self._step(principal, proposal_id, lambda one, now: withdrawn(one, principal.id, now, reason))

    def apply(self, principal: Principal, proposal_id: str, make_key: MakeKey) -> Given:
        """Carry out what is approved, once; of two who do so at once the later finds it done.

        This is done with the last approval. It is asked for by itself only where the machine failed in between.

        Raises:
            NotFoundError: There is no such proposal, or none for him.
            PolicyError: The principal may not.
            SenderError: It is not approved, its time is over, or what it would change has changed: then it is stale.
        """
        judged = self._for(principal, proposal_id)
        if judged.proposal.needs:
            _require_person(principal)
        return self._carry_out(principal, _identity(proposal_id), make_key)

    def resume(self, make_key: MakeKey) -> tuple[str, ...]:
        """Take up what the last end of the program left: proposals of an earlier form, and acts that were approved and not done.

        An act that makes a secret is left to whoever may carry it out, who is shown it.

        Returns:
            What could not be done, in words (0..n); it stays as it was, or is stale.
        """
        with self._stores.database.transaction() as connection:
            self._take_in_earlier(connection)
        with self._stores.database.transaction() as connection:
            every = undecided_proposals(self._stores, connection)
        problems = []
        for one in every:
            if one.state != "approved" or one.kind in SECRET_MAKING:
                continue
            try:
                self._carry_out(None, UUID(one.id), make_key)
            except CocketError as error:
                problems.append(f"{one.kind} {one.name}: {error.message}")
        return tuple(problems)

    def _carry_out(self, principal: Principal | None, identity: UUID, make_key: MakeKey) -> Given:
        """Carry out what is approved; without a principal in the name of who approved it last, as it was decided then."""
        problem: SenderError | SettingsError | None = None
        secret = None
        with self._stores.database.transaction() as connection:
            proposal = self._locked(connection, identity)
            now = datetime.now(UTC)
            require_approved(proposal, now)
            if principal is not None:
                self._require_may(principal, proposal)
            doer = principal or self._person(connection, proposal.persons[-1], now)
            by = principal.id if principal is not None else MACHINE
            deed = deed_of(self._deeds, proposal.kind)
            try:
                if not (isinstance(deed, KnowsDone) and deed.is_done(connection, proposal)):
                    _require_unchanged(proposal, deed.present(connection, proposal))
                    deed.check(connection, proposal)
                    secret = deed.carry_out(proposal, doer, file_of(self._stores, connection, proposal), make_key)
            except (SenderError, SettingsError) as error:
                problem, after = error, stale(proposal, by, now, error.message)
            else:
                after = applied(proposal, by, now)
            self._access.seal(connection, keep_proposal(self._stores, connection, after, (by, now)))
        if problem is not None:
            raise problem
        return Given(proposal=after, is_done=True, secret=secret)

    def _take_in_earlier(self, connection: Connection) -> None:
        """Make proposals of what waited otherwise before, each once: what became of one is not asked again."""
        records, now = [], datetime.now(UTC)
        days = self._stores.settings.proposal_days
        for deed in {id(one): one for one in self._deeds.values()}.values():
            for proposer, wanted in deed.sent_before(connection) if isinstance(deed, KnowsEarlier) else ():
                identity = uuid5(_EARLIER, msgspec.json.encode((wanted.kind, wanted.subject, wanted.after)).decode())
                if self._stores.case_files.get(connection, identity) is not None:
                    continue
                asked = msgspec.structs.replace(wanted, needs=1, expires=now + timedelta(days=days) if days else None)
                taken = proposed(asked, str(identity), proposer, now)
                records.append(keep_proposal(self._stores, connection, taken, (MACHINE, now)))
        if records:
            self._access.seal(connection, *records)

    def _person(self, connection: Connection, name: str, now: datetime) -> Principal:
        """Somebody as he may sign in now; without roles where he may not."""
        for known, _, role, office, disabled, _ in self._stores.people.staff(connection, now):
            if known == name and disabled is None:
                return Principal(id=name, kind="officer", roles=(role,), office=office)
        return Principal(id=name, kind="officer", roles=())

    def waiting(self, principal: Principal) -> tuple[Waiting, ...]:
        """What waits and this principal may approve, refuse or withdraw, last changed first (0..n); the look is sealed.

        Raises:
            PolicyError: The principal is not of customs.
        """
        self._access.require(principal, "dossier:search")
        found = self._waiting(principal)
        if found:
            with self._stores.database.transaction() as connection:
                subjects = tuple(one.proposal.id for one in found)
                self._access.seal(connection, self._access.record(principal, "proposals", subjects))
        return found

    def asks(self, principal: Principal) -> int:
        """How many proposals this principal may approve or refuse (count)."""
        if not self._access.may(principal, "dossier:search"):
            return 0
        return sum(one.may_approve for one in self._waiting(principal))

    def proposal(self, principal: Principal, proposal_id: str) -> Read:
        """One proposal, whatever became of it, with what it would put in force in full; the look is sealed.

        Raises:
            NotFoundError: There is no such proposal, or none for him.
        """
        judged = self._for(principal, proposal_id)
        with self._stores.database.transaction() as connection:
            read = self._read(connection, judged)
            self._access.seal(connection, self._access.record(principal, "proposal", (judged.proposal.id,)))
        return read

    def _read(self, connection: Connection, judged: Waiting) -> Read:
        text = self._text(connection, judged.proposal)
        told = {name: getattr(judged.proposal, name) for name in Proposal.__struct_fields__}
        return Read(
            proposal=WholeProposal(**told, text=text),
            may_approve=judged.may_approve,
            may_withdraw=judged.may_withdraw,
        )

    def _text(self, connection: Connection, proposal: Proposal) -> ProposedText | None:
        deed = deed_of(self._deeds, proposal.kind)
        if not isinstance(deed, ShowsTexts):
            return None
        try:
            texts = deed.texts(connection, proposal, file_of(self._stores, connection, proposal))
        except CocketError as error:
            return ProposedText(missing=error.message)
        if texts is None:
            return None
        return ProposedText(before=texts[0], after=texts[1], changes=changes_between(*texts))

    def _waiting(self, principal: Principal) -> tuple[Waiting, ...]:
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            every = undecided_proposals(self._stores, connection)
        judged = [self._judged(principal, one) for one in every if not is_over(one, now)]
        return tuple(one for one in judged if one.may_approve or one.may_withdraw)

    def decided(self, principal: Principal) -> tuple[Proposal, ...]:
        """What nothing comes of any more, the last closed first (0..20).

        Raises:
            PolicyError: The principal may not see accounts and settings.
        """
        self._access.require(principal, "settings:read")
        with self._stores.database.transaction() as connection:
            return closed_proposals(self._stores, connection, _MOST_CLOSED)

    def _taken(self, connection: Connection, principal: Principal, asked: Proposal, now: datetime) -> Proposal:
        """The proposal as it is taken in: a new one, or an open one of the same person that this one changes."""
        for known in undecided_proposals(self._stores, connection) if asked.needs else ():
            mine = (known.proposer, known.state, known.kind, known.subject)
            if mine == (principal.id, "open", asked.kind, asked.subject):
                return amended(self._locked(connection, UUID(known.id)), asked, now)
        return proposed(asked, str(new_id()), principal.id, now)

    def _step(self, principal: Principal, proposal_id: str, step: Callable[[Proposal, datetime], Proposal]) -> Proposal:
        """Take a step on a proposal and seal it; one whose time is over is sealed as that, and refused."""
        identity = _identity(proposal_id)
        self._for(principal, proposal_id)
        with self._stores.database.transaction() as connection:
            proposal = self._locked(connection, identity)
            now = datetime.now(UTC)
            ends = is_over(proposal, now)
            after = expired(proposal, principal.id, now) if ends else step(proposal, now)
            if after.votes != proposal.votes:
                self._require_may(principal, proposal)
            self._access.seal(connection, keep_proposal(self._stores, connection, after, (principal.id, now)))
        if ends:
            raise SenderError("The time of this proposal is over.", code="proposal-expired", hint="Propose it again.")
        return after

    def _close_expired(self, connection: Connection, principal: Principal, now: datetime) -> list[NewRecord]:
        """Seal that the time of proposals is over; the records (0..n)."""
        over = [one for one in undecided_proposals(self._stores, connection) if is_over(one, now)]
        return [
            keep_proposal(self._stores, connection, expired(one, principal.id, now), (principal.id, now))
            for one in over
        ]

    def _locked(self, connection: Connection, identity: UUID) -> Proposal:
        found = proposal_of(self._stores, connection, identity, to_change=True)
        if found is None:
            raise NotFoundError("There is no such proposal.")
        return found

    def _for(self, principal: Principal, proposal_id: str) -> Waiting:
        """A proposal that this principal proposed or may decide on; to all others there is none."""
        with self._stores.database.transaction() as connection:
            found = proposal_of(self._stores, connection, _identity(proposal_id))
        judged = self._judged(principal, found) if found else None
        if judged is None or not (
            judged.may_approve or judged.may_withdraw or self._may_do(principal, judged.proposal)
        ):
            raise NotFoundError("There is no such proposal.")
        return judged

    def _judged(self, principal: Principal, proposal: Proposal) -> Waiting:
        is_open = proposal.state in UNDECIDED
        return Waiting(
            proposal=proposal,
            may_approve=is_open and self._may_approve(principal, proposal),
            may_withdraw=is_open and proposal.proposer == principal.id,
        )

    def _require_may(self, principal: Principal, proposal: Proposal) -> None:
        """Refuse unless this principal may do the act, and as the second person where one is needed."""
        circumstances = Context(
            needs_second=proposal.needs > 0, second=proposal.proposer, reason=proposal.reason or None
        )
        deed_of(self._deeds, proposal.kind).require(principal, proposal, circumstances)

    def _may_approve(self, principal: Principal, proposal: Proposal) -> bool:
        try:
            self._require_may(principal, proposal)
        except (PolicyError, NotFoundError):
            return False
        has_voted = any(vote.by == principal.id for vote in proposal.votes)
        return proposal.state == "approved" or not has_voted

    def _may_do(self, principal: Principal, proposal: Proposal) -> bool:
        """Whether this principal could have proposed it, and so may read it."""
        try:
            deed_of(self._deeds, proposal.kind).require(principal, proposal, Context(reason=proposal.reason or None))
        except (PolicyError, NotFoundError):
            return False
        return True

    def _others(self, connection: Connection, proposal: Proposal, now: datetime) -> tuple[str, ...]:
        """Officers other than its proposer who may approve a proposal (0..n)."""
        people = [
            Principal(id=name, kind="officer", roles=(role,), office=office)
            for name, _, role, office, disabled, _ in self._stores.people.staff(connection, now)
            if disabled is None and name != proposal.proposer
        ]
        return tuple(one.id for one in people if self._may_approve(one, proposal))


def _require_person(principal: Principal) -> None:
    """Refuse a key: it is not a second person.

    Raises:
        PolicyError: It is one.
    """
    if principal.kind == "key":
        raise PolicyError(
            "A key is not a second person.",
            reasons=(SECOND_PERSON,),
            hint="Sign in and approve it on the page, or by the command.",
        )


def _require_unchanged(proposal: Proposal, present: Mapping[str, str]) -> None:
    """Refuse what would change something that is not as it was when it was proposed.

    Raises:
        SenderError: It is not.
    """
    # A proposal of the earlier form kept nothing of what it would change.
    if proposal.before and (names := changed_since(proposal, present)):
        raise SenderError(
            f"This has changed since it was proposed: {', '.join(names)}.",
            code="proposal-stale",
            hint="Propose it again as things stand now.",
        )


def _identity(text: str) -> UUID:
    identity = parse_id(text)
    if identity is None:
        raise NotFoundError("There is no such proposal.")
    return identity
