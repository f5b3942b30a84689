# SPDX-License-Identifier: Apache-2.0
"""When cases of a partner began and were answered: by the leaves of what was sealed then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from cocket.stores.base.database import Connection


class CaseLeaves(msgspec.Struct, frozen=True):
    """A case by its leaves: the record with which it began, when, and the same of its answer; None where there is none."""

    began: UUID
    began_at: datetime
    answered: UUID | None
    answered_at: datetime | None


#: Declared messages of these senders, and the first advice that was sealed on their dossier after each.
_ADVICE = """
select m.id, l.at, a.id, a.at from message m join leaf l on l.record = m.id
left join lateral (select r.id, n.at from consignment_message x join record r on r.about = x.consignment
    and r.kind = 'assessment' join leaf n on n.record = r.id
    where x.message = m.id and n.idx > l.idx order by n.idx + 0 limit 1) a on true
where m.sender = any(%(senders)s) and m.outcome = 'accepted' and l.at >= %(since)s and l.at < %(until)s
and exists (select from consignment_message x join consignment c on c.id = x.consignment
    where x.message = m.id and c.is_declared)
order by l.idx
"""

#: The first refused message of each reference of these senders, and the next that was accepted under it.
_CORRECTION = """
select m.id, l.at, a.id, a.at from (select distinct on (m.sender, m.standard, m.reference) m.*, l.idx from message m
    join leaf l on l.record = m.id where m.sender = any(%(senders)s) and m.outcome = 'refused' and m.reference is not null
    and l.at >= %(since)s and l.at < %(until)s order by m.sender, m.standard, m.reference, l.idx) m
join leaf l on l.record = m.id
left join lateral (select o.id, n.at from message o join leaf n on n.record = o.id
    where (o.sender, o.standard, o.reference) = (m.sender, m.standard, m.reference) and o.outcome = 'accepted'
    and n.idx > l.idx order by n.idx + 0 limit 1) a on true
order by l.idx
"""

#: Questions about values of what these senders declared, and the next answer in the same doubt.
_DOUBTS = """
select r.id, l.at, a.id, a.at from record r join leaf l on l.record = r.id join case_file f on f.id = r.about
left join lateral (select o.id, n.at from record o join leaf n on n.record = o.id
    where o.about = r.about and o.kind = 'doubt-answered' and n.idx > l.idx order by n.idx + 0 limit 1) a on true
where r.kind = 'doubt-asked' and l.at >= %(since)s and l.at < %(until)s
and exists (select from consignment_message x join message m on m.id = x.message
    where x.consignment = f.consignment and m.sender = any(%(senders)s))
order by l.idx
"""

_QUERIES = {"advice": _ADVICE, "correction": _CORRECTION, "doubt-answer": _DOUBTS}


class AgreementTimes:
    """Times of cases, on a transaction of the caller."""

    def cases(
        self, connection: Connection, measure: str, senders: Sequence[str], days: tuple[datetime, datetime]
    ) -> list[CaseLeaves]:
        """Cases of a partner that began within some time, in order (0..n).

        Args:
            connection: The transaction.
            measure: `advice`, `correction` or `doubt-answer`.
            senders: Senders whose messages are the partner's.
            days: From when, and before when, UTC.
        """
        values = {"senders": list(senders), "since": days[0], "until": days[1]}
        return [CaseLeaves(*row) for row in connection.execute(_QUERIES[measure], values)]
