# SPDX-License-Identifier: Apache-2.0
"""How a name is written: its words in one script, and how each of them sounds.

Every script is brought to letters A to Z. Two further forms of each word let spellings of one name meet: its sound, in
which letters that transcriptions interchange are one, and its consonants, for scripts written without vowels.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

import msgspec
from anyascii import anyascii

from cocket.screening.look_alikes import FIGURES, as_seen, script_of, visible


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Longest name looked at (characters), and most words of it.
LONGEST: Final = 400
MOST_WORDS: Final = 24

#: Scripts written without short vowels.
ABJADS: Final = frozenset({"ARABIC", "HEBREW", "SYRIAC"})

#: Words that say what kind of body bears the name, or how a person is addressed; they part no name from another.
FORMS: Final = _set(
    """ltd limited llc lllp llp lp plc inc incorporated corp corporation co cos company companies gmbh mbh ag kg ohg ug se
    sa sas sarl srl spa snc sl slu sae sal sarlau bv nv cv vof ab oy oyj as asa aps kft zrt bt doo dd ad eood ood sro spol zoo
    sp z ooo oao zao pao ao ip tov pjsc ojsc cjsc jsc psc wll llc fze fzco fzc fz est pvt private pte pty bhd sdn tbk pt cv ou
    uab sia tld mr mrs ms miss mister dr prof eng engr sheikh shaikh shaykh mullah maulavi mawlawi haji hajji capt gen col
    mv mt ss vessel ship m v"""
)

#: Small words of names, which come and go between spellings.
PARTICLES: Final = _set(
    """al el ul ur as ad an ar at az ash bin ibn ben bint abu abou umm um de del della der den des di da do dos du la le les
    los van von zu the of and und et y e i for fur pour para bi d l o"""
)

#: Words that many businesses share.
TRADES: Final = _set(
    """trading trade trader traders general international global import export imports exports importexport group holding
    holdings industry industries industrial enterprise enterprises services service shipping marine maritime logistics
    transport foundation establishment bank organization organisation society association centre center commercial commerce
    construction investment investments development national united new middle east
    electronics electronic electric electrical textile textiles garments food foods beverages steel iron metal metals
    chemical chemicals petrochemical motor motors auto automotive cars parts spare timber wood fish fishery fisheries pharma
    pharmaceutical pharmaceuticals medical oil gas petroleum energy power mining engineering technology technologies tech
    computer computers software telecom machinery equipment tools plastic plastics paper cement building materials furniture
    agriculture agricultural farm farms travel tours tourism exchange money finance financial insurance freight forwarding
    cargo express lines airlines aviation air sea global world universal enterprise supply supplies market marketing store
    stores shop house products production manufacturing factory works project projects consulting consultants solutions systems
    commerciale comercial handel"""
)

#: Words that do not tell one name from another.
SHARED: Final = FORMS | PARTICLES | TRADES

_WORD: Final = re.compile(r"[^\W_]+")
_JOINS: Final = re.compile(r"[’'`ʼʻ‘ʾʿ´]")
_INITIALS: Final = re.compile(r"\b(?:\w\.){2,}(?:\w\b)?")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ARTICLE: Final = re.compile(r"\bال(?=\w{2})")
_ALEF: Final = str.maketrans(dict.fromkeys("اأإآٱعى", "a"))

#: Greek letters that sound otherwise than their like in the Latin alphabet.
_GREEK: Final = (
    ("ου", "u"),
    ("ευ", "ev"),
    ("αυ", "av"),
    ("υ", "u"),
    ("χ", "kh"),
    ("Χ", "Kh"),
    ("τζ", "j"),
    ("μπ", "b"),
    ("ντ", "d"),
)

_SOUNDS: Final = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"shch|sch|tsch|tch|sh", "s"),
        (r"ph", "f"),
        (r"kh|gh(?=[aeiouy])", "h"),
        (r"ck|q|c(?![hs])", "k"),
        (r"dzh|dj|zh|tz(?=[aeiou])", "j"),
        (r"th|dh", "t"),
        (r"d(?=t)", ""),
        (r"x", "ks"),
        (r"w", "v"),
        (r"z|ts|cs", "s"),
        (r"ou|oo|oy(?![aeiou])|ow(?![aeiou])", "u"),
        (r"ae", "a"),
        (r"oe", "o"),
        (r"ue", "u"),
        (r"ee|ie|ei|ai|ay|ey|iy|yy|y", "i"),
        (r"o", "u"),
        (r"e", "i"),
        (r"(.)\1+", r"\1"),
        (r"(?<=[aiu])h$", ""),
    )
)
_CONSONANTS: Final = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"shch|sch|tsch|tch|sh", "s"),
        (r"ph|p|v", "f"),
        (r"kh", "h"),
        (r"ck|q|g(?!h)|c(?!h)|gh", "k"),
        (r"dzh|dj|zh", "j"),
        (r"th", "t"),
        (r"dh", "d"),
        (r"x", "ks"),
        (r"z", "s"),
        (r"[aeiouyw]", ""),
        (r"(.)\1+", r"\1"),
        (r"(?<=..)h$", ""),
    )
)


class Word(msgspec.Struct, frozen=True, gc=False, eq=False):
    """One word of a name. `word_of` gives the same one for the same text, so that it is told apart by being itself.

    Attributes:
        text: In small letters A to Z and figures.
        sound: The same with letters that transcriptions interchange made one.
        consonants: Its consonants; "" if there are none.
        is_abjad: Whether it was written without vowels.
    """

    text: str
    sound: str
    consonants: str
    is_abjad: bool = False


class Spelling(msgspec.Struct, frozen=True, gc=False):
    """A name as it is compared.

    Attributes:
        text: The name as it came.
        words: Its words in order (0..24).
        seen: Its words as the eye takes them, where letters of another script pass for Latin ones (0..24).
        oddities: What is odd about its letters, as codes: `look-alike-letters`, `hidden-letters` (0..n).
    """

    text: str
    words: tuple[Word, ...]
    seen: tuple[Word, ...] = ()
    oddities: tuple[str, ...] = ()

    @property
    def ordered(self) -> str:
        """The sounds of its words in order of the alphabet, without forms of business."""
        return " ".join(sorted(word.sound for word in self.words if word.text not in FORMS))

    @property
    def joined(self) -> str:
        """All its words as one, without those of trade and form of business."""
        return "".join(word.text for word in self.words if word.text not in FORMS and word.text not in TRADES)


def spell(name: str) -> Spelling:
    """Bring a name into the forms in which it is compared.

    Args:
        name: As it came, in any script.

    Returns:
        Its spelling; no words if there is no letter or figure in it.
    """
    text = name[:LONGEST]
    if text.isascii():
        return Spelling(name, tuple(map(word_of, _latin_words(text))))
    plain = visible(text)
    folded = unicodedata.normalize("NFKC", plain)
    oddities = ["hidden-letters"] if _is_hiding(text, plain, folded) else []
    words, seen, has_look_alikes = _words_of(folded)
    if has_look_alikes:
        oddities.append("look-alike-letters")
    return Spelling(name, words[:MOST_WORDS], seen[:MOST_WORDS] if has_look_alikes else (), tuple(oddities))


@lru_cache(maxsize=200_000)
def word_of(text: str, is_abjad: bool = False) -> Word:
    """The forms of one word, given in small letters A to Z and figures."""
    plain = text
    if any(map(str.isdigit, text)) and sum(map(str.isalpha, text)) > sum(map(str.isdigit, text)):
        plain = text.translate(FIGURES)
    sound = consonants = plain
    for pattern, replacement in _SOUNDS:
        sound = pattern.sub(replacement, sound)
    for pattern, replacement in _CONSONANTS:
        consonants = pattern.sub(replacement, consonants)
    return Word(text, sound or plain, consonants, is_abjad)


def _latin_words(text: str) -> list[str]:
    """Words of a text in letters A to Z; single letters with points between them are one word."""
    if "." in text:
        text = _INITIALS.sub(lambda found: found[0].replace(".", ""), text)
    return _WORD.findall(_JOINS.sub("", text).lower())[:MOST_WORDS]


def _words_of(text: str) -> tuple[tuple[Word, ...], tuple[Word, ...], bool]:
    """Words of a text in any script: as they sound, as they look, and whether the looks deceive."""
    raw = _WORD.findall(
        _JOINS.sub("", _INITIALS.sub(lambda found: found[0].replace(".", ""), _ARTICLE.sub("ال ", text)))
    )
    scripts = [{script_of(sign) for sign in word if sign.isalpha()} for word in raw]
    has_latin = any("LATIN" in several for several in scripts)
    words: list[Word] = []
    seen: list[Word] = []
    has_look_alikes = False
    for word, own in zip(raw, scripts, strict=True):
        sounded = [word_of(part, bool(own & ABJADS)) for part in _sounded(word)]
        alike = as_seen(word) if has_latin and not word.isascii() else None
        if alike is not None and (len(own) > 1 or "LATIN" not in own):
            has_look_alikes = True
            looked = [word_of(part) for part in _latin_words(anyascii(alike))]
            seen += looked
            words += looked if len(own) > 1 else sounded
        else:
            seen += sounded
            words += sounded
    return tuple(words), tuple(seen), has_look_alikes


def _sounded(word: str) -> list[str]:
    """A word of any script in small letters A to Z, in parts where its script puts no spaces."""
    if not word.isascii():
        for greek, sound in _GREEK:
            word = word.replace(greek, sound)
        plain = anyascii(word.translate(_ALEF))
        is_wide = script_of(word[0]) in ("CJK", "HANGUL")
        word = _CAMEL.sub(" ", plain) if is_wide else plain
    return _latin_words(word)


def _is_hiding(text: str, plain: str, folded: str) -> bool:
    """Whether something in the text does not print, or stands in letters made for something else than names."""
    if len(plain) != len(text):
        return True
    return any(
        not sign.isascii() and sign.isalpha() and unicodedata.normalize("NFKC", sign).isascii() for sign in plain
    ) and folded != unicodedata.normalize("NFC", plain)
