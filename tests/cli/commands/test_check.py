# SPDX-License-Identifier: Apache-2.0
"""`cocket check`: one line a file, its name byte for byte, and an exit code that tells."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from cocket import standards
from cocket.cli.base.output import sentence_of
from cocket.cli.commands.check import check
from cocket.errors import SettingsError
from cocket.findings import Finding
from cocket.standards import _front
from cocket.standards.wco_dm import WCO_DM
from cocket.standards.xml import LIMITS
from tests.corpora import corpora
from tests.standards.wco_samples import ANSWERS, OWN, answers, own

KEYS = ["file", "standard", "version", "profile", "outcome", "findings"]
FINDING_KEYS = ["code", "severity", "pointer", "location", "message", "expected", "found"]

app = typer.Typer()
app.command()(check)


@pytest.fixture(autouse=True)
def _only_this_standard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_front, "STANDARDS", (WCO_DM,))
    monkeypatch.setattr(standards, "STANDARDS", (WCO_DM,))


def run(*arguments: str | Path, stdin: bytes = b"") -> Result:
    """Run the command."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)


@pytest.fixture
def good() -> Path:
    return OWN / "import.xml"


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.xml"
    path.write_bytes(own("import").replace(b"<TypeCode>IMA<", b"<TypeCode>IMPORT<"))
    return path


def test_a_good_file_is_one_json_line_and_exit_0(good: Path) -> None:
    result = run("--json", good)
    assert result.exit_code == 0
    (line,) = result.stdout.splitlines()
    row = json.loads(line)
    assert list(row) == KEYS
    assert row["file"] == str(good)
    assert (row["standard"], row["version"], row["profile"], row["outcome"]) == ("wco-dm", "3.6", "wco-dm", "accepted")
    assert row["findings"] == []
    assert result.stderr == ""


def test_lines_come_in_input_order_and_an_error_is_exit_1(good: Path, bad: Path) -> None:
    result = run("--json", bad, good, bad)
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["file"] for row in rows] == [str(bad), str(good), str(bad)]
    assert [row["outcome"] for row in rows] == ["refused", "accepted", "refused"]
    (finding,) = rows[0]["findings"]
    assert list(finding) == FINDING_KEYS
    assert (finding["code"], finding["pointer"], finding["found"]) == ("wco-value-length", "42A/D013", "IMPORT")
    assert result.exit_code == 1


def test_a_folder_is_walked_and_standard_input_is_read(good: Path, bad: Path, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    (folder / "b" / ".hidden").mkdir(parents=True)
    (folder / "b" / "2.xml").write_bytes(good.read_bytes())
    (folder / "a.xml").write_bytes(bad.read_bytes())
    (folder / ".part.xml").write_bytes(b"<half")
    (folder / "b" / ".hidden" / "3.xml").write_bytes(b"<half")
    (folder / "again").symlink_to(folder)
    result = run("--json", folder)
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(row["file"], row["outcome"]) for row in rows] == [
        (str(folder / "a.xml"), "refused"),
        (str(folder / "b" / "2.xml"), "accepted"),
    ]
    read = run("--json", "-", stdin=good.read_bytes())
    row = json.loads(read.stdout)
    assert (row["file"], row["outcome"], read.exit_code) == ("-", "accepted", 0)
    (tmp_path / "empty").mkdir()
    empty = run(tmp_path / "empty")
    assert isinstance(empty.exception, SettingsError)
    assert "There is no file in" in str(empty.exception)


def test_what_is_no_message_is_refused_not_an_error(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(b"<html/>")
    result = run("--json", path)
    row = json.loads(result.stdout)
    assert (row["standard"], row["version"], row["profile"], row["outcome"]) == (None, None, None, "refused")
    assert [finding["code"] for finding in row["findings"]] == ["standard-unknown"]
    assert result.exit_code == 1


def test_a_file_that_is_not_there_is_exit_2_and_the_others_are_told(good: Path, tmp_path: Path) -> None:
    result = run("--json", tmp_path / "absent.xml", good, tmp_path)
    assert [json.loads(line)["file"] for line in result.stdout.splitlines() if "error" not in json.loads(line)] == [
        str(good)
    ]
    assert result.exit_code == 2
    assert "absent.xml cannot be opened: No such file or directory." in result.stderr
    assert "Traceback" not in result.stderr


def test_a_packed_file_is_unpacked_once(tmp_path: Path) -> None:
    once, twice, false, bomb = (tmp_path / f"{name}.xml.gz" for name in ("once", "twice", "false", "bomb"))
    once.write_bytes(gzip.compress(own("import")))
    twice.write_bytes(gzip.compress(gzip.compress(own("import"))))
    false.write_bytes(own("import"))
    bomb.write_bytes(gzip.compress(own("import") + b" " * (LIMITS.size * 20)))
    rows = [json.loads(line) for line in run("--json", once, twice, false, bomb).stdout.splitlines()]
    assert [row["outcome"] for row in rows] == ["accepted", "refused", "refused", "refused"]
    codes = [finding["code"] for row in rows for finding in row["findings"]]
    assert codes == ["xml-not-well-formed", "gzip-damaged", "xml-too-large"]


@pytest.mark.parametrize(
    "name",
    [b"caf\xc3\xa9 \xff\xfe.xml", b'quote" back\\slash.xml', b"line\nfeed\ttab\x1b[31m.xml", "ünï 船.xml".encode()],
)
def test_a_file_name_of_any_bytes_is_echoed_as_it_is(name: bytes, tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/" + name
    try:
        Path(os.fsdecode(path)).write_bytes(own("bare"))
    except OSError:
        pytest.skip("the file system takes no such name")
    result = run("--json", os.fsdecode(path))
    (line,) = result.stdout_bytes.splitlines()
    escaped = path.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\u000a").replace(b"\t", b"\\u0009")
    assert line.startswith(b'{"file":"' + escaped.replace(b"\x1b", b"\\u001b") + b'","standard":"wco-dm"')
    row = json.loads(line.decode("utf-8", "surrogateescape"))
    assert os.fsencode(row["file"]) == path
    shown = run(os.fsdecode(path))
    assert shown.exit_code == 0
    assert b"\x1b[31m" not in shown.stdout_bytes


def test_names_come_from_a_list_too(good: Path, bad: Path, tmp_path: Path) -> None:
    lines = f"{bad}\n\n{good}\n".encode()
    listed = tmp_path / "list"
    listed.write_bytes(lines)
    expected = [str(good), str(bad), str(good)]
    for result in (
        run("--json", good, "--files-from", listed),
        run("--json", good, "--files-from", "-", stdin=lines),
        run("--json", good, "--files-from", "-", stdin=lines.replace(b"\n\n", b"\0").replace(b"\n", b"\0")),
    ):
        assert [json.loads(line)["file"] for line in result.stdout.splitlines()] == expected
        assert result.exit_code == 1


def test_wrong_usage_is_exit_2(good: Path, tmp_path: Path) -> None:
    assert run().exit_code == 2
    unknown = run("--profile", "no-such", good)
    assert unknown.exit_code == 2
    assert "no-such" in unknown.stderr
    assert "wco-dm" in unknown.stderr
    no_list = run("--files-from", tmp_path / "absent")
    assert isinstance(no_list.exception, SettingsError)


def test_a_profile_of_another_standard_refuses(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = standards.Standard(
        name="other",
        title="Other",
        recognises=lambda source: False,
        read=WCO_DM.read,
        write=None,
        profiles=("other-profile",),
    )
    monkeypatch.setattr(_front, "STANDARDS", (WCO_DM, other))
    row = json.loads(run("--json", "--profile", "other-profile", good).stdout)
    assert (row["standard"], row["outcome"]) == ("wco-dm", "refused")
    assert [finding["code"] for finding in row["findings"]] == ["profile-of-another-standard"]


def test_lenient_repairs_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "logged.xml"
    path.write_bytes(own("import") + b"headers=List(a)")
    strict = json.loads(run("--json", path).stdout)
    assert (strict["standard"], strict["outcome"]) == (None, "refused")
    result = run("--json", "--lenient", path)
    row = json.loads(result.stdout)
    assert (row["outcome"], [finding["code"] for finding in row["findings"]]) == (
        "accepted",
        ["repaired-trailing-text"],
    )
    assert result.exit_code == 0


def test_the_profile_of_a_country_adds_its_rules(tmp_path: Path) -> None:
    path = tmp_path / "heavy.xml"
    path.write_bytes(own("gb-import").replace(b"WeightMeasure>40.5<", b"WeightMeasure>400.5<"))
    assert run("--json", path).exit_code == 0
    result = run("--json", "--profile", "gb-cds", OWN / "gb-import.xml", path)
    good, bad = map(json.loads, result.stdout.splitlines())
    assert (good["profile"], good["outcome"], good["findings"]) == ("gb-cds", "accepted", [])
    assert bad["outcome"] == "refused"
    assert [(each["code"], each["pointer"]) for each in bad["findings"]] == [
        ("DMS11006", "42A/67A[1]/68A[1]/23A/65A/128")
    ]


def test_a_package_file_is_a_profile(good: Path, tmp_path: Path) -> None:
    package = OWN / "packages" / "xa-import.json"
    row = json.loads(run("--json", "--profile", package, good).stdout)
    assert (row["profile"], row["outcome"]) == ("xa-import", "accepted")
    broken = tmp_path / "broken.json"
    broken.write_text("{}")
    assert isinstance(run("--profile", broken, good).exception, SettingsError)
    assert isinstance(run("--profile", tmp_path / "absent.json", good).exception, SettingsError)


def test_people_get_a_report_with_a_count(good: Path, bad: Path, tmp_path: Path) -> None:
    result = run(good, bad, tmp_path / "absent.xml")
    assert result.exit_code == 2
    lines = result.stdout.splitlines()
    assert lines[0].startswith("accepted")
    assert lines[1].startswith("refused")
    assert "IMPORT is not as long as an..3 allows" in lines[2]
    assert "42A/D013" in lines[3]
    assert lines[-1] == "3 files: 1 accepted, 1 refused, 1 could not be opened"


def test_what_is_found_cannot_move_the_cursor(tmp_path: Path) -> None:
    path = tmp_path / "bidi.xml"
    path.write_bytes(own("import").replace(b"CSQU3054383", "\u202eEVIL\u2066".encode()))
    assert "\u202e" not in run(path).stdout
    assert "\\u202eEVIL" in run(path).stdout


def test_many_files_have_a_bar_on_stderr_only(good: Path) -> None:
    result = run("--json", *[good] * 120)
    assert len(result.stdout.splitlines()) == 120
    assert "checking" in result.stderr


def test_help_has_examples() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for example in ("cocket check declaration.xml", "--profile gb-cds", "--profile gb-ens", "--lenient"):
        assert example in result.stdout
    assert "--files-from" in result.stdout


def test_the_verdict_on_third_party_declarations_is_the_published_one() -> None:
    corpora(ANSWERS)
    names = "\n".join(str(path) for path, _ in answers())
    result = run("--json", "--profile", "wco-dm", "--files-from", "-", stdin=names.encode())
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(row["file"], row["outcome"] == "accepted") for row in rows] == [(str(p), good) for p, good in answers()]
    assert result.exit_code == 1


def test_a_finding_shows_what_was_found_where_its_sentence_does_not() -> None:
    hides = Finding(
        code="x-code", severity="error", message="the value is not one of {expected}", expected="A, B", found="Q\n"
    )
    assert sentence_of(hides) == "the value is not one of A, B; found: Q\\n"
    shows = Finding(code="x-code", severity="error", message="{found} is not one", found="Q")
    assert sentence_of(shows) == "Q is not one"
