# SPDX-License-Identifier: Apache-2.0
"""What a customs procedure does to duties and taxes: a table, one row a procedure, one column a kind of charge."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Literal, TypedDict

import msgspec

from cocket.measures.tariff.kinds import COMPETING, REMEDIES, Kind

#: `suspended` amounts are secured and not paid; `repaid` amounts are paid and come back (drawback); `private` amounts are
#: paid to somebody else than customs, and count in bases only.
Effect = Literal["due", "suspended", "not-due", "repaid", "private"]

_COLUMNS: dict[Kind, str] = {
    **dict.fromkeys(COMPETING, "duties"),
    **dict.fromkeys(REMEDIES, "remedies"),
    "excise": "excise",
    "fee": "fees",
    "vat": "vat",
    "withholding": "vat",
}


class Procedure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What procedures that begin with `code` do.

    Attributes:
        code: First signs of procedure asked for and before (`4`, `42`, `4071`).
        says: In words.
        duties: Effect on customs duties, preferences, suspensions and quotas.
        remedies: Effect on trade measures.
        excise: Effect on excise.
        vat: Effect on VAT, and on taxes withheld.
        fees: Effect on fees.
        value: Amount in the place of the customs value: `processing_cost` for goods that come back processed; None
            for the customs value.
        share: Per cent of duties and trade measures that is due for each month or part of one, where the months are
            stated; None where all or nothing is due.
        cap: Highest share, per cent.
        repaid: Per cent that comes back of what is `repaid`.
        security: Per cent of the amounts suspended for which security can be asked.
        assumes: What must be true of the goods for this to hold; listed as an assumption.
        act: Legal act.
    """

    code: str
    says: str
    duties: Effect = "due"
    remedies: Effect = "due"
    excise: Effect = "due"
    vat: Effect = "due"
    fees: Effect = "due"
    value: str | None = None
    share: Decimal | None = None
    cap: Decimal = Decimal(100)
    repaid: Decimal = Decimal(100)
    security: Decimal = Decimal(100)
    assumes: str = ""
    act: str = ""


class Relief(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Relief for consignments of low value (de minimis).

    Attributes:
        up_to: Highest value that is relieved, of all items declared together.
        kinds: Kinds of charges that are not due.
        currency: ISO 4217 of `up_to`; empty for the tariff's.
        of: Amount that is held against it (`value`, `price`, …).
        below: Whether a value of exactly `up_to` is no longer relieved.
        except_codes: First digits of goods codes that have no relief.
        valid_from: First day; None if always.
        valid_to: Last day; None if open.
        act: Legal act.
    """

    up_to: Decimal
    kinds: tuple[Kind, ...]
    currency: str = ""
    of: str = "value"
    below: bool = False
    except_codes: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    act: str = ""


class _Effects(TypedDict):
    duties: Effect
    remedies: Effect
    excise: Effect
    vat: Effect
    fees: Effect


def _all(one: Effect, fees: Effect | None = None, duties: Effect | None = None) -> _Effects:
    return {"duties": duties or one, "remedies": one, "excise": one, "vat": one, "fees": fees or one}


#: Procedure asked for, the one before, and additional ones of three signs each.
_WITH_ADDITIONAL = re.compile(r"([0-9]{2})[ /-]?([0-9]{2})((?:[ ,/+-]?[0-9A-Z]{3})*)")
_DIGITS = re.compile(r"[0-9]{1,4}")

#: First digits of a goods code as people write them, with dots, blanks and dashes between.
_CODE = re.compile(r"[0-9]+(?:[ .\u00a0\u2013-]+[0-9]+)*")

#: Digits of the longest goods code that is taken for one.
MOST_CODE_DIGITS = 14

#: Fees are for a service that was given, so they are not suspended.
_SUSPENDED = _all("suspended", fees="due")

_UCC = "Regulation (EU) 952/2013"

#: The first digit is the kind of procedure in the TARIC, in ASYCUDA and in the tariffs that follow them.
USUAL: tuple[Procedure, ...] = (
    Procedure(code="1", says="permanent export", **_all("not-due")),
    Procedure(code="2", says="temporary export", **_all("not-due")),
    Procedure(code="3", says="re-export", **_all("not-due")),
    Procedure(code="4", says="release for home use"),
    Procedure(
        code="42", says="release with VAT relief for onward supply", vat="not-due", act="Directive 2006/112, 143(1)(d)"
    ),
    Procedure(code="44", says="release for an end use, with the rate that the use claims", act=f"{_UCC}, 254"),
    Procedure(code="45", says="release of duties, goods stay in a tax warehouse", excise="suspended", vat="suspended"),
    Procedure(code="49", says="goods of a special fiscal territory", duties="not-due", remedies="not-due"),
    Procedure(code="5", says="inward processing or temporary admission", act=f"{_UCC}, 250 and 256", **_SUSPENDED),
    Procedure(
        code="53",
        says="temporary admission: total relief, or partial relief by the months that are stated",
        share=Decimal(3),
        act=f"{_UCC}, 250 to 252",
        **_SUSPENDED,
    ),
    Procedure(code="6", says="re-import"),
    Procedure(
        code="6121",
        says="re-import after outward processing: duty on the cost of processing",
        value="processing_cost",
        act=f"{_UCC}, 86(5) and 259",
    ),
    Procedure(
        code="6123",
        says="returned goods",
        assumes="the goods return unaltered, within three years, to the exporter",
        act=f"{_UCC}, 203; Directive 2006/112, 143(1)(e)",
        **_all("not-due", fees="due"),
    ),
    Procedure(code="63", says="re-import with VAT relief for onward supply", vat="not-due"),
    Procedure(code="7", says="customs warehouse", act=f"{_UCC}, 240", **_SUSPENDED),
    Procedure(code="8", says="transit", act=f"{_UCC}, 226", **_SUSPENDED),
    Procedure(
        code="ATA",
        says="carnet for temporary admission",
        security=Decimal(110),
        act="ATA Convention 1961, articles 3 and 6",
        **_all("suspended"),
    ),
    Procedure(
        code="DRAWBACK",
        says="export with drawback of duties",
        assumes="customs has granted the repayment",
        act="Revised Kyoto Convention, specific annex F, chapter 3",
        **_all("not-due", duties="repaid"),
    ),
    Procedure(
        code="REFUND",
        says="repayment of what was paid on goods that were defective, withdrawn or overcharged",
        assumes="customs has granted the repayment",
        act=f"{_UCC}, 116 to 121; Revised Kyoto Convention, general annex, standards 4.18 to 4.24",
        **_all("repaid", fees="not-due"),
    ),
)


def parts_of_procedure(code: str) -> tuple[str, str]:
    """A procedure code and what stands behind it: `4000 C07` is `4000` and `C07`.

    Args:
        code: As stated.

    Returns:
        Procedure asked for and before, and additional procedures; the whole and nothing if it is no such code.

    Source: Commission Delegated Regulation (EU) 2015/2446, annex B, data elements 11 09 and 11 10.
    """
    found = _WITH_ADDITIONAL.fullmatch(code.strip().upper())
    return (found[1] + found[2], found[3].strip()) if found else (code.strip().upper(), "")


def procedure_of(code: str | None, known: tuple[Procedure, ...] = USUAL) -> Procedure | None:
    """The procedure that says most about a code: the one with most signs in common.

    Args:
        code: Procedure asked for and before; None for release for home use.
        known: Procedures of the country.

    Returns:
        The procedure; None if nothing is known of it, or it is no code: one to four digits, or a word of the table.

    Source: procedure codes of the SAD (box 37), Commission Delegated Regulation (EU) 2015/2446, annex B.
    """
    wanted, _ = parts_of_procedure(code or "40")
    for one in known:
        if one.code.upper() == wanted:
            return one
    if not _DIGITS.fullmatch(wanted):
        return None
    fitting = [one for one in known if wanted.startswith(one.code.upper())]
    return max(fitting, key=lambda one: len(one.code)) if fitting else None


def code_digits(written: str) -> str | None:
    """First digits of goods codes, of a charge or a relief, without the punctuation between them.

    Args:
        written: `0102.29`, `0102 29`, `0102-29`.

    Returns:
        The digits; None if it is anything else, as a letter for a digit, or a range from one code to another.
    """
    written = written.strip()
    if not _CODE.fullmatch(written):
        return None
    first, *more = re.split(r"\s*[\u2013-]\s*", written)
    if len(more) == 1 and len(more[0]) == len(first):
        return None
    digits = re.sub(r"[^0-9]", "", written)
    return digits if len(digits) <= MOST_CODE_DIGITS else None


@cache
def all_digits(written: tuple[str, ...]) -> tuple[str, ...]:
    """The same of several codes; one that is none stays as it is, and is on no goods."""
    return tuple(code_digits(one) or one for one in written)


def is_procedure_prefix(written: str, known: tuple[Procedure, ...] = USUAL) -> bool:
    """Whether a text may be the first signs of a procedure: one to four digits, or those of a word of the table."""
    return bool(_DIGITS.fullmatch(written)) or (
        bool(written) and any(one.code.upper().startswith(written) for one in known)
    )


def effect(procedure: Procedure, kind: Kind) -> Effect:
    """What a procedure does to a kind of duty or tax.

    Raises:
        KeyError: The kind asks for no money.
    """
    found: Effect = getattr(procedure, _COLUMNS[kind])
    return found
