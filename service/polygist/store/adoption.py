"""Models in a user's folder, taken in: a card of the user's own is written for each."""

import re
from pathlib import Path

from polygist.errors import CardInvalid
from polygist.store import atomic, cards, toml
from polygist.store.guess import guess
from polygist.store.parts import check_id

_ODD = re.compile(r"[^A-Za-z0-9._-]+")


def adopt(
    place: Path, own: Path | None, id: str = "", task: str = "", languages: tuple[str, ...] = ()
) -> tuple[Path, list[str]]:
    """Write a card for the model in the folder `place`; its file, and what had to be assumed.

    Raises CardInvalid where there is no folder for cards of one's own, the id is taken, or no card can be made.
    """
    if own is None:
        raise CardInvalid("say where cards of your own go in POLYGIST_MODELS_DIR")
    place = place.absolute()
    id = id or _ODD.sub("-", place.name).strip("-.") or "model"
    check_id(id, place)
    file, folders = own / "cards" / f"{id}.toml", cards.folders(own)
    if file.exists() or id in cards.load_cards(*folders):
        raise CardInvalid(f"there is a card {id!r} already; --id names another")
    table, unknown = guess(place, id, task, languages)
    atomic.write(file, f"# Made from {place.name}; look it over.\n\n{toml.dumps(table)}")
    try:
        cards.load_cards(*folders)
    except CardInvalid:
        file.unlink()
        raise
    return file, unknown
