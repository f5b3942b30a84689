# SPDX-License-Identifier: Apache-2.0
"""Publishing a rule, and ending one that counts: what two persons do to it. A `Deed`.

Whoever wrote a rule does not approve its publication, whoever proposes it. What is published is the version that was read: another
wording, or another version in force meanwhile, and the approval no longer holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from cocket.errors import PolicyError, SenderError
from cocket.governance import Context, Principal
from cocket.governance.proposals import SECOND_PERSON, Proposal
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.proposals import MakeKey
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.risk.rulebooks import KIND, RuleFile, RuleFiles, read_file, whole_digest, wrong_step
from cocket.risk.rules import LONGEST_DAYS
from cocket.stores.base.database import Connection

#: Kinds of act.
PUBLISH: Final = "rule-publish"
END: Final = "rule-end"

#: Days a rule must run in shadow before it is published, but for urgent ones; and how long an urgent one may count.
SHADOW_DAYS, URGENT_DAYS = 7, 14


class RuleDeed(Service):
    """What two persons do to a rule.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._files = RuleFiles(stores)

    def require(self, principal: Principal, wanted: Proposal, context: Context | None = None) -> None:
        """Refuse unless this principal may propose it, or as the second person approve it; an author does not approve his rule."""
        if wanted.kind == END:
            self._access.require(principal, "rule:end", context=context or Context(reason=wanted.reason))
            return
        is_second = context is not None and context.needs_second
        self._access.require(principal, "rule:publish" if is_second else "rule:write", context=context)
        if is_second and principal.id == wanted.after.get("author"):
            raise PolicyError(
                "You wrote this rule; someone else must publish it.",
                reasons=(SECOND_PERSON,),
                hint="Its author may propose it; another person approves.",
            )

    def present(self, connection: Connection, wanted: Proposal) -> dict[str, str]:
        """The newest version of the rule, and the one that counts."""
        files = [read_file(one) for one in self._files.versions(connection, wanted.subject)]
        counts = next((one for one in files if one.state == "published"), None)
        return {
            "number": str(counts.version) if counts else "none",
            "sha256": whole_digest(counts.rule) if counts else "",
            "newest": whole_digest(files[-1].rule) if files else "",
        }

    def check(self, connection: Connection, wanted: Proposal) -> None:
        """Refuse what is in another state, was not tried, has not run long enough in shadow, or would count too long."""
        file = read_file(self._files.newest(connection, wanted.subject))
        if wanted.kind == END:
            if file.state != "published":
                raise wrong_step(file, "ended")
            return
        if whole_digest(file.rule) != wanted.after["sha256"]:
            raise SenderError("There is a newer version of this rule.", code="rule-newer", found=str(file.version))
        require_ripe(file, wanted.after.get("urgent") or None, datetime.now(UTC))

    def is_done(self, connection: Connection, wanted: Proposal) -> bool:
        """Whether it was published or ended under this proposal already."""
        files = [read_file(one) for one in self._files.versions(connection, wanted.subject)]
        if wanted.kind == PUBLISH:
            return any(one.proposal == wanted.id for one in files)
        by = (", ".join(wanted.persons), wanted.reason)
        return bool(files) and (files[-1].ended_by, files[-1].end_reason) == by

    def texts(self, connection: Connection, wanted: Proposal, content: bytes | None) -> tuple[str, str]:
        """The rule that counts and the one that is proposed, each field on a line of its own; "" for none."""
        files = [read_file(one) for one in self._files.versions(connection, wanted.subject)]
        by_digest = {whole_digest(one.rule): _told(one) for one in files}
        before = by_digest.get(wanted.before.get("sha256", ""), "")
        return before, "" if wanted.kind == END else by_digest.get(wanted.after["sha256"], "")

    def carry_out(self, wanted: Proposal, principal: Principal, content: bytes | None, make_key: MakeKey) -> str | None:
        """Publish it, and end the version before it; or end it. None, since no secret is made."""
        now, by = datetime.now(UTC), ", ".join(wanted.persons)
        with self._stores.database.transaction() as connection:
            stored = self._files.newest(connection, wanted.subject, to_change=True)
            file = read_file(stored)
            records = []
            if wanted.kind == END:
                made = ended_file(file, by, wanted.reason, now)
            else:
                made = msgspec.structs.replace(
                    file,
                    state="published",
                    publisher=principal.id,
                    published=now,
                    urgent=wanted.after.get("urgent") or None,
                    proposal=wanted.id,
                )
                for other in self._files.versions(connection, wanted.subject):
                    if other.id != stored.id and read_file(other).state != "ended":
                        reason = f"version {file.version} replaces it"
                        ended = ended_file(read_file(other), principal.id, reason, now)
                        records.append(self._files.keep(connection, other.id, ended, (principal.id, now))[1])
            records.append(self._files.keep(connection, stored.id, made, (principal.id, now))[1])
            self._access.seal(connection, *records)
        return None

    def sent_before(self, connection: Connection) -> Iterator[tuple[str, Proposal]]:
        """Rules that were sent to a colleague before publications were proposed, as proposals, each with who sent it (0..n)."""
        for stored in self._stores.case_files.of_kind(connection, KIND, ("tested", "shadow")):
            file = read_file(stored)
            if file.sent_by is not None and self._is_newest(connection, file):
                wanted = publication_of(file, None)
                yield file.sent_by, msgspec.structs.replace(wanted, before=self.present(connection, wanted))

    def _is_newest(self, connection: Connection, file: RuleFile) -> bool:
        try:
            return read_file(self._files.newest(connection, file.rule.code)).version == file.version
        except NotFoundError:
            return False


def publication_of(file: RuleFile, urgent: str | None) -> Proposal:
    """The act of publishing a version of a rule."""
    after = {
        "number": str(file.version),
        "author": file.author,
        "expires": file.rule.expires.isoformat(),
        "urgent": (urgent or "").strip(),
        "sha256": whole_digest(file.rule),
    }
    return Proposal(kind=PUBLISH, subject=file.rule.code, after=after)


def ended_file(file: RuleFile, by: str, reason: str, now: datetime) -> RuleFile:
    """A version of a rule after it was ended before its last day."""
    return msgspec.structs.replace(file, state="ended", ended=now, ended_by=by, end_reason=reason.strip())


def require_ripe(file: RuleFile, urgent: str | None, now: datetime) -> None:
    """Refuse what cannot be published: not tried on the past, not run in shadow, or to count too long.

    Raises:
        SenderError: It is one of these, or in another state.
    """
    if file.state not in ("tested", "shadow"):
        raise wrong_step(file, "published")
    if file.tested is None or file.tested.digest != file.rule.digest:
        raise SenderError("It was not tested on past declarations in this wording.", code="rule-untested")
    most = URGENT_DAYS if urgent else LONGEST_DAYS
    if file.rule.expires > now.date() + timedelta(days=most):
        raise SenderError(
            f"It may be valid for at most {most} days.", code="rule-too-long", found=file.rule.expires.isoformat()
        )
    if file.rule.expires < now.date():
        raise SenderError("It has expired already.", code="rule-expired", found=file.rule.expires.isoformat())
    if urgent is None and (file.shadow_since is None or now - file.shadow_since < timedelta(days=SHADOW_DAYS)):
        raise SenderError(
            f"It must run in shadow for {SHADOW_DAYS} days first.",
            code="rule-unripe",
            hint="Give a reason if it is urgent; it is then valid for at most 14 days.",
        )


def _told(file: RuleFile) -> str:
    """A rule in full, each field on a line of its own, long conditions and lists broken into lines."""
    rule = file.rule
    lines = [
        f"version: {file.version}",
        f"author: {file.author}",
        f"code: {rule.code}",
        f"says: {rule.says}",
        "when:",
        *(f"  {line}" for line in rule.when.splitlines()),
        f"asks: {rule.asks}",
        f"share: {rule.share:g}",
        f"weight: {rule.weight:g}",
        f"source: {rule.source}",
        f"starts: {rule.starts or '-'}",
        f"expires: {rule.expires}",
    ]
    for name, entries in sorted(rule.lists.items()):
        lines += [f"list {name}:", *(f"  {entry}" for entry in entries)]
    return "\n".join(lines) + "\n"
