"""Which columns hold what, and which rows are wanted."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from polygist.batch.items import Fault, Item, digest_of, unreadable
from polygist.errors import InputUnreadable
from polygist.v1 import polygist_pb2 as pb

_MOST_NAMES, _LONGEST_NAME = 30, 40


@dataclass(frozen=True)
class Columns:
    """Names of columns. A row's article is its text, its title and text, or where there is no text its page.

    `where` are pairs of a column and the value that it must have. `delimiter` stands between the cells of CSV; empty
    for that of the format.
    """

    text: str = "text"
    html: str = "html"
    title: str = ""
    id: str = "id"
    language: str = ""
    where: tuple[tuple[str, str], ...] = ()
    delimiter: str = ""

    @property
    def names(self) -> set[str]:
        """All that are read."""
        return {self.text, self.html, self.title, self.id, self.language, *(name for name, _ in self.where)} - {""}

    def require(self, there: Iterable[str], name: str) -> None:
        """Raises InputUnreadable where a file has no column with articles, or none that was asked for by name."""
        known = list(there)
        wanted = {self.title, self.language, *(name for name, _ in self.where)} - {""}
        missing = sorted(wanted - set(known))
        if not {self.text, self.html} & set(known):
            missing.append(self.text)
        if missing:
            raise InputUnreadable(f"{name}: there is no column {missing[0]!r}; there are: {_listed(known)}")

    def wants(self, cells: Mapping[str, object]) -> bool:
        """Whether a row is one of those that were asked for."""
        return all(name in cells and _plain(cells[name]) == value for name, value in self.where)

    def item(self, position: int, cells: Mapping[str, object], fault: Fault | None = None, raw: bytes = b"") -> Item:
        """A row as an item. `fault` and `raw`: it can't be read."""
        id = _safe(_plain(cells.get(self.id)))
        if fault:
            return Item(position, id, digest_of("fault", fault.reason, id, raw), fault=fault)
        language = _plain(cells.get(self.language)) if self.language else ""
        text, html = cells.get(self.text), cells.get(self.html)
        title = _plain(cells.get(self.title)) if self.title else ""
        fields = (id, language, *(_plain(cell) for cell in (title, text, html)))
        try:
            sha256 = digest_of("item", *fields)
        except UnicodeEncodeError:
            found = unreadable("NOT_UTF8", "the row is no UTF-8, or holds lone surrogates")
            return self.item(position, cells, found, "\0".join(fields).encode("utf-8", "surrogatepass"))
        article = self._article(title, text, html)
        if isinstance(article, Fault):
            return Item(position, id, sha256, fault=article)
        return Item(position, id, sha256, article, language)

    def _article(self, title: str, text: object, html: object) -> pb.Article | Fault:
        for name, cell in ((self.text, text), (self.html, html)):
            if not isinstance(cell, str | None):
                return unreadable("NO_TEXT", f"column {name!r} holds no text")
        if isinstance(text, str) and text:
            return pb.Article(titled=pb.TitledText(title=title, body=text)) if title else pb.Article(text=text)
        if isinstance(html, str) and html:
            return pb.Article(html=html)
        return unreadable("NO_TEXT", f"there is nothing in column {self.text!r}, nor in {self.html!r}")


def _listed(names: Sequence[str]) -> str:
    """For messages. What stands in the place of names may be a row of articles, where a file has no header."""
    shown = [name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…" for name in names[:_MOST_NAMES]]
    return ", ".join([*shown, f"and {len(names) - _MOST_NAMES} more"] if len(names) > _MOST_NAMES else shown)


def _plain(cell: object) -> str:
    """A cell as a string: a string itself, nothing as "", all else as JSON has it.

    >>> [_plain("a"), _plain(1), _plain(True), _plain(None)]
    ['a', '1', 'true', '']
    """
    if isinstance(cell, str):
        return cell
    return "" if cell is None else json.dumps(cell, default=str, ensure_ascii=False)


def _safe(id: str) -> str:
    """With "?" for what can't be written."""
    return id.encode("utf-8", "replace").decode()
