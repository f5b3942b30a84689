# SPDX-License-Identifier: Apache-2.0
"""The pages: one module of routes and one template each.

In: a visit. Out: HTML made from the views that the pipeline gives, which governance has already disclosed.
"""

from cocket.workbench.base import component_sheet as parts
from cocket.workbench.consignment import dossier, manifests, order_sheet, papers, quality, traders
from cocket.workbench.control import (
    acts,
    audits,
    contests,
    inbox,
    own_contests,
    own_questions,
    pocket,
    questions,
    queue,
    statistics,
)
from cocket.workbench.governance import (
    administration,
    agreements,
    emergencies,
    instance_files,
    mirror,
    own_access,
    policies,
    retention,
    second_factors,
    sign_in,
    subjects,
    waiting,
    watchers,
    webhooks,
)
from cocket.workbench.intake import message, own_assessment, own_lodge, own_messages
from cocket.workbench.ledger import log
from cocket.workbench.measures import doubts, duties, payments, permit_files, permits
from cocket.workbench.operations import set_aside
from cocket.workbench.partners import agencies, appointments, continuity, sources
from cocket.workbench.partners import exchange as partner_exchange
from cocket.workbench.risk import hubs, intelligence, reviews, rules, threats
from cocket.workbench.screening import matches as screening
from cocket.workbench.screening import names as screening_names
from cocket.workbench.tracking import cells, device_tables, guarantees, movements, on_call
from cocket.workbench.tracking import control_room as tracking
from cocket.workbench.tracking import devices as tracking_devices
from cocket.workbench.tracking import journeys as tracking_journeys
from cocket.workbench.tracking import places as tracking_places
from cocket.workbench.tracking import reports as tracking_reports
from cocket.workbench.trials import pilots as trial_pilots
from cocket.workbench.trials import readiness, recommendations, release_times, use_cases, whatif

ROUTERS = (
    sign_in.routes,
    second_factors.routes,
    own_messages.routes,
    own_contests.routes,
    own_questions.routes,
    questions.routes,
    own_access.routes,
    webhooks.routes,
    own_lodge.routes,
    own_assessment.routes,
    queue.routes,
    inbox.routes,
    dossier.routes,
    papers.routes,
    quality.routes,
    order_sheet.routes,
    traders.routes,
    doubts.routes,
    duties.routes,
    payments.routes,
    permits.routes,
    manifests.routes,
    acts.routes,
    pocket.routes,
    intelligence.routes,
    screening_names.routes,
    screening.routes,
    message.routes,
    statistics.routes,
    release_times.routes,
    audits.routes,
    contests.routes,
    log.routes,
    threats.routes,
    hubs.routes,
    set_aside.routes,
    rules.routes,
    reviews.routes,
    trial_pilots.routes,
    whatif.routes,
    administration.routes,
    waiting.routes,
    policies.routes,
    instance_files.routes,
    retention.routes,
    subjects.routes,
    agreements.routes,
    mirror.routes,
    sources.routes,
    readiness.routes,
    use_cases.routes,
    recommendations.routes,
    partner_exchange.routes,
    watchers.routes,
    emergencies.routes,
    continuity.routes,
    agencies.routes,
    appointments.routes,
    permit_files.routes,
    device_tables.routes,
    tracking.routes,
    tracking_journeys.routes,
    tracking_places.routes,
    tracking_devices.routes,
    guarantees.routes,
    on_call.routes,
    movements.routes,
    tracking_reports.routes,
    cells.routes,
    parts.routes,
)

__all__ = ["ROUTERS"]
