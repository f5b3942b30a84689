# SPDX-License-Identifier: Apache-2.0
"""eFTI: the electronic freight transport information of one consignment, in XML.

In: a consignment of the identifier subset or of the common data set. Out: a manifest with one transport document, and findings. A
data set is cut to subsets by `cut_to_subsets`.
Source: Delegated Regulation (EU) 2024/2024 (common data set and subsets); schemas of `EFTI4EU/reference-implementation` 0.6.
"""

from cocket.standards.efti._plugin import EFTI
from cocket.standards.efti.subsets import cut_to_subsets

__all__ = ["EFTI", "cut_to_subsets"]
