"""The README tells the truth: its call gives its output, its commands exist."""

import os
import re
import shlex

from tests.conftest import ROOT
from tests.e2e.conftest import Installed, Running

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_call_on_the_first_screen_gives_the_output_beside_it(installed: Installed, server: Running) -> None:
    block = re.search(r"```\n\$ polygist (digest .*)\n([\s\S]*?)```", README)
    assert block
    arguments, shown = shlex.split(block[1]), block[2]
    arguments[1] = str(ROOT / arguments[1])
    width = max(map(len, shown.splitlines()))
    done = installed.run(*arguments, "--server", f"localhost:{server.port}", env={**os.environ, "COLUMNS": str(width)})
    # The first panel is the summary in the article's language. Translations depend on the processor's arithmetic.
    summary, made = (text[: text.index("╰")] for text in (shown, done.stdout))
    assert made == summary
    assert re.findall(r"─ (\w+) ─", done.stdout) == re.findall(r"─ (\w+) ─", shown)


def test_the_commands_that_the_readme_lists_exist(installed: Installed) -> None:
    commands = set(re.findall(r"^polygist (\w+)", README, re.MULTILINE))
    assert {"serve", "digest", "summarize", "translate", "detect", "parse", "models"} <= commands
    for command in commands:
        installed.run(command, "--help")


def test_the_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
