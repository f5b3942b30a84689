# SPDX-License-Identifier: Apache-2.0
"""What single values have to be: signs, forms, codes, and characters that are what they seem."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from cocket.codes import country, currency, package_kind
from cocket.findings import Severity
from cocket.standards.wco_dm.gb.characters import invisible, is_ascii, look_alike, mixed_word
from cocket.standards.wco_dm.gb.codes import (
    FLOWS,
    INCOTERMS,
    MODES,
    NO_CHAPTERS,
    NO_CURRENCIES,
    OFFICES,
    OTHER_COUNTRIES,
    PREVIOUS,
    REQUEST_TYPES,
    REQUESTED,
    SPECIAL_HEADINGS,
    TYPES,
    VALUATION_METHODS,
)
from cocket.standards.wco_dm.gb.sheet import Objection, Sheet, Value

_COUNTED = ("Amount", "Measure", "Numeric", "Quantity")
_LRN_MOST = 22
_ITEMS_MOST = 999
_LRN_USUAL = re.compile(r"[A-Za-z0-9 ._/()-]+", re.ASCII)
_TRADER = re.compile(r"[A-Z]{2}[A-Z0-9]{1,15}", re.ASCII)
_BRITISH = re.compile(r"(GB|XI)([0-9]{12}|[0-9]{15}|PR|UNREG)", re.ASCII)
_OFFICE = re.compile(r"[A-Z]{2}[A-Z0-9]{6}", re.ASCII)
_ADDITIONAL = re.compile(r"[A-Z][0-9]{2}|[0-9][0-9A-Z]{2}", re.ASCII)
_CLASSIFICATIONS = {
    "TSP": re.compile(r"[0-9]{6}([0-9]{2})?", re.ASCII),
    "TRC": re.compile(r"[0-9]{2}", re.ASCII),
    "TRA": re.compile(r"[0-9A-Z][0-9]{3}", re.ASCII),
    "GN": re.compile(r"[0-9A-Z]{4}", re.ASCII),
}

#: Descriptions that fit anything.
_VAGUE = {
    *("goods", "good", "item", "items", "product", "products", "merchandise", "stuff", "parts", "accessories"),
    *("cargo", "general cargo", "freight", "freight of all kinds", "fak", "consolidation", "consolidated"),
    *("sample", "samples", "gift", "gifts", "misc", "miscellaneous", "various", "equipment", "said to contain"),
    *("unknown", "none", "n/a", "na", "nil", "tba", "tbc", "test", "see invoice", "as per invoice"),
}

#: Parties whose number is one of the register of traders (EORI) or of a third country's.
_TRADERS = {
    *("Importer", "Declarant", "Agent", "Exporter", "Submitter", "AuthorisationHolder", "Consignor", "Consignee"),
    *("Buyer", "Seller", "Carrier", "AEOMutualRecognitionParty", "Payer", "Surety"),
}
_REGISTERED = frozenset(("Importer", "Declarant", "Agent", "Submitter", "AuthorisationHolder"))

#: Identifiers that are whatever stands on the goods or on a paper.
_FREE = frozenset(("MarksNumbersID", "TraderAssignedReferenceID"))
_PAPERS = frozenset(("AdditionalDocument", "PreviousDocument", "Invoice"))


def gb_invisible(sheet: Sheet) -> Iterator[Objection]:
    """There is a character here that cannot be seen: {found}.

    Source: Unicode Standard 15, §4.5; Unicode Technical Report 36, §3.
    """
    for value in sheet.values:
        found = invisible(value.text)
        if found:
            is_coded = value.field.term in ("Code", "ID")
            yield Objection(element=value.element, found=found, severity=None if is_coded else "warning")


def gb_look_alike(sheet: Sheet) -> Iterator[Objection]:
    """{found} is not what it looks like: some of its letters or digits are of another script. It looks like {expected}.

    Source: Unicode Technical Standard 39, §4.
    """
    for value in sheet.values:
        if value.field.term in ("Code", "ID") and not value.text.isascii():
            plain = look_alike(value.text)
            if plain and not invisible(value.text):
                is_sure = value.field.name not in _FREE
                yield Objection(
                    element=value.element, expected=plain, found=value.text, severity=None if is_sure else "warning"
                )


def gb_foreign_letters(sheet: Sheet) -> Iterator[Objection]:
    """{found} has letters that a code or a number of the register cannot have.

    Source: UK Trade Tariff, volume 3 for CDS, completion guides: field formats (an: letters A–Z and digits).
    """
    for value in sheet.values:
        text = value.text
        if value.field.term not in ("Code", "ID") or is_ascii(text) or invisible(text) or look_alike(text):
            continue
        is_free = value.field.name in _FREE or value.parent.name in _PAPERS
        yield Objection(element=value.element, found=text, severity="warning" if is_free else None)


def gb_mixed_scripts(sheet: Sheet) -> Iterator[Objection]:
    """In {found} letters of two scripts stand side by side that look alike.

    Source: Unicode Technical Standard 39, §5.1.
    """
    for value in sheet.values:
        found = mixed_word(value.text) if value.field.term == "Text" else None
        if found:
            yield Objection(element=value.element, found=found)


def gb_vague_description(sheet: Sheet) -> Iterator[Objection]:
    """{found} does not say what the goods are.

    Source: UK Trade Tariff, volume 3 for CDS, data element 6/8: plain enough to identify and classify the goods.
    """
    for value in sheet.values:
        if value.field.name == "Description" and value.parent.name == "Commodity":
            words = value.text.casefold().strip(" .-")
            if words in _VAGUE or not any(map(str.isalpha, words)):
                yield Objection(element=value.element, found=value.text)


def dms10021_negative(sheet: Sheet) -> Iterator[Objection]:
    """{found} is less than nothing; no amount, mass or count of a declaration is.

    Source: UK Trade Tariff, volume 3 for CDS, completion guides, groups 4, 6 and 8; error 10021.
    """
    for value in sheet.values:
        if value.field.term in _COUNTED and value.text.startswith("-"):
            yield Objection(element=value.element, expected="0 or more", found=value.text)


def dms10021_gross_mass(sheet: Sheet) -> Iterator[Objection]:
    """The gross mass is nought; goods weigh something.

    Source: UK Trade Tariff, volume 3 for CDS, data element 6/5; error 10021.
    """
    for value in sheet.values:
        if value.field.name == "GrossMassMeasure" and not value.text.strip("0.+"):
            yield Objection(element=value.element, expected="more than 0", found=value.text)


def dms10020_sequence(sheet: Sheet) -> Iterator[Objection]:
    """{found} is not the number of an item: items are numbered from 1 to 999, each with a number of its own.

    Source: UK Trade Tariff, volume 3 for CDS, data element 1/6; error 10020.
    """
    seen: set[int] = set()
    for value in sheet.values:
        if value.field.name == "SequenceNumeric" and value.parent.name == "GovernmentAgencyGoodsItem":
            number = int(value.text.partition(".")[0] or 0)
            if not 1 <= number <= _ITEMS_MOST or number in seen:
                yield Objection(element=value.element, expected="1 to 999, once", found=value.text)
            seen.add(number)


def dms10020_currency(sheet: Sheet) -> Iterator[Objection]:
    """{found} is not a currency in use.

    Source: ISO 4217:2015, tables A.1 and A.3; UK Trade Tariff, volume 3 for CDS, appendix 11; error 10020.
    """
    for value in sheet.values:
        code = value.element.get("currencyID") if value.field.term == "Amount" else None
        if value.field.name == "CurrencyTypeCode":
            code = value.text
        known = currency(code) if code else None
        is_in_use = known is not None and not known.is_withdrawn and known.letters == code
        if code and (not is_in_use or code in NO_CURRENCIES):
            yield Objection(element=value.element, expected="a current code of ISO 4217", found=code)


def dms10001_currency(sheet: Sheet) -> Iterator[Objection]:
    """This amount does not say in which currency it is.

    Source: UK Trade Tariff, volume 3 for CDS, data elements 4/9, 4/11, 4/14; error 10001.
    """
    for value in sheet.values:
        if value.field.term == "Amount" and value.text and value.element.get("currencyID") is None:
            yield Objection(element=value.element, expected="currencyID", found=value.text)


def dms10020_country(sheet: Sheet) -> Iterator[Objection]:
    """{found} is not the code of a country.

    Source: ISO 3166-1:2020; UK Trade Tariff, volume 3 for CDS, appendix 13; error 10020.
    """
    for value in sheet.values:
        text = value.text
        if not text or not _is_country(value) or not text.isascii():
            continue
        known = country(text) if len(text) == 2 and text.isupper() else None
        is_assigned = known is not None and known.assignment == "official"
        if not is_assigned and text not in OTHER_COUNTRIES:
            # Letters Z are the UK's own to give, and its list of them changes.
            is_own = len(text) == 2 and text[0] == "Z" and text.isalpha() and text.isupper() and text != "ZZ"
            yield Objection(element=value.element, found=text, severity="warning" if is_own else None)


def _is_country(value: Value) -> bool:
    """Whether a value is a country: by its name, but for the two that bear another."""
    name = value.field.name
    if name in ("CountrySubDivisionCode", "CountryRelationshipCode"):
        return False
    is_named = "Country" in name and name.endswith("Code")
    return is_named or value.parent.name == "ExportCountry" or name == "RegistrationNationalityCode"


def dms12050_procedure(sheet: Sheet) -> Iterator[Objection]:
    """{found} is not a customs procedure of the tariff.

    Source: UK Trade Tariff, volume 3 for CDS, appendices 1 and 2, data elements 1/10 and 1/11; error 12050.
    """
    for item in sheet.items:
        is_halved = not sheet.procedures(item)[0]  # the previous one is missing, and that is told already
        for each in sheet.all("GovernmentProcedure", item):
            previous = sheet.one("PreviousCode", each)
            for name, known in (("CurrentCode", REQUESTED), ("PreviousCode", PREVIOUS)):
                element, text = sheet.one(name, each), sheet.text(name, each)
                if element is None or not text:
                    continue
                is_full = previous is not None or (is_halved and text in known)
                is_known = text in known if is_full else bool(_ADDITIONAL.fullmatch(text))
                if not is_known:
                    yield Objection(element=element, found=text)


def dms10020_type(sheet: Sheet) -> Iterator[Objection]:
    """{found} is not a type of declaration.

    Source: UK Trade Tariff, volume 3 for CDS, data elements 1/1 and 1/2; error 10020.
    """
    element, text = sheet.one("TypeCode"), sheet.text("TypeCode")
    if element is None or not text:
        return
    if sheet.is_original:
        is_known = sheet.flow in FLOWS and sheet.letter in TYPES
    else:
        is_known = text in REQUEST_TYPES or sheet.flow in FLOWS
    if not is_known:
        yield Objection(element=element, found=text)


def dms12056_commodity(sheet: Sheet) -> Iterator[Objection]:
    """{found} is not a commodity code: {expected} is asked for, in a chapter that the tariff has.

    Source: UK Trade Tariff, volume 3 for CDS, data elements 6/14 to 6/17; Harmonized System, structure; error 12056.
    """
    for item in sheet.items:
        for each in sheet.all("Commodity/Classification", item):
            element, text = sheet.one("ID", each), sheet.text("ID", each)
            kind = sheet.text("IdentificationTypeCode", each)
            shape = _CLASSIFICATIONS.get(kind)
            if element is None or not text or shape is None:
                continue
            chapter, heading = text[:2], text[:4]
            is_missing_chapter = kind == "TSP" and (
                chapter in NO_CHAPTERS or heading not in SPECIAL_HEADINGS.get(chapter, (heading,))
            )
            if not shape.fullmatch(text) or is_missing_chapter:
                severity: Severity | None = None if kind in ("TSP", "TRC") else "warning"
                yield Objection(element=element, expected=_FORMS[kind], found=text, severity=severity)


_FORMS = {"TSP": "6 or 8 digits", "TRC": "2 digits", "TRA": "4 letters or digits", "GN": "4 letters or digits"}


def dms10010_lrn(sheet: Sheet) -> Iterator[Objection]:
    """{found} is not a local reference number: up to 22 letters, digits and signs in one line.

    Source: UK Trade Tariff, volume 3 for CDS, data element 2/5; error 10010.
    """
    element, text = sheet.one("FunctionalReferenceID"), sheet.text("FunctionalReferenceID")
    if element is None or not text:
        return
    if len(text) > _LRN_MOST:
        yield Objection(element=element, expected="an..22", found=text)
    elif text.isascii() and text.isprintable() and not _LRN_USUAL.fullmatch(text):
        yield Objection(element=element, expected="letters and digits", found=text, severity="warning")


def dms10010_trader(sheet: Sheet) -> Iterator[Objection]:
    """{found} is not a number of the register of traders: {expected}.

    Source: UK Trade Tariff, volume 3 for CDS, group 3; Regulation (EU) 2015/2447, article 1(18) (EORI); error 10010.
    """
    for value in sheet.values:
        text = value.text
        if value.field.name != "ID" or value.parent.name not in _TRADERS or not text or invisible(text):
            continue
        is_british = text[:2].upper() in ("GB", "XI")
        shape = _BRITISH if is_british else _TRADER
        if not shape.fullmatch(text):
            is_sure = is_british or value.parent.name in _REGISTERED
            expected = "GB or XI and 12 digits" if is_british else "two letters and up to 15 letters and digits"
            yield Objection(
                element=value.element, expected=expected, found=text, severity=None if is_sure else "warning"
            )


def dms10010_date(sheet: Sheet) -> Iterator[Objection]:
    """{found} is not a day and time that there is, in the format it names.

    Source: UNTDID 2379, codes 102 and 304; UK Trade Tariff, volume 3 for CDS, group 5; error 10010.
    """
    for value in sheet.values:
        if value.field.term != "DateTime" or not value.text:
            continue
        digits = value.text[:14] if value.text[14:] else value.text
        is_timed = len(value.text) > len("20240131")
        try:
            datetime.strptime(digits, "%Y%m%d%H%M%S" if is_timed else "%Y%m%d")  # noqa: DTZ007 - only whether it exists
        except ValueError:
            yield Objection(element=value.element, found=value.text)
        else:
            if value.element.get("formatCode") != ("304" if is_timed else "102"):
                yield Objection(element=value.element, found=value.text, severity="warning")


def dms10020_exit_office(sheet: Sheet) -> Iterator[Objection]:
    """{found} is not a customs office.

    Source: UK Trade Tariff, volume 3 for CDS, appendix 14, data element 5/12; error 10020.
    """
    element, text = sheet.one("ExitOffice/ID"), sheet.text("ExitOffice/ID")
    if element is None or not text:
        return
    known = OFFICES.get(text[:2])
    if not _OFFICE.fullmatch(text):
        yield Objection(element=element, expected="two letters and six letters or digits", found=text)
    elif known is not None and text[2:] not in known:
        yield Objection(element=element, found=text, severity=None if text[:2] == "GB" else "warning")


def dms10020_code(sheet: Sheet) -> Iterator[Objection]:
    """{found} is not one of the codes that may stand here: {expected}.

    Source: UK Trade Tariff, volume 3 for CDS, data elements 4/1, 4/16, 7/4 and 7/5; Incoterms; error 10020.
    """
    for value in sheet.values:
        lists = _LISTS.get((value.parent.name, value.field.name))
        if lists and value.text and value.text not in lists:
            yield Objection(element=value.element, expected=" ".join(sorted(lists)), found=value.text)


_LISTS = {
    ("TradeTerms", "ConditionCode"): INCOTERMS,
    ("CustomsValuation", "MethodCode"): VALUATION_METHODS,
    ("BorderTransportMeans", "ModeCode"): MODES,
    ("ArrivalTransportMeans", "ModeCode"): MODES,
    ("DepartureTransportMeans", "ModeCode"): MODES,
}


def gb_package_kind(sheet: Sheet) -> Iterator[Objection]:
    """{found} is not a kind of package of the list.

    Source: UNECE Recommendation 21; UK Trade Tariff, volume 3 for CDS, data element 6/9.
    """
    for value in sheet.values:
        is_kind = value.parent.name == "Packaging" and value.field.name == "TypeCode"
        if is_kind and value.text and package_kind(value.text) is None:
            yield Objection(element=value.element, found=value.text)
