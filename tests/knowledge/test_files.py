"""The canonical form: reading what was written gives the same records, and the shipped files are in it byte by byte."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge import files
from knowledge.loader import SHIPPED, scan, scan_files
from knowledge.records import Article, Knowledge, Question
from tests.knowledge.trees import ROOT, T_FR, tree
from tests.knowledge.trees import scan as scan_tree


def test_the_shipped_files_are_what_an_export_writes(tmp_path: Path) -> None:
    shipped = scan(SHIPPED)
    assert shipped.problems == []
    written = files.write(shipped.knowledge, tmp_path)
    assert len(written) > 100
    for path in written:
        assert (tmp_path / path).read_bytes() == (SHIPPED / path).read_bytes(), f"{path} is not in canonical form"
    assert set(written) == set(shipped.documents)
    assert files.write(Knowledge.from_directory(tmp_path), tmp_path) == []


def test_write_removes_what_is_gone_and_nothing_else(tmp_path: Path) -> None:
    knowledge = scan_tree(tree()).knowledge
    files.write(knowledge, tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "questions/dismissal.jsonl").write_text("")
    assert files.write(knowledge, tmp_path) == ["questions/dismissal.jsonl"]
    assert (tmp_path / "notes.txt").exists()


def test_the_hash_follows_the_content_not_its_spelling() -> None:
    one = tree()
    other = {**one, T_FR: one[T_FR].replace('"Salaire non payé"', "Salaire non payé")}
    changed = {**one, T_FR: one[T_FR].replace("Salaire", "Paie")}
    hashes = [files.content_hash(files.render(scan_tree(each).knowledge)) for each in (one, other, changed)]
    assert hashes[0] == hashes[1] != hashes[2]


# One line of text as the records take it: anything but controls and line ends, no space around it.
lines = (
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=300)
    .map(str.strip)
    .filter(bool)
)


@given(lines, lines, st.lists(lines, max_size=3))
@settings(max_examples=200, deadline=None)
def test_any_text_survives(title: str, answer: str, steps: list[str]) -> None:
    knowledge = scan_tree(tree()).knowledge
    text = knowledge.text("unpaid-wages/MA", "fr")
    assert text is not None
    odd = text.model_copy(update={"title": title, "answer": answer, "steps": tuple(steps), "watch": answer})
    question = Question(file="out-of-scope", lang="fr", text=title, topics=(), country=None)
    parts = {"articles": knowledge.articles, "organisations": knowledge.organisations, "facts": knowledge.facts}
    before = Knowledge(texts=(odd,), questions=(question,), **parts)  # type: ignore[arg-type]
    after = scan_files(ROOT, files.render(before))
    assert after.problems == []
    assert (after.knowledge.texts, after.knowledge.questions) == (before.texts, before.questions)


def test_words_that_yaml_reads_as_something_else_are_quoted() -> None:
    knowledge = scan_tree(tree()).knowledge
    article = knowledge.articles[0].model_copy(
        update={"topic": "no", "scope": "NO", "contacts": ("null", "on", "y", "1e3")}
    )
    read = scan_files(ROOT, {"content/no/NO/article.yaml": files.article_yaml(article).encode()})
    assert read.problems == []
    assert isinstance(read.articles[0], Article)
    assert read.articles[0] == article
