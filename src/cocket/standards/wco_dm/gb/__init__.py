# SPDX-License-Identifier: Apache-2.0
"""Profile `gb-cds`: what the UK's Customs Declaration Service asks of a declaration beyond its schema.

In: a Declaration element whose structure is right. Out: findings, with the authority's own codes and pointers where
it has them. Uncertain facts warn and do not refuse. Source: UK Trade Tariff, volume 3 for CDS, completion guides.
"""

from cocket.standards.wco_dm.gb.judging import RULES, check_gb_cds

__all__ = ["RULES", "check_gb_cds"]
