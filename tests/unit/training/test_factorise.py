"""Differences of weights as low-rank updates."""

import pytest
import torch

from training import lowrank
from training.factorise import factorise

GENERATOR = torch.Generator().manual_seed(0)


def random(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=GENERATOR)


def test_a_difference_of_low_rank_is_kept_and_norms_are_whole() -> None:
    base = {"a.weight": random(30, 20), "b.weight": random(10, 40), "norm.weight": random(20)}
    tuned = {
        "a.weight": base["a.weight"] + random(30, 3) @ random(3, 20),
        "b.weight": base["b.weight"].clone(),
        "norm.weight": random(20),
    }
    adapter, layers = factorise(base, tuned, 200_000)
    merged = base["a.weight"] + adapter["a.B"] @ adapter["a.A"]
    assert torch.allclose(merged, tuned["a.weight"], atol=1e-3)
    assert torch.equal(adapter["norm.weight"], tuned["norm.weight"])
    assert {x.name: x.lost for x in layers} == {"a": pytest.approx(0, abs=1e-6), "b": 0.0}
    assert "b.A" not in adapter


def test_the_budget_goes_where_it_saves_most(tmp_path) -> None:
    base = {name: torch.zeros(200, 100) for name in ("large.weight", "small.weight")}
    tuned = {"large.weight": 3 * random(200, 100), "small.weight": random(200, 100)}
    adapter, layers = factorise(base, tuned, 160_000)
    large, small = layers
    assert large.rank > small.rank
    lowrank.write(adapter, tmp_path / "adapter.safetensors")
    assert (tmp_path / "adapter.safetensors").stat().st_size <= 160_000
    for layer in layers:
        left = tuned[f"{layer.name}.weight"]
        if layer.rank:
            left = left - adapter[f"{layer.name}.B"] @ adapter[f"{layer.name}.A"]
        assert layer.lost == pytest.approx(
            (left.square().sum() / tuned[f"{layer.name}.weight"].square().sum()).item(), abs=1e-4
        )


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"base lacks 1 weights, a\.weight"):
        factorise({}, {"a.weight": random(2, 2)}, 10**6)
    with pytest.raises(ValueError, match="too few"):
        factorise({"n": random(9)}, {"n": random(9)}, 100)
