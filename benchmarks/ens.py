# SPDX-License-Identifier: Apache-2.0
"""The business rules of the entry summary declaration, beside bare parsing and beside the check of structure."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from lxml import etree

from benchmarks.figures import Figure
from cocket.errors import SenderError
from cocket.standards.ens.rules import check
from cocket.standards.ens.schema import accepts

_PROFILE = "gb-ens"
_ITEMS = (1, 20)
_TIMES = 100
_ROUNDS = 5


def bench_ens(seconds: float) -> Iterator[Figure]:
    """A declaration of one goods item and one of twenty, each judged by all rules while nothing is broken."""
    for items in _ITEMS:
        yield from _of_size(items, seconds / len(_ITEMS))


def _of_size(items: int, seconds: float) -> Iterator[Figure]:
    message = _declaration(items)
    root = etree.fromstring(message)
    broken = tuple(check(root, _PROFILE))
    if broken or not accepts(root, "CC315A", is_new=False):
        raise SenderError("The declaration made for the bench is refused.", findings=broken)
    rules, parse, structure = _best_of(
        (
            lambda: list(check(root, _PROFILE)),
            lambda: etree.fromstring(message),
            lambda: accepts(root, "CC315A", is_new=False),
        ),
        seconds,
    )
    name = f"rules, {items} item{'s' if items > 1 else ''}"
    elements = sum(1 for _ in root.iter())
    yield Figure(name=name, value=rules * 1e6, unit="µs CPU", note=f"{elements} elements; budget 1,000")
    yield Figure(name="bare lxml parse", value=parse * 1e6, unit="µs CPU", note=f"its {len(message) / 1024:.1f} KiB")
    yield Figure(name="structure", value=structure * 1e6, unit="µs CPU", note="elements, order, formats")
    yield Figure(name="rules to parse", value=rules / parse, unit="×")
    yield Figure(name="rules to structure", value=rules / structure, unit="×")


def _best_of(works: Sequence[Callable[[], Any]], seconds: float) -> list[float]:
    """CPU seconds that each work takes once, in its best round; the works take turns, so that all meet the same load."""
    best = [float("inf")] * len(works)
    deadline = time.monotonic() + seconds
    rounds = 0
    while rounds < _ROUNDS or time.monotonic() < deadline:
        for place, work in enumerate(works):
            started = time.process_time()
            for _ in range(_TIMES):
                work()
            best[place] = min(best[place], (time.process_time() - started) / _TIMES)
        rounds += 1
    return best


def _declaration(items: int) -> bytes:
    """An entry summary declaration of our own making, by sea, with parties of every kind of identification."""
    goods = "".join(
        f"<GOOITEGDS><IteNumGDS7>{item}</IteNumGDS7><GooDesGDS23>TEA IN CHESTS</GooDesGDS23>"
        f"<GroMasGDS46>{100 + item}.5</GroMasGDS46><PRODOCDC2><DocTypDC21>N705</DocTypDC21>"
        f"<DocRefDC23>BL{item:06}</DocRefDC23></PRODOCDC2><CONNR2><ConNumNR21>CSQU3054383</ConNumNR21></CONNR2>"
        f"<PACGS2><KinOfPacGS23>BX</KinOfPacGS23><NumOfPacGS24>{item}</NumOfPacGS24>"
        f"<MarNumOfPacGSL21>TEA {item}</MarNumOfPacGSL21></PACGS2>"
        f"<PACGS2><KinOfPacGS23>VQ</KinOfPacGS23></PACGS2></GOOITEGDS>"
        for item in range(1, items + 1)
    )
    numbers = range(1, items + 1)
    return (
        '<ie:CC315A xmlns:ie="http://ics.dgtaxud.ec/CC315A"><MesSenMES3>GB100200300400/1234567890</MesSenMES3>'
        "<DatOfPreMES9>260304</DatOfPreMES9><TimOfPreMES10>0915</TimOfPreMES10><MesIdeMES19>BENCH1</MesIdeMES19>"
        "<MesTypMES20>CC315A</MesTypMES20>"
        "<HEAHEA><RefNumHEA4>BENCH1</RefNumHEA4><TraModAtBorHEA76>1</TraModAtBorHEA76>"
        f"<IdeOfMeaOfTraCroHEA85>9074729</IdeOfMeaOfTraCroHEA85><TotNumOfIteHEA305>{items}</TotNumOfIteHEA305>"
        f"<TotNumOfPacHEA306>{sum(numbers) + items}</TotNumOfPacHEA306>"
        f"<TotGroMasHEA307>{sum(numbers) + 100.5 * items}</TotGroMasHEA307><DecPlaHEA394>HARWICH</DecPlaHEA394>"
        "<ConRefNumHEA>017W</ConRefNumHEA><PlaLoaGOOITE334>LKCMB</PlaLoaGOOITE334>"
        "<PlaUnlGOOITE334>GBHRW</PlaUnlGOOITE334><DecDatTimHEA114>202603040914</DecDatTimHEA114></HEAHEA>"
        "<TRACONCO1><NamCO17>HILL TEA</NamCO17><StrAndNumCO122>1 HILL ROAD</StrAndNumCO122>"
        "<PosCodCO123>90000</PosCodCO123><CitCO124>BADULLA</CitCO124><CouCO125>LK</CouCO125></TRACONCO1>"
        f"<TRACONCE1><TINCE159>GB100200300400</TINCE159></TRACONCE1>{goods}"
        "<ITI><CouOfRouCodITI1>LK</CouOfRouCodITI1></ITI><ITI><CouOfRouCodITI1>GB</CouOfRouCodITI1></ITI>"
        "<PERLODSUMDEC><TINPLD1>GB100200300400</TINPLD1></PERLODSUMDEC>"
        "<CUSOFFFENT730><RefNumCUSOFFFENT731>GB000051</RefNumCUSOFFFENT731>"
        "<ExpDatOfArrFIRENT733>202603260500</ExpDatOfArrFIRENT733></CUSOFFFENT730>"
        "<TRACARENT601><TINTRACARENT602>GB500600700800</TINTRACARENT602></TRACARENT601></ie:CC315A>"
    ).encode()
