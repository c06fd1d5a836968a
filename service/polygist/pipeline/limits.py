"""The limits of a request, and the checks against them. Each check returns violations; none means that it is good."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from polygist.errors import InvalidRequest, Violation
from polygist.pipeline.languages import LONGEST_CODE
from polygist.pipeline.requests import (
    ArticleHtml,
    ArticleText,
    BriefRequest,
    DigestRequest,
    GlossaryTerm,
    TranslateRequest,
    TranslationOptions,
)
from polygist.types import MimeType, SummaryOptions

FEWEST_ARTICLES = 2  # of a brief


@dataclass(frozen=True)
class Limits:
    """As GetInfo publishes them; see the proto for each."""

    max_text_code_points: int
    max_title_code_points: int
    max_html_code_points: int
    max_texts: int
    max_total_code_points: int
    max_target_languages: int
    max_key_points: int
    max_focus_code_points: int
    max_request_id_code_points: int
    max_message_bytes: int
    max_concurrent_calls: int
    max_queue_tokens: int
    max_queue_items: int
    max_segments_in_flight: int
    max_articles_in_flight: int
    max_glossary_terms: int
    max_term_code_points: int
    max_brief_articles: int
    max_brief_code_points: int
    max_inline_articles: int
    max_inline_result_bytes: int
    max_queued_jobs: int
    max_running_jobs: int

    def check_digest(self, request: DigestRequest, path: str = "") -> None:
        """Raises InvalidRequest with all violations of limits by a digest request. `path` stands before each field."""
        found = [*self._article(request.article), *self._options(request.options), *self._id(request.request_id)]
        found += [*self._targets(request.target_languages), *self._translation(request.translation)]
        if request.translation.mime_type is not MimeType.PLAIN:
            found.append(Violation("translation.mime_type", "is for Translate", "CONFLICT"))
        if request.scope_given and not request.target_languages:
            found.append(Violation("translation_scope", "needs target_languages", "CONFLICT"))
        _raise(found, path)

    def check_translate(self, request: TranslateRequest) -> None:
        """Raises InvalidRequest with all violations of limits by a translate request."""
        found = [*self._texts(request.texts), *self._targets(request.target_languages), *self._id(request.request_id)]
        found += self._translation(request.translation)
        if not request.target_languages:
            found.append(Violation("target_languages", "names no language", "MISSING"))
        _raise(found)

    def check_brief(self, request: BriefRequest) -> None:
        """Raises InvalidRequest with all violations of limits by a brief request; pages are not read for it."""
        n, most = len(request.articles), self.max_brief_articles
        found = [*self._options(request.options), *self._id(request.request_id)]
        found += [*self._targets(request.target_languages), *self._translation(request.translation)]
        if request.translation.mime_type is not MimeType.PLAIN:
            found.append(Violation("translation.mime_type", "is for Translate", "CONFLICT"))
        if n < FEWEST_ARTICLES:
            found.append(Violation("articles", f"has {n} articles, at least {FEWEST_ARTICLES}", "TOO_FEW"))
        if n > most:
            _raise([*found, Violation("articles", f"has {n} articles, at most {most}", "TOO_MANY")])
        for i, article in enumerate(request.articles):
            found += of_many(self._article(article), i)
        found += self._total(a for a in request.articles if isinstance(a, ArticleText))
        _raise(found)

    def check_brief_total(self, articles: Iterable[ArticleText]) -> None:
        """Raises InvalidRequest where the articles of a brief, also those found on pages, are too long together."""
        _raise(self._total(articles))

    def check_texts(self, texts: Sequence[str]) -> None:
        """Raises InvalidRequest when there are no, too many or too long texts."""
        _raise(self._texts(texts))

    def check_article(self, article: ArticleText | ArticleHtml) -> None:
        """Raises InvalidRequest when the article is empty, too long or has no letters."""
        _raise(self._article(article))

    def check_extracted(self, article: ArticleText, path: str) -> None:
        """Raises InvalidRequest when an article taken out of a page is longer than one that is sent may be."""
        parts = (
            ("title", article.title or "", self.max_title_code_points),
            ("text", article.body, self.max_text_code_points),
        )
        _raise(
            (
                Violation("article.html", f"holds a {part} of {len(text)} code points, at most {limit}", "TOO_LONG")
                for part, text, limit in parts
                if len(text) > limit
            ),
            path,
        )

    def check_id(self, id: str) -> None:
        """Raises InvalidRequest when the id that an article of many goes by is too long."""
        _raise(self._id(id, "id"))

    def _article(self, article: ArticleText | ArticleHtml) -> Iterator[Violation]:
        if isinstance(article, ArticleHtml):
            yield from _size(article.html, "article.html", self.max_html_code_points)
            return
        body = "article.text" if article.title is None else "article.titled.body"
        if article.title is not None:
            yield from _text(article.title, "article.titled.title", self.max_title_code_points)
            if len(article.title.strip().splitlines()) > 1:
                yield Violation("article.titled.title", "has more than one line", "LINE_BREAK")
        yield from _text(article.body, body, self.max_text_code_points)

    def _total(self, articles: Iterable[ArticleText]) -> Iterator[Violation]:
        total, most = sum(len(a.text) for a in articles), self.max_brief_code_points
        if total > most:
            yield Violation("articles", f"{total} code points in all, at most {most}", "TOO_LONG")

    def _options(self, options: SummaryOptions) -> Iterator[Violation]:
        if options.key_points is not None and not 1 <= options.key_points <= self.max_key_points:
            yield Violation("summary.key_points", f"is not between 1 and {self.max_key_points}", "OUT_OF_RANGE")
        if len(options.focus) > self.max_focus_code_points:
            yield _too_long("summary.focus", options.focus, self.max_focus_code_points)

    def _targets(self, targets: Sequence[str]) -> Iterator[Violation]:
        if len(targets) > self.max_target_languages:
            yield Violation("target_languages", f"has more than {self.max_target_languages} languages", "TOO_MANY")

    def _translation(self, options: TranslationOptions) -> Iterator[Violation]:
        yield from self._terms(options.terms)
        if not 0 <= options.min_quality <= 1:
            yield Violation("translation.min_quality", "is not between 0 and 1", "OUT_OF_RANGE")

    def _terms(self, terms: Sequence[GlossaryTerm]) -> Iterator[Violation]:
        field, limit = "translation.glossary.terms", self.max_term_code_points
        if len(terms) > self.max_glossary_terms:
            yield Violation(field, f"has {len(terms)} terms, at most {self.max_glossary_terms}", "TOO_MANY")
            return
        for i, term in enumerate(terms):
            if len(term.source) > limit:
                yield _too_long(f"{field}[{i}].source", term.source, limit)
            for code, target in term.targets.items():
                if len(target) > limit:
                    yield _too_long(f"{field}[{i}].targets[{code[:LONGEST_CODE]}]", target, limit)

    def _texts(self, texts: Sequence[str]) -> Iterator[Violation]:
        if not texts:
            yield Violation("texts", "is empty", "MISSING")
        if len(texts) > self.max_texts:
            yield Violation("texts", f"has {len(texts)} texts, at most {self.max_texts}", "TOO_MANY")
        for i, text in enumerate(texts):
            if len(text) > self.max_text_code_points:
                yield _too_long(f"texts[{i}]", text, self.max_text_code_points)
        total = sum(len(t) for t in texts)
        if total > self.max_total_code_points:
            yield Violation("texts", f"{total} code points in all, at most {self.max_total_code_points}", "TOO_LONG")

    def _id(self, id: str, field: str = "request_id") -> Iterator[Violation]:
        if len(id) > self.max_request_id_code_points:
            yield _too_long(field, id, self.max_request_id_code_points)


def of_many(violations: Iterable[Violation], index: int) -> Iterator[Violation]:
    """What is wrong with the article of a request, said of one of many: "article.text" -> "articles[3].text"."""
    for v in violations:
        yield replace(v, field=v.field.replace("article", f"articles[{index}]", 1))


def _too_long(field: str, text: str, limit: int) -> Violation:
    return Violation(field, f"has {len(text)} code points, at most {limit}", "TOO_LONG")


def _size(text: str, field: str, limit: int) -> Iterator[Violation]:
    if not text or text.isspace():
        yield Violation(field, "is empty", "EMPTY")
    elif len(text) > limit:
        yield _too_long(field, text, limit)


def _text(text: str, field: str, limit: int) -> Iterator[Violation]:
    wrong = list(_size(text, field, limit))
    yield from wrong
    if not wrong and not any(c.isalpha() for c in text):
        yield Violation(field, "has no letters", "NO_LETTERS")


def _raise(violations: Iterable[Violation], path: str = "") -> None:
    found = [Violation(path + v.field, v.description, v.reason) for v in violations]
    if found:
        raise InvalidRequest(*found)
