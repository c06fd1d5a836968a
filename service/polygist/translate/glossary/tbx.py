"""TBX, the exchange format of term bases (ISO 30042): TBX-Basic of 2008 (`martif`) and of 2019 (`tbx`)."""

from collections.abc import Iterator, Sequence

from lxml import etree

from polygist.errors import GlossaryInvalid
from polygist.translate.glossary.entries import Entry

_ROOTS = ("martif", "tbx")
_LANGUAGES = ("langSet", "langSec")
_TERMS = ("tig", "ntig", "termSec")
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
# Values of administrativeStatus; what is refused is still found in texts, and is no translation.
_PREFERRED, _REFUSED = ("preferred",), ("deprecated", "superseded")


def entries(file: str, text: str, languages: Sequence[str]) -> Iterator[Entry]:
    """The entries of a TBX file, with the terms in the `languages`; a regional variant counts as its language.

    An entry's target is the preferred term, or the first that is not deprecated; an empty one keeps the source.
    Nothing outside the file is read, and a file that declares entities is refused. Raises GlossaryInvalid.
    """
    for element in _root(file, text).iter("{*}termEntry", "{*}conceptEntry"):
        sources: dict[str, list[str]] = {}
        targets: dict[str, tuple[int, str]] = {}
        for section in _children(element, _LANGUAGES):
            code = (section.get(_LANGUAGE) or section.get("lang") or "").split("-")[0].casefold()
            if not code:
                raise GlossaryInvalid(file, _line(section), f"{_name(section)} without xml:lang")
            for holder in _children(section, _TERMS) if code in languages else ():
                name, rank = _term(file, holder), _rank(holder)
                if name not in sources.setdefault(code, []):
                    sources[code].append(name)
                if rank < 2 and (code not in targets or rank < targets[code][0]):
                    targets[code] = (rank, name)
        yield Entry(_line(element), sources, {code: name for code, (_, name) in targets.items()})


def _root(file: str, text: str) -> etree._Element:
    if "<!ENTITY" in text:
        raise GlossaryInvalid(file, text[: text.index("<!ENTITY")].count("\n") + 1, "entities are not allowed")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "surrogatepass"), parser)
    except etree.XMLSyntaxError as error:
        raise GlossaryInvalid(file, error.lineno or 0, f"not readable as XML: {error.msg}") from error
    for entity in root.iter(etree.Entity):
        raise GlossaryInvalid(file, entity.sourceline or 0, f"unknown entity {entity.text}")
    if _name(root) not in _ROOTS:
        raise GlossaryInvalid(file, _line(root), f"the root is {_name(root)}; it must be {' or '.join(_ROOTS)}")
    return root


def _term(file: str, holder: etree._Element) -> str:
    """The text of a term without its markup."""
    term = next(holder.iter("{*}term"), None)
    if term is None:
        raise GlossaryInvalid(file, _line(holder), f"{_name(holder)} without a term")
    return " ".join("".join(term.itertext()).split())


def _rank(holder: etree._Element) -> int:
    """0 for a preferred term, 2 for one that should not be used, 1 for others."""
    for element in holder.iter("{*}termNote", "{*}administrativeStatus"):
        if "administrativeStatus" in (element.get("type"), _name(element)):
            status = (element.text or "").strip()
            return 0 if status.startswith(_PREFERRED) else 2 if status.startswith(_REFUSED) else 1
    return 1


def _children(element: etree._Element, names: Sequence[str]) -> Iterator[etree._Element]:
    return (child for child in element.iterchildren("{*}*") if _name(child) in names)


def _name(element: etree._Element) -> str:
    return str(etree.QName(element).localname)


def _line(element: etree._Element) -> int:
    return element.sourceline or 0
