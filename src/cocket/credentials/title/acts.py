# SPDX-License-Identifier: Apache-2.0
"""What may be done with a title, and by whom: the rules of TradeTrust's title escrow, said once in Python.

On a chain the contract keeps these rules and this module only names the acts. A registrar without a chain keeps them
here. A refusal bears the name that the contract's own error bears, so that both modes refuse alike.
Source: TradeTrust Token Registry 5.x, TitleEscrow, TradeTrustTokenMintable, -Burnable, -Restorable.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from cocket.credentials.title.state import Title, TitleEvent, after
from cocket.errors import PolicyError

ActKind = Literal[
    "mint",
    "nominate",
    "transferBeneficiary",
    "transferHolder",
    "transferOwners",
    "rejectTransferBeneficiary",
    "rejectTransferHolder",
    "rejectTransferOwners",
    "returnToIssuer",
    "burn",
    "restore",
]

#: Acts of the issuer; all others are acts of holder or beneficiary.
ISSUER_ACTS: frozenset[ActKind] = frozenset({"mint", "burn", "restore"})

#: Longest remark (bytes).
REMARK_BYTES = 120

#: Why an act is refused: the contract's name for it, and a sentence.
REFUSALS = {
    "AccessControlUnauthorizedAccount": "Only the issuer may do this.",
    "CallerNotBeneficiary": "Only the beneficiary may do this.",
    "CallerNotHolder": "Only the holder may do this.",
    "DualRoleRejectionRequired": "A party that is holder and beneficiary rejects both roles at once.",
    "EnforcedPause": "The registry is paused.",
    "InactiveTitleEscrow": "The title is burned.",
    "InvalidNominee": "Only the party that the beneficiary nominated can become beneficiary.",
    "InvalidTokenId": "There is no such title.",
    "InvalidTokenTransferToZeroAddressOwners": "A title is issued to a beneficiary and a holder.",
    "InvalidTransferToZeroAddress": "There is no one to transfer it to.",
    "NomineeAlreadyNominated": "This party is already nominated.",
    "RecipientAlreadyHolder": "This party already holds it.",
    "RegistryContractPaused": "The registry is paused.",
    "RemarkLengthExceeded": "A remark has at most 120 bytes.",
    "TargetNomineeAlreadyBeneficiary": "This party is already the beneficiary.",
    "TitleEscrowNotHoldingToken": "The title is surrendered.",
    "TokenExists": "Such a title already exists.",
    "TokenNotReturnedToIssuer": "The title is not surrendered.",
}


class Act(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What somebody wants done with a title.

    Attributes:
        kind: Which act, as TradeTrust's contracts call it.
        by: Who does it: an address on a chain, a public key at a registrar.
        beneficiary: The beneficiary to be (mint), the nominee (nominate, transferBeneficiary, transferOwners).
        holder: The holder to be (mint, transferHolder, transferOwners).
        remark: Beside it, encrypted or harmless: it is there for good. No personal data.
    """

    kind: ActKind
    by: str
    beneficiary: str | None = None
    holder: str | None = None
    remark: bytes = b""


class TitleRefusedError(PolicyError):
    """An act that the title's state does not allow; `reasons` holds the contract's name for why (1)."""

    code = "title-refused"


def refusal(name: str) -> TitleRefusedError:
    """The refusal that a contract's error names."""
    return TitleRefusedError(REFUSALS.get(name, f"The registry refuses: {name}."), reasons=(name,))


def perform(title: Title, act: Act, issuer: str) -> tuple[Title, tuple[TitleEvent, ...]]:
    """Do what is asked, if the rules allow it.

    Args:
        title: Where the title stands.
        act: What is wanted.
        issuer: Who may issue, burn and restore.

    Returns:
        Where it stands then, and what happened (1..n), in order.

    Raises:
        TitleRefusedError: The rules do not allow it; nothing happened.
    """
    if len(act.remark) > REMARK_BYTES:
        raise refusal("RemarkLengthExceeded")
    if act.kind in ISSUER_ACTS:
        _require(act.by == issuer, "AccessControlUnauthorizedAccount")
    else:
        _require(title.standing != "unissued", "InvalidTokenId")
        _require(title.standing != "burned", "InactiveTitleEscrow")
    events = _RULES[act.kind](title, act)
    changed = title
    for event in events:
        changed = after(changed, event)
    return _with_previous(title, changed, act), events


def _require(holds: bool, name: str) -> None:
    if not holds:
        raise refusal(name)


def _mint(title: Title, act: Act) -> tuple[TitleEvent, ...]:
    _require(title.standing == "unissued", "TokenExists")
    _require(bool(act.beneficiary and act.holder), "InvalidTokenTransferToZeroAddressOwners")
    return (
        TitleEvent(kind="BeneficiaryTransfer", to_beneficiary=act.beneficiary),
        TitleEvent(kind="HolderTransfer", to_holder=act.holder),
        TitleEvent(
            kind="TokenReceived",
            is_minting=True,
            to_beneficiary=act.beneficiary,
            to_holder=act.holder,
            remark=_remark(act),
        ),
    )


def _nominate(title: Title, act: Act) -> tuple[TitleEvent, ...]:
    _by_beneficiary(title, act)
    _in_force(title)
    _require(act.beneficiary != title.beneficiary, "TargetNomineeAlreadyBeneficiary")
    _require(act.beneficiary != title.nominee, "NomineeAlreadyNominated")
    return (TitleEvent(kind="Nomination", from_nominee=title.nominee, to_nominee=act.beneficiary, remark=_remark(act)),)


def _transfer_beneficiary(title: Title, act: Act) -> tuple[TitleEvent, ...]:
    _by_holder(title, act)
    _in_force(title)
    _require(act.beneficiary is not None, "InvalidTransferToZeroAddress")
    _require(title.beneficiary == title.holder or title.nominee == act.beneficiary, "InvalidNominee")
    return _beneficiary_moves(title, act.beneficiary, act)


def _transfer_holder(title: Title, act: Act) -> tuple[TitleEvent, ...]:
    _by_holder(title, act)
    _in_force(title)
    _require(act.holder is not None, "InvalidTransferToZeroAddress")
    _require(act.holder != title.holder, "RecipientAlreadyHolder")
    return (_holder_moves(title, act.holder, act),)


def _transfer_owners(title: Title, act: Act) -> tuple[TitleEvent, ...]:
    return (*_transfer_beneficiary(title, act), *_transfer_holder(title, act))


def _reject_beneficiary(title: Title, act: Act) -> tuple[TitleEvent, ...]:
    _by_beneficiary(title, act)
    _in_force(title)
    back = title.previous_beneficiary
    _require(back is not None, "InvalidTransferToZeroAddress")
    _require(title.beneficiary != title.holder, "DualRoleRejectionRequired")
    rejected = TitleEvent(
        kind="RejectTransferBeneficiary",
        from_beneficiary=title.beneficiary,
        to_beneficiary=back,
        remark=_remark(act),
    )
    return (*_beneficiary_moves(title, back, act), rejected)


def _reject_holder(title: Title, act: Act) -> tuple[TitleEvent, ...]:
    _by_holder(title, act)
    _in_force(title)
    back = title.previous_holder
    _require(back is not None, "InvalidTransferToZeroAddress")
    _require(title.beneficiary != title.holder, "DualRoleRejectionRequired")
    rejected = TitleEvent(kind="RejectTransferHolder", from_holder=title.holder, to_holder=back, remark=_remark(act))
    return (_holder_moves(title, back, act), rejected)


def _reject_owners(title: Title, act: Act) -> tuple[TitleEvent, ...]:
    _in_force(title)
    _by_beneficiary(title, act)
    _by_holder(title, act)
    _require(bool(title.previous_beneficiary and title.previous_holder), "InvalidTransferToZeroAddress")
    rejected = TitleEvent(
        kind="RejectTransferOwners",
        from_beneficiary=title.beneficiary,
        to_beneficiary=title.previous_beneficiary,
        from_holder=title.holder,
        to_holder=title.previous_holder,
        remark=_remark(act),
    )
    moves = _beneficiary_moves(title, title.previous_beneficiary, act)
    return (*moves, _holder_moves(title, title.previous_holder, act), rejected)


def _return_to_issuer(title: Title, act: Act) -> tuple[TitleEvent, ...]:
    _by_beneficiary(title, act)
    _by_holder(title, act)
    _in_force(title)
    return (
        TitleEvent(kind="Nomination", from_nominee=title.nominee),
        TitleEvent(kind="ReturnToIssuer", caller=act.by, remark=_remark(act)),
    )


def _burn(title: Title, act: Act) -> tuple[TitleEvent, ...]:
    _require(title.standing != "unissued", "InvalidTokenId")
    _require(title.standing != "burned", "InactiveTitleEscrow")
    _require(title.standing == "surrendered", "TokenNotReturnedToIssuer")
    return (
        TitleEvent(kind="BeneficiaryTransfer", from_beneficiary=title.beneficiary),
        TitleEvent(kind="HolderTransfer", from_holder=title.holder),
        TitleEvent(kind="Shred", remark=_remark(act)),
    )


def _restore(title: Title, act: Act) -> tuple[TitleEvent, ...]:
    _require(title.standing != "unissued", "InvalidTokenId")
    _require(title.standing == "surrendered", "TokenNotReturnedToIssuer")
    restored = TitleEvent(
        kind="TokenReceived",
        is_minting=False,
        to_beneficiary=title.beneficiary,
        to_holder=title.holder,
        remark=_remark(act),
    )
    return (restored,)


_RULES: dict[ActKind, Callable[[Title, Act], tuple[TitleEvent, ...]]] = {
    "mint": _mint,
    "nominate": _nominate,
    "transferBeneficiary": _transfer_beneficiary,
    "transferHolder": _transfer_holder,
    "transferOwners": _transfer_owners,
    "rejectTransferBeneficiary": _reject_beneficiary,
    "rejectTransferHolder": _reject_holder,
    "rejectTransferOwners": _reject_owners,
    "returnToIssuer": _return_to_issuer,
    "burn": _burn,
    "restore": _restore,
}


def _by_beneficiary(title: Title, act: Act) -> None:
    _require(act.by == title.beneficiary, "CallerNotBeneficiary")


def _by_holder(title: Title, act: Act) -> None:
    _require(act.by == title.holder, "CallerNotHolder")


def _in_force(title: Title) -> None:
    _require(title.standing == "in-force", "TitleEscrowNotHoldingToken")


def _remark(act: Act) -> bytes | None:
    return act.remark or None


def _beneficiary_moves(title: Title, to: str | None, act: Act) -> tuple[TitleEvent, ...]:
    moved = TitleEvent(
        kind="BeneficiaryTransfer",
        from_beneficiary=title.beneficiary,
        to_beneficiary=to,
        remark=_remark(act),
    )
    return (moved,) if title.nominee is None else (moved, TitleEvent(kind="Nomination", from_nominee=title.nominee))


def _holder_moves(title: Title, to: str | None, act: Act) -> TitleEvent:
    return TitleEvent(kind="HolderTransfer", from_holder=title.holder, to_holder=to, remark=_remark(act))


def _with_previous(before: Title, changed: Title, act: Act) -> Title:
    """Who gets what back on a rejection, which only the last transfer allows."""
    beneficiary, holder = before.previous_beneficiary, before.previous_holder
    was_one = before.beneficiary == before.holder
    match act.kind:
        case "nominate":
            beneficiary, holder = None, None if was_one else holder
        case "transferBeneficiary":
            beneficiary, holder = before.beneficiary, None
        case "transferHolder":
            beneficiary, holder = None if was_one else beneficiary, before.holder
        case "transferOwners":
            beneficiary = None if changed.beneficiary == before.holder else before.beneficiary
            holder = before.holder
        case "rejectTransferBeneficiary":
            beneficiary = None
        case "rejectTransferHolder":
            holder = None
        case "rejectTransferOwners" | "returnToIssuer":
            beneficiary, holder = None, None
    return msgspec.structs.replace(changed, previous_beneficiary=beneficiary, previous_holder=holder)
