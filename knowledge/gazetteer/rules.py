"""Which country a question is about, when a message names one or several.

Every mention gets a score; a country has its best mention, and a little for each other one. The rules:

 1. By kind: country 1, city 0.95, institution as listed (CNSS is little: several countries have one),
    nationality less, currency least; a dialect says nothing. Under 0.3, or a draw of weak ones or of one name
    that two countries have: no answer.
 2. The nationality of a person ("je suis marocain", "ena tounsi") is 0.35, so any place beats it;
    that of a thing ("employeur italien", "loi tunisienne") 0.85.
 3. A word of place before a name (à, en, in, f, fi, في, بـ) adds 0.4, and 0.3 more where the person says
    to be there now ("je vis à", "ana f", "stuck in"); coming "from" it takes 0.4 away.
 4. A visa, permit, offer or wish to leave ("visa pour", "nheb nemchi l", "work in") adds 0.8 to the next
    place: the destination wins over the place one asks from. Not where "I am in" stands between them.
 5. Recruiters: a place said of an agency ("agence à Casablanca", "مكتب في تونس") gains 1.2, which is more
    than the destination gains.
 6. A consulate stands where it is: no destination. Where one goes back or sends money to ("rentrer au",
    "send money to") loses 0.5, and so does the place of a relative; where one was before loses 0.3.
 7. A place within six words of a question word gains 0.15, and later ones up to 0.1: the last "here" wins.
"""

from collections import defaultdict
from dataclasses import dataclass

from helpline.language import normalise
from knowledge.gazetteer.index import bare, read
from knowledge.gazetteer.model import CountryGuess, Mention

Heard = dict[str, list[int]]  # cue class -> the positions where such a cue ends
LEAST = 0.3
WINDOW = 7  # words before a name in which a cue counts
CLITIC_ROLE = dict.fromkeys("fbفب", "locative") | dict.fromkeys("lل", "toward")
_ROLES = ("locative", "toward", "origin", "genitive")
_WORD_SETS = ("article", "and", "before institution")


@dataclass(frozen=True)
class Word:
    """A word of the normalised text, without its article in `bare`; start and end count letters."""

    text: str
    bare: str
    start: int
    end: int

    @classmethod
    def of(cls, text: str, start: int) -> "Word":
        return cls(text, bare(text), start, start + len(text))


@dataclass(frozen=True)
class Rules:
    """cues: first word -> [(all its words, class)]; roles: preposition -> class; articles are skipped."""

    cues: dict[str, list[tuple[tuple[str, ...], str]]]
    roles: dict[str, str]
    articles: frozenset[str]
    conjunctions: frozenset[str]
    before_institution: frozenset[str]  # what may stand before an institution that is an ordinary word too

    @classmethod
    def load(cls) -> "Rules":
        data = {key: [normalise(name) for name in listed.split(",")] for key, listed in read("cues").items()}
        cues: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name in data.keys() - {*_ROLES, *_WORD_SETS}:
            for words in (tuple(cue.split()) for cue in data[name] if cue):
                cues.setdefault(words[0], []).append((words, name))
        roles = {word: role for role in reversed(_ROLES) for word in data[role]}
        return cls(cues, roles, *(frozenset(data[key]) for key in _WORD_SETS))

    def preposition(self, words: list[Word], at: int) -> str:
        """The role of the preposition before the word at `at`, over articles; empty when there is none."""
        before = at - 1
        while before >= 0 and words[before].text in self.articles:
            before -= 1
        for position in (before, at - 1):
            if position >= 0 and words[position].text in self.roles:
                return self.roles[words[position].text]
        return ""

    def decide(self, words: list[Word], found: list[tuple[Mention, str]]) -> CountryGuess | None:
        heard = self._heard(words)
        starts = {word.start: at for at, word in enumerate(words)}
        places = sorted({starts[m.start] for m, _ in found if m.kind in ("country", "city")})
        scored: dict[str, list[tuple[float, str]]] = {}
        for mention, clitic in found:
            scored.setdefault(mention.country, []).append(
                self._score(mention, clitic, starts[mention.start], words, heard, places)
            )
        totals = []
        for country, scores in scored.items():
            best, why = max(scores)
            more = sum(score for score, _ in scores if score > 0) - max(best, 0.0)
            totals.append((best + 0.15 * more, country, why))
        totals.sort(reverse=True)
        best, country, why = totals[0]
        rival = max(totals[1][0], 0.0) if len(totals) > 1 else 0.0
        one_name = rival > 0 and why == totals[1][2]  # the draw of two countries that share a name
        if best < LEAST or (best - rival < 0.05 and (best < 0.6 or one_name)):
            return None
        return CountryGuess(country, round(min(0.98, best) * (1 - 0.5 * rival / best), 3), why)

    def _heard(self, words: list[Word]) -> Heard:
        heard: Heard = defaultdict(list)
        for at, word in enumerate(words):
            for cue, name in self.cues.get(word.text, ()):
                if len(cue) == 1 or cue == tuple(w.text for w in words[at : at + len(cue)]):
                    heard[name].append(at + len(cue) - 1)
        return heard

    def _score(
        self, mention: Mention, clitic: str, at: int, words: list[Word], heard: Heard, places: list[int]
    ) -> tuple[float, str]:
        size = mention.matched.count(" ") + 1
        since = max([place for place in places if place < at], default=-1)

        def near(cue: str, window: int = WINDOW) -> bool:
            return any(max(since, at - window - 1) < heard_at < at for heard_at in heard[cue])

        def last(cue: str) -> int:
            return max((heard_at for heard_at in heard[cue] if heard_at < at), default=-1)

        score, why = mention.weight, [f"{mention.kind} {mention.matched}"]

        def add(points: float, reason: str) -> None:
            nonlocal score
            score += points
            why.append(reason)

        if mention.kind == "nationality":
            after = at + size
            if near("thing", 2) or after in heard["thing"]:
                add(0.4, "of a thing")
                if near("recruiter", 2) or after in heard["recruiter"]:
                    add(1.0, "of a recruiter")
            elif near("person", 3):
                add(-0.1, "of a person")
        elif mention.kind in ("country", "city"):
            # "from Tunisia and Morocco": the second place shares the first one's preposition
            joined = at - 2 in places and words[at - 1].text in self.conjunctions
            role = CLITIC_ROLE.get(clitic) or self.preposition(words, at - 2 if joined else at)
            stays = role == "locative" and near("stay", 3) and last("stay") > last("wish")
            back, recruiter = near("back"), near("recruiter", 4)
            if role == "origin" or (role == "genitive" and near("came", 4)):
                add(-0.4, "origin")
            elif role == "locative":
                add(0.4, "place")
            if near("past", 3):
                add(-0.3, "was there")
            if back:
                add(-0.5, "going or sending back")
            elif recruiter and role in ("locative", "genitive", "origin"):
                add(1.2, "recruiter's place")
            elif near("wish") and role != "origin" and not near("office", 3) and not stays:
                add(0.8, "destination")
            elif role == "toward" and near("arrived", 3):
                add(0.7, "has arrived")
            elif near("kin", 5) and not near("here", 3):
                add(-0.5, "a relative's place")
            elif role == "locative" and near("here", 4):
                add(0.3, "is there")
        if mention.kind in ("currency", "dialect"):
            return score, ", ".join(why)
        if any(abs(at - asked) <= 6 for asked in heard["question"]):
            score += 0.15
        return score + 0.1 * at / len(words), ", ".join(why)
