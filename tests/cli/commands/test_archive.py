# SPDX-License-Identifier: Apache-2.0
"""The archive from the command line: what can go, what keeps it, what is refused, and whether the files are in order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands.test_people import cocket


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A house with advice of March 2026, and the folder of its archive."""
    from cocket.cli.base.instance_access import settings_of
    from cocket.pipeline import open_database, open_instance, open_stores
    from tests.houses import Built
    from tests.pipeline.operations.test_archive import lodge_in_march

    home = tmp_path_factory.mktemp("house")
    assert cocket("init", "--home", str(home)).returncode == 0
    settings = settings_of(home=home, red_per_day=0, yellow_per_day=0, random_share=0)
    with open_database(settings) as server, pytest.MonkeyPatch.context() as patch:
        house = open_instance(settings, server.dsn)
        built = Built(settings, server.dsn, open_stores(settings, server.dsn, signs_heads=True), house)
        lodge_in_march(built, patch, "M-1", "M-2")
        built.sign()
        house.close()
        built.stores.database.close()
    return {"COCKET_HOME": str(home), "COCKET_ARCHIVE_FOLDER": str(home.parent / "archive-of-test")}


def test_a_month_is_planned_tried_archived_and_checked(place: dict[str, str], tmp_path: Path) -> None:
    planned = cocket("archive", "plan", "--json", **place)
    (march,) = [one for one in map(json.loads, planned.stdout.splitlines()) if one["month"] == "2026-03"]
    assert (march["bodies"], march["state"]) == (2, "waits")
    assert "Nothing was archived yet" in cocket("archive", "check", **place).stdout
    tried = cocket("archive", "run", "2026-03", "--dry-run", **place)
    assert "2026-03" in tried.stdout
    assert not Path(place["COCKET_ARCHIVE_FOLDER"]).exists()
    assert "No month is to be archived" in cocket("archive", "run", **place).stdout
    done = cocket("archive", "run", "2026-03", **place)
    assert done.returncode == 0, done.stderr
    assert "2026-03: 2 bodies archived in 1 file." in done.stdout
    assert "is written and read back" in done.stderr
    checked = cocket("archive", "check", **place)
    assert checked.returncode == 0
    assert "2026-03: advice-2026-03-001.parquet is as it was sealed, 2 bodies." in checked.stdout
    backed = cocket("backup", str(tmp_path / "backup"), **place)
    assert (
        f"1 file of the archive is not in this backup: copy {place['COCKET_ARCHIVE_FOLDER']} beside it."
        in backed.stderr
    )
    gone = cocket("archive", "check", "--folder", str(tmp_path), **place)
    assert gone.returncode == 1
    assert "is not in" in gone.stdout
    assert cocket("doctor", **place).stdout.count("each as it was sealed") == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("run", "March"), "This is not a month such as 2026-03"),
        (("run", "2020-01"), "There is no advice of 2020-01"),
        (("run", "2999-12"), "2999-12 is not over"),
        (("run", "2026-03", "--folder", ""), "There is no folder for the archive"),
    ],
)
def test_what_cannot_be_archived_is_said(place: dict[str, str], given: tuple[str, ...], said: str) -> None:
    refused = cocket("archive", *given, **place)
    assert said in refused.stderr
    assert refused.returncode == 2
