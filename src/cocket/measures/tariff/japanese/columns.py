# SPDX-License-Identifier: Apache-2.0
"""The columns of the Japanese tariff, and the countries that they are for.

Source: Japan Customs, tariff schedule, heads of the columns; parties of each agreement.
"""

from __future__ import annotations

ASEAN = ("BN", "KH", "ID", "LA", "MY", "MM", "PH", "SG", "TH", "VN")
EUROPEAN_UNION = (
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip

BASIC, TEMPORARY, WTO = "基本", "暫定", "WTO協定"

#: Columns for goods of developing and least developed countries; which these are is not in the schedule.
GENERAL = {"特恵": "GSP", "特別特恵": "LDC"}

#: Columns of agreements → parties.
AGREEMENTS: dict[str, tuple[str, ...]] = {
    "EPA_シンガポール": ("SG",),
    "EPA_メキシコ": ("MX",),
    "EPA_マレーシア": ("MY",),
    "EPA_チリ": ("CL",),
    "EPA_タイ": ("TH",),
    "EPA_インドネシア": ("ID",),
    "EPA_ブルネイ": ("BN",),
    "EPA_アセアン": ASEAN,
    "EPA_フィリピン": ("PH",),
    "EPA_スイス": ("CH", "LI"),
    "EPA_ベトナム": ("VN",),
    "EPA_インド": ("IN",),
    "EPA_ペルー": ("PE",),
    "EPA_豪州": ("AU",),
    "EPA_モンゴル": ("MN",),
    "EPA_CPTPP": ("AU", "BN", "CA", "CL", "GB", "MX", "MY", "NZ", "PE", "SG", "VN"),
    "EPA_欧州連合": EUROPEAN_UNION,
    "EPA_英国": ("GB",),
    "EPA_RCEP_アセアン豪州NZ": (*ASEAN, "AU", "NZ"),
    "EPA_RCEP_中国": ("CN",),
    "EPA_RCEP_韓国": ("KR",),
    "EPA_日米貿易協定": ("US",),
}

#: Names under which a trader may claim a column, beside its own name with or without `EPA_`.
CLAIMS: dict[str, tuple[str, ...]] = {
    "EPA": tuple(AGREEMENTS),
    "ASEAN": ("EPA_アセアン",),
    "AJCEP": ("EPA_アセアン",),
    "CPTPP": ("EPA_CPTPP",),
    "TPP11": ("EPA_CPTPP",),
    "EU": ("EPA_欧州連合",),
    "UK": ("EPA_英国",),
    "RCEP": ("EPA_RCEP_アセアン豪州NZ", "EPA_RCEP_中国", "EPA_RCEP_韓国"),
    "USJTA": ("EPA_日米貿易協定",),
    "GSP": ("特恵",),
    "LDC": ("特別特恵",),
}

#: Names of partners in the words of a cell → ISO alpha-2.
PARTNERS = {
    "オーストラリア": "AU", "豪州": "AU", "カナダ": "CA", "チリ": "CL", "ニュージーランド": "NZ", "マレーシア": "MY",
    "ベトナム": "VN", "メキシコ": "MX", "ペルー": "PE", "シンガポール": "SG", "ブルネイ": "BN", "英国": "GB",
    "日本": "JP", "タイ": "TH", "インドネシア": "ID", "フィリピン": "PH", "中国": "CN", "韓国": "KR", "スイス": "CH",
}  # fmt: skip
