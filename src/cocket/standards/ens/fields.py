# SPDX-License-Identifier: Apache-2.0
"""The entry summary declaration and the answers to it as tables: every message, group and element.

A message is a list of groups in the order in which it has them. A row of a group is an element: name, type,
cardinality, meaning. Where the new variant of the message asks for less, its lower bound follows a slash. The group of
a name is the message's own if it has one, such as `CC315A.HEAHEA`, else the one all share. Traders have seven elements
each, always in the same order, which `TRADERS` lists.

A type is known by the name it has in the published schemas, since a message may state it by `xsi:type`. Formats are
written as in the WCO's tables: `an..35` up to 35 characters, `an2` two of them, `n` digits, `a` letters, `A` capital
letters, `AN` capital letters and digits, `n..11,3` up to 11 digits, 3 of them decimals.

Source: ICS functional specification (DDNIA ICS, messages IE304, IE305, IE313, IE315, IE316, IE328, IE351), schema
version 11.2 for declarations and 10.0 for answers, as the UK uses them; facts re-stated.
"""

from __future__ import annotations

import re

import msgspec

_NAMESPACE = "http://ics.dgtaxud.ec/"

#: Namespaces of the published schemas, by the prefix used for them here.
NAMESPACES = {name: _NAMESPACE + name for name in ("simple", "tcl", "complex_ics")}


class Type(msgspec.Struct, frozen=True, kw_only=True):
    """What a value may be.

    Attributes:
        prefix: Which namespace names it.
        name: Its published name.
        base: XML Schema type it restricts: `token`, `string` or `decimal`.
        format: The format as people write it.
        shortest: Characters at least (count).
        longest: Characters at most (count).
        pattern: Regular expression of the whole value, the same for XML Schema and Python; None if length is all.
        digits: Digits and decimals of a number at most; None if it is none.
        codes: The only values allowed; empty if there is no such list.
    """

    prefix: str
    name: str
    base: str
    format: str
    shortest: int = 1
    longest: int = 0
    pattern: str | None = None
    digits: tuple[int, int] | None = None
    codes: tuple[str, ...] = ()


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One element of a group.

    Attributes:
        name: Its name.
        meaning: What it says, in words.
        least: How often it must occur.
        least_new: The same in the new variant.
        most: How often it may occur; None is without limit.
        type: What its value may be; None if it is a group.
        group: What is in it; None if it is a value.
    """

    name: str
    meaning: str
    least: int
    least_new: int
    most: int | None
    type: Type | None = None
    group: Group | None = None


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Elements that belong together.

    Attributes:
        name: Name of the element that holds them.
        prefix: Which namespace names its type; `ie` is the message's own.
        fields: Its elements by name, in the order of the message.
    """

    name: str
    prefix: str
    fields: dict[str, Field]


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One message.

    Attributes:
        name: Name of its root element.
        number: What people call it, such as `IE315`.
        group: Its root.
    """

    name: str
    number: str
    group: Group

    @property
    def namespace(self) -> str:
        """Namespace of the root element; all others have none."""
        return _NAMESPACE + self.name

    @property
    def tag(self) -> str:
        """The root element's name as lxml writes it."""
        return f"{{{self.namespace}}}{self.name}"


#: A day of a month. The published expressions have a bar among the alternatives of a digit, so that month `0|` and
#: `1|` are months to them; the verdict is to be theirs.
_DAY = r"((0[13578|]|1[02|])(0[1-9]|[12][0-9]|3[01])|(0[469|]|11)(0[1-9]|[12][0-9]|30)|02(0[1-9]|[12][0-9]))"
_TIME = r"([01][0-9]|2[0-3])[0-5][0-9]"

_PATTERNS = {
    "place": r"[a-zA-Z]{2}.{1,33}",
    "office": r"[a-zA-Z]{2}[a-zA-Z0-9]{6}",
    "mrn": r"[0-9]{2}[A-Z]{2}[A-Z0-9]{13}[0-9]",
    "trader": r"[A-Z]{2}[\t -" + "\x7f]*",
    "YYMMDD": rf"[0-9]{{2}}{_DAY}",
    "HHMM": _TIME,
    "YYYYMMDDHHMM": rf"[1-9][0-9]{{3}}{_DAY}{_TIME}",
}

_CHARACTERS = {"an": None, "a": "[a-zA-Z]*", "A": "[A-Z]*", "n": "[0-9]*", "AN": "[A-Z0-9]*"}

_CODES = {
    "messages": """CC304A CC305A CC313A CC315A CC316A CC323A CC324A CC325A CC328A CC351A CD030C CD031C CD032C CD070B
        CD071B CD301A CD302A CD303A CD319A CD411C CD412C CD906B CD912B CD913B CD914B CD916B CD917B CD931C CD932C
        CD971B""",
    "errors": "12 13 14 15 19 26 35 37 38 39 40 90 91 92 93",
    "flag": "0 1",
}

#: Name, format, and the pattern or code list where the format is not all.
_TYPES = """
simple:Alpha_1                     a1
simple:AlphaCapital1Type           A1
simple:AlphanumericCapitalMax4Type AN..4
simple:Alphanumeric_2              an2
simple:Alphanumeric_Max4           an..4
simple:Alphanumeric_Max5           an..5
simple:Alphanumeric_Max6           an..6
simple:Alphanumeric_Max14          an..14
simple:Alphanumeric_Max17          an..17
simple:Alphanumeric_Max20          an..20
simple:Alphanumeric_Max22          an..22
simple:Alphanumeric_Max27          an..27
simple:Alphanumeric_Max35          an..35
simple:Alphanumeric_Max70          an..70
simple:Alphanumeric_Max140         an..140
simple:Alphanumeric_Max210         an..210
simple:Alphanumeric_Max280         an..280
simple:Alphanumeric_Max350         an..350
simple:AlphanumericSpecMax35Type   an..35 place
simple:TradNameType                an..35
simple:StreetNumType               an..35
simple:PostalCodeType              an..9
simple:CityType                    an..35
simple:CountryCodeType             A2
simple:LanguageCodeType            a2
simple:TINType                     an..17 trader
simple:CORefNumType                an8    office
simple:MRNType                     an18   mrn
simple:Numeric_1                   n1
simple:Numeric_4                   n4
simple:Numeric_Max2                n..2
simple:Numeric_Max5                n..5
simple:Numeric_Max7                n..7
simple:NumericMin4Max8Type         n4..8
simple:Decimal_11_3                n..11,3
simple:DatePrepType                n6     YYMMDD
simple:TimeType                    n4     HHMM
simple:DateTimeType                n12    YYYYMMDDHHMM
tcl:MessageTypes                   an6    messages
tcl:FunctionalErrorCodes           n2     errors
tcl:Flag                           n1     flag
"""

_FORMAT = re.compile(r"(?P<characters>[anAN]+?)(?P<least>\d+)?(?P<upto>\.\.)?(?P<size>\d+)?(,(?P<decimals>\d+))?")


def _type(line: str) -> Type:
    """One row of the types."""
    name, form, *special = line.split()
    prefix, _, local = name.partition(":")
    found = _FORMAT.fullmatch(form)
    if found is None:
        raise ValueError(form)
    if found["decimals"]:
        digits = (int(found["size"]), int(found["decimals"]))
        return Type(prefix=prefix, name=local, base="decimal", format=form, digits=digits)
    rule = special[0] if special else ""
    if rule in _CODES:
        codes = tuple(_CODES[rule].split())
        return Type(prefix=prefix, name=local, base="token", format=form, codes=codes)
    exact = found["least"] if not found["upto"] else None
    least = found["least"] or ("0" if found["characters"] == "AN" else "1")
    return Type(
        prefix=prefix,
        name=local,
        base="string" if rule == "trader" else "token",
        format=f"{form} ({rule})" if rule.isupper() else form,
        shortest=3 if rule == "trader" else int(least),
        longest=int(exact or found["size"] or 0),
        pattern=_PATTERNS.get(rule) or _CHARACTERS[found["characters"]],
    )


TYPES: dict[str, Type] = {each.name: each for each in map(_type, _TYPES.strip().splitlines())}

#: What the seven elements of a trader say, and their types.
TRADER_PARTS: tuple[tuple[str, str], ...] = (
    ("name", "TradNameType"),
    ("street and number", "StreetNumType"),
    ("postcode", "PostalCodeType"),
    ("city", "CityType"),
    ("country", "CountryCodeType"),
    ("language", "LanguageCodeType"),
    ("trader identification number", "TINType"),
)

#: The elements of each trader in that order.
TRADERS: dict[str, tuple[str, ...]] = {
    name: tuple(elements)
    for name, *elements in map(
        str.split,
        """\
TRACONCO1 NamCO17 StrAndNumCO122 PosCodCO123 CitCO124 CouCO125 NADLNGCO TINCO159
TRACONCE1 NamCE17 StrAndNumCE122 PosCodCE123 CitCE124 CouCE125 NADLNGCE TINCE159
NOTPAR670 NamNOTPAR672 StrNumNOTPAR673 PosCodNOTPAR676 CitNOTPAR674 CouCodNOTPAR675 NOTPAR670LNG TINNOTPAR671
TRACONCO2 NamCO27 StrAndNumCO222 PosCodCO223 CitCO224 CouCO225 NADLNGGTCO TINCO259
TRACONCE2 NamCE27 StrAndNumCE222 PosCodCE223 CitCE224 CouCE225 NADLNGGICE TINCE259
PRTNOT640 NamPRTNOT642 StrNumPRTNOT646 PstCodPRTNOT644 CtyPRTNOT643 CouCodGINOT647 PRTNOT640LNG TINPRTNOT641
TRAREP NamTRE1 StrAndNumTRE1 PosCodTRE1 CitTRE1 CouCodTRE1 TRAREPLNG TINTRE1
PERLODSUMDEC NamPLD1 StrAndNumPLD1 PosCodPLD1 CitPLD1 CouCodPLD1 PERLODSUMDECLNG TINPLD1
TRACARENT601 NamTRACARENT604 StrNumTRACARENT607 PstCodTRACARENT606 CtyTRACARENT603 CouCodTRACARENT605 \
TRACARENT601LNG TINTRACARENT602
""".splitlines(),
    )
}

#: Traders that must state their identification number. An answer names an entry carrier by it too.
_IDENTIFIED = ("TRAREP", "PERLODSUMDEC")

#: Groups whose type the published schemas keep apart from the message.
_COMMON = ("SPEMENMT2", "COMCODGODITM", "PACGS2", "ITI", "SEAID529", "CUSOFFSENT740")

_GROUPS = """
MESSAGE
  MesSenMES3                Alphanumeric_Max35          1..1    message sender
  MesRecMES6                Alphanumeric_Max35          0..1    message recipient
  DatOfPreMES9              DatePrepType                1..1    date of preparation
  TimOfPreMES10             TimeType                    1..1    time of preparation
  PriMES15                  Alpha_1                     0..1    priority
  MesIdeMES19               Alphanumeric_Max14          1..1    message identification
  MesTypMES20               MessageTypes                1..1    message type
  CorIdeMES25               Alphanumeric_Max14          0..1    correlation identifier

CC304A.MESSAGE CC305A.MESSAGE CC316A.MESSAGE CC328A.MESSAGE
  MesSenMES3                Alphanumeric_Max35          1..1    message sender
  MesRecMES6                Alphanumeric_Max35          1..1    message recipient
  DatOfPreMES9              DatePrepType                1..1    date of preparation
  TimOfPreMES10             TimeType                    1..1    time of preparation
  PriMES15                  Alpha_1                     0..1    priority
  MesIdeMES19               Alphanumeric_Max14          1..1    message identification
  MesTypMES20               MessageTypes                1..1    message type
  CorIdeMES25               Alphanumeric_Max14          0..1    correlation identifier

CC351A.MESSAGE
  MesSenMES3                Alphanumeric_Max35          1..1    message sender
  MesRecMES6                Alphanumeric_Max35          1..1    message recipient
  DatOfPreMES9              DatePrepType                1..1    date of preparation
  TimOfPreMES10             TimeType                    1..1    time of preparation
  PriMES15                  Alpha_1                     0..1    priority
  TesIndMES18               Flag                        0..1    test indicator
  MesIdeMES19               Alphanumeric_Max14          1..1    message identification
  MesTypMES20               MessageTypes                1..1    message type
  CorIdeMES25               Alphanumeric_Max14          0..1    correlation identifier

CC315A IE315
  HEAHEA                    -                           1..1    header
  TRACONCO1                 -                           0..1    consignor
  TRACONCE1                 -                           0..1    consignee
  NOTPAR670                 -                           0..1    party to notify
  GOOITEGDS                 -                           1..n    goods item
  ITI                       -                           0..99   itinerary
  CUSOFFLON                 -                           0..1    customs office of lodgement
  TRAREP                    -                           0..1    representative
  PERLODSUMDEC              -                           1..1    person lodging the declaration
  SEAID529                  -                           0..n    seal
  CUSOFFFENT730             -                           1..1    customs office of first entry
  CUSOFFSENT740             -                           0..99   customs office of subsequent entry
  TRACARENT601              -                           0..1    entry carrier

CC313A IE313
  HEAHEA                    -                           1..1    header
  TRACONCO1                 -                           0..1    consignor
  TRACONCE1                 -                           0..1    consignee
  NOTPAR670                 -                           0..1    party to notify
  GOOITEGDS                 -                           1..n    goods item
  ITI                       -                           0..99   itinerary
  TRAREP                    -                           0..1    representative
  PERLODSUMDEC              -                           1..1    person lodging the declaration
  SEAID529                  -                           0..n    seal
  CUSOFFFENT730             -                           1..1    customs office of first entry
  CUSOFFSENT740             -                           0..99   customs office of subsequent entry
  TRACARENT601              -                           0..1    entry carrier

CC304A IE304
  HEAHEA                    -                           1..1    header
  GOOITEGDS                 -                           0..n    goods item
  TRAREP                    -                           0..1    representative
  PERLODSUMDEC              -                           0..1    person lodging the declaration
  CUSOFFFENT730             -                           1..1    customs office of first entry
  TRACARENT601              -                           0..1    entry carrier

CC305A IE305
  HEAHEA                    -                           1..1    header
  FUNERRER1                 -                           0..n    functional error
  TRAREP                    -                           0..1    representative
  PERLODSUMDEC              -                           0..1    person lodging the declaration
  CUSOFFFENT730             -                           1..1    customs office of first entry

CC316A IE316
  HEAHEA                    -                           1..1    header
  FUNERRER1                 -                           0..n    functional error

CC328A IE328
  HEAHEA                    -                           1..1    header
  GOOITEGDS                 -                           0..n    goods item
  CUSOFFLON                 -                           0..1    customs office of lodgement
  PERLODSUMDEC              -                           1..1    person lodging the declaration
  CUSOFFFENT730             -                           1..1    customs office of first entry
  TRACARENT601              -                           0..1    entry carrier

CC351A IE351
  HEAHEA                    -                           1..1    header
  GOOITEGDS                 -                           0..n    goods item
  CUSOFFLON                 -                           0..1    customs office of lodgement
  TRAREP                    -                           0..1    representative
  PERLODSUMDEC              -                           1..1    person lodging the declaration
  CUSOFFFENT730             -                           1..1    customs office of first entry
  TRACARENT601              -                           0..1    entry carrier
  CUSINT632                 -                           1..n    customs intervention

CC315A.HEAHEA
  RefNumHEA4                Alphanumeric_Max22          1..1    local reference number
  TraModAtBorHEA76          Numeric_Max2                1..1    transport mode at the border
  IdeOfMeaOfTraCroHEA85     Alphanumeric_Max27          0..1    identity of the means of transport
  IdeOfMeaOfTraCroHEA85LNG  LanguageCodeType            0..1    language of that identity
  NatOfMeaOfTraCroHEA87     CountryCodeType             0..1    nationality of the means of transport
  TotNumOfIteHEA305         Numeric_Max5                1..1/0  total number of items
  TotNumOfPacHEA306         Numeric_Max7                0..1    total number of packages
  TotGroMasHEA307           Decimal_11_3                0..1    total gross mass
  DecPlaHEA394              Alphanumeric_Max35          1..1/0  place of declaration
  DecPlaHEA394LNG           LanguageCodeType            0..1    language of that place
  SpeCirIndHEA1             AlphaCapital1Type           0..1    specific circumstance
  TraChaMetOfPayHEA1        AlphaCapital1Type           0..1    method of payment of transport charges
  ComRefNumHEA              Alphanumeric_Max70          0..1    commercial reference number
  ConRefNumHEA              Alphanumeric_Max35          0..1    conveyance reference number
  PlaLoaGOOITE334           AlphanumericSpecMax35Type   0..1    place of loading
  PlaLoaGOOITE334LNG        LanguageCodeType            0..1    language of that place
  PlaUnlGOOITE334           AlphanumericSpecMax35Type   0..1    place of unloading
  CodPlUnHEA357LNG          LanguageCodeType            0..1    language of that place
  DecDatTimHEA114           DateTimeType                1..1    date and time of declaration

CC313A.HEAHEA
  DocNumHEA5                MRNType                     1..1    movement reference number
  TraModAtBorHEA76          Numeric_Max2                1..1    transport mode at the border
  IdeOfMeaOfTraCroHEA85     Alphanumeric_Max27          0..1    identity of the means of transport
  IdeOfMeaOfTraCroHEA85LNG  LanguageCodeType            0..1    language of that identity
  NatOfMeaOfTraCroHEA87     CountryCodeType             0..1    nationality of the means of transport
  TotNumOfIteHEA305         Numeric_Max5                1..1/0  total number of items
  TotNumOfPacHEA306         Numeric_Max7                0..1    total number of packages
  TotGroMasHEA307           Decimal_11_3                0..1    total gross mass
  AmdPlaHEA598              Alphanumeric_Max35          1..1/0  place of amendment
  AmdPlaHEA598LNG           LanguageCodeType            0..1    language of that place
  SpeCirIndHEA1             AlphaCapital1Type           0..1    specific circumstance
  TraChaMetOfPayHEA1        AlphaCapital1Type           0..1    method of payment of transport charges
  ComRefNumHEA              Alphanumeric_Max70          0..1    commercial reference number
  ConRefNumHEA              Alphanumeric_Max35          0..1    conveyance reference number
  PlaLoaGOOITE334           AlphanumericSpecMax35Type   0..1    place of loading
  PlaLoaGOOITE334LNG        LanguageCodeType            0..1    language of that place
  PlaUnlGOOITE334           AlphanumericSpecMax35Type   0..1    place of unloading
  CodPlUnHEA357LNG          LanguageCodeType            0..1    language of that place
  DatTimAmeHEA113           DateTimeType                1..1    date and time of amendment

CC304A.HEAHEA
  DocNumHEA5                MRNType                     1..1    movement reference number
  TraModAtBorHEA76          Numeric_Max2                0..1    transport mode at the border
  IdeOfMeaOfTraCroHEA85     Alphanumeric_Max27          0..1    identity of the means of transport
  IdeOfMeaOfTraCroHEA85LNG  LanguageCodeType            0..1    language of that identity
  NatOfMeaOfTraCroHEA87     CountryCodeType             0..1    nationality of the means of transport
  ComRefNumHEA              Alphanumeric_Max70          0..1    commercial reference number
  ConRefNumHEA              Alphanumeric_Max35          0..1    conveyance reference number
  AmeAccDatTimHEA111        DateTimeType                1..1    date and time of acceptance of the amendment
  DatTimAmeHEA113           DateTimeType                1..1    date and time of amendment

CC305A.HEAHEA
  DocNumHEA5                MRNType                     1..1    movement reference number
  AmeRejMotCodHEA604        Numeric_1                   0..1    reason for rejection, coded
  AmeRejMotTexHEA605        Alphanumeric_Max350         0..1    reason for rejection
  AmeRejMotTexHEA605LNG     LanguageCodeType            0..1    language of that reason
  DatTimAmeHEA113           DateTimeType                1..1    date and time of amendment
  AmeRejDatTimHEA112        DateTimeType                1..1    date and time of rejection

CC316A.HEAHEA
  RefNumHEA4                Alphanumeric_Max22          1..1    local reference number
  DecRejReaHEA252           Alphanumeric_Max350         0..1    reason for rejection
  DecRejReaHEA252LNG        LanguageCodeType            0..1    language of that reason
  DecRejDatTimHEA116        DateTimeType                1..1    date and time of rejection

CC328A.HEAHEA
  RefNumHEA4                Alphanumeric_Max22          1..1    local reference number
  DocNumHEA5                MRNType                     1..1    movement reference number
  TraModAtBorHEA76          Numeric_Max2                0..1    transport mode at the border
  NatHEA001                 CountryCodeType             0..1    nationality of the means of transport
  IdeOfMeaOfTraCroHEA85     Alphanumeric_Max27          0..1    identity of the means of transport
  IdeOfMeaOfTraCroHEA85LNG  LanguageCodeType            0..1    language of that identity
  ComRefNumHEA              Alphanumeric_Max70          0..1    commercial reference number
  ConRefNumHEA              Alphanumeric_Max35          0..1    conveyance reference number
  DecRegDatTimHEA115        DateTimeType                1..1    date and time of registration

CC351A.HEAHEA
  RefNumHEA4                Alphanumeric_Max22          1..1    local reference number
  DocNumHEA5                MRNType                     1..1    movement reference number
  TraModAtBorHEA76          Numeric_Max2                0..1    transport mode at the border
  NatHEA001                 CountryCodeType             0..1    nationality of the means of transport
  IdeOfMeaOfTraCroHEA85     Alphanumeric_Max27          0..1    identity of the means of transport
  TotNumOfIteHEA305         Numeric_Max5                1..1/0  total number of items
  ComRefNumHEA              Alphanumeric_Max70          0..1    commercial reference number
  ConRefNumHEA              Alphanumeric_Max35          0..1    conveyance reference number
  NotDatTimHEA104           DateTimeType                1..1    date and time of notification
  DecRegDatTimHEA115        DateTimeType                1..1    date and time of registration
  DecSubDatTimHEA118        DateTimeType                1..1    date and time of submission

GOOITEGDS
  IteNumGDS7                Numeric_Max5                1..1    item number
  ComRefNumGIM1             Alphanumeric_Max70          0..1    commercial reference number
  PRODOCDC2                 -                           0..99   document produced
  CONNR2                    -                           0..99   container
  IDEMEATRAGI970            -                           0..n    means of transport at the border

CC315A.GOOITEGDS CC313A.GOOITEGDS
  IteNumGDS7                Numeric_Max5                1..1    item number
  GooDesGDS23               Alphanumeric_Max280         0..1    goods description
  GooDesGDS23LNG            LanguageCodeType            0..1    language of that description
  GroMasGDS46               Decimal_11_3                0..1    gross mass
  MetOfPayGDI12             AlphaCapital1Type           0..1    method of payment of transport charges
  ComRefNumGIM1             Alphanumeric_Max70          0..1    commercial reference number
  UNDanGooCodGDI1           Numeric_4                   0..1    UN number of dangerous goods
  PlaLoaGOOITE333           AlphanumericSpecMax35Type   0..1    place of loading
  PlaLoaGOOITE333LNG        LanguageCodeType            0..1    language of that place
  PlaUnlGOOITE333           AlphanumericSpecMax35Type   0..1    place of unloading
  PlaUnlGOOITE333LNG        LanguageCodeType            0..1    language of that place
  PRODOCDC2                 -                           0..99   document produced
  SPEMENMT2                 -                           0..99   special mention
  TRACONCO2                 -                           0..1    consignor of the item
  COMCODGODITM              -                           0..1    commodity code
  TRACONCE2                 -                           0..1    consignee of the item
  CONNR2                    -                           0..99   container
  IDEMEATRAGI970            -                           0..n    means of transport at the border
  PACGS2                    -                           0..99   packages
  PRTNOT640                 -                           0..1    party to notify for the item

PRODOCDC2
  DocTypDC21                Alphanumeric_Max4           1..1    document type
  DocRefDC23                Alphanumeric_Max35          1..1    document reference
  DocRefDCLNG               LanguageCodeType            0..1    language of that reference

SPEMENMT2
  AddInfCodMT23             Alphanumeric_Max5           1..1    special mention, coded

COMCODGODITM
  ComNomCMD1                NumericMin4Max8Type         1..1    code of the Combined Nomenclature

CONNR2
  ConNumNR21                Alphanumeric_Max17          1..1    container number

IDEMEATRAGI970
  NatIDEMEATRAGI973         CountryCodeType             0..1    nationality of the means of transport
  IdeMeaTraGIMEATRA971      Alphanumeric_Max27          1..1    identity of the means of transport
  IdeMeaTraGIMEATRA972LNG   LanguageCodeType            0..1    language of that identity

PACGS2
  KinOfPacGS23              Alphanumeric_2              1..1    kind of packages
  NumOfPacGS24              Numeric_Max5                0..1    number of packages
  NumOfPieGS25              Numeric_Max5                0..1    number of pieces
  MarNumOfPacGSL21          Alphanumeric_Max140         0..1    marks and numbers
  MarNumOfPacGSL21LNG       LanguageCodeType            0..1    language of the marks

ITI
  CouOfRouCodITI1           CountryCodeType             1..1    country of routing

CUSOFFLON
  RefNumCOL1                CORefNumType                1..1    reference number of the office

SEAID529
  SeaIdSEAID530             Alphanumeric_Max20          1..1    seal number
  SeaIdSEAID530LNG          LanguageCodeType            0..1    language of that number

CUSOFFFENT730
  RefNumCUSOFFFENT731       CORefNumType                1..1    reference number of the office
  ExpDatOfArrFIRENT733      DateTimeType                0..1    expected date and time of arrival

CC315A.CUSOFFFENT730 CC313A.CUSOFFFENT730
  RefNumCUSOFFFENT731       CORefNumType                1..1    reference number of the office
  ExpDatOfArrFIRENT733      DateTimeType                1..1    expected date and time of arrival

CC305A.CUSOFFFENT730
  RefNumCUSOFFFENT731       CORefNumType                1..1    reference number of the office

CUSOFFSENT740
  RefNumSUBENR909           CORefNumType                1..1    reference number of the office

FUNERRER1
  ErrTypER11                FunctionalErrorCodes        1..1    error type
  ErrPoiER12                Alphanumeric_Max210         1..1    error pointer
  ErrReaER13                Alphanumeric_Max6           0..1    error reason
  OriAttValER14             Alphanumeric_Max140         0..1    original value

CUSINT632
  IteNumConCUSINT668        Numeric_Max5                0..1    item concerned
  CusIntCodCUSINT665        AlphanumericCapitalMax4Type 1..1    intervention code
  CusIntTexCUSINT666        Alphanumeric_Max350         0..1    intervention in words
  CusIntTexCUSINT667LNG     LanguageCodeType            0..1    language of those words
"""

_ROW = re.compile(r"(?P<name>\S+) +(?P<type>\S+) +(?P<least>\d)\.\.(?P<most>\d+|n)(/(?P<new>\d))? +(?P<meaning>.+)")


def _rows() -> dict[str, list[re.Match[str]]]:
    """The rows of every group by its names."""
    rows: dict[str, list[re.Match[str]]] = {}
    for block in _GROUPS.strip().split("\n\n"):
        heads, *lines = block.splitlines()
        found = [match for match in map(_ROW.fullmatch, map(str.strip, lines)) if match]
        if len(found) != len(lines):
            raise ValueError(heads)
        rows.update(dict.fromkeys(heads.split(), found))
    return rows


_ROWS = _rows()


def group_of(message: str, name: str) -> Group:
    """A group as one message has it.

    Args:
        message: Name of the message.
        name: Name of the group; the message's own for its root.

    Source: see the module.
    """
    prefix = "complex_ics" if name in _COMMON else "ie"
    if name in TRADERS:
        return Group(name=name, prefix=prefix, fields={field.name: field for field in _trader_fields(message, name)})
    rows = _ROWS.get(f"{message}.{name}") or _ROWS[name]
    if name == message:
        rows = [*(_ROWS.get(f"{message}.MESSAGE") or _ROWS["MESSAGE"]), *rows]
    return Group(name=name, prefix=prefix, fields={row["name"]: _field(message, row) for row in rows})


def _field(message: str, row: re.Match[str]) -> Field:
    is_group = row["type"] == "-"
    return Field(
        name=row["name"],
        meaning=row["meaning"],
        least=int(row["least"]),
        least_new=int(row["new"] or row["least"]),
        most=None if row["most"] == "n" else int(row["most"]),
        type=None if is_group else TYPES[row["type"]],
        group=group_of(message, row["name"]) if is_group else None,
    )


def _trader_fields(message: str, name: str) -> list[Field]:
    is_declaration = message in ("CC315A", "CC313A")
    is_identified = name in _IDENTIFIED or (name == "TRACARENT601" and not is_declaration)
    fields = []
    for element, (meaning, type_name) in zip(TRADERS[name], TRADER_PARTS, strict=True):
        least = int(is_identified and type_name == "TINType")
        fields.append(Field(name=element, meaning=meaning, least=least, least_new=least, most=1, type=TYPES[type_name]))
    return fields


#: Every message by the name of its root element: declarations first, then the answers.
MESSAGES: dict[str, Message] = {
    name: Message(name=name, number=number, group=group_of(name, name))
    for name, number in (
        ("CC315A", "IE315"),
        ("CC313A", "IE313"),
        ("CC304A", "IE304"),
        ("CC305A", "IE305"),
        ("CC316A", "IE316"),
        ("CC328A", "IE328"),
        ("CC351A", "IE351"),
    )
}

DECLARATIONS = ("CC315A", "CC313A")
ANSWERS = ("CC304A", "CC305A", "CC316A", "CC328A", "CC351A")
