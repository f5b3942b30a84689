# SPDX-License-Identifier: Apache-2.0
"""An officer's own account: his language, time zone and calendar, and how he is reached by notices."""

from __future__ import annotations

import re
from collections.abc import Set
from datetime import UTC, datetime
from typing import Final, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from cocket.errors import SenderError
from cocket.exchange.notices import domain_of
from cocket.governance import Principal
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.mailing import mail_domains
from cocket.pipeline.base.notices import (
    KINDS,
    PREFERENCES,
    SENDING,
    WISHES,
    Calendar,
    Channel,
    Notice,
    Preferences,
    Sending,
    is_open,
    preferences_of,
    send,
)
from cocket.stores.base.database import Connection
from cocket.stores.control.case_files import StoredCaseFile

_PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_BLANKS: Final = re.compile(r"[\s().\-/]")

#: Sendings of his that are shown to an officer, the newest first (count).
_MOST_SHOWN: Final = 10


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """An officer's own account.

    Attributes:
        preferences: What he chose.
        channels: Channels that the installation has (0..2).
        under_way: What waits to be sent to him, and what was given up, the newest first (0..10).
    """

    preferences: Preferences
    channels: tuple[Channel, ...]
    under_way: tuple[Sending, ...]


class OwnAccount(Service):
    """What an officer sets for himself; policy has nothing to say of it, and each change is sealed."""

    def mine(self, principal: Principal) -> AccountView:
        """One's own account."""
        with self._stores.database.transaction() as connection:
            told = preferences_of(self._stores, connection, principal.id)
            files = self._stores.case_files.of_kind(connection, SENDING, ("waiting", "failed"))
        sendings = (msgspec.json.decode(file.body, type=Sending) for file in files)
        own = [one for one in sendings if one.notice.officer == principal.id]
        return AccountView(preferences=told, channels=self._channels(), under_way=tuple(own[:_MOST_SHOWN]))

    def preferences(self, principal: Principal) -> Preferences:
        """What one chose."""
        with self._stores.database.transaction() as connection:
            return preferences_of(self._stores, connection, principal.id)

    def _channels(self) -> tuple[Channel, ...]:
        """Channels that the installation has (0..3)."""
        every: tuple[Channel, ...] = get_args(Channel)
        return tuple(one for one in every if is_open(self._stores, one))

    def set_language(self, principal: Principal, tag: str | None) -> Preferences:
        """Choose the language of pages and e-mail; None for that of the browser."""
        return self._change(principal, language=tag)

    def set_clock(self, principal: Principal, time_zone: str | None, calendar: str) -> Preferences:
        """Choose time zone and calendar of pages.

        Raises:
            SenderError: There is no such zone or calendar.
        """
        try:
            known = time_zone is None or bool(ZoneInfo(time_zone))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            known = False
        if not known:
            raise SenderError(
                "There is no such time zone. Write one such as Asia/Kathmandu.", code="time-zone", found=time_zone
            )
        if calendar not in get_args(Calendar):
            raise SenderError("Choose a calendar.", code="calendar")
        return self._change(principal, time_zone=time_zone, calendar=calendar)

    def set_notices(
        self,
        principal: Principal,
        email: str,
        by_email: Set[str],
        by_webhook: Set[str],
        sms: tuple[str, Set[str]] = ("", frozenset()),
    ) -> Preferences:
        """Choose how one is reached.

        Args:
            principal: Who.
            email: Address; empty for none.
            by_email: Kinds of notice to be sent there (0..n).
            by_webhook: Kinds to be sent to the webhook of the installation (0..n).
            sms: Telephone number, empty for none; and kinds to be sent there (0..n).

        Raises:
            SenderError: The address is none, or not one of the administration's; or the number is none.
        """
        address = email.strip()
        if address:
            self._check_address(address)
        elif by_email:
            raise SenderError("Give an address to which notices are sent by e-mail.", code="email-missing")
        phone = _BLANKS.sub("", sms[0])
        if phone and not _PHONE.fullmatch(phone):
            raise SenderError(
                "Write the telephone number with + and its country, such as +254 711 000 000.", code="phone"
            )
        if sms[1] and not phone:
            raise SenderError("Give a telephone number to which notices are sent.", code="phone-missing")
        return self._change(
            principal,
            email=address or None,
            by_email=tuple(kind for kind in KINDS if kind in by_email),
            by_webhook=tuple(kind for kind in KINDS if kind in by_webhook),
            phone=phone or None,
            by_sms=tuple(kind for kind in KINDS if kind in sms[1]),
        )

    def send_test(self, principal: Principal, channel: Channel) -> None:
        """Send a notice to oneself, to see that it comes.

        Raises:
            SenderError: The installation has no such channel, or no address is given.
        """
        if not is_open(self._stores, channel):
            raise SenderError("This installation does not send notices this way.", code="channel-closed")
        now = datetime.now(UTC)
        notice = Notice(officer=principal.id, kind="test", by=principal.id, at=now, path="/account")
        with self._stores.database.transaction() as connection:
            told = preferences_of(self._stores, connection, principal.id)
            if channel == "email" and told.email is None:
                raise SenderError("Give an address to which notices are sent by e-mail.", code="email-missing")
            if channel == "sms" and told.phone is None:
                raise SenderError("Give a telephone number to which notices are sent.", code="phone-missing")
            send(self._stores, connection, notice, (channel, told.address(channel)))

    def _check_address(self, address: str) -> None:
        domain = domain_of(address)
        if domain is None:
            raise SenderError("This is not an e-mail address such as name@customs.example.", code="email")
        allowed = mail_domains(self._stores.settings)
        if allowed and domain not in allowed:
            raise SenderError(
                f"Notices are sent to addresses of the administration alone: {', '.join(sorted(allowed))}.",
                code="email-domain",
            )

    def _change(self, principal: Principal, **values: object) -> Preferences:
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            self._stores.case_files.lock(connection, f"{PREFERENCES} {principal.id}")
            before = preferences_of(self._stores, connection, principal.id)
            told: Preferences = msgspec.structs.replace(before, **values)
            if told == before:
                return told
            self._keep(connection, told, now)
            record = self._stores.sealer.record(PREFERENCES, principal.id, told, at=now)
            self._access.seal(connection, record)
        return told

    def _keep(self, connection: Connection, told: Preferences, now: datetime) -> None:
        key = (WISHES, told.officer)
        files = self._stores.case_files.found_by(connection, PREFERENCES, [key]).get(key, [])
        identity, opened = (files[-1].id, files[-1].opened) if files else (new_id(), now)
        body = msgspec.json.encode(told)
        kept = StoredCaseFile(id=identity, kind=PREFERENCES, state="kept", opened=opened, changed=now, body=body)
        self._stores.case_files.put(connection, kept, (key,))
