# SPDX-License-Identifier: Apache-2.0
"""The guard that all doors share.

In: connections from anywhere. Out: requests that are plain HTTP/1.1 within limits, for any ASGI application; refusals
as `RequestError`. Beside it: API keys, sessions, quotas, the header fields of answers, and the log of the doors.
Source: RFC 9110, RFC 9112 (read more strictly than they ask), RFC 6750, RFC 6265bis.
"""

from cocket.gate.accepting import Listener, Welcome, allow_files
from cocket.gate.bounds import FILE_BYTES, FORM_BYTES, UPLOAD_BYTES, Bounds, bounds_of
from cocket.gate.client_certificates import SHOWN
from cocket.gate.headers import DATA_HEADERS, PAGE_HEADERS, with_headers
from cocket.gate.keys import make_key, presented_client, presented_key, unauthenticated
from cocket.gate.limits import Buckets, Cargo, Flight, Rate
from cocket.gate.lobby import Lobby, Place
from cocket.gate.log import start_log
from cocket.gate.meters import Board, Counting, Meter, counted
from cocket.gate.proxies import Proxies, behind, proxies_of
from cocket.gate.refusal import Asked, Fault, Form, RequestError, fault_json, refused
from cocket.gate.serving import Door, listen, serve, serve_until
from cocket.gate.sessions import browser_cookie, browser_token, check_form, session_cookie, session_token
from cocket.gate.tls import check_exposure, tls_of
from cocket.gate.words import UnseenError, check_words, texts_of, with_unseen, without_unseen

__all__ = [
    "DATA_HEADERS",
    "FILE_BYTES",
    "FORM_BYTES",
    "PAGE_HEADERS",
    "SHOWN",
    "UPLOAD_BYTES",
    "Asked",
    "Board",
    "Bounds",
    "Buckets",
    "Cargo",
    "Counting",
    "Door",
    "Fault",
    "Flight",
    "Form",
    "Listener",
    "Lobby",
    "Meter",
    "Place",
    "Proxies",
    "Rate",
    "RequestError",
    "UnseenError",
    "Welcome",
    "allow_files",
    "behind",
    "bounds_of",
    "browser_cookie",
    "browser_token",
    "check_exposure",
    "check_form",
    "check_words",
    "counted",
    "fault_json",
    "listen",
    "make_key",
    "presented_client",
    "presented_key",
    "proxies_of",
    "refused",
    "serve",
    "serve_until",
    "session_cookie",
    "session_token",
    "start_log",
    "texts_of",
    "tls_of",
    "unauthenticated",
    "with_headers",
    "with_unseen",
    "without_unseen",
]
