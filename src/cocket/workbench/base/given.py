# SPDX-License-Identifier: Apache-2.0
"""The services that pages depend on, one by one: a route names those that it works with, and is given no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request

from cocket.pipeline.consignment import corrections, manifests
from cocket.pipeline.control import audits, contests, desk_notes, officer_acts, questions
from cocket.pipeline.credentials import self_assessments, standings
from cocket.pipeline.governance import (
    administration,
    instance_files,
    mandates,
    own_keys,
    policies,
    preferences,
    provider_sign_in,
    refusals,
    second_factors,
    second_person,
    sign_in,
    watchers,
    webhooks,
)
from cocket.pipeline.intake import drafts
from cocket.pipeline.ledger import log_views
from cocket.pipeline.measures import doubts, duties, payments, permits
from cocket.pipeline.operations import retention, set_aside_acts
from cocket.pipeline.partners import (
    agencies,
    appointments,
    efti_gate,
    exchange,
    gateways,
    joint,
    notices,
    office_packs,
    outages,
    subscribers,
)
from cocket.pipeline.partners import following as source_following
from cocket.pipeline.partners import sources as partner_sources
from cocket.pipeline.queries import (
    agreements,
    emergencies,
    inbox,
    mirror,
    order_sheets,
    own_affairs,
    papers_in_time,
    pocket,
    quality,
    reasons,
    records,
    subject_access,
    traders,
)
from cocket.pipeline.risk import effort_figures, fairness_figures, hubs, intelligence, reviews, rules, threats
from cocket.pipeline.screening import lists
from cocket.pipeline.tracking import (
    alerts,
    cell_tables,
    corridor_reports,
    device_stock,
    enquiries,
    guarantees,
    hand_overs,
    journey_drafts,
    journeys,
    on_call,
    places,
)
from cocket.pipeline.trials import pilots as trial_pilots
from cocket.pipeline.trials import readiness, recommendations, release_times, use_cases, whatif

if TYPE_CHECKING:
    from cocket.pipeline import Instance


def _given(pick: Callable[[Instance], object]) -> Any:
    """A dependency on one service of the instance that the application was built over."""

    async def give(request: Request) -> object:
        return pick(request.app.state.instance)

    return Depends(give)


Accounts = Annotated[sign_in.SignInService, _given(lambda one: one.governance.accounts)]
Administration = Annotated[administration.Administration, _given(lambda one: one.governance.administration)]
Agreements = Annotated[agreements.Agreements, _given(lambda one: one.governance.agreements)]
Alerts = Annotated[alerts.TrackingAlerts, _given(lambda one: one.tracking.alerts)]
Audits = Annotated[audits.Audits, _given(lambda one: one.control.audits)]
CellTables = Annotated[cell_tables.CellTables, _given(lambda one: one.tracking.cells)]
Contests = Annotated[contests.Contests, _given(lambda one: one.control.contests)]
CorridorReports = Annotated[corridor_reports.CorridorReports, _given(lambda one: one.tracking.reports)]
DeskNotes = Annotated[desk_notes.DeskNotes, _given(lambda one: one.control.desk_notes)]
Devices = Annotated[device_stock.TrackingDevices, _given(lambda one: one.tracking.devices)]
Doubts = Annotated[doubts.Doubts, _given(lambda one: one.measures.doubts)]
Drafts = Annotated[drafts.Drafts, _given(lambda one: one.intake.drafts)]
Duties = Annotated[duties.TariffDuties, _given(lambda one: one.measures.duties)]
Efti = Annotated[efti_gate.EftiGateService, _given(lambda one: one.partners.efti)]
Emergencies = Annotated[emergencies.Emergencies, _given(lambda one: one.queries.emergencies)]
Enquiries = Annotated[enquiries.Enquiries, _given(lambda one: one.tracking.enquiries)]
Fairness = Annotated[fairness_figures.FairnessFigures, _given(lambda one: one.risk.fairness)]
Figures = Annotated[effort_figures.EffortFigures, _given(lambda one: one.risk.figures)]
Following = Annotated[source_following.Following, _given(lambda one: one.partners.following)]
Gateways = Annotated[gateways.Gateways, _given(lambda one: one.partners.gateways)]
Guarantees = Annotated[guarantees.Guarantees, _given(lambda one: one.tracking.guarantees)]
HandOvers = Annotated[hand_overs.HandOvers, _given(lambda one: one.tracking.hand_overs)]
Inbox = Annotated[inbox.Inbox, _given(lambda one: one.queries.inbox)]
Intelligence = Annotated[intelligence.Intelligence, _given(lambda one: one.risk.intelligence)]
InstanceFiles = Annotated[instance_files.InstanceFiles, _given(lambda one: one.governance.instance_files)]
JourneyDrafts = Annotated[journey_drafts.JourneyDrafts, _given(lambda one: one.tracking.drafts)]
Journeys = Annotated[journeys.Tracking, _given(lambda one: one.tracking.journeys)]
Logs = Annotated[log_views.LogQueries, _given(lambda one: one.ledger.logs)]
LinkCorrections = Annotated[corrections.LinkCorrections, _given(lambda one: one.consignment.links)]
Manifests = Annotated[manifests.Manifests, _given(lambda one: one.consignment.manifests)]
HouseExchange = Annotated[exchange.HouseExchange, _given(lambda one: one.partners.exchange)]
Joint = Annotated[joint.JointLearning, _given(lambda one: one.partners.joint)]
Mirror = Annotated[mirror.Mirror, _given(lambda one: one.queries.mirror)]
OfficerActs = Annotated[officer_acts.Acts, _given(lambda one: one.control.officer_acts)]
OnCall = Annotated[on_call.OnCall, _given(lambda one: one.tracking.on_call)]
OrderSheets = Annotated[order_sheets.OrderSheets, _given(lambda one: one.queries.order_sheets)]
OfficePacks = Annotated[office_packs.OfficePacks, _given(lambda one: one.partners.packs)]
Outages = Annotated[outages.Outages, _given(lambda one: one.partners.outages)]
Agencies = Annotated[agencies.Agencies, _given(lambda one: one.partners.agencies)]
Appointments = Annotated[appointments.Appointments, _given(lambda one: one.partners.appointments)]
OwnAccount = Annotated[preferences.OwnAccount, _given(lambda one: one.governance.own_account)]
OwnWebhooks = Annotated[webhooks.Webhooks, _given(lambda one: one.governance.own_webhooks)]
Mandates = Annotated[mandates.Mandates, _given(lambda one: one.governance.mandates)]
OwnAffairs = Annotated[own_affairs.OwnAffairs, _given(lambda one: one.queries.own_affairs)]
OwnKeys = Annotated[own_keys.OwnKeys, _given(lambda one: one.governance.own_keys)]
Papers = Annotated[papers_in_time.PapersQuery, _given(lambda one: one.queries.papers)]
Pilots = Annotated[trial_pilots.Pilots, _given(lambda one: one.trials.pilots)]
Questions = Annotated[questions.Questions, _given(lambda one: one.control.questions)]
Payments = Annotated[payments.Payments, _given(lambda one: one.measures.payments)]
Policies = Annotated[policies.Policies, _given(lambda one: one.governance.policies)]
PartnerSubscriptions = Annotated[subscribers.PartnerSubscriptions, _given(lambda one: one.partners.subscribers)]
PartnerNotices = Annotated[notices.PartnerNotices, _given(lambda one: one.partners.notices)]
Permits = Annotated[permits.Permits, _given(lambda one: one.measures.permits)]
Pocket = Annotated[pocket.PocketOrders, _given(lambda one: one.queries.pocket)]
Places = Annotated[places.TrackingPlaces, _given(lambda one: one.tracking.places)]
ProviderSignIn = Annotated[provider_sign_in.ProviderSignIn, _given(lambda one: one.governance.provider)]
Quality = Annotated[quality.DataQuality, _given(lambda one: one.queries.quality)]
Readiness = Annotated[readiness.ReadinessDesk, _given(lambda one: one.trials.readiness)]
Reasons = Annotated[reasons.Reasons, _given(lambda one: one.queries.reasons)]
Records = Annotated[records.RecordQueries, _given(lambda one: one.queries.records)]
Recommendations = Annotated[recommendations.Recommendations, _given(lambda one: one.trials.recommendations)]
Refusals = Annotated[refusals.RefusalRecords, _given(lambda one: one.governance.refusals)]
ReleaseTimes = Annotated[release_times.ReleaseTimes, _given(lambda one: one.trials.release_times)]
Retention = Annotated[retention.Retention, _given(lambda one: one.governance.retention)]
Reviews = Annotated[reviews.Reviews, _given(lambda one: one.risk.reviews)]
Rules = Annotated[rules.Rules, _given(lambda one: one.risk.rules)]
ScreeningLists = Annotated[lists.Screening, _given(lambda one: one.screening.lists)]
SecondFactors = Annotated[second_factors.SecondFactorService, _given(lambda one: one.governance.second_factors)]
SecondPerson = Annotated[second_person.SecondPerson, _given(lambda one: one.governance.second_person)]
SelfAssessments = Annotated[self_assessments.SelfAssessments, _given(lambda one: one.credentials.self_assessments)]
Sources = Annotated[partner_sources.Sources, _given(lambda one: one.partners.sources)]
Standings = Annotated[standings.Standings, _given(lambda one: one.credentials.standings)]
SetAside = Annotated[set_aside_acts.SetAsideActs, _given(lambda one: one.operations.set_aside)]
Subjects = Annotated[subject_access.SubjectAccess, _given(lambda one: one.governance.subjects)]
Traders = Annotated[traders.Traders, _given(lambda one: one.queries.traders)]
HubLists = Annotated[hubs.HubLists, _given(lambda one: one.risk.hubs)]
Threats = Annotated[threats.Threats, _given(lambda one: one.risk.threats)]
UseCases = Annotated[use_cases.UseCases, _given(lambda one: one.trials.use_cases)]
Watchers = Annotated[watchers.Watchers, _given(lambda one: one.governance.watchers)]
Webhooks = Annotated[webhooks.Webhooks, _given(lambda one: one.governance.webhooks)]
WhatIfs = Annotated[whatif.WhatIfs, _given(lambda one: one.trials.what_ifs)]
