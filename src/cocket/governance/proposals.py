# SPDX-License-Identifier: Apache-2.0
"""Four eyes: an act that one person proposes and others approve, and the only ways in which it moves on.

A proposal is open until it is approved, refused, withdrawn, or its time is over. What is approved is applied once, unless what
it would change has changed meanwhile: then it is stale. An approval names the digest of what was read; when the proposal is
changed, its digest changes and earlier votes no longer count.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from difflib import SequenceMatcher
from hashlib import sha256
from typing import Final, Literal

import msgspec

from cocket.errors import PolicyError, SenderError

ProposalState = Literal["open", "approved", "refused", "expired", "withdrawn", "stale", "applied"]

#: States in which something may still come of a proposal.
UNDECIDED: Final[tuple[ProposalState, ...]] = ("open", "approved")

#: Rule that keeps everyone from approving what he proposed, as decisions of policy name it.
SECOND_PERSON: Final = "second-person-needed"


class Vote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one person said of a proposal.

    Attributes:
        by: Who.
        at: When, UTC.
        digest: Digest of what he read, 64 hexadecimal digits.
        approves: Whether he approves; else he refuses.
        reason: Why he refuses; empty where he approves.
    """

    by: str
    at: datetime
    digest: str
    approves: bool
    reason: str = ""


class Proposal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An act that may need a second person, and how far it has got.

    Attributes:
        id: Its id; empty until it is taken in.
        kind: What is to be done.
        subject: What it is done to: an account, a key, a list, a rule, the id of a consignment.
        title: What the subject is called on pages; empty where the subject says it.
        before: What it changes as it stood when it was proposed, by name (0..n); empty where there is nothing yet.
        after: What is wanted, by name (0..n).
        reason: Why it is proposed; empty where nothing asks for it.
        digest: SHA-256 of what is wanted, by whom and why, 64 hexadecimal digits; empty until it is taken in.
        proposer: Who proposed it; empty until it is taken in.
        proposed: When, UTC; None until it is taken in.
        needs: Approvals by others that it needs (count); 0 where one person suffices.
        expires: Until when it can be approved and applied, UTC; None for no end.
        votes: What others said of it as it stands, oldest first (0..n).
        state: How far it has got.
        closed: When it was refused, withdrawn, applied or found expired or stale, UTC; None before.
        closed_by: Who did so; None before.
        outcome: Why it was refused, withdrawn or found stale; empty else.
    """

    id: str = ""
    kind: str
    subject: str
    title: str = ""
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    reason: str = ""
    digest: str = ""
    proposer: str = ""
    proposed: datetime | None = None
    needs: int = 0
    expires: datetime | None = None
    votes: tuple[Vote, ...] = ()
    state: ProposalState = "open"
    closed: datetime | None = None
    closed_by: str | None = None
    outcome: str = ""

    @property
    def name(self) -> str:
        """What the subject is called on pages."""
        return self.title or self.subject

    @property
    def persons(self) -> tuple[str, ...]:
        """Who answers for it: who proposed it, then those who approved it."""
        return tuple(dict.fromkeys((self.proposer, *(vote.by for vote in self.votes if vote.approves))))


def digest_of(wanted: Proposal) -> str:
    """SHA-256 of what an approval is for: kind, subject, before, after, who proposed it and why; 64 hexadecimal digits."""
    told = (wanted.kind, wanted.subject, sorted(wanted.before.items()), sorted(wanted.after.items()))
    return sha256(msgspec.json.encode((*told, wanted.proposer, wanted.reason))).hexdigest()


def proposed(wanted: Proposal, identity: str, proposer: str, now: datetime) -> Proposal:
    """A proposal as it is taken in: open, or approved where nobody else is needed.

    Args:
        wanted: Kind, subject, before, after, reason, `needs` and `expires`.
        identity: Its id.
        proposer: Who proposes it.
        now: When, UTC.
    """
    taken = msgspec.structs.replace(
        wanted, id=identity, proposer=proposer, proposed=now, votes=(), state="open" if wanted.needs else "approved"
    )
    return msgspec.structs.replace(taken, digest=digest_of(taken))


def amended(earlier: Proposal, wanted: Proposal, now: datetime) -> Proposal:
    """An open proposal in the words of a newer one of the same person about the same thing; what others said of it lapses.

    Raises:
        PolicyError: Somebody else proposed it.
        SenderError: It is no longer open.
    """
    _require_open(earlier, now)
    if wanted.proposer and wanted.proposer != earlier.proposer:
        raise PolicyError("Only who proposed it may change it.", reasons=("nothing-permits",))
    return proposed(wanted, earlier.id, earlier.proposer, now)


def voted(proposal: Proposal, voter: str, digest: str, now: datetime, *, refusal: str | None = None) -> Proposal:
    """A proposal after one more person approved or refused it.

    Args:
        proposal: As it stands.
        voter: Who.
        digest: Digest of what he read.
        now: When, UTC.
        refusal: Why he refuses; None where he approves.

    Raises:
        PolicyError: He proposed it himself.
        SenderError: It is not open, was changed since he read it, he approved it before, or he refuses without a reason.
    """
    _require_open(proposal, now)
    if voter == proposal.proposer:
        raise PolicyError(
            "You proposed this yourself. Another person must approve it; you may withdraw it.",
            reasons=(SECOND_PERSON,),
        )
    if digest != proposal.digest:
        raise SenderError(
            "This proposal was changed since you read it.",
            code="proposal-digest",
            expected=proposal.digest,
            found=digest,
            hint="Read it again, then decide.",
        )
    if any(vote.by == voter for vote in proposal.votes):
        raise SenderError("You approved this proposal before.", code="proposal-twice")
    if refusal is not None and not refusal.strip():
        raise SenderError("Give a reason; it is recorded under your name.", code="reason-missing")
    vote = Vote(by=voter, at=now, digest=digest, approves=refusal is None, reason=(refusal or "").strip())
    after = msgspec.structs.replace(proposal, votes=(*proposal.votes, vote))
    if refusal is not None:
        return _closed(after, "refused", voter, now, vote.reason)
    is_enough = sum(one.approves for one in after.votes) >= after.needs
    return msgspec.structs.replace(after, state="approved") if is_enough else after


def withdrawn(proposal: Proposal, by: str, now: datetime, reason: str = "") -> Proposal:
    """A proposal that its proposer takes back before it is applied.

    Raises:
        PolicyError: Somebody else proposed it.
        SenderError: It is decided already.
    """
    _require_undecided(proposal)
    if by != proposal.proposer:
        raise PolicyError("Only who proposed it may withdraw it.", reasons=("nothing-permits",))
    return _closed(proposal, "withdrawn", by, now, reason.strip())


def is_over(proposal: Proposal, now: datetime) -> bool:
    """Whether its time is over before anything came of it."""
    return proposal.state in UNDECIDED and proposal.expires is not None and now >= proposal.expires


def expired(proposal: Proposal, by: str, now: datetime) -> Proposal:
    """A proposal whose time is over, as found by somebody."""
    return _closed(proposal, "expired", by, now, "")


def stale(proposal: Proposal, by: str, now: datetime, why: str) -> Proposal:
    """An approved proposal that cannot be applied as it was approved, as found by whoever would apply it."""
    return _closed(proposal, "stale", by, now, why)


def changed_since(proposal: Proposal, present: Mapping[str, str]) -> tuple[str, ...]:
    """Names of what a proposal would change that are not now as they were when it was proposed (0..n), sorted."""
    names = {*proposal.before, *present}
    return tuple(sorted(name for name in names if proposal.before.get(name) != present.get(name)))


def applied(proposal: Proposal, by: str, now: datetime) -> Proposal:
    """A proposal that was carried out.

    Raises:
        SenderError: It is not approved, or its time is over.
    """
    require_approved(proposal, now)
    return _closed(proposal, "applied", by, now, "")


def require_approved(proposal: Proposal, now: datetime) -> None:
    """Refuse what may not be carried out; raises as `applied`."""
    if proposal.state == "open":
        raise SenderError("This proposal still waits for a second person.", code="proposal-state", found="open")
    _require_undecided(proposal)
    _require_in_time(proposal, now)


class Change(msgspec.Struct, frozen=True):
    """One line of the difference of two texts.

    Attributes:
        kind: `same`, `gone` (of the first text alone), `new` (of the second alone), or `skipped` for lines that are the same and
            left out; their number is the text.
        text: The line, without its end.
    """

    kind: Literal["same", "gone", "new", "skipped"]
    text: str


def changes_between(before: str, after: str, around: int = 3) -> tuple[Change, ...]:
    """How two texts differ, line by line, with a few lines around each change (0..n); none where they are the same.

    Args:
        before: The first text.
        after: The second text.
        around: Lines shown before and after a change (count).
    """
    first, second = before.splitlines(), after.splitlines()
    found: list[Change] = []
    at = 0
    for group in SequenceMatcher(None, first, second, autojunk=False).get_grouped_opcodes(around):
        if group[0][1] > at:
            found.append(Change("skipped", str(group[0][1] - at)))
        for tag, begin, end, new_begin, new_end in group:
            if tag == "equal":
                found += [Change("same", line) for line in first[begin:end]]
            else:
                found += [Change("gone", line) for line in first[begin:end]]
                found += [Change("new", line) for line in second[new_begin:new_end]]
        at = group[-1][2]
    if found and at < len(first):
        found.append(Change("skipped", str(len(first) - at)))
    return tuple(found)


def _require_open(proposal: Proposal, now: datetime) -> None:
    if proposal.state != "open":
        raise _no_longer_waiting(proposal)
    _require_in_time(proposal, now)


def _require_undecided(proposal: Proposal) -> None:
    if proposal.state not in UNDECIDED:
        raise _no_longer_waiting(proposal)


def _require_in_time(proposal: Proposal, now: datetime) -> None:
    if is_over(proposal, now):
        raise SenderError("The time of this proposal is over.", code="proposal-expired", hint="Propose it again.")


def _no_longer_waiting(proposal: Proposal) -> SenderError:
    return SenderError("This proposal is no longer waiting.", code="proposal-state", found=proposal.state)


def _closed(
    proposal: Proposal,
    state: Literal["refused", "expired", "withdrawn", "stale", "applied"],
    by: str,
    now: datetime,
    outcome: str,
) -> Proposal:
    return msgspec.structs.replace(proposal, state=state, closed=now, closed_by=by, outcome=outcome)
