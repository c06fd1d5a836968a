"""Where models can be pulled from; each kind of source has its origin."""

from collections.abc import Callable, Mapping
from pathlib import Path

from polygist.store.origins.archive import Archive
from polygist.store.origins.base import Origin
from polygist.store.origins.folder import Folder
from polygist.store.origins.hub import Hub
from polygist.store.origins.packages import Packages
from polygist.store.sources import ARCHIVE, FOLDER, HUB, PACKAGES, ModelSource

# Each gets the source, with the revision that is wanted, and a folder to work in, which may hold what was left there.
ORIGINS: Mapping[str, Callable[[ModelSource, Path], Origin]] = {
    FOLDER: lambda source, work: Folder(Path(source.path)),
    HUB: lambda source, work: Hub(source.repo, source.revision),
    ARCHIVE: lambda source, work: Archive(source.path, work),
    PACKAGES: lambda source, work: Packages(source.packages, work),
}
