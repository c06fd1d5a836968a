"""Output tokens a second: engines in batches, and the service beside what one might run without it."""

import random
import statistics
import time
from typing import Any

import callers
import direct
import texts
from rich.table import Table
from server import Server, serving
from show import console

from polygist.engines.cores import available

CALLERS = (1, 8, 32, 128)
# So many that their beginning and end, when places are free, count for little.
SENTENCES = 400
DIRECT = {
    "engine, offline": "offline 16",
    "engine, offline, 32 rows": "offline 32",
    "engine, offline, unsorted": "offline 16 unsorted",
    "transformers, one by one": "transformers 1",
    "transformers, batches of 32": "transformers 32",
}


def decoded_once(server: Server) -> list[str]:
    """Sentences that need no second decoding, which would count for more in the service than elsewhere."""
    known = texts.twice()
    trial = callers.translate_all(server.address, known, 32)
    return [text for text, decodings in zip(known, trial["decodings"], strict=True) if decodings == 1][:SENTENCES]


def engines(rounds: int) -> Any:
    """Each installed engine, in turns."""
    sentences = texts.english()[:64]
    found: dict[str, list[dict[str, float]]] = {}
    for i in range(rounds):
        for name in _turned(["openvino", "ct2", "torch"], i):
            found.setdefault(name, []).append(direct.run(f"engine {name}", sentences))
    columns = [f"{rows} rows" for rows in direct.ROWS]
    table = Table("output tokens/s", *columns, "load s", "peak MiB", title=f"64 sentences, medians of {rounds} rounds")
    for name, runs in found.items():
        middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        speeds = [f"{middle[str(rows)]:.0f}" for rows in direct.ROWS]
        table.add_row(name, *speeds, f"{middle['load']:.1f}", f"{middle['memory'] / 2**20:.0f}")
    console.print(table)
    return found


def throughput(rounds: int) -> Any:
    """The service and what one might run without it, in turns, on the same sentences."""
    return _side_by_side([*CALLERS, *DIRECT], rounds)


def share(rounds: int) -> Any:
    """The service with 32 callers and its engine alone, one right after the other."""
    return _side_by_side([32, "engine, offline", "engine, offline, unsorted"], rounds)


def _side_by_side(what: list[int | str], rounds: int) -> Any:
    """Numbers of callers of the service, and names of DIRECT, in another order each round."""
    found: dict[str, list[dict[str, float]]] = {}
    with serving() as server:
        sentences = decoded_once(server)
        for i in range(rounds):
            for name in _turned(what, i):
                if isinstance(name, int):
                    found.setdefault(f"service, {name} callers", []).append(_served(server, sentences, name))
                else:
                    with server.aside():
                        found.setdefault(name, []).append(direct.run(DIRECT[name], sentences))
    _show(found, f"{len(sentences)} sentences, medians of {rounds} rounds")
    return {"sentences": len(sentences), "runs": found}


def replicas(rounds: int) -> Any:
    """The same cores as one engine's and as one for each core, in turns: the speed with 32 callers and with one."""
    cores = available()
    found: dict[str, list[dict[str, float]]] = {}
    for i in range(rounds):
        for name, settings in _turned([("one", (1, cores)), ("one for each core", (cores, 1))], i):
            count, threads = settings
            with serving(REPLICAS=count, THREADS=threads) as server:
                sentences = texts.english()
                callers.translate_all(server.address, sentences[:32], 32)
                many = _served(server, sentences, 32)
                alone = _served(server, sentences, 1)
                memory = server.resident()
            one = {"many": many["speed"], "alone": alone["speed"], "server": memory[0], "engines": memory[1]}
            found.setdefault(name, []).append(one)
    columns = ("tokens/s, 32 callers", "tokens/s, 1 caller", "server, MiB", "engines, MiB")
    table = Table("engines", *columns, title=f"{cores} cores, medians of {rounds} rounds")
    for name, runs in found.items():
        middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        sizes = [f"{middle[key] / 2**20:.0f}" for key in ("server", "engines")]
        table.add_row(name, f"{middle['many']:.0f}", f"{middle['alone']:.0f}", *sizes)
    console.print(table)
    return found


def _served(server: Server, sentences: list[str], number: int) -> dict[str, float]:
    """Output tokens a second; the shares of one core that went to the load, the server and its engines."""
    used = sentences if number > 1 else sentences[::8]
    before, begun = server.cpu(), time.monotonic()
    answer = callers.translate_all(server.address, used, number)
    after, seconds = server.cpu(), time.monotonic() - begun
    return {
        "speed": sum(answer["tokens"]) / answer["seconds"],
        "again": sum(n > 1 for n in answer["decodings"]),
        "load": answer["cpu"] / answer["seconds"],
        "server": (after[0] - before[0]) / answer["seconds"],
        "engine": (after[1] - before[1]) / answer["seconds"],
        "start": seconds - answer["seconds"],
    }


def _turned(names: Any, i: int) -> list[Any]:
    """Another order each round, the same in every run."""
    order = list(names)
    random.Random(i).shuffle(order)
    return order


def _show(found: dict[str, list[dict[str, float]]], title: str) -> None:
    columns = ("load %", "server %", "engine %", "again")
    table = Table("what", "output tokens/s", "lowest", "highest", "of the engine", *columns, title=title)
    for name in sorted(found):
        row = {k: statistics.median(run[k] for run in found[name]) for k in found[name][0]}
        speeds = speeds_of(found[name])
        shares = [f"{row[k]:.0%}" if k in row else "" for k in ("load", "server", "engine")]
        pairs = zip(speeds, speeds_of(found["engine, offline"]), strict=True)
        ratio = statistics.median(ours / engine for ours, engine in pairs)
        again = f"{row['again']:.0f}" if "again" in row else ""
        of_rounds = (f"{value:.0f}" for value in (statistics.median(speeds), min(speeds), max(speeds)))
        table.add_row(name, *of_rounds, f"{ratio:.0%}", *shares, again)
    console.print(table)


def speeds_of(runs: list[dict[str, float]]) -> list[float]:
    """The output tokens a second of each run."""
    return [run["speed"] for run in runs]
