# SPDX-License-Identifier: Apache-2.0
"""Settings: read once by a door from `COCKET_…` variables or one TOML file, all problems reported together."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from cocket.errors import SettingsError


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set. Each field `x` is `COCKET_X` in the environment and `x` in the TOML file.

    Attributes:
        home: Folder of keys, log, model and the embedded database.
        database_url: PostgreSQL to use; empty starts the embedded one under `home`.
        upgrade_at_start: Whether the database of an older version is upgraded by the first command that opens it; false
            leaves that to `cocket upgrade`.
        backup_folder: Folder on another disk for `cocket backup`, to which the embedded database's write-ahead log is
            streamed while the house runs; empty streams nothing.
        backup_keys_folder: Folder elsewhere for the copy of the keys that `cocket backup` makes; while the house streams,
            keys of what is newly sealed are added to it. Empty for none.
        backup_keys_recipients: To whom that copy is encrypted: `age1…` or `ssh-ed25519 …`, separated by commas; `clear`
            leaves it unencrypted. Empty copies no keys.
        archive_folder: Folder in which `cocket archive` keeps the bodies of advice of months that are over, encrypted, and from
            which they are read; another disk may hold it. Empty archives nothing.
        archive_after: Months after the end of a month from which on `cocket archive run` takes it; 0 takes none that is not
            named.
        administration: Name of the administration in words, shown on pages.
        subject_keys: Folder of the keys of all that is sealed, one for each thing; empty for `subjects` among the other
            secrets. Where the roles run on several machines, one folder that they share. A file of this name, as earlier
            versions kept, becomes the folder.
        log_origin: Name of the first log, as it stands in checkpoints; unique in the world, such as
            `customs.example/log/2026`. Logs of later years have another year in its place, or behind it.
        log_key: Key in a token (HSM) that signs heads of the log, as a PKCS#11 URI; taken by `cocket init`, and by a change of the
            log's key. Empty for a key in a file.
        api_host: Address the HTTP door listens on.
        api_port: Port of the HTTP door; 0 takes a free one.
        workbench_host: Address of the workbench.
        workbench_port: Port of the workbench; 0 takes a free one.
        admin_port: Port for metrics and API documents, on loopback only; 0 takes a free one.
        otlp_endpoint: Where an OpenTelemetry collector takes metrics, such as `http://127.0.0.1:4318/v1/metrics`; empty
            pushes none.
        api_workers: Processes of the HTTP door (count).
        late_seconds: How old a message without advice, or the last sign of life of a process, may be before the house
            says that it is not well.
        disk_reserve_mb: Free space that the disks of home and database should have (MiB).
        backup_hours: How old the newest backup may be before the house says that it is not well; 0 does not judge.
        canary_minutes: How often the house lodges a message with itself, to see that it is dealt with; 0 never does.
        max_message_bytes: Largest message taken.
        blob_store: Where photographs and other files of examinations are kept, encrypted: a bucket of an S3-compatible object
            store, such as `s3://bucket/prefix`; empty for the folder `blobs` of the home.
        blob_store_endpoint: Address of that service where it is not Amazon's, such as `https://objects.customs.example`.
        max_file_bytes: Largest of these files.
        virus_check: What each of them is shown before it is taken: `clamd:` and its socket (a path, or host and port), or a
            command that reads it from standard input and ends with 1 where it finds something; empty asks nobody.
        head_timeout_seconds: Time for the whole head of a request.
        body_timeout_seconds: Time for the whole body of a request.
        tls_certificate: PEM file of the certificate of the HTTP door and the workbench, with those that lead to its root;
            empty for plain HTTP. Read again when it changes.
        tls_certificate_key: PEM file of its secret key.
        client_ca: PEM file of the authorities whose certificates prove machines at the HTTP door, roots and those between; of
            TLS of our own also single self-signed certificates, which are no authorities. Empty asks for no certificates.
        trusted_proxies: Addresses or networks of proxies that stand before these doors, divided by commas, such as
            `10.0.0.5, 10.1.0.0/24`; what they say of their callers is believed. Empty for none.
        proxy_client_certificates: Whether these proxies pass on the certificates that clients show them, in `Client-Cert`, and
            take that field away where a client sent it itself.
        proxy_header: The field in which they say it: `x-forwarded-for` (with `X-Forwarded-Proto`) or `forwarded`.
        allow_plain_http: Whether these doors may listen beyond loopback without TLS and without a proxy.
        max_connections: Open connections a process keeps (count).
        max_connections_per_address: Of these, connections of one address (count); trusted proxies are exempt. 0 counts no
            address.
        requests_per_second: Requests a second that one key may make, on average.
        requests_per_second_per_address: Requests a second from one address without a good key or session, on average.
        commit_interval_ms: How long a message may wait for others to share its commit.
        merge_delay_seconds: By when a promise is in a signed head.
        head_interval_seconds: How often the book signs a head while messages come in.
        head_step: Leaves by which the log grows with each head, cover leaves filling up; 1 for no cover (count).
        head_rest_minutes: How long after the last message the book goes on signing heads at that pace.
        head_rest_interval_minutes: How often it signs one after that.
        row_audit_hour: Hour of the day (UTC) at which derived rows are held against sealed records; -1 for never.
        red_per_day: Places for examination a day and office (count).
        yellow_per_day: Places for documentary control a day and office (count).
        red_hours: Hours after it was opened within which an order should be dealt with where nothing else is set for its office,
            counted while that is open; 0 sets no end. A document check that lapses has its end from the terms of control.
        random_share: Least share drawn at random for examination, 0–0.5; without a model the share of the score is drawn too.
        history_values: Values of the risk history that each process of the assessment worker keeps in memory, about a
            kilobyte each (count); the others are read from `history` in the home when they are asked for.
        standing_factor: What the score of a trusted trader is multiplied by for selection, 0–1; 1 weighs nothing.
        emergency_minutes: How long an access in an emergency lasts (minutes); with 0 none can be opened.
        emergency_per_day: How many of them one officer may open a day, UTC (count).
        emergency_review_hours: How long after its end one may wait to be reviewed (hours).
        second_person_for: Which acts wait until a second person approves them: `access` (accounts and keys),
            `law` (tariff, exchange rates, permit matrix), `codes` (code lists), `lists` (for screening), `offices` (places and
            calendars), `overrides` (that give a milder lane), `models` (which model has which role), `set-aside` (closed without
            being worked on), `rules` (ending one that counts; to publish one always takes two), `intelligence` (ending a report
            that asks for a lane), `links` (papers parted from a dossier, dossiers joined), `trials` (changing or stopping a
            pilot); empty for none.
        proposal_days: Days within which a second person must approve a proposal, else it expires; 0 for no end.
        second_factor_for: Roles whose officers need a second factor, divided by blanks, such as `supervisor auditor`: without
            one they add it before anything else. Not asked of accounts of an OpenID provider (`openid_acr`). Empty for none.
        temporary_password_hours: How long a temporary password lets in that another person knows, and that is changed at the
            first sign-in; 0 for ever.
        agreement_for: Exchanges with partners that need an agreement in force, always: `journey-hand-over`, `seizure-report`;
            empty for those alone that an agreement named once.
        contest_law: Law whose clock runs when a trader contests what came of his goods: `RKC`, `UCC` or `NL`; contests about data
            and automation run by the `GDPR`.
        contest_after_days: Days after a declaration came in from which on a trader may contest what came of it, though no
            examination has a result.
        session_hours: How long a sign-in lasts.
        openid_issuer: OpenID provider at which officers may sign in, by its issuer identifier, such as
            `https://id.customs.example`; empty for passwords alone. Needs `workbench_url`.
        openid_client_id: Our id there.
        openid_client_secret_file: File that holds our secret there; empty for a client without one.
        openid_scopes: What we ask it for, `openid` among it.
        openid_groups_claim: Claim of the ID token that names the groups of a person.
        openid_access_file: TOML file that says which group gives which role, at which office.
        openid_name: What pages call it; empty for its host.
        openid_acr: Classes of authentication (`acr`) that count, divided by blanks; empty for any.
        openid_max_age_minutes: How long ago a person may have signed in there; 0 for any time.
        openid_ca: PEM file of the roots that its certificate is judged by; empty for those of the system.
        workbench_url: Address at which officers reach the workbench, such as `https://cocket.customs.example`; it stands in
            notices that are sent, and an OpenID provider sends browsers back to it.
        mail_server: Server that takes notices by e-mail: `smtps://host:465` (TLS) or `smtp://host:587` (STARTTLS), with
            `user@` before the host where it asks for a password; empty sends none.
        mail_password_file: File that holds that password; empty for none.
        mail_ca: PEM file of the roots that its certificate is judged by; empty for those of the system.
        mail_from: Address that notices come from.
        mail_domains: Domains to which notices may be sent, divided by commas; empty for any.
        webhook_url: Address to which notices are posted as JSON, signed as Standard Webhooks have it; empty posts none.
        webhook_secret_file: File that holds the secret they are signed with, `whsec_` and base64.
        sms_url: Address of a gateway that takes short messages as JSON; empty sends none.
        sms_token_file: File that holds the token it knows us by.
        event_webhooks: Whether traders, partners and the administration may have events sent to endpoints of theirs; nothing is
            sent without.
        event_networks: Networks inside, divided by commas, that such an endpoint may lie in, such as `10.20.0.0/16`; every other
            must be public. Empty for none.
        event_plain_http: Whether such an endpoint may be without TLS.
        event_ca: PEM file of the roots that their certificates are judged by; empty for those of the system.
        partner_exchange: Whether signed messages are exchanged with partner administrations, under agreements that name their
            keys; nothing is sent or taken unless this is set.
        partner_ca: PEM file of the roots that certificates of their servers are judged by; empty for those of the system.
        partner_certificate: PEM file of the certificate by which we show ourselves to their servers; empty for none.
        partner_certificate_key: PEM file of its secret key.
        nats_url: Server of NATS JetStream that every event is published to, such as `tls://nats.customs.example:4222`; several
            divided by commas. Empty for none.
        nats_stream: Stream there; made if it is not there.
        nats_credentials_file: File of credentials (JWT and seed) that it knows us by; empty for none.
        nats_ca: PEM file of the roots that its certificate is judged by; empty for those of the system.
        source_networks: Networks inside, divided by commas, that sources of data may lie in, such as `10.20.0.0/16`; every other must
            be public. Empty for none.
        source_plain_http: Whether a source may be without TLS.
        source_following: Whether sources are asked by themselves: by their schedules, and for what they notify us of.
        efti_gate: Id of the eFTI gate that this installation is, such as `XA`; empty where it is none.
        edifact_addresses: Our own identifications in EDIFACT interchanges, divided by commas; empty takes any recipient.
        time_zone: Zone in which pages show times, such as `Pacific/Auckland`.
        feed: Folder of a host's files to watch; empty watches none.
        feed_sender: Name under which the host's files are kept.
        feed_database_url: A host's database to read; empty reads none.
        feed_map: Mapping file for its tables; empty takes the one for ASYCUDA World that is built in.
        duty_names: Which charge of the tariff a code of a declared line of duty stands for, such as `A00:duty B00:VAT`;
            empty where they are the same.
        undeclared_days: Days after arrival within which goods of a manifest are to be declared.
        write_back: Folder in which the host finds advice; empty keeps advice in the house (shadow).
        write_back_days: Advice on a declaration registered longer ago is not told to the host (days).
        witness_policy: File, or folder of `*.policy` files, naming the witnesses of our log; empty asks none.
        witness_name: Name under which this installation cosigns the logs of others, such as
            `customs.example/witness`; unique in the world.
        witness_host: Address on which `cocket witness serve` listens.
        witness_port: Its port; 0 takes a free one.
        ingress: Doors for devices, each with its port, such as `mqtt:8883 http:8464 jt808:6808`; empty opens none.
        ingress_host: Address on which they listen.
        ingress_certificate: PEM file of their certificate; empty for the one that `cocket device ca` made.
        ingress_certificate_key: PEM file of its secret key; empty likewise.
        ingress_client_ca: PEM file of further roots, from which devices brought their certificates; empty for none.
        ingress_interval_ms: How long a device's message may wait for others to share its row and its commit.
        ingress_max_payload_bytes: Largest message of a device.
        ingress_messages_per_second: Messages a second that one device may send, on average.
        ingress_max_connections: Open connections of devices (count).
        ingress_max_connections_per_address: Of these, connections of one address (count), behind which many devices may
            stand; 0 counts no address.
        ingress_idle_seconds: Longest silence of a device's connection.
    """

    home: Path = Path("var/cocket")
    database_url: str = ""
    upgrade_at_start: bool = True
    backup_folder: str = ""
    backup_keys_folder: str = ""
    backup_keys_recipients: str = ""
    archive_folder: str = ""
    archive_after: int = 0
    administration: str = "Customs administration"
    subject_keys: str = ""
    log_origin: str = "cocket.invalid/log"
    log_key: str = ""
    api_host: str = "127.0.0.1"
    api_port: int = 8460
    workbench_host: str = "127.0.0.1"
    workbench_port: int = 8461
    admin_port: int = 8462
    otlp_endpoint: str = ""
    api_workers: int = 1
    late_seconds: float = 20.0
    disk_reserve_mb: float = 512.0
    backup_hours: float = 0.0
    canary_minutes: float = 0.0
    max_message_bytes: int = 10 * 1024 * 1024
    blob_store: str = ""
    blob_store_endpoint: str = ""
    max_file_bytes: int = 20 * 1024 * 1024
    virus_check: str = ""
    head_timeout_seconds: float = 10.0
    body_timeout_seconds: float = 10.0
    tls_certificate: str = ""
    tls_certificate_key: str = ""
    client_ca: str = ""
    trusted_proxies: str = ""
    proxy_client_certificates: bool = False
    proxy_header: Literal["x-forwarded-for", "forwarded"] = "x-forwarded-for"
    allow_plain_http: bool = False
    max_connections: int = 1000
    max_connections_per_address: int = 100
    requests_per_second: float = 2000.0
    requests_per_second_per_address: float = 50.0
    commit_interval_ms: float = 2.0
    merge_delay_seconds: float = 60.0
    head_interval_seconds: float = 1.0
    head_step: int = 8
    head_rest_minutes: float = 10.0
    head_rest_interval_minutes: float = 60.0
    row_audit_hour: int = 2
    red_per_day: int = 20
    yellow_per_day: int = 40
    red_hours: float = 24.0
    random_share: float = 0.02
    history_values: int = 100_000
    standing_factor: float = 0.5
    emergency_minutes: int = 60
    emergency_per_day: int = 3
    emergency_review_hours: float = 24.0
    second_person_for: str = "access"
    proposal_days: float = 30.0
    second_factor_for: str = ""
    temporary_password_hours: float = 72.0
    agreement_for: str = ""
    contest_law: Literal["RKC", "UCC", "NL", "GDPR"] = "RKC"
    contest_after_days: int = 7
    session_hours: float = 10.0
    openid_issuer: str = ""
    openid_client_id: str = ""
    openid_client_secret_file: str = ""
    openid_scopes: str = "openid profile"
    openid_groups_claim: str = "groups"
    openid_access_file: str = ""
    openid_name: str = ""
    openid_acr: str = ""
    openid_max_age_minutes: float = 0.0
    openid_ca: str = ""
    workbench_url: str = ""
    mail_server: str = ""
    mail_password_file: str = ""
    mail_ca: str = ""
    mail_from: str = ""
    mail_domains: str = ""
    webhook_url: str = ""
    webhook_secret_file: str = ""
    sms_url: str = ""
    sms_token_file: str = ""
    time_zone: str = "UTC"
    event_webhooks: bool = False
    event_networks: str = ""
    event_plain_http: bool = False
    event_ca: str = ""
    partner_exchange: bool = False
    partner_ca: str = ""
    partner_certificate: str = ""
    partner_certificate_key: str = ""
    nats_url: str = ""
    nats_stream: str = "COCKET_EVENTS"
    nats_credentials_file: str = ""
    nats_ca: str = ""
    source_networks: str = ""
    source_plain_http: bool = False
    source_following: bool = False
    efti_gate: str = ""
    edifact_addresses: str = ""
    feed: str = ""
    feed_sender: str = "host"
    feed_database_url: str = ""
    feed_map: str = ""
    duty_names: str = ""
    undeclared_days: int = 21
    write_back: str = ""
    write_back_days: int = 3
    witness_policy: str = ""
    witness_name: str = "cocket.invalid/witness"
    witness_host: str = "127.0.0.1"
    witness_port: int = 8463
    ingress: str = ""
    ingress_host: str = "127.0.0.1"
    ingress_certificate: str = ""
    ingress_certificate_key: str = ""
    ingress_client_ca: str = ""
    ingress_interval_ms: float = 10.0
    ingress_max_payload_bytes: int = 65536
    ingress_messages_per_second: float = 100.0
    ingress_max_connections: int = 4000
    ingress_max_connections_per_address: int = 2000
    ingress_idle_seconds: float = 1200.0

    @property
    def keys_folder(self) -> Path:
        """Where the administration's secrets are."""
        return self.home / "keys"

    @property
    def source_folder(self) -> Path:
        """Where the credentials of sources are, a file each."""
        return self.keys_folder / "sources"

    @property
    def subject_keys_folder(self) -> Path:
        """Where the key of each sealed thing is, in segments."""
        return Path(self.subject_keys) if self.subject_keys else self.keys_folder / "subjects"

    @property
    def subject_keys_former(self) -> Path:
        """The one file in which an earlier version kept them."""
        return Path(self.subject_keys) if self.subject_keys else self.keys_folder / "subjects.keys"

    @property
    def row_audit_file(self) -> Path:
        """What the audit of rows keeps outside the database."""
        return self.home / "rows.audit"

    @property
    def log_folder(self) -> Path:
        """Where the public log is, and nothing else."""
        return self.home / "log"

    @property
    def witness_folder(self) -> Path:
        """What this installation remembers as a witness; absent unless it is one."""
        return self.home / "witness"

    @property
    def models_folder(self) -> Path:
        """The register of models; absent until one is registered."""
        return self.home / "models"

    @property
    def first_history_file(self) -> Path:
        """What was known before this house began, as `cocket risk train --history` writes it; absent if nothing was."""
        return self.home / "first.history"

    @property
    def history_folder(self) -> Path:
        """What the assessment worker has learnt so far, of this machine; absent until it ran here, and made anew without it."""
        return self.home / "history"

    @property
    def next_history_folder(self) -> Path:
        """What takes the place of `history_folder` once it is learnt, after an erasure; absent at other times."""
        return self.home / "history-next"

    @property
    def blobs_folder(self) -> Path:
        """Photographs and other files of examinations, encrypted; absent until there is one, and with an object store."""
        return self.home / "blobs"

    @property
    def codes_folder(self) -> Path:
        """Where imported code lists are; absent until one is imported."""
        return self.home / "codes"

    @property
    def openid_shown(self) -> str:
        """What pages call the OpenID provider; empty where there is none."""
        return self.openid_name or urlsplit(self.openid_issuer).netloc

    def duty_codes(self) -> dict[str, str]:
        """Code of a declared line of duty → the charge of the tariff that it stands for (0..n)."""
        return {code: name for code, _, name in (one.partition(":") for one in self.duty_names.split())}

    @property
    def tells_events(self) -> bool:
        """Whether events are sent to anybody at all."""
        return self.event_webhooks or bool(self.nats_url)

    @property
    def sends_to_others(self) -> bool:
        """Whether anything is sent to others by itself: events, messages to partner administrations, or questions to sources."""
        return self.tells_events or self.partner_exchange or self.source_following

    @property
    def tariff_file(self) -> Path:
        """The national tariff, as `cocket measures import` writes it; absent until one is loaded."""
        return self.home / "tariff.json"

    @property
    def offices_file(self) -> Path:
        """Places and calendars of customs offices, as they are set by page; absent until one is set."""
        return self.home / "offices.json"

    @property
    def permit_matrix_file(self) -> Path:
        """Which goods need which permits, as TOML; absent until there is one."""
        return self.home / "permit-matrix.toml"

    @property
    def retention_file(self) -> Path:
        """How long what is kept is kept, as TOML; absent until there is one, and then nothing is ever due."""
        return self.home / "retention.toml"

    @property
    def rates_file(self) -> Path:
        """Exchange rates by date, as CSV; absent until there are any."""
        return self.home / "exchange-rates.csv"

    @property
    def payment_file(self) -> Path:
        """To which account duties are paid, as TOML; absent until there is one."""
        return self.home / "payment.toml"

    @property
    def profiles_folder(self) -> Path:
        """Where an administration's own profiles of its host's files are, as `NAME.toml`; may be absent."""
        return self.home / "profiles"


#: Lowest and highest sensible values, both allowed.
_RANGES: dict[str, tuple[float, float]] = {
    "api_port": (0, 65535),
    "workbench_port": (0, 65535),
    "admin_port": (0, 65535),
    "api_workers": (1, 64),
    "late_seconds": (2, 3600),
    "disk_reserve_mb": (0, 1_000_000),
    "backup_hours": (0, 8760),
    "canary_minutes": (0, 1440),
    "archive_after": (0, 1200),
    "max_message_bytes": (1024, 256 * 1024 * 1024),
    "max_file_bytes": (64 * 1024, 256 * 1024 * 1024),
    "head_timeout_seconds": (0.1, 300),
    "body_timeout_seconds": (0.1, 3600),
    "max_connections": (1, 100_000),
    "max_connections_per_address": (0, 100_000),
    "requests_per_second": (0.1, 1e6),
    "requests_per_second_per_address": (0.1, 1e6),
    "commit_interval_ms": (0, 1000),
    "merge_delay_seconds": (1, 86400),
    "head_interval_seconds": (0.05, 3600),
    "head_step": (1, 4096),
    "head_rest_minutes": (0, 1440),
    "head_rest_interval_minutes": (1, 1440),
    "row_audit_hour": (-1, 23),
    "red_per_day": (0, 1_000_000),
    "yellow_per_day": (0, 1_000_000),
    "red_hours": (0, 8760),
    "random_share": (0, 0.5),
    "history_values": (1_000, 100_000_000),
    "standing_factor": (0, 1),
    "proposal_days": (0, 365),
    "temporary_password_hours": (0, 8760),
    "emergency_minutes": (0, 480),
    "emergency_per_day": (1, 100),
    "emergency_review_hours": (1, 720),
    "contest_after_days": (0, 365),
    "session_hours": (0.05, 168),
    "openid_max_age_minutes": (0, 100_000),
    "undeclared_days": (0, 3650),
    "write_back_days": (0, 3650),
    "witness_port": (0, 65535),
    "ingress_interval_ms": (0, 1000),
    "ingress_max_payload_bytes": (256, 16 * 1024 * 1024),
    "ingress_messages_per_second": (0.01, 1e6),
    "ingress_max_connections": (1, 100_000),
    "ingress_max_connections_per_address": (0, 100_000),
    "ingress_idle_seconds": (1, 86400),
}

PREFIX = "COCKET_"

#: What a second person can be asked for.
SECOND_PERSON_FOR = (
    "access",
    "law",
    "codes",
    "lists",
    "offices",
    "overrides",
    "models",
    "set-aside",
    "rules",
    "intelligence",
    "links",
    "trials",
)

#: Roles of people, of whom a second factor can be asked.
SECOND_FACTOR_FOR = (
    "analyst", "officer", "supervisor", "auditor", "internal-affairs", "trader", "declarant", "carrier", "forwarder",
)  # fmt: skip

#: Exchanges with partners for which an agreement can be asked always; `cocket.governance.agreements.EXCHANGES`.
AGREEMENT_FOR = ("journey-hand-over", "seizure-report")

#: `COCKET_…` names that are not settings of the house but of a command.
_OTHERS = {"COCKET_CONFIG", "COCKET_CORPORA", "COCKET_KEY", "COCKET_SCREENSHOTS", "COCKET_TEST_HISTORY"}


def read_settings(environment: Mapping[str, str], **given: Any) -> Settings:
    """Read the settings: defaults, then the TOML file named by `COCKET_CONFIG`, then the environment, then `given`.

    Args:
        environment: Environment variables.
        **given: Values that a command line gives; None stands for not given.

    Returns:
        The settings.

    Raises:
        SettingsError: Something is unknown, malformed or out of range; `problems` lists everything at once.
    """
    problems: list[str] = []
    values: dict[str, Any] = {}
    if path := environment.get("COCKET_CONFIG"):
        values |= _from_file(Path(path), problems)
    values |= _from_environment(environment, problems)
    values |= {name: value for name, value in given.items() if value is not None}
    _check(values, problems)
    if problems:
        raise SettingsError("The settings are not valid: " + "; ".join(problems) + ".", problems=tuple(problems))
    return Settings(**values)


def _from_file(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        problems.append(f"{path} cannot be read: {error.strerror}")
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{path} is not TOML: {error}")
        return {}
    return {name: _convert(name, value, str(path), problems) for name, value in table.items()}


def _from_environment(environment: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    found = {}
    for variable, text in environment.items():
        if variable.startswith(PREFIX) and variable not in _OTHERS:
            found[variable[len(PREFIX) :].lower()] = _convert(variable[len(PREFIX) :].lower(), text, variable, problems)
    return found


def _convert(name: str, value: Any, source: str, problems: list[str]) -> Any:
    kind = get_type_hints(Settings).get(name)
    if kind is None:
        problems.append(f"{source}: unknown setting {name}")
        return value
    try:
        return msgspec.convert(value, kind, strict=False, dec_hook=lambda wanted, text: wanted(text))
    except msgspec.ValidationError:
        wanted = getattr(kind, "__name__", None) or " or ".join(getattr(k, "__name__", k) for k in get_args(kind))
        problems.append(f"{source}: {name} must be {wanted}, not {value!r}")
        return value


def _check(values: Mapping[str, Any], problems: list[str]) -> None:
    for name, (low, high) in _RANGES.items():
        value = values.get(name)
        if isinstance(value, int | float) and not low <= value <= high:
            problems.append(f"{name} must be between {low:g} and {high:g}, not {value:g}")
    zone = values.get("time_zone", "UTC")
    try:
        ZoneInfo(str(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        problems.append(f"time_zone {zone!r} is not known")
    for name in ("trusted_proxies", "event_networks", "source_networks"):
        for word in str(values.get(name, "")).replace(",", " ").split():
            try:
                ip_network(word, strict=False)
            except ValueError:
                problems.append(f"{name}: {word!r} is neither an address nor a network")
    problems.extend(
        f"nats_url: {word!r} is not nats://host:4222 or tls://host:4222"
        for word in str(values.get("nats_url", "")).replace(",", " ").split()
        if not re.match(r"(nats|tls)://[^@/\s?#]+\Z", word)
    )
    if not re.match(r"[A-Za-z0-9_-]{1,64}\Z", str(values.get("nats_stream", "COCKET_EVENTS"))):
        problems.append("nats_stream must be of letters, digits, hyphens and underscores, at most 64")
    problems.extend(
        f"second_person_for: {word!r} is none of {', '.join(SECOND_PERSON_FOR)}"
        for word in str(values.get("second_person_for", "")).split()
        if word not in SECOND_PERSON_FOR
    )
    problems.extend(
        f"second_factor_for: {word!r} is none of {', '.join(SECOND_FACTOR_FOR)}"
        for word in str(values.get("second_factor_for", "")).split()
        if word not in SECOND_FACTOR_FOR
    )
    problems.extend(
        f"agreement_for: {word!r} is none of {', '.join(AGREEMENT_FOR)}"
        for word in str(values.get("agreement_for", "")).split()
        if word not in AGREEMENT_FOR
    )
    for word in str(values.get("duty_names", "")).split():
        code, _, name = word.partition(":")
        if not code or not name:
            problems.append(f"duty_names: {word!r} is not CODE:CHARGE")
    if (store := str(values.get("blob_store", ""))) and not re.match(r"s3://[^/\s]+(/\S*)?\Z", store):
        problems.append(f"blob_store {store!r} is not an address such as s3://bucket/prefix")
    if (where := str(values.get("blob_store_endpoint", ""))) and not where.startswith(("http://", "https://")):
        problems.append("blob_store_endpoint must be an address that starts with http:// or https://")
    if (endpoint := str(values.get("otlp_endpoint", ""))) and not endpoint.startswith(("http://", "https://")):
        problems.append("otlp_endpoint must be an address that starts with http:// or https://")
    if bool(values.get("tls_certificate")) != bool(values.get("tls_certificate_key")):
        problems.append("tls_certificate and tls_certificate_key must be set together")
    if bool(values.get("partner_certificate")) != bool(values.get("partner_certificate_key")):
        problems.append("partner_certificate and partner_certificate_key must be set together")
    if values.get("proxy_client_certificates") and not values.get("trusted_proxies"):
        problems.append(
            "proxy_client_certificates needs trusted_proxies: it is from them alone that certificates are taken"
        )
    _check_notices({name: str(values.get(name) or "") for name in _NOTICES}, problems)
    _check_openid({name: str(value) for name, value in values.items()}, problems)
    origin = values.get("log_origin", "x")
    if not str(origin) or any(c.isspace() or c == "+" for c in str(origin)):
        problems.append("log_origin must not be empty or contain a space or +")


#: Settings of what is sent to officers.
_NOTICES = (
    "workbench_url",
    "mail_server",
    "mail_password_file",
    "mail_from",
    "webhook_url",
    "webhook_secret_file",
    "sms_url",
    "sms_token_file",
)


def _check_notices(told: Mapping[str, str], problems: list[str]) -> None:
    server, hook, gateway = told["mail_server"], told["webhook_url"], told["sms_url"]
    if server and not re.match(r"smtps?://([^@/\s]+@)?[^@:/\s]+(:\d{1,5})?\Z", server):
        problems.append(f"mail_server {server!r} is not smtps://host:465 or smtp://user@host:587")
    if server and not re.match(r"[^@\s<>]+@[^@\s<>]+\Z", told["mail_from"]):
        problems.append("mail_from must be an e-mail address where mail_server is set")
    if bool(told["mail_password_file"]) != ("@" in server):
        problems.append("mail_password_file and the user in mail_server must be set together")
    for name, url in (("webhook_url", hook), ("sms_url", gateway)):
        if url and not re.match(r"https://|http://(127\.0\.0\.1|localhost|\[::1\])[:/]", url):
            problems.append(f"{name} must start with https://; http:// reaches this machine alone")
    if bool(hook) != bool(told["webhook_secret_file"]):
        problems.append("webhook_url and webhook_secret_file must be set together")
    if bool(gateway) != bool(told["sms_token_file"]):
        problems.append("sms_url and sms_token_file must be set together")
    if (server or hook or gateway) and not told["workbench_url"].startswith(("https://", "http://")):
        problems.append("workbench_url must be set where notices are sent, such as https://cocket.customs.example")


#: Addresses over TLS, or of this machine alone.
_SAFE = re.compile(r"https://[^/@\s?#]+|http://(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?(?=[/]|\Z)")


def _check_openid(told: Mapping[str, str], problems: list[str]) -> None:
    issuer = told.get("openid_issuer", "")
    if not issuer:
        problems.extend(
            f"{name} is of no use without openid_issuer"
            for name, value in told.items()
            if name.startswith("openid_") and value
        )
        return
    if not re.match(rf"({_SAFE.pattern})(/[^\s?#]*)?\Z", issuer):
        problems.append("openid_issuer must start with https://; http:// reaches this machine alone")
    problems.extend(
        f"{name} must be set where openid_issuer is"
        for name in ("openid_client_id", "openid_access_file")
        if not told.get(name)
    )
    if not re.match(rf"({_SAFE.pattern})/?\Z", told.get("workbench_url", "")):
        problems.append("workbench_url must be set where openid_issuer is, start with https:// and have no path")
    if "openid" not in told.get("openid_scopes", "openid").split():
        problems.append("openid_scopes must hold openid")
