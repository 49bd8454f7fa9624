"""Single values of a free-form document: text, whole numbers, decimals, gender, days and moments."""

import hashlib
import re
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from etl.normalize.understood import UNKNOWN, Understood, doubtful

SHORT, LONG = 200, 1000
"""Characters that a name or code, and a free text such as a street, may have in a column."""
_MAX_ID_BYTES = 200
_INT4 = 2**31 - 1
_GENDERS = {
    **dict.fromkeys(("m", "male", "man", "men", "mr", "h", "boy"), "MALE"),
    **dict.fromkeys(("f", "female", "woman", "women", "w", "mrs", "ms", "girl"), "FEMALE"),
}
_ISO_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_OTHER_DAY = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", re.ASCII)
_WORDED = re.compile(
    r"(?:[a-z]{3,9},?\s+)?(?:(\d{1,2})(?:st|nd|rd|th)?[\s-]+([a-z]{3,9})|([a-z]{3,9})[\s-]+(\d{1,2})(?:st|nd|rd|th)?)\.?,?[\s-]+(\d{4})",
    re.ASCII,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_EPOCH_SECONDS = (10**8, 5 * 10**9)
_N_MONTHS = 12


def clean(text: str) -> str:
    """Answer the text as a table can hold it: NUL and lone surrogates become the replacement character."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def text_of(value: Any, limit: int = SHORT) -> Understood[str]:
    """Answer the trimmed text of a string, number or boolean; what is longer than `limit` is cut, with a doubt."""
    if isinstance(value, str):
        text = clean(value).strip()
        if text and len(text) <= limit:
            return Understood(text)
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, int | float):
        text = str(value)
    elif isinstance(value, list) and all(isinstance(part, str | int | float) for part in value):
        text = ", ".join(clean(str(part)).strip() for part in value)
    else:
        return UNKNOWN if value is None else doubtful("not_text", "a text was expected here")
    if len(text) > limit:
        return doubtful("too_long", f"longer than {limit} characters: cut here, whole in extra", text[:limit])
    return Understood(text or None)


def long_text(value: Any) -> Understood[str]:
    """Answer a text of up to a thousand characters."""
    return text_of(value, LONG)


def identifier(value: Any) -> str | None:
    """Answer an identifier fit for a key: one that is too long keeps its beginning and a digest of the whole."""
    text = text_of(value, limit=10**9).value if isinstance(value, str | int | float) else None
    return None if text is None else fit_for_key(text)


def fit_for_key(text: str) -> str:
    """Answer the text itself, or, where it is too long for a key, its beginning and a digest of the whole."""
    raw = clean(text).encode()
    if len(raw) <= _MAX_ID_BYTES:
        return raw.decode()
    return raw[:120].decode(errors="ignore") + "~" + hashlib.sha256(raw).hexdigest()[:32]


def whole_number(value: Any) -> Understood[int]:
    """Answer an integer of 32 bits, from a number or its spelling; fractions are doubtful."""
    if type(value) is int and abs(value) <= _INT4:
        return Understood(value)
    number = _number(value)
    if number is None:
        return UNKNOWN if value is None or value == "" else doubtful("not_a_number", f"{value!r:.80} is not a number")
    if number != number.to_integral_value() or abs(number) > _INT4:
        return doubtful("not_a_whole_number", f"{value!r:.80} is not a whole number that fits")
    return Understood(int(number))


def decimal_number(value: Any) -> Understood[float]:
    """Answer a number such as a percentage; a percent sign is ignored."""
    number = _number(value.strip().removesuffix("%") if isinstance(value, str) else value)
    if number is None:
        return UNKNOWN if value is None or value == "" else doubtful("not_a_number", f"{value!r:.80} is not a number")
    if abs(number) > _INT4:
        return doubtful("out_of_range", f"{value!r:.80} is out of any range")
    return Understood(float(number))


def gender(value: Any) -> Understood[str]:
    """Answer MALE, FEMALE or OTHER."""
    text, doubt = text_of(value)
    return Understood(_GENDERS.get(text.lower().rstrip("."), "OTHER") if text else None, doubt)


def day(value: Any) -> Understood[date]:
    """Answer the day that a value names, whatever time of day stands beside it."""
    found, doubt = _dated(value)
    return Understood(found.date() if found else None, doubt)


def moment(value: Any) -> Understood[datetime]:
    """Answer the moment that a value names, aware, in UTC; a day without a time is its first moment.

    Understood are ISO 8601, 2012/7/10, 20120710, 7/10/2012 (month first, unless it can only be the day),
    "10 July 2012", "Jul 10, 2012", and seconds or milliseconds since 1970. Years outside 1900..2100 are doubtful
    and have no value.
    """
    found, doubt = _dated(value)
    return Understood(found.astimezone(UTC) if found else None, doubt)


def _dated(value: Any) -> Understood[datetime]:
    """Answer the moment in the zone in which it was written, so that its day is the day as written."""
    if value is None or value == "":
        return UNKNOWN
    found, doubt = _moment(value)
    if found is None:
        return doubtful("not_a_date", f"{value!r:.80} is not a date")
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        return doubtful("date_out_of_range", f"{value!r:.80} is not between {_FIRST_YEAR} and {_LAST_YEAR}")
    return doubtful("ambiguous_date", f"{value!r:.80} is read month first", found) if doubt else Understood(found)


def _moment(value: Any) -> tuple[datetime | None, bool]:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC), False
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC), False
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_number(value), False
    if not isinstance(value, str):
        return None, False
    try:
        return _from_text(value.strip())
    except (ValueError, OverflowError):
        return None, False


def _from_number(value: float) -> datetime | None:
    spelled = str(value)
    if len(spelled) == len("20120710"):
        return _ymd(_COMPACT_DAY.fullmatch(spelled))
    for scale in (1, 1000):
        if _EPOCH_SECONDS[0] <= value / scale <= _EPOCH_SECONDS[1]:
            return datetime.fromtimestamp(value / scale, UTC)
    return None


def _from_text(text: str) -> tuple[datetime | None, bool]:
    if match := _ISO_DAY.fullmatch(text) or _COMPACT_DAY.fullmatch(text):
        return _ymd(match), False
    if match := _OTHER_DAY.fullmatch(text):
        first, second, year = int(match[1]), int(match[2]), int(match[3])
        month, day_ = (second, first) if first > _N_MONTHS else (first, second)
        return datetime(year, month, day_, tzinfo=UTC), first <= _N_MONTHS and second <= _N_MONTHS and first != second
    if match := _WORDED.fullmatch(text.lower()):
        month_name, day_text = match[2] or match[3], match[1] or match[4]
        return datetime(int(match[5]), _MONTHS.index(month_name[:3]) + 1, int(day_text), tzinfo=UTC), False
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC), False


def _ymd(match: re.Match[str] | None) -> datetime | None:
    if match is None:
        return None
    try:
        return datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=UTC)
    except ValueError:
        return None


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and len(value) > len(str(_INT4)) * 2:
        return None
    try:
        number = Decimal(value.strip().replace(",", "") if isinstance(value, str) else repr(value))
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() else None
