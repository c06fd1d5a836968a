"""The parts of a brief that are not its making: its language, articles in other languages, its translation."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from polygist.concurrency import gather
from polygist.errors import InvalidRequest, Violation
from polygist.pipeline.languages import listed, primary, resolve
from polygist.pipeline.requests import BriefTranslation, Reading
from polygist.pipeline.translations import Translate
from polygist.summarize.brief.types import Brief, Contradiction, Point
from polygist.types import (
    Article,
    Block,
    BlockKind,
    Estimate,
    Route,
    Section,
    Sentence,
    Span,
    Summary,
    TranslatedText,
    Usage,
    Warning,
    WarningType,
)


def language(readings: Sequence[Reading], code: str) -> str:
    """The language of a brief: the one named, else the one of most articles, the earlier one of two.

    Raises InvalidRequest where no article is in the language named.
    """
    found = Counter(r.article.language for r in readings)
    if not code:
        return found.most_common(1)[0][0]
    named = primary(code)
    if named is not None and named not in found:
        raise InvalidRequest(Violation("language", f"no article is in it; articles are in {listed(found)}", "CONFLICT"))
    return resolve(code, found, "language")


def doubts(readings: Sequence[Reading]) -> list[Warning]:
    """The doubts about each article, with its path in the response."""
    return [replace(w, where=f"documents[{i}]", span=None) for i, r in enumerate(readings) for w in r.warnings]


def central(article: Article, summary: Summary) -> list[Sentence]:
    """The sentences of a summary's lead and key points, in the order of the article."""
    spans = {*summary.lead_spans, *(s for p in summary.key_points for s in p.spans)}
    return [s for s in article.sentences if s.span in spans]


async def translated_sentences(
    translate: Translate, sentences: Sequence[Sentence]
) -> tuple[list[tuple[Sentence, str]], Usage]:
    """Those whose translation is without a doubt, each with it, and what all of them cost."""
    results = await gather(translate(" ".join(s.text.split())) for s in sentences)
    kept = [(s, r.text) for s, r in zip(sentences, results, strict=True) if not r.warnings and r.text.strip()]
    return kept, sum((r.usage for r in results), Usage())


def article_of(texts: Sequence[str], language: str) -> Article:
    """An article that has each text as a sentence in a paragraph of its own."""
    sentences, start = [], 0
    for i, text in enumerate(texts):
        sentences.append(Sentence(text, Span(start, start + len(text)), i, i, 0))
        start += len(text) + 2
    blocks = tuple(Block(BlockKind.PARAGRAPH, s.span, (s.span,)) for s in sentences)
    section = Section(None, None, tuple(sentences))
    return Article("\n\n".join(texts), language, blocks, None, None, (section,) if sentences else ())


def partly_compared(index: int, source: str, wanted: int, kept: int) -> Warning:
    """What is said of an article in another language."""
    detail = f"the article is in {source!r}; {kept} of its {wanted} central sentences were compared, in translation"
    return Warning(WarningType.PARTLY_COMPARED, detail, f"documents[{index}]")


def few_points(made: Brief, wanted: int) -> tuple[Warning, ...]:
    """A warning where there are fewer key points than `wanted`."""
    if len(made.key_points) >= wanted:
        return ()
    detail = f"{len(made.key_points)} of {wanted} key points: the articles have no more to say"
    return (Warning(WarningType.SHORT_ARTICLE, detail, "brief.key_points"),)


async def translation(
    translate: Translate, code: str, where: str, route: Route, made: Brief
) -> tuple[BriefTranslation, list[Warning], Usage]:
    """A brief in another language by its `route`, the doubts about it, their paths below `where`, and its cost.

    A text that the brief holds more than once is translated once.
    """
    wanted = list(texts(made))
    unique = list(dict.fromkeys(text for _, text in wanted))
    results = await gather(translate(text) for text in unique)
    by_text = dict(zip(unique, results, strict=True))
    warnings = [replace(w, where=f"{where}.brief.{path}", span=None) for path, t in wanted for w in by_text[t].warnings]
    estimate = sum((r.estimate for r in results), Estimate())
    usage = sum((r.usage for r in results), Usage())
    return BriefTranslation(code, _replaced(made, code, by_text), estimate, route), warnings, usage


def texts(made: Brief) -> Iterator[tuple[str, str]]:
    """(path in the proto's names, text) of everything in a brief that is translated, empty texts left out."""
    yield from ((path, text) for path, text in _all(made) if text)


def _all(made: Brief) -> Iterator[tuple[str, str]]:
    yield "headline", made.headline
    yield "lead", made.lead
    for name in ("key_points", "agreements", "unique_points"):
        for i, point in enumerate(getattr(made, name)):
            yield f"{name}[{i}].text", point.text
    for i, contradiction in enumerate(made.contradictions):
        for k, claim in enumerate(contradiction.claims):
            yield f"contradictions[{i}].claims[{k}].text", claim.text


def _replaced(made: Brief, code: str, by_text: dict[str, TranslatedText]) -> Brief:
    def new(text: str) -> str:
        return by_text[text].text if text else ""

    def points(found: Iterable[Point]) -> tuple[Point, ...]:
        return tuple(replace(p, text=new(p.text)) for p in found)

    def contradiction(found: Contradiction) -> Contradiction:
        return replace(found, claims=tuple(replace(c, text=new(c.text)) for c in found.claims))

    return replace(
        made,
        language=code,
        headline=new(made.headline),
        lead=new(made.lead),
        key_points=points(made.key_points),
        agreements=points(made.agreements),
        unique_points=points(made.unique_points),
        contradictions=tuple(contradiction(c) for c in made.contradictions),
    )
