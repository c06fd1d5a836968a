"""How many actors there are and what they have at hand; jobs on a cluster are in tests/e2e/test_ray.py."""

import pytest

pytest.importorskip("ray", reason="the extra ray is not installed")

from ray.data.exceptions import ExecutionTimeoutError

from polygist.batch.actors import Broken, Pool


@pytest.mark.parametrize(
    ("pool", "resources", "most"),
    [
        (Pool(), {"CPU": 8}, 8),
        (Pool(cpus=3), {"CPU": 8}, 2),
        (Pool(cpus=2, gpus=1), {"CPU": 64, "GPU": 4}, 4),
        (Pool(gpus=0.5), {"CPU": 3, "GPU": 4}, 3),
        (Pool(least=4), {"CPU": 2}, 4),
        (Pool(least=2, most=3), {"CPU": 100}, 3),
        (Pool(gpus=1), {"CPU": 100}, 1),
    ],
)
def test_a_pool_has_as_many_actors_as_there_is_room_for(pool: Pool, resources: dict[str, float], most: int) -> None:
    assert pool.within(resources).most == most


@pytest.mark.parametrize("articles", [1, 2, 3, 7, 16, 100])
def test_an_actor_never_has_less_than_its_engine_works_on(articles: int) -> None:
    pool = Pool(most=3, articles=articles)
    assert (pool.calls - 1) * pool.block >= articles
    assert pool.in_flight >= 2 * 3 * articles


def test_of_what_ray_says_the_last_line_is_kept() -> None:
    assert (
        str(Broken(ValueError("Traceback\n  at line 1\nModelMissing: not built\n\n"))) == "Ray: ModelMissing: not built"
    )
    assert str(Broken(ValueError())) == "Ray: ValueError"
    assert str(Broken(ExecutionTimeoutError("no\nadvice"))) == "Ray: nothing has moved for too long"
