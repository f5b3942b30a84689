# SPDX-License-Identifier: Apache-2.0
"""Business rules of the entry summary declaration and of its amendment, as Great Britain applies them.

In: the root element of a message whose structure is right. Out: an error for each broken rule and element, with the
code of the GB import control system. 182 codes, most of them conditions and rules of the EU import control system.
Source: EU Import Control System, conditions (C), rules (R) and technical rules (TR); GB error codes.
"""

from cocket.standards.ens.rules._check import PROFILES, check

__all__ = ["PROFILES", "check"]
