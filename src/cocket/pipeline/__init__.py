# SPDX-License-Identifier: Apache-2.0
"""The corridor: the only place that knows the order of steps and reaches the shelves.

In: envelopes from the doors, acts of officers. Out: answers, views and proofs, each sealed before it is given.
`Instance` is what doors get; `AssessmentWorker` and `LogPublisher` are the roles that work behind it.
"""

from cocket.pipeline.assessment.worker import AssessmentWorker
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.base.wiring import Stores, open_stores
from cocket.pipeline.consignment.outcomes import HostRow
from cocket.pipeline.control.views import AdviceView, ConsignmentView, NewResult, OrderView, ResultView
from cocket.pipeline.control.write_back import WriteBackReport
from cocket.pipeline.governance.sign_in import Officer
from cocket.pipeline.instance import Instance, open_instance
from cocket.pipeline.intake.messages import Answer, OverloadedError
from cocket.pipeline.ledger.log import LogPublisher
from cocket.pipeline.operations.bootstrap import open_database, prepare_home, public_keys
from cocket.pipeline.queries.views import DossierView, MessageView, ProofView, Queue, QueueFilter, StatsView
from cocket.stores.intake.feed_files import FeedProblem, HostFile, NewProblem, host_file, printable
from cocket.stores.measures.permits import PermitsWanted

__all__ = [
    "AdviceView",
    "Answer",
    "AssessmentWorker",
    "ConsignmentView",
    "DossierView",
    "FeedProblem",
    "HostFile",
    "HostRow",
    "Instance",
    "LogPublisher",
    "MessageView",
    "NewProblem",
    "NewResult",
    "NotFoundError",
    "Officer",
    "OrderView",
    "OverloadedError",
    "PermitsWanted",
    "ProofView",
    "Queue",
    "QueueFilter",
    "ResultView",
    "StatsView",
    "Stores",
    "WriteBackReport",
    "host_file",
    "open_database",
    "open_instance",
    "open_stores",
    "prepare_home",
    "printable",
    "public_keys",
]
