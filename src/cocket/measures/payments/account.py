# SPDX-License-Identifier: Apache-2.0
"""To whom duties are paid: name, account, and by which code each charge is booked as revenue."""

from __future__ import annotations

import re
import tomllib

import msgspec

from cocket.errors import SettingsError
from cocket.measures.payments.reference import is_iban

_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_ACCOUNT = re.compile(r"[0-9A-Za-z/.:-]{1,34}")


class Payee(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """To whom duties and taxes are paid.

    Attributes:
        name: Name of the account's holder.
        account: IBAN, or the number of the account where there is none, without blanks.
        bic: Identifier of its bank (BIC); empty where the IBAN is enough.
        bank: Name of the bank in words, for the slip; empty for none.
        days: Days from the advice within which payment is due.
        zone: Administrative zone, as the tax authority writes it; empty for none.
        method: How the tax is assessed, as the tax authority writes it; empty for none.
        revenue: Name of a charge → code under which it is booked as revenue.
        former: Accounts that payments came to before (0..n).
    """

    name: str
    account: str
    bic: str = ""
    bank: str = ""
    days: int = 10
    zone: str = ""
    method: str = ""
    revenue: dict[str, str] = {}
    former: tuple[str, ...] = ()

    @property
    def is_iban(self) -> bool:
        """Whether the account is an IBAN."""
        return is_iban(self.account)

    @property
    def accounts(self) -> frozenset[str]:
        """Every account to which a payment counts."""
        return frozenset((self.account, *self.former))


def read_payee(content: bytes) -> Payee:
    """Read the account of the administration.

    Args:
        content: TOML with the fields of `Payee`; blanks in account numbers are passed over.

    Raises:
        SettingsError: It is not valid; `problems` lists everything at once.
    """
    try:
        table = tomllib.loads(content.decode("utf-8"))
        payee = msgspec.convert(table, Payee)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(f"The account for payments is not valid: {error}.", problems=(str(error),)) from error
    payee = msgspec.structs.replace(
        payee,
        account="".join(payee.account.split()),
        bic="".join(payee.bic.split()).upper(),
        former=tuple("".join(one.split()) for one in payee.former),
    )
    problems = tuple(_problems(payee))
    if problems:
        raise SettingsError(f"The account for payments is not valid: {'; '.join(problems)}.", problems=problems)
    return payee


def account_problem(account: str) -> str | None:
    """What is wrong with an account number, in words; None if nothing is.

    Source: ISO 13616-1 for an account that has the shape of an IBAN; ISO 20022 `Max34Text` for any other.
    """
    if not _ACCOUNT.fullmatch(account):
        return f"{account[:40]!r} is not an account number (1 to 34 letters, digits and / . : -)"
    if account[:2].isalpha() and account[2:4].isdigit() and account.isalnum() and not is_iban(account):
        return f"the check digits of the account {account} are wrong"
    return None


def bic_problem(bic: str) -> str | None:
    """What is wrong with the identifier of a bank, in words; None if nothing is.

    Source: ISO 9362.
    """
    return None if not bic or _BIC.fullmatch(bic) else f"{bic[:20]!r} is not a BIC (8 or 11 letters and digits)"


def _problems(payee: Payee) -> list[str]:
    found = [account_problem(one) for one in (payee.account, *payee.former)]
    found.append(bic_problem(payee.bic))
    found += ["name is missing" if not payee.name.strip() else None]
    found += ["days must be between 0 and 3650" if not 0 <= payee.days <= 3650 else None]
    found += [f"the code of {name} is longer than 35 signs" for name, code in payee.revenue.items() if len(code) > 35]
    return [one for one in found if one]
