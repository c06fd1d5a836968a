"""How well an article supports a statement that somebody else wrote of it, and by which of its sentences."""

from polygist.summarize.faithfulness.evidence import THRESHOLD, Evidence, Support

__all__ = ["THRESHOLD", "Evidence", "Support"]
