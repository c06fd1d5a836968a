"""Lists of operations: which are asked for, and where the next page begins."""

import base64
import binascii
import hashlib
import re
from collections.abc import Collection

from polygist.errors import InvalidRequest, Violation
from polygist.jobs.records import ENDS, State

_SIZE, _MOST = 50, 1_000
_LONGEST = 1_000
# AIP-160, as much of it as there are facts: conditions that all hold.
_CONDITION = re.compile(r"\s*(done|(?:metadata\.)?state)\s*(!?=)\s*\"?(\w+)\"?\s*")
_STATES = {state.name: frozenset({state}) for state in State}
_DONE = {"true": ENDS, "false": frozenset(State) - ENDS}


def states(text: str) -> Collection[State]:
    """The states that a filter leaves. Raises InvalidRequest where it is none, or asks for what can't be filtered by.

    >>> sorted(s.name for s in states("done=false AND state!=QUEUED"))
    ['CANCELLING', 'RUNNING']
    """
    left = frozenset(State)
    if len(text) > _LONGEST:
        raise _invalid(f"has {len(text)} code points, at most {_LONGEST}", "TOO_LONG")
    for condition in text.split(" AND ") if text.strip() else ():
        if not (found := _CONDITION.fullmatch(condition)):
            raise _invalid("is not of conditions such as done=false or state!=FAILED, with AND between", "UNSUPPORTED")
        field, operator, value = found.groups()
        known = _DONE if field == "done" else _STATES
        if (meant := known.get(value.removeprefix("STATE_"))) is None:
            raise _invalid(f"{field} is none of {', '.join(known)}", "UNSUPPORTED")
        left &= meant if operator == "=" else frozenset(State) - meant
    return left


def _invalid(said: str, reason: str) -> InvalidRequest:
    return InvalidRequest(Violation("filter", said, reason))


def size(asked: int) -> int:
    """Of a page: 50 where none is asked for, never more than 1,000. Raises InvalidRequest."""
    if asked < 0:
        raise InvalidRequest(Violation("page_size", "is below 0", "OUT_OF_RANGE"))
    return min(asked or _SIZE, _MOST)


def token(number: int, filter: str) -> str:
    """What the page behind the job with that number begins with."""
    return base64.urlsafe_b64encode(f"{number}:{_mark(filter)}".encode()).decode()


def before(token: str, filter: str) -> int | None:
    """The number of the job that the page before ended with; None for the first page. Raises InvalidRequest."""
    if not token:
        return None
    try:
        number, _, mark = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        if mark == _mark(filter) and 0 < int(number) < 2**63:
            return int(number)
    except (ValueError, binascii.Error):
        pass
    raise InvalidRequest(Violation("page_token", "is none that a list with this filter has returned", "INVALID"))


def _mark(filter: str) -> str:
    return hashlib.sha256(filter.encode()).hexdigest()[:16]
