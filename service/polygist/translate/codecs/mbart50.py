"""mBART-50: tokens such as uk_UA, the source's before the text, the target's at the start of the answer (Tang et al.,
Multilingual Translation with Extensible Multilingual Pretraining and Finetuning, 2020)."""

from polygist.store.cards import Card
from polygist.store.codes import MBART50, Words
from polygist.store.models import BuiltModel
from polygist.translate.codecs.base import Codec, Frame, FramedCodec, languages, required
from polygist.translate.codecs.reading import fairseq


def codec(card: Card, built: BuiltModel) -> Codec:
    """Raises CardInvalid where the model has no token for a language, ModelCorrupt where a file can't be read."""
    pieces = fairseq(built, MBART50)
    ids, end = languages(card, pieces, Words(MBART50)), required(card, pieces, "</s>")
    return FramedCodec(card, pieces, lambda source, target: Frame((ids[source],), (end,), (ids[target],)))
