# SPDX-License-Identifier: Apache-2.0
"""Title: who controls a transferable record (an electronic bill of lading), told apart from whether it is genuine.

In: documents, logs of a chain or entries of a registrar, as values. Out: where the title stands, and what may be done.
Source: TradeTrust Token Registry 5.x; Singapore Electronic Transactions Act 2010 s16H; UK Electronic Trade Documents
Act 2023 s2.
"""

from cocket.credentials.title.acts import (
    ISSUER_ACTS,
    REFUSALS,
    REMARK_BYTES,
    Act,
    ActKind,
    TitleRefusedError,
    perform,
    refusal,
)
from cocket.credentials.title.events import ChainEvent, event_topics, read_log, read_logs
from cocket.credentials.title.record import TransferableRecord, transferable_record
from cocket.credentials.title.registrar import (
    NOTHING,
    Book,
    Entry,
    Instruction,
    SignedInstruction,
    control_text,
    enter,
    read_book,
    read_instruction,
    show_control,
    shows_control,
    sign,
    verify_book,
)
from cocket.credentials.title.state import EventKind, Standing, Title, TitleEvent, after, title_of
from cocket.credentials.title.verdict import TitleVerdict, judge_title

__all__ = [
    "ISSUER_ACTS",
    "NOTHING",
    "REFUSALS",
    "REMARK_BYTES",
    "Act",
    "ActKind",
    "Book",
    "ChainEvent",
    "Entry",
    "EventKind",
    "Instruction",
    "SignedInstruction",
    "Standing",
    "Title",
    "TitleEvent",
    "TitleRefusedError",
    "TitleVerdict",
    "TransferableRecord",
    "after",
    "control_text",
    "enter",
    "event_topics",
    "judge_title",
    "perform",
    "read_book",
    "read_instruction",
    "read_log",
    "read_logs",
    "refusal",
    "show_control",
    "shows_control",
    "sign",
    "title_of",
    "transferable_record",
    "verify_book",
]
