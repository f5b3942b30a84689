# SPDX-License-Identifier: Apache-2.0
"""A folder that does not answer holds up nobody for long, and is read again once it answers."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from cocket.errors import PartnerError
from cocket.feeds import host_folder
from cocket.feeds.host_folder import HostFolder
from cocket.feeds.patience import Patience


def test_what_hangs_is_given_up_and_nothing_more_is_tried_until_it_has_come_back() -> None:
    answers, closed = threading.Event(), list[int]()
    patience = Patience("The folder", 0.1)

    def slow() -> int:
        answers.wait(20)
        return 7

    for _ in range(2):
        with pytest.raises(PartnerError, match="has not answered since") as error:
            patience.within(slow, closed.append)
        assert error.value.code == "feed-hung"
    assert threading.active_count() < 20
    with pytest.raises(PartnerError):
        patience.within(lambda: 8)
    answers.set()
    while any(one.name == "feed-read" for one in threading.enumerate()):
        pass
    assert closed == [7]
    assert patience.within(lambda: 8) == 8


def test_errors_come_through(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Patience("The folder", 5).within((tmp_path / "none").read_bytes)


def test_a_folder_whose_server_is_gone_is_a_fault_of_the_host_and_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one.xml").write_text("<a/>")
    monkeypatch.setattr(host_folder, "HANGS_SECONDS", 0.2)
    folder = HostFolder(tmp_path, tmp_path.parent / "home")
    answers, listdir = threading.Event(), os.listdir
    monkeypatch.setattr(os, "listdir", lambda place: answers.wait(20) and listdir(place))
    with pytest.raises(PartnerError, match="has not answered"):
        list(folder.walk())
    answers.set()
    while any(one.name == "feed-read" for one in threading.enumerate()):
        pass
    assert [file.path for chunk in folder.walk() for file in chunk.files] == [os.fsencode(tmp_path / "one.xml")]
