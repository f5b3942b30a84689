# SPDX-License-Identifier: Apache-2.0
"""Every how-to, every tutorial and the README, followed to the letter in an empty folder."""

from __future__ import annotations

import contextlib
import os
import random
import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest
from psycopg import sql

from cocket.stores.postgres.server import EmbeddedPostgres
from tests.docs import browsing
from tests.docs.pages import RUN, SEARCHED, Reader, blocks, missing_lines
from tests.house.source import ROOT

PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (
        ROOT / "README.md",
        *(ROOT / "docs" / "how-to").rglob("*.md"),
        *(ROOT / "docs" / "tutorial").rglob("*.md"),
    )
)

#: Pages of several instances, or of Cocket's own PostgreSQL; all others share one server, each with a database of its own.
OWN_SERVER = (
    "docs/how-to/credentials/exchange-certificates.md",
    "docs/how-to/credentials/follow-a-title.md",
    "docs/how-to/operations/back-up-and-restore.md",
)

#: Pages that are not followed to their end yet; each is to leave this list, and none may join it.
NOT_FOLLOWED: tuple[str, ...] = ()

#: Pages whose steps take minutes, followed in `make soak`.
LONG = (
    "docs/how-to/control/check-the-draws.md",
    "docs/how-to/credentials/exchange-certificates.md",
    "docs/how-to/credentials/follow-a-title.md",
    "docs/how-to/ledger/monitor-a-peer.md",
    "docs/how-to/operations/see-an-outage.md",
    "docs/how-to/operations/when-the-line-is-down.md",
    "docs/how-to/partners/learn-with-partners.md",
    "docs/how-to/risk/train-a-model.md",
    "docs/how-to/tracking/follow-a-journey.md",
    "docs/tutorial/analyst.md",
    "docs/tutorial/my-month.md",
)

#: Blocks that no machine can run for us, at most: each says why.
NOT_RUN = 44


def followed() -> list[str]:
    """Pages with something to type."""
    typed = [name for name in PAGES if any(block.is_run for block in blocks((ROOT / name).read_text("utf-8")))]
    return [name for name in typed if name not in NOT_FOLLOWED]


def free_ports(count: int) -> Iterator[int]:
    """Ports that were free a moment ago, of those that no system gives to who asks for any: other tests take those."""
    for port in random.sample(range(18_000, 30_000), 50 * count):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            count -= 1
            yield port
        if count == 0:
            return


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The one PostgreSQL of all pages, durable as Cocket asks; its address."""
    found = EmbeddedPostgres(tmp_path_factory.mktemp("server"))
    found.start()
    yield found.dsn
    found.stop()


def fresh_database(server: str, name: str) -> str:
    """An empty database of a server; its address."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return urlsplit(server)._replace(path=f"/{name}").geturl()


@pytest.fixture
def reader(tmp_path: Path, request: pytest.FixtureRequest) -> Reader:
    """Someone with Cocket on the path, and nothing else."""
    known = {name: os.environ[name] for name in ("LANG", "TMPDIR", "TZ") if name in os.environ}
    environment = {
        **known,
        "PATH": f"{Path(sys.executable).parent}:{SEARCHED}",
        "DOCS": str(ROOT / "docs"),
        "SAMPLES": str(ROOT / "tests" / "samples"),
        "ROOT": str(ROOT),
        "COLUMNS": "200",
    }
    ports = free_ports(8)
    for name in ("API", "WORKBENCH", "ADMIN", "WITNESS"):
        environment[f"COCKET_{name}_PORT"] = str(next(ports))
    numbers = zip(
        ("8460", "8461", "8462", "8463"),
        (environment[f"COCKET_{name}_PORT"] for name in ("API", "WORKBENCH", "ADMIN", "WITNESS")),
        strict=True,
    )
    places = {f"127.0.0.1:{port}": f"127.0.0.1:{free}" for port, free in numbers}
    for port in ("8464", "8883"):
        free = next(ports)
        places |= {f"http:{port}": f"http:{free}", f"mqtt:{port}": f"mqtt:{free}", f"-p {port}": f"-p {free}"}
        places |= {f"127.0.0.1:{port}": f"127.0.0.1:{free}", f"localhost:{port}": f"localhost:{free}"}
    node, tsa = next(ports), next(ports)
    places |= {"127.0.0.1:8545": f"127.0.0.1:{node}", "--port 8545": f"--port {node}"}
    places |= {
        "https://tsa.example/": f"http://127.0.0.1:{tsa}/",
        "tests.exchange.authority 318": f"tests.exchange.authority {tsa}",
    }
    page: str = request.node.callspec.params["name"]
    if page not in OWN_SERVER:
        url = fresh_database(request.getfixturevalue("server"), re.sub(r"\W", "_", Path(page).stem))
        environment["COCKET_DATABASE_URL"] = url
    return Reader(tmp_path, environment, places)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.soak) if name in LONG else name for name in followed()]
)
def test_a_page_does_what_it_says(name: str, reader: Reader) -> None:
    faults = reader.follow((ROOT / name).read_text(encoding="utf-8"))
    assert not faults, f"{name}, " + "\n".join(faults)


def test_every_block_says_its_language() -> None:
    silent = [
        f"{name}:{block.line}"
        for name in PAGES
        for block in blocks((ROOT / name).read_text("utf-8"))
        if not block.language
    ]
    assert silent == []


def test_few_blocks_are_not_run_and_each_says_why() -> None:
    found = [
        f"{name}:{block.line}: {block.says['not run']}"
        for name in PAGES
        for block in blocks((ROOT / name).read_text("utf-8"))
        if "not run" in block.says
    ]
    print(f"{len(NOT_FOLLOWED)} pages are not followed yet, and {len(found)} blocks not run:", *found, sep="\n  ")
    assert len(found) <= NOT_RUN
    assert not [one for one in found if len(one.rpartition(": ")[2]) < 20]


@pytest.mark.parametrize("name", ["docs/how-to/none.md"])
def test_a_page_that_lies_is_found(name: str, reader: Reader) -> None:
    page = "```sh\nX=1; mkdir -p a; cd a\n```\n<!-- file: b.txt -->\n```text\nbe\n```\n"
    page += "```console\n$ cat b.txt; echo $X; pwd\nbe\n7\n…/a\n```\n"
    assert reader.follow(page) == []
    assert "not printed\n  ce" in reader.follow("```console\n$ cat b.txt\nce\n```\n")[0]
    assert "exit 1, not 0" in reader.follow("```sh\nfalse\ntrue\n```\n")[0]
    assert "exit 0, not 1" in reader.follow("<!-- exit: 1 -->\n```sh\ntrue\n```\n")[0]
    assert reader.follow("```sh\nsleep 1000 >/dev/null 2>&1 &\necho $! > one\n```\n") == []
    assert not psutil.pid_exists(int((reader.folder / "work" / "a" / "one").read_text())), "it was left running"
    assert "test -f no never succeeded" in reader.follow("<!-- until: test -f no -->\n```sh\nsleep 0.1\n```\n")[0]


def test_words_are_compared_and_figures_are_not() -> None:
    assert missing_lines("5,571 results of 2\n…\nin models", "77 results of 3\nx\nin models\n") == []
    assert missing_lines("5 results", "5 finds\n") == ["5 results"]
    assert missing_lines("a\nb", "b\na\n") == ["b"]
    assert missing_lines("another: ….", "another: z6MkiPAe9.\n") == [], "a full stop is no part of a figure"


def test_what_is_typed_is_shell() -> None:
    typed = {
        language
        for name in PAGES
        for language in re.findall(r"^```(\w+)$", (ROOT / name).read_text("utf-8"), re.MULTILINE)
    }
    assert typed >= set(RUN)
    assert "bash" not in typed
    assert "shell" not in typed


@pytest.mark.slow
@pytest.mark.parametrize("name", ["docs/how-to/labels.md"])
def test_a_button_that_a_page_names_otherwise_is_found(
    name: str, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    if browsing.program() is None:
        pytest.skip("no chromium is installed (Debian: apt-get install chromium)")
    page = "```sh\ntrue\n```\n<!-- file: a.html -->\n```html\n<label>Why <input></label><button>Go on…</button>"
    page += (
        "<script>document.querySelector('button').onclick = () => document.body.append('It went on')</script>\n```\n"
    )
    page += "<!-- browser: a.html -->\nSay *Why*: `so it is`, press *Go on*, and read **It went on**.\n\nSome *emphasis* of no act.\n"
    assert reader.follow(page) == []
    monkeypatch.setattr(browsing, "PATIENCE_MS", 1_000)
    for wrong, says in (("*Go*", "*Go*"), ("*Whither*: `x`", "*Whither*"), ("**It stopped**", "**It stopped**")):
        faults = reader.follow(f"<!-- browser: a.html -->\nHere {wrong}.\n")
        assert len(faults) == 1 and f"in the browser of a.html, {says}" in faults[0]


def test_a_page_whose_steps_need_an_instance_says_so_where_a_reader_sees_it() -> None:
    silent = []
    for path in sorted((ROOT / "docs").rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        hidden = "".join(re.findall(r"<!--.*?-->", text, re.DOTALL))
        seen = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
        if "cocket init" in hidden and "cocket init" not in seen:
            silent.append(path.relative_to(ROOT).as_posix())
    assert silent == []
