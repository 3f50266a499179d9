"""Take hand-written lines into the example questions: ``python -m scripts.add_questions DIRECTORY``.

Reads ``DIRECTORY/<topic>.txt`` (``lang country text ##other-topic``; ``-`` where the text names no country), leaves
out what is there already, and writes ``knowledge/questions/<topic>.jsonl``. One line in sixteen, chosen by its hash,
goes to ``knowledge/regression/messages.jsonl`` instead: nothing is ever trained on those.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import regex

from helpline.language.normalise import normalise
from knowledge.topics import Topics

ROOT = Path(__file__).parent.parent / "knowledge"
REGRESSION = ROOT / "regression" / "messages.jsonl"
OUT_OF_SCOPE = "out-of-scope"
ONE_IN = 16
COUNTRIES = "MA|DZ|TN|LY|MR|FR|IT|ES|DE|CA|SA|QA|AE|KW|-"
_LINE = regex.compile(r"(?P<lang>fr|en|ar|ary|ary-Latn|aeb|arq|ayl|mey) " rf"(?P<country>{COUNTRIES}) (?P<text>\S.*)")


def read(file: Path, topics: set[str]) -> Iterator[dict[str, object]]:
    """The lines of one file as question records; what has another form is skipped."""
    for raw in file.read_text(encoding="utf-8").splitlines():
        found = _LINE.fullmatch(raw.strip())
        if not found:
            continue
        text, *others = regex.split(r"\s*##\s*", found["text"])
        named = [file.stem, *(other for other in (o.strip() for o in others) if other in topics)]
        listed = [] if file.stem == OUT_OF_SCOPE else list(dict.fromkeys(named))
        country = None if found["country"] == "-" else found["country"]
        yield {"lang": found["lang"], "text": text.strip(), "topics": listed, "country": country}


def held_out(text: str) -> bool:
    """Whether a message belongs to the regression file: the same answer for ever."""
    return hashlib.sha256(text.encode()).digest()[0] % ONE_IN == 0


def main() -> None:
    directory = Path(sys.argv[1])
    topics = set(Topics.load().ids())
    regression = (
        [json.loads(line) for line in REGRESSION.read_text(encoding="utf-8").splitlines()]
        if REGRESSION.exists()
        else []
    )
    known = {normalise(one["text"]) for one in regression}
    for file in sorted((ROOT / "questions").glob("*.jsonl")):
        known |= {normalise(json.loads(line)["text"]) for line in file.read_text(encoding="utf-8").splitlines()}
    added = 0
    for file in sorted(directory.glob("*.txt")):
        if file.stem not in topics | {OUT_OF_SCOPE}:
            continue
        lines = []
        for question in read(file, topics):
            text = str(question["text"])
            if not normalise(text) or normalise(text) in known:
                continue
            known.add(normalise(text))
            if held_out(text):
                number = hashlib.sha256(text.encode()).hexdigest()[:8]
                expect = "answer" if question["topics"] else "out_of_scope"
                case = {"id": f"r-{number}", **question, "urgent": None, "expect": expect}
                regression.append(
                    {key: case[key] for key in ("id", "lang", "text", "topics", "country", "urgent", "expect")}
                )
            else:
                lines.append(json.dumps(question, ensure_ascii=False))
        with (ROOT / "questions" / f"{file.stem}.jsonl").open("a", encoding="utf-8") as out:
            out.write("".join(f"{line}\n" for line in lines))
        added += len(lines)
    REGRESSION.parent.mkdir(exist_ok=True)
    regression.sort(key=lambda one: (one["topics"][:1], one["id"]))
    REGRESSION.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in regression), encoding="utf-8")
    print(f"{added} questions added, {len(regression)} messages in the regression file")  # noqa: T201


if __name__ == "__main__":
    main()
