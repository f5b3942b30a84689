# SPDX-License-Identifier: Apache-2.0
"""The register of models on disk: a folder with one file a model and the chained log of acts.

A file is written under its own hash and never again; what a role points to is loaded only after the model has passed its
own test. Acts are given to `seal` before they are written, so that the book knows of them first.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from cocket.errors import ProofError, SettingsError, StoreError
from cocket.risk.models import load_model
from cocket.risk.models.registry import ModelAct, Role, Roles, next_act, read_acts, roles_after, write_act
from cocket.risk.models.report import must_be_fit, register_entry

if TYPE_CHECKING:
    from cocket.risk.models import Model
    from cocket.risk.models.report import LayeredCard

#: Given every act before it is written, to seal it.
Seal = Callable[[ModelAct], None]

_LOG = "acts.ndjson"


class ModelRegistry:
    """A folder of models.

    Args:
        folder: Where it is; made when the first model is registered.
        seal: Told of every act before it is written; None where there is no book.
    """

    def __init__(self, folder: Path, seal: Seal | None = None) -> None:
        self._folder, self._seal = folder, seal

    def register(self, data: bytes, by: str, reason: str = "trained") -> str:
        """Take in a model file after it has passed its own test.

        Args:
            data: What `LayeredFile.to_bytes` gave.
            by: Who registers it.
            reason: Why.

        Returns:
            Its version. Card and register entry lie beside it as JSON.

        Raises:
            ProofError: It does not answer as its trainer did, or the log is broken.
            SettingsError: It is no model file, or is already registered.
            StoreError: The folder cannot be written.
        """
        model = load_model(data)
        act = self._act("registered", model.version, data, (by, reason))
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._path(model.version).write_bytes(data)
            self._path(model.version, "card.json").write_bytes(_json(model.card))
            self._path(model.version, "register.json").write_bytes(_json(register_entry(model.version, model.card)))
        except OSError as error:
            raise StoreError(f"The model cannot be stored: {error.strerror}.", code="registry-unwritable") from error
        self._write(act)
        return model.version

    def promote(self, version: str, role: Role, by: str, reason: str, anyway: str | None = None) -> Roles:
        """Give a model a role, after it has passed its own test.

        Args:
            version: The model.
            role: Its role.
            by: Who gives it.
            reason: Why, in words.
            anyway: Why it shall speak though on the latest results it does no better than chance, or something simpler did better; sealed
                with the reason.

        Raises:
            ProofError: The file or the log was changed, or the model fails its test.
            SettingsError: There is no such model, it has the role, or it shall be champion and is not fit (`report.must_be_fit`).
            StoreError: It cannot be read, or the log cannot be written.
        """
        data = self._bytes(version)
        model = load_model(data)
        if role == "champion" and anyway is None:
            must_be_fit(model.card)
        told = reason if anyway is None else f"{reason} (anyway: {anyway})"
        self._write(self._act(role, version, data, (by, told)))
        return self.roles()

    def roll_back(self, by: str, reason: str) -> Roles:
        """Let the champion before the present one speak again, after it has passed its own test.

        Raises:
            ProofError: As of `promote`.
            SettingsError: There is none.
            StoreError: As of `promote`.
        """
        past = self.roles().past
        if not past:
            raise SettingsError("There is no earlier champion to roll back to.", code="model-role")
        data = self._bytes(past[-1])
        load_model(data)
        self._write(self._act("rolled-back", past[-1], data, (by, reason)))
        return self.roles()

    def roles(self) -> Roles:
        """Who has which role.

        Raises:
            ProofError: The log was changed.
            StoreError: It cannot be read.
        """
        return roles_after(self.acts())

    def acts(self) -> tuple[ModelAct, ...]:
        """All acts, oldest first; raises as `roles`."""
        return read_acts(self._log())

    def load(self, role: Role) -> Model | None:
        """The model in a role; None if there is none. Raises as `promote`."""
        version = getattr(self.roles(), role)
        return load_model(self._bytes(version)) if version else None

    def card(self, version: str) -> LayeredCard:
        """The card of a registered model. Raises as `promote`."""
        return load_model(self._bytes(version)).card

    def stamp(self) -> tuple[int, int] | None:
        """What tells whether anything was done since: another one if there was; None while nothing ever was."""
        try:
            stat = (self._folder / _LOG).stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size

    def _act(self, kind: str, version: str, data: bytes, why: tuple[str, str]) -> ModelAct:
        card = load_model(data).card
        return next_act(
            self._log(),
            ModelAct(
                kind=kind,  # type: ignore[arg-type]
                version=version,
                sha256=hashlib.sha256(data).hexdigest(),
                data_root=card.data_root,
                code_version=card.code_version,
                at=datetime.now(UTC).isoformat(timespec="seconds"),
                by=why[0],
                reason=why[1],
            ),
        )

    def _write(self, act: ModelAct) -> None:
        if self._seal is not None:
            self._seal(act)
        try:
            with (self._folder / _LOG).open("ab") as log:
                log.write(write_act(act))
                log.flush()
                os.fsync(log.fileno())
        except OSError as error:
            raise StoreError(
                f"The register cannot be written: {error.strerror}.", code="registry-unwritable"
            ) from error

    def _log(self) -> bytes:
        try:
            return (self._folder / _LOG).read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise StoreError(f"The register cannot be read: {error.strerror}.", code="registry-unreadable") from error

    def _bytes(self, version: str) -> bytes:
        act = next((act for act in self.acts() if act.kind == "registered" and act.version == version), None)
        if act is None:
            raise SettingsError(f"There is no model {version}.", code="model-unknown", found=version)
        try:
            data = self._path(version).read_bytes()
        except OSError as error:
            raise StoreError(
                f"The model {version} cannot be read: {error.strerror}.", code="registry-unreadable"
            ) from error
        if hashlib.sha256(data).hexdigest() != act.sha256:
            raise ProofError(f"The file of {version} differs from the registered one.", code="model-changed")
        return data

    def _path(self, version: str, kind: str = "cocket") -> Path:
        return self._folder / f"{version}.{kind}"


def _json(value: msgspec.Struct) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
