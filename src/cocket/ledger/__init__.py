# SPDX-License-Identifier: Apache-2.0
"""The sealed book: every message as received, every decision, every look → leaf, receipt, proof.

In: openings, entries and bytes of files. Out: leaves, files to write, signed checkpoints, receipts, proofs, verdicts.
Nothing is read or written here: files come through a callable, keys as bytes, nonces and times as arguments.
Source: RFC 6962, RFC 9162, RFC 8785; C2SP tlog-tiles, tlog-checkpoint, signed-note.
"""

from cocket.ledger.audit import CHECKPOINT_FILE, KEY_FILE, LogVerdict, verify_log
from cocket.ledger.blinding import Pace, cover, cover_count, shuffle, steps_due
from cocket.ledger.broken_promise import BrokenPromise, PromiseVerdict, convict_promise, judge_promise
from cocket.ledger.checkpoint import Checkpoint, open_checkpoint, read_checkpoint, sign_checkpoint
from cocket.ledger.day_statement import (
    COUNT_STEP,
    LOOK_STEP,
    DayStatement,
    TablesStated,
    find_statement,
    read_statement,
    statement_day,
    statement_file,
    verify_statement,
    write_statement,
)
from cocket.ledger.descent import Problem
from cocket.ledger.gateway_chain import (
    NO_ENTRY,
    GatewayEntry,
    ProvisionalReceipt,
    check_chain,
    entry_hash,
    is_provisional,
    read_provisional,
    sign_entry,
    verify_provisional,
)
from cocket.ledger.growth import Growth, Tree
from cocket.ledger.handover import HANDOVERS, Tenure, read_tenures, verifiers_for, write_handover
from cocket.ledger.leaf import Leaf, Opening, commitment, content_hash, read_entry, seal_leaf, write_entry
from cocket.ledger.note import Note, Signature, Signer, SigningKey, Verifier, open_note, sign_note, split_note
from cocket.ledger.proof import Prover, prove_consistency, prove_inclusion, verify_consistency, verify_inclusion
from cocket.ledger.receipt import (
    Check,
    InclusionProof,
    Outcome,
    Promise,
    Receipt,
    Verdict,
    make_receipt,
    prove_leaf,
    read_proof,
    verify_inclusion_proof,
    verify_receipt,
    write_proof,
)
from cocket.ledger.sealed_record import SealedRecord, is_sealed_record, read_sealed_record, verify_sealed_record
from cocket.ledger.tables_note import TABLES_FILE, TablesNote, read_tables_note, write_tables_note
from cocket.ledger.tiles import TILE_WIDTH, Read, Tile, log_entries
from cocket.ledger.tree import leaf_hash, merkle_root
from cocket.ledger.years import FamilyVerdict, family_of, log_of_year, verify_family, year_folders, year_of

__all__ = [
    "CHECKPOINT_FILE",
    "COUNT_STEP",
    "HANDOVERS",
    "KEY_FILE",
    "LOOK_STEP",
    "NO_ENTRY",
    "TABLES_FILE",
    "TILE_WIDTH",
    "BrokenPromise",
    "Check",
    "Checkpoint",
    "DayStatement",
    "FamilyVerdict",
    "GatewayEntry",
    "Growth",
    "InclusionProof",
    "Leaf",
    "LogVerdict",
    "Note",
    "Opening",
    "Outcome",
    "Pace",
    "Problem",
    "Promise",
    "PromiseVerdict",
    "Prover",
    "ProvisionalReceipt",
    "Read",
    "Receipt",
    "SealedRecord",
    "Signature",
    "Signer",
    "SigningKey",
    "TablesNote",
    "TablesStated",
    "Tenure",
    "Tile",
    "Tree",
    "Verdict",
    "Verifier",
    "check_chain",
    "commitment",
    "content_hash",
    "convict_promise",
    "cover",
    "cover_count",
    "entry_hash",
    "family_of",
    "find_statement",
    "is_provisional",
    "is_sealed_record",
    "judge_promise",
    "leaf_hash",
    "log_entries",
    "log_of_year",
    "make_receipt",
    "merkle_root",
    "open_checkpoint",
    "open_note",
    "prove_consistency",
    "prove_inclusion",
    "prove_leaf",
    "read_checkpoint",
    "read_entry",
    "read_proof",
    "read_provisional",
    "read_sealed_record",
    "read_statement",
    "read_tables_note",
    "read_tenures",
    "seal_leaf",
    "shuffle",
    "sign_checkpoint",
    "sign_entry",
    "sign_note",
    "split_note",
    "statement_day",
    "statement_file",
    "steps_due",
    "verifiers_for",
    "verify_consistency",
    "verify_family",
    "verify_inclusion",
    "verify_inclusion_proof",
    "verify_log",
    "verify_provisional",
    "verify_receipt",
    "verify_sealed_record",
    "verify_statement",
    "write_entry",
    "write_handover",
    "write_proof",
    "write_statement",
    "write_tables_note",
    "year_folders",
    "year_of",
]
