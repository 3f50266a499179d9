"""What a worker reads: one article in three languages, whole."""

from __future__ import annotations

import datetime as dt

import pytest

from knowledge.check import check_directory
from knowledge.loader import SHIPPED, read
from knowledge.present import LRM, contact_line, contact_name, date_text, expand, present
from knowledge.records import LANGUAGES, Article, ArticleText, Knowledge
from tests.knowledge.trees import T_FR, A, D, edited, scan, tree

SNAPSHOTS = {
    "fr": (
        """\
Votre patron doit vous payer au moins 17 DH par heure.

1. Notez les jours de travail.
2. Allez voir Inspection du travail (+212522000000).

Inspection du travail : conseil gratuit : +212522000000

Attention : Gardez une copie.

Source : Code du travail, art. 345. Vérifié le 23/11/2026.""",
        "Votre patron doit vous payer. Allez voir Inspection du travail (+212522000000).",
    ),
    "ar": (
        f"""\
على المشغل أن يدفع لكم أجركم، 17 درهما للساعة على الأقل.

1. سجلوا أيام العمل.
2. اذهبوا إلى مفتشية الشغل ({LRM}+212522000000{LRM}).

مفتشية الشغل: نصيحة مجانية: {LRM}+212522000000{LRM}

انتبهوا: احتفظوا بنسخة.

المصدر: مدونة الشغل، المادة 345. تم التحقق في 23/11/2026.""",
        f"على المشغل أن يدفع لكم. اذهبوا إلى مفتشية الشغل ({LRM}+212522000000{LRM}).",
    ),
    "en": (
        """\
Your boss must pay you at least 17 MAD an hour.

1. Write down the days you worked.
2. Go to Labour inspectorate (+212522000000).

Labour inspectorate: free advice: +212522000000

Careful: Keep a copy.

Source: Labour Code, art. 345. Checked on 23 November 2026.""",
        "Your boss must pay you. Go to Labour inspectorate (+212522000000).",
    ),
}
WATCH = {"fr": "Gardez une copie.", "ar": "احتفظوا بنسخة.", "en": "Keep a copy."}


def article_and_text(knowledge: Knowledge, lang: str) -> tuple[Article, ArticleText]:
    """The only article, and its text in ``lang``."""
    text = knowledge.text("unpaid-wages/MA", lang)
    assert text is not None
    return knowledge.articles[0], text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_article_in_each_language(lang: str) -> None:
    knowledge = scan(tree()).knowledge
    article, text = article_and_text(knowledge, lang)
    shown = present(article, text.model_copy(update={"watch": WATCH[lang]}), knowledge)
    assert (shown.body, shown.short) == SNAPSHOTS[lang]
    assert shown.body.endswith(shown.source_line)


def test_nothing_is_shown_for_what_is_not_there() -> None:
    files = edited(A, "[ma-inspection]", "[]")
    knowledge = scan(files).knowledge
    article, text = article_and_text(knowledge, "fr")
    body = present(article, text, knowledge).body
    assert "Attention" not in body
    assert "\n\n\n" not in body
    assert "starter" not in body


def test_contacts_with_labels_several_phones_a_link_or_nothing() -> None:
    phones = '      - {number: "19", label: {fr: "gratuit", ar: "مجاني", en: "free"}}\n'
    two = scan(edited(D, "    link:", phones + "    link:")).knowledge.organisation("ma-inspection")
    assert two is not None
    assert contact_line(two, "fr") == "Inspection du travail : conseil gratuit : +212522000000, 19 (gratuit)"
    assert contact_line(two, "ar").endswith(f"{LRM}+212522000000{LRM}، 19 (مجاني)")
    assert contact_name(two, "en") == "Labour inspectorate (+212522000000)"
    silent = two.model_copy(update={"phones": ()})
    assert contact_line(silent, "en") == "Labour inspectorate: free advice: https://example.ma/travail"
    assert contact_name(silent, "en") == "Labour inspectorate"
    assert contact_line(silent.model_copy(update={"link": None}), "en") == "Labour inspectorate: free advice"


def test_a_regional_answer_claims_nothing_about_a_known_country() -> None:
    knowledge = scan(tree()).knowledge
    article, text = article_and_text(knowledge, "en")
    regional = article.model_copy(update={"scope": "regional"})
    note = "It says nothing about the law of your country."
    assert note in present(regional, text, knowledge, country="DZ").body
    assert note not in present(regional, text, knowledge).body
    assert note not in present(article, text, knowledge, country="MA").body


def test_unknown_ids_leave_nothing_and_dates_are_written_out() -> None:
    knowledge = scan(edited(T_FR, "Notez", "Notez bien")).knowledge
    assert expand("a {contact:x}{fact:y} b {contact:", "fr", knowledge) == "a  b {contact:"
    day = dt.date(2027, 2, 3)
    assert [date_text(day, lang) for lang in LANGUAGES] == ["03/02/2027", "03/02/2027", "3 February 2027"]


def test_every_shipped_text_can_be_presented() -> None:
    knowledge = read(SHIPPED)
    assert len(knowledge.texts) > 100
    for text in knowledge.texts:
        article = knowledge.article(*text.article_id.split("/"))
        assert article is not None
        shown = present(article, text, knowledge)
        assert "{" not in shown.body + shown.short
        assert len(shown.body) <= 1600, text.key  # one WhatsApp message through Twilio
    assert check_directory(SHIPPED).ok
