# SPDX-License-Identifier: Apache-2.0
"""The release study of the demo: the port's table of stamps, and the page that may be published of it."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cocket.cli.demonstration.country import SEED, Country
from cocket.control import OfficeBook
from cocket.simulation.release import stamp_table
from cocket.trials.release import Calendars, Collected, collect, published, read_stamps
from cocket.trials.release.page import in_hours, write_page

#: Table and page, in the folder of the demo.
STAMPS: Final = "country/stamps.csv"
PAGE: Final = "release-times.html"


def write_release_study(country: Country, home: Path) -> str:
    """Write the table of stamps and the study of it; what it says beside the truth, in words."""
    folder, decided, ended = country.folder / "host", {}, {}
    for row in _rows(folder / "selectivity.csv"):
        lane = row["override"] or row["lane"]
        decided[_name(row)] = lane, datetime.fromisoformat(row["decided"])
    for row in _rows(folder / "results.csv"):
        ended[_name(row)] = datetime.fromisoformat(row["returned"])
    content, truth = stamp_table(decided, ended, SEED)
    (home / STAMPS).write_bytes(content)
    cases = read_stamps(content).cases
    first, last = country.days
    cut = max((stamp.at for case in cases for stamp in case.stamps), default=datetime.now(UTC))
    days = first - timedelta(days=1), last + timedelta(days=1)
    study = collect(cases, Collected(days, cut, Calendars(OfficeBook(), UTC))).study("lane")
    (home / PAGE).write_text(write_page(published(study, None), "Alphaland Customs"), "utf-8")
    times = next(one for one in study.whole.times if one.segment == "lodgement-release")
    return (
        f"half of {study.cases} consignments released within {in_hours(times.elapsed[0])} of their declaration, "
        f"{in_hours(truth)} by the truth; {PAGE}, {STAMPS}"
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _name(row: dict[str, str]) -> str:
    return f"{row['office']}/{row['year']}/{row['serial']}/{row['number']}"
