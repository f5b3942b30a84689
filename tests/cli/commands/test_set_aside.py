# SPDX-License-Identifier: Apache-2.0
"""What was set aside, from the command line: listed, shown, tried again, closed; a leaf let stand."""

from __future__ import annotations

import json

import pytest

from tests.cli.commands.test_people import cocket


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A house whose desk could not work on one message, and whose third leaf was altered."""
    from cocket.cli.base.instance_access import settings_of
    from cocket.pipeline import open_database, open_instance, open_stores
    from tests.houses import Built, envelope, trader
    from tests.messages import declaration
    from tests.pipeline.assessment.poison import lodge_crafted, with_nul

    home = tmp_path_factory.mktemp("house")
    assert cocket("init", "--home", str(home)).returncode == 0
    settings = settings_of(home=home)
    with open_database(settings) as server:
        house = open_instance(settings, server.dsn)
        built = Built(settings, server.dsn, open_stores(settings, server.dsn), house)
        house.intake.messages.take_many([envelope(declaration("R1"))], principal=trader("ACME"))
        lodge_crafted(built, "BAD", with_nul)
        built.desk().close()
        with house._stores.database.transaction() as connection:
            connection.execute("update message set content = 'x' where id = (select record from leaf where idx = 0)")
        house.close()
    return {"COCKET_HOME": str(home)}


def test_what_is_set_aside_is_listed_shown_tried_again_and_closed(place: dict[str, str]) -> None:
    listed = cocket("set-aside", "list", "--json", **place)
    assert listed.returncode == 1
    (line,) = [json.loads(text) for text in listed.stdout.splitlines()]
    assert (line["role"], line["kind"], line["state"]) == ("assessment", "message", "waiting")
    assert "Why: The database refused" in cocket("set-aside", "show", line["id"], **place).stdout
    assert line["id"] in cocket("set-aside", "list", "--role", "assessment", "--json", **place).stdout
    assert cocket("set-aside", "list", "--role", "log", **place).stdout.strip() == "Nothing is set aside."
    former = cocket("set-aside", "list", "--role", "desk", **place)
    assert (former.returncode, "assessment" in former.stderr) == (2, True)
    bare = cocket("set-aside", "retry", line["id"], "--reason", " ", **place)
    assert bare.returncode == 2
    again = cocket("set-aside", "retry", line["id"], "--reason", "repaired", "--json", **place)
    assert json.loads(again.stdout)["state"] == "retrying"
    twice = cocket("set-aside", "retry", line["id"], "--reason", "repaired", **place)
    assert (twice.returncode, twice.stderr.strip()) == (2, "It is about to be retried.")
    closed = cocket("set-aside", "close", line["id"], "--reason", "sent anew", **place)
    assert "State: closed" in closed.stdout
    nothing = cocket("set-aside", "list", **place)
    assert (nothing.returncode, nothing.stdout.strip()) == (0, "Nothing is set aside.")
    assert line["id"] in cocket("set-aside", "list", "--all", "--json", **place).stdout
    wrong = cocket("set-aside", "show", "nonsense", **place)
    assert (wrong.returncode, wrong.stderr.strip()) == (2, "There is no such item set aside.")


def test_a_leaf_stands_by_an_act_and_a_sound_one_needs_none(place: dict[str, str]) -> None:
    sound = cocket("set-aside", "leaf", "1", "--reason", "why not", **place)
    assert sound.returncode == 2
    assert "matches what was sealed" in sound.stderr
    done = cocket("set-aside", "leaf", "0", "--reason", "disk damage", "--json", **place)
    assert json.loads(done.stdout)["state"] == "worked"
