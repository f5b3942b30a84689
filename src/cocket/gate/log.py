# SPDX-License-Identifier: Apache-2.0
"""The log of the doors: one JSON object a line on standard error; never a body, key, cookie or password."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final, TextIO, cast

import structlog
from structlog.tracebacks import ExceptionDictTransformer

#: Names under which a secret could be logged by mistake.
_SECRET: Final = ("authorization", "cookie", "csrf", "key", "password", "secret", "token", "content", "body")


#: Where an error came from, without the local variables there: they hold keys, bodies and names.
_TRACEBACKS: Final = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))


class _Forgiving:
    """A stream whose failure nobody else has to bear: a full disk under the log must not change an answer."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, or lose the line."""
        try:
            return self._stream.write(text)
        except (OSError, ValueError):  # the disk is full, or somebody closed the stream
            return len(text)

    def flush(self) -> None:
        """Flush, or lose what was not written."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()


def start_log(stream: TextIO = sys.stderr) -> None:
    """Send the log of this process, and of the libraries it uses, to a stream; a line that cannot be written is lost."""
    stream = cast(TextIO, _Forgiving(stream))
    steps: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _TRACEBACKS,
        hide_secrets,
    ]
    structlog.configure(
        processors=[*steps, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(stream),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
    ends: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.JSONRenderer(),
    ]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=steps, processors=ends))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)


def hide_secrets(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A step of the log that hides whatever is named like a secret."""
    for name in event:
        if any(part in name.lower() for part in _SECRET):
            event[name] = "…"
    return event
