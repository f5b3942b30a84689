# SPDX-License-Identifier: Apache-2.0
"""Certificates as an operator handles them: A issues, B heeds, A suspends; and a file judged offline."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from cocket.credentials import subject_of
from cocket.stores.postgres.server import EmbeddedPostgres
from tests.cli.commands.test_people import cocket
from tests.credentials.made import as_bytes, credential, key_issuer, operator, origin

DID = "did:web:customs-a.invalid"


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    made = []
    for name in "ab":
        place = {
            "COCKET_HOME": str(tmp_path_factory.mktemp(name)),
            "COCKET_LOG_ORIGIN": f"customs-{name}.invalid/log",
        }
        assert cocket("init", **place).returncode == 0
        made.append(place)
    with ExitStack() as stack:
        for place in made:  # so that no command starts it
            stack.enter_context(EmbeddedPostgres(Path(place["COCKET_HOME"]) / "postgres", durable=False))
        yield made[0], made[1]


def test_a_issues_b_heeds_a_suspends_and_b_sees_it(
    places: tuple[dict[str, str], dict[str, str]], tmp_path: Path
) -> None:
    a, b = places
    says, paper, www = tmp_path / "trader.json", tmp_path / "aeo.json", tmp_path / "www"
    says.write_bytes(as_bytes(subject_of(operator())))
    done = cocket("credential", "issue", "aeo", str(says), "--until", "2099-12-31", "--to", str(paper), **a)
    assert done.returncode == 0, done.stderr
    (issued,) = [json.loads(line) for line in cocket("credential", "status", "--json", **a).stdout.splitlines()]
    assert (issued["state"], issued["form"]) == ("valid", "vc")
    assert cocket("credential", "publish", str(www), **a).returncode == 0
    did, lists = www / ".well-known" / "did.json", sorted(map(str, (www / "credentials").glob("*.json")))
    agreed = ("--country", "AA", "--scheme", "AEO-F", "--scope", "import", "--document", str(did))
    assert cocket("credential", "recognise", DID, *agreed, **b).returncode == 0
    taken = cocket("credential", "take", *lists, str(paper), "--json", **b)
    assert taken.returncode == 0, taken.stdout
    assert json.loads(taken.stdout.splitlines()[-1])["outcome"] == "counts"
    known = [word for file in (did, *lists) for word in ("--known", str(file))]
    good = cocket("credential", "verify", str(paper), *known)
    assert (good.returncode, "holds" in good.stdout) == (0, True), good.stdout

    olds = [word for file in lists for word in ("--known", str(shutil.copy(file, tmp_path / f"old-{Path(file).name}")))]
    assert cocket("credential", "suspend", issued["id"], "--reason", "books refused", **a).returncode == 0
    assert cocket("credential", "publish", str(www), **a).returncode == 0
    assert cocket("credential", "take", *lists, **b).returncode == 0
    (standing,) = [json.loads(line) for line in cocket("aeo", "list", "--json", **b).stdout.splitlines()]
    assert standing["status"] == "suspended"
    bad = cocket("credential", "verify", str(paper), *known)
    assert (bad.returncode, "It was suspended by its issuer" in bad.stdout) == (1, True)
    for order in ((*known, *olds), (*olds, *known)):  # the newest list counts, wherever it stands
        bad = cocket("credential", "verify", str(paper), *order)
        assert (bad.returncode, "It was suspended by its issuer" in bad.stdout) == (1, True)

    assert cocket("credential", "restore", issued["id"], "--reason", "books shown", **a).returncode == 0
    assert cocket("credential", "rotate", **a).returncode == 0
    assert cocket("credential", "withdraw", issued["id"], "--reason", "convicted", "--yes", **a).returncode == 0
    assert cocket("credential", "restore", issued["id"], "--reason", "x", **a).returncode == 2
    assert "Nothing changed" in cocket("credential", "refresh", **b).stderr


def test_a_withdrawal_asks_and_names_every_certificate_that_ends_with_it(
    places: tuple[dict[str, str], dict[str, str]], tmp_path: Path
) -> None:
    a, _ = places
    says = tmp_path / "trader.json"
    says.write_bytes(as_bytes(subject_of(operator(number="AA-99"))))
    issue = ("credential", "issue", "aeo", str(says), "--json", "--form")
    first, second = (json.loads(cocket(*issue, form, **a).stdout)["id"] for form in ("vc", "sd-jwt"))
    withdraw = ("credential", "withdraw", second, "--reason", "convicted")

    asked = cocket(*withdraw, **a)
    assert (asked.returncode, "Nothing was withdrawn" in asked.stderr) == (2, True), asked.stderr
    assert all(one in asked.stderr for one in (first, second, "--yes"))
    states = [json.loads(line) for line in cocket("credential", "status", "--json", **a).stdout.splitlines()]
    assert {one["state"] for one in states if one["id"] in (first, second)} == {"valid"}

    done = cocket(*withdraw, "--yes", **a)
    assert done.stdout.splitlines() == [f"{second} (sd-jwt) is withdrawn.", f"{first} (vc) is withdrawn."]
    again = cocket(*issue, "vc", **a)
    assert again.returncode == 0
    assert "was withdrawn before (convicted); this certificate is valid all the same" in again.stderr
    gone = cocket(*withdraw, **a)
    assert (gone.returncode, "already withdrawn" in gone.stderr) == (2, True)


@pytest.mark.parametrize("form", ["vc-selective", "sd-jwt"])
def test_a_certificate_to_be_shown_in_parts_is_issued_to_standard_output(
    places: tuple[dict[str, str], dict[str, str]], tmp_path: Path, form: str
) -> None:
    a, _ = places
    says = tmp_path / "origin.json"
    says.write_bytes(as_bytes(subject_of(origin())))
    done = cocket("credential", "issue", "origin", str(says), "--form", form, **a)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("eyJ" if form == "sd-jwt" else "{")


def test_what_cannot_be_issued_is_told(places: tuple[dict[str, str], dict[str, str]], tmp_path: Path) -> None:
    a, _ = places
    says = tmp_path / "x.json"
    says.write_bytes(as_bytes(subject_of(operator(country="Ruritania"))))
    done = cocket("credential", "issue", "aeo", str(says), **a)
    assert (done.returncode, "Ruritania is not a country code" in done.stderr) == (2, True)
    for words in (
        ("other", str(says)),
        ("origin", str(says)),
        ("aeo", str(says), "--form", "pdf"),
        ("aeo", "none.json"),
    ):
        assert cocket("credential", "issue", *words, **a).returncode == 2


def test_a_file_is_judged_offline_on_three_questions(tmp_path: Path) -> None:
    paper = tmp_path / "aeo.json"
    paper.write_bytes(as_bytes(credential(by=key_issuer())))
    said = json.loads(cocket("credential", "verify", str(paper), "--on", "2026-06-01", "--json").stdout)
    assert (said["holds"], {one["outcome"] for one in said["checks"].values()}) == (True, {"passed"})
    assert list(said["checks"]) == ["integrity", "issuer", "status"]
    late = cocket("credential", "verify", str(paper), "--on", "2030-01-01")
    assert (late.returncode, "still stands: NO" in late.stdout) == (1, True)
    paper.write_bytes(as_bytes(credential()))
    unknown = cocket("credential", "verify", str(paper), "--on", "2026-06-01")
    assert (unknown.returncode, "is left open" in unknown.stdout) == (1, True)
    paper.write_bytes(b"{}")
    assert cocket("credential", "verify", str(paper)).returncode == 2
    assert cocket("credential", "verify", str(tmp_path / "none")).returncode == 2
    assert cocket("credential", "verify", str(paper), "--context", "x").returncode == 2
    assert cocket("credential", "verify", str(paper), "--known", str(paper)).returncode == 2


def test_one_file_that_is_no_certificate_is_named_and_the_others_are_judged(tmp_path: Path) -> None:
    good, other, bad = (tmp_path / name for name in ("good.json", "other.json", "bad.json"))
    for file in (good, other):
        file.write_bytes(as_bytes(credential(by=key_issuer())))
    bad.write_bytes(b"\xff\xfe")
    none = tmp_path / "none.json"
    words = ("credential", "verify", *map(str, (good, bad, none, other)), "--on", "2026-06-01")
    done = cocket(*words, "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["file"] for one in lines] == list(map(str, (good, bad, none, other)))
    assert [one.get("holds") for one in lines] == [True, None, None, True]
    assert lines[1]["error"] == {"code": "json", "message": f"{bad}: The document is not text in UTF-8."}
    assert lines[2]["error"]["code"] == "file-unreadable"
    assert done.returncode == 2
    plain = cocket(*words)
    assert (plain.returncode, plain.stdout.count(" holds\n")) == (2, 2)
    assert f"{bad}: The document is not text in UTF-8." in plain.stderr
    known = cocket("credential", "verify", str(good), "--known", str(bad))
    assert (known.returncode, f"{bad} cannot be read" in known.stderr) == (2, True)


def test_a_context_is_pinned(places: tuple[dict[str, str], dict[str, str]], tmp_path: Path) -> None:
    file = tmp_path / "words.jsonld"
    file.write_text('{"@context": {"voyage": "https://words.invalid#voyage"}}')
    assert "is pinned" in cocket("credential", "pin", "https://words.invalid", str(file), **places[1]).stdout
    file.write_text("[]")
    assert cocket("credential", "pin", "https://words.invalid", str(file), **places[1]).returncode == 2
