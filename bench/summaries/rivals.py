"""sumy and summa, in a virtual environment of their own: `python rivals.py` reads articles and writes what they pick.

One JSON object a line in: `language` and `sentences`; one out: for each method the positions of the three sentences
that it picks. Both get the sentences as they are, and bring stop words and stemmers of their own. sumy's tokenizer
needs data that it fetches, so words are found here, by its own pattern. summa has no Ukrainian.
"""

import json
import re
import sys

from summa import summarizer as summa
from summa.preprocessing import textcleaner
from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence
from sumy.nlp.stemmers import Stemmer
from sumy.summarizers.lex_rank import LexRankSummarizer
from sumy.summarizers.lsa import LsaSummarizer
from sumy.summarizers.text_rank import TextRankSummarizer
from sumy.utils import get_stop_words

PICKED = 3
NAMES = {"en": "english", "de": "german", "uk": "ukrainian"}
WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['-])*")
SUMY = {"sumy lexrank": LexRankSummarizer, "sumy textrank": TextRankSummarizer, "sumy lsa": LsaSummarizer}


class Words:
    """What sumy asks of a tokenizer."""

    def to_words(self, text):
        return tuple(WORD.findall(text))


def by_sumy(kind, language, sentences):
    made = [Sentence(text, Words()) for text in sentences]
    summarizer = kind(Stemmer(NAMES[language]))
    summarizer.stop_words = get_stop_words(NAMES[language])
    chosen = summarizer(ObjectDocumentModel([Paragraph(made)]), PICKED)
    place = {id(sentence): i for i, sentence in enumerate(made)}
    return sorted(place[id(sentence)] for sentence in chosen)


def by_summa(language, sentences):
    textcleaner.split_sentences = lambda text: list(sentences)
    scored = summa.summarize("unused", ratio=1.0, language=NAMES[language], split=True, scores=True)
    best = sorted(scored, key=lambda pair: -pair[1])[:PICKED]
    return sorted(sentences.index(text) for text, _ in best)


for line in sys.stdin:
    article = json.loads(line)
    language, sentences = article["language"], article["sentences"]
    picked = {name: by_sumy(kind, language, sentences) for name, kind in SUMY.items()}
    if language != "uk":
        picked["summa textrank"] = by_summa(language, sentences)
    print(json.dumps(picked), flush=True)
