"""The command line: `polygist --help`.

Exit codes: 0 done; 1 unforeseen; 2 wrong usage or input; 3 no server, or it refuses for now; 4 out of time;
5 a model or a setting is missing or wrong; 6 a batch job is done, and some articles failed; 7 its output can't be
written; 130 interrupted.
"""

from polygist.cli.main import app

__all__ = ["app"]
