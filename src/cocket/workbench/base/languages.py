# SPDX-License-Identifier: Apache-2.0
"""What the pages need of `cocket.languages`, whose catalogues say every text of theirs."""

from cocket.languages import ENGLISH, Language, chosen, fill, language, languages, spoken

__all__ = ["ENGLISH", "Language", "chosen", "fill", "language", "languages", "spoken"]
