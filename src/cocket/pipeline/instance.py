# SPDX-License-Identifier: Apache-2.0
"""An instance: the services that doors are given, by topic, composed over one set of stores."""

from __future__ import annotations

from dataclasses import dataclass

from cocket.pipeline.assessment.preview import Preview
from cocket.pipeline.base.wiring import Stores, open_stores
from cocket.pipeline.consignment.corrections import LinkCorrections
from cocket.pipeline.consignment.manifests import Manifests
from cocket.pipeline.control.audits import Audits
from cocket.pipeline.control.contests import Contests
from cocket.pipeline.control.desk_notes import DeskNotes
from cocket.pipeline.control.draws import Draws
from cocket.pipeline.control.host_decisions import HostRows
from cocket.pipeline.control.officer_acts import Acts
from cocket.pipeline.control.officer_allocation import Examiners
from cocket.pipeline.control.questions import Questions
from cocket.pipeline.control.write_back import WriteBack
from cocket.pipeline.credentials.certificates import Credentials
from cocket.pipeline.credentials.partner_certificates import PartnerCredentials
from cocket.pipeline.credentials.partner_tokens import PartnerTokens
from cocket.pipeline.credentials.self_assessments import SelfAssessments
from cocket.pipeline.credentials.standings import Standings
from cocket.pipeline.credentials.titles import Titles
from cocket.pipeline.governance.administration import Administration
from cocket.pipeline.governance.agreements import AgreementDeed
from cocket.pipeline.governance.instance_files import FileDeed, InstanceFiles
from cocket.pipeline.governance.mandates import Mandates
from cocket.pipeline.governance.own_keys import OwnKeys
from cocket.pipeline.governance.policies import Policies, PolicyDeed
from cocket.pipeline.governance.preferences import OwnAccount
from cocket.pipeline.governance.provider_sign_in import ProviderSignIn
from cocket.pipeline.governance.refusals import RefusalRecords
from cocket.pipeline.governance.second_factors import SecondFactorService
from cocket.pipeline.governance.second_person import SecondPerson
from cocket.pipeline.governance.sign_in import SignInService
from cocket.pipeline.governance.user_table import UserTable
from cocket.pipeline.governance.watchers import Watchers
from cocket.pipeline.governance.webhooks import Webhooks
from cocket.pipeline.intake.drafts import Drafts
from cocket.pipeline.intake.host_files import HostFiles
from cocket.pipeline.intake.machine_access import MachineAccess
from cocket.pipeline.ledger.log_views import LogQueries
from cocket.pipeline.ledger.published import RecordProver
from cocket.pipeline.ledger.refused_leaves import SetAsideLeaves
from cocket.pipeline.measures.doubts import Doubts
from cocket.pipeline.measures.duties import TariffDuties
from cocket.pipeline.measures.hold_overrides import HoldOverrides
from cocket.pipeline.measures.payments import Payments
from cocket.pipeline.measures.permits import Permits
from cocket.pipeline.operations.archive import Archive
from cocket.pipeline.operations.canary import CanaryService
from cocket.pipeline.operations.health_service import HealthService
from cocket.pipeline.operations.retention import Retention, RetentionDeed
from cocket.pipeline.operations.set_aside_acts import SetAsideActs
from cocket.pipeline.partners.agencies import Agencies
from cocket.pipeline.partners.appointments import Appointments
from cocket.pipeline.partners.dcsa import Dcsa
from cocket.pipeline.partners.dcsa_callbacks import EventCallbacks
from cocket.pipeline.partners.dcsa_subscriptions import EventSubscriptions
from cocket.pipeline.partners.efti_gate import EftiGateService
from cocket.pipeline.partners.epcis import Epcis
from cocket.pipeline.partners.exchange import HouseExchange
from cocket.pipeline.partners.following import Following
from cocket.pipeline.partners.gateways import Gateways
from cocket.pipeline.partners.joint import JointLearning
from cocket.pipeline.partners.notices import PartnerNotices
from cocket.pipeline.partners.office_packs import OfficePacks
from cocket.pipeline.partners.one_record import OneRecord
from cocket.pipeline.partners.one_record_notices import OneRecordNotices
from cocket.pipeline.partners.outages import Outages
from cocket.pipeline.partners.sources import Sources
from cocket.pipeline.partners.subscribers import PartnerSubscriptions
from cocket.pipeline.queries.accountability import Accountability
from cocket.pipeline.queries.agreements import Agreements
from cocket.pipeline.queries.emergencies import Emergencies
from cocket.pipeline.queries.inbox import Inbox
from cocket.pipeline.queries.mirror import Mirror
from cocket.pipeline.queries.order_sheets import OrderSheets
from cocket.pipeline.queries.own_affairs import OwnAffairs
from cocket.pipeline.queries.papers_in_time import PapersQuery
from cocket.pipeline.queries.pocket import PocketOrders
from cocket.pipeline.queries.private_runs import PrivateRuns
from cocket.pipeline.queries.quality import DataQuality
from cocket.pipeline.queries.reasons import Reasons
from cocket.pipeline.queries.records import RecordQueries
from cocket.pipeline.queries.subject_access import SubjectAccess
from cocket.pipeline.queries.traders import Traders
from cocket.pipeline.risk.effort_figures import EffortFigures
from cocket.pipeline.risk.fairness_figures import FairnessFigures
from cocket.pipeline.risk.hubs import HubLists
from cocket.pipeline.risk.intelligence import Intelligence
from cocket.pipeline.risk.joint_deed import JointDeed
from cocket.pipeline.risk.models import Models
from cocket.pipeline.risk.read_past import PastReader
from cocket.pipeline.risk.reviews import Reviews
from cocket.pipeline.risk.rule_deeds import RuleDeed
from cocket.pipeline.risk.rules import Rules
from cocket.pipeline.risk.threats import Threats
from cocket.pipeline.screening.lists import Screening
from cocket.pipeline.tracking.alerts import TrackingAlerts
from cocket.pipeline.tracking.cell_tables import CellTables
from cocket.pipeline.tracking.corridor_reports import CorridorReports
from cocket.pipeline.tracking.device_stock import TrackingDevices
from cocket.pipeline.tracking.enquiries import Enquiries
from cocket.pipeline.tracking.guarantees import Guarantees
from cocket.pipeline.tracking.hand_overs import HandOvers
from cocket.pipeline.tracking.journey_drafts import JourneyDrafts
from cocket.pipeline.tracking.journeys import Tracking
from cocket.pipeline.tracking.on_call import OnCall
from cocket.pipeline.tracking.places import TrackingPlaces
from cocket.pipeline.trials.house_figures import HouseFigures
from cocket.pipeline.trials.lesson_deed import LessonDeed
from cocket.pipeline.trials.pilots import PilotDeed, Pilots
from cocket.pipeline.trials.readiness import ReadinessDesk
from cocket.pipeline.trials.recommendations import Recommendations
from cocket.pipeline.trials.release_times import ReleaseTimes
from cocket.pipeline.trials.use_cases import UseCases
from cocket.pipeline.trials.whatif import WhatIfs
from cocket.settings import Settings


@dataclass(frozen=True)
class AssessmentServices:
    """Advice without lodging."""

    preview: Preview


@dataclass(frozen=True)
class ConsignmentServices:
    """Consignments and their papers."""

    links: LinkCorrections
    manifests: Manifests


@dataclass(frozen=True)
class ControlServices:
    """Orders, decisions, results, audits."""

    audits: Audits
    contests: Contests
    desk_notes: DeskNotes
    draws: Draws
    host_decisions: HostRows
    officer_acts: Acts
    officers: Examiners
    questions: Questions
    write_back: WriteBack


@dataclass(frozen=True)
class CredentialsServices:
    """Certificates, titles, standings, and what traders say of themselves."""

    certificates: Credentials
    partners: PartnerCredentials
    self_assessments: SelfAssessments
    standings: Standings
    titles: Titles


@dataclass(frozen=True)
class GovernanceServices:
    """Accounts and keys, what holds for the whole instance, agreements, how long things are kept, what waits for a second
    person, and who watches the watchers.
    """

    accounts: SignInService
    administration: Administration
    agreements: Agreements
    instance_files: InstanceFiles
    mandates: Mandates
    own_account: OwnAccount
    own_keys: OwnKeys
    policies: Policies
    provider: ProviderSignIn
    refusals: RefusalRecords
    second_factors: SecondFactorService
    retention: Retention
    second_person: SecondPerson
    subjects: SubjectAccess
    users: UserTable
    watchers: Watchers
    own_webhooks: Webhooks
    webhooks: Webhooks


@dataclass(frozen=True)
class IntakeServices:
    """Taking messages and host files in, and declarations that are filled in by hand."""

    drafts: Drafts
    host_files: HostFiles
    messages: MachineAccess


@dataclass(frozen=True)
class LedgerServices:
    """The log."""

    logs: LogQueries
    refused_leaves: SetAsideLeaves


@dataclass(frozen=True)
class MeasuresServices:
    """Duties, their payment, permits and values."""

    doubts: Doubts
    duties: TariffDuties
    payments: Payments
    permits: Permits


@dataclass(frozen=True)
class OperationsServices:
    """The archive, health, the canary, what was set aside."""

    archive: Archive
    canary: CanaryService
    health: HealthService
    set_aside: SetAsideActs


@dataclass(frozen=True)
class QueriesServices:
    """What joins topics for a reader."""

    accountability: Accountability
    emergencies: Emergencies
    inbox: Inbox
    mirror: Mirror
    order_sheets: OrderSheets
    own_affairs: OwnAffairs
    papers: PapersQuery
    quality: DataQuality
    pocket: PocketOrders
    private_runs: PrivateRuns
    reasons: Reasons
    records: RecordQueries
    traders: Traders


@dataclass(frozen=True)
class RiskServices:
    """Rules, models, intelligence, threats, lists of hubs, what the advice was worth, and whether it treats traders alike."""

    fairness: FairnessFigures
    figures: EffortFigures
    hubs: HubLists
    intelligence: Intelligence
    joint_tables: JointDeed
    models: Models
    reviews: Reviews
    rules: Rules
    threats: Threats


@dataclass(frozen=True)
class ScreeningServices:
    """Lists and matches."""

    lists: Screening


@dataclass(frozen=True)
class TrackingServices:
    """Journeys, alerts, devices, places, guarantees, network cells."""

    alerts: TrackingAlerts
    cells: CellTables
    devices: TrackingDevices
    drafts: JourneyDrafts
    enquiries: Enquiries
    guarantees: Guarantees
    hand_overs: HandOvers
    journeys: Tracking
    on_call: OnCall
    places: TrackingPlaces
    reports: CorridorReports


@dataclass(frozen=True)
class PartnersServices:
    """Pulling from the source, partner administrations, other agencies and joint inspections, continuity."""

    agencies: Agencies
    appointments: Appointments
    dcsa: Dcsa
    event_callbacks: EventCallbacks
    event_subscriptions: EventSubscriptions
    efti: EftiGateService
    epcis: Epcis
    following: Following
    one_record: OneRecord
    one_record_notices: OneRecordNotices
    sources: Sources
    subscribers: PartnerSubscriptions
    exchange: HouseExchange
    notices: PartnerNotices
    gateways: Gateways
    joint: JointLearning
    outages: Outages
    packs: OfficePacks


@dataclass(frozen=True)
class TrialsServices:
    """Pilots, release times, readiness, and what was learnt."""

    pilots: Pilots
    readiness: ReadinessDesk
    recommendations: Recommendations
    use_cases: UseCases
    release_times: ReleaseTimes
    what_ifs: WhatIfs


class Instance:
    """Services by topic; each method decides by policy, and seals what it discloses or changes before it returns.

    Args:
        shelves: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self.settings = stores.settings
        self.log_folder = stores.settings.log_folder
        messages = MachineAccess(stores)
        standings = Standings(stores)
        alerts, places = TrackingAlerts(stores), TrackingPlaces(stores)
        self.assessment = AssessmentServices(preview=Preview(stores))
        links = LinkCorrections(stores)
        self.consignment = ConsignmentServices(links=links, manifests=Manifests(stores))
        officer_acts, contests, questions = Acts(stores), Contests(stores), Questions(stores)
        self.control = ControlServices(
            audits=Audits(stores),
            contests=contests,
            desk_notes=DeskNotes(stores),
            draws=Draws(stores, lambda: RecordProver(stores).prove),
            host_decisions=HostRows(stores),
            officer_acts=officer_acts,
            officers=Examiners(stores),
            questions=questions,
            write_back=WriteBack(stores),
        )
        permits = Permits(stores)
        mirror, private_runs = Mirror(stores), PrivateRuns(stores)
        self.credentials = CredentialsServices(
            certificates=Credentials(stores),
            partners=PartnerCredentials(stores, standings),
            self_assessments=SelfAssessments(stores),
            standings=standings,
            titles=Titles(stores),
        )
        accounts = SignInService(stores)
        factors = SecondFactorService(stores, accounts)
        administration = Administration(stores, accounts, factors)
        files, screening = FileDeed(stores), Screening(stores)
        joint_tables = JointDeed(stores)
        models, set_aside, intelligence = Models(stores), SetAsideActs(stores), Intelligence(stores)
        second = SecondPerson(
            stores,
            {
                "access": administration,
                "law": files,
                "codes": files,
                "offices": files,
                "lists": screening,
                "overrides": officer_acts,
                "retention": RetentionDeed(stores),
                "agreements": AgreementDeed(stores),
                "models": models,
                "set-aside": set_aside,
                "policies": PolicyDeed(stores),
                "rules": RuleDeed(stores),
                "holds": HoldOverrides(stores),
                "links": links,
                "intelligence": intelligence,
                "trials": PilotDeed(stores),
                "lessons": LessonDeed(stores, PartnerTokens(stores)),
                "joint": joint_tables,
            },
        )
        self.governance = GovernanceServices(
            accounts=accounts,
            administration=administration,
            agreements=Agreements(stores, second),
            instance_files=InstanceFiles(stores, second),
            mandates=Mandates(stores),
            own_account=OwnAccount(stores),
            own_keys=OwnKeys(stores),
            policies=Policies(stores, second),
            provider=ProviderSignIn(stores),
            refusals=RefusalRecords(stores),
            second_factors=factors,
            retention=Retention(stores, second),
            second_person=second,
            subjects=SubjectAccess(stores),
            users=UserTable(stores, accounts),
            watchers=Watchers(stores),
            own_webhooks=Webhooks(stores, is_own=True),
            webhooks=Webhooks(stores, is_own=False),
        )
        self.intake = IntakeServices(drafts=Drafts(stores, messages), host_files=HostFiles(stores), messages=messages)
        self.ledger = LedgerServices(logs=LogQueries(stores), refused_leaves=SetAsideLeaves(stores))
        self.measures = MeasuresServices(
            doubts=Doubts(stores), duties=TariffDuties(stores), payments=Payments(stores), permits=permits
        )
        self.operations = OperationsServices(
            archive=Archive(stores),
            canary=CanaryService(stores, intake=messages.intake),
            health=HealthService(stores),
            set_aside=set_aside,
        )
        past, quality = PastReader(stores), DataQuality(stores)
        records, rules = RecordQueries(stores), Rules(stores, past)
        joint = JointLearning(stores, second)
        pocket = PocketOrders(stores, records, officer_acts)
        dcsa = Dcsa(stores, messages)
        self.partners = PartnersServices(
            agencies=Agencies(stores, second, permits),
            appointments=Appointments(stores),
            dcsa=dcsa,
            event_callbacks=EventCallbacks(stores, dcsa),
            event_subscriptions=EventSubscriptions(stores),
            efti=EftiGateService(stores),
            epcis=Epcis(stores, messages),
            exchange=HouseExchange(stores, mirror, private_runs, joint),
            following=Following(stores),
            gateways=Gateways(stores, messages),
            joint=joint,
            notices=PartnerNotices(stores),
            one_record=OneRecord(stores, messages),
            one_record_notices=OneRecordNotices(stores),
            outages=Outages(stores),
            packs=OfficePacks(stores, pocket, officer_acts, (rules, screening)),
            sources=Sources(stores, messages),
            subscribers=PartnerSubscriptions(stores),
        )
        self.queries = QueriesServices(
            accountability=Accountability(stores),
            emergencies=Emergencies(stores, records),
            inbox=Inbox(stores, records, second, (contests, questions)),
            mirror=mirror,
            order_sheets=OrderSheets(stores, records),
            own_affairs=OwnAffairs(stores, contests),
            papers=PapersQuery(stores),
            quality=quality,
            pocket=pocket,
            private_runs=private_runs,
            reasons=Reasons(stores, contests),
            records=records,
            traders=Traders(stores),
        )
        self.risk = RiskServices(
            fairness=FairnessFigures(stores, past),
            figures=EffortFigures(stores, past),
            hubs=HubLists(stores),
            intelligence=intelligence,
            joint_tables=joint_tables,
            models=models,
            reviews=Reviews(stores),
            rules=rules,
            threats=Threats(stores),
        )
        lessons = HouseFigures(stores, past, quality)
        self.trials = TrialsServices(
            pilots=Pilots(stores, second),
            readiness=ReadinessDesk(stores, lessons),
            recommendations=Recommendations(stores, lessons),
            release_times=ReleaseTimes(stores),
            use_cases=UseCases(stores, lessons, second, PartnerTokens(stores)),
            what_ifs=WhatIfs(stores, past),
        )
        self.screening = ScreeningServices(lists=screening)
        guarantees = Guarantees(stores)
        journeys = Tracking(stores, alerts, places, guarantees)
        self.tracking = TrackingServices(
            alerts=alerts,
            cells=CellTables(stores),
            devices=TrackingDevices(stores),
            drafts=JourneyDrafts(stores),
            enquiries=Enquiries(stores),
            guarantees=guarantees,
            hand_overs=HandOvers(stores, journeys, PartnerTokens(stores)),
            journeys=journeys,
            on_call=OnCall(stores),
            places=places,
            reports=CorridorReports(stores),
        )

    def close(self) -> None:
        """Store what waits, then let go of the database."""
        self.intake.messages.close()


def open_instance(settings: Settings, dsn: str) -> Instance:
    """Open the instance in this process.

    Args:
        settings: The settings.
        dsn: The database.

    Raises:
        SettingsError: Keys are missing or not in order.
    """
    return Instance(open_stores(settings, dsn))
