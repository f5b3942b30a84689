# SPDX-License-Identifier: Apache-2.0
"""A second reading of Japanese rates, written apart from the product's: by splitting and replacing, in fractions.

It works on the text of one line, for one unit of goods with one customs value, and knows nothing of formulas.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from fractions import Fraction

#: Value for one unit of goods, and how many of each unit there are.
Basis = tuple[Fraction, dict[str, Fraction]]

_HIGHER, _LOWER = "のうちいずれか高い税率", "のうちいずれか低い税率"


class OtherTextError(Exception):
    """The text is none that this reading knows."""


def plain(text: str) -> str:
    return re.sub(r"[㎡]", "m2", unicodedata.normalize("NFKC", text)).replace("−", "-").replace("\r", "")


def rate_lines(text: str) -> list[str]:
    """The rates of a cell, one for each case, without the words before them."""
    joined = re.sub(r"\n+(?=ただし|/)", "", plain(text).replace("+\n", "+").replace("〜\n", "〜"))
    return [
        re.sub(r"[●◎※]|^\*+|◆\d+", "", line.strip()).split(" ")[-1 if " ◆" not in line else -2]
        for line in joined.split("\n")
        if line.strip()
    ]


def amounts(rate: str, value: Fraction, quantities: dict[str, Fraction]) -> set[Fraction]:
    """The amounts that a rate may come to: one, or the ends of a range."""
    rate = rate.strip()
    while rate.startswith("(") and rate.endswith(")") and _is_one(rate):
        rate = rate[1:-1]
    rate = rate.replace("又は非譲許", "").removeprefix("一部").replace("、", "〜")
    limited = re.fullmatch(r"(.+?)\(?ただしその税率が(.+?)を(上|下)回る場合は(.+?)(?:とする)?\)?", rate)
    if limited:
        (inner,), (bound,) = amounts(limited[1], value, quantities), amounts(limited[4], value, quantities)
        return {min(inner, bound) if limited[3] == "上" else max(inner, bound)}
    if "〜" in rate:
        return set().union(*(amounts(part, value, quantities) for part in rate.split("〜")))
    for words, choose in ((_HIGHER, max), (_LOWER, min)):
        if rate.endswith(words):
            one, other = rate.removesuffix(words).split("又は")
            (first,), (second,) = amounts(one, value, quantities), amounts(other, value, quantities)
            return {choose(first, second)}
    if "又は" in rate:
        return set().union(*(amounts(part, value, quantities) for part in rate.split("又は")))
    return {_amount(rate, value, quantities)}


def _amount(rate: str, value: Fraction, quantities: dict[str, Fraction]) -> Fraction:
    if rate in ("無税", "免税"):
        return Fraction(0)
    if "課税価格" in rate:
        return _gate(rate, value, quantities)
    whole = Fraction(0)
    for part in rate.split("+"):
        percent, money = re.fullmatch(r"([\d,.]+)%", part), re.fullmatch(r"([\d,.]+)(万?)円/([\d,]*)(\D\w*)", part)
        if percent:
            whole += value * _number(percent[1]) / 100
        elif money:
            each = _number(money[1]) * (10_000 if money[2] else 1)
            whole += each * quantities[money[4]] / (_number(money[3]) if money[3] else 1)
        else:
            raise OtherTextError(rate)
    return whole


def _gate(rate: str, value: Fraction, quantities: dict[str, Fraction]) -> Fraction:
    """Arithmetic with the customs value for one unit."""
    unit = re.findall(r"/(kg|頭)", rate)[-1]
    names = re.sub(r"/(kg|頭)|円|,", "", rate).replace("課税価格", "v").replace("×", "*")
    of_one = _work_out(ast.parse(names, mode="eval").body, value / quantities[unit])
    return max(of_one, Fraction(0)) * quantities[unit]


def _work_out(node: ast.expr, value: Fraction) -> Fraction:
    match node:
        case ast.Name("v"):
            return value
        case ast.Constant(number):
            return Fraction(str(number))
        case ast.BinOp(left, sign, right):
            one, other = _work_out(left, value), _work_out(right, value)
            match sign:
                case ast.Add():
                    return one + other
                case ast.Sub():
                    return one - other
                case ast.Mult():
                    return one * other
                case ast.Div():
                    return one / other
    raise OtherTextError(ast.unparse(node))


def _number(text: str) -> Fraction:
    return Fraction(text.replace(",", ""))


def _is_one(rate: str) -> bool:
    """Whether the first bracket closes with the last sign."""
    depth = 0
    for place, sign in enumerate(rate):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return place == len(rate) - 1
    return False
