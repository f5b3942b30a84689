# SPDX-License-Identifier: Apache-2.0
"""Verifies a credential as `openvc-core` does, with its status lists, and nothing but what is handed in.

Runs as a program beside, in an environment that has `openvc-core[data-integrity]` and none of ours.
In (stdin): a list of {"form", "text", "published": {name: text}, "now": ISO time or null, "asked": [nonce, audience] or null}.
Out, of each: {"isValid", "reason"}.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime
from typing import Any

from openvc import VerificationPolicy, verify_credential  # type: ignore[import-not-found]
from openvc.did.base import DidResolverRegistry  # type: ignore[import-not-found]
from openvc.did.did_web import DidWebResolver  # type: ignore[import-not-found]
from openvc.resolvers import (  # type: ignore[import-not-found]
    default_status_list_resolver,
    default_status_list_token_resolver,
)

CLOCK = time.time


def judged(given: dict[str, Any]) -> dict[str, Any]:
    """What it says of a credential."""
    published: dict[str, str] = given["published"]
    (own,) = [json.loads(text) for name, text in published.items() if name.startswith("did:")]
    registry = DidResolverRegistry([DidWebResolver(lambda _: own)])
    nonce, audience = given["asked"] or (None, None)
    now = datetime.fromisoformat(given["now"]) if given["now"] else None
    time.time = now.timestamp if now else CLOCK  # tokens are judged by the clock alone: it is set
    policy = VerificationPolicy(now=now, nonce=nonce, audience=audience, require_key_binding=bool(given["asked"]))
    try:
        verify_credential(
            given["text"] if given["form"] == "sd-jwt" else json.loads(given["text"]),
            policy=policy,
            resolver=registry,
            resolve_status_list=default_status_list_resolver(resolver=registry, fetch=published.__getitem__),
            resolve_status_list_token=default_status_list_token_resolver(
                resolver=registry, fetch=published.__getitem__
            ),
        )
    except Exception as error:  # whatever it raises is its refusal
        return {"isValid": False, "reason": f"{type(error).__name__}: {error}"}
    return {"isValid": True, "reason": ""}


if __name__ == "__main__":
    print(json.dumps([judged(one) for one in json.load(sys.stdin)]))
