"""Which statement a run is about: its sequence and moment, from snapshot.toml or from the log and the clock."""

from __future__ import annotations

from dataclasses import replace

from por.attestation.statement import Head
from por.errors import InputError, UsageError
from por.header import Header, parse_time, show_time
from por.pipeline.config import check_clock

DAY = 86_400


def moment(text: str, *, now: int) -> str:
    """Return the as-of time for `text`: a time as it is, or the last moment at which a clock showed HH:MMZ.

    `now` is Unix seconds. InputError when it is neither, or in the future.
    """
    if len(text) > len("HH:MMZ"):
        if parse_time(text, where="--as-of") > now:
            raise InputError(f"--as-of {text} is in the future", code="as-of-future", hint="statements look back")
        return text
    check_clock(text, where="--as-of")
    midnight = now - now % DAY
    at = midnight + int(text[:2]) * 3600 + int(text[3:5]) * 60
    return show_time(at if at <= now else at - DAY)


def next_header(header: Header, *, last: Head | None, as_of: str, correction: bool) -> Header:
    """Return the header of the statement to make after `last`, the newest in the log.

    The same moment again is the same statement (a timer may call twice), unless it is a correction. UsageError when
    the moment is before the last statement's.
    """
    if last is None:
        return replace(header, as_of=as_of)
    if (last.header.issuer, last.header.scope) != (header.issuer, header.scope):
        raise InputError(
            f"snapshot.toml is about {header.issuer} ({header.scope}), the log about {last.header.issuer}"
            f" ({last.header.scope})",
            code="schedule-issuer",
            hint="use the log of this issuer and scope, or mend snapshot.toml",
        )
    if correction:
        return replace(header, as_of=as_of, sequence=last.header.sequence + 1)
    if as_of == last.header.as_of:
        return last.header
    if as_of < last.header.as_of:
        raise UsageError(
            f"the log has a statement as of {last.header.as_of} already, later than {as_of}",
            code="schedule-past",
            hint="statements only go forward; a correction takes --replaces and --reason",
        )
    return replace(header, as_of=as_of, sequence=last.header.sequence + 1)
