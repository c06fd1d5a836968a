"""Translation quality through the service: chrF++ and BLEU of `polygist translate --lines`.

    python bench/translation.py TRIPLES.json --lines 200 --directions en-de,en-uk,de-en,uk-en --quality fast,best

TRIPLES.json holds [english, german, ukrainian] sentences that lie on one line each, such as FLORES-200 devtest; it is
not part of the repository. A server is started for the run, and every line goes through the command as a user's would.
"""

import argparse
import json
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

import sacrebleu
from rich.console import Console
from rich.progress import track
from rich.table import Table

from polygist import inprocess
from polygist.settings import load

POLYGIST = Path(sys.executable).with_name("polygist")
COLUMNS = ("en", "de", "uk")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("triples", type=Path)
    arguments.add_argument("--lines", type=int, default=200)
    arguments.add_argument("--directions", default="en-de,en-uk")
    arguments.add_argument("--quality", default="balanced", help="fast, balanced, best, or several")
    arguments.add_argument("--engine", default="openvino")
    arguments.add_argument("--samples", type=int, default=0, help="translations to print for each direction")
    options = arguments.parse_args()
    if not options.triples.exists():
        raise SystemExit(f"{options.triples} is not there; the evaluation text is not part of the repository")
    rows = json.loads(options.triples.read_text(encoding="utf-8"))[: options.lines]
    title = f"{len(rows)} lines, {options.engine}"
    table = Table("direction", "quality", "chrF++", "BLEU", "warnings", "seconds", "lines/s", title=title)
    console = Console()
    runs = list(product(options.directions.split(","), options.quality.split(",")))
    with inprocess.running(load(engine=options.engine, cache_memory_bytes=0)) as address:
        for direction, quality in track(runs, console=console):
            source, target = direction.split("-")
            sources, references = ([r[COLUMNS.index(code)] for r in rows] for code in (source, target))
            begun = time.monotonic()
            outputs, warnings = translate(sources, source, target, quality, address)
            seconds = time.monotonic() - begun
            chrf = sacrebleu.corpus_chrf(outputs, [references], word_order=2).score
            bleu = sacrebleu.corpus_bleu(outputs, [references]).score
            speed = f"{seconds:.1f}", f"{len(rows) / seconds:.1f}"
            table.add_row(direction, quality, f"{chrf:.1f}", f"{bleu:.1f}", str(warnings), *speed)
            for i in range(options.samples):
                console.print(f"[dim]{sources[i]}[/]\n{outputs[i]}\n", highlight=False)
    console.print(table)


def translate(lines: list[str], source: str, target: str, quality: str, address: str) -> tuple[list[str], int]:
    """The translations, one for each line, and the number of warnings."""
    command = [POLYGIST, "translate", "-", "--lines", "--source", source, "--target", target, "--server", address]
    done = subprocess.run(
        [*command, "--quality", quality, "--timeout", "3600"],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    outputs = done.stdout.split("\n")[:-1]
    if len(outputs) != len(lines):
        raise SystemExit(f"{len(lines)} lines in, {len(outputs)} out")
    return outputs, done.stderr.count("\n")


if __name__ == "__main__":
    main()
