"""Cards of models and profiles, which people write by hand: read, or what is wrong with them."""

import tempfile
from functools import cache
from pathlib import Path

from polygist.errors import CardInvalid
from polygist.store.cards import load_cards, load_profiles


@cache
def _folder() -> Path:
    home = Path(tempfile.mkdtemp(prefix="polygist-cards-"))
    for part in ("cards", "profiles"):
        (home / part).mkdir()
    return home


def check(data: bytes) -> None:
    for part, load in (("cards", load_cards), ("profiles", load_profiles)):
        file = _folder() / part / "one.toml"
        file.write_bytes(data)
        try:
            load(_folder())
        except CardInvalid as error:
            assert str(error)
        finally:
            file.unlink()
