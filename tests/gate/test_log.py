# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from cocket.gate import start_log


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    written = io.StringIO()
    start_log(written)
    yield written
    structlog.reset_defaults()
    root.handlers, root.level = before[0], before[1]


def test_an_event_is_one_json_object_on_one_line(stream: io.StringIO) -> None:
    structlog.get_logger("cocket.api").error("store", problem="two\nlines")
    (line,) = stream.getvalue().splitlines()
    event = json.loads(line)
    assert (event["event"], event["problem"], event["level"]) == ("store", "two\nlines", "error")
    assert event["timestamp"].endswith("Z")


def test_what_is_named_like_a_secret_is_hidden(stream: io.StringIO) -> None:
    structlog.get_logger().warning(
        "x", authorization="Bearer s3cret", api_key="s3cret", password="s3cret", csrf="s3cret"
    )
    assert "s3cret" not in stream.getvalue()


def test_a_traceback_shows_no_local_variable(stream: io.StringIO) -> None:
    held = "".join(["s3cr3t-", "wax"])
    try:
        raise ValueError("Something broke.")
    except ValueError:
        structlog.get_logger().exception("broken")
    told = stream.getvalue()
    assert "test_a_traceback_shows_no_local_variable" in told
    assert held not in told


def test_libraries_log_in_the_same_form(stream: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").error("it %s", "broke")
    assert json.loads(stream.getvalue())["event"] == "it broke"


class FullDisk(io.StringIO):
    """A stream on a disk without room."""

    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


def test_a_log_on_a_full_disk_changes_nothing_else() -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    with pytest.raises(OSError, match="No space"):
        FullDisk().write("control")
    try:
        start_log(FullDisk())
        structlog.get_logger().error("lost")
        logging.getLogger("library").error("lost")
    finally:
        root.handlers[:], root.level = before
        structlog.reset_defaults()


def test_a_log_whose_stream_was_closed_changes_nothing_else() -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    closed = io.StringIO()
    closed.close()
    with pytest.raises(ValueError, match="closed"):
        closed.write("control")
    try:
        start_log(closed)
        structlog.get_logger().error("lost")
        logging.getLogger("library").error("lost")
    finally:
        root.handlers[:], root.level = before
        structlog.reset_defaults()
