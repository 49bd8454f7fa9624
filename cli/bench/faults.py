"""`floorbook bench faults`: kill -9 of every process of an instance in turn, round after round, under a crew's load.

After each round everything is counted: what was acknowledged is stored and in the warehouse, once.
"""

import asyncio
from collections import defaultdict
from pathlib import Path

from backend.documents.client import open_documents
from cli.bench.fresh import fresh_instance
from cli.bench.kills import ALL_PARTS, Kills, kill_in_turn
from cli.bench.results import BenchResult, Level
from cli.demo.loading import load_sample_store
from cli.embedded import say
from cli.instance import instance_settings

SCALE = 0.02
N_KILLS = 33
_AIMS = {"api": 2.0, "mongo": 10.0}
_DRAIN_SECONDS = 10.0


def bench_faults(n_kills: int) -> BenchResult:
    """Kill at least so many processes, each of the parts as often as any other."""
    with fresh_instance() as data:
        return asyncio.run(_measure(data, -(-n_kills // len(ALL_PARTS))))


async def _measure(data: Path, n_rounds: int) -> BenchResult:
    settings = instance_settings(data)
    client = await open_documents(settings)
    rounds: list[Kills] = []
    try:
        await load_sample_store(settings, scale=SCALE, report=say)
        for number in range(1, n_rounds + 1):
            kills = await kill_in_turn(data, 1, ALL_PARTS, seed=100 + number)
            verdict = kills.report.verdict
            lost = f"{len(verdict.missing)} lost, {len(verdict.doubled)} doubled"
            say(f"round {number} of {n_rounds}: {kills.n} killed, {kills.report.acknowledged} acknowledged, {lost}")
            rounds.append(kills)
    finally:
        await client.close()
    return _result(rounds)


def _result(rounds: list[Kills]) -> BenchResult:
    back: dict[str, list[float]] = defaultdict(list)
    for kills in rounds:
        for part, seconds in kills.back_seconds.items():
            back[part] += seconds
    drains = [kills.drain_seconds for kills in rounds]
    levels = (*_counted(rounds), *(_back(part, seconds) for part, seconds in back.items()), _drain(drains))
    samples = {**{f"{part}_back_s": seconds for part, seconds in back.items()}, "drain_s": drains}
    return BenchResult("faults", levels, samples)


def _counted(rounds: list[Kills]) -> tuple[Level, ...]:
    reports = [kills.report for kills in rounds]
    n = sum(report.acknowledged for report in reports)
    missing, doubled, unread = (
        sum(len(getattr(report.verdict, name)) for report in reports) for name in ("missing", "doubled", "unread")
    )
    contradicted = sum(len(report.refused) + len(report.contradicted) + len(report.unanswered) for report in reports)
    return (
        Level("processes killed", f"{sum(kills.n for kills in rounds)}, each of {len(ALL_PARTS)} {len(rounds)} times"),
        Level("notes acknowledged meanwhile", f"{n:,}"),
        Level(
            "acknowledged and not in the warehouse, or there twice",
            f"{missing}, {doubled}",
            "0, 0",
            not missing + doubled,
        ),
        Level("customers whose notes are not all read", f"{unread}", "0", not unread),
        Level("refused, unanswered or contradicted", f"{contradicted}", "0", not contradicted),
        Level(
            "suggestions heard; streams opened again",
            f"{_sum(rounds, 'suggestions'):,}; {_sum(rounds, 'streams_reopened'):,}",
        ),
    )


def _sum(rounds: list[Kills], name: str) -> int:
    return sum(kills.report.counts[name] for kills in rounds)


def _back(part: str, seconds: list[float]) -> Level:
    ranked = sorted(seconds)
    measured = f"p50 {ranked[len(ranked) // 2]:.2f}, longest {ranked[-1]:.2f} s of {len(ranked)}"
    aim = _AIMS.get(part)
    return Level(
        f"{part} serves again after kill -9",
        measured,
        f"< {aim:g} s" if aim else "",
        None if aim is None else ranked[-1] < aim,
    )


def _drain(seconds: list[float]) -> Level:
    longest = max(seconds)
    return Level(
        "everything read after a round's last kill",
        f"longest {longest:.2f} s",
        f"< {_DRAIN_SECONDS:g} s",
        longest < _DRAIN_SECONDS,
    )
