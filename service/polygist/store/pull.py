"""Pulling a model: from where it is published into the cache, checked, pinned, whole or not at all."""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from polygist.errors import ModelChanged, ModelCorrupt, ModelError, PullFailed
from polygist.store import atomic, consent, models, pins
from polygist.store import manifest as manifests
from polygist.store.cards import AnyCard
from polygist.store.choice import choose
from polygist.store.consent import NOTHING, Allowed
from polygist.store.manifest import FileRecord, Manifest
from polygist.store.origins import ORIGINS
from polygist.store.origins.base import Listing, Origin, Told
from polygist.store.pins import Pin
from polygist.store.sources import FOLDER, HUB, ModelSource, is_wanted, lacks

_AGAIN = "what is there already is kept, the same command goes on from there"


class Progress(Protocol):
    """Told what is being done, and how many of all bytes are there."""

    def __call__(self, doing: str, done: int, total: int) -> None:
        """`doing` is "wait" (for another process), the name of a file, or "check"."""
        ...


def ignore(doing: str, done: int, total: int) -> None:
    """A Progress that tells nobody."""


def pull(card: AnyCard, cache: Path, allowed: Allowed = NOTHING, progress: Progress = ignore) -> Pin | None:
    """Bring the card's files into the cache unless they are there, and pin them; None where the card's model comes with
    packages that are installed. What lies in a folder stays there, and is pinned only.

    Safe beside other pulls, and after one that was cut off: it goes on from there. Raises PullFailed, PullRefused,
    ModelChanged where a file is not the pinned one, ModelCorrupt where it is not what card or origin say, ModelError
    where the disk is too small.
    """
    if not isinstance(card.source, ModelSource):
        return None
    try:
        with atomic.locked(cache / "pulled" / card.id, lambda: progress("wait", 0, 0)):
            pin = pins.read(card, cache)
            consent.check(card, (), "", pin, allowed)
            if pin and not allowed.repin and is_here(card, cache):
                return pin
            return _Pull(card, card.source, cache, pin, allowed, progress).run()
    except OSError as error:
        raise PullFailed(f"{card.id} can't be pulled into {cache}: {error}; {_AGAIN}") from error


def is_here(card: AnyCard, cache: Path) -> bool:
    """Whether all files that the card and its pin name are there, in their sizes."""
    place = models.pulled(card, cache)
    if place is None or not models.is_known(card, cache):
        return False
    source: Any = pins.resolved(card, cache).source
    if source.kind == FOLDER:
        return False  # somebody else's files: they have to be read again
    try:
        return place.is_dir() and set(manifests.verify_sizes(place).files) >= set(source.files)
    except ModelCorrupt:
        return False


@dataclass(frozen=True)
class _Pull:
    card: AnyCard
    source: ModelSource
    cache: Path
    pin: Pin | None
    allowed: Allowed
    progress: Progress

    def run(self) -> Pin:
        wanted = self.source.revision or (self.pin.revision if self.pin and not self.allowed.repin else "")
        source = replace(self.source, revision=wanted)
        work = atomic.partial_of(self.cache / "pulled" / f"{self.card.id}-work")
        origin = ORIGINS[source.kind](source, work)
        listing = origin.listing()
        partial = self._partial(listing.revision)
        names = self._names(listing)
        consent.check(self.card, names, listing.licence, self.pin, self.allowed)
        self._check_listed(listing, names)
        place = Path(source.path) if source.kind == FOLDER else partial
        if source.kind != FOLDER:
            self._fetch(origin, listing, names, partial)
        pin = self._pinned(listing, self._records(names, listing, place))
        if source.kind != FOLDER:
            self._publish(partial, pin)
        pin.write(self.cache)
        shutil.rmtree(work, ignore_errors=True)
        return pin

    def _partial(self, revision: str) -> Path:
        """Where its files gather; what another pull left there is of the same commit."""
        named = hashlib.sha256(f"{self.source.origin} {revision}".encode()).hexdigest()[:12]
        return atomic.partial_of(self.cache / "pulled" / f"{self.card.id}-{named}")

    def _names(self, listing: Listing) -> Sequence[str]:
        """The files to take: those that the card names, else those that were pinned, else what makes up a model."""
        kept = self.pin.files if self.pin and not self.allowed.repin else ()
        names = tuple(self.source.files or kept or choose(listing.files))
        if missing := [name for name in names if name not in listing.files]:
            raise PullFailed(f"{self.source.origin} has no {', '.join(missing)}, which {self._who(missing)} names")
        if wrong := [name for name in names if not is_wanted(name)]:
            raise PullFailed(f"{self.source.origin}: {', '.join(map(repr, wrong))} is no file of a model")
        if lacking := lacks(dict.fromkeys(names, "")):
            raise PullFailed(f"{self.source.origin} has no {lacking}")
        return names

    def _who(self, names: Sequence[str]) -> str:
        return "the card" if any(name in self.source.files for name in names) else "its pin"

    def _check_listed(self, listing: Listing, names: Sequence[str]) -> None:
        """Where the origin says sums itself, what is wrong shows before anything is fetched."""
        for name in names:
            if found := listing.files[name].sha256:
                self._check_sum(name, found)

    def _check_sum(self, name: str, found: str) -> None:
        """The card's word counts, then that of the pin."""
        if expected := self.source.files.get(name):
            if found != expected:
                raise ModelCorrupt(f"{self.source.origin}: the sha256 of {name} is {found}, the card says {expected}")
        elif self.pin and not self.allowed.repin and (known := self.pin.files.get(name)) and found != known.sha256:
            raise ModelChanged(
                f"{self.source.origin}: {name} is not the file that was pulled on {self.pin.pulled_at[:10]} (sha256 "
                f"{found}, was {known.sha256}); --repin takes it nevertheless"
            )

    def _fetch(self, origin: Origin, listing: Listing, names: Sequence[str], partial: Path) -> None:
        if self.source.kind != HUB:  # nothing says that what was left there is of the same files
            for file in partial.glob("*"):
                if file.is_file():
                    file.unlink()
        partial.mkdir(parents=True, exist_ok=True)
        sizes = {name: listing.files[name].size for name in names}
        self._check_space(partial, sizes)
        total, done = sum(sizes.values()), 0
        for name, size in sizes.items():
            file, part = partial / name, partial / f"{name}.part"
            if not (file.is_file() and file.stat().st_size == size):
                if part.is_file() and part.stat().st_size >= size:  # nothing says that it is what it should be
                    part.unlink()
                origin.fetch(name, part, self._told(name, done, total))
                if part.stat().st_size != size:
                    raise PullFailed(
                        f"{self.source.origin}: {name} broke off after {part.stat().st_size} of {size} bytes; {_AGAIN}"
                    )
                part.rename(file)
            done += size

    def _told(self, name: str, done: int, total: int) -> Told:
        """Of one file's bytes, behind those that were `done` before."""
        return lambda bytes: self.progress(name, done + bytes, total)

    def _check_space(self, partial: Path, sizes: Mapping[str, int]) -> None:
        there = sum(file.stat().st_size for file in partial.iterdir() if file.is_file())
        free, needed = shutil.disk_usage(partial).free, sum(sizes.values()) - there
        if free < needed:
            raise ModelError(
                f"pulling {self.card.id} needs {needed / 1e6:.0f} MB of disk in {self.cache}, "
                f"{free / 1e6:.0f} MB are free"
            )

    def _records(self, names: Sequence[str], listing: Listing, place: Path) -> dict[str, FileRecord]:
        """The sum of each file, right by card, pin and origin; a file that is not is removed."""
        total, records = sum(listing.files[name].size for name in names), {}
        for name in names:
            self.progress("check", total, total)
            file = place / name
            record = FileRecord(file.stat().st_size, manifests.sha256(file))
            try:
                self._check_sum(name, record.sha256)
                if (stated := listing.files[name].sha256) and stated != record.sha256:
                    raise ModelCorrupt(
                        f"{self.source.origin}: the sha256 of {name} is {record.sha256}, its origin says {stated}"
                    )
            except ModelCorrupt:
                if self.source.kind != FOLDER:
                    file.unlink()
                raise
            records[name] = record
        return records

    def _pinned(self, listing: Listing, records: Mapping[str, FileRecord]) -> Pin:
        before = self.pin
        return Pin(
            card=self.card.id,
            origin=self.source.identity,
            revision=listing.revision,
            licence=self.card.licence.spdx,
            stated_licence=listing.licence,
            accepted=self.allowed.licence or bool(before and before.accepted),
            pickle=self.allowed.pickle or bool(before and before.pickle),
            pulled_at=datetime.now(UTC).isoformat(timespec="seconds"),
            files=records,
        )

    def _publish(self, partial: Path, pin: Pin) -> None:
        for file in partial.iterdir():
            if file.name not in pin.files:
                file.unlink()
        Manifest(self.card.id, pin.revision, pin.pulled_at, {}, pin.files).write(partial)
        known: Any = replace(self.source, files={name: record.sha256 for name, record in pin.files.items()})
        place = models.pulled(replace(self.card, source=known), self.cache)
        if place:
            atomic.publish(partial, place)
