# SPDX-License-Identifier: Apache-2.0
"""Bringing what waits to the house: in order, in batches, several under way, again and again until the house has it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

import httpx
import msgspec

from cocket.errors import CocketError, PartnerError
from cocket.exchange.gateway_calls import PATH, BatchTaken, BroughtEntry, GatewayBatch
from cocket.gateway.spool import RECOVER, Spool

#: How long to wait after the first failure, and at most (seconds).
_FIRST_WAIT: Final = 1.0
_LONGEST_WAIT: Final = 30.0

#: How often it is looked whether the line is up where nothing waits (seconds).
_LOOK_SECONDS: Final = 2.0

#: Batches of a backlog that are under way at once: one is stored by the house, one read, one on its way.
_UNDER_WAY: Final = 3

#: Codes by which the house says that no later try helps.
_STOPPING: Final = frozenset(
    (
        "gateway-office",
        "gateway-fork",
        "gateway-behind",
        "gateway-signature",
        "gateway-content",
        "gateway-ended",
        "gateway-forked",
    )
)

#: Those of them that the administration may set right by registering the gateway anew: it is asked again.
_CURABLE: Final = frozenset(("gateway-office", "gateway-ended"))

#: What helps where customs refuses a gateway, and another registration cures it.
_REGISTER: Final = (
    "While nothing was brought yet, an operator at customs corrects this with cocket continuity register-gateway; this gateway "
    "then asks again by itself and brings what it stored. Later:"
)

_FORKED: Final = (
    "There are two histories of this gateway: customs has entries of it that are not in this file. It was copied, or restored "
    "from a backup. Nothing more is accepted or forwarded here; tell the administration."
)


class StoppedError(CocketError):
    """The house refuses this gateway for good; what it holds stays in its file."""

    code = "gateway-stopped"


class House:
    """The house as a gateway reaches it.

    Args:
        address: Its address, such as `https://customs.example`.
        key: The gateway's own API key.
        seconds: How long it waits for an answer.
    """

    def __init__(self, address: str, key: str, seconds: float = 60.0) -> None:
        self.address = address.rstrip("/")
        self.is_up = False
        self._client = httpx.Client(
            base_url=self.address,
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
            timeout=httpx.Timeout(seconds, connect=5.0),
            trust_env=False,
        )

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def look(self) -> None:
        """See whether the line is up.

        Raises:
            PartnerError: It is not.
        """
        self._answered("GET", "/readyz")

    def bring(self, batch: GatewayBatch) -> BatchTaken:
        """Bring entries, or ask where the house stands. Why it does not answer well is said in words.

        Raises:
            StoppedError: The house refuses this gateway for good.
            PartnerError: The house cannot be reached, or does not know this gateway.
        """
        answer = self._answered("POST", PATH, content=msgspec.json.encode(batch))
        if answer.status_code == HTTPStatus.OK:
            try:
                return msgspec.json.decode(answer.content, type=BatchTaken)
            except msgspec.DecodeError as error:
                raise PartnerError("Customs answered with something else than what came of the entries.") from error
        code, words = _fault(answer)
        if code in _STOPPING:
            raise StoppedError(words, code=code)
        if answer.status_code == HTTPStatus.NOT_FOUND and code == "not-found":
            raise PartnerError(
                f"This gateway is not registered: customs does not know {batch.gateway} of the office {batch.office} with this API "
                "key. What it stores waits here until an operator at customs registers it with cocket continuity register-gateway.",
                code="gateway-unknown",
            )
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            raise PartnerError(
                "Customs does not accept the API key of this gateway: it is unknown, has expired or was revoked. Run the gateway "
                "with a good one; one of another name is given to the gateway at customs with cocket continuity register-gateway.",
                code="gateway-api-key",
            )
        raise PartnerError(f"Customs answered {answer.status_code}: {words}")

    def _answered(self, method: str, path: str, **how: Any) -> httpx.Response:
        try:
            answer = self._client.request(method, path, **how)
        except httpx.HTTPError as error:
            self.is_up = False
            raise PartnerError(_words_of(error)) from error
        self.is_up = answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
        if not self.is_up:
            raise PartnerError(f"Customs is there, and cannot work at present: it answered {answer.status_code}.")
        return answer


class Forwarder:
    """Forwards the entries of a file to the house.

    Args:
        spool: The file.
        house: The house.
        clock: Gives the moment (UTC).

    Attributes:
        tell: Given each change of how it goes, once, in sentences.
    """

    def __init__(self, spool: Spool, house: House, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.tell: Callable[[str], None] = lambda _: None
        self._clock = clock
        self._spool = spool
        self._house = house
        self._position: BatchTaken | None = None
        self._end = threading.Event()
        self._problem: str | None = None
        self._wait = _FIRST_WAIT
        self._thread = threading.Thread(target=self._run, name="forwarder", daemon=True)

    def start(self) -> None:
        """Go on until `close`."""
        self._thread.start()

    def close(self) -> None:
        """Stop after the batch that is under way."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join(timeout=90)

    def turn(self) -> bool:
        """One step, a batch, or all of a backlog that the house has not seen; whether there was anything to forward.

        Raises:
            StoppedError: The house refuses this gateway for good.
            PartnerError: The house cannot be reached.
            StoreError: The file cannot be read or written.
        """
        if self._position is None:
            self._position = self._ask()
            self._tell("")
        first, (newest, _) = self._spool.first_waiting(), self._spool.newest()
        if not first and self._position.last >= newest:
            self._house.look()
            return False
        start = min(first - 1, self._position.last) if first else self._position.last  # a restored house lacks some
        entries = tuple(self._spool.following(start))
        if start == self._position.last and entries[-1].entry.sequence < newest:
            self._stream(entries)
            return True
        self._position = self._bring(entries)
        self._spool.keep_outcomes(self._position.outcomes)
        return True

    def _stream(self, entries: tuple[BroughtEntry, ...]) -> None:
        """Bring what the house has not seen, the next batches under way while it stores the first.

        What a batch came to is kept as its answer comes, in order. Once one fails, no other begins; those under way are awaited,
        and the house is asked anew where it stands.

        Raises:
            StoppedError: The house refuses this gateway for good.
            PartnerError: A batch failed.
            StoreError: The file cannot be read or written.
        """
        flying: deque[Future[BatchTaken]] = deque()
        problems: list[CocketError] = []
        with ThreadPoolExecutor(_UNDER_WAY, thread_name_prefix="forwarder") as carriers:
            while entries or flying:
                is_open = not problems and not self._end.is_set()
                if entries and is_open and len(flying) < _UNDER_WAY:
                    flying.append(carriers.submit(self._bring, entries))
                    entries = tuple(self._spool.following(entries[-1].entry.sequence))
                    continue
                if not flying:
                    break
                try:
                    taken = flying.popleft().result()
                    self._spool.keep_outcomes(taken.outcomes)
                    self._position = taken
                except CocketError as error:
                    problems.append(error)
                if not entries and not problems:
                    entries = tuple(self._spool.following(self._position.last)) if self._position and not flying else ()
        if problems:
            raise next((one for one in problems if isinstance(one, StoppedError)), problems[0])

    def _ask(self) -> BatchTaken:
        found = self._bring(())
        if self._spool.head_at(found.last) != found.head:
            self._bring(
                tuple(self._spool.following(found.last))
            )  # so that customs sees the other history, and refuses it
            raise StoppedError(_FORKED, code="gateway-behind")
        return found

    def _bring(self, entries: tuple[Any, ...]) -> BatchTaken:
        last, head = self._spool.newest()
        batch = GatewayBatch(
            gateway=self._spool.identity.name,
            sent=self._clock(),
            last=last,
            head=head,
            entries=entries,
            office=self._spool.identity.office,
        )
        return self._house.bring(batch)

    def attempt(self) -> float:
        """One step, whatever comes of it, which is kept in the file; seconds to wait until the next.

        One who is refused takes nothing in. Where the administration may set that right, the house is asked again, and once it
        has taken what waits, the gateway goes on.
        """
        try:
            why = self._spool.stopped_by()
            if why and why not in _CURABLE:
                self._tell(self._spool.stopped(), what_to_do(why))
                return _LONGEST_WAIT
            if why:
                self._position = None
            has_more = self.turn()
            if why:
                self._spool.resume()
        except StoppedError as error:
            self._tell(error.message, what_to_do(error.code))
            self._stop(error)
            return self._later()
        except CocketError as error:
            self._position = None
            self._tell(error.message)
            return self._later()
        self._tell("")
        self._wait = _FIRST_WAIT
        return 0.0 if has_more else _LOOK_SECONDS

    def _later(self) -> float:
        wait, self._wait = self._wait, min(self._wait * 2, _LONGEST_WAIT)
        return wait

    def _stop(self, error: StoppedError) -> None:
        if self._spool.stopped() == error.message:
            return
        try:
            self._spool.stop(error.message, error.code)
        except CocketError:
            return  # a full disk; the house says it again at the next step

    def _run(self) -> None:
        while not self._end.is_set():
            self._end.wait(self.attempt())

    def _tell(self, problem: str, hint: str = "") -> None:
        """Keep and say how it goes, where that changed."""
        if problem == self._problem:
            return
        try:
            self._spool.note_problem(problem)
        except CocketError:
            return  # a full disk; it is said again at the next change
        if problem or self._problem:
            self.tell(f"{problem} {hint}".strip() if problem else "Customs answers again.")
        self._problem = problem


def what_to_do(code: str) -> str:
    """What an office does whose gateway customs refuses, in sentences.

    Args:
        code: Why it has stopped.
    """
    return f"{_REGISTER} {RECOVER[0].lower()}{RECOVER[1:]}" if code in _CURABLE else RECOVER


def _words_of(error: httpx.HTTPError) -> str:
    """Why customs gave no answer, in words."""
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return (
            "Customs is not asked: its certificate does not verify here. See that the clock of this machine is right."
        )
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return "Customs cannot be reached: no connection comes about."
    if isinstance(error, httpx.TimeoutException):
        return "Customs does not answer in time."
    return "Customs does not answer: the line broke before the answer was here."


def _fault(answer: httpx.Response) -> tuple[str, str]:
    try:
        error = answer.json()["error"]
        return str(error["code"]), str(error["message"])
    except (ValueError, KeyError, TypeError):
        return "", "it gives no reason; see that this is the address of customs."
