"""A job that dies at any step, any number of times, ends with what an undisturbed one writes."""

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polygist.batch.disk import TEMPORARY, Hashed
from tests.unit.batch.stand import Quick, lines, options, output, records, run

TEXTS = [f"Text {i} " * (1 + i * 7 % 5) for i in range(18)]
TEXTS[5], TEXTS[6], TEXTS[11] = "bad text", 17, "bad too"


class Killed(BaseException):
    """The process is gone."""


class Dying(Quick):
    """Dies at a step: before it, in the midst of it, or after it."""

    def __init__(self, step: int, when: int) -> None:
        self._left, self._when = step, when

    def _dies(self) -> bool:
        self._left -= 1
        return self._left == -1

    def _around(self, half: Callable[[], None], whole: Callable[[], object]) -> object:
        if not self._dies():
            return whole()
        (lambda: None, half, whole)[self._when]()
        raise Killed

    def prepare(self, path: Path, write: Callable[[Hashed], None]) -> Hashed:
        def half() -> None:
            whole = super(Dying, self).prepare(path, write)
            os.truncate(path.with_name(path.name + TEMPORARY), whole.size // 2)

        return self._around(half, lambda: super(Dying, self).prepare(path, write))  # type: ignore[return-value]

    def publish(self, path: Path) -> None:
        self._around(lambda: None, lambda: super(Dying, self).publish(path))

    def remove(self, path: Path) -> None:
        self._around(lambda: None, lambda: super(Dying, self).remove(path))

    def append(self, file: IO[bytes], path: Path, data: bytes, *, sync: bool) -> None:
        def torn() -> None:
            super(Dying, self).append(file, path, data[: len(data) // 2], sync=False)

        self._around(torn, lambda: super(Dying, self).append(file, path, data, sync=sync))


@pytest.fixture(scope="module")
def input(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lines(tmp_path_factory.mktemp("input") / "in.jsonl", TEXTS)


@pytest.fixture(scope="module", params=["jsonl", "parquet"])
def undisturbed(request: pytest.FixtureRequest, input: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed") / "out"
    run(input, folder, chosen=options(output_format=request.param))
    return folder


DEATHS = st.lists(st.tuples(st.integers(0, 45), st.integers(0, 2)), min_size=1, max_size=5)


@settings(max_examples=40)
@given(deaths=DEATHS)
def test_killed_at_any_step_it_ends_like_an_undisturbed_job(
    input: Path, undisturbed: Path, deaths: list[tuple[int, int]]
) -> None:
    chosen = options(output_format=next(undisturbed.glob("part-*")).suffix[1:])
    with TemporaryDirectory() as place:
        folder = Path(place, "out")
        for step, when in deaths:
            try:
                run(input, folder, chosen=chosen, disk=Dying(step, when))
            except Killed:
                continue
        run(input, folder, chosen=chosen)
        assert output(folder) == output(undisturbed)


@pytest.mark.parametrize("when", range(3))
def test_killed_while_failures_are_tried_again_it_ends_like_a_job_without_failures(tmp_path: Path, when: int) -> None:
    mended = [t.replace("bad", "good") if isinstance(t, str) else "no number" for t in TEXTS]
    good = tmp_path / "good"
    run(lines(tmp_path / "in.jsonl", mended), good)
    retry = options(retry_failed=True)
    for step in range(40):
        folder = tmp_path / f"out{step}"
        run(lines(tmp_path / "in.jsonl", TEXTS), folder)
        lines(tmp_path / "in.jsonl", mended)
        try:
            run(tmp_path / "in.jsonl", folder, chosen=retry, disk=Dying(step, when))
        except Killed:
            run(tmp_path / "in.jsonl", folder, chosen=retry)
        else:
            break
        assert output(folder) == output(good)
    else:
        pytest.fail("there are more steps than this test tries")
    assert [r["position"] for r in records(good)] == list(range(18))
