# SPDX-License-Identifier: Apache-2.0
"""Asked to end, the house answers what is in flight, ends in time, and leaves no process behind."""

from __future__ import annotations

import http.client
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from tests.faults.lodging import ACCEPTED, Lodgers
from tests.faults.reckoning import reckon
from tests.faults.serving import Served, until
from tests.messages import declaration

pytestmark = pytest.mark.soak

LONGEST_S = 60.0


def assert_all_ended(served: Served) -> None:
    """Assert that no process of the house is left, however deep, and no word of one."""
    until(lambda: not served.family(), "processes are left behind", 1.0)
    assert served.word() == {}
    assert "Traceback" not in served.said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_under_load_a_signal_ends_the_house_in_time_and_every_answer_holds(home: Path, number: signal.Signals) -> None:
    with Served(home) as served:
        with Lodgers(served.address, served.key) as lodgers:
            until(lambda: len(lodgers.acknowledged) > 20, "nothing is acknowledged")
            assert len(served.family()) > len(served.word()["roles"]) + 1  # the database's processes as well
            assert served.stop(number) < LONGEST_S
            assert served.process is not None
            assert served.process.returncode == 0
            assert_all_ended(served)
        assert lodgers.unfit == []
        served.start()
        assert reckon(served, lodgers.acknowledged, ask_for=20) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_half_sent_when_the_signal_comes_is_answered(home: Path, number: signal.Signals) -> None:
    content = declaration("in-flight")
    with Served(home) as served:
        line = http.client.HTTPConnection(served.address(), timeout=LONGEST_S)
        line.putrequest("POST", "/v1/messages")
        line.putheader("Authorization", f"Bearer {served.key}")
        line.putheader("Content-Type", "application/xml")
        line.putheader("Content-Length", str(len(content)))
        line.endheaders(content[:100])
        time.sleep(0.5)
        took: list[float] = []
        stopping = threading.Thread(target=lambda: took.append(served.stop(number)))
        stopping.start()
        time.sleep(0.5)
        assert not served.has_ended
        line.send(content[100:])
        assert line.getresponse().status == ACCEPTED
        line.close()
        stopping.join()
        assert took[0] < LONGEST_S
        assert_all_ended(served)


def test_a_request_that_is_never_finished_holds_nobody_up(home: Path) -> None:
    with Served(home, body_timeout_seconds=3) as served:
        line = http.client.HTTPConnection(served.address(), timeout=LONGEST_S)
        line.putrequest("POST", "/v1/messages")
        line.putheader("Authorization", f"Bearer {served.key}")
        line.putheader("Content-Type", "application/xml")
        line.putheader("Content-Length", "1000")
        line.endheaders(b"<Declaration")
        assert served.stop() < LONGEST_S
        line.close()
        assert_all_ended(served)


def test_ctrl_c_at_a_terminal_which_reaches_every_process_ends_the_house_as_well(home: Path) -> None:
    with Served(home) as served:
        served.family()
        started = time.monotonic()
        os.killpg(served.pid, signal.SIGINT)
        until(lambda: served.has_ended, "the house goes on", LONGEST_S)
        assert time.monotonic() - started < LONGEST_S
        assert_all_ended(served)


@pytest.mark.parametrize("after_s", [0.5, 1.0, 1.5, 2.0])
def test_a_signal_while_the_house_comes_up_leaves_no_process_behind(home: Path, after_s: float) -> None:
    served = Served(home)
    served.launch()
    deadline = time.monotonic() + after_s
    while time.monotonic() < deadline:
        served.family()
        time.sleep(0.02)
    assert served.stop() < LONGEST_S
    until(lambda: not served.family(), "processes are left behind", LONGEST_S)
    with served:
        assert served.address()


def test_a_parent_that_is_killed_takes_every_process_with_it(home: Path) -> None:
    with Served(home) as served:
        served.kill()
        until(lambda: not served.family(), "processes are left behind", LONGEST_S)
