"""One conversion, in a process of its own: `python convert.py HF_FOLDER FILE`, such as blocks-32.onnx or Q8_0.gguf."""

import sys
from pathlib import Path


def convert(hf: Path, file: Path) -> None:
    """The file's name says what to make: its stem is a variant of to_onnx.py or a type of to_gguf.py.

    The file is whole once it is there.
    """
    unfinished = file.with_name(f"{file.name}.unfinished")
    if file.suffix == ".onnx":
        import to_onnx

        to_onnx.convert(hf, unfinished, file.stem)
    else:
        import to_gguf

        to_gguf.convert(hf, unfinished, file.stem)
    unfinished.rename(file)


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
