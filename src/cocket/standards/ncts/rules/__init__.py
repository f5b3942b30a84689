# SPDX-License-Identifier: Apache-2.0
"""Conditions and rules of transit messages that can be judged from one message alone.

In: the root element of a message whose structure is right. Out: a finding for each place where one does not hold, with
its code after `ncts-`. Those that need registers, code lists in force or an earlier message are left to customs.
Source: DDNTA 6.4.1, conditions (C) and rules (R).
"""

from cocket.standards.ncts.rules.judging import RULES, check

__all__ = ["RULES", "check"]
