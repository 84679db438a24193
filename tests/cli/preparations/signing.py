"""Key files with something wrong, timestamping authorities, tokens."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from por.attestation import envelope, private, timestamps
from por.attestation.keyfile import KeyFile
from tests import softhsm
from tests.attestation.keyworld import LAST, Keys
from tests.cli.stage import Stage, preparation
from tests.tsa import Authority, authority

_KEYS: dict[Path, tuple[Keys, list[KeyFile]]] = {}
_AUTHORITIES: dict[Path, list[Authority]] = {}


@preparation("keyfile")
def keyfile(stage: Stage, name: str, *words: str) -> None:
    """`setup keyfile keys/1.keys.json management attest.until=TIME until=TIME keepers=1 issuer=X drop=NAME gap`.

    Two of two keepers sign, the exchange's key prepares; a second one in a transcript is the version after the first.
    """
    keys, files = _KEYS.setdefault(stage.folder, (Keys(), []))
    keys.made["attest"] = private.load_private(stage.world.secret / "attest.pem")
    given = dict(word.partition("=")[::2] for word in words)
    thresholds = {"keys": 2, "preparer": 1} | ({"management": 1} if "management" in given else {})
    rows = [keys.row("keeper 1", "keys"), keys.row("keeper 2", "keys"), keys.row("attest", "preparer")]
    rows.append(keys.row("director", "management"))
    for word, value in given.items():
        if word == "attest.revoked":
            rows[2]["revoked"] = {"at": value, "reason": "stolen"}
        elif word.startswith("attest."):
            rows[2][word.partition(".")[2]] = value
    rows = [row for row in rows if row["name"] != given.get("drop")]
    more: dict[str, Any] = {"until": given.get("until", LAST), "issuer": given.get("issuer", "Example Exchange K.K.")}
    if files and "again" not in given:
        last = files[-1]
        more |= {"version": last.version + 1 + ("gap" in given), "previous": last.digest}
    if "witnesses" in given:
        more["witnesses"] = {"needed": int(given["witnesses"]), "keys": [stage.variables["WITNESS_KEY"]]}
    file = keys.file(rows, thresholds, **more)
    files.append(file)
    path = stage.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    signed = keys.signed(file, *("keeper 1", "keeper 2")[: int(given.get("keepers", "2"))])
    assert signed.envelope is not None
    path.write_bytes(signed.envelope.to_bytes())


@preparation("private")
def write_private(stage: Stage, name: str, who: str) -> None:
    """`setup private keeper.pem 'keeper 1'`: the signing key of somebody in the key file, and its .pub."""
    signer = _KEYS[stage.folder][0][who]
    private.write_private(stage.folder / name, signer, None)
    private.write_public((stage.folder / name).with_suffix(".pub"), signer.public)


@preparation("tsa")
def tsa(stage: Stage, moment: str) -> None:
    """`setup tsa '2026-11-21 00:00:00'`: an authority of that time; $TSA is its URL, $TSA_CA its root."""
    made = stage.stack.enter_context(authority())
    made.moment = moment
    _AUTHORITIES.setdefault(stage.folder, []).append(made)
    stage.variables.update({"TSA": made.url, "TSA_CA": str(made.root)})


@preparation("tsa-says")
def tsa_says(stage: Stage, what: str) -> None:
    """`setup tsa-says 503`, `refused`, `replayed` (over the right signature, for another question)."""
    made = _AUTHORITIES[stage.folder][-1]
    if what == "refused":
        made.answer = made.reply(b"no query")
    elif what == "replayed":
        from por.attestation.tsa import ask

        signed = envelope.parse((stage.folder / "publication/attestation.json").read_bytes(), where="a")
        made.answer = ask(made.url, signed.signatures[0].sig, where="a")
    else:
        made.answer = int(what)


@preparation("swap-timestamp")
def swap_timestamp(stage: Stage, name: str, other: str) -> None:
    """`setup swap-timestamp publication elsewhere`: the timestamp of another publication's signature."""
    (source,) = (stage.folder / other / timestamps.FOLDER).iterdir()
    (target,) = (stage.folder / name / timestamps.FOLDER).iterdir()
    shutil.copy(source, target)


@preparation("token")
def token(stage: Stage) -> None:
    """`setup token`: a PKCS#11 token `por` with a P-256 key `attest`; $MODULE is its library, pin.txt has its PIN."""
    made = softhsm.make()
    made.make_key_once("attest", "EC:prime256v1")
    made.make_key_once("large", "EC:secp384r1")
    (stage.folder / "pin.txt").write_text(f"{softhsm.PIN}\n")
    stage.variables["MODULE"] = made.module


@preparation("keys-toml")
def keys_toml(stage: Stage, name: str, version: str = "1") -> None:
    """`setup keys-toml keys.toml 2`: the last key file as a person writes it, with another issuer."""
    last = _KEYS[stage.folder][1][-1].document()
    lines = ['format = "por-keys/1"', 'issuer = "Another"', f"version = {version}"]
    lines += [f'{word} = "{last[word]}"' for word in ("from", "until")]
    lines += ["[thresholds]", *(f"{role} = {number}" for role, number in last["thresholds"].items())]
    for row in last["keys"]:
        lines += ["[[key]]", *(f'{word} = "{row[word]}"' for word in ("name", "public")), f"roles = {row['roles']}"]
    (stage.folder / name).write_text("\n".join(lines) + "\n")
