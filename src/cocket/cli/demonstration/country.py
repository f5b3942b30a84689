# SPDX-License-Identifier: Apache-2.0
"""The demo's country: its papers with permits and planted faults in them, its law as files of the house."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import msgspec

from cocket import standards
from cocket.cli.base.output import progress
from cocket.errors import SettingsError
from cocket.measures.permits import Permit, read_permits
from cocket.measures.tariff import write_tariff
from cocket.model import Declaration, Document, HostStatus, Manifest
from cocket.settings import Settings
from cocket.simulation import WORLDS, Parameters, simulate
from cocket.simulation.law import exchange_rates, permit_matrix, permit_matrix_file, tariff
from cocket.simulation.manifest_faults import Cargo, Fault, plant
from cocket.simulation.permits import present_permits

#: Seed of the demo's country; its figures in the README are those of this seed.
SEED = 1

#: The live period ends this long ago: results of its examinations have returned, and goods nobody declared are overdue.
_RETURN_DAYS = 28

#: A second declaration on the same goods is registered under a number that no other has.
_FIRST_FREE_NUMBER = 900_001

_FAULTS = "truth/manifest-faults.csv"
_PERMITS = "permits.json"


class Country(msgspec.Struct, frozen=True, kw_only=True):
    """The synthetic country of a demo, as it was made once.

    Attributes:
        folder: Where its papers are.
        parameters: What it was made of.
        permits: Permits that its agencies gave (0..n).
        faults: Faults planted in its manifests (0..n).
    """

    folder: Path
    parameters: Parameters
    permits: tuple[Permit, ...]
    faults: tuple[Fault, ...]

    @property
    def days(self) -> tuple[date, date]:
        """First and last day of the live period."""
        first = self.parameters.start
        return first, first + timedelta(days=self.parameters.days - 1)

    def declarations(self) -> list[Declaration]:
        """Every declaration of the live period, as it stands in its file."""
        return [
            document
            for name in ("host/sad", "lodge")
            for path in sorted((self.folder / name).glob("*.xml"))
            if isinstance(document := _read(path), Declaration)
        ]


def make_country(home: Path, size: int) -> Country:
    """The synthetic country of a demo; made the first time, found there after.

    Raises:
        SettingsError: Another one is there.
    """
    folder, word = home / "country", home / "country.json"
    if word.exists():
        made = json.loads(word.read_text("utf-8"))
        if made["size"] != size or "parameters" not in made:
            has = (
                f"{made['size']} declarations, not {size}"
                if made["size"] != size
                else "a country of an earlier version"
            )
            raise SettingsError(
                f"The demo in {home} has {has}.", hint="Remove that folder, or give another with --home."
            )
        return _found(folder, msgspec.convert(made["parameters"], Parameters))
    shutil.rmtree(folder, ignore_errors=True)  # a country that was not finished
    days = max(5, size // 60)
    start = datetime.now(UTC).date() - timedelta(days=days + _RETURN_DAYS)
    parameters = msgspec.structs.replace(WORLDS["alphaland"], seed=SEED, size=size, days=days, start=start)
    with progress("creating a country") as step:
        summary = simulate(parameters, folder, step)
    _furnish(folder)
    told = {"size": size, "parameters": msgspec.to_builtins(parameters), **msgspec.to_builtins(summary)}
    word.write_text(json.dumps(told), "utf-8")
    return _found(folder, parameters)


def write_law(settings: Settings, country: Country) -> None:
    """Give the house the country's tariff, exchange rates and permit matrix, as an administration would load them."""
    for path, content in (
        (settings.tariff_file, write_tariff(tariff())),
        (settings.rates_file, exchange_rates(country.parameters)),
        (settings.permit_matrix_file, permit_matrix_file()),
    ):
        if not path.exists():
            path.write_bytes(content)


def day_of(declaration: Declaration) -> date:
    """The day whose law applies to a declaration: of its registration, else of its issue, else today."""
    registered = declaration.status.registered if declaration.status else None
    return registered or (declaration.issued or datetime.now(UTC)).date()


def bill_of(declaration: Declaration) -> str | None:
    """Number of the bill of lading that a declaration names first; None if it names none."""
    named = (*declaration.references, *(name for item in declaration.shipment.items for name in item.references))
    return next((name.value for name in named if name.kind == "BL"), None)


def registration_of(declaration: Declaration) -> str | None:
    """Office, year, serial and number, as the host's tables and the truth name it; None if no host registered it."""
    status = declaration.status
    if status is None or not status.registration or status.registered is None:
        return None
    serial, number, *_ = status.registration.split()
    return f"{declaration.office.code}/{status.registered.year}/{serial}/{number}"


def _found(folder: Path, parameters: Parameters) -> Country:
    with (folder / _FAULTS).open(encoding="utf-8", newline="") as file:
        faults = tuple(msgspec.convert(row, Fault) for row in csv.DictReader(file))
    permits, _ = read_permits((folder / _PERMITS).read_bytes(), "json")
    return Country(folder=folder, parameters=parameters, permits=permits, faults=faults)


def _furnish(folder: Path) -> None:
    """Plant faults in the papers of carriage, and let the traders present permits."""
    manifests = sorted((folder / "host/manifest").glob("*.xml"))
    declared = [*sorted((folder / "host/sad").glob("*.xml")), *sorted((folder / "lodge").glob("*.xml"))]
    before = Cargo(
        manifests=tuple(one for path in manifests if isinstance(one := _read(path), Manifest)),
        declarations=tuple(one for path in declared if isinstance(one := _read(path), Declaration)),
    )
    cargo, faults = plant(before, SEED, each=1)
    licensed = present_permits(cargo.declarations, permit_matrix(), SEED)
    _write_declarations(declared, before.declarations, licensed.declarations)
    (folder / "host/outturn").mkdir()
    for path, manifest in zip(manifests, cargo.manifests, strict=True):
        path.write_bytes(standards.write(manifest, "asycuda-awmds"))
    for place, outturn in enumerate(cargo.outturns, start=1):
        (folder / f"host/outturn/{place:04d}.xml").write_bytes(standards.write(outturn, "asycuda-awmds"))
    (folder / _PERMITS).write_bytes(msgspec.json.encode({"permits": licensed.permits}))
    with (folder / _FAULTS).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, Fault.__struct_fields__, lineterminator="\n")
        writer.writeheader()
        writer.writerows(msgspec.structs.asdict(fault) for fault in faults)


def _write_declarations(files: list[Path], before: Sequence[Declaration], after: Sequence[Declaration]) -> None:
    """Write changed declarations where they were, further ones beside them, and take away those that nobody made."""
    paths = {one.functional_reference: path for one, path in zip(before, files, strict=True)}
    left = set(paths)
    numbers = count(_FIRST_FREE_NUMBER)
    for one in after:
        path = paths.get(one.functional_reference)
        left.discard(one.functional_reference)
        if path is None:
            number = next(numbers)
            path = files[0].parent / f"{one.office.code}-{number}.xml"
            one = _registered_as(one, number)
        path.write_bytes(standards.write(one, "asycuda-sad" if path.parent == files[0].parent else "wco-dm"))
    for name in left:
        paths[name].unlink()


def _registered_as(declaration: Declaration, number: int) -> Declaration:
    status = declaration.status or HostStatus()
    registration = f"C {number} {status.registered or ''}".strip()
    own = f"{declaration.declarant.id if declaration.declarant else ''}-{number}"
    return msgspec.structs.replace(
        declaration,
        id=None,
        functional_reference=own,
        status=msgspec.structs.replace(status, registration=registration),
    )


def _read(path: Path) -> Document | None:
    return standards.read(path.read_bytes()).document
