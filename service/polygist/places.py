"""Where errors happened, for logs, without what their messages may quote."""

import traceback


def place(error: BaseException) -> str:
    """Type and stack of an error and of its causes, without any message: those of libraries may hold article text."""
    parts: list[str] = []
    current: BaseException | None = error
    while current is not None:
        parts.append("".join(traceback.format_tb(current.__traceback__)) + type(current).__name__)
        current = current.__cause__
    return "\ncaused by\n".join(parts)
