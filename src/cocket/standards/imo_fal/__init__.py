# SPDX-License-Identifier: Apache-2.0
"""IMO FAL forms 1 to 7: what a ship tells on arrival and departure of itself, its goods and its people.

In: the forms as data, each in a JSON form of our own after the Convention's lists. Out: an arrival or departure, manifests
of cargo and dangerous goods, declarations of stores and effects, and notices of crew and passengers without their names.
Source: Convention on Facilitation of International Maritime Traffic (FAL), annex, section 2 and appendix 1; IMO Compendium.
"""

from cocket.standards.imo_fal._plugin import FAL

__all__ = ["FAL"]
