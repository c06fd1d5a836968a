"""Torch and transformers, which build models and run some: an installation that only serves may do without them."""

from importlib.util import find_spec

from polygist.errors import ConfigurationError

PACKAGES = ("torch", "transformers")


def need_builders(what: str) -> None:
    """Raises ConfigurationError where a package is not there that `what` needs."""
    missing = [package for package in PACKAGES if find_spec(package) is None]
    if missing:
        raise ConfigurationError(
            f"{what} needs {' and '.join(missing)}, not installed here: the slim image leaves out what builds "
            "models and runs them on torch; the full one and `pip install polygist` have it"
        )
