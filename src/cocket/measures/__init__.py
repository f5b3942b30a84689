# SPDX-License-Identifier: Apache-2.0
"""What an item costs and needs: tariff, valuation, payments, permits.

In: goods items, dated tariffs, lists of measures, comparison values, permits. Out: duties with the act of each rate,
duty at stake, questions about a value, permits that are missing.
Source: national tariffs; WTO Valuation Agreement; WCO Data Model LPCO.
"""

from cocket.measures import customs_value, payments, permits, tariff, valuation

__all__ = ["customs_value", "payments", "permits", "tariff", "valuation"]
