"""The zone that times are read and shown in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from tlx import units
from tlx.config import ConfigError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Local(tzinfo):
    """The zone of this machine, with its summers and winters."""

    def utcoffset(self, when: datetime | None) -> timedelta | None:
        return None if when is None else when.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, _when: datetime | None) -> timedelta | None:
        return None

    def tzname(self, when: datetime | None) -> str | None:
        return None if when is None else when.replace(tzinfo=None).astimezone().tzname()

    def fromutc(self, when: datetime) -> datetime:
        return when.replace(tzinfo=UTC).astimezone().replace(tzinfo=self)


def zone(name: str | None) -> tzinfo:
    """Return the zone that --tz names: `utc` where it is not given, `local`, or one of the world's.

    Raises:
        ConfigError: there is no such zone.
    """
    if name is None or name.lower() == "utc":
        return UTC
    if name.lower() == "local":
        return _Local()
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise ConfigError(f"--tz: there is no zone {name!r}; write utc, local, or a name like Europe/Zurich") from None


def moment(time_ns: int | None, zone: tzinfo | None) -> str:
    """Return a time to the millisecond, with its distance from UTC."""
    if time_ns is None:
        return units.MISSING
    seconds, fraction = divmod(time_ns, units.NS_PER_S)
    try:
        when = (_EPOCH + timedelta(seconds=seconds)).astimezone(zone or UTC)
        text = when.replace(microsecond=fraction // units.NS_PER_US).isoformat(timespec="milliseconds")
    except (OSError, OverflowError, ValueError):
        return str(time_ns)
    return text.removesuffix("+00:00") + "Z" if zone in (None, UTC) else text
