# SPDX-License-Identifier: Apache-2.0
"""Workbooks that leave the house: a number is written as it was given."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal

from lxml import etree

from cocket.exchange.workbooks import write_workbook


def test_a_number_is_written_with_its_own_digits() -> None:
    given = [Decimal("9.8"), Decimal("0.1"), 26.8, 232, Decimal("1152836.81"), -54.4, 1e21]
    book = zipfile.ZipFile(io.BytesIO(write_workbook("figures", [f"n{place}" for place in range(len(given))], [given])))
    sheet = etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    written = sheet.xpath("//*[local-name()='row'][2]/*/*[local-name()='v']/text()")
    assert [float(text) for text in written] == [float(one) for one in given]
    assert written[:3] == ["9.8", "0.1", "26.8"]
