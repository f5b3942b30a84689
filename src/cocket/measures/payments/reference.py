# SPDX-License-Identifier: Apache-2.0
"""The reference by which a payment is recognised, and account numbers: both carry check digits that are computed alike."""

from __future__ import annotations

import re
from typing import Final

#: Letters and digits of our references: none that is taken for another when it is written by hand.
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

#: Signs after the check digits of our references: 80 bits, so that two declarations do not share one.
_OWN_LENGTH: Final = 16

_REFERENCE: Final = re.compile(r"RF[0-9]{2}[0-9A-Z]{1,21}")
_OWN_IN_TEXT: Final = re.compile(rf"RF[ ]?[0-9]{{2}}(?:[ ]?[0-9A-Z]){{{_OWN_LENGTH}}}(?![0-9A-Z])")
_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}")
_BLANKS: Final = re.compile(r"\s+")


def make_reference(secret: bytes) -> str:
    """A structured creditor reference.

    Args:
        secret: What it is made of (10 bytes or more, of which the first 10 count); the same bytes give the same one.

    Returns:
        `RF`, two check digits and 16 letters and digits, without blanks.

    Source: ISO 11649:2009, 5; ISO/IEC 7064, MOD 97-10.
    """
    number = int.from_bytes(secret[:10], "big")
    signs = ""
    for _ in range(_OWN_LENGTH):
        number, rest = divmod(number, len(_ALPHABET))
        signs = _ALPHABET[rest] + signs
    return f"RF{98 - _remainder(f'{signs}RF00'):02}{signs}"


def is_reference(text: str) -> bool:
    """Whether a text is a structured creditor reference with the right check digits, without blanks.

    Source: ISO 11649:2009, 5.
    """
    return bool(_REFERENCE.fullmatch(text)) and _remainder(text[4:] + text[:4]) == 1


def references_in(text: str) -> tuple[str, ...]:
    """References of our length with the right check digits in a free text (0..n), each once, in order.

    Args:
        text: What a payer wrote; blanks inside a reference are passed over.
    """
    upper = _BLANKS.sub(" ", text.upper())
    found = (_BLANKS.sub("", one.group()) for one in _OWN_IN_TEXT.finditer(upper))
    return tuple(dict.fromkeys(one for one in found if is_reference(one)))


def grouped(text: str) -> str:
    """A reference or an account number in groups of four, as it is printed.

    Source: ISO 11649:2009, 6; ISO 13616-1, 5.
    """
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


def is_iban(text: str) -> bool:
    """Whether a text is an international bank account number with the right check digits, without blanks.

    Source: ISO 13616-1:2020, 5. Lengths of countries are not looked at.
    """
    return bool(_IBAN.fullmatch(text)) and _remainder(text[4:] + text[:4]) == 1


def _remainder(text: str) -> int:
    """What is left of a text divided by 97, letters counting as 10 to 35."""
    return int("".join(str(int(sign, 36)) for sign in text)) % 97
