"""The first work of a pipeline. It pays for word lists and lazy set-up inside engines; no caller should."""

import asyncio
import logging
import time
from pathlib import Path

from polygist import lemmas
from polygist.document.parse import parse
from polygist.errors import EngineFailed, QueueFull
from polygist.pipeline.pipeline import Pipeline
from polygist.pipeline.requests import ArticleText, Digest, DigestRequest, TranslateRequest, TranslationOptions
from polygist.summarize import extract
from polygist.summarize.extract import LANGUAGES
from polygist.translate import guard
from polygist.types import SummaryOptions, WarningType

_TEXT = "OK."
_RETRY_SECONDS = 0.05

log = logging.getLogger(__name__)


def warm_documents(cache: Path) -> None:
    """Read the word lists; the dictionaries as they lie in the cache folder."""
    lemmas.use(cache)
    for language in LANGUAGES:
        extract.summarize(parse("OK. OK: 1, 2 слова.", language), SummaryOptions())
    # What only a doubtful text needs is read now, too: dictionaries, and the detector of languages.
    guard.found("The train to Kyiv was late.", "Поезд в Киев опоздал.", "en", "uk")
    guard.found("The train to Kyiv was late.", "Le train de Kiev avait du retard.", "en", "de")


async def warm_up(made: Pipeline) -> None:
    """Digest an article in each language, and give every model something to do.

    Raises EngineFailed where a model can't do its first work, also one whose work a call could do without.
    """
    begun = time.monotonic()
    pairs = [(pair.source, pair.target) for pair in made.info.pairs]
    first = {language: next((pair for pair in pairs if pair[0] == language), None) for language in LANGUAGES}
    await asyncio.gather(*(_digest(made, language, pair[1:] if pair else ()) for language, pair in first.items()))
    await made.rehearse()
    worked = set(made.uses([pair for pair in first.values() if pair]))
    for source, target in pairs:
        if more := set(made.uses([(source, target)])) - worked:
            await made.translate(TranslateRequest((_TEXT,), source, (target,)))
            worked |= more
    log.info("warm after %.1f s", time.monotonic() - begun)


async def _digest(made: Pipeline, language: str, targets: tuple[str, ...]) -> None:
    options = TranslationOptions(localize_numbers=True)
    digest = await _patiently(made, DigestRequest(ArticleText(_TEXT), language, targets, translation=options))
    if failed := [w for w in digest.done.warnings if w.type is WarningType.MODEL_FAILED]:
        raise EngineFailed(failed[0].detail)


async def _patiently(made: Pipeline, request: DigestRequest) -> Digest:
    """A queue may have no room for all languages at once."""
    while True:
        try:
            return await made.digest(request)
        except QueueFull:
            await asyncio.sleep(_RETRY_SECONDS)
