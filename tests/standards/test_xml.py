# SPDX-License-Identifier: Apache-2.0
"""XML from outside: what is read, what is refused and where the finding points."""

from __future__ import annotations

import pytest
from lxml import etree

from cocket.errors import UnreadableError
from cocket.standards.xml import LIMITS, Limits, parse_xml, text_of

DOCTYPE = '<!DOCTYPE a [<!ENTITY e "x">]>'


def refusal(data: bytes, limits: Limits = LIMITS) -> tuple[str, str | None]:
    """Code and location of the finding with which bytes are refused."""
    with pytest.raises(UnreadableError) as refused:
        parse_xml(data, limits)
    (finding,) = refused.value.findings
    assert finding.severity == "error"
    assert finding.code == refused.value.code
    return finding.code, finding.location


def test_plain_xml_is_read() -> None:
    root = parse_xml(b'<?xml version="1.0" encoding="UTF-8"?>\n<a b="1"><c>x</c></a>\n<!-- end -->')
    assert root.tag == "a"
    assert root[0].text == "x"


@pytest.mark.parametrize(
    "data",
    [
        "\ufeff<a>é船</a>".encode(),
        '<?xml version="1.0" encoding="utf-8" standalone="yes"?><a>é船</a>'.encode(),
        '<?xml version="1.0" encoding="UTF-16"?><a>é船</a>'.encode("utf-16"),
        "<a>é船</a>".encode("utf-16"),
    ],
)
def test_unicode_encodings_give_the_same_text(data: bytes) -> None:
    assert parse_xml(data).text == "é船"


def test_a_one_byte_encoding_is_read_if_it_is_declared() -> None:
    assert parse_xml('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'.encode("latin-1")).text == "é"
    assert parse_xml('<?xml version="1.0" encoding="Windows-1252"?><a>€</a>'.encode("cp1252")).text == "€"
    assert refusal("<a>é</a>".encode("latin-1"))[0] == "xml-not-well-formed"


@pytest.mark.parametrize("encoding", ["utf-7", "cp037", "iso-2022-jp", "shift_jis", "hz", "gb18030", "big5", "utf-32"])
def test_an_encoding_that_could_be_misread_is_refused(encoding: str) -> None:
    assert refusal(f'<?xml version="1.0" encoding="{encoding}"?><a/>'.encode())[0] == "xml-encoding"


@pytest.mark.parametrize(
    "data",
    [
        b'<?xml version="1.0" encoding="UTF-16"?><a/>',
        '<?xml version="1.0" encoding="UTF-8"?><a/>'.encode("utf-16"),
        '<?xml version="1.0" encoding="ISO-8859-1"?><a/>'.encode("utf-8-sig"),
        "<a/>".encode("utf-16-le"),
        "<a/>".encode("utf-32"),
        "<a/>".encode("utf-32-be"),
        b"\xff\xfe<\x00a",
    ],
)
def test_an_encoding_other_than_the_declared_one_is_refused(data: bytes) -> None:
    assert refusal(data)[0] in ("xml-encoding", "xml-not-well-formed")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_doctype_is_refused_in_every_encoding(encoding: str) -> None:
    assert refusal(f"{DOCTYPE}<a>&e;</a>".encode(encoding))[0] in ("xml-doctype", "xml-encoding")


@pytest.mark.parametrize("before", ["", "\n ", "<!-- <a> -->", "<?x y?>", "<!--x--><?x <a>?>\n<!--y-->"])
def test_a_doctype_is_refused_wherever_it_may_stand(before: str) -> None:
    assert refusal(f'<?xml version="1.0"?>{before}{DOCTYPE}<a/>'.encode())[0] == "xml-doctype"


def test_the_word_doctype_inside_a_text_is_no_doctype() -> None:
    assert parse_xml(b"<!--<!DOCTYPE a>--><a><![CDATA[<!DOCTYPE a>]]></a>").text == "<!DOCTYPE a>"


def test_comments_and_instructions_do_not_cut_a_value() -> None:
    root = parse_xml(b"<a><b>GB55<!-- x -->32<?y z?>02<![CDATA[7]]>34</b></a>")
    assert root[0].text == "GB553202734"
    assert [child.tag for child in root] == ["b"]


def test_text_of_joins_the_text_around_children() -> None:
    assert text_of(parse_xml(b"<a>1<b>no</b>2<b/>3</a>")) == "123"
    assert text_of(parse_xml(b"<a/>")) == ""
    assert text_of(etree.fromstring("<a>1<!--no-->2</a>")) == "12"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"{}",
        b"<a>",
        b"<a></b>",
        b"<a/><b/>",
        b"<a/>x",
        b"x<a/>",
        b"<a>&nbsp;</a>",
        b"<a>&#0;</a>",
        b"<a>xx\x00</a>",
        b"<a>\x01</a>",
        b"<a>\xc0\xaf</a>",
        b"<a>\xed\xa0\x80</a>",
        b'<a b="1" b="2"/>',
        b'<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>',
        b"<p:a/>",
        b"<?xml version='1.0' ?",
        b"<?xml encoding='utf-8'?><a/>",
    ],
)
def test_what_is_not_well_formed_is_refused_with_line_and_column(data: bytes) -> None:
    code, location = refusal(data)
    assert code == "xml-not-well-formed"
    assert location is not None
    assert all(part.isdigit() for part in location.split(":"))


@pytest.mark.parametrize("version", ["1.1", "2.0"])
def test_only_version_1_0_is_read(version: str) -> None:
    assert refusal(f'<?xml version="{version}"?><a/>'.encode())[0] == "xml-version"


@pytest.mark.parametrize(
    ("limits", "good", "bad"),
    [
        (Limits(size=20), b"<a>" + b"x" * 13 + b"</a>", b"<a>" + b"x" * 14 + b"</a>"),
        (Limits(elements=4, children=1), b"<a><b><c><d/></c></b></a>", b"<a><b><c><d><e/></d></c></b></a>"),
        (Limits(children=4), b"<a>" + b"<b/>" * 4 + b"</a>", b"<a>" + b"<b/>" * 5 + b"</a>"),
        (Limits(all_attributes=2), b'<a b=""><c d=""/></a>', b'<a b=""><c d="" e=""/></a>'),
        (Limits(attributes=1), b'<a b=""><c d=""/></a>', b'<a><c d="" e=""/></a>'),
        (Limits(namespaces=1), b'<a xmlns="u"><b/></a>', b'<a xmlns="u"><b xmlns:p="v"/></a>'),
        (Limits(text=9), b"<a>" + b"x" * 7 + b"</a>", b"<a>" + b"x" * 8 + b"</a>"),
        (Limits(text=9), b"<a>" + b"x<!---->" * 9 + b"</a>", b"<a>" + b"x<!---->" * 10 + b"</a>"),
        (Limits(text=9), b'<a b="x"/>', b'<a b="xxxxxx"/>'),
        (Limits(text=9), b"<!--xx--><a/>", b"<!--xxxx--><a/>"),
    ],
)
def test_a_limit_is_kept_to_the_last_one_allowed(limits: Limits, good: bytes, bad: bytes) -> None:
    assert parse_xml(good, limits) is not None
    assert refusal(bad, limits)[0] == "xml-too-large"


def test_nesting_is_limited() -> None:
    assert parse_xml(b"<a>" * 200 + b"</a>" * 200) is not None
    assert refusal(b"<a>" * 300 + b"</a>" * 300)[0] == "xml-too-large"


#: Limits of a caller who expects texts above what libxml2 takes by itself.
ROOMY = Limits(size=64 << 20, text=60_000_000)
LONG = 11_000_000


@pytest.mark.parametrize(
    "data",
    [
        b"<a>" + b"x" * LONG + b"</a>",
        b"<a><!--" + b"x" * LONG + b"-->1</a>",
        b"<a>1" + b" " * LONG + b"</a>",
        b"<a b='" + b"x" * LONG + b"'/>",
    ],
    ids=["text", "comment", "blanks", "attribute"],
)
def test_a_text_above_ten_megabytes_is_read_if_the_limits_say_so_and_only_then(data: bytes) -> None:
    assert parse_xml(data, ROOMY).tag == "a"
    assert refusal(data, Limits(size=64 << 20))[0] == "xml-too-large"
    assert refusal(data, Limits(size=64 << 20, text=LONG - 1))[0] == "xml-too-large"


@pytest.mark.parametrize(
    ("bomb", "code"),
    [
        (b"<a>" * 257 + b"x" * LONG + b"</a>" * 257, "xml-too-large"),
        (b"<a>" * 5_000 + b"x" * LONG + b"</a>" * 5_000, "xml-too-large"),
        (b"<!DOCTYPE a [<!ENTITY b 'x'>]><a>" + b"x" * LONG + b"&b;</a>", "xml-doctype"),
        (b"<!-- --> <?x?>\n<!DOCTYPE a><a>" + b"x" * LONG + b"</a>", "xml-doctype"),
        (b"<a>" + b"x" * LONG + b"<b/>" * 150_001 + b"</a>", "xml-too-large"),
        (b"<a>" + b"x" * LONG + b"&b;</a>", "xml-not-well-formed"),
        (b"<a>" + b"x" * (65 << 20) + b"</a>", "xml-too-large"),
    ],
    ids=["deep", "deeper", "entity", "doctype", "elements", "undefined", "size"],
)
def test_wider_limits_let_no_bomb_in(bomb: bytes, code: str) -> None:
    assert refusal(bomb, ROOMY)[0] == code


def test_nesting_is_as_deep_with_wider_limits() -> None:
    assert parse_xml(b"<a>" * 256 + b"x" * LONG + b"</a>" * 256, ROOMY) is not None


def test_nothing_is_included() -> None:
    include = b'<a xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="file:///etc/hostname" parse="text"/></a>'
    root = parse_xml(include)
    assert len(root) == 1
    assert root[0].text is None
