# SPDX-License-Identifier: Apache-2.0
"""A page of the documentation as a reader follows it: block after block, in one shell, in an empty folder.

A block of `sh` is run whole; one of `console` command by command (`$ …`), and what each prints is compared with the lines
beneath it: the words, not the figures; `…` stands for anything. A comment before a block, which no reader sees, says what
differs:

    <!-- file: rules.toml -->        the block is what the reader writes to that file
    <!-- given: COMMANDS -->         run before the block: what the reader has and the page does not make
    <!-- exit: 1 -->                 exit status expected; of `console` one for each command
    <!-- until: COMMANDS -->         the block goes on running; what follows begins when COMMANDS succeed
    <!-- beside: COMMAND -->         goes on running from before the block: what others run, such as the node of a chain
    <!-- ready: COMMANDS -->         what follows begins when they succeed; goes with `beside`
    <!-- needs: PROGRAMS -->         the block is not run where one of these is not installed
    <!-- not run: REASON -->         the block is not run
    <!-- browser: NAME -->           the paragraph is followed in the window of this officer, or of a page (`browsing.py`)

Every block says its language, and one that is neither run nor a file is shown only: `text`, `json`, `sql`, `nginx` …
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.docs.browsing import Windows, program
from tests.exchange.chains import PACKAGES

#: Languages of blocks that are typed.
RUN = ("sh", "console")

#: Language of a paragraph that is followed in a browser, and where its window opens.
BROWSER, WORKBENCH = "browser", "http://127.0.0.1:8461"

_BLOCK = re.compile(
    r"^<!-- browser: (?P<window>[^\n]*) -->\n(?P<acts>.*?)(?=\n\n|\Z)"
    r"|^<!-- (?P<says>.*?) -->$|^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_SAYS = re.compile(r"(file|given|exit|until|beside|ready|needs|not run): *(.*)", re.DOTALL)

#: Where programs are looked for: as everywhere, and the node of a chain among the packages of the tests.
SEARCHED = os.pathsep.join((os.environ["PATH"], str(PACKAGES / "@foundry-rs" / "anvil-linux-amd64" / "bin")))

#: What a reader types when asked for a password.
PASSWORD = "seal and cord on the quay"

#: How long a command may take (seconds).
PATIENCE_S = 900

#: Carries folder and variables of one command to the next.
_CARRIED = """carry() { "${@:2}" > "$CARRY/$1.$$" && mv "$CARRY/$1.$$" "$CARRY/$1"; }  # whole: what runs beside reads it too
trap 'status=$?; carry folder pwd; carry variables export -p; exit $status' EXIT
set -a; [ -f "$CARRY/variables" ] && . "$CARRY/variables"; cd "$(cat "$CARRY/folder")" || exit 97
set -e
"""


@dataclass(frozen=True)
class Block:
    """A block of a page.

    Attributes:
        line: Its first line in the page.
        language: As the fence says it; empty if it does not.
        text: What stands in it.
        says: What the comments before it say, by their word.
    """

    line: int
    language: str
    text: str
    says: Mapping[str, str]

    @property
    def is_run(self) -> bool:
        """Whether a reader would do it, and the runner does."""
        if self.language == BROWSER:
            return program() is not None
        if self.language not in RUN or "not run" in self.says or "file" in self.says:
            return False
        return all(shutil.which(one, path=SEARCHED) for one in self.says.get("needs", "").split())

    def commands(self) -> list[tuple[str, str]]:
        """Commands and what is said to follow each; a script is one command, and nothing is said to follow."""
        if self.language == "sh":
            return [(self.text, "")]
        parts = re.split(r"^\$ ", self.text, flags=re.MULTILINE)
        if parts[0]:
            raise ValueError(f"line {self.line}: a console block begins with $")
        return [_command_and_output(part) for part in parts[1:]]


def _command_and_output(part: str) -> tuple[str, str]:
    command, _, printed = part.partition("\n")
    while command.endswith("\\"):
        more, _, printed = printed.partition("\n")
        command += "\n" + more
    return command, printed


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a page in their order."""
    says: dict[str, str] = {}
    for found in _BLOCK.finditer(text):
        line = text[: found.start()].count("\n") + 1
        if found["window"] is not None:
            yield Block(line, BROWSER, found["acts"], {"browser": found["window"]})
        elif found["says"] is not None:
            said = _SAYS.fullmatch(found["says"])
            if said:
                says[said[1]] = said[2]
        else:
            yield Block(line, found["language"], found["text"], says)
            says = {}


def words_of(line: str) -> str:
    """A line without figures, ids and spacing."""
    plain = re.sub(r"\b(?=[\w-]*\d)[0-9a-f][0-9a-f-]{5,}(?:…|\b)", "#", line)
    plain = re.sub(r"[+-]?\d(?:[\d.,:]*\d)?", "#", plain)
    return re.sub(r"[\s│┃|]+", " ", plain).strip()


def missing_lines(expected: str, printed: str) -> list[str]:
    """Lines that should have been printed and were not, in this order; `…` stands for anything.

    Args:
        expected: As the page has it.
        printed: As the command printed it.
    """
    lines = [words_of(line) for line in printed.splitlines()]
    missing, place = [], 0
    for line in filter(None, map(str.strip, expected.splitlines())):
        pattern = re.compile(".*".join(re.escape(part) for part in words_of(line).split("…")))
        found = next((number for number, one in enumerate(lines[place:], place) if pattern.fullmatch(one)), None)
        if found is None:
            missing.append(line)
        else:
            place = found + 1
    return missing


class Reader:
    """Someone who follows a page in a folder of their own.

    Args:
        folder: An empty folder; the page's commands begin in `work` in it.
        environment: What the reader's shell has.
        places: Text that means another place in this run, such as a port, with what it becomes.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], places: Mapping[str, str]) -> None:
        self.folder = folder
        self._places = {
            **places,
            **{f"/{name}/": f"{folder}/{name}/" for name in ("srv", "mnt", "media", "etc/cocket")},
        }
        self._environment = {**environment, "CARRY": str(folder / "carried"), "HOME": str(folder / "home")}
        for name in ("work", "carried", "home", "srv", "mnt", "media", "etc/cocket"):
            (folder / name).mkdir(parents=True)
        (folder / "carried" / "folder").write_text(str(folder / "work"))
        self._running: list[subprocess.Popen[bytes]] = []
        self._windows = Windows(PASSWORD)

    def follow(self, text: str) -> list[str]:
        """Type every block of a page; what went another way than the page says, each with its line."""
        faults: list[str] = []
        try:
            for block in blocks(text):
                if "beside" in block.says and block.is_run:
                    faults += self._start(block, block.says["beside"], block.says["ready"])
                if "given" in block.says and "not run" not in block.says:
                    faults += self._type(block, block.says["given"], "", 0)
                if "file" in block.says:
                    file = self._here(block.says["file"])
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text(block.text, encoding="utf-8")
                elif block.is_run and block.language == BROWSER:
                    faults += self._browse(block)
                elif block.is_run:
                    faults += self._run(block)
                if faults:
                    break  # what follows rests on what was done so far
        finally:
            self.stop()
        return faults

    def _run(self, block: Block) -> Iterator[str]:
        if "until" in block.says:
            for command, _ in block.commands():
                yield from self._start(block, command, block.says["until"])
            return
        statuses = [int(one) for one in block.says.get("exit", "").split()]
        for number, (command, printed) in enumerate(block.commands()):
            yield from self._type(block, command, printed, statuses[number] if number < len(statuses) else 0)

    def _browse(self, block: Block) -> Iterator[str]:
        name = block.says["browser"]
        address = self._here(name).as_uri() if name.endswith(".html") else self._placed(WORKBENCH)
        yield from (f"line {block.line}: {fault}" for fault in self._windows.follow(name, address, block.text))

    def _here(self, name: str) -> Path:
        return Path((self.folder / "carried" / "folder").read_text().strip()) / self._placed(name)

    def _placed(self, text: str) -> str:
        for place, becomes in self._places.items():
            text = re.sub(rf"(?<![\w.]){re.escape(place)}", becomes.replace("\\", r"\\"), text)
        return text

    def _type(self, block: Block, command: str, expected: str, status: int) -> Iterator[str]:
        with subprocess.Popen(["yes", PASSWORD], stdout=subprocess.PIPE) as typed:
            try:
                done = subprocess.run(
                    ["bash", "-c", _CARRIED + self._placed(command)],
                    env=self._environment,
                    cwd=self.folder,
                    stdin=typed.stdout,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    timeout=PATIENCE_S,
                    check=False,
                )
            except subprocess.TimeoutExpired as error:
                yield f"line {block.line}: not done in {PATIENCE_S} s\n$ {command.strip()}\n{(error.stdout or b'')[-3000:]!r}"
                return
            finally:
                typed.kill()
        printed = done.stdout.decode(errors="replace")
        if done.returncode != status:
            yield f"line {block.line}: exit {done.returncode}, not {status}\n$ {command.strip()}\n{printed[-3000:]}"
        elif missing := missing_lines(expected, printed):
            yield f"line {block.line}: not printed\n  " + "\n  ".join(missing) + f"\n$ {command}\n{printed[-3000:]}"

    def _start(self, block: Block, command: str, until: str) -> Iterator[str]:
        log = self.folder / f"running-{len(self._running)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["bash", "-c", _CARRIED + self._placed(command)],
                env=self._environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running.append(process)
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and process.poll() is None:
            if not [*self._type(block, until, "", 0)]:
                return
            time.sleep(0.2)
        yield f"line {block.line}: {until} never succeeded\n$ {command}\n{log.read_text()[-3000:]}"

    def stop(self) -> None:
        """Close the windows, and end what still runs, the newest first; what a page left behind with `&` too."""
        self._windows.close()
        for process in reversed(self._running):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        self._running.clear()
        left = [one for one in psutil.process_iter() if self._began(one)]
        for one in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.terminate()
        for one in psutil.wait_procs(left, 30)[1]:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()

    def _began(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get("CARRY") == self._environment["CARRY"]
        except (psutil.Error, OSError):
            return False
