# SPDX-License-Identifier: Apache-2.0
"""The bodies in which an office's system asks for a pack, and enters what stands on a paper form."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from cocket.api.journey_body import Moment
from cocket.api.permit_body import Name, Words
from cocket.exchange.office_packs import OfficeResult

_PACK: JsonDict = {"office": "XA210000", "hours": 24, "passphrase": "nine boats at the quay"}
_PAPER: JsonDict = {
    "code": "1A2B3C4D-7-ABCD-EFGH-IJKL-MNOP",
    "made": "2026-11-25T06:10:00Z",
    "depth": "full",
    "found": False,
}


class PackBody(BaseModel):
    """The pack of an office: for how many hours it is good, and the passphrase that encrypts it, which is not kept."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [_PACK]})

    office: Name
    hours: int = 24
    passphrase: str = Field(max_length=1000)


class PaperResultBody(BaseModel):
    """What stands on a paper form; `found` is left out where the goods were not examined."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_PAPER]})

    code: str = Field(max_length=100)
    made: Moment
    depth: Literal["documents", "scan", "partial", "full", "not-examined"]
    found: bool | None = Field(None, strict=True)
    offence: Name | None = None
    counted: int | None = Field(None, ge=0, le=10_000_000, strict=True)
    note: Words = ""

    def result(self) -> OfficeResult:
        """It as a result; the order is that of the form."""
        return OfficeResult(
            order="",
            made=self.made,
            depth=self.depth,
            found=self.found,
            offence=self.offence and self.offence[:60],
            counted=self.counted,
            note=self.note[:2_000],
        )


#: Bodies with names of their own in the description.
OFFICE_PACK_BODIES = (PackBody, PaperResultBody)
