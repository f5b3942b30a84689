# SPDX-License-Identifier: Apache-2.0
"""The desk speaks with the register's champion: taken up while it runs, rolled back, refused if it was changed, and the same
again when everything is gone through anew."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.pipeline import AssessmentWorker
from cocket.pipeline.base.sealed_advice import SealedAdvice
from cocket.pipeline.risk.active_models import KIND, ModelsInUse
from cocket.risk import Case, assess, replay, train
from cocket.risk.features import measure
from tests.houses import build, envelope, officer, trader
from tests.messages import declaration
from tests.risk.given import case, facts, item, past
from tests.risk.test_keyed import told_of

HEAD, ACME = officer("supervisor"), trader("ACME")


@pytest.fixture(scope="module")
def models() -> tuple[bytes, bytes]:
    return train(past()).to_bytes(), train(past(seed=2)).to_bytes()


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Any]:
    made = build(tmp_path, red_per_day=10, yellow_per_day=10, random_share=0.0)
    made.settings.first_history_file.write_bytes(replay(past(300)).snapshot())
    yield made
    made.house.close()


def lodge(built: Any, *references: str) -> None:
    built.house.intake.messages.take_many([envelope(declaration(one)) for one in references], principal=ACME)


def turn(desk: AssessmentWorker) -> None:
    while desk.turn():
        pass


def advice(built: Any) -> list[SealedAdvice]:
    return [msgspec.json.decode(body, type=SealedAdvice) for body in built.bodies("assessment")]


def in_use(built: Any) -> list[ModelsInUse]:
    return [msgspec.json.decode(body, type=ModelsInUse) for body in built.bodies(KIND)]


def test_a_running_desk_takes_up_its_champion_and_goes_back_with_the_next_turn(
    built: Any, models: tuple[bytes, bytes]
) -> None:
    desk = built.desk()
    lodge(built, "R1")
    turn(desk)
    one, other = (built.house.risk.models.register_model(HEAD, data, "trained") for data in models)
    for act in (
        lambda: built.house.risk.models.promote_model(HEAD, one, "champion", "the first"),
        lambda: built.house.risk.models.promote_model(HEAD, other, "champion", "newer"),
        lambda: built.house.risk.models.roll_back_model(HEAD, "it found less"),
    ):
        act()
        lodge(built, f"R{len(advice(built)) + 1}")
        turn(desk)
    told = advice(built)
    assert [each.model_version for each in told] == [None, one, other, one]
    assert [each.is_degraded for each in told] == [True, False, False, False]
    assert told[0].score is None and all(0 < (each.score or 0) < 1 for each in told[1:])
    assert [each.champion for each in in_use(built)] == [one, other, one]
    assert built.house.risk.models.models_in_use().champion == one
    features = told[1].features
    assert features["importer_rate"] is not None and features["evidence"] is not None
    assert set(told[1].families) == {"other"} and told[1].families["other"] == pytest.approx(told[1].score)


def test_the_desk_holds_values_against_the_threshold_that_its_champion_learnt_with(
    built: Any, models: tuple[bytes, bytes]
) -> None:
    with_one = train(past(seed=3), threshold=400.0).to_bytes()
    plain, stated = (built.house.risk.models.register_model(HEAD, data, "trained") for data in (models[0], with_one))
    built.house.risk.models.promote_model(HEAD, plain, "champion", "the first")
    desk = built.desk()
    lodge(built, "T1")
    turn(desk)
    built.house.risk.models.promote_model(HEAD, stated, "champion", "it knows the threshold", "to be tried")
    lodge(built, "T2")
    turn(desk)
    held = case(items=(item(value=Decimal("300")),))
    for worker in (desk, built.desk()):  # as it runs, and begun again
        turn(worker)
        looks = worker._analysts.history.look(held.facts).looks
        assert measure(held, looks).values["under_threshold"] == pytest.approx(0.75)


def test_models_beside_the_champion_score_and_change_no_lane(built: Any, models: tuple[bytes, bytes]) -> None:
    one, other = (built.house.risk.models.register_model(HEAD, data, "trained") for data in models)
    built.house.risk.models.promote_model(HEAD, one, "champion", "the first")
    desk = built.desk()
    lodge(built, "A1")
    turn(desk)
    built.house.risk.models.promote_model(HEAD, other, "shadow", "to be tried")
    lodge(built, "A2")
    turn(desk)
    alone, beside = advice(built)
    assert (alone.beside, set(beside.beside)) == ({}, {other})
    assert beside.model_version == one and beside.beside[other] != beside.score
    assert beside.threshold == alone.threshold and beside.lane == alone.lane
    consignment = beside.consignment
    shown = built.house.queries.records.dossier(officer("analyst"), consignment).summary.advice
    assert other not in str(msgspec.to_builtins(shown))
    assert built.house.risk.models.challenger_models(HEAD) == ()


def test_a_changed_model_is_refused_in_words_and_the_rules_speak(built: Any, models: tuple[bytes, bytes]) -> None:
    version = built.house.risk.models.register_model(HEAD, models[0], "trained")
    built.house.risk.models.promote_model(HEAD, version, "champion", "the first")
    (built.settings.models_folder / f"{version}.cocket").write_bytes(models[1])
    desk = built.desk()
    lodge(built, "B1")
    turn(desk)
    (told,) = advice(built)
    assert told.is_degraded and told.model_version is None
    (said,) = in_use(built)
    assert said.champion is None
    assert f"The file of {version} differs from the registered one" in said.refused["champion"]
    turn(desk)
    assert len(in_use(built)) == 1


def test_a_register_that_was_tampered_with_speaks_for_nobody(built: Any, models: tuple[bytes, bytes]) -> None:
    version = built.house.risk.models.register_model(HEAD, models[0], "trained")
    built.house.risk.models.promote_model(HEAD, version, "champion", "the first")
    log = built.settings.models_folder / "acts.ndjson"
    log.write_bytes(log.read_bytes().replace(b"the first", b"the worst"))
    lodge(built, "T1")
    built.desk()
    assert advice(built)[0].model_version == version  # words of the last line are not in the chain yet
    log.write_bytes(log.read_bytes().replace(b'"trained"', b'"drained"'))
    lodge(built, "T2")
    built.desk()
    assert advice(built)[1].is_degraded
    assert "does not follow" in in_use(built)[-1].refused["register"]


def test_a_model_of_an_earlier_version_is_told_not_to_be_read(built: Any) -> None:
    (built.settings.home / "model.json").write_bytes(b"old")
    lodge(built, "M1")
    built.desk()
    assert advice(built)[0].is_degraded
    assert "model.json is from an earlier version" in in_use(built)[0].refused["champion"]


def test_a_desk_that_starts_anew_gives_the_advice_that_one_that_never_stopped_gives(
    built: Any, models: tuple[bytes, bytes]
) -> None:
    version = built.house.risk.models.register_model(HEAD, models[0], "trained")
    built.house.risk.models.promote_model(HEAD, version, "champion", "the first")
    running = built.desk()
    for number in range(3):
        lodge(built, f"C{number}", f"D{number}")
        turn(running)
    with built.stores.database.transaction() as connection:
        running._analysts.save(connection, running._upto)
    lodge(built, "E1")
    turn(running)
    probe = Case(facts=facts("probe", running._analysts.history.day + 1.0, importer="A3"))
    known = [told(running, probe)]
    from_snapshot = AssessmentWorker(built.stores)
    from_snapshot.open()
    known.append(told(from_snapshot, probe))
    with built.stores.database.transaction() as connection:
        connection.execute("delete from place where name like 'analysts%'")
    from_scratch = AssessmentWorker(built.stores)
    from_scratch.open()
    known.append(told(from_scratch, probe))
    assert known[1:] == known[:1] * 2


def told(desk: AssessmentWorker, probe: Case) -> tuple[Any, float | None]:
    """What a desk remembers, and the score it gives to a case; asked before another makes anew what it reads."""
    history = desk._analysts.history
    remembered = told_of(history)
    return remembered, assess([probe], history, desk._analysts.speakers.champion)[0].score
