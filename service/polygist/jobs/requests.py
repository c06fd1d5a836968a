"""What a job may be asked for, and that in the terms of batch jobs."""

import hashlib
import os
from collections.abc import Iterator
from fnmatch import fnmatchcase

from polygist.batch.columns import Columns
from polygist.batch.formats import FORMATS as OUTPUT
from polygist.batch.options import Options
from polygist.batch.rows import FORMATS as INPUT
from polygist.batch.source import Selection
from polygist.errors import InvalidRequest, Violation
from polygist.jobs.records import Order
from polygist.jobs.roots import Roots, below, fixed
from polygist.v1 import polygist_pb2 as pb

_PART_SIZE, _MOST_PART_SIZE = 1_000, 1_000_000
_MOST_NAMES = 100
# Patterns are matched by regular expressions: each star multiplies their time by the length of a name.
_MOST_STARS = 3
# Articles in memory; those in work at once are of like length.
_WINDOW = 128
# As inputs writes articles that came along.
_OWN_COLUMNS = Columns(title="title", language="language")


def order(request: pb.CreateBatchDigestRequest, caller: str, limits: pb.Limits, roots: Roots) -> Order:
    """A request that was checked, as far as that can be done before its articles are read; links are followed.

    What is asked of each article is checked by who can make a digest. Raises InvalidRequest with all that is wrong.
    """
    if found := [*_input(request, limits), *_digest(request.digest), *_output(request, limits)]:
        raise InvalidRequest(*found)
    if request.HasField("files"):
        roots.check(request.files.place, "files.place")
    if request.HasField("output"):
        roots.check(request.output.folder, "output.folder")
        if request.HasField("files") and _within(request.output.folder, request.files.place):
            raise InvalidRequest(Violation("output.folder", "lies in the input, and would be read as it", "CONFLICT"))
    kept = request.SerializeToString(deterministic=True)
    total = len(request.articles.articles)
    return Order(caller, request.request_id, hashlib.sha256(kept).hexdigest(), request.output.folder, total, kept)


def options(request: pb.CreateBatchDigestRequest) -> Options:
    """How a batch job does what is asked."""
    digest = pb.DigestRequest()
    digest.CopyFrom(request.digest)
    digest.priority = pb.PRIORITY_BULK
    files, output = request.files, request.output
    return Options(
        digest,
        _columns(files) if request.HasField("files") else _OWN_COLUMNS,
        Selection(limit=files.limit),
        files.format if request.HasField("files") else "jsonl",
        output.format or "jsonl",
        output.part_size or _PART_SIZE,
        _WINDOW,
        retry_failed=output.retry_failed,
    )


def _columns(files: pb.BatchFiles) -> Columns:
    c = files.columns
    where = tuple(sorted(files.where.items()))
    return Columns(c.text or "text", c.html or "html", c.title, c.id or "id", c.language, where, c.delimiter)


def _input(request: pb.CreateBatchDigestRequest, limits: pb.Limits) -> Iterator[Violation]:
    most = limits.max_request_id_code_points
    if len(request.request_id) > most:
        yield Violation("request_id", f"has {len(request.request_id)} code points, at most {most}", "TOO_LONG")
    match request.WhichOneof("input"):
        case None:
            yield Violation("input", "is missing: files or articles", "MISSING")
        case "articles":
            yield from _articles(request.articles, limits)
        case _:
            yield from _files(request.files)


def _articles(given: pb.BatchArticles, limits: pb.Limits) -> Iterator[Violation]:
    n, most = len(given.articles), limits.max_inline_articles
    if not n:
        yield Violation("articles.articles", "is empty", "EMPTY")
    if n > most:
        yield Violation("articles.articles", f"has {n} articles, at most {most}", "TOO_MANY")
        return
    longest = limits.max_request_id_code_points
    for i, article in enumerate(given.articles):
        if len(article.id) > longest:
            message = f"has {len(article.id)} code points, at most {longest}"
            yield Violation(f"articles.articles[{i}].id", message, "TOO_LONG")


def _files(files: pb.BatchFiles) -> Iterator[Violation]:
    if files.place.count("**") > 1 or any(part.count("*") > _MOST_STARS for part in files.place.split("/")):
        message = f"is a pattern with more than {_MOST_STARS} stars between two slashes, or more than one **"
        yield Violation("files.place", message, "TOO_COMPLEX")
    if files.format not in ("", *INPUT):
        yield Violation("files.format", f"is none of {', '.join(INPUT)}", "UNSUPPORTED")
    if files.limit < 0:
        yield Violation("files.limit", "is below 0", "OUT_OF_RANGE")
    if len(files.columns.delimiter) > 1 or files.columns.delimiter in ("\r", "\n", '"'):
        yield Violation("files.columns.delimiter", "is not one sign that may stand between cells", "INVALID")
    if len(files.where) > _MOST_NAMES:
        yield Violation("files.where", f"has more than {_MOST_NAMES} columns", "TOO_MANY")


def _digest(digest: pb.DigestRequest) -> Iterator[Violation]:
    if digest.HasField("article"):
        yield Violation("digest.article", "is that of one article; the articles of a job are its input", "CONFLICT")
    if digest.request_id:
        yield Violation("digest.request_id", "is that of one article; a job has request_id", "CONFLICT")
    if digest.priority == pb.PRIORITY_INTERACTIVE:
        yield Violation("digest.priority", "is interactive; jobs are bulk work", "CONFLICT")


def _output(request: pb.CreateBatchDigestRequest, limits: pb.Limits) -> Iterator[Violation]:
    if not request.HasField("output"):
        if request.HasField("files"):
            yield Violation("output", "is missing: results of files go to files", "MISSING")
        return
    if request.output.format not in ("", *OUTPUT):
        yield Violation("output.format", f"is none of {', '.join(OUTPUT)}", "UNSUPPORTED")
    if not 0 <= request.output.part_size <= _MOST_PART_SIZE:
        yield Violation("output.part_size", f"is not between 1 and {_MOST_PART_SIZE:,}", "OUT_OF_RANGE")


def _within(folder: str, place: str) -> bool:
    """Whether files of an output would be, or could be, part of an input."""
    folder, place = (os.path.realpath(p) if os.path.isabs(p) else p.rstrip("/") for p in (folder, place))
    if (above := fixed(place)) == place:
        return below(folder, place)
    return below(folder, above) if "**" in place else fnmatchcase(folder, place.rpartition("/")[0])
