"""Metrics: what there is (`catalogue`), and those who are told what happens (`observers`)."""

from polygist.metrics.catalogue import Metrics
from polygist.metrics.observers import CacheMetrics, EngineMetrics, FaithfulnessMetrics, GuardMetrics

__all__ = ["CacheMetrics", "EngineMetrics", "FaithfulnessMetrics", "GuardMetrics", "Metrics"]
