# SPDX-License-Identifier: Apache-2.0
"""Stamps of a country's consignments from arrival to the gate, as a port's table holds them, made from its own papers."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random

#: Minutes a declarant needs after arrival, and a lorry from release to the gate: median and spread (of the logarithm).
_DECLARES, _LEAVES = (420.0, 0.9), (300.0, 0.8)


def stamp_table(
    decided: Mapping[str, tuple[str, datetime]], ended: Mapping[str, datetime], seed: int
) -> tuple[bytes, float]:
    """A table of stamps, one a row, and the median time from declaration to release that it holds.

    Args:
        decided: Registration → lane and when the host decided.
        ended: Registration → when the result of its examination came back, of those with one.
        seed: Of what no paper says: when goods arrived, were declared, left.

    Returns:
        CSV as `cocket trs report` reads it; seconds.
    """
    dice, out = Random(seed), io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("consignment", "kind", "at", "source", "office", "lane", "mode"))
    took = []
    for name, (lane, at) in sorted(decided.items()):
        office = name.partition("/")[0]
        lodged = (at - timedelta(minutes=dice.uniform(1, 20))).replace(second=0, microsecond=0)
        arrived = lodged - timedelta(minutes=round(_DECLARES[0] * dice.lognormvariate(0, _DECLARES[1])) - 180)
        released = (ended.get(name, at) + timedelta(minutes=dice.randrange(5, 40))).replace(second=0, microsecond=0)
        left = released + timedelta(minutes=round(_LEAVES[0] * dice.lognormvariate(0, _LEAVES[1])))
        took.append((released - lodged).total_seconds())
        stamps = [("arrival", arrived, "port"), ("lodgement", lodged, "host"), ("lane", at, "host")]
        if name in ended:
            stamps.append(("examination-ended", ended[name], "host"))
        stamps += [("release", released, "host"), ("gate-out", left, "gate")]
        mode = "3" if office == "XA310000" else "1"
        for kind, moment, source in stamps:
            writer.writerow((name, kind, moment.isoformat(timespec="seconds"), source, office, lane, mode))
    took.sort()
    return out.getvalue().encode(), took[(len(took) - 1) // 2] if took else 0.0
