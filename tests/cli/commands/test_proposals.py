# SPDX-License-Identifier: Apache-2.0
"""The commands of what waits: what two persons answer for is not done by one at the shell either."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cocket.cli.app import app
from cocket.errors import PolicyError
from cocket.governance import Principal
from tests.houses import Built, build
from tests.pipeline.partners.test_agencies import TEXT

ANALYST = Principal(id="anna", kind="officer", roles=("analyst",))
LIST = b"id,name\n1,SOMEBODY\n"


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Built]:
    made = build(tmp_path, second_person_for="access lists models set-aside")
    for name, role in (("sione", "supervisor"), ("anna", "analyst")):
        made.house.governance.accounts.put_officer(name, name.title(), role, None, "seal and cord and wax")
    monkeypatch.setattr("cocket.cli.base.operator_principal.machine_account", lambda: "vea")
    yield made
    made.house.close()


def run(built: Built, monkeypatch: pytest.MonkeyPatch, *words: str) -> Any:
    """Run a command over the instance of the test."""
    from contextlib import contextmanager

    @contextmanager
    def opened(_: Any, pick: Any) -> Iterator[Any]:
        yield pick(built.house)

    for module in ("proposals", "screen"):
        monkeypatch.setattr(f"cocket.cli.commands.{module}.open_service", opened)
    return CliRunner().invoke(app, list(words), catch_exceptions=False)


def test_a_list_imported_at_the_shell_waits_and_only_another_approves_it(
    built: Built, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "watch.csv"
    file.write_bytes(LIST)
    told = run(built, monkeypatch, "screen", "list", "import", str(file))
    assert "waits until a second person approves it" in told.output
    assert built.house.screening.lists.lists(ANALYST) == ()
    (one,) = json.loads("[" + run(built, monkeypatch, "proposals", "list", "--json").output.strip() + "]")
    assert (one["kind"], one["proposer"]) == ("list", "cli:vea")
    with pytest.raises(PolicyError) as refused:
        run(built, monkeypatch, "proposals", "approve", one["id"], "--digest", one["digest"])
    assert "second-person-needed" in refused.value.reasons
    monkeypatch.setattr("cocket.cli.base.operator_principal.machine_account", lambda: "sam")
    shown = run(built, monkeypatch, "proposals", "show", one["id"]).output
    assert "list: watch · open" in shown and one["digest"] in shown
    done = run(built, monkeypatch, "proposals", "approve", one["id"], "--digest", one["digest"][:12]).output
    assert "list: watch · applied" in done
    assert [(kept.name, kept.officer) for kept in built.house.screening.lists.lists(ANALYST)] == [
        ("watch", "cli:vea, cli:sam")
    ]


def test_it_is_refused_with_a_reason_and_withdrawn_by_its_proposer(
    built: Built, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "watch.csv"
    file.write_bytes(LIST)
    for end in ("withdraw", "refuse"):
        run(built, monkeypatch, "screen", "list", "import", str(file))
        one = json.loads(run(built, monkeypatch, "proposals", "list", "--json").output)
        if end == "withdraw":
            assert "withdrawn" in run(built, monkeypatch, "proposals", "withdraw", one["id"]).output
            continue
        monkeypatch.setattr("cocket.cli.base.operator_principal.machine_account", lambda: "sam")
        words = ("proposals", "refuse", one["id"], "--digest", one["digest"], "--reason", "too wide")
        assert "outcome: too wide" in run(built, monkeypatch, *words).output
    assert "Nothing waits for you." in run(built, monkeypatch, "proposals", "list").output


def test_the_services_refuse_what_would_go_around_the_list(built: Built) -> None:
    head = Principal(id="sione", kind="officer", roles=("supervisor",))
    for act in (
        lambda: built.house.screening.lists.import_list(ANALYST, "watch", LIST),
        lambda: built.house.risk.models.promote_model(head, "layered-v1-0", "champion", "because"),
        lambda: built.house.risk.models.roll_back_model(head, "because"),
        lambda: built.house.operations.set_aside.close_lost(head, "because"),
        lambda: built.house.operations.set_aside.close_set_aside(head, "x", "because"),
    ):
        with pytest.raises(PolicyError) as refused:
            act()
        assert refused.value.reasons == ("second-person-needed",)


def test_an_agreement_is_shown_in_words_and_not_as_its_text(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    head = Principal(id="sione", kind="officer", roles=("supervisor",))
    content = TEXT.format(
        name="plant", other="PLANT service", sender="PLANT", codes='["06"]', fields='["office"]', kind="plant-health"
    )
    built.house.governance.accounts.put_officer("malia", "Malia", "supervisor", None, "seal and cord and wax")
    given = built.house.governance.agreements.propose_agreement(head, "a.toml", content.encode())
    shown = run(built, monkeypatch, "proposals", "show", given.proposal.id).output
    assert "With PLANT service" in shown and "(plant-health) see consignments with codes 06" in shown
    assert "{" not in shown
    assert '"codes"' in run(built, monkeypatch, "proposals", "show", given.proposal.id, "--full").output
