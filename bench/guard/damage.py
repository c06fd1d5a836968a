"""Translations that are spoilt by rule: one function a kind of damage."""

import random
import re
from collections import defaultdict
from collections.abc import Callable, Sequence

from pairs import DATA, LANGUAGES, Pair

SEED = 20261125
MOST = 120  # spoilt translations of a kind and direction

Spoilt = dict[str, list[Pair]]

# Another unit of the same kind.
_OTHER_UNIT = {
    "en": "kilometers:miles miles:kilometers km:miles meters:kilometers feet:meters million:billion billion:million "
    "dollars:euros days:weeks weeks:months months:years hours:minutes minutes:hours years:months tons:kilograms",
    "de": "Kilometer:Meilen Meilen:Kilometer km:Meilen Metern:Kilometern Meter:Kilometer Fuß:Meter Tonnen:Kilogramm "
    "Millionen:Milliarden Milliarden:Millionen Dollar:Euro Tage:Wochen Tagen:Wochen Wochen:Monate Monate:Jahre "
    "Stunden:Minuten Minuten:Stunden Jahre:Monate Jahren:Monaten",
    "uk": "кілометрів:миль миль:кілометрів км:миль метрів:кілометрів футів:метрів тонн:кілограмів мільйонів:мільярдів "
    "мільярдів:мільйонів доларів:євро днів:тижнів тижнів:місяців місяців:років годин:хвилин хвилин:годин "
    "років:місяців",
}
# A number in words, and another one in the same form.
_OTHER_WORD = {
    "en": "four:five five:six six:four seven:eight eight:seven nine:ten ten:nine twelve:fifteen fifteen:twelve "
    "eighteen:eight twenty:thirty thirty:twenty fifty:sixty",
    "de": "vier:fünf fünf:sechs sechs:vier sieben:neun neun:sieben zehn:neun zwölf:fünfzehn fünfzehn:zwölf "
    "achtzehn:achtzig zwanzig:dreißig dreißig:zwanzig fünfzig:sechzig",
    "uk": "чотири:сім чотирьох:сімох чотирьом:сімом шість:сім сім:шість вісім:сім десять:шість десяти:шести "
    "п'ять:шість п’ять:шість п'яти:шести дев'ять:десять дванадцять:двадцять двадцять:дванадцять",
}

# A month or a day of the week, and another one in the same form.
_OTHER_DATE = {
    "en": "January:June February:August March:May April:October May:March June:January July:September August:February "
    "September:July October:April November:December December:November Monday:Friday Tuesday:Thursday "
    "Wednesday:Sunday Thursday:Tuesday Friday:Monday Saturday:Wednesday Sunday:Saturday",
    "de": "Januar:Juni Februar:August März:Mai April:Oktober Mai:März Juni:Januar Juli:September August:Februar "
    "September:Juli Oktober:April November:Dezember Dezember:November Montag:Freitag Dienstag:Donnerstag "
    "Mittwoch:Sonntag Donnerstag:Dienstag Freitag:Montag Samstag:Mittwoch Sonntag:Samstag",
    "uk": "січня:червня лютого:серпня березня:травня квітня:жовтня травня:березня червня:січня липня:вересня "
    "серпня:лютого вересня:липня жовтня:квітня листопада:грудня грудня:листопада січні:червні лютому:серпні "
    "березні:травні квітні:жовтні травні:березні червні:січні липні:вересні серпні:лютому вересні:липні "
    "жовтні:квітні листопаді:грудні грудні:листопаді понеділок:вівторок вівторок:понеділок середу:суботу "
    "четвер:понеділок п'ятницю:неділю суботу:середу неділю:п'ятницю",
}


def _swaps(table: dict[str, str]) -> dict[str, dict[str, str]]:
    return {code: dict(pair.split(":") for pair in pairs.split()) for code, pairs in table.items()}


UNITS, WORDS, DATES = _swaps(_OTHER_UNIT), _swaps(_OTHER_WORD), _swaps(_OTHER_DATE)

# Spoils the translation of a pair, or gives None where it has nothing to spoil.
Damage = Callable[[Pair, random.Random, Sequence[Pair]], Pair | None]


def _made(pair: Pair, target: str | None, source: str | None = None) -> Pair | None:
    """The pair with another target (and source); None where nothing is changed."""
    if target is None or target == pair.target:
        return None
    return Pair(source or pair.source, target, pair.source_language, pair.target_language, pair.row)


def loop(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair | None:
    words = pair.target.split()
    if len(words) < 8:
        return None
    size, at = luck.randint(1, 5), luck.randint(5, len(words) - 1)
    return _made(pair, " ".join(words[:at] + words[at - size : at] * luck.randint(2, 12)))


def stutter(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair | None:
    words = pair.target.split()
    at = luck.randrange(len(words))
    letters = "".join(c for c in words[at] if c.isalpha())[:4]
    return _made(pair, " ".join([*words[:at], words[at] + letters * 9, *words[at + 1 :]])) if letters else None


def russian(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair | None:
    sentences = (DATA / "guard-russian.txt").read_text(encoding="utf-8").splitlines()
    return _made(pair, luck.choice(sentences)) if pair.target_language == "uk" else None


def russian_word(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair | None:
    """Three words of a Russian sentence amid the Ukrainian."""
    spoilt = russian(pair, luck, others)
    if not spoilt:
        return None
    alien, words = spoilt.target.split(), pair.target.split()
    start, at = luck.randrange(max(1, len(alien) - 3)), luck.randrange(len(words))
    return _made(pair, " ".join([*words[:at], *alien[start : start + 3], *words[at:]]))


def other_language(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair | None:
    third = next(code for code in LANGUAGES if code not in (pair.source_language, pair.target_language))
    return _made(pair, pair.row.get(third))


def half_latin(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair | None:
    """A letter of a word from the other alphabet, or an English genitive on it."""
    words = pair.target.split()
    at = luck.randrange(len(words))
    if pair.target_language != "uk" or len(words[at]) < 4 or not words[at].isalpha():
        return None
    word = words[at] + "'s" if luck.random() < 0.5 else words[at].translate(str.maketrans("аеіорсх", "aeiopcx"))
    return _made(pair, " ".join([*words[:at], word, *words[at + 1 :]]))


def copy(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair | None:
    return _made(pair, pair.source)


def copied_heading(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair | None:
    """A heading in Title Case as source and target."""
    if pair.source_language != "en":
        return None
    heading = luck.choice((DATA / "guard-headings.txt").read_text(encoding="utf-8").splitlines())
    return _made(pair, heading, heading)


def copied_word(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair | None:
    """A word of the translation replaced by one of the source."""
    foreign = [w for w in pair.source.split() if len(w) > 4 and w.isalpha() and w.islower() and w not in pair.target]
    own = [i for i, w in enumerate(pair.target.split()) if len(w) > 4 and w.isalpha() and w.islower()]
    if not foreign or not own:
        return None
    words = pair.target.split()
    words[luck.choice(own)] = luck.choice(foreign)
    return _made(pair, " ".join(words))


def _two(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair:
    """Another pair of the direction, to stand after this one as a second sentence."""
    return luck.choice(others)


def dropped_sentence(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair | None:
    other = _two(pair, luck, others)
    kept = luck.choice((pair.target, other.target))
    return _made(pair, kept + " ", f"{pair.source} {other.source}")


def added_sentence(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair | None:
    return _made(pair, f"{pair.target} {_two(pair, luck, others).target}")


def dropped_clause(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair | None:
    """A quarter to three quarters of a sentence gone, from a comma on; its end is kept."""
    commas = [m.start() for m in re.finditer(r", ", pair.target)]
    fit = [at for at in commas if 0.25 < 1 - at / len(pair.target) < 0.75]
    return _made(pair, pair.target[: luck.choice(fit)] + pair.target.rstrip()[-1]) if fit else None


def cut_off(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair | None:
    words = pair.target.split()
    at = round(len(words) * luck.uniform(0.5, 0.95))
    return _made(pair, " ".join(words[:at]).rstrip(".,;:!?")) if 4 < at < len(words) else None


def changed_number(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair | None:
    found = list(re.finditer(r"(?<![\w.,])\d+(?![\w.,:])", pair.target))
    if not found:
        return None
    match = luck.choice(found)
    other = str(int(match.group()[:12]) + luck.choice((1, 2, 10, 100))) if luck.random() < 0.7 else ""
    return _made(pair, pair.target[: match.start()] + other + pair.target[match.end() :])


def changed_word(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair | None:
    """Another number in words."""
    return _exchanged(pair, luck, WORDS[pair.target_language])


def changed_unit(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair | None:
    """Another unit of the same kind: metres for kilometres, million for billion."""
    return _exchanged(pair, luck, UNITS[pair.target_language])


def changed_date(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair | None:
    """Another month or day of the week."""
    return _exchanged(pair, luck, DATES[pair.target_language])


def lost_thousands(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair | None:
    """A number without its last three digits: 3 for 3,000."""
    return _made(pair, re.sub(r"(?<![\w.,])(\d{1,3})[., \u00a0]\d{3}(?![\w.,]?\d)", r"\1", pair.target, count=1))


def _exchanged(pair: Pair, luck: random.Random, swaps: dict[str, str]) -> Pair | None:
    """One of the words that have another in its place."""
    found = [m for m in re.finditer(r"[^\W\d_]+(?:['’][^\W\d_]+)?", pair.target) if m.group() in swaps]
    if not found:
        return None
    match = luck.choice(found)
    return _made(pair, pair.target[: match.start()] + swaps[match.group()] + pair.target[match.end() :])


def _named(pair: Pair) -> list[str]:
    """Words of the target that are likely names: capitals inside a sentence; for German those that English has too."""
    found = re.findall(r"(?<=[^\W\d_] )[A-ZА-ЯІЇЄҐ][^\W\d_]{3,}", pair.target)
    found = [w for w in found if w[1:].islower()]
    if pair.target_language == "de":
        english = set(re.findall(r"(?<=[^\W\d_] )[A-Z]\w+", pair.row.get("en", "")))
        found = [w for w in found if w in english]
    return found


def dropped_name(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair | None:
    names = _named(pair)
    return _made(pair, pair.target.replace(" " + luck.choice(names), "")) if names else None


def swapped_name(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair | None:
    names, strange = _named(pair), _named(luck.choice(others))
    if not names or not strange or names[0][0] == strange[0][0]:
        return None
    return _made(pair, pair.target.replace(luck.choice(names), strange[0]))


_NO = {
    "en": r" not\b|(?<=[a-z])n't\b| never\b| no\b(?= [a-z])| without\b",
    "de": r" nicht\b| nie\b| niemals\b| ohne\b| (?=keine?[nmrs]?\b)k(?=ein)",
    "uk": r" не(?= )| ні(?= )| без(?= )",
}
_POSITIVE = {
    "en": (r"\b(is|was|are|were|can|will|would|should|has|have|had)\b", r"\1 not"),
    "de": (r"\b(ist|war|sind|waren|kann|wird|wurde|wurden|hat|hatte|haben)\b", r"\1 nicht"),
    "uk": (r"\b(є|був|була|було|були|може|можуть|буде|мають|має|стали|став|отримав|почали|можна)\b", r"не \1"),
}


def removed_negation(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair | None:
    spoilt = re.sub(_NO[pair.target_language], lambda m: " " if m.group().endswith("k") else "", pair.target)
    return _made(pair, spoilt)


def added_negation(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair | None:
    if re.search(_NO[pair.target_language], pair.target):
        return None
    pattern, denied = _POSITIVE[pair.target_language]
    return _made(pair, re.sub(pattern, denied, pair.target, count=1))


def removed_mark(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair | None:
    """A quotation mark or bracket without its partner."""
    marks = [m.start() for m in re.finditer(r"[\"“”„«»()]", pair.target)]
    if not marks:
        return None
    at = luck.choice(marks)
    return _made(pair, pair.target[:at] + pair.target[at + 1 :])


def removed_quotation(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair | None:
    """Direct speech without its marks."""
    speech = re.search(r"[\"“„«]([^\"“”„«»]{40,})[\"”“»]", pair.target)
    return _made(pair, re.sub(r"[\"“”„«»]", "", pair.target)) if speech else None


def lost_placeholder(pair: Pair, luck: random.Random, others: Sequence[Pair]) -> Pair | None:
    tail = luck.choice((" https://example.org/news?page=a", " press@example.org", " #breaking", " @example"))
    return _made(pair, pair.target + " ", pair.source + tail)


# What should see a kind of damage: one of these detectors is enough.
KINDS: dict[str, tuple[Damage, frozenset[str]]] = {
    f.__name__.replace("_", " "): (f, frozenset(detectors.split()))
    for f, detectors in (
        (loop, "repetition"),
        (stutter, "repetition"),
        (russian, "language"),
        (russian_word, "language"),
        (other_language, "language"),
        (half_latin, "language"),
        (copy, "copies language"),
        (copied_heading, "copies"),
        (copied_word, "copies"),
        (dropped_sentence, "sentences length"),
        (added_sentence, "sentences length"),
        (dropped_clause, "length"),
        (cut_off, "cut length"),
        (changed_number, "numbers"),
        (changed_unit, "units"),
        (dropped_name, "names"),
        (swapped_name, "names"),
        (removed_negation, "negation"),
        (added_negation, "negation"),
        (removed_mark, "marks"),
        (removed_quotation, "marks"),
        (lost_placeholder, "placeholders"),
        (changed_word, "numbers"),
        (changed_date, "dates"),
        (lost_thousands, "numbers"),
    )
}


def damaged(pairs: Sequence[Pair]) -> Spoilt:
    """Up to MOST spoilt translations of each kind and direction."""
    luck = random.Random(SEED)
    by_direction = defaultdict(list)
    for pair in pairs:
        by_direction[pair.direction].append(pair)
    made: Spoilt = {kind: [] for kind in KINDS}
    for kind, (damage, _) in KINDS.items():
        for same in by_direction.values():
            spoilt = (damage(pair, luck, same) for pair in luck.sample(same, len(same)))
            made[kind] += [pair for pair in spoilt if pair][:MOST]
    return made
