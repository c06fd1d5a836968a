"""The form of a name that stands in the list: the nominative, where it can be known."""

from collections import Counter
from collections.abc import Sequence

from polygist.summarize.capitals import UKRAINIAN_ENDINGS
from polygist.summarize.lexicon import Lexicon
from polygist.summarize.words import base_form, folded, is_known

_FEMININE = (
    ("ської", "ська"),
    ("ській", "ська"),
    ("ську", "ська"),
    ("ською", "ська"),
    ("цької", "цька"),
    ("цьку", "цька"),
    ("ову", "ова"),
    ("ової", "ова"),
    ("овою", "ова"),
    ("овій", "ова"),
    ("єву", "єва"),
    ("євої", "єва"),
    ("іну", "іна"),
    ("іної", "іна"),
)
_MALE = (("ова", "ов"), ("ева", "ев"), ("єва", "єв"), ("іна", "ін"), ("їна", "їн"), ("чука", "чук"), ("юка", "юк"))
_MASCULINE = (
    ("ського", "ський"),
    ("ському", "ський"),
    ("ським", "ський"),
    ("цького", "цький"),
    ("цькому", "цький"),
    ("цьким", "цький"),
    ("енка", "енко"),
    ("енку", "енко"),
    ("енком", "енко"),
    ("ом", ""),
)
_CASES = ("ові", "еві", "єві", "ою", "ею", "єю", "ом", "ем", "єм", "а", "у", "ю", "я", "и", "і", "ї", "е")


def best_form(forms: Sequence[str], words: Lexicon) -> str:
    """The most frequent nominative among the forms of one name, else one made from the first form.

    ['Merkels', 'Merkel'] -> 'Merkel'; ['Deutschlands'] -> 'Deutschland'; ['Києва'] -> 'Київ'.
    """
    counts = Counter(forms)
    order = {form: i for i, form in reversed(list(enumerate(forms)))}
    best = min(counts, key=lambda f: (not _is_base(f, words, counts), -counts[f], order[f]))
    return best if _is_base(best, words, counts) else _made(best, words)


def person(parts: Sequence[Sequence[str]], words: Lexicon) -> str:
    """A Ukrainian person's name from the forms seen of each of its words: [['Олафом'], ['Шольц']] -> 'Олаф Шольц'."""
    first = _best_part(parts[0], words, feminine=False)
    feminine = len(parts) > 1 and folded(first)[-1] in "ая" and folded(first) not in words.first_names_male
    rest = [_best_part(p, words, feminine=feminine) for p in parts[1:]]
    if rest and folded(first) in words.first_names_male:
        rest[-1] = next((rest[-1].removesuffix(e) + b for e, b in _MALE if rest[-1].endswith(e)), rest[-1])
    return " ".join([first, *rest])


def _best_part(seen: Sequence[str], words: Lexicon, *, feminine: bool) -> str:
    """The nominative of one word; of forms that nothing is known of, the shortest."""
    made = Counter(_nominative(form, words, feminine=feminine) for form in seen)
    return min(made, key=lambda f: (f not in seen, len(f), -made[f], f))


def _is_base(form: str, words: Lexicon, forms: Counter[str]) -> bool:
    if words.language == "uk":
        return all(_nominative(p, words) == p for p in form.split())
    if words.language == "de" and form.endswith("s"):
        return form[:-1] not in forms and not _is_genitive(form, words)
    return True


def _is_genitive(form: str, words: Lexicon) -> bool:
    low = folded(form)
    listed = words.places | words.organisations | words.first_names
    return low not in listed and low.removesuffix("s").split()[-1] in listed


def _made(form: str, words: Lexicon) -> str:
    if words.language == "de":
        return form.removesuffix("s")
    if " " in form:
        return form  # agreement of adjective and noun can't be guessed
    return _nominative(form, words)


def _nominative(part: str, words: Lexicon, *, feminine: bool = False) -> str:
    """One word of a Ukrainian name in the nominative, as far as a list, the dictionary or an ending tells."""
    if part.isupper() or folded(part) in words.first_names | words.places:
        return part
    for ending, base in _FEMININE if feminine else ():
        if part.endswith(ending):
            return part.removesuffix(ending) + base
    if feminine and part.endswith(("ко", "ська", "цька", "ова", "ева", "єва")):
        return part
    if is_known(part, words.language):
        base = base_form(part, words.language)
        return "-".join(p.capitalize() for p in base.split("-"))
    for case in _CASES if len(part) > 4 else ():
        if part.endswith(case):
            stem = part.removesuffix(case)
            found = (stem + e for e in UKRAINIAN_ENDINGS if folded(stem + e) in words.first_names | words.places)
            listed = next(found, None)
            if listed:
                return listed
    for ending, base in () if feminine else _MASCULINE:
        if part.endswith(ending):
            return part.removesuffix(ending) + base
    return part
