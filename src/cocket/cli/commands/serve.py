# SPDX-License-Identifier: Apache-2.0
"""`cocket serve`: run the house."""

from __future__ import annotations

from contextlib import suppress
from enum import StrEnum
from typing import Annotated

import typer

from cocket.cli.base.instance_access import home_option, settings_of
from cocket.cli.base.output import HomeOption, complain, err
from cocket.cli.roles.serving import Serving
from cocket.errors import SettingsError
from cocket.pipeline.operations.wal_streaming import is_streamed, why_keys_lag


class Role(StrEnum):
    """A role that can run alone."""

    api = "api"
    feeds = "feeds"
    assessment = "assessment"
    log = "log"
    workbench = "workbench"
    ingress = "ingress"
    tracker = "tracker"
    archive = "archive"
    events = "events"


def serve(
    role: Annotated[Role | None, typer.Argument(help="One role; all roles if not given.", show_default=False)] = None,
    home: HomeOption = None,
) -> None:
    """Run the instance: all roles, or one of them.

    Roles: api (HTTP door), feeds (watches the host's folder or database), assessment (dossiers, assessments, lanes), log
    (signs the log), workbench (pages), ingress (doors for devices, where COCKET_INGRESS names some), tracker (journeys and alerts
    from what devices sent), archive (streams the embedded database's log to COCKET_BACKUP_FOLDER), events (sends events to webhooks
    and NATS, where COCKET_EVENT_WEBHOOKS or COCKET_NATS_URL is set). Run alone on several machines they share the database of
    COCKET_DATABASE_URL.

    Examples:
        cocket serve --home /srv/cocket

        COCKET_FEED=/srv/asycuda/export cocket serve

        COCKET_DATABASE_URL=postgresql://db/cocket cocket serve assessment
    """
    settings = settings_of(**home_option(home))
    is_fed = bool(settings.feed or settings.feed_database_url)
    if role is Role.feeds and not is_fed:
        raise SettingsError(
            "No host is configured.",
            hint="Set COCKET_FEED to its folder, or COCKET_FEED_DATABASE_URL to its database.",
        )
    if role is Role.ingress and not settings.ingress:
        raise SettingsError("No device endpoint is configured.", hint="Set COCKET_INGRESS, such as to mqtt:8883.")
    if role is Role.events and not settings.sends_to_others:
        raise SettingsError(
            "No events are sent.",
            hint="Set COCKET_EVENT_WEBHOOKS=true, COCKET_NATS_URL to a server of NATS, COCKET_PARTNER_EXCHANGE=true,"
            " or COCKET_SOURCE_FOLLOWING=true.",
        )
    has_use = {Role.feeds: is_fed, Role.ingress: bool(settings.ingress), Role.tracker: bool(settings.ingress)}
    has_use |= {Role.archive: is_streamed(settings), Role.events: settings.sends_to_others}
    if is_streamed(settings) and not (settings.backup_keys_folder and settings.backup_keys_recipients):
        complain(why_keys_lag(settings) or "")
    roles = (role.value,) if role else tuple(r.value for r in Role if has_use.get(r, True))
    with Serving(settings, roles) as serving:
        with suppress(OSError):  # a house that nobody listens to still serves
            for name, address in serving.addresses.items():
                err.print(f"{name:<16}{address}", markup=False, highlight=False)
        serving.until_stopped()
