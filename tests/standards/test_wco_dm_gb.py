# SPDX-License-Identifier: Apache-2.0
"""Profile `gb-cds`: each rule with a hit, a near miss and a missing field, and what the issuer itself decided."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from cocket import standards
from cocket.findings import Finding, render
from cocket.model import Reading
from cocket.standards import Options
from cocket.standards.wco_dm.gb import RULES
from cocket.standards.wco_dm.gb.characters import invisible, look_alike, mixed_word
from cocket.standards.wco_dm.gb.judging import code_of
from tests.corpora import corpora
from tests.standards.wco_mutations import mutants as damaged
from tests.standards.wco_samples import ANSWERS, answers, full_declaration, own

PAIRS = "hmrc-cds-declare-exports/conf/wco-declaration-schemas/example_messages"
ITEM_1 = "42A/67A[1]/68A[1]/"
HOLDER = "<AuthorisationHolder><ID>GB999888777666</ID><CategoryCode>DPO</CategoryCode></AuthorisationHolder>"
FIRST_ITEM = "<GovernmentAgencyGoodsItem>\n        <SequenceNumeric>1<"


def read(data: bytes) -> Reading:
    """Read bytes by the profile."""
    return standards.read(data, Options(profile="gb-cds"))


def changed(before: str, after: str, sample: str = "gb-import") -> Reading:
    """The reading of a sample with one text in it replaced, which has to occur."""
    text = own(sample).decode()
    assert before in text, before
    return read(text.replace(before, after, 1).encode())


def without(sample: str, element: str) -> Reading:
    """The reading of a sample without the first element of a name."""
    text, count = re.subn(
        rf"<{element}>.*?</{element.partition(' ')[0]}>", "", own(sample).decode(), count=1, flags=re.DOTALL
    )
    assert count == 1, element
    return read(text.encode())


@pytest.mark.parametrize("sample", ["gb-import", "gb-export"])
def test_our_own_declarations_have_no_findings(sample: str) -> None:
    assert read(own(sample)).findings == ()


@pytest.mark.parametrize(
    ("before", "after", "code", "pointer", "found"),
    [
        (">GB999888777666</ID>\n      </Importer", ">GB99988877766\u200b</ID>\n      </Importer", "gb-invisible",
         "42A/67A[1]/74A/R038", "U+200B"),
        (">GB999888777666</ID>\n      </Importer", ">GB999888777666\u0085</ID>\n      </Importer", "gb-invisible",
         "42A/67A[1]/74A/R038", "U+0085"),
        (">GB999888777666</ID>\n      </Importer", ">G\u0392999888777666</ID>\n      </Importer", "gb-look-alike",
         "42A/67A[1]/74A/R038", "G\u0392999888777666"),
        ("<ID>61101190", "<ID>6110119\u0660", "gb-look-alike", ITEM_1 + "23A/21A[1]/145", "6110119\u0660"),
        ("<ID>LM 4417", "<ID>LM 4417\u8239", "gb-foreign-letters", "42A/67A[1]/28A/10A/T002", "LM 4417\u8239"),
        (' currencyID="EUR">900', ">900", "DMS10001", ITEM_1 + "23A/79A/112", "900.00"),
        ("KESTREL-26-000042", "K" * 23, "DMS10010", "42A/D026", "K" * 23),
        (">GB999888777666</ID>\n      </Importer", ">gb999888777666</ID>\n      </Importer", "DMS10010",
         "42A/67A[1]/74A/R038", "gb999888777666"),
        (">GB111222333444</ID>\n    </Declarant", ">GB11122233344</ID>\n    </Declarant", "DMS10010", "42A/57B/R123",
         "GB11122233344"),
        ("20260301080000Z", "20260230080000Z", "DMS10010", "42A/023", "20260230080000Z"),
        ("<TypeCode>IMA", "<TypeCode>XIA", "DMS10020", "42A/D013", "XIA"),
        (FIRST_ITEM, FIRST_ITEM.replace(">1<", ">0<"), "DMS10020", "42A/67A[1]/68A[0]/006", "0"),
        (FIRST_ITEM, FIRST_ITEM.replace(">1<", ">1000<"), "DMS10020", "42A/67A[1]/68A[1000]/006", "1000"),
        ("<SequenceNumeric>2</SequenceNumeric>\n        <Commodity", "<SequenceNumeric>1</SequenceNumeric><Commodity",
         "DMS10020", ITEM_1 + "006", "1"),
        ('currencyID="EUR">900', 'currencyID="ZZZ">900', "DMS10020", ITEM_1 + "23A/79A/112", "ZZZ"),
        ('currencyID="EUR">900', 'currencyID="DEM">900', "DMS10020", ITEM_1 + "23A/79A/112", "DEM"),
        ("<CountryCode>NO</CountryCode>\n          <Type", "<CountryCode>ZZ</CountryCode><Type", "DMS10020",
         ITEM_1 + "92A[1]/063", "ZZ"),
        ("<CountryCode>NO</CountryCode>\n          <Type", "<CountryCode>NOR</CountryCode><Type", "DMS10020",
         ITEM_1 + "92A[1]/063", "NOR"),
        ("<ConditionCode>CIF", "<ConditionCode>CIP ", "", "", ""),
        ("<ConditionCode>CIF", "<ConditionCode>CFI", "DMS10020", "42A/67A[1]/22B/090", "CFI"),
        (">900.00<", ">-900.00<", "DMS10021", ITEM_1 + "23A/79A/112", "-900.00"),
        (">900.00<", ">-0<", "DMS10021", ITEM_1 + "23A/79A/112", "-0"),
        ("<GrossMassMeasure>48", "<GrossMassMeasure>0", "DMS10021", ITEM_1 + "23A/65A/126", "0"),
        ("<CurrentCode>40", "<CurrentCode>99", "DMS12050", ITEM_1 + "70A/166", "99"),
        ("<PreviousCode>00", "<PreviousCode>88", "DMS12050", ITEM_1 + "70A/161", "88"),
        ("<CurrentCode>000", "<CurrentCode>O0", "DMS12050", ITEM_1 + "70A/166", "O0"),
        ("<ID>61101190", "<ID>6110119", "DMS12056", ITEM_1 + "23A/21A[1]/145", "6110119"),
        ("<ID>61101190", "<ID>77101190", "DMS12056", ITEM_1 + "23A/21A[1]/145", "77101190"),
        ("<ID>61101190", "<ID>98101190", "DMS12056", ITEM_1 + "23A/21A[1]/145", "98101190"),
        ("<GoodsItemQuantity>2", "<GoodsItemQuantity>3", "DMS11003", "42A/228", "3"),
        ("<CurrentCode>40", "<CurrentCode>10", "DMS11004", ITEM_1 + "70A/166", "10"),
        ("<NetNetWeightMeasure>40.5", "<NetNetWeightMeasure>48.001", "DMS11006", ITEM_1 + "23A/65A/128", "48.001"),
    ],
)  # fmt: skip
def test_each_rule_refuses_with_code_and_pointer(before: str, after: str, code: str, pointer: str, found: str) -> None:
    reading = changed(before, after)
    errors = [finding for finding in reading.findings if finding.severity == "error"]
    if not code:
        assert errors == []
        return
    (error,) = errors
    assert (error.code, error.pointer, error.found) == (code, pointer, found)
    assert reading.outcome == "refused"
    assert "{" not in render(error)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("KESTREL-26-000042", "K" * 22),
        ("<NetNetWeightMeasure>40.5", "<NetNetWeightMeasure>48"),
        (">GB999888777666</ID>\n      </Importer", ">XI999888777666 </ID>\n      </Importer"),
        ("<CountryCode>NO</CountryCode>\n          <Type", "<CountryCode>XK</CountryCode><Type"),
        ("<ID>61101190", "<ID>98800000"),
        (FIRST_ITEM, FIRST_ITEM.replace(">1<", "> 1 <")),
        ("<CurrentCode>000", "<CurrentCode>F15"),
    ],
)
def test_a_near_miss_is_no_finding(before: str, after: str) -> None:
    assert changed(before, after).findings == ()


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("Pullovers of wool", "Pull\u202eovers of wool", "gb-invisible"),
        ("Fjord Knitwear", "Fj\u043erd Knitwear", "gb-mixed-scripts"),
        ("Mittens of wool, knitted", "Goods.", "gb-vague-description"),
        ("<TypeCode>CT</TypeCode>\n        </Packaging", "<TypeCode>?!</TypeCode></Packaging", "gb-package-kind"),
        (">1500.00<", ">1500.01<", "gb-invoice-total"),
        ("KESTREL-26-000042", "=HYPERLINK(1)", "DMS10010"),
        ("<CountryCode>NO</CountryCode>\n          <Type", "<CountryCode>ZG</CountryCode><Type", "DMS10020"),
        ("<SequenceNumeric>2</SequenceNumeric>\n        <Com", "<SequenceNumeric>3</SequenceNumeric><Com",
         "gb-item-numbers"),
        ("<TotalPackageQuantity>12", "<TotalPackageQuantity>11", "wco-packages-total"),
        ("<TotalPackageQuantity>", "<TotalGrossMassMeasure>59</TotalGrossMassMeasure><TotalPackageQuantity>",
         "gb-gross-mass-total"),
        ("    <BorderTransportMeans>", HOLDER + "<BorderTransportMeans>", "gb-twice"),
    ],
)  # fmt: skip
def test_what_is_less_sure_warns_and_does_not_refuse(before: str, after: str, code: str) -> None:
    reading = changed(before, after)
    assert [(each.code, each.severity) for each in reading.findings] == [(code, "warning")]
    assert reading.outcome == "accepted"


def test_a_price_of_nought_warns_beside_the_total_it_upsets() -> None:
    codes = {each.code for each in changed(">900.00<", ">0<").findings}
    assert codes == {"gb-price-nought", "gb-invoice-total"}


@pytest.mark.parametrize(
    ("sample", "element", "pointer"),
    [
        ("gb-import", "FunctionalReferenceID", "42A/D026"),
        ("gb-import", "TypeCode", "42A/D013"),
        ("gb-import", "GoodsItemQuantity", "42A/228"),
        ("gb-import", "Declarant", "42A/57B/R123"),
        ("gb-import", "Importer", "42A/67A[1]/74A/R038"),
        ("gb-import", "NetNetWeightMeasure", ITEM_1 + "23A/65A/128"),
        ("gb-import", "GrossMassMeasure", ITEM_1 + "23A/65A/126"),
        ("gb-import", "InvoiceLine", ITEM_1 + "23A/79A/112"),
        ("gb-import", "Origin", ITEM_1 + "92A/063"),
        ("gb-import", "PreviousCode", ITEM_1 + "70A/161"),
        ("gb-import", "PreviousDocument", "42A/67A[1]/99A/D018"),
        ("gb-import", "CityName", "42A/57A/04A/241"),
        ("gb-export", "ExitOffice", "42A/67A[1]/56A/G005"),
        ("gb-export", "Exporter", "42A/57A/R032"),
        ("gb-export", 'StatisticalValueAmount currencyID="GBP"', ITEM_1 + "114"),
    ],
)
def test_what_has_to_be_stated_and_is_not_refuses(sample: str, element: str, pointer: str) -> None:
    reading = without(sample, element)
    (error,) = [each for each in reading.findings if each.severity == "error"]
    assert (error.code, error.pointer) == ("DMS10001", pointer)


def test_what_only_an_exit_summary_has_to_state_warns() -> None:
    reading = without("gb-export", "Consignment")
    assert [(each.severity, each.pointer) for each in reading.findings] == [
        ("warning", "42A/28A/18A/R012"),
        ("warning", "42A/28A/81A/064"),
        ("warning", "42A/28A/62A/098"),
    ]


def test_an_empty_class_states_nothing() -> None:
    (error,) = changed("<ID>GB999888777666</ID>\n      </Importer", "</Importer").findings
    assert (error.code, error.pointer) == ("DMS10001", "42A/67A[1]/74A/R038")


def test_a_procedure_without_the_one_asked_for_is_incomplete() -> None:
    (error,) = changed("<CurrentCode>40</CurrentCode>\n", "").findings
    assert (error.code, error.pointer) == ("DMS10001", ITEM_1 + "70A/166")


def test_a_declaration_without_items_lacks_them() -> None:
    items = re.compile(rb"<GovernmentAgencyGoodsItem>.*</GovernmentAgencyGoodsItem>", re.DOTALL)
    reading = read(items.sub(b"", own("gb-import")))
    assert reading.findings[0].pointer == "42A/67A[1]/68A/006"


def test_a_national_additional_procedure_may_release_and_so_only_warns() -> None:
    text = own("gb-import").decode().replace("<CurrentCode>000<", "<CurrentCode>1H7<", 1)
    text = re.sub(r"<InvoiceLine>.*?</InvoiceLine>", "", text, count=1, flags=re.DOTALL)
    reading = read(text.encode())
    assert ("DMS10001", "warning") in {(each.code, each.severity) for each in reading.findings}
    assert reading.outcome == "accepted"


def test_a_request_needs_the_number_of_what_it_changes() -> None:
    text = own("amendment").decode()
    assert read(text.encode()).outcome == "accepted"
    (error,) = [
        each
        for each in read(re.sub(r"<ID>26XA[^<]*</ID>", "", text, count=1).encode()).findings
        if each.severity == "error"
    ]
    assert (error.code, error.pointer) == ("DMS10001", "42A/D014")


def test_an_error_past_the_limit_still_refuses() -> None:
    vague = "<Description>Goods</Description>"
    text = re.sub(r"<Description>[^<]*</Description>", vague, own("gb-import").decode())
    text = text.replace("<GoodsItemQuantity>2", "<GoodsItemQuantity>3", 1)
    reading = standards.read(text.encode(), Options(profile="gb-cds", limit=1))
    assert reading.outcome == "refused"
    assert [each.code for each in reading.findings] == ["DMS11003", "findings-left-out"]


def test_the_exit_office_is_pointed_to_where_the_authority_has_it() -> None:
    (error,) = changed("<ID>GB000074", "<ID>GB999999", "gb-export").findings
    assert (error.code, error.pointer) == ("DMS10020", "42A/67A[1]/56A/G005")
    assert error.location == "/Declaration[1]/ExitOffice[1]/ID[1]"


def test_characters_are_seen_for_what_they_are() -> None:
    assert look_alike("GB55") is None
    assert look_alike("\uff27\uff22\u0665") == "GB5"
    assert look_alike("U\u0405") == "US"
    assert look_alike("\u8239") is None
    assert [invisible(text) for text in ("plain", "a\u00adb", "\u2066", "\u3164", "\U000e0041")] == [
        None, "U+00AD", "U+2066", "U+3164", "U+E0041",
    ]  # fmt: skip
    assert mixed_word("Москва trade") is None
    assert mixed_word("M\u043escow trade") == "M\u043escow"


def test_every_rule_names_its_source_and_has_a_code() -> None:
    for rule, _ in RULES:
        assert "Source:" in (rule.__doc__ or ""), rule
        assert re.fullmatch(r"DMS\d{5}|gb(-[a-z]+)+", code_of(rule)), rule


def test_damaged_declarations_are_judged_and_raise_only_our_errors() -> None:
    outcomes = set()
    for _, declaration in damaged([own("gb-import"), own("gb-export"), full_declaration()], seed=11, count=2000):
        data = etree.tostring(declaration.getroottree().getroot())
        reading = standards.read(data, Options(profile="gb-cds", lenient=True))
        outcomes.add(reading.outcome)
        has_error = any(each.severity == "error" for each in reading.findings)
        assert (reading.outcome == "refused") == has_error
    assert outcomes == {"accepted", "refused"}


def mutants(folder: Path) -> Iterator[tuple[dict[str, str], bytes]]:
    """The cases of the corpus that need no door with a state, unpacked."""
    for row in map(json.loads, (folder / "manifest.jsonl").read_text("utf-8").splitlines()):
        data = (folder / row["file"]).read_bytes()
        yield row, gzip.decompress(data) if row["file"].endswith(".gz") else data


def test_every_mutant_is_judged_as_labelled() -> None:
    seen = 0
    for row, data in mutants(corpora("hostile", "wco-dm-mutants")):
        reading = read(data)
        seen += 1
        if row["kind"] == "lrn-conflict" or row["expect"] in ("safe", "same"):
            continue
        assert reading.outcome == ("refused" if row["expect"] == "reject" else "accepted"), row
        if row["expect"] == "flag":
            assert any(each.severity == "warning" for each in reading.findings), row
    assert seen >= 130


def test_nothing_that_its_issuer_accepted_is_refused() -> None:
    corpora(ANSWERS)
    refused = [path for path, is_good in answers() if is_good and read(path.read_bytes()).outcome == "refused"]
    assert len([path for path, is_good in answers() if is_good]) == 274
    assert {path.parent.parent.parent.name for path in refused} == {"Rejected"}


def pairs() -> Iterator[tuple[Path, Path]]:
    """Declarations with what the authority answered them."""
    for answer in sorted(corpora(*PAIRS.split("/")).rglob("Example Notification/*.xml")):
        yield next(iter((answer.parent.parent / "Declaration").iterdir())), answer


def test_a_refusal_has_the_code_and_pointer_that_the_authority_gave() -> None:
    judged = 0
    for declaration, answer in pairs():
        text = re.sub(r"_2_1:|<!--.*?-->", "", answer.read_text("utf-8"), flags=re.DOTALL)
        expected = [_told(error) for error in re.findall(r"<Error>(.*?)</Error>", text, re.DOTALL)]
        errors = [each for each in read(declaration.read_bytes()).findings if each.severity == "error"]
        assert [(each.code, each.pointer) for each in errors] == expected, declaration
        judged += 1
    assert judged == 5


def _told(error: str) -> tuple[str, str]:
    code = re.search(r"<ValidationCode>(.*?)<", error)
    steps = []
    for pointer in re.findall(r"<Pointer>(.*?)</Pointer>", error, re.DOTALL):
        parts = dict(re.findall(r"<(\w+)>([^<]*)<", pointer))
        place = f"[{parts['SequenceNumeric']}]" if "SequenceNumeric" in parts else ""
        steps.append(parts["DocumentSectionCode"] + place)
        steps += [parts["TagID"]] if "TagID" in parts else []
    assert code is not None
    return code[1], "/".join(steps)


def test_findings_have_places_that_lead_somewhere() -> None:
    found: list[Finding] = [*changed(">900.00<", ">-1<").findings, *without("gb-import", "Origin").findings]
    assert all(each.location and each.location.startswith("/md:MetaData[1]/Declaration[1]") for each in found)
