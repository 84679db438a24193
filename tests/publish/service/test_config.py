"""proofs.toml: what it refuses, by line; and what the page shows of it is accepted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from por.errors import InputError, PorError
from por.publish.service.config import ASYMMETRIC, SYMMETRIC, load_config
from tests.publish.service.world import BY_HEADER, BY_TOKEN

PAGE = (Path(__file__).resolve().parents[3] / "docs/proofs-service.md").read_text()


def load(folder: Path, text: str):  # type: ignore[no-untyped-def]
    (folder / "proofs.toml").write_text(text)
    return load_config(folder / "proofs.toml")


HEAD = '[proofs]\nfiles = ["x"]\n'


def test_what_nobody_sets_is_safe(tmp_path: Path) -> None:
    found = load(tmp_path, HEAD + BY_HEADER)
    assert (str(found.address), found.watch, found.listen.exposed) == ("127.0.0.1:7281", None, False)
    assert found.limits.customer_per_minute and found.limits.address_per_minute
    assert set(load(tmp_path, HEAD + BY_TOKEN).token.algorithms) <= set(ASYMMETRIC)
    assert not set(ASYMMETRIC) & set(SYMMETRIC)


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (HEAD + '[auth.token]\nissuer = "x"\naudience = "y"\nalgorithms = ["none"]\n', 6, "algorithms"),
        (HEAD + "[limits]\ncustomer_per_minute = -1\n", 4, "customer_per_minute"),
        (HEAD + "[limits]\ncustomer_per_minut = 1\n", 4, "unknown key"),
        (HEAD + '[listen]\nworkers = "2"\n', 4, "workers"),
        (HEAD + '[auth.header]\nname = "X Account"\n', 4, "name"),
        (HEAD + '[auth.header]\nname = "X_Account"\n', 4, "name"),
        (HEAD + BY_TOKEN.replace("claim", "claim") + "leeway_seconds = 86400\n", 9, "leeway_seconds"),
        ("[proofs]\nfiles = []\n", 2, "files"),
    ],
)
def test_faults_have_a_line(tmp_path: Path, text: str, line: int, what: str) -> None:
    with pytest.raises(InputError) as found:
        load(tmp_path, text)
    assert f"line {line}:" in found.value.message and what in found.value.message


@pytest.mark.parametrize("address", ["", "7281", "127.0.0.1", "127.0.0.1:65536", "127.0.0.1:-1", "unix:", "[::1:7281"])
def test_no_address(tmp_path: Path, address: str) -> None:
    with pytest.raises(PorError):
        load(tmp_path, f'{HEAD}[listen]\naddress = "{address}"\n{BY_HEADER}')


@pytest.mark.parametrize("address", ["127.0.0.1:1", "127.9.9.9:0", "[::1]:7281", "unix:run/x.sock"])
def test_addresses_of_this_machine(tmp_path: Path, address: str) -> None:
    assert load(tmp_path, f'{HEAD}[listen]\naddress = "{address}"\n{BY_HEADER}').address.local


def test_the_page_shows_configurations_that_are_taken(tmp_path: Path) -> None:
    blocks = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.S | re.M)
    assert len(blocks) >= 2
    for block in blocks:
        load(tmp_path, block if "[proofs]" in block else HEAD + block)


def test_the_page_names_every_setting_and_reason() -> None:
    from por.publish.service.config import ConfigDocument
    from por.publish.service.measures import _HELP, REASONS

    for table in ("proofs", "listen", "limits"):
        model = ConfigDocument.model_fields[table].annotation
        assert model is not None
        for name in model.model_fields:
            assert f"`{name}`" in PAGE, name
    for name in (*REASONS, *_HELP):
        assert f"`{name}`" in PAGE, name
