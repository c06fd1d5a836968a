"""Are quotation marks and brackets of a translation in pairs, and are those of the source still there?

All marks of English, German and Ukrainian count as one kind, since the same sign opens in one language and closes in
another: “ is the English opening and the German closing mark.
"""

import re

from polygist.translate.guard.side import Side

# A straight mark before a Ukrainian vowel is an apostrophe (пов"язані), two commas before a word are a mark.
_QUOTES = re.compile("(?!(?<=[а-яґ])\"[яюєї])[\"“”„‟«»]|(?<!\\w)''|''(?!\\w)|,,(?=\\w)")
_BRACKETS = re.compile(r"[()\[\]{}]")
# "1)" and "a)" number the items of a list; 5'11" is a measure, :-) a face.
_ITEM = re.compile(r"(?:^|\s)\w{1,3}\Z")
_NO_MARK = re.compile(r"\d\s?\"|(?<!\w)[:;]['’]?-?[()]")
# Sixty code points between marks, or forty with the sign that ends a statement beside the second one.
_SPEECH = re.compile(r"[\"“„«](?=\w)(?:[^\"“”„«»]{60}|[^\"“”„«»]{40,60}(?:[.!?,…][\"“”»]|[\"“”»]\s?[,–—-]))")
_SINGLE = re.compile(r"(?<!\w)[‘‚']\w")
_PARTNERS = {")": "(", "]": "[", "}": "{"}


def unbalanced(source: Side, target: Side) -> bool:
    """Whether a mark of the target has no partner, where all of the source have, or quoted speech lost its marks.

    '"No," he said.' -> '„Nein, sagte er.' True; '„Nein“, sagte er.' False. A bracket may become a dash, and a quoted
    word or title may do without marks.
    """
    before, after = _NO_MARK.sub("", source.bare), _NO_MARK.sub("", target.bare)
    if _is_odd(before):
        return False
    lost = not _QUOTES.search(after) and not _SINGLE.search(after) and _SPEECH.search(before) is not None
    return lost or _is_odd(after)


def _is_odd(text: str) -> bool:
    """Whether a mark of the text has no partner."""
    return len(_QUOTES.findall(text)) % 2 > 0 or not _is_nested(text)


def _is_nested(text: str) -> bool:
    """Whether every bracket has its partner; one that ends the number of a list item needs none."""
    opened: list[str] = []
    for match in _BRACKETS.finditer(text):
        mark = match.group()
        if mark not in _PARTNERS:
            opened.append(mark)
        elif opened and opened[-1] == _PARTNERS[mark]:
            opened.pop()
        elif opened or not _ITEM.search(text, max(0, match.start() - 4), match.start()):
            return False
    return not opened
