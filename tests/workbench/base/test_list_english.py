# SPDX-License-Identifier: Apache-2.0
"""English that is left on a page in another language is listed; what people and messages wrote is not."""

from __future__ import annotations

import pytest

from cocket.languages import language
from cocket.measures.tariff import DutyWords
from cocket.risk.reasons import say
from cocket.tracking.alerts import KINDS
from cocket.workbench.consignment.dossier import _feature_words
from scripts.list_english import english_in
from tests.workbench.conftest import Enter

FRENCH, ARABIC = language("fr"), language("ar")


@pytest.mark.parametrize(
    ("page", "left"),
    [
        ("<p>Le scell\u00e9 : The seal was opened</p>", ["The seal was opened"]),
        ("<p>seller_faded_count 0,2</p>", ["seller_faded_count"]),
        ('<img alt="Nothing found">', ["Nothing found"]),
        ("<p><bdi>the seal</bdi> <code>is_new</code> <q lang=en>which was opened</q></p>", []),
        ("<p>P\u00e8sent trop peu pour un conteneur ; l\u2019\u00e9t\u00e9, on note la route</p>", []),
        ("<p>\u0641\u062a\u062d The seal was cut</p>", ["\u0641\u062a\u062d The seal was cut"]),
    ],
)
def test_english_is_listed_and_data_is_not(page: str, left: list[str]) -> None:
    assert english_in(page) == left


def test_alerts_on_a_card_of_reasons_are_in_its_language() -> None:
    says = [KINDS[kind][1] for kind in ("seal-opened", "light-inside")]
    told = say("{alerts}", "fr", {"alerts": " ".join(says)})
    assert all(FRENCH.translate(one) in told for one in says) and english_in(f"<p>{told}</p>") == []


def test_a_duty_without_a_name_of_its_own_is_called_by_its_kind_and_figures_are_written_as_the_language_does() -> None:
    assert DutyWords(ARABIC).charge("duty") != "duty" and DutyWords(FRENCH).charge("TVS") == "TVS"
    assert DutyWords(FRENCH).step("20 % on 2685797.73 XTS = 537159.546") == (
        "20 % sur 2\u202f685\u202f797,73 XTS = 537\u202f159,546"
    )
    assert "DOG ou TVS" in str(DutyWords(FRENCH).step("duty is not declared by this name; it may be DOG or TVS"))


def test_a_number_of_the_model_is_said_in_words() -> None:
    assert english_in(f"<p>{_feature_words('seller_rate', FRENCH)}</p>") == []
    assert (
        "seller" not in _feature_words("seller_rate", FRENCH)
        and _feature_words("gone_long_ago", FRENCH) == "gone_long_ago"
    )


def test_an_empty_search_is_no_result_of_an_examination(enter: Enter) -> None:
    page = enter().get("/search?text=zebra", headers={"accept-language": "fr"}).text
    assert "Aucun r\u00e9sultat" in page and "Rien \u00e0 signaler" not in page
