"""Only English is repaired."""

from __future__ import annotations

import pytest

from cleanup.datatypes import Kind
from cleanup.language import is_english
from cleanup.pipeline import Engine

FOREIGN = {
    "de": "Die Regierung hat am Montag erklärt, dass sie das Abkommen nicht unterzeichnen wird, weil die "
    "Bedingungen für die Wirtschaft des Landes nicht annehmbar sind.",
    "fr": "Le gouvernement a annoncé lundi que les ministres ne signeront pas cet accord, car les conditions "
    "ne sont pas acceptables pour une économie qui souffre déjà.",
    "es": "El gobierno anunció el lunes que no firmará el acuerdo porque las condiciones no son aceptables "
    "para la economía del país, según dijo una fuente.",
    "it": "Il governo ha annunciato lunedì che non firmerà l'accordo perché le condizioni non sono accettabili "
    "per l'economia del paese, ha detto una fonte.",
    "nl": "De regering heeft maandag gezegd dat zij het akkoord niet zal tekenen omdat de voorwaarden voor de "
    "economie van het land niet aanvaardbaar zijn.",
    "sv": "Regeringen meddelade på måndagen att den inte kommer att underteckna avtalet eftersom villkoren "
    "inte är godtagbara för landets ekonomi.",
    "ru": "Правительство заявило в понедельник, что не подпишет соглашение, так как условия неприемлемы.",
    "zh": "政府星期一宣布，由于条件对国家经济而言不可接受，因此不会签署该协议。",
    "ar": "أعلنت الحكومة يوم الاثنين أنها لن توقع الاتفاق لأن شروطه غير مقبولة",
}


@pytest.mark.parametrize("language", FOREIGN)
def test_other_languages_are_told_apart(language: str) -> None:
    assert not is_english(FOREIGN[language])


@pytest.mark.parametrize(
    "text",
    [
        "Arranged crime.",
        "White Home",
        "The officers wouldn't say how a lot funding would go into the settlement.",
        "Square measure the trees that we have associate degree interest in, WHO knows.",
        "He bought a pint in Zwolle with Jan de Vries and Anneke van der Berg before they left for the sea.",
    ],
)
def test_english_stays_english(text: str) -> None:
    assert is_english(text)


@pytest.mark.parametrize("text", ["", "   \n", "12 % -- 34", "..."])
def test_a_text_without_words_is_not_english(text: str) -> None:
    assert not is_english(text)


def test_foreign_text_is_skipped_with_a_note(engine: Engine) -> None:
    text = FOREIGN["de"] + " Er nannte es arranged crime."
    result = engine.fix(text)
    assert (result.after, result.notes) == (text, ("skipped: the text is not English",))


def test_mark_up_does_not_make_a_page_foreign(engine: Engine) -> None:
    page = '<html lang="en"><head><script>var el = de.la.en;</script></head><body><p>{}</p></body></html>'
    text = page.format("They fight arranged crime.")
    assert "organized crime" in engine.fix(text, kind=Kind.HTML).after
    assert engine.fix(page.format(FOREIGN["nl"]), kind=Kind.HTML).notes


def test_a_long_text_is_judged_by_all_of_its_parts() -> None:
    assert not is_english("The first line is in English. " + FOREIGN["fr"] * 40)
