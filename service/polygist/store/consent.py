"""What takes a person's word before a model is taken: a licence that forbids commercial use, weights in pickles."""

from collections.abc import Iterable
from dataclasses import dataclass

from polygist.errors import PullRefused
from polygist.store.cards import AnyCard
from polygist.store.pins import Pin
from polygist.store.sources import is_pickle


@dataclass(frozen=True)
class Allowed:
    """What a person says now: that the licence is no obstacle, that pickles may be read, that files which are not the
    pinned ones are taken."""

    licence: bool = False
    pickle: bool = False
    repin: bool = False


NOTHING = Allowed()


def check(card: AnyCard, files: Iterable[str], stated: str, pin: Pin | None, allowed: Allowed = NOTHING) -> None:
    """Raises PullRefused where a word is needed that was said neither now nor when the model was pinned.

    `stated` is the licence that the origin names, "" for none.
    """
    if (card.licence.commercial == "no" or "-nc" in stated.casefold()) and not (
        allowed.licence or (pin and pin.accepted)
    ):
        licence = f"{card.licence.name} ({card.licence.url})" if card.licence.commercial == "no" else stated
        raise PullRefused(
            f"the licence of {card.id}, {licence}, forbids commercial use; "
            f"`polygist models pull {card.id} --accept-license` says that yours is none"
        )
    pickles = [name for name in files if is_pickle(name)]
    if pickles and not (allowed.pickle or (pin and pin.pickle)):
        raise PullRefused(
            f"{card.id} has its weights in pickles ({', '.join(pickles)}), which can run code when they are read; "
            f"`polygist models pull {card.id} --allow-pickle` takes them, reads nothing but weights, and makes "
            "safetensors of them"
        )
