# SPDX-License-Identifier: Apache-2.0
"""Findings: what a check has to say about a message, in the shape of the WCO Response.

In: nothing. Out: `Finding` values, gathered to a limit by `Gathered` and rendered by `render`.
A finding carries a code and arguments; doors render the language.
Source: WCO Data Model 3.x, Response (RES): Error 53A, Pointer 97A.
"""

from cocket.findings._finding import SEVERITIES, Finding, Gathered, Severity, describe, render

__all__ = ["SEVERITIES", "Finding", "Gathered", "Severity", "describe", "render"]
