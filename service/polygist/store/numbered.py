"""CTranslate2's converter for models whose tokens go by their numbers. Takes torch; build time only."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ctranslate2.converters import TransformersConverter
from ctranslate2.converters import transformers as known
from ctranslate2.specs.model_spec import OPTIONAL, SequenceToSequenceModelSpec
from transformers import AutoConfig

from polygist.errors import ModelCorrupt
from polygist.store.quiet import quiet

_PAD = "<pad>"
_T5 = ("t5", "mt5", "umt5")


def write(hf: Path, ct2: Path, quantization: str) -> None:
    """Write CTranslate2's form of a transformers folder, weights in that number format. Nothing for a kind of model
    that it has no converter for: LED, LongT5, a Gemma 4 whose layers share keys. Raises ModelCorrupt where the folder
    can't be read."""
    with quiet():
        try:
            config = AutoConfig.from_pretrained(hf, local_files_only=True, trust_remote_code=False)  # nosec B615  # a folder
            if type(config).__name__ in known._MODEL_LOADERS:  # the only list there is
                _Converter(hf, config).convert(str(ct2), quantization=quantization)
        except NotImplementedError:
            return  # a kind that its converter knows and refuses
        except (OSError, ValueError, KeyError, IndexError, RuntimeError, TypeError, AttributeError) as error:
            raise ModelCorrupt(f"{hf} can't be converted for CTranslate2: {error}") from error


class _Converter(TransformersConverter):  # type: ignore[misc]  # the package has no types
    """The service makes its tokens itself, so a converted model knows them by their numbers alone: no tokenizer is
    needed here, and none can number them otherwise."""

    def __init__(self, hf: Path, config: Any) -> None:
        super().__init__(str(hf))
        self._config = config

    def load_model(self, model_class: Any, model_name_or_path: str, **kwargs: Any) -> Any:
        # No pickle is read.
        model = model_class.from_pretrained(model_name_or_path, local_files_only=True, use_safetensors=True, **kwargs)
        _tell_global(model.config.get_text_config())
        return model

    def load_tokenizer(self, tokenizer_class: Any, model_name_or_path: str, **kwargs: Any) -> "_Numbers":
        return _Numbers(self._config)

    def _load(self) -> Any:
        spec, config = super()._load(), self._config
        if not isinstance(spec, SequenceToSequenceModelSpec):
            return spec
        start = getattr(config, "decoder_start_token_id", None)
        # mBART's converter looks into the tokenizer for it, and Marian's decoder begins with nothing.
        if config.model_type != "marian" and start is not None:
            spec.config.decoder_start_token = _Numbers(config).convert_ids_to_tokens(start)
        # Where transformers 5 keeps whether T5 scales its output; its embeddings always count as tied there, by which
        # CTranslate2 4.8.5 goes.
        if config.model_type in _T5:
            scales = getattr(config, "scale_decoder_outputs", False)
            spec.decoder.scale_outputs = config.d_model**-0.5 if scales else OPTIONAL
        return spec


def _tell_global(config: Any) -> None:
    """Write what holds for layers of global attention where the converter of Gemma 4 looks for it.

    transformers keeps such things by layer since 5.15 and refuses to tell them for all.
    """
    if not getattr(config, "is_heterogeneous", False):
        return
    layer = config.per_layer_config[config.layer_types.index("full_attention")]
    config.allow_global_per_layer_attribute_access = True
    config.global_head_dim, config.num_global_key_value_heads = layer.head_dim, layer.num_key_value_heads


class _Numbers:
    """What a converter asks a tokenizer for, with numbers for names; padding is the one it looks for by its name."""

    special_tokens_map: Mapping[str, Any] = {}
    chat_template = None

    def __init__(self, config: Any) -> None:
        text = config.get_text_config()
        self._pad: int | None = text.pad_token_id
        self._size: int = text.vocab_size
        ends = text.eos_token_id
        self.eos_token = self._name(ends[0] if isinstance(ends, list) else ends)
        # Nobody asks for tokens that are unknown.
        self.unk_token = self.eos_token
        begin = getattr(text, "bos_token_id", None)
        self.bos_token = self.eos_token if begin is None else self._name(begin)
        self.pad_token = self.eos_token if self._pad is None else self._name(self._pad)

    def _name(self, id: int) -> str:
        return _PAD if id == self._pad else str(id)

    def get_vocab(self) -> dict[str, int]:
        return {self._name(id): id for id in range(self._size)}

    def convert_ids_to_tokens(self, id: int) -> str:
        return self._name(id)
