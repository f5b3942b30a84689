# SPDX-License-Identifier: Apache-2.0
"""Dated national tariffs: which rates apply to an item on a day, and what they come to.

In: a tariff, and what is known of an item. Out: duties line by line, each with its rate and legal act, and by name
whatever could not be computed.
Source: national tariff laws; TARIC and UK tariff measures; Japan Customs tariff schedule.
"""

__all__: list[str] = []
