# SPDX-License-Identifier: Apache-2.0
"""Webhooks of the administration as an operator has them: added, listed, changed over, ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from cocket.stores.postgres.server import EmbeddedPostgres
from tests.cli.commands.test_people import cocket


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = tmp_path_factory.mktemp("house")
    assert cocket("init", "--home", str(made)).returncode == 0
    with EmbeddedPostgres(made / "postgres", durable=False):  # so that no command starts it
        yield made


def test_a_webhook_is_added_with_its_secret_listed_without_and_ended(home: Path) -> None:
    def run(*words: str, offered: str = "true") -> CompletedProcess[str]:
        return cocket("webhooks", *words, COCKET_HOME=str(home), COCKET_EVENT_WEBHOOKS=offered)

    refused = run("add", "https://example.org/hook", offered="false")
    assert refused.returncode != 0 and "sends no webhooks" in refused.stderr
    made = run("add", "https://example.org/hook", "--type", "org.cocket.release.told", "--json")
    assert made.returncode == 0, made.stderr
    told = json.loads(made.stdout)
    assert told["secret"].startswith("whsec_") and told["webhook"]["types"] == ["org.cocket.release.told"]
    wanted = told["webhook"]["id"]
    listed = run("list")
    assert wanted in listed.stdout and "active, 0 events waiting" in listed.stdout and "whsec_" not in listed.stdout
    assert "Secret, shown this once: whsec_" in run("secret", wanted).stdout
    assert "paused" in run("pause", wanted).stdout
    assert run("test", wanted).returncode != 0
    assert "active" in run("resume", wanted).stdout
    assert "0 events" in run("send-again", wanted).stdout
    assert "ended" in run("end", wanted).stdout
    assert "No webhook is registered." in run("list").stdout


def test_an_e_mail_address_waits_for_the_code_that_was_sent_there(home: Path) -> None:
    mail = {"COCKET_MAIL_SERVER": "smtp://127.0.0.1:1", "COCKET_MAIL_FROM": "cocket@c.example"}

    def run(*words: str, **more: str) -> CompletedProcess[str]:
        given = {"COCKET_HOME": str(home), "COCKET_EVENT_WEBHOOKS": "true", "COCKET_WORKBENCH_URL": "https://c.example"}
        return cocket("webhooks", *words, **given, **more)

    refused = run("add", "desk@c.example")
    assert refused.returncode != 0 and "sends no events by e-mail" in refused.stderr
    made = run("add", "desk@c.example", "--language", "fr", **mail)
    wanted = made.stdout.split()[0]
    assert made.returncode == 0 and f"cocket webhooks confirm {wanted} CODE" in made.stdout, made.stderr
    wrong = run("confirm", wanted, "AAAA-AAAA", **mail)
    assert wrong.returncode != 0 and "not the code that was sent" in wrong.stderr
    nothing = run("confirm", wanted, **mail)
    assert nothing.returncode != 0 and "Give the code" in nothing.stderr
    assert "unconfirmed, 1 event waiting" in run("confirm", wanted, "--new", **mail).stdout
    assert "ended" in run("end", wanted, **mail).stdout


def test_the_description_is_printed_as_json() -> None:
    document = json.loads(cocket("webhooks", "describe").stdout)
    assert document["asyncapi"] == "3.0.0" and json.loads(cocket("webhooks", "describe", "--json").stdout) == document
