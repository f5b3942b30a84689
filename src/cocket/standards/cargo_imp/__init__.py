# SPDX-License-Identifier: Apache-2.0
"""IATA Cargo-IMP: air waybills, lists of houses, flight manifests and statuses as lines of text.

In: FWB, FHL, FFM and FSU in the editions in use. Out: manifests with their bills, movements and findings, and back.
Source: IATA Cargo Interchange Message Procedures, 34th edition.
"""

from cocket.standards.cargo_imp._plugin import CARGO_IMP
from cocket.standards.cargo_imp.lines import looks_like_cargo_imp, parted
from cocket.standards.cargo_imp.views import text_of_view, view_of_text

__all__ = ["CARGO_IMP", "looks_like_cargo_imp", "parted", "text_of_view", "view_of_text"]
