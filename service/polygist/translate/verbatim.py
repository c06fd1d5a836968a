"""What stands in a text and is no language: addresses, placeholders of programs, code, codes. It stays as it is.

One set of patterns for all that asks: what goes to a model, where terms are looked for, what the guard wants to see
again. Each takes time linear in the text.
"""

import re
from collections.abc import Iterator

from polygist.types import Span

# Ends of a domain that are no word after a full stop without a space ("the end.It", "da.So"): none of two letters that
# spells one.
_TOP = "com|org|net|edu|gov|mil|info|biz|app|dev|io|eu|de|ua|uk|ch|fr|pl|cz|nl|es|ca|au|jp|cn|ru|укр|рф"
_IN_ADDRESS = r"[^\s<>\"«»„“”]"
_ADDRESS = "|".join(
    (
        rf"(?<!\w)(?:(?:https?|ftps?|sftp|wss?)://|(?:mailto|tel|sms):(?=[\w+])|www\.){_IN_ADDRESS}++",
        r"(?<![\w.+-])[\w.+-]{1,64}+@[\w-]{1,255}+\.[\w.-]{1,255}+",
        r"(?<![\w&])[#@]\w++",
        rf"(?<![\w.@/-])(?:[\w-]{{1,63}}+\.){{1,5}}(?:{_TOP})(?![\w-]|\.\w)(?::\d{{1,5}})?(?:/{_IN_ADDRESS}*+)?",
    )
)
# What programs fill in: {name}, {{ user.name }}, ${name}, %s, %(name)s, %1$s.
_PLACEHOLDER = "|".join(
    (
        r"\$?\{[\w.]{1,64}+\}|\$?\{\{ ?[\w.]{1,64}+ ?\}\}",
        r"%\(\w{1,64}+\)[sd]|%\d\$[sd]|(?<![\d ])%[sd]\b|(?<=[^\d] )%[sd]\b",
    )
)
# Tags, calls and names of programs, versions, hexadecimal and Roman numbers, sums of money in signs.
_CODE = "|".join(
    (
        r"</?[a-z][\w:-]{0,31}+(?:\s+[\w:-]{1,64}+\s*=\s*(?:\"[^\"<>]*+\"|'[^'<>]*+'|[^\s\"'<>=]++))*+\s*/?>",
        r"(?<![\w.])[\w.]++\(\)|(?<!\w)[^\W_]++(?:_++[^\W_]++)++",
        r"(?<![\w.])v\d++(?:\.\d++)*+(?!\w)|(?<!\w)0x[\da-f]++(?!\w)",
        r"(?<!\w)(?-i:(?=[XVI]{2})X{0,3}(?:IX|IV|V?I{0,3}))(?!\w)",
        r"[$€£¥₴] ?\d[\d.,]*+(?:bn|tn|mn|m|k)?(?!\w)",
    )
)
_ADDRESSES, _KEPT = (re.compile(p, re.IGNORECASE) for p in (_ADDRESS, f"{_ADDRESS}|{_PLACEHOLDER}"))
_NO_WORDS = re.compile(f"{_ADDRESS}|{_PLACEHOLDER}|{_CODE}", re.IGNORECASE)
# Most texts have such a word, and need no closer look: small letters between spaces.
# A tag or a placeholder may hold some, too.
_PLAIN_WORD = re.compile(r"(?<!\S)[^\W\d_]?[a-zа-яіїєґäöüß]++(?!\S)")
_MAY_HOLD_WORDS = frozenset("<{")
# Marks after an address that belong to its sentence.
_AFTER = ".,;:!?…'’)]}-"


def addresses(text: str) -> list[Span]:
    """Where the URLs, domains, e-mail addresses, hashtags and @names of a text stand, in order.

    >>> addresses("See www.bbc.com/news.")
    [Span(start=4, end=20)]
    """
    return list(_found(_ADDRESSES, text))


def kept(text: str) -> list[Span]:
    """Where its addresses and placeholders stand, in order: what a translation has to have as well."""
    return list(_found(_KEPT, text))


def without_addresses(text: str) -> str:
    """The text without URLs, domains, e-mail addresses, hashtags and @names."""
    return _ADDRESSES.sub("", text)


def has_words(text: str) -> bool:
    """Whether there is anything to translate: letters that are no part of addresses, placeholders and code.

    >>> has_words("{name}: 0xFF, XIV, $5.2bn"), has_words("5 km")
    (False, True)
    """
    if _PLAIN_WORD.search(text) and _MAY_HOLD_WORDS.isdisjoint(text):
        return True
    return any(map(str.isalpha, text)) and any(map(str.isalpha, _NO_WORDS.sub("", text)))


def _found(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    for found in pattern.finditer(text):
        if found.group()[-1] == "}" and found.group()[0] in "{$":
            yield Span(*found.span())
            continue
        whole = found.group()
        shown = whole.rstrip(_AFTER)
        if whole[len(shown) : len(shown) + 1] == ")" and "(" in shown:
            shown += ")"
        yield Span(found.start(), found.start() + len(shown))
