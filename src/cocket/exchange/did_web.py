# SPDX-License-Identifier: Apache-2.0
"""Documents of issuers and their status lists, fetched over HTTPS from hosts that an administration has named.

Off unless hosts are named. A host is asked by the name its certificate must bear, so a DNS answer that points elsewhere
ends in a failed handshake; redirects are not followed, proxies of the environment not used, and what is too long or too slow
is cut.
Source: did:web method specification, Read (Resolve); W3C Bitstring Status List 1.0 §3.2.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from urllib.parse import urlsplit

import httpx

from cocket.credentials import web_address
from cocket.errors import PartnerError, ProofError

_MOST_BYTES = 4 << 20
_SECONDS = 10.0


class WebResolver:
    """Gives the bytes behind a `did:web` or an HTTPS address, as `cocket.credentials.Resolver`.

    Args:
        hosts: Hosts that may be asked, with a port where it is not 443.
        transport: How to reach them; None for the network.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        hosts: Collection[str],
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._transport = transport
        self._clock = clock

    def __call__(self, name: str) -> bytes | None:
        """The bytes behind a name; None where no host named stands behind it.

        Raises:
            PartnerError: The host did not answer with a document in time.
        """
        try:
            address = web_address(name) if name.startswith("did:web:") else name.partition("#")[0]
            parts = urlsplit(address)
            host = parts.netloc.lower()
        except (ProofError, ValueError):
            return None
        if parts.scheme != "https" or host not in self._hosts:
            return None
        try:
            return self._fetched(address)
        except httpx.HTTPError as error:
            raise PartnerError(f"{host} did not answer: {error}", code="resolver", found=address[:200]) from error

    def _fetched(self, address: str) -> bytes:
        until = self._clock() + _SECONDS
        with (
            httpx.Client(
                transport=self._transport, follow_redirects=False, timeout=_SECONDS, trust_env=False
            ) as client,
            client.stream(
                "GET", address, headers={"accept": "application/json, application/vc, application/did"}
            ) as answer,
        ):
            if answer.status_code != 200:
                raise PartnerError(
                    f"{address} answers {answer.status_code}.", code="resolver", found=str(answer.status_code)
                )
            data = bytearray()
            for part in answer.iter_bytes():
                data += part
                if len(data) > _MOST_BYTES or self._clock() > until:
                    raise PartnerError(
                        f"{address} sends too much, or too slowly.", code="resolver", found=address[:200]
                    )
        return bytes(data)
