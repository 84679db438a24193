"""A PKCS#11 token of the tests' own: SoftHSM2 with its tokens in a folder, and keys made by OpenSC's pkcs11-tool."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PIN = "5678"
_PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)

_MADE: set[str] = set()


@dataclass(frozen=True)
class Token:
    """One token `por` with a user PIN."""

    folder: Path
    module: str

    def make_key(self, name: str, kind: str) -> None:
        """Make a key pair: `EC:prime256v1`, `EC:edwards25519`, `EC:secp384r1`."""
        subprocess.run(
            [
                *("pkcs11-tool", "--module", self.module, "--login", "--pin", PIN, "--token-label", "por"),
                *("--keypairgen", "--key-type", kind, "--label", name, "--id", name.encode().hex()),
            ],
            check=True,
            capture_output=True,
        )

    def make_key_once(self, name: str, kind: str) -> None:
        """Make a key pair, unless this process has."""
        if name not in _MADE:
            _MADE.add(name)
            self.make_key(name, kind)

    def uri(self, name: str, token: str = "por", **more: str) -> str:
        query = "&".join(
            f"{key.replace('_', '-')}={value}" for key, value in {"module_path": self.module, **more}.items()
        )
        return f"pkcs11:token={token};object={name}?{query}"


@cache
def make() -> Token:
    """Make a token `por` and an empty one `other`; once in a process, since the library reads SOFTHSM2_CONF once."""
    folder = Path(tempfile.mkdtemp(prefix="por-hsm."))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    module = next(place for place in _PLACES if Path(place).exists())
    (folder / "tokens").mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(settings)
    for label in ("por", "other"):
        subprocess.run(
            ["softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "1234", "--pin", PIN],
            check=True,
            capture_output=True,
        )
    return Token(folder=folder, module=module)
