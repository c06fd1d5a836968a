"""NLLB-200: codes of FLORES-200, the source's before the text, the target's at the start of the answer.

The older form ("legacy_behaviour" in tokenizer_config.json) has the source's behind the text. It loses sentences where
it gets several at once; segments are sentences (NLLB Team, No Language Left Behind, 2022).
"""

from polygist.store.cards import Card
from polygist.store.codes import NLLB, Words
from polygist.store.models import BuiltModel
from polygist.translate.codecs.base import Codec, Frame, FramedCodec, languages, required
from polygist.translate.codecs.reading import fairseq, settings


def codec(card: Card, built: BuiltModel) -> Codec:
    """Raises CardInvalid where the model has no token for a language, ModelCorrupt where a file can't be read."""
    pieces = fairseq(built, NLLB)
    ids, end = languages(card, pieces, Words(NLLB)), required(card, pieces, "</s>")
    behind = settings(built).get("legacy_behaviour") is True

    def frame(source: str, target: str) -> Frame:
        before, after = ((), (end, ids[source])) if behind else ((ids[source],), (end,))
        return Frame(before, after, (ids[target],))

    return FramedCodec(card, pieces, frame, tuple(ids.values()))
