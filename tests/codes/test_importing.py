# SPDX-License-Identifier: Apache-2.0
"""Publishers' files become editions; what is wrong with them is told, row by row."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.codes import CodeList
from cocket.codes.importing import FORMATS, Imported, Source, Wanted, import_list
from cocket.codes.importing.gathering import moment
from cocket.errors import CocketError, SenderError
from tests.corpora import corpora


def imported(name: str, *texts: str | bytes, file: str = "list.csv", **more: object) -> Imported:
    sources = [Source(file, text.encode() if isinstance(text, str) else text) for text in texts]
    return import_list(Wanted(list=name, **more), sources)  # type: ignore[arg-type]


def codes(result: Imported) -> dict[str, str]:
    return {code.code: code.name for code in CodeList(result.kept)}


def told(result: Imported) -> list[str]:
    return [finding.code for finding in result.findings]


PART = b'"","NL",,".NETHERLANDS",,,,,,,,\r\n"","NL","RTM","Rotterdam","Rotterdam","ZH","12345---","AI","0401",,"5155N 00430E",\r\n"=","NL",,"\'s-Hage = Den Haag","x = y",,,,,,,\r\n"X","NL","XYZ","D\xfcnedorp","Dunedorp",,"--3-----","RQ","0401",,,\r\n'  # noqa: E501
HEADED = "Change,Country,Location,Name,NameWoDiacritics,Subdivision,Status,Function,Date,IATA,Coordinates,Remarks\n,NL,RTM,Rotterdam,Rotterdam,ZH,AI,12345---,0401,,5155N 00430E,\n"  # noqa: E501
VOCABULARY = '"uri","label","labelWithDiacritics","unlcdv:functions","unlcdv:countrySubdivision","unlcdv:countryCode","geo:lat","geo:long","value"\n"unlcd:NLRTM","Rotterdam",,"unlcdf:1, unlcdf:2, unlcdf:3, unlcdf:4, unlcdf:5","unlcds:NLZH","unlcdc:NL","51.91","4.5","NLRTM"\n'  # noqa: E501


@pytest.mark.parametrize("text", [PART, HEADED, VOCABULARY])
def test_unlocode_is_read_in_its_three_shapes(text: str | bytes) -> None:
    rotterdam = CodeList(imported("unlocode", text).kept).find("NLRTM")[0]
    assert rotterdam.name == "Rotterdam"
    assert (rotterdam.attributes["function"], rotterdam.attributes["subdivision"]) == ("12345", "ZH")


def test_places_of_windows_1252_keep_their_letters_and_headings_are_no_places() -> None:
    result = imported("unlocode", PART)
    assert codes(result) == {"NLRTM": "Rotterdam", "NLXYZ": "Dünedorp"}
    assert told(result) == ["encoding-taken"]
    assert CodeList(result.kept).find("NLXYZ")[0].attributes["change"] == "X"


def test_the_parts_of_a_list_make_one_edition_packed_or_not() -> None:
    other = PART.replace(b"RTM", b"AMS").replace(b"Rotterdam", b"Amsterdam").replace(b"XYZ", b"XYY")
    apart = imported("unlocode", PART, other)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("2024-2 UNLOCODE CodeListPart1.csv", PART)
        packed.writestr("2024-2 UNLOCODE CodeListPart2.csv", other)
        packed.writestr("notes.pdf", b"%PDF")
    together = imported("unlocode", archive.getvalue(), file="loc242csv.zip")
    assert codes(together) == codes(apart)
    assert together.edition.edition == "2024-2"
    assert codes(imported("unlocode", gzip.compress(PART), gzip.compress(other), file="p.csv.gz")) == codes(apart)


def test_countries_come_with_the_codes_left_to_administrations() -> None:
    result = imported(
        "countries", "ISO3166-1-Alpha-2,CLDR display name,ISO3166-1-numeric,Dial\nNL,Netherlands,528,31\n"
    )
    found = CodeList(result.kept).find("NL")[0]
    assert (found.name, found.attributes) == ("Netherlands", {"numeric": "528"})
    assert {"XI", "ZZ", "AA"} <= codes(result).keys()


def test_a_currency_goes_when_the_last_country_gave_it_up() -> None:
    text = "Entity,Currency,AlphabeticCode,NumericCode,MinorUnit,WithdrawalDate\n"
    text += "A,Euro,EUR,978,2,2006-10\nB,Euro,EUR,978,2,\nC,Kuna,HRK,191,2,2015-06\nD,Kuna,HRK,191,2,2023-01\n"
    text += "E,Cordoba,NIC,558,,1989 to 1990\nANTARCTICA,none,,,,\n"
    found = {code.code: code.valid_to for code in CodeList(imported("currency", text).kept)}
    assert found == {"EUR": None, "HRK": date(2023, 1, 31), "NIC": date(1990, 12, 31)}


def test_the_xml_of_iso_4217_dates_itself() -> None:
    current = '<ISO_4217 Pblshd="2024-06-25"><CcyTbl><CcyNtry><CtryNm>X</CtryNm><CcyNm IsFund="true">Euro</CcyNm><Ccy>EUR</Ccy><CcyNbr>978</CcyNbr><CcyMnrUnts>2</CcyMnrUnts></CcyNtry><CcyNtry><CtryNm>Y</CtryNm><CcyNm>No universal currency</CcyNm></CcyNtry></CcyTbl></ISO_4217>'  # noqa: E501
    historic = '<ISO_4217 Pblshd="2024-06-25"><HstrcCcyTbl><HstrcCcyNtry><CtryNm>X</CtryNm><CcyNm>Mark</CcyNm><Ccy>DEM</Ccy><CcyNbr>276</CcyNbr><WthdrwlDt>2002-03</WthdrwlDt></HstrcCcyNtry></HstrcCcyTbl></ISO_4217>'  # noqa: E501
    result = imported("currency", current, historic, file="list.xml")
    assert result.edition.edition == "2024-06-25"
    found = {code.code: (code.valid_to, code.attributes) for code in CodeList(result.kept)}
    assert found["EUR"] == (None, {"numeric": "978", "minor_units": "2"})
    assert found["DEM"] == (date(2002, 3, 31), {"numeric": "276"})


def test_units_and_packages_say_what_is_gone() -> None:
    units = CodeList(imported("units", 'Status,"Common Code",Name,Symbol\nX,05,lift,\n,KGM,kilogram,kg\n').kept)
    assert [(code.code, code.is_withdrawn) for code in units] == [("05", True), ("KGM", False)]
    assert codes(imported("packages", 'Status,Code,Name,Description,NumericCode\n,1A,"Drum, steel",,34\n')) == {
        "1A": "Drum, steel"
    }


def test_hs_codes_get_back_the_zero_that_a_spreadsheet_dropped() -> None:
    result = imported(
        "hs",
        "hscode,description,level\nTOTAL,All,0\n1,Animals,2\n101,Horses,4\n10121,Bred,6\n8471.30,Laptops,6\n",
        edition="2022",
    )
    assert list(codes(result)) == ["01", "0101", "010121", "847130"]
    assert result.edition.valid_from == date(2022, 1, 1)
    with pytest.raises(SenderError, match="named by its year"):
        imported("hs", "code\n010121\n")


def test_offices_have_names_in_several_languages() -> None:
    text = '[{"id":"BE1","name":"Brussels","languageCode":"EN","roles":[{"role":"DEP"},{"role":"DES"}]},{"id":"BE1","name":"Brussel","languageCode":"NL","roles":[]}]'  # noqa: E501
    result = imported("customs-offices", text, file="CustomsOffices.json")
    office = CodeList(result.kept).find("BE1")[0]
    assert (office.name, office.names, office.attributes) == (
        "Brussels",
        {"en": "Brussels", "nl": "Brussel"},
        {"roles": "DEP DES"},
    )
    assert (result.rows, result.merged, result.left_out) == (2, 1, 0)


PAYLOAD = '{"messageInformation":{"snapshotDate":"2025-02-12"},"lists":{"ControlType":{"listName":"ControlType","listEntries":[{"state":"valid","activeFrom":"2020-01-01","code":"10","description":"Papers"},{"state":"invalid","activeFrom":"2024-03-01","code":"10","description":"Papers"},{"state":"valid","activeFrom":"2021-01-01","code":"20","description":"Scan"},{"state":"invalid","activeFrom":"2019-05-01","code":"30","description":"Dogs"}]},"DeclarationType":{"listName":"DeclarationType","listEntries":[{"state":"valid","activeFrom":"2020-01-01","code":"T1","description":"x"}]}}}'  # noqa: E501


def test_one_list_of_a_payload_is_taken_with_its_days() -> None:
    result = imported("control-type", PAYLOAD, file="RD.json")
    assert result.edition.edition == "2025-02-12"
    found = [(code.code, code.valid_from, code.valid_to) for code in CodeList(result.kept)]
    assert found == [
        ("10", date(2020, 1, 1), date(2024, 2, 29)), ("20", date(2021, 1, 1), None), ("30", None, date(2019, 4, 30)),
    ]  # fmt: skip
    with pytest.raises(SenderError, match="several lists") as refused:
        imported("offices", PAYLOAD, file="RD.json")
    assert "ControlType, DeclarationType" in str(refused.value)


def test_any_list_is_read_by_the_columns_one_names() -> None:
    text = "Code taxe;Libellé;Début;Fin;Taux\nTVA;Taxe sur la valeur;2010-01-01;;18\nTSI;Taxe;2012;2015-06;1\n"
    columns = {"code": ("Code taxe",), "name": ("Libellé",), "from": ("Début",), "to": ("Fin",)}
    result = imported("taxes", text, columns=columns, edition="2024")
    found = {code.code: code for code in CodeList(result.kept)}
    assert found["TVA"].attributes == {"Taux": "18"}
    assert (found["TSI"].valid_from, found["TSI"].valid_to) == (date(2012, 1, 1), date(2015, 6, 30))
    with pytest.raises(SenderError, match="no column") as refused:
        imported("taxes", text)
    assert "Code taxe, Libellé" in str(refused.value)


def test_a_row_that_cannot_be_taken_in_is_told_with_its_line_and_the_rest_is_taken() -> None:
    text = "code,name,from,to\nA,Alpha,,\n,nobody,,\nB,Beta,2020-13-01,\nC,Gamma,2020-01-01,2019-01-01\n"
    text += "D,Delta,01/02/2020,\nA,Another,,\nA,Alpha,,\nü,Umlaut,,\nE,Epsilon\n"
    result = imported("x", text)
    assert codes(result) == {"A": "Alpha", "E": "Epsilon"}
    assert told(result) == [
        "code-missing", "code-date-invalid", "code-period-reversed", "code-date-invalid", "code-twice", "code-missing",
    ]  # fmt: skip
    assert [finding.location for finding in result.findings] == ["3:1", "4:1", "5:1", "6:1", "7:1", "9:1"]
    assert (result.rows, result.merged, result.left_out, result.edition.count) == (9, 1, 6, 2)


def test_a_code_may_have_another_meaning_at_another_time() -> None:
    text = "code,name,from,to\nCS,Czechoslovakia,,1993-06-14\nCS,Serbia and Montenegro,2003-07-23,2006-09-25\nCS,Overlap,2006-01-01,\n"
    result = imported("x", text)
    assert [code.name for code in CodeList(result.kept)] == ["Czechoslovakia", "Serbia and Montenegro"]
    assert told(result) == ["code-twice"]


@pytest.mark.parametrize("name", sorted({*FORMATS} - {"hs"}))
def test_a_file_of_another_kind_is_refused_with_its_columns(name: str) -> None:
    with pytest.raises(SenderError) as refused:
        imported(name, "colour,weight\nred,3\n", edition="1")
    assert refused.value.code == "code-column-missing"
    assert "colour, weight" in str(refused.value)


@pytest.mark.parametrize(
    "content",
    [
        b"\0\1\2", b"", b"{", b"[1,2]", b"{}", b"<a", b"<a/>", b"PK\3\4broken", b"\x1f\x8bbroken", b"\xff\xfe\0",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a><r><code>&b;</code></r></a>',
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused(content: bytes) -> None:
    with pytest.raises(SenderError):
        imported("x", content)


def test_utf_16_and_marks_of_utf_8_are_read() -> None:
    text = "code,name\nA,Ångström\n"
    for encoding in ("utf-16", "utf-8-sig", "utf-8", "cp1252"):
        assert codes(imported("x", text.encode(encoding))) == {"A": "Ångström"}


def test_the_same_file_makes_the_same_bytes() -> None:
    assert imported("unlocode", PART).kept == imported("unlocode", PART).kept


@pytest.mark.parametrize("name", ["../x", "X", "", "a b", "a--b"])
def test_a_list_has_a_name_that_can_be_a_folder(name: str) -> None:
    with pytest.raises(SenderError):
        imported(name, "code\nA\n")


@pytest.mark.parametrize("edition", ["../x", "", "a/b", ".x"])
def test_an_edition_has_a_name_that_can_be_a_file(edition: str) -> None:
    result = None if edition else "undated"
    if result:
        assert imported("x", "code\nA\n", edition=edition or None).edition.edition == result
    else:
        with pytest.raises(SenderError):
            imported("x", "code\nA\n", edition=edition)


TABLE = "Between,,,\nHS 2022,,HS 2017,Relationship\n010121,ex,010121,1:1\n10129,,10129,1:1\n"


def test_a_correlation_sheet_is_read_by_its_heads_not_by_place() -> None:
    result = imported("hs-correlation", TABLE)
    assert result.edition.edition == "2022-2017"
    assert [(c.code, c.attributes["to"]) for c in CodeList(result.kept)] == [("010121", "010121"), ("010129", "010129")]


def test_a_conversion_sheet_is_not_taken_for_a_correlation() -> None:
    with pytest.raises(SenderError, match="no table of correlations"):
        imported("hs-correlation", "From HS 2022,To HS 2017\n010121,010121\n")


def test_a_table_with_a_hole_is_refused_whole() -> None:
    with pytest.raises(SenderError) as refused:
        imported("hs-correlation", TABLE + "010130,,01013X,1:n\n010130,,010131,1:x\n")
    assert [finding.location for finding in refused.value.findings] == ["5:1", "6:1"]


def test_a_relation_that_the_pairs_gainsay_is_told_and_the_careful_one_kept() -> None:
    result = imported("hs-correlation", "from,to,relation\n010101,010101,1:1\n010101,010102,1:1\n", edition="2022-2017")
    assert told(result) == ["correlation-relation-differs"] * 2
    assert {code.attributes["relation"] for code in CodeList(result.kept)} == {"1:n"}
    with pytest.raises(SenderError, match="editions are not known"):
        imported("hs-correlation", "from,to\n010101,010101\n")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2023-01-15", date(2023, 1, 15), date(2023, 1, 15)),
        ("20230115", date(2023, 1, 15), date(2023, 1, 15)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023", date(2023, 1, 1), date(2023, 12, 31)),
        ("2023-01-15T00:00:00Z", date(2023, 1, 15), date(2023, 1, 15)),
        ("", None, None),
    ],
)
def test_a_month_or_year_means_its_first_or_last_day(text: str, first: date | None, last: date | None) -> None:
    assert (moment(text, is_end=False), moment(text, is_end=True)) == (first, last)


def test_a_span_ends_when_it_ends() -> None:
    assert moment("1989 to 1990", is_end=True) == date(1990, 12, 31)
    assert moment("1990-07 to 1990-09", is_end=True) == date(1990, 9, 30)


@pytest.mark.parametrize("text", ["15/01/2023", "2023-02-30", "2023-13", "soon", "0000-01-01", "202-01-01", "٢٠٢٣"])
def test_other_dates_are_not_guessed(text: str) -> None:
    for is_end in (False, True):
        with pytest.raises(ValueError, match=r".*"):
            moment(text, is_end=is_end)


@settings(max_examples=300)
@given(
    st.binary(max_size=200) | st.text(max_size=200).map(str.encode), st.sampled_from(["x", "hs-correlation", *FORMATS])
)
def test_whatever_the_bytes_only_errors_of_ours_come_out(content: bytes, name: str) -> None:
    try:
        result = imported(name, content, edition="2022-2017" if name == "hs-correlation" else "2022")
    except CocketError:
        return
    assert len(CodeList(result.kept)) == result.edition.count


_SEEDS = [PART, HEADED.encode(), VOCABULARY.encode(), PAYLOAD.encode(), TABLE.encode()]


@settings(max_examples=300)
@given(st.sampled_from(_SEEDS), st.data())
def test_mutated_files_raise_only_errors_of_ours(seed: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(seed)))
    end = data.draw(st.integers(start, min(len(seed), start + 20)))
    content = seed[:start] + data.draw(st.binary(max_size=6)) + seed[end:]
    for name in ("unlocode", "control-type", "hs-correlation"):
        try:
            imported(name, content, edition="2022-2017")
        except CocketError:
            continue


@given(
    st.dictionaries(
        st.text("ABC019", min_size=1, max_size=4),
        st.text("abc ü,;'\"", max_size=8).map(str.strip),
        min_size=1,
        max_size=30,
    )
)
def test_every_row_is_either_taken_in_merged_or_left_out(table: dict[str, str]) -> None:
    rows = [f'{code},"{name.replace(chr(34), chr(34) * 2)}"' for code, name in table.items()]
    result = imported("x", "code,name\n" + "\n".join([*rows, *rows, "ü,bad"]))
    assert result.rows == result.edition.count + result.merged + result.left_out == 2 * len(table) + 1
    assert codes(result) == {code: " ".join(name.split()) for code, name in table.items()}


@pytest.mark.parametrize(
    ("name", "parts", "count"),
    [
        ("unlocode", ("tracking", "unlocode", "unlocode_2024.csv"), 115_928),
        ("country", ("country-codes", "data", "country-codes.csv"), 291),
        ("currency", ("currency-codes", "data", "codes-all.csv"), 307),
        ("package", ("uncefact-codes", "CLR", "Rec21", "current", "code-list.csv"), 406),
        ("unit", ("uncefact-codes", "CLR", "Rec20", "current", "rec20.json"), 2_136),
        ("hs", ("risk", "hs", "harmonized-system.csv"), 6_939),
        ("customs-office", ("hmrc-reference-data", "conf", "resources", "code-lists", "CustomsOffices.json"), 4_141),
        ("un-dangerous-goods-code", ("hmrc-reference-data", "conf", "resources", "csrd2-payloads", "RD_NCTS-P5.json.gz"), 2_336),
    ],
)  # fmt: skip
def test_published_files_are_taken_in_whole(name: str, parts: tuple[str, ...], count: int) -> None:
    path = corpora(*parts)
    result = import_list(Wanted(list=name, edition="2022"), [Source(path.name, path.read_bytes())])
    assert (result.edition.count, result.left_out) == (count, 0)


def test_every_simple_list_of_the_transit_reference_data_is_read() -> None:
    for path in sorted(corpora("hmrc-reference-data", "conf", "resources", "code-lists").glob("*.json")):
        result = import_list(Wanted(list="any"), [Source(path.name, path.read_bytes())])
        assert result.left_out == 0, path.name
