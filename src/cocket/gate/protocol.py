# SPDX-License-Identifier: Apache-2.0
"""One connection: uvicorn's protocol behind a guard that reads first, and a clock that does not wait for ever."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from cocket.gate.bounds import Bounds
from cocket.gate.client_certificates import SHOWN
from cocket.gate.framing import Framing
from cocket.gate.lobby import Place
from cocket.gate.refusal import Form, RequestError, as_it_is, asked_by, fault_on_the_wire, refused

#: For whoever has no place; see `accepting`.
TOO_MANY = RequestError(
    "Too many connections are open.", status=503, code="connections", headers=(("Retry-After", "1"),)
)
_SLOW = RequestError("The request arrived too slowly.", status=408, code="slow", hint="Send it again, faster.")


class GuardedProtocol(HttpToolsProtocol):
    """Passes on to uvicorn only what `Framing` found good, one request at a time.

    A request that is refused gets its answer at once; then the connection is closed, after a moment in which the
    sender can read why.
    """

    bounds = Bounds()
    form: Form = staticmethod(as_it_is)

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._framing = Framing(self.bounds)
        self._held = b""
        self._is_over = False
        self._ending = _Ending(self)
        self._clock: asyncio.TimerHandle | None = None
        self._clock_is_for_body = False
        self._started = 0.0
        self._write_clock: asyncio.TimerHandle | None = None
        #: Its place among all connections, which is given up with it.
        self.place: Place | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A sender has connected; its first head is due."""
        super().connection_made(transport)
        secured = transport.get_extra_info("ssl_object")
        shown = secured.getpeercert(binary_form=True) if secured is not None else None
        if shown:
            self.app_state = {**self.app_state, SHOWN: (shown,)}
        if self.place is not None:
            self.place.is_idle, self.place.end = self._is_idle, transport.abort
        self._start_clock(is_for_body=False)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._stop_clock()
        self._stop_write_clock()
        if self.place is not None:
            self.place.leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes have come; what is beyond the request under way waits until that is answered."""
        if self._is_over:
            return
        self._unset_keepalive_if_required()
        self._held += data
        self._advance()

    def _advance(self) -> None:
        while self._held and not self._is_over:
            if self._framing.is_between and self._is_answering:
                self.flow.pause_reading()
                return
            try:
                passed, self._held = self._framing.take(self._held)
            except RequestError as refusal:
                self._refuse(refusal)
                return
            self._watch()
            if passed:
                self._pass_on(passed)

    def _pass_on(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is None:
            return
        self.cycle.transport = cast(asyncio.Transport, self._ending)
        if self._framing.head is not None and self._framing.head.awaits_continue:
            # Answered without `100 Continue`, its sender may never send the body, or send it all the same.
            self.cycle.keep_alive = False

    def on_response_complete(self) -> None:
        """An answer is out; the next request may be waiting."""
        super().on_response_complete()
        if self._held and not self.transport.is_closing():
            self._advance()

    def send_400_response(self, msg: str) -> None:
        """The reader behind the guard finds fault with what the guard let pass."""
        self._refuse(RequestError("This is not HTTP/1.1.", code="not-http"))

    def pause_writing(self) -> None:
        """The reader does not keep up with our answer."""
        super().pause_writing()
        self._await_reader(self.transport.get_write_buffer_size())

    def _await_reader(self, waiting: int) -> None:
        """Cut the reader off if at the next look too little of what waits now has gone."""

        def look() -> None:
            now = self.transport.get_write_buffer_size()
            if waiting - now < self.bounds.bytes_per_second * self.bounds.write_seconds:
                self.transport.abort()
            else:
                self._await_reader(now)

        self._write_clock = self.loop.call_later(self.bounds.write_seconds, look)

    def resume_writing(self) -> None:
        """The reader has made room."""
        super().resume_writing()
        self._stop_write_clock()

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _is_idle(self) -> bool:
        return self._framing.head is None and not self._is_answering

    def _watch(self) -> None:
        """Have the right clock running: for a head, for a body, or none."""
        if self._framing.is_between:
            self._stop_clock()
        elif self._framing.head is None:
            if self._clock is None:
                self._start_clock(is_for_body=False)
        elif self._clock is None or not self._clock_is_for_body:
            self._start_clock(is_for_body=True)

    def _start_clock(self, *, is_for_body: bool) -> None:
        self._stop_clock()
        self._clock_is_for_body = is_for_body
        self._started = self.loop.time()
        seconds = self.bounds.body_seconds if is_for_body else self.bounds.head_seconds
        self._clock = self.loop.call_later(seconds, self._time_is_up)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _time_is_up(self) -> None:
        """Cut the sender off, unless it is a long body that comes fast enough or one that we do not read."""
        left = 0.0
        if self._clock_is_for_body:
            earned = self._framing.received / self.bounds.bytes_per_second
            left = self._started + self.bounds.body_seconds + earned - self.loop.time()
            if self.flow.read_paused:
                left = max(left, self.bounds.body_seconds)
        if left > 0:
            self._clock = self.loop.call_later(left, self._time_is_up)
        elif self._framing.is_between:
            self.transport.close()
        else:
            self._refuse(_SLOW)

    def _refuse(self, refusal: RequestError) -> None:
        """Answer, if the application has not begun to, and let the sender read it before closing."""
        self._is_over = True
        self._stop_clock()
        if self._is_answering:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if self.cycle.response_started:
                self.transport.close()
                return
        fault = self.form(refused(refusal), asked_by(self._framing.seen))
        self.transport.write(fault_on_the_wire(fault, is_tls=self.scheme == "https"))
        self._linger()

    def end(self) -> None:
        """An answer ends the connection; if its request has not come to its end, the sender may be busy sending."""
        if self._framing.is_between:
            self.transport.close()
        else:
            self._is_over = True
            self._stop_clock()
            self._linger()

    def _linger(self) -> None:
        """Close, but not in the face of a sender: it would then not get to read our answer (RFC 9112 §9.6)."""
        self._held = b""
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._clock = self.loop.call_later(self.bounds.linger_seconds, self.transport.abort)

    def _stop_write_clock(self) -> None:
        if self._write_clock is not None:
            self._write_clock.cancel()
            self._write_clock = None


class _Ending:
    """The transport as an answer sees it: closing it asks the protocol, which knows whether the request is complete."""

    def __init__(self, protocol: GuardedProtocol) -> None:
        self._protocol = protocol

    def write(self, data: bytes) -> None:
        self._protocol.transport.write(data)

    def is_closing(self) -> bool:
        return self._protocol.transport.is_closing()

    def close(self) -> None:
        self._protocol.end()


def guarded(limits: Bounds, saying: Form) -> type[GuardedProtocol]:
    """The protocol with the limits of one door, and the form in which it refuses."""

    class Guarded(GuardedProtocol):
        bounds = limits
        form = staticmethod(saying)

    return Guarded
