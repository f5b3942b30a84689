# SPDX-License-Identifier: Apache-2.0
"""Manifest control: stock lines from manifests, written off by declarations, each bill with its balance and findings.

In: papers, manifests whole. Out: accounts by bill, findings that name both papers; before arrival, targets with their
reasons from manifest facts alone.
Source: Revised Kyoto Convention, specific annexes A and E; why it counts as it does: `docs/explanation/consignment/manifest-control.md`.
"""

from cocket.consignment.manifest_control.accounts import Account, Balanced, Elsewhere, balance
from cocket.consignment.manifest_control.cargo_checks import CARGO_CHECKS
from cocket.consignment.manifest_control.checks import CHECKS, Terms
from cocket.consignment.manifest_control.control import (
    OVERDUE,
    ManifestControl,
    Voyage,
    control,
    controlled,
    counts_of,
    totals_of,
)
from cocket.consignment.manifest_control.indicators import INDICATORS
from cocket.consignment.manifest_control.scene import Known, address_key, party_key
from cocket.consignment.manifest_control.stock import BillKey, StockLine, bill_number, lines_of, names_of_manifest
from cocket.consignment.manifest_control.targeting import Target, TargetReason, target
from cocket.consignment.manifest_control.write_offs import Named, WriteOff, write_offs_of

__all__ = [
    "CARGO_CHECKS",
    "CHECKS",
    "INDICATORS",
    "OVERDUE",
    "Account",
    "Balanced",
    "BillKey",
    "Elsewhere",
    "Known",
    "ManifestControl",
    "Named",
    "StockLine",
    "Target",
    "TargetReason",
    "Terms",
    "Voyage",
    "WriteOff",
    "address_key",
    "balance",
    "bill_number",
    "control",
    "controlled",
    "counts_of",
    "lines_of",
    "names_of_manifest",
    "party_key",
    "target",
    "totals_of",
    "write_offs_of",
]
