# SPDX-License-Identifier: Apache-2.0
"""An agreement for tests."""

from __future__ import annotations

TEXT = """
name = "betania-2026"
title = "Agreement on transit"
other = "Betania Customs"
partner = "did:web:customs.betania.example"
senders = ["BETANIA"]
purposes = ["control"]
begins = 2020-01-01
ends = 2999-12-31
source = "Treaty Series 2026/12"

[exchanges]
journey-hand-over = ["operator"]
seizure-report = ["goods"]

[[service_level]]
measure = "correction"
hours = 48
share = 0.9

[[service_level]]
measure = "advice"
hours = 2

[[service_level]]
measure = "take-over"
hours = 12
"""


def text(**instead: str) -> bytes:
    """The agreement with other values of its fields, as they are written."""
    lines = []
    for line in TEXT.splitlines():
        name = line.partition(" = ")[0]
        lines.append(f"{name} = {instead[name]}" if name in instead else line)
    return "\n".join(lines).encode()
