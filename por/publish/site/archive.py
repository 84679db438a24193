"""A publication as one .zip: the same files give the same bytes, on every machine."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The first moment that a .zip can tell."""

_UNIX, _FILE = 3, 0o100644 << 16


def pack(files: Mapping[str, bytes], *, top: str) -> bytes:
    """Return a .zip of these files in a folder `top`, by name.

    They are stored as they are: what deflate makes of them differs between versions of zlib, and web servers compress
    on the way.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{top}/{name}", _LONG_AGO)
            entry.create_system, entry.external_attr = _UNIX, _FILE
            archive.writestr(entry, data)
    return out.getvalue()
