"""Multi-turn conversations: play one, check what is expected after each turn."""

from __future__ import annotations

from typing import Any

from helpline.evaluation.result import as_result
from helpline.stack.simulator import Person, Said, Simulator

Turn = dict[str, Any]


async def play(simulator: Simulator, dialogue: dict[str, Any]) -> dict[str, Any]:
    """Play a dialogue as a new person: ``{id, passed, expectations: [{at, key, expected, got, holds}]}``."""
    person = simulator.person(str(dialogue.get("channel", "whatsapp")))
    checks: list[dict[str, Any]] = []
    heard: list[Said] = []
    turns = dialogue["turns"]
    at = 0
    try:
        while at < len(turns):
            turn = turns[at]
            if "user" in turn:
                burst = _burst(turns, at)
                heard = await _send(person, [turns[at + i]["user"] for i in range(burst)])
                at += burst
                continue
            if "caseworker" in turn:
                await _caseworker(simulator, person, turn["caseworker"])
            elif "expect" in turn:
                checks += [_check(at, key, expected, heard) for key, expected in turn["expect"].items()]
            at += 1
    finally:
        await simulator.forget(person)
    return {"id": dialogue["id"], "passed": all(check["holds"] for check in checks), "expectations": checks}


def _burst(turns: list[Turn], at: int) -> int:
    count = 0
    while at + count < len(turns) and "user" in turns[at + count]:
        count += 1
    return count


async def _send(person: Person, users: list[Any]) -> list[Said]:
    """Send messages without waiting between them; presses wait, since they answer what is on the screen."""
    if all(isinstance(user, str) or "media" in user for user in users):
        messages = [
            person.message(user) if isinstance(user, str) else person.message(media=user["media"]) for user in users
        ]
        return await person.burst(messages)
    heard = []
    for user in users:
        if isinstance(user, str):
            heard.append(await person.say(user))
        elif "media" in user:
            heard.append(await person.say(media=user["media"]))
        else:
            heard.append(await person.press(user["button"]))
    return heard


async def _caseworker(simulator: Simulator, person: Person, act: Any) -> None:
    if isinstance(act, str):
        await simulator.staff_writes(person, act)
    elif act.get("action") == "close":
        await simulator.staff_closes(person)
    else:
        raise ValueError(f"unknown act of a caseworker: {act!r}")


def _check(at: int, key: str, expected: Any, heard: list[Said]) -> dict[str, Any]:
    """One expectation against what came back for the messages before it."""
    results = [as_result(said) for said in heard]
    last = results[-1]
    wanted = expected if isinstance(expected, list) else [expected]
    got: Any = last.get(key)
    if key == "urgent":
        got = next((r["urgent"] for r in results if r["urgent"]), None)
        holds = got in wanted
    elif key == "handoff":
        got = any(r["handoff"] for r in results)
        holds = got in wanted
    elif key == "not_topic":
        got = [r["topic"] for r in results if r["outcome"] == "answer"]
        holds = not set(got) & set(wanted)
    elif key == "optout":
        got = last["outcome"] == "optout"
        holds = got in wanted
    elif key == "topic":
        got = [r["topic"] for r in results if r["topic"]]
        holds = bool(set(got) & set(wanted))
    elif key == "lang":
        holds = got in wanted and (bool(last["replies"]) or last["handoff"])
    else:
        holds = got in wanted
    return {"at": at, "key": key, "expected": expected, "got": got, "holds": bool(holds)}


def summary(played: list[dict[str, Any]]) -> dict[str, Any]:
    """Shares of dialogues that pass whole and of expectations that hold."""
    checks = [check for dialogue in played for check in dialogue["expectations"]]
    return {
        "passed": round(sum(d["passed"] for d in played) / len(played), 4) if played else None,
        "expectations": round(sum(c["holds"] for c in checks) / len(checks), 4) if checks else None,
        "count": len(played),
    }
