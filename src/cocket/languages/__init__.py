# SPDX-License-Identifier: Apache-2.0
"""Languages: one gettext catalogue each, its plural forms, its direction, and its way with figures and dates.

In: an English sentence with `{name}` places, which is the key of its translation, and the values. Out: the sentence as the
reader's language has it. A sentence that was not translated stays English; `docs/reference/languages.md` counts them.
Source: GNU gettext manual, PO files and plural forms; Unicode CLDR (numbers, dates); UAX #9 (isolates).
"""

from cocket.languages.catalogues import ENGLISH, LOCALES, Language, chosen, fill, isolate, language, languages, spoken

__all__ = ["ENGLISH", "LOCALES", "Language", "chosen", "fill", "isolate", "language", "languages", "spoken"]
