# SPDX-License-Identifier: Apache-2.0
"""Planning and closing audits from the command line, over a house with a little trade."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from cocket.stores.postgres.server import EmbeddedPostgres
from tests.cli.commands.test_people import cocket


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A house that has advised on one declaration."""
    from cocket.cli.base.instance_access import settings_of
    from cocket.pipeline import AssessmentWorker, open_database, open_instance, open_stores
    from tests.houses import envelope, trader
    from tests.messages import declaration

    home = tmp_path_factory.mktemp("house")
    assert cocket("init", "--home", str(home)).returncode == 0
    settings = settings_of(home=home, red_per_day=0, yellow_per_day=0)
    with open_database(settings) as server:
        house = open_instance(settings, server.dsn)
        house.intake.messages.take_many([envelope(declaration("R1"))], principal=trader("ACME"))
        desk = AssessmentWorker(open_stores(settings, server.dsn))
        desk.open()
        while desk.turn():
            pass
        desk.close()
        house.close()
    with EmbeddedPostgres(home / "postgres", durable=False):  # so that no command starts it
        yield {"COCKET_HOME": str(home)}


def test_audits_are_planned_listed_and_shown_and_not_closed_before_they_begin(place: dict[str, str]) -> None:
    assert "No audit" in cocket("audit", "list", **place).stdout
    asked = ("audit", "plan", "--from", "2020-01-01", "--to", "2099-12-31", "--days", "20")
    made = cocket(*asked, "--json", **place)
    assert made.returncode == 0, made.stderr
    (proposed,) = json.loads(made.stdout)["proposed"]
    assert "1 traders, 0 audits proposed, 0 of 20 days." in cocket(*asked, **place).stdout
    (line,) = [json.loads(text) for text in cocket("audit", "list", "--json", **place).stdout.splitlines()]
    assert (line["id"], line["state"]) == (proposed["id"], "proposed")
    shown = cocket("audit", "show", proposed["id"], **place).stdout
    assert "proposed by cli" in shown
    assert "No audit of this trader is on record" in shown
    early = cocket("audit", "close", proposed["id"], "--result", "compliant", **place)
    assert (early.returncode, early.stderr.strip()) == (
        2,
        "An audit that is proposed cannot close. Allowed now: plan, drop.",
    )
    assert cocket("audit", "show", "nonsense", **place).returncode == 2


def test_a_plan_that_makes_no_sense_is_told(place: dict[str, str]) -> None:
    backwards = cocket("audit", "plan", "--from", "2026-02-01", "--to", "2026-01-01", "--days", "5", **place)
    assert backwards.returncode == 2
    assert "A plan needs a period" in backwards.stderr
