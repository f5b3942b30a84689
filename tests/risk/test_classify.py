# SPDX-License-Identifier: Apache-2.0
"""Suggestions of HS codes: learnt from examples of many forms, told with evidence, kept in a file safe to load."""

from __future__ import annotations

import csv
import io
import json
from random import Random

import pytest

from cocket.errors import CocketError, ProofError, SettingsError, UnreadableError
from cocket.findings import render
from cocket.risk.classify import (
    Classifier,
    Example,
    builtin_examples,
    fit_of,
    question_between,
    read_encoder,
    read_examples,
)
from cocket.risk.classify.features import words_of
from cocket.risk.classify.law import parted, takes_the_rest
from cocket.risk.classify.weighing import FEWEST
from tests.corpora import corpora

LEARNT = [
    Example("roasted coffee beans", "090121"),
    Example("instant coffee powder", "210111"),
    Example("steel screws", "731815"),
    Example("wood screws of brass", "741533"),
    Example("mobile phones", "851713"),
]


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(LEARNT)


def codes(classifier: Classifier, text: str) -> list[str]:
    return [one.hs6 for one in classifier.suggest([text])[0]]


@pytest.mark.parametrize(
    "content",
    [
        '{"cocoa beans": "1801000000", "lone heading": "1801"}',
        '[{"text": "cocoa beans", "hs6": "180100"}, {"text": "lone heading", "hs6": "1801"}]',
        '{"text": "cocoa beans", "code": 18010000}\n{"text": "lone heading", "code": "1801"}\n',
        "Goods Description,Commodity Code\ncocoa beans,18010000\nlone heading,1801\n",
        "hscode;description\n180100;cocoa beans\n",
    ],
)
def test_examples_are_read_in_every_form_they_come_in(content: str) -> None:
    found, left_out = read_examples("x", content.encode())
    assert (found[0].text, found[0].hs6, left_out) == ("cocoa beans", "180100", [])


def test_a_leading_zero_that_a_spreadsheet_took_is_put_back() -> None:
    assert read_examples("x", b"text,code\nlive horses,1012100\n")[0] == [Example("live horses", "010121")]


def test_the_nomenclature_teaches_each_subheading_with_its_heading_too() -> None:
    table = b"hscode,description\n0901,Coffee\n090121,Roasted\n"
    assert read_examples("x", table)[0] == [
        Example("Roasted", "090121", is_law=True),
        Example("Coffee Roasted", "090121", is_law=True),
    ]


def test_what_lacks_a_text_or_a_code_is_told() -> None:
    found, left_out = read_examples("x", b"text,code\nbeans,070820\n,070820\nshoes,\n")
    assert len(found) == 1 and left_out == ["x, line 3: no text", "x, line 4: no code"]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"a,b\n1,2\n", b"\xff\xfe", b"[]", b'{"beans": "07"}', b"null"])
def test_what_is_no_file_of_examples_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_examples("x", content)


def test_nothing_learnt_is_an_error_and_not_an_empty_answer() -> None:
    with pytest.raises(SettingsError):
        Classifier([])


def test_the_nearest_examples_decide_and_are_told(classifier: Classifier) -> None:
    first = classifier.suggest(["coffee beans, roasted"])[0][0]
    assert first.hs6 == "090121" and first.evidence[0].text == "roasted coffee beans"
    assert 0.5 < first.score <= 1 and 0.8 < first.evidence[0].likeness <= 1


def test_slips_and_plurals_do_not_hide_a_word(classifier: Classifier) -> None:
    assert codes(classifier, "mobil phone")[0] == "851713"
    assert words_of("Batteries, glasses & café") == ["battery", "glasse", "cafe"]


def test_words_never_seen_suggest_nothing(classifier: Classifier) -> None:
    assert codes(classifier, "qqq zzz") == [] and codes(classifier, "") == []


def test_many_at_once_are_classified_as_each_alone(classifier: Classifier) -> None:
    texts = ["coffee", "screws", "phones", "qqq"] * 100
    assert classifier.suggest(texts) == [classifier.suggest([text])[0] for text in texts]


def test_close_subheadings_raise_the_question_that_would_decide(classifier: Classifier) -> None:
    asked = question_between(classifier, classifier.suggest(["screws, steel, brass"])[0])
    assert asked is not None and {asked.one, asked.other} == {"731815", "741533"}
    assert "steel" in render(asked.asks) and "brass" in render(asked.asks)


def test_a_clear_answer_raises_no_question(classifier: Classifier) -> None:
    assert question_between(classifier, classifier.suggest(["mobile phones"])[0]) is None
    assert question_between(classifier, ()) is None


@pytest.mark.parametrize(
    ("text", "declared", "outcome", "says"),
    [
        ("mobile phones", "8517.13.00", "fits", "the words fit heading 8517"),
        (
            *("mobile phones", "0901210000", "against"),
            "the words indicate 8517.13, such as “mobile phones”, not heading 0901",
        ),
        ("mobile phones", "85", "cannot-say", "the words do not clearly indicate a heading"),
        ("qqq", "851713", "cannot-say", "the words do not clearly indicate a heading"),
    ],
)
def test_a_declared_code_is_held_against_the_words(
    classifier: Classifier, text: str, declared: str, outcome: str, says: str
) -> None:
    fit = fit_of(declared, classifier.suggest([text])[0])
    assert (fit.outcome, render(fit.reason)) == (outcome, says)
    assert (fit.rival == "851713") is (outcome == "against")


def test_a_model_file_gives_the_same_answers_after_loading(classifier: Classifier) -> None:
    again = Classifier.load(classifier.to_bytes())
    texts = ["coffee", "brass screw", "phone"]
    assert again.suggest(texts) == classifier.suggest(texts)
    assert again.to_bytes() == classifier.to_bytes()


def test_a_changed_model_file_is_found_out(classifier: Classifier) -> None:
    content = bytearray(classifier.to_bytes())
    content[-40] ^= 1
    with pytest.raises(ProofError):
        Classifier.load(bytes(content))


def test_a_file_that_would_run_something_is_not_run() -> None:
    import hashlib
    import pickle

    import numpy as np

    archive = io.BytesIO()
    np.savez(archive, head=np.array([print], dtype=object))
    for body in (archive.getvalue(), pickle.dumps(print)):
        with pytest.raises(SettingsError):
            Classifier.load(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)


def test_a_damaged_model_file_raises_only_our_errors(classifier: Classifier) -> None:
    content = classifier.to_bytes()
    for cut in range(0, len(content), 997):
        with pytest.raises(CocketError):
            Classifier.load(content[:cut])


def test_the_built_in_phrases_find_themselves() -> None:
    stock = builtin_examples()
    assert len(stock) > 150 and len({one.text for one in stock}) == len(stock)
    chosen = Classifier(stock)
    assert [codes(chosen, one.text)[0] for one in stock] == [one.hs6 for one in stock]


def test_an_encoder_that_is_none_is_refused() -> None:
    pytest.importorskip("tokenizers", reason="the extra `embeddings` is not installed")
    with pytest.raises(SettingsError):
        read_encoder(b"no weights", b"{}", b"{}")


@pytest.mark.parametrize(
    ("text", "named", "left_out"),
    [
        ("Furniture; wooden, other than seats, for offices", "furniture wooden for office", "other than seat"),
        ("Toys; (not balloons), of rubber", "toy of rubber", "not balloon"),
        ("Machines; n.e.c. in heading no. 8479 or 8480", "machine", ""),
    ],
)
def test_the_law_is_parted_into_what_it_names_and_what_it_leaves_out(text: str, named: str, left_out: str) -> None:
    assert tuple(" ".join(words_of(part)) for part in parted(text)) == (named, left_out)


def test_a_text_that_takes_the_rest_is_known() -> None:
    assert takes_the_rest("Machines; n.e.c. in heading no. 8479") and takes_the_rest("Other")
    assert not takes_the_rest("Furniture; other than seats")


def invented(count: int, seed: int) -> list[Example]:
    """Phrases of two words: the second tells the subheading, the first nothing; and a law that names the second."""
    chance = Random(seed)
    syllables = [a + b for a in "bdfgklmnprst" for b in "aeiou"]
    kinds = ["".join(chance.choices(syllables, k=3)) for _ in range(40)]
    codes = [f"{10 + place // 4:02d}{place % 4 + 1:02d}10" for place in range(40)]
    law = [Example(f"{kind}; of any colour", code, is_law=True) for kind, code in zip(kinds, codes, strict=True)]
    made = [(chance.randrange(40), "".join(chance.choices(syllables, k=2))) for _ in range(count)]
    return law + [Example(f"{word} {kinds[place]}", codes[place]) for place, word in made]


@pytest.fixture(scope="module")
def learner() -> Classifier:
    return Classifier(invented(2 * FEWEST, 4))


def weights(classifier: Classifier) -> bytes | None:
    import numpy as np

    with np.load(io.BytesIO(classifier.to_bytes().partition(b"\n")[2]), allow_pickle=False) as archive:
        return archive["weights"].tobytes() if "weights" in archive.files else None


def test_weights_are_learnt_where_trade_has_phrases_enough(learner: Classifier) -> None:
    assert weights(learner) and not weights(Classifier(invented(FEWEST - 1, 4)))
    asked = invented(3 * FEWEST, 4)[-200:]
    found = learner.suggest([one.text for one in asked])
    assert sum(one.hs6 == several[0].hs6 for one, several in zip(asked, found, strict=True)) >= 190
    assert all(sum(each.score for each in several) <= 1.001 for several in found)


def test_a_phrase_of_the_very_words_of_an_example_is_its(learner: Classifier) -> None:
    for one in learner.examples[-100:]:
        assert codes(learner, one.text)[0] == one.hs6


def test_learnt_weights_come_back_from_the_model_file(learner: Classifier) -> None:
    again = Classifier.load(learner.to_bytes())
    texts = [one.text for one in learner.examples[-20:]]
    assert again.suggest(texts) == learner.suggest(texts) and again.to_bytes() == learner.to_bytes()
    assert Classifier(learner.examples).to_bytes() == learner.to_bytes()
    assert codes(learner, "qqq zzz") == []


def test_weights_of_other_grounds_are_refused(learner: Classifier) -> None:
    import hashlib

    import numpy as np

    with np.load(io.BytesIO(learner.to_bytes().partition(b"\n")[2]), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    arrays["weights"] = arrays["weights"][:-1]
    body = io.BytesIO()
    np.savez_compressed(body, **arrays)  # type: ignore[arg-type]
    with pytest.raises(SettingsError):
        Classifier.load(hashlib.sha256(body.getvalue()).hexdigest().encode() + b"\n" + body.getvalue())


def held_back(share: float, seed: int) -> tuple[list[Example], list[Example]]:
    """Search references and the nomenclature to learn from, and references held back."""
    pairs = json.loads(corpora("risk", "hs", "search_references.json").read_text(encoding="utf-8"))
    phrases = [Example(text, code[:6]) for text, code in pairs.items()]
    Random(seed).shuffle(phrases)
    cut = int(share * len(phrases))
    asked, learnt = phrases[:cut], phrases[cut:]
    learnt += read_examples("hs", corpora("risk", "hs", "harmonized-system.csv").read_bytes())[0]
    known = {" ".join(words_of(one.text)) for one in asked}
    return [one for one in learnt if " ".join(words_of(one.text)) not in known], asked


def test_phrases_held_back_are_found_by_words_alone() -> None:
    learnt, asked = held_back(0.2, 1)
    found = Classifier(learnt).suggest([one.text for one in asked], most=3)
    ranks = [
        next((rank for rank, each in enumerate(several) if each.hs6 == one.hs6), 3)
        for one, several in zip(asked, found, strict=True)
    ]
    assert ranks.count(0) / len(ranks) >= 0.44  # measured 0.47
    assert sum(rank < 3 for rank in ranks) / len(ranks) >= 0.63  # measured 0.65


def test_parcel_texts_are_learnt_from_parcel_texts() -> None:
    text = corpora("risk", "hs", "parcel_texts.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    Random(5).shuffle(rows)
    examples = [Example(row["Goods Description"], row["Commodity Code"].zfill(8)[:6]) for row in rows]
    learnt, asked = examples[785:], examples[:785]
    known = {" ".join(words_of(one.text)) for one in asked}
    learnt = [one for one in learnt if " ".join(words_of(one.text)) not in known]
    found = Classifier(learnt).suggest([one.text for one in asked])
    first = sum(one.hs6 in {s.hs6 for s in several[:1]} for one, several in zip(asked, found, strict=True))
    assert first / len(asked) >= 0.25
