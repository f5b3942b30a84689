# SPDX-License-Identifier: Apache-2.0
"""What may lie in a host's folder, one by one: links, pipes, files that change while they are read, wrong clocks."""

from __future__ import annotations

import errno
import gzip
import os
import stat
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from cocket.errors import PartnerError, RefusedDataError, StoreError
from cocket.feeds import host_folder
from cocket.feeds.host_folder import ChangedError, GoneError, HostFolder, UntakenError
from cocket.model import Envelope
from cocket.pipeline import Answer, HostFile, NewProblem
from cocket.stores.base.database import Connection
from cocket.stores.intake.feed_files import FeedFiles
from tests.feeds.folders import SECRET, Clock, contents, feed_of, problems
from tests.houses import Built, build
from tests.messages import declaration


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path / "home", max_message_bytes=200_000)
    yield made
    made.house.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "export"
    made.mkdir()
    return made


def found(folder: Path) -> tuple[HostFolder, list[HostFile]]:
    """The folder, with what one walk finds."""
    opened = HostFolder(folder, folder.parent / "home")
    return opened, [file for chunk in opened.walk() for file in chunk.files]


def test_no_link_to_a_secret_is_followed(built: Built, folder: Path) -> None:
    secret = built.settings.keys_folder / "identity.key"
    assert any(path.is_file() for path in built.settings.keys_folder.iterdir())
    secret.write_bytes(SECRET)
    (folder / "a.xml").symlink_to(secret)
    (folder / "b").symlink_to(secret.parent, target_is_directory=True)
    (folder / "c.xml").symlink_to("b/identity.key")
    (folder / "d.xml").write_bytes(declaration("R1"))
    report = feed_of(built, folder).once()
    assert (report.accepted, report.refused, report.not_taken) == (1, 0, 3)
    assert set(problems(built).values()) == {"link"}
    assert SECRET not in contents(built)


def test_a_file_exchanged_for_a_link_before_it_is_opened_is_not_read(folder: Path) -> None:
    (folder.parent / "secret.xml").write_bytes(SECRET)
    (folder / "deep").mkdir()
    for name in ("one.xml", "deep/two.xml"):
        (folder / name).write_bytes(declaration("R1"))
    opened, files = found(folder)
    (folder / "one.xml").unlink()
    (folder / "one.xml").symlink_to("../secret.xml")
    (folder / "deep").rename(folder.parent / "moved")
    (folder.parent / "moved" / "two.xml").write_bytes(SECRET)
    (folder / "deep").symlink_to("../moved", target_is_directory=True)
    assert len(files) == 2
    for file in files:
        with pytest.raises(GoneError):
            opened.read(file, 10_000)


def test_links_flipped_all_the_time_are_never_followed(folder: Path) -> None:
    """A race that a check of the name before the opening loses within a second."""
    (folder.parent / "secret.xml").write_bytes(SECRET)
    real, link, name = folder / ".real", folder / ".link", folder / "one.xml"
    is_over = threading.Event()

    def flip() -> None:
        while not is_over.is_set():
            real.write_bytes(b"<ok/>")
            real.rename(name)
            link.symlink_to("../secret.xml")
            link.rename(name)

    flipping = threading.Thread(target=flip)
    flipping.start()
    read: set[bytes] = set()
    try:
        for _ in range(1500):
            opened, files = found(folder)
            for file in files:
                try:
                    read.add(opened.read(file, 10_000))
                except (GoneError, ChangedError, UntakenError):
                    continue
    finally:
        is_over.set()
        flipping.join()
    assert read <= {b"<ok/>"}


def test_a_second_name_of_a_secret_is_not_read(built: Built, folder: Path) -> None:
    key = next(path for path in built.settings.keys_folder.iterdir() if path.is_file())
    os.link(key, folder / "a.xml")
    (folder / "b.xml").write_bytes(declaration("R1"))
    os.link(folder / "b.xml", folder.parent / "backup.xml")  # an ordinary second name is no harm
    assert feed_of(built, folder).once().accepted == 1
    assert problems(built) == {str(folder / "a.xml"): "own-file"}


def test_the_administrations_own_home_is_left_alone(built: Built, tmp_path: Path) -> None:
    (tmp_path / "one.xml").write_bytes(declaration("R1"))
    (built.settings.home / "two.xml").write_bytes(declaration("R2"))
    report = feed_of(built, tmp_path).once()
    assert report.accepted == 1
    assert problems(built) == {str(tmp_path / "home"): "own-file"}


def test_pipes_devices_and_sockets_are_named_and_never_waited_for(built: Built, folder: Path) -> None:
    os.mkfifo(folder / "a.xml")
    expected = {str(folder / "a.xml")}
    if os.geteuid() == 0:
        os.mknod(folder / "b.xml", stat.S_IFCHR | 0o600, os.makedev(1, 5))  # /dev/zero: endless
        expected.add(str(folder / "b.xml"))
    (folder / "z.xml").write_bytes(declaration("R1"))
    assert feed_of(built, folder).once().accepted == 1
    assert problems(built) == dict.fromkeys(expected, "not-regular")


def test_a_file_exchanged_for_a_pipe_before_it_is_opened_is_not_waited_for(folder: Path) -> None:
    (folder / "a.xml").write_bytes(b"<a/>")
    opened, files = found(folder)
    (folder / "a.xml").unlink()
    os.mkfifo(folder / "a.xml")
    with pytest.raises(ChangedError):
        opened.read(files[0], 10_000)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\x1f\x8b\x08\x00" + bytes(range(200)), "damaged"),
        (gzip.compress(b"<a/>", mtime=0)[:-5], "damaged"),
        (gzip.compress(b"<a/>", mtime=0)[:-8] + bytes(8), "damaged"),
        (gzip.compress(b"<a/>", mtime=0) + b"and more", "damaged"),
        (b"<a/>", "damaged"),
        (gzip.compress(b" " * 300_000, mtime=0), "too-large"),
        (gzip.compress(b" " * 100_000, mtime=0) * 3, "too-large"),
        (gzip.compress(b"", mtime=0) * 2000, "damaged"),
        (gzip.compress(gzip.compress(b"<a/>", mtime=0), mtime=0), "packed-twice"),
        (gzip.compress(b"", mtime=0), "empty"),
        (b"", "empty"),
    ],
)
def test_a_packed_file_that_is_not_in_order_is_named(built: Built, folder: Path, content: bytes, code: str) -> None:
    (folder / "a.XML.GZ").write_bytes(content)
    (folder / "b.xml").write_bytes(declaration("R1"))
    assert feed_of(built, folder).once().accepted == 1
    assert problems(built) == {str(folder / "a.XML.GZ"): code}


def test_parts_of_a_packed_file_are_one(built: Built, folder: Path) -> None:
    whole = declaration("R1")
    (folder / "a.XML.GZ").write_bytes(
        gzip.compress(whole[:100], mtime=0) + gzip.compress(whole[100:], mtime=0) + bytes(512)
    )
    assert feed_of(built, folder).once().accepted == 1
    assert contents(built) == [whole]


def test_a_watched_file_is_taken_when_two_looks_found_it_the_same(built: Built, folder: Path) -> None:
    clock, file = Clock(), folder / "one.xml"
    feed = feed_of(built, folder, clock)
    whole = declaration("R1")
    for length in (100, 1000, len(whole)):
        file.write_bytes(whole[:length])
        os.utime(file, (1, 1))  # a host whose clock stands still
        report = feed.once(settle=True)
        assert (report.accepted, report.refused, report.waiting) == (0, 0, 1)
        clock.now += 1
    assert feed.once(settle=True).accepted == 1
    assert contents(built) == [whole]


def test_a_file_left_half_written_is_waited_for_and_then_taken_as_it_is(built: Built, folder: Path) -> None:
    clock, whole = Clock(), declaration("R1")
    feed = feed_of(built, folder, clock)
    (folder / "one.xml").write_bytes(whole[:-20])
    (folder / "lanes.csv").write_bytes(b"office,year,serial,number,lane\nXA,2026,C,1,re")
    for _ in range(25):
        assert feed.once(settle=True).waiting == 2
        clock.now += 1
    (folder / "one.xml").write_bytes(whole)
    for _ in range(3):
        report = feed.once(settle=True)
        clock.now += 1
    assert (report.waiting, contents(built)) == (1, [whole])
    clock.now += 30
    (finding,) = feed.once(settle=True).findings
    assert (finding.code, finding.found) == ("table-value", "re")


def test_a_file_that_never_comes_to_rest_is_named(built: Built, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    feed = feed_of(built, folder, clock)
    (folder / "log.xml").write_bytes(b"<a/>")
    (folder / "one.xml").write_bytes(declaration("R1"))
    read = HostFolder._read

    def growing(self: HostFolder, handle: int, file: HostFile, most: int) -> bytes:
        with (folder / "log.xml").open("ab") as log:
            log.write(b"<!-- more -->")
        return read(self, handle, file, most)

    monkeypatch.setattr(HostFolder, "_read", growing)
    assert feed.once().not_taken == 1
    feed = feed_of(built, folder, clock)
    for _ in range(650):
        report = feed.once(settle=True)
        clock.now += 1
        if report.not_taken:
            break
    assert problems(built)[str(folder / "log.xml")] == "changing"
    assert clock.now > 1500


def test_what_cannot_be_read_is_tried_again_with_growing_pauses_and_told_once(
    built: Built, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    feed = feed_of(built, folder, clock)
    (folder / "a.xml").write_bytes(declaration("R1"))
    (folder / "b.xml").write_bytes(declaration("R2"))
    opened: list[float] = []
    really = HostFolder._open_file

    def failing(self: HostFolder, below: bytes) -> int:
        if below == b"a.xml":
            opened.append(clock.now)
            raise OSError(errno.EIO, "Input/output error")
        return really(self, below)

    monkeypatch.setattr(HostFolder, "_open_file", failing)
    told = 0
    for _ in range(3600):
        told += len(feed.once().unreadable)
        clock.now += 1
    assert (told, len(contents(built))) == (1, 1)
    assert len(opened) < 20
    assert problems(built) == {str(folder / "a.xml"): "unreadable"}
    monkeypatch.setattr(HostFolder, "_open_file", really)
    clock.now += 600
    assert feed.once().accepted == 1
    assert problems(built) == {}


def test_a_bad_file_is_not_opened_again_before_it_changes(
    built: Built, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    feed = feed_of(built, folder, clock)
    file = folder / "a.xml.gz"
    file.write_bytes(gzip.compress(declaration("R1"))[:-9])
    assert len(feed.once().unreadable) == 1
    with monkeypatch.context() as patched:
        patched.setattr(HostFolder, "read", lambda *_: pytest.fail("was opened again"))
        for _ in range(100):
            clock.now += 3600
            assert (feed.once().not_taken, feed.once().unreadable) == (1, [])
    file.write_bytes(gzip.compress(declaration("R1"))[:-8])
    assert [why for _, why in feed.once().unreadable] == ["is a truncated packed file."]
    file.write_bytes(gzip.compress(declaration("R1")))
    assert feed.once().accepted == 1
    assert problems(built) == {}


def test_a_problem_is_forgotten_when_its_file_is_gone(built: Built, folder: Path) -> None:
    feed = feed_of(built, folder)
    for name in ("a.xml.gz", "b.xml.gz"):
        (folder / name).write_bytes(b"damaged")
    feed.once()
    (folder / "a.xml.gz").unlink()
    assert feed.once().not_taken == 1
    assert problems(built) == {str(folder / "b.xml.gz"): "damaged"}
    (folder / "b.xml.gz").unlink()
    feed_of(built, folder).once()  # by another process, which remembers nothing
    assert problems(built) == {}


def test_a_file_deleted_while_it_is_looked_for_is_no_problem(
    built: Built, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        (folder / f"{number}.xml").write_bytes(declaration(f"R{number}"))
    really = HostFolder.read

    def read(self: HostFolder, file: HostFile, most: int) -> bytes:
        (folder / "1.xml").unlink(missing_ok=True)
        return really(self, file, most)

    monkeypatch.setattr(HostFolder, "read", read)
    report = feed_of(built, folder).once()
    assert (report.accepted, report.not_taken) == (2, 0)


def test_the_same_size_and_time_with_other_content_is_seen(built: Built, folder: Path) -> None:
    file = folder / "one.xml"
    file.write_bytes(declaration("R1", note="a"))
    os.utime(file, (1, 1))
    feed = feed_of(built, folder)
    feed.once()
    file.write_bytes(declaration("R1", note="b"))
    os.utime(file, (1, 1))
    assert feed.once().accepted == 1


def test_times_to_come_are_taken_in_with_one_warning(built: Built, folder: Path) -> None:
    clock = Clock()
    feed = feed_of(built, folder, clock)
    for number in range(3):
        (folder / f"{number}.xml").write_bytes(declaration(f"R{number}"))
        os.utime(folder / f"{number}.xml", (4e9, 4e9))
    feed.once(settle=True)
    clock.now += 1
    report = feed.once(settle=True)
    assert report.accepted == 3
    assert [(finding.code, finding.severity, finding.arguments["count"]) for finding in report.findings] == [
        ("file-times-ahead", "warning", "3")
    ]
    assert feed.once(settle=True).findings == []


def test_a_path_longer_than_an_index_takes_is_taken_in_once(built: Built, folder: Path) -> None:
    here = os.open(folder, os.O_RDONLY)
    for depth in range(20):
        name = os.urandom(110).hex()  # nothing to pack
        os.mkdir(name, dir_fd=here)
        above, here = here, os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(above)
        assert depth < 20
    for name, content in (("a.xml", declaration("R1")), ("b.xml.gz", b"damaged")):
        with os.fdopen(os.open(name, os.O_WRONLY | os.O_CREAT, dir_fd=here), "wb") as file:
            file.write(content)
    os.close(here)
    assert feed_of(built, folder).once().accepted == 1
    again = feed_of(built, folder).once()
    assert (again.unchanged, again.not_taken, again.accepted) == (1, 1, 0)
    assert list(problems(built).values()) == ["damaged"]


def test_folders_nested_without_end_are_named(built: Built, folder: Path) -> None:
    here = os.open(folder, os.O_RDONLY)
    for _ in range(100):
        os.mkdir("d", dir_fd=here)
        above, here = here, os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(above)
    os.close(here)
    (folder / "one.xml").write_bytes(declaration("R1"))
    assert feed_of(built, folder).once().accepted == 1
    assert list(problems(built).values()) == ["too-deep"]


def test_hidden_files_and_folders_are_left_alone(built: Built, folder: Path) -> None:
    (folder / ".snapshot").mkdir()
    for name in (".half.xml", ".snapshot/old.xml", "one.xml"):
        (folder / name).write_bytes(declaration(name))
    report = feed_of(built, folder).once()
    assert (report.accepted, report.not_taken) == (1, 0)


def test_a_message_that_the_database_refuses_stands_alone(
    built: Built, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        (folder / f"{number:02}.xml").write_bytes(declaration(f"R{number}"))
    really = built.house.intake.messages.take_many

    def take(envelopes: Sequence[Envelope], **how: Any) -> list[Answer]:
        if any(envelope.file_name == "03.xml" for envelope in envelopes):
            raise RefusedDataError("The database refused: text has NUL.")
        if any(envelope.file_name == "11.xml" for envelope in envelopes):
            raise ZeroDivisionError
        return really(envelopes, **how)

    monkeypatch.setattr(built.house.intake.messages, "take_many", take)
    feed = feed_of(built, folder)
    assert feed.once().accepted == 18
    assert feed.once().unchanged == 18
    assert problems(built) == dict.fromkeys((str(folder / "03.xml"), str(folder / "11.xml")), "not-kept")


def test_an_outage_loses_and_doubles_nothing(built: Built, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.xml.gz").write_bytes(b"damaged")
    for number in range(150):
        (folder / f"{number:03}.xml").write_bytes(declaration(f"R{number}"))
    feed = feed_of(built, folder)
    really, taken = built.house.intake.messages.take_many, 0

    def take(envelopes: Sequence[Envelope], **how: Any) -> list[Answer]:
        nonlocal taken
        taken += 1
        if taken == 2:
            raise StoreError("The database does not answer.")
        return really(envelopes, **how)

    monkeypatch.setattr(built.house.intake.messages, "take_many", take)
    with pytest.raises(StoreError):
        feed.once()
    assert len(contents(built)) == 64
    report = feed.once()
    assert (report.accepted, report.repeats, report.unchanged) == (86, 0, 64)
    assert problems(built) == {str(folder / "a.xml.gz"): "damaged"}


def test_a_machine_without_open_files_to_give_is_told_and_nothing_is_blamed_on_files(
    built: Built, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "one.xml").write_bytes(declaration("R1"))
    really = os.open

    def failing(path: Any, flags: int, **how: Any) -> int:
        if path == b"one.xml":
            raise OSError(errno.EMFILE, "Too many open files")
        return really(path, flags, **how)

    feed = feed_of(built, folder)
    with monkeypatch.context() as patched:
        patched.setattr(host_folder.os, "open", failing)
        with pytest.raises(StoreError, match="Too many open files"):
            feed.once()
    assert problems(built) == {}
    assert feed.once().accepted == 1


def test_a_folder_that_vanishes_is_told_and_forgets_nothing(built: Built, folder: Path) -> None:
    (folder / "one.xml").write_bytes(declaration("R1"))
    (folder / "two.xml.gz").write_bytes(b"damaged")
    feed = feed_of(built, folder)
    feed.once()
    folder.rename(folder.parent / "unmounted")
    with pytest.raises(PartnerError, match="cannot be read"):
        feed.once()
    assert len(problems(built)) == 1
    (folder.parent / "unmounted").rename(folder)
    report = feed.once()
    assert (report.unchanged, report.not_taken, report.accepted) == (1, 1, 0)


def test_bad_files_first_do_not_keep_later_ones_out(built: Built, folder: Path) -> None:
    for number in range(500):
        (folder / f"a{number:03}.xml.gz").write_bytes(b"damaged")
    (folder / "z.xml").write_bytes(declaration("R1"))
    report = feed_of(built, folder).once()
    assert (report.accepted, report.not_taken, len(report.unreadable)) == (1, 500, 200)
    assert len(problems(built)) == 500


@pytest.mark.parametrize("seconds", [9_223_372_037, 15_000_000_000])
def test_a_time_that_no_column_holds_is_taken_in_and_stops_no_other_file(
    built: Built, folder: Path, seconds: int
) -> None:
    for number in range(3):
        (folder / f"{number}.xml").write_bytes(declaration(f"R{number}"))
    os.utime(folder / "1.xml", ns=(seconds * 10**9, seconds * 10**9))
    assert abs((folder / "1.xml").stat().st_mtime_ns) > 2**63 - 1
    report = feed_of(built, folder).once()
    assert (report.accepted, report.not_taken, report.unreadable) == (3, 0, [])
    assert [finding.code for finding in report.findings] == ["file-times-ahead"]
    again = feed_of(built, folder).once()
    assert (again.accepted, again.repeats, again.unchanged) == (0, 0, 3)


def test_times_that_no_column_holds_are_kept_at_its_ends(built: Built) -> None:
    files = [
        HostFile(path=b"/a.xml", size=1, modified=2**80, changed=2**80),
        HostFile(path=b"/b.xml", size=1, modified=-(2**80), changed=-(2**80)),
    ]
    assert built.house.intake.host_files.note_files([(file, bytes(32)) for file in files]) == []
    assert built.house.intake.host_files.known_files(files) == {b"/a.xml", b"/b.xml"}
    assert (
        built.house.intake.host_files.note_file_problems(b"/", [NewProblem(file, "code", "why") for file in files])
        == []
    )
    assert built.house.intake.host_files.feed_problems()[0] == 2


def test_a_file_that_cannot_be_noted_stops_no_other(
    built: Built, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        (folder / f"{number}.xml").write_bytes(declaration(f"R{number}"))
    put = FeedFiles.put

    def refusing(self: FeedFiles, connection: Connection, taken: Sequence[tuple[HostFile, bytes]]) -> None:
        if any(file.path.endswith(b"3.xml") for file, _ in taken):
            raise RefusedDataError("it is refused")
        put(self, connection, taken)

    monkeypatch.setattr(FeedFiles, "put", refusing)
    feed = feed_of(built, folder)
    report = feed.once()
    assert report.accepted == 5
    [(path, why)] = report.unreadable
    assert (path.rpartition("/")[2], "it is refused" in why) == ("3.xml", True)
    assert feed.once().unreadable == []
    assert feed_of(built, folder).once().unchanged == 4
