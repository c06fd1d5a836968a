"""Sizes of the tiny encoder-decoders that have BART's shape, and what their configurations call them."""

from tests.checkpoints.saving import HEADS, INNER, WIDTH

BART_SIZES = {
    "d_model": WIDTH,
    "encoder_layers": 2,
    "decoder_layers": 1,
    "encoder_attention_heads": HEADS,
    "decoder_attention_heads": HEADS,
    "encoder_ffn_dim": INNER,
    "decoder_ffn_dim": INNER,
    "dropout": 0.0,
}


def norms(*, before: bool, embedding: bool) -> dict[str, bool]:
    """What configurations of the repositories say beyond what transformers reads, and CTranslate2's converter does."""
    return {"normalize_before": before, "normalize_embedding": embedding, "add_final_layer_norm": before}
