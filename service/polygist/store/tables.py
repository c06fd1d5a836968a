"""Strict reading of TOML tables into frozen dataclasses."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from polygist.errors import CardInvalid

T = TypeVar("T")


def read(cls: type[T], file: Path) -> T:
    """The file as an instance of the dataclass `cls`. Raises CardInvalid, see `fill`."""
    return fill(cls, load(file), file)


def load(file: Path) -> dict[str, Any]:
    """The table in a file. Raises CardInvalid where there is none."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise CardInvalid(f"{file}: can't be read: {error}") from error


def fill(cls: type[T], table: Mapping[str, Any], file: Path) -> T:
    """A table as an instance of the dataclass `cls`; nested tables become its nested dataclasses.

    A field without a default is a required key. Raises CardInvalid naming the file, the key, and what is valid there.
    """
    return _table(cls, table, file, "")


def _table(cls: type[T], table: Mapping[str, Any], file: Path, prefix: str) -> T:
    types = _types(cls)  # type: ignore[arg-type]  # classes are hashable
    valid = [f for f in fields(cls) if f.init]  # type: ignore[arg-type]  # callers hand in dataclasses
    names = [f.name for f in valid]
    for key in table:
        if key not in names:
            raise CardInvalid(f"{file}: unknown key {prefix + key!r}; valid keys: {listed(prefix + n for n in names)}")
    for f in valid:
        if f.name not in table and f.default is MISSING and f.default_factory is MISSING:
            raise CardInvalid(
                f"{file}: missing key {prefix + f.name!r}; keys given: {listed(prefix + k for k in table)}"
            )
    return cls(**{key: _value(types[key], value, file, prefix + key) for key, value in table.items()})


@cache
def _types(cls: type) -> dict[str, Any]:
    """Takes longer than all else for a card."""
    return get_type_hints(cls)


def _value(kind: Any, value: Any, file: Path, key: str) -> Any:
    origin, args = get_origin(kind), get_args(kind)
    if origin is Literal:
        return _value(str, value, file, key)
    if origin is UnionType:
        return _value(next(a for a in args if a is not NoneType), value, file, key)
    if is_dataclass(kind) and isinstance(kind, type) and isinstance(value, dict):
        return _table(kind, value, file, f"{key}.")
    if origin is tuple and isinstance(value, list):
        kinds = [args[0]] * len(value) if args[-1] is Ellipsis else list(args)
        if len(kinds) == len(value):
            return tuple(_value(k, v, file, f"{key}[{i}]") for i, (k, v) in enumerate(zip(kinds, value, strict=True)))
    if origin is Mapping and isinstance(value, dict):
        return {k: _value(args[1], v, file, f"{key}.{k}") for k, v in value.items()}
    if kind is float and type(value) is int:
        return float(value)
    if isinstance(kind, type) and origin is None and type(value) is kind:
        return value
    raise CardInvalid(f"{file}: {key!r} must be {_describe(kind)}, got {value!r}")


def _describe(kind: Any) -> str:
    if is_dataclass(kind):
        return "a table"
    if get_origin(kind) is tuple:
        return f"a list of {len(get_args(kind))} values" if get_args(kind)[-1] is not Ellipsis else "a list"
    names = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}
    return names.get(kind, "a table")


def listed(names: Iterable[str]) -> str:
    """Names in order for a message: "a, b", or "none".

    >>> listed(["b", "a"])
    'a, b'
    """
    return ", ".join(sorted(names)) or "none"
