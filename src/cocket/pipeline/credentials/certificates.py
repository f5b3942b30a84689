# SPDX-License-Identifier: Apache-2.0
"""Certificates of this administration: issued, suspended, withdrawn, and what others must see of them published.

Every issue and every change is sealed. The issuer's document and the status lists are given as files to publish.
"""

from __future__ import annotations

import copy
import secrets
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Literal

import msgspec

from cocket.credentials import (
    AuthorisedOperator,
    Contexts,
    PublicKey,
    Shape,
    SigningKey,
    StatusList,
    add_proof,
    credential_of,
    document_of,
    instant,
    issue_status_list,
    issue_token_list,
    read_shape,
    sd_jwt,
    selective,
    status_entry,
    token_status_entry,
)
from cocket.errors import SenderError
from cocket.governance import Context, Principal
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import DocumentFiles, file_id, read_body
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.credentials.credential_files import (
    ISSUED,
    KEY,
    IssuedCredential,
    IssuedForm,
    IssuerKeyRecord,
    State,
    this_second,
)
from cocket.pipeline.credentials.issuing_keys import IssuingKeys, issuer_did, make_keys, present_keys
from cocket.stores.base.database import Connection

#: How long a published status list is current; partners need not ask more often, and see a change this late at most.
LIST_LASTS = timedelta(days=7)

_PURPOSES: tuple[tuple[Literal["suspension", "revocation"], State], ...] = (
    ("suspension", "suspended"),
    ("revocation", "withdrawn"),
)
_ENTRIES = 131_072

#: The list that tokens name; it says both, suspended and withdrawn.
_TOKEN_LIST: Final = "status.jwt"

#: What nobody can leave out of a certificate that may be shown in parts, where it says it: an end that its holder keeps
#: back would make it valid for ever.
_ALWAYS_SHOWN: Final = ("/issuer", "/type", "/validFrom", "/validUntil", "/credentialStatus")


class Credentials(Service):
    """Issuing certificates.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)

    def issue_credential(
        self,
        principal: Principal,
        shape: Shape,
        last: date | None = None,
        form: IssuedForm = "vc",
        holder: PublicKey | None = None,
    ) -> IssuedCredential:
        """Issue a certificate.

        Args:
            principal: Who has it issued.
            shape: What it says.
            last: Last day on which it is valid; None where no end is set.
            form: `vc`, which is shown whole; `vc-selective` or `sd-jwt`, of which its holder may show parts.
            holder: Key of the one holder who may show it, of an `sd-jwt`; None where whoever has it may.

        Raises:
            PolicyError: The principal may not.
            SenderError: It says something that it cannot (`findings` say what), its last day is over, the authorisation
                that it certifies is suspended, or its form cannot be bound to a holder.
            SettingsError: The form needs a package that is not installed.
        """
        self._access.require(principal, "standing:set")
        now = this_second()
        if last is not None and last < now.date():
            raise SenderError(
                "The last day of validity is over.",
                code="credential-until",
                expected=f">= {now.date()}",
                found=str(last),
            )
        if holder is not None and form != "sd-jwt":
            raise SenderError("Only the form sd-jwt is bound to a holder's key.", code="credential-holder", found=form)
        name = f"urn:uuid:{new_id()}"
        end = datetime.combine(last, time(23, 59, 59), UTC) if last else None
        document = credential_of(shape, name, issuer_did(self._stores.settings), (now, end))
        _, findings = read_shape(document)
        if findings:
            raise SenderError("The certificate cannot be issued.", findings=findings)
        with self._stores.database.transaction() as connection:
            keys = self._issuing_keys(connection, principal)
            authorisation = _authorisation(shape)
            if any(one.state == "suspended" for one in self._certifying(connection, authorisation)):
                raise SenderError(
                    f"{authorisation} is suspended; no other certificate of it can be issued.",
                    code="credential-suspended",
                )
            entry = self._free_entry(connection)
            if form == "sd-jwt":
                content = _as_sd_jwt(document, keys, token_status_entry(self._address(_TOKEN_LIST), entry), holder)
            else:
                document["credentialStatus"] = [
                    status_entry(self._address(f"{purpose}.json"), entry, purpose) for purpose, _ in _PURPOSES
                ]
                content = _signed(document, form, keys, now)
            issued = IssuedCredential(
                id=name,
                type=document["type"][1],
                state="valid",
                entry=entry,
                form=form,
                content=content,
                authorisation=authorisation,
            )
            self._keep_issued(connection, issued, principal)
        return issued

    def change_credential(
        self, principal: Principal, name: str, state: State, reason: str
    ) -> tuple[IssuedCredential, ...]:
        """Suspend a certificate, make it valid again, or withdraw it for good.

        An authorised operator's status may be certified several times, in several forms. All certificates of it that were
        not withdrawn change together, whichever is named: none may outlive the others.

        Args:
            principal: Who does it.
            name: Its id, or the UUID in it; or the authorisation, such as `AA:AEO-F/AA-17`.
            state: What it becomes.
            reason: Why, in words.

        Returns:
            All that changed, the named one first (1..n).

        Raises:
            NotFoundError: There is no such certificate.
            PolicyError: The principal may not, or gave no reason.
            SenderError: It was withdrawn, which is for good, or nothing would change.
        """
        self._access.require(principal, "standing:set", context=Context(reason=reason))
        if not reason.strip():
            raise SenderError("Give the reason for the change.", code="credential-reason")
        with self._stores.database.transaction() as connection:
            self._issuing_keys(connection, principal)
            issued = self._issued(connection, name)
            if issued.state in (state, "withdrawn"):
                raise SenderError(f"The certificate is already {issued.state}.", code="credential-state")
            changed = tuple(
                msgspec.structs.replace(one, state=state, reason=reason.strip())
                for one in (issued, *self._others(connection, issued))
                if one.state not in (state, "withdrawn")
            )
            for one in changed:
                self._keep_issued(connection, one, principal)
        return changed

    def alike_credentials(self, principal: Principal, name: str) -> tuple[IssuedCredential, ...]:
        """A certificate and all others of the same authorisation, which are suspended and withdrawn with it.

        Args:
            principal: Who asks.
            name: Its id, or the UUID in it; or the authorisation.

        Returns:
            The named one first (1..n).

        Raises:
            NotFoundError: There is no such certificate.
            PolicyError: The principal may not see them.
        """
        self._access.require(principal, "standing:read")
        with self._stores.database.transaction() as connection:
            issued = self._issued(connection, name)
            found = (issued, *self._others(connection, issued))
            self._access.seal(connection, self._access.record(principal, ISSUED, tuple(one.id for one in found)))
        return found

    def issued_credentials(self, principal: Principal) -> tuple[IssuedCredential, ...]:
        """Every certificate issued here, last changed first.

        Raises:
            PolicyError: The principal may not see them.
        """
        self._access.require(principal, "standing:read")
        with self._stores.database.transaction() as connection:
            found = [read_body(file, IssuedCredential) for file in self._stores.case_files.of_kind(connection, ISSUED)]
            self._access.seal(connection, self._access.record(principal, ISSUED, tuple(one.id for one in found)))
        return tuple(found)

    def rotate_issuer_key(self, principal: Principal) -> IssuerKeyRecord:
        """Sign with a new key from now on. What the former one signed can still be verified; it signs no more.

        Raises:
            PolicyError: The principal may not.
        """
        self._access.require(principal, "standing:set")
        with self._stores.database.transaction() as connection:
            self._issuing_keys(connection, principal)
            return self._known_key(connection, make_keys(self._stores.settings), principal)

    def published_credentials(self) -> dict[str, bytes]:
        """What everybody may see, as files by their path below the root of the host.

        Returns:
            The issuer's document and the status lists, signed anew and current for `LIST_LASTS`: one for each purpose for
            credentials in JSON, and one for tokens; nothing where no certificate was issued yet.

        Raises:
            SettingsError: PyLD is not installed.
        """
        present = present_keys(self._stores.settings)
        if present is None:
            return {}
        now = this_second()
        with self._stores.database.transaction() as connection:
            keys = [read_body(file, IssuerKeyRecord) for file in self._stores.case_files.of_kind(connection, KEY)]
            issued = [read_body(file, IssuedCredential) for file in self._stores.case_files.of_kind(connection, ISSUED)]
        keys.sort(key=lambda one: one.since, reverse=True)
        document = document_of(
            issuer_did(self._stores.settings),
            {name: PublicKey.from_multikey(text) for one in keys for name, text in one.names.items()},
            {name: one.until for one in keys if one.until for name in one.names},
        )
        files = {".well-known/did.json": msgspec.json.encode(document)}
        for purpose, state in _PURPOSES:
            bits = StatusList()
            for one in issued:
                if one.state == state:
                    bits = bits.with_entry(one.entry, True)
            address = self._address(f"{purpose}.json")
            signed = issue_status_list(bits, address, purpose, present.own, (now, now + LIST_LASTS))
            files[f"credentials/{purpose}.json"] = msgspec.json.encode(signed)
        states = {one.entry: one.state for one in issued}
        current = (now, now + LIST_LASTS)
        token = issue_token_list(states, self._address(_TOKEN_LIST), present.selective, current)
        files[f"credentials/{_TOKEN_LIST}"] = token.encode()
        return files

    def _certifying(self, connection: Connection, authorisation: str) -> list[IssuedCredential]:
        """Every certificate issued of one authorisation (0..n); none for the empty name."""
        if not authorisation:
            return []
        found = (read_body(file, IssuedCredential) for file in self._stores.case_files.of_kind(connection, ISSUED))
        return [one for one in found if _authorisation_of(one) == authorisation]

    def _others(self, connection: Connection, issued: IssuedCredential) -> list[IssuedCredential]:
        """The other certificates of the authorisation of one (0..n)."""
        same = self._certifying(connection, _authorisation_of(issued))
        return [one for one in same if one.id != issued.id]

    def _issued(self, connection: Connection, name: str) -> IssuedCredential:
        named = self._certifying(connection, name)
        if named:
            return next((one for one in named if one.state != "withdrawn"), named[0])
        full = name if name.startswith("urn:uuid:") else f"urn:uuid:{name}"
        file = self._stores.case_files.get(connection, file_id(ISSUED, full), to_change=True)
        if file is None:
            raise NotFoundError(f"No certificate {name[:100]} was issued here.")
        return read_body(file, IssuedCredential)

    def _issuing_keys(self, connection: Connection, principal: Principal) -> IssuingKeys:
        """The present keys, made if there are none; their file waits for other issues and changes to end."""
        keys = present_keys(self._stores.settings) or make_keys(self._stores.settings)
        self._known_key(connection, keys, principal)
        return keys

    def _known_key(self, connection: Connection, keys: IssuingKeys, principal: Principal) -> IssuerKeyRecord:
        """The record of a pair of keys, made if there is none; all others have then ceased to sign."""
        file = self._stores.case_files.get(connection, file_id(KEY, keys.fragment), to_change=True)
        if file is not None:
            return read_body(file, IssuerKeyRecord)
        now = this_second()
        for other in self._stores.case_files.of_kind(connection, KEY):
            ended = read_body(other, IssuerKeyRecord)
            if ended.until is None:
                changed = msgspec.structs.replace(ended, until=now)
                self._files.keep(connection, KEY, ended.fragment, (changed, principal))
        record = IssuerKeyRecord(
            fragment=keys.fragment,
            multikey=keys.own.key.public.multikey,
            multikey_p256=keys.selective.key.public.multikey,
            since=now,
        )
        self._files.keep(connection, KEY, record.fragment, (record, principal))
        return record

    def _free_entry(self, connection: Connection) -> int:
        """A place in the lists drawn at random, so that neighbours tell nothing of each other."""
        files = self._stores.case_files.of_kind(connection, ISSUED)
        taken = {read_body(file, IssuedCredential).entry for file in files}
        if len(taken) >= _ENTRIES // 2:
            raise SenderError(
                "The status lists are half full; no more certificates can be issued.", code="status-list-full"
            )
        while (entry := secrets.randbelow(_ENTRIES)) in taken:
            continue
        return entry

    def _keep_issued(self, connection: Connection, issued: IssuedCredential, principal: Principal) -> None:
        self._files.keep(connection, ISSUED, issued.id, (issued, principal), issued.state)

    def _address(self, file: str) -> str:
        host = issuer_did(self._stores.settings).removeprefix("did:web:").replace("%3A", ":")
        return f"https://{host}/credentials/{file}"


def _authorisation(shape: Shape) -> str:
    """Name of the authorisation that a certificate is of; "" for one that stands for itself."""
    return f"{shape.country}:{shape.scheme}/{shape.number}" if isinstance(shape, AuthorisedOperator) else ""


def _authorisation_of(issued: IssuedCredential) -> str:
    """The same of a certificate that was issued; of records of before it is read from the certificate, unless it is a token."""
    if issued.authorisation or issued.form == "sd-jwt":
        return issued.authorisation
    shape, _ = read_shape(msgspec.json.decode(issued.content))
    return _authorisation(shape) if shape else ""


def _signed(document: dict[str, Any], form: IssuedForm, keys: IssuingKeys, now: datetime) -> str:
    """A certificate in its form, as it is handed to its holder."""
    if form == "vc":
        signed = add_proof(document, keys.own, now, "eddsa-rdfc-2022")
    else:
        own = selective.Secrets(secrets.token_bytes(32), SigningKey("P-256", secrets.token_bytes(32)))
        shown = [pointer for pointer in _ALWAYS_SHOWN if pointer[1:] in document]
        # PyLD turns what it reads: it is given a copy.
        signed = selective.issue(copy.deepcopy(document), keys.selective, (now, own), shown, Contexts())
    return msgspec.json.encode(signed).decode()


def _as_sd_jwt(document: dict[str, Any], keys: IssuingKeys, status: dict[str, Any], holder: PublicKey | None) -> str:
    """The same said as a token: every word of the subject may be shown or kept."""
    subject: dict[str, Any] = document["credentialSubject"]
    first, last = (instant(document.get(name)) for name in ("validFrom", "validUntil"))
    claims = {
        "vct": document["type"][1],
        "jti": document["id"],
        "iat": int(first.timestamp()) if first else 0,
        "nbf": int(first.timestamp()) if first else 0,
        "status": status,
    }
    if last:
        claims["exp"] = int(last.timestamp())
    return sd_jwt.issue(claims | subject, tuple(subject), keys.selective, lambda: secrets.token_bytes(16), holder)
