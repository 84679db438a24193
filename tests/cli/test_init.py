"""`por init` lays out a folder that is documented to the last key and works at once on the example's chain."""

from __future__ import annotations

import re
import time
import tomllib
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest

from examples.demo import customers, node
from examples.demo.sign import sign_all
from fixtures.chain import LocalChain
from por import snapshot as snapshots
from por.cli.commands import init
from por.documents import Document, read
from por.header import show_time
from por.pipeline import config
from por.reserves import declared, wallets
from por.solvency import prices
from tests.conftest import World, good, por

OPTIONAL = re.compile(r"^#(?=[a-z_]+ = )", re.M)
"""A line that one may write, as the templates show it."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    good("init", tmp_path / "mine")
    return tmp_path / "mine"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_works_on_the_local_chain(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    totals = customers.write_ledger(mine / "ledger.csv", accounts=200)
    with LocalChain(start=int(time.time()) - node.HISTORY) as chain:
        node.open_shop(chain, totals, tmp_path / "shop")
        good("init", mine, "--as-of", show_time(int(time.time()) - 3000))
        settings = mine / "por.toml"
        settings.write_text(settings.read_text().replace("http://127.0.0.1:8545", chain.url))
        good("keys", "new", mine / "secret/attest.pem", "--name", "example.jp/reserves", "--no-passphrase")
        good("keys", "new", mine / "secret/master.key", "--master", "--no-passphrase")
        at = ("wallets", "challenge", mine / "wallets.csv", "--snapshot", mine / "snapshot.toml")
        good(*at, "--node", f"eip155:31337={chain.url}", "-o", mine / "challenges")
        assert len(sign_all(mine / "challenges")) == 3
        good("wallets", "import", mine / "wallets.csv", "--signatures", mine / "challenges", "-o", mine / "control")
        good("run", settings)
        good(
            *("audit", mine / "publication", "--key", mine / "secret/attest.pub"),
            *("--node", f"eip155:31337={chain.url}"),
        )


def test_the_example_wallets_are_the_example_chains(folder: Path, world: World) -> None:
    found = wallets.load_wallets(folder / "wallets.csv")
    ours = world.shop.addresses
    assert [row.parsed.address for row in found] == [ours.hot, ours.cold, ours.guarantee]


def test_what_is_laid_out_parses_as_it_is(folder: Path) -> None:
    config.load_config(folder / "por.toml")
    snapshots.Snapshot.load(folder / "snapshot.toml")
    declared.load_declared(folder / "declared.toml")
    assert [row.asset for row in prices.load_prices(folder / "prices.csv").quotes] == ["ETH", "JPYC", "USDC"]


def test_every_line_is_explained(folder: Path) -> None:
    for name in ("por.toml", "snapshot.toml", "declared.toml"):
        for line in (folder / name).read_text().splitlines():
            assert "=" not in line.partition("#")[0] or "#" in line, f"{name}: {line}"
            assert not OPTIONAL.match(line) or "# optional" in line, f"{name}: {line}"
    for name, columns in (("wallets.csv", wallets.HEADER), ("prices.csv", prices.HEADER)):
        for column in columns:
            assert re.search(rf"^#   {column} ", (folder / name).read_text(), re.M), f"{name}: {column}"


MODELS: dict[str, type[Document]] = {
    "por.toml": config.ConfigDocument,
    "declared.toml": declared._Document,
}


@pytest.mark.parametrize("name", MODELS)
def test_every_key_is_shown_and_optional_lines_can_be_written(folder: Path, name: str) -> None:
    text = OPTIONAL.sub("", (folder / name).read_text())
    assert text != (folder / name).read_text()
    shown = tomllib.loads(text)
    read(MODELS[name], shown, where=name)
    assert missing(MODELS[name], shown) == []


def test_every_key_of_snapshot_toml_is_shown(folder: Path) -> None:
    text = OPTIONAL.sub("", (folder / "snapshot.toml").read_text())
    assert text != (folder / "snapshot.toml").read_text()
    snapshots.Snapshot.parse(tomllib.loads(text), where="snapshot.toml")
    assert missing_in_snapshot(text) == []
    for key in ("decimals", "account_id_kind", "split_above"):
        assert missing_in_snapshot(re.sub(rf"^{key} = .*$", "", text, flags=re.M)) == [key]


def missing_in_snapshot(text: str) -> list[str]:
    """The keys of snapshot.toml that no table of its kind in `text` has."""
    shown = tomllib.loads(text)
    found = [key for key in snapshots.LEDGER if key not in shown["ledger"]]
    assets = {key for row in shown["assets"].values() for key in row}
    return found + [key for key in (*snapshots.ASSET, *snapshots.ASSET_OPTIONAL) if key not in assets]


def missing(model: type[Document], shown: dict[str, Any], place: str = "") -> list[str]:
    """The keys of a model that a document nowhere has, those of inner tables and lists of tables included."""
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    found = [place + key for key in fields if key not in shown]
    for key, field in fields.items():
        within = parts(field.annotation)
        for inner in within:
            if key in shown and isinstance(inner, type) and issubclass(inner, Document):
                named = any(get_origin(part) is dict for part in within)
                rows = shown[key] if isinstance(shown[key], list) else [*shown[key].values()] if named else [shown[key]]
                # A key counts as shown when one of the rows has it.
                found += missing(inner, {name: row[name] for row in rows for name in row}, f"{place}{key}.")
    return found


def parts(annotation: Any) -> list[Any]:
    """An annotation and all that stands within it: list[X], dict[str, X], X | None."""
    return [annotation, *(part for inner in get_args(annotation) for part in parts(inner))]


def test_the_walk_misses_nothing() -> None:
    text = OPTIONAL.sub("", init.template("por.toml"))
    for key in ("ledger", "as_of", "mark_percent"):
        cut = re.sub(rf"^{key} = .*$", "", text, flags=re.M)
        assert any(place.endswith(key) for place in missing(MODELS["por.toml"], tomllib.loads(cut)))


@pytest.mark.parametrize("name", [*init.FILES, init.SECRETS])
def test_nothing_is_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    (tmp_path / "ledger.csv").write_text("mine too")
    before = contents(tmp_path)
    ran = por("init", tmp_path)
    assert ran.code == 2 and name in ran.err and "hint: " in ran.err
    assert contents(tmp_path) == before


def test_again_is_refused_and_a_file_is_no_folder(folder: Path, tmp_path: Path) -> None:
    before = contents(folder)
    ran = por("init", folder)
    assert ran.code == 2 and all(name in ran.err for name in init.FILES)
    assert contents(folder) == before
    assert por("init", folder / "por.toml").code == 2
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    assert por("init", tmp_path / "dangling").code == 2


def test_a_failure_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody puts a file there between the look and the writing: the last one that is laid out."""
    (tmp_path / "mine").mkdir()
    lay_out = init._fill

    def slow(folder: Path, made: Path, names: Any) -> None:
        (folder / "por.toml").write_text("somebody's")
        lay_out(folder, made, names)

    monkeypatch.setattr(init, "_fill", slow)
    assert por("init", tmp_path / "mine").code == 4
    assert contents(tmp_path / "mine") == {"por.toml": b"somebody's"}
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["por.toml"]


def test_secrets_have_a_folder_of_their_own(folder: Path) -> None:
    assert (folder / "secret").stat().st_mode & 0o777 == 0o700
    ignored = (folder / ".gitignore").read_text().splitlines()
    assert {"secret/", "work/", "ledger*"} <= set(ignored)


def test_dates_are_of_the_moment_given() -> None:
    moment = 1_832_000_000  # 2028-01-20T16:53:20Z, in the business year that began in April 2027
    texts = "".join(init.dated(init.template(name), moment) for name in init.FILES)
    assert texts.count("2028-01-20T16:53:20Z") == 4 and texts.count('"2028-01-20"') == 7
    assert re.findall(r"^year = (\d+)", texts, re.M) == ["2025", "2026", "2027"]
    assert 'from = "2027-04-01"' in texts and 'to = "2028-03-31"' in texts
    again = init.dated(init.template("snapshot.toml"), moment)
    assert 'as_of = "2028-01-20T16:53:20Z"' in again
