"""What tells that a number is an hour, and which other numbers may say the same time."""

import re

from polygist.numerals.formats import Value

# What makes the number before it an hour; the end of a span of time may stand between: 10 to 11 p.m.
WORD = re.compile(
    r"(?:\s?(?:[-–]|to|and|bis|und|до|та|і)\s?\d\d?(?:[.:]\d\d)?)?\s{0,2}[-–]?\s?"
    r"(?:[ap]\.?\s?m\b|o['’]clock|uhr\b|h\b|hrs?\b|hours\b|gmt\b|utc\b|c?est\b|cet\b"
    r"|год|вечора|ранку|ночі|дня\b|abends|morgens|nachts|nachmittags)",
    re.IGNORECASE,
)
# Minutes on the way to the hour that is named: halb sechs (5:30), quarter to six, пів на шосту.
TOWARDS = re.compile(
    r"(?<!\w)(?:halb|quarter to|(?:drei)?viertel(?: vor)?|пів на|за чверть|чверть (?:на|до))\s([^\W\d_]{1,20}+)",
    re.IGNORECASE,
)


def other(hour: Value) -> tuple[Value, ...]:
    """The hour on the other clock: 10 -> 22, 22 -> 10."""
    n = int(hour) if len(hour) < 3 else 99
    if n > 24:
        return ()
    return ("12", "24") if n == 0 else ("0", "24") if n == 12 else (str(n + 12 if n < 12 else n - 12),)


def before(hour: Value) -> tuple[Value, ...]:
    """What "quarter to" an hour of 1 to 12 says: the one before it, on both clocks, and 45 minutes: 6 -> 5, 17, 45."""
    last = str((int(hour) - 2) % 12 + 1)
    return (last, *other(last), "45")
