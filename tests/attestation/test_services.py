"""Keys named by securesystemslib's URIs.

Its signer for a key in a file stands in for the services, of which none is here: AWS, Azure, Google and Vault are not
tested against the real thing. What is theirs and can be tested is how URIs are read, and that each says what it needs.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from por.attestation import private
from por.attestation.keys import Algorithm
from por.attestation.signers import SERVICES, open_signer, scheme_of
from por.errors import PorError
from tests.attestation import samples

GOOD = {
    "awskms": ("alias/por", "1234abcd-12ab-34cd-56ef-1234567890ab", "arn:aws:kms:ap-northeast-1:111122223333:key/1234"),
    "azurekms": ("//vault.vault.azure.net/keys/por/78deebed173b48e48f55abf87ed4cf71",),
    "gcpkms": ("projects/p/locations/asia-northeast1/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1",),
    "hv": ("por/1",),
}
BAD = {
    "awskms": ("", "a b", "x\n"),
    "azurekms": ("", "vault/keys/por/1", "//vault/secrets/por/1", "//vault/keys/por"),
    "gcpkms": ("", "projects/p/locations/l/keyRings/r/cryptoKeys/k", "p/l/r/k/1"),
    "hv": ("", "por", "por/0", "por/x", "por/1/2", "../por/1"),
}
CLIENTS = {"awskms": "boto3", "azurekms": "azure.identity", "gcpkms": "google.cloud.kms", "hv": "hvac"}


def never(what: str) -> bytes:
    raise AssertionError("asked for a passphrase")


def opened(uri: str, signer: private.FileSigner) -> str:
    with pytest.raises(PorError) as caught:
        open_signer(uri, ask=never, public=signer.public)
    assert caught.value.hint
    return caught.value.code


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_what_they_sign_is_what_we_sign(algorithm: Algorithm, tmp_path: Path) -> None:
    mine = private.generate(algorithm)
    private.write_private(tmp_path / "key.pem", mine, None)
    signer = open_signer(f"file2:{tmp_path}/key.pem", ask=never, public=mine.public)
    assert signer.public == mine.public
    mine.public.verify(signer.sign(b"message"), b"message", where="a")
    exchange = samples.exchange(tmp_path / "exchange")
    exchange.attest(signer=signer)


def test_the_key_is_the_one_of_the_public_part(tmp_path: Path) -> None:
    mine = private.generate()
    private.write_private(tmp_path / "key.pem", mine, None)
    assert opened(f"file2:{tmp_path}/key.pem", private.generate()) == "signer-differs"
    with pytest.raises(PorError) as caught:
        open_signer(f"file2:{tmp_path}/key.pem", ask=never)
    assert caught.value.code == "signer-public"
    assert opened(f"file2:{tmp_path}/nobody.pem", mine) == "signer-unreachable"


@pytest.mark.parametrize("uri", [f"{scheme}:{path}" for scheme, paths in BAD.items() for path in paths])
def test_what_is_no_uri_is_refused_before_anything_is_asked(uri: str) -> None:
    assert scheme_of(uri) in SERVICES
    assert opened(uri, private.generate(Algorithm.P256)) == "signer-uri"


@pytest.mark.parametrize("uri", [f"{scheme}:{path}" for scheme, paths in GOOD.items() for path in paths])
def test_each_says_what_it_needs(uri: str) -> None:
    scheme = str(scheme_of(uri))
    try:
        importlib.import_module(CLIENTS[scheme])
    except ImportError:
        pass
    else:
        pytest.skip(f"{CLIENTS[scheme]} is installed")
    with pytest.raises(PorError) as caught:
        open_signer(uri, ask=never, public=private.generate(Algorithm.P256).public)
    assert caught.value.code == "extra-missing"
    assert all(name in caught.value.hint for name in SERVICES[scheme][1].split())


@pytest.mark.parametrize(
    "value", ["attest.pem", "secret/attest.pem", "./awskms", "C:attest.pem", "https://x/attest.pem"]
)
def test_a_path_is_a_path(value: str) -> None:
    assert scheme_of(value) is None


def test_nothing_is_imported_before_it_is_used() -> None:
    code = (
        "import por.cli.commands.attest, por.attestation.signers, por.attestation.publication, sys;"
        " print([m for m in sys.modules if m in ('securesystemslib', 'pkcs11', 'rfc3161_client')])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
