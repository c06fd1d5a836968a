"""What requirements lead to, by what the installed packages say of themselves."""

from collections.abc import Iterable, Iterator, Set
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def reached(requirements: Iterable[str], leaving_out: Set[str] = frozenset()) -> set[str]:
    """The names of the packages that requirements lead to here, their own among them, whether installed or not."""
    seen, open_ = set[tuple[str, str]](), list(held(requirements))
    while open_:
        asked = open_.pop()
        name = canonicalize_name(asked.name)
        for extra in ("", *asked.extras):
            if name not in leaving_out and (name, extra) not in seen:
                seen.add((name, extra))
                open_ += held(distribution(name).requires or [], extra) if is_installed(name) else []
    return {name for name, _ in seen}


def held(requirements: Iterable[str], extra: str = "") -> Iterator[Requirement]:
    """Those of the requirements that hold on this machine, with an extra of who has them."""
    for one in map(Requirement, requirements):
        if one.marker is None or one.marker.evaluate({"extra": extra}):
            yield one


def is_installed(name: str) -> bool:
    """Whether there is such a package."""
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True
