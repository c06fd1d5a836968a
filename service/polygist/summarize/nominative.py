"""The form of a name that stands in the list: the nominative, where it can be known."""

from collections import Counter
from collections.abc import Sequence

from polygist.summarize import morphology
from polygist.summarize.lexicon import Lexicon
from polygist.summarize.listed import UKRAINIAN_ENDINGS
from polygist.summarize.words import base_form, folded, is_known

_CASES = ("ові", "еві", "єві", "ою", "ею", "єю", "ом", "ем", "єм", "а", "у", "ю", "я", "и", "і", "ї", "е")
_LONGEST_ACRONYM = 4
_OBLIQUE = "Deutschen "


def best_form(forms: Sequence[str], words: Lexicon) -> str:
    """The most frequent nominative among the forms of one name, else one made from the first form.

    ['Merkels', 'Merkel'] -> 'Merkel'; ['Deutschlands'] -> 'Deutschland'; ['Києва'] -> 'Київ'; ['LONDON'] -> 'London'.
    """
    forms = [_in_small(form, words) for form in forms]
    counts = Counter(forms)
    order = {form: i for i, form in reversed(list(enumerate(forms)))}
    best = min(counts, key=lambda f: (not _is_base(f, words, counts), -counts[f], order[f]))
    return best if _is_base(best, words, counts) else _made(best, words)


def person(parts: Sequence[Sequence[str]], runs: Sequence[Sequence[str]], words: Lexicon) -> str:
    """A Ukrainian person's name from the forms seen of each of its words: [['Олафом'], ['Шольц']] -> 'Олаф Шольц'.

    `runs` are the places where more than one word of it stands, which tell the gender.
    """
    feminine = _is_feminine(parts, runs, words)
    first = _name(parts[0], words, feminine=feminine, kind="Name" if len(parts) > 1 else "Surn")
    return " ".join([first, *(_name(p, words, feminine=feminine, kind="Surn") for p in parts[1:])])


def _is_feminine(parts: Sequence[Sequence[str]], runs: Sequence[Sequence[str]], words: Lexicon) -> bool:
    genders = Counter(g for run in runs if (g := morphology.gender(run[0], run[-1])))
    if genders:
        return genders["f"] > genders["m"]
    first = {folded(form) for form in parts[0]}
    return len(parts) > 1 and first.isdisjoint(words.first_names_male) and all(f[-1] in "аяиії" for f in first)


def _name(seen: Sequence[str], words: Lexicon, *, feminine: bool, kind: str) -> str:
    """The nominative that most of the forms of one word may have; one that is seen goes before others."""
    votes = Counter(n for form in seen for n in morphology.nominatives(form, feminine=feminine, kind=kind))
    if not votes:
        made = Counter(_nominative(form, words) for form in seen)
        return min(made, key=lambda f: (f not in seen, len(f), -made[f], f))
    written = {folded(form) for form in seen}
    order = {n: i for i, n in enumerate(votes)}
    best = max(votes, key=lambda n: (votes[n], n in written, -order[n]))
    return next((form for form in seen if folded(form) == best), _capitalised(best))


def _in_small(form: str, words: Lexicon) -> str:
    """A place that a dateline shouts, as it is written elsewhere."""
    is_shouted = len(form) > _LONGEST_ACRONYM and form.isupper() and folded(form) in words.places
    return form.capitalize() if is_shouted else form


def _is_base(form: str, words: Lexicon, forms: Counter[str]) -> bool:
    if words.language == "uk":
        return all(_nominative(p, words) == p for p in form.split())
    if words.language == "de" and form.startswith(_OBLIQUE):
        return False
    if words.language == "de" and form.endswith("s"):
        return form[:-1] not in forms and not _is_genitive(form, words)
    return True


def _is_genitive(form: str, words: Lexicon) -> bool:
    low = folded(form)
    return low not in words.listed and low.removesuffix("s").split()[-1] in words.listed


def _made(form: str, words: Lexicon) -> str:
    if words.language == "de":
        return "Deutsche " + form.removeprefix(_OBLIQUE) if form.startswith(_OBLIQUE) else form.removesuffix("s")
    if " " in form:
        return form  # agreement of adjective and noun can't be guessed
    return _nominative(form, words)


def _nominative(part: str, words: Lexicon) -> str:
    """One word of a Ukrainian name in the nominative, as far as a list, the dictionary or an ending tells."""
    if part.isupper() or folded(part) in words.first_names_and_places:
        return part
    if is_known(part, words.language):
        return _capitalised(base_form(part, words.language))
    for case in _CASES if len(part) > 4 else ():
        if part.endswith(case):
            stem = part.removesuffix(case)
            found = (stem + e for e in UKRAINIAN_ENDINGS if folded(stem + e) in words.first_names_and_places)
            listed = next(found, None)
            if listed:
                return listed
    return part


def _capitalised(name: str) -> str:
    return "-".join(p.capitalize() for p in name.split("-"))
