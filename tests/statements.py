# SPDX-License-Identifier: Apache-2.0
"""A tariff that the sample declaration can be paid by, and statements of a bank, for tests."""

from __future__ import annotations

from typing import Any

from cocket.measures.tariff import Charge, Line, read_rate, write_tariff
from tests.measures.making import measure, percent, tariff

#: Codes of the two items of the sample, of which one states no value.
CODE, FREE = "52082190", "52042000"

ACCOUNT = "DE89370400440532013000"
PAYEE = f'name = "Alphaland Customs"\naccount = "{ACCOUNT}"\ndays = 10\n[revenue]\nVAT = "B00"\n'


def camt(*entries: str, kind: str = "054") -> bytes:
    """A notification or a statement of the bank."""
    name, group = ("BkToCstmrDbtCdtNtfctn", "Ntfctn") if kind == "054" else ("BkToCstmrStmt", "Stmt")
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.08"><{name}><GrpHdr><MsgId>M</MsgId></GrpHdr>'
        f"<{group}><Id>1</Id><Acct><Id><IBAN>{ACCOUNT}</IBAN></Id></Acct>{''.join(entries)}</{group}></{name}></Document>"
    ).encode()


def entry(amount: Any, bank: str, *details: str, **more: str) -> str:
    """One booking."""
    told = {"currency": "EUR", "way": "CRDT", "status": "BOOK", "day": "2026-03-02", "back": "false"} | more
    own = f"<AcctSvcrRef>{bank}</AcctSvcrRef>" if bank else ""
    inside = f"<NtryDtls>{''.join(details)}</NtryDtls>" if details else ""
    return (
        f'<Ntry><Amt Ccy="{told["currency"]}">{amount}</Amt><CdtDbtInd>{told["way"]}</CdtDbtInd>'
        f"<RvslInd>{told['back']}</RvslInd><Sts><Cd>{told['status']}</Cd></Sts>"
        f"<BookgDt><Dt>{told['day']}</Dt></BookgDt>{own}{inside}</Ntry>"
    )


def detail(reference: str = "", free: str = "", amount: Any = None, bank: str = "", uetr: str = "") -> str:
    """One transaction of a booking."""
    refs = (f"<AcctSvcrRef>{bank}</AcctSvcrRef>" if bank else "") + (f"<UETR>{uetr}</UETR>" if uetr else "")
    money = f'<Amt Ccy="EUR">{amount}</Amt>' if amount is not None else ""
    structured = f"<Strd><CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd>" if reference else ""
    told = (f"<Ustrd>{free}</Ustrd>" if free else "") + structured
    return (
        f"<TxDtls><Refs>{refs}</Refs>{money}<RltdPties><Dbtr><Pty><Nm>ACME &amp; Sons</Nm></Pty></Dbtr></RltdPties>"
        f"<RmtInf>{told}</RmtInf></TxDtls>"
    )


def law(rate: str = "10", currency: str = "EUR") -> bytes:
    """A duty, a fee on it, and VAT on all of it."""
    return write_tariff(
        tariff(
            measure("duty", percent(rate), "MFN", code=CODE, act="Customs Act, s. 8"),
            measure("vat", percent("20"), "VAT", code=CODE, act="VAT Act, s. 12"),
            measure("duty", read_rate("free"), "MFN", code=FREE, act="Customs Act, s. 9"),
            lines={CODE: Line(code=CODE), FREE: Line(code=FREE)},
            currency=currency,
            charges=(
                Charge(name="SUR", kind="fee", base="duty", rate="7 %", act="Finance Act 2026, s. 3"),
                Charge(name="VAT", kind="vat", base="value + duty + SUR", act="VAT Act, s. 12"),
            ),
        )
    )
