# SPDX-License-Identifier: Apache-2.0
"""`cocket feed`: folder, CSV and database, a preview that stores nothing, and advice only where it was asked for."""

from __future__ import annotations

import gzip
import json
import signal
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from cocket.cli.base.host_data import FeedWatch, look_of, source_of
from cocket.cli.base.output import complain
from cocket.cli.commands.feed.watch_host import _keep_looking, feed
from cocket.errors import PartnerError, SettingsError, StoreError
from cocket.feeds import FeedReport, destination_of
from cocket.settings import Settings
from tests.houses import Built, build
from tests.messages import declaration
from tests.postgres import shared_database
from tests.simulators.host_database import Tables, fill_database, write_csv

app = typer.Typer()
app.command()(feed)


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Built]:
    made = build(tmp_path / "home")
    monkeypatch.setenv("COCKET_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(
        "cocket.cli.commands.feed.watch_host.open_service", lambda _, pick: nullcontext(pick(made.house))
    )
    yield made
    made.house.close()


def run(*arguments: str | Path) -> Result:
    """Run the command; an error of ours is raised, as `cocket` itself catches it."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def tables(day: date | None = None) -> Tables:
    general = {
        "INSTANCEID": 1, "IDE_CUO_COD": "XA110000", "IDE_REG_SER": "C", "IDE_REG_NBR": 7, "DEC_COD": "9000",
        "IDE_REG_DAT": day or datetime.now(UTC).date(), "DEC_REF_NBR": "R-1", "PTY_RED": 1,
    }  # fmt: skip
    return {
        "SAD_GENERAL_SEGMENT": [general],
        "SAD_ITEM": [{"INSTANCEID": 1, "KEY_ITM_NBR": 1, "TAR_HSC_NB1": "87032100"}],
    }


@pytest.fixture
def export(tmp_path: Path) -> Path:
    folder = tmp_path / "export"
    write_csv(folder, tables())
    return folder


def last(result: Result) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return content


def leaves(built: Built) -> int:
    with built.stores.database.transaction() as connection:
        return built.stores.leaves.size(connection)


def test_a_folder_of_messages_is_taken_in(built: Built, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "one.xml").write_bytes(declaration("R1"))
    assert last(run(folder, "--json"))["accepted"] == 1


def test_a_csv_file_is_taken_in_with_those_beside_it(built: Built, export: Path) -> None:
    result = run(export / "SAD_GENERAL_SEGMENT.csv", "--json")
    assert result.exit_code == 0
    assert (last(result)["accepted"], last(result)["decisions"]) == (1, 1)
    assert json.loads(result.stdout.splitlines()[0])["file"] == "SAD_GENERAL_SEGMENT 1"


def test_one_file_is_known_by_its_header_whatever_it_is_called(built: Built, export: Path, tmp_path: Path) -> None:
    """A table of lanes as a folder takes it in, and none of the files beside it; a table of the mapping under another name."""
    folder = tmp_path / "some"
    folder.mkdir()
    (folder / "torn.xml.gz").write_bytes(b"no")
    run(folder)
    lanes = folder / "monday.csv"
    lanes.write_text("office,year,serial,number,lane\nXA110000,2026,C,7,red\nXA110000,2026,C,8,green\n", "utf-8")
    shown = run(lanes, "--preview")
    assert (shown.exit_code, shown.output.count("lane ")) == (0, 2)
    first = last(run(lanes, "--json"))
    assert (first["decisions"], first["accepted"], first["not_taken"]) == (2, 0, 0)
    assert last(run(lanes, "--json"))["unchanged"] == 1
    assert "torn.xml.gz" in run("--problems").output, "what a folder told is not forgotten for one file"
    (tmp_path / "declared.csv").write_bytes((export / "SAD_GENERAL_SEGMENT.csv").read_bytes())
    assert "declarations SAD_GENERAL_SEGMENT 1" in run(tmp_path / "declared.csv", "--preview").output


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("office,serial,number,lane", r"one of lane, found, depth; of these year is missing"),
        ("office,year,serial,number", r"of these lane, found or depth is missing"),
        ("office;year;serial;number;lane", r"separated by commas"),
        ("IDE_CUO_COD,IDE_REG_SER", r"nearest is SAD_GENERAL_SEGMENT, of which INSTANCEID is missing"),
        ("INSTANCEID", r"fits several, so name it after one"),
        ("a,b", r"no column of theirs is in its header"),
    ],
)
def test_a_file_of_another_header_is_refused_in_words(built: Built, tmp_path: Path, header: str, said: str) -> None:
    (tmp_path / "what.csv").write_text(f"{header}\n{','.join('1' * (header.count(',') + 1))}\n", "utf-8")
    with pytest.raises(SettingsError, match=said) as refused:
        run(tmp_path / "what.csv")
    assert "SAD_GENERAL_SEGMENT" in str(refused.value)


def test_a_folder_of_tables_needs_a_mapping_to_be_taken_for_one(built: Built, export: Path, tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text('base = "asycuda-world"', "utf-8")
    assert last(run(export, "--map", tmp_path / "ours.toml", "--json"))["accepted"] == 1


def test_a_database_is_named_by_option_or_setting(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    url = shared_database()
    fill_database(url, tables())
    assert last(run("--dsn", url, "--json"))["accepted"] == 1
    monkeypatch.setenv("COCKET_FEED_DATABASE_URL", url)
    assert last(run("--json"))["repeats"] == 1


def test_a_preview_needs_no_house_and_stores_nothing(export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COCKET_HOME", "/nonexistent/house")
    result = run(export / "SAD_GENERAL_SEGMENT.csv", "--preview")
    assert result.exit_code == 0
    assert "declarations SAD_GENERAL_SEGMENT 1: accepted XA110000/9000/R-1" in result.output
    assert "item 1: 87032100" in result.output
    assert "lane red" in result.output


def test_a_preview_in_json_tells_what_was_read_and_exits_1_for_what_would_be_refused(
    built: Built, tmp_path: Path
) -> None:
    told = tables()
    told["SAD_ITEM"] = [{"INSTANCEID": 9, "KEY_ITM_NBR": 1, "TAR_HSC_NB1": "87032100"}]
    write_csv(tmp_path / "csv", told)
    result = run(tmp_path / "csv" / "SAD_GENERAL_SEGMENT.csv", "--preview", "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    (read,) = [line for line in lines if line.get("kind") == "declarations"]
    assert (read["outcome"], result.exit_code) == ("refused", 1)
    assert read["document"]["office"]["code"] == "XA110000"
    assert leaves(built) == 0


def test_a_folder_of_messages_has_no_preview(built: Built, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cocket check"):
        run(tmp_path, "--preview")


def test_shadow_is_the_default(built: Built, export: Path, tmp_path: Path) -> None:
    run(export / "SAD_GENERAL_SEGMENT.csv")
    built.desk()
    assert "advised" not in run(export / "SAD_GENERAL_SEGMENT.csv").output


def test_advice_goes_where_the_option_says_and_shadow_overrules_the_settings(
    built: Built, export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, target = export / "SAD_GENERAL_SEGMENT.csv", tmp_path / "advice"
    run(file)
    built.desk()
    monkeypatch.setenv("COCKET_WRITE_BACK", str(target))
    run(file, "--shadow")
    assert not target.exists()
    monkeypatch.delenv("COCKET_WRITE_BACK")
    assert "1 written back to the host" in run(file, "--write-back", target).output
    assert [path.name for path in target.rglob("*.csv")] == ["C-7.csv"]
    assert "advised" not in run(file, "--write-back", target).output


def test_advice_into_the_hosts_own_folder_is_refused_before_anything_is_read(built: Built, export: Path) -> None:
    with pytest.raises(SettingsError, match="must not go"):
        run(export / "SAD_GENERAL_SEGMENT.csv", "--write-back", export / "advice")
    assert leaves(built) == 0


def test_a_password_is_never_printed(built: Built) -> None:
    with pytest.raises(PartnerError) as caught:
        run("--dsn", "postgresql://reader:s3cret@127.0.0.1:1/customs")
    assert "reader@127.0.0.1:1/customs" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_watch_asks_a_host_again_that_did_not_answer_and_ends_at_a_signal(capsys: pytest.CaptureFixture[str]) -> None:
    answers: list[FeedReport | None] = [None, None, FeedReport(accepted=1)]
    reports: list[FeedReport] = []

    def look() -> FeedReport:
        if (report := answers.pop(0)) is None:
            raise PartnerError("The host's database does not answer.")
        signal.raise_signal(signal.SIGTERM)
        return report

    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        _keep_looking(FeedWatch(look, lambda: None, complain, 0.0, reports.append))
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert [report.accepted for report in reports] == [1]
    said = capsys.readouterr().err
    assert said.count("does not answer") == 1
    assert "can be read again" in said


def test_a_folder_for_advice_that_fails_does_not_stop_the_looking() -> None:
    said: list[str] = []
    looks: list[int] = []

    def look() -> FeedReport:
        looks.append(1)
        return FeedReport(accepted=1)

    def tell_host() -> None:
        if len(looks) < 3:
            raise StoreError("/advice cannot be written: No space left on device.", code="write-back")

    watch = FeedWatch(look, tell_host, said.append, 0.0)
    for _ in range(3):
        assert watch.turn()[0]
    assert said == ["/advice cannot be written: No space left on device.", "Advice can be written again."]


def test_files_that_are_not_taken_in_are_shown_with_the_reason(built: Built, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "one.xml").write_bytes(declaration("R1"))
    (folder / "torn.xml.gz").write_bytes(gzip.compress(declaration("R2"))[:-9])
    (folder / "two\nlines.xml").symlink_to("/etc/passwd")
    result = run(folder)
    assert result.exit_code == 1
    assert "1 accepted, 0 refused" in result.output
    assert "2 not imported" in result.output
    assert "torn.xml.gz: is a truncated packed file" in result.output
    assert r"two\nlines.xml: is a link" in result.output
    listed = run("--problems", "--json")
    assert {json.loads(line)["code"] for line in listed.stdout.splitlines()} == {"damaged", "link"}
    assert listed.exit_code == 1
    assert "2 files are not imported." in run("--problems").output
    (folder / "torn.xml.gz").unlink()
    (folder / "two\nlines.xml").unlink()
    assert run(folder).exit_code == 0
    assert run("--problems").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("--since", "yesterday"),
        (".", "--since", "2025-01-01"),
        (),
        ("somewhere", "--dsn", "postgresql://x"),
        ("nowhere",),
        (__file__,),
    ],
)
def test_what_names_no_data_or_too_much_of_it_is_refused(built: Built, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SettingsError):
        run(*arguments)


def test_settings_alone_name_what_a_role_looks_at(built: Built, tmp_path: Path) -> None:
    url = shared_database()
    fill_database(url, tables())
    settings = Settings(home=built.settings.home, feed_database_url=url, feed=str(tmp_path))
    assert look_of(destination_of(built.house), settings, source_of(settings))().accepted == 1
    settings = Settings(home=built.settings.home, feed=str(tmp_path))
    assert source_of(settings).folder == tmp_path
