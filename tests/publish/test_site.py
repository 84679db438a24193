"""`por publish`: what goes into a site, what never does, and how an older one is replaced."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from por import canonical
from por.pipeline.steps import digest_folder
from tests.attestation import tilereader
from tests.conftest import good, por
from tests.publish.conftest import order


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_site_holds_what_it_says_and_nothing_else(world, site):
    top = {"index", "feed", "verify", "site"}
    for name in names(site):
        first = name.split("/")[0]
        assert first.split(".")[0] in top | {"keys", "log", "statements"}, name
    for number, publication in ((1, world.publication), (2, world.shortfall)):
        folder = site / "statements" / str(number)
        assert digest_folder(folder / "publication") == digest_folder(publication)
        assert {path.name for path in folder.iterdir()} == {
            "index.html",
            "index.ja.html",
            "publication",
            f"statement-{number}.zip",
        }
    text = b"".join(path.read_bytes() for path in site.rglob("*") if path.is_file())
    nonces = re.findall(rb'"nonce":"([0-9a-f]+)"', world.proof.read_bytes())
    for secret in (world.account.encode(), (world.secret / "master.key").read_bytes().strip(), *nonces):
        assert secret not in text
    assert nonces


def test_every_file_is_shown_with_its_size_and_digest(site):
    page = (site / "statements/2/index.html").read_text()
    files = [path for path in (site / "statements/2/publication").rglob("*") if path.is_file()]
    for path in [*files, site / "statements/2/statement-2.zip"]:
        data = path.read_bytes()
        assert canonical.digest(data) in page
        assert f"{len(data):,}" in page


def test_the_zip_is_a_publication_that_an_audit_takes(world, site):
    path = site / "statements/1/statement-1.zip"
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {name.partition("/")[0] for name in archive.namelist()} == {"statement-1"}
    good("audit", path, "--key", world.key)
    good("audit", site / "statements/2/publication", "--key", world.key, "--previous", path, code=1)


def test_the_same_inputs_give_the_same_bytes_in_whatever_order(world, site, tmp_path):
    log = world.shop.folder / "log"
    good("publish", world.shortfall, world.publication, "-o", tmp_path / "again", "--key", world.key, "--log", log)
    assert digest_folder(tmp_path / "again") == digest_folder(site)
    assert digest_folder(site)


def test_the_log_reads_as_one_by_the_specification_alone(world, site):
    size, root = tilereader.checkpoint(site / "log")
    assert size == 2
    assert tilereader.entries(site / "log", size) == [
        (site / f"log/statement/{index}.json").read_bytes() for index in range(size)
    ]
    assert (site / "log/checkpoint").read_bytes() == (world.shop.folder / "log/checkpoint").read_bytes()
    assert root


def test_the_key_is_there_as_a_file_and_as_a_line(world, site):
    (path,) = (site / "keys").iterdir()
    assert path.read_bytes() == world.key.read_bytes()
    line = re.search(r"<code>([^<]+\+[0-9a-f]{8}\+[^<]+)</code>", (site / "index.html").read_text())
    assert line is not None
    good("verify", world.proof, "--key", line[1], "--account-id-file", world.account_file)


def test_modes_are_for_web_servers(site):
    assert {path.stat().st_mode & 0o777 for path in site.rglob("*") if path.is_file()} == {0o644}
    assert {path.stat().st_mode & 0o777 for path in [site, *site.rglob("*")] if path.is_dir()} == {0o755}


def test_gaps_are_said_on_the_page_and_to_whoever_publishes(world, tmp_path):
    log = world.shop.folder / "log"
    ran = good("publish", world.shortfall, "-o", tmp_path / "site", "--key", world.key, "--json")
    assert ran.document["gaps"] == [{"count": 1, "after": None, "before": 2}]
    assert "Missing here" in (tmp_path / "site/index.html").read_text()
    ran = good("publish", world.publication, "-o", tmp_path / "site", "--key", world.key, "--log", log)
    assert "not on it: 1 entry of the log after statement 1" in ran.out
    assert "statement-2.zip" not in "".join(names(tmp_path / "site"))


def test_an_older_site_is_replaced_and_a_failure_leaves_it(world, tmp_path):
    out = tmp_path / "site"
    good("publish", world.publication, "-o", out, "--key", world.key)
    before = digest_folder(out)
    copy = tmp_path / "copy"
    shutil.copytree(world.shortfall, copy)
    (copy / "reserves.json").write_bytes((copy / "reserves.json").read_bytes() + b" ")
    assert por("publish", world.publication, copy, "-o", out, "--key", world.key).code in (1, 3)
    assert digest_folder(out) == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    good(*order(world, out))
    assert (out / "statements/2").is_dir()


def test_what_is_no_site_is_not_replaced(world, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/cat.jpg").write_text("a cat")
    ran = por(*order(world, tmp_path / "photos"), "--json")
    assert (ran.code, ran.document["error"]["code"]) == (2, "out-occupied")
    good(*order(world, tmp_path / "site"))
    (tmp_path / "site/CNAME").write_text("example.com")
    ran = por(*order(world, tmp_path / "site"), "--json")
    assert (ran.code, ran.document["error"]["code"]) == (2, "site-foreign")
    assert "'CNAME'" in ran.document["error"]["message"]
    assert (tmp_path / "site/CNAME").read_text() == "example.com"


@pytest.mark.parametrize("name", ["proof.json", "annex.json", "evidence/ETH.tree", "proofs.por", "timestamps/x.tsr"])
def test_a_stray_file_in_a_publication_stops_it(world, tmp_path, name):
    copy = tmp_path / "publication"
    shutil.copytree(world.publication, copy)
    (copy / name).parent.mkdir(exist_ok=True)
    shutil.copy(world.proof, copy / name)
    ran = por("publish", copy, "-o", tmp_path / "site", "--key", world.key, "--json")
    assert (ran.code, ran.document["error"]["code"]) == (1, "publication-differs")
    assert name in ran.document["error"]["message"]
    assert not (tmp_path / "site").exists()


def test_a_timestamp_by_name_alone_is_no_way_out(world, tmp_path):
    copy = tmp_path / "publication"
    shutil.copytree(world.publication, copy)
    keyid = json.loads((copy / "attestation.json").read_text())["signatures"][0]["keyid"]
    (copy / "timestamps").mkdir()
    shutil.copy(world.proof, copy / f"timestamps/{keyid}-1.tsr")
    ran = por("publish", copy, "-o", tmp_path / "site", "--key", world.key, "--json")
    assert ran.document["error"]["code"].startswith("timestamp")
    assert not (tmp_path / "site").exists()


def test_another_exchanges_key_and_no_key(world, tmp_path):
    good("keys", "new", tmp_path / "other.pem", "--name", "other.jp", "--no-passphrase")
    ran = por("publish", world.publication, "-o", tmp_path / "site", "--key", tmp_path / "other.pub", "--json")
    assert ran.document["error"]["code"] == "signer-unknown"
    ran = por("publish", world.publication, "-o", tmp_path / "site", "--json")
    assert (ran.code, ran.document["error"]["code"]) == (5, "key-missing")
    assert not (tmp_path / "site").exists()
