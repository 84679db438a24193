"""A nightly run whose log's head a real witness cosigns, in its own process on loopback."""

from __future__ import annotations

from pathlib import Path

from por import canonical
from por.attestation.keys import parse_public
from tests.conftest import por
from tests.pipeline.conftest import Night
from tests.witness import Tree, make, running

ORIGIN = "Example-Exchange-K.K./reserves"


def cosigned(night: Night, line: str) -> str:
    ran = por("audit", night.publication(), "--key", night.key, "--json")
    name, _, _ = line.partition("+")
    text = (night.publication() / "log/checkpoint").read_text()
    assert (night.folder / "log/checkpoint").read_text() == text
    assert ran.code in (0, 1)
    return name if f"\n— {name} " in text else ""


def watched(night: Night, folder: Path) -> str:
    """Begin a witness that watches the log of the night's key; return its line."""

    class Line(Tree):
        @property
        def line(self) -> str:
            return parse_public(night.key.read_bytes(), where="key").verifier_line(ORIGIN)

    return make(folder, Line(origin=ORIGIN)).line


def test_a_run_asks_witnesses(night: Night, tmp_path: Path) -> None:
    line = watched(night, tmp_path / "w")
    plain = night.config.read_text()
    with running(tmp_path / "w") as server:
        night.config.write_text(plain + f'[witnesses]\nurls = ["{server.url}"]\nkeys = ["{line}"]\n')
        checked = night.run("--check")
        assert "witness.example/w1" in checked.out and not (night.folder / "log").exists()
        assert night.run().code == 1, "the world's statement of that day states a shortfall"
        assert cosigned(night, line)
        before = night.written()
        assert night.run().code == 1 and night.written() == before


def test_a_witness_out_of_reach_leaves_a_publication_to_be_finished(night: Night, tmp_path: Path) -> None:
    line = watched(night, tmp_path / "w")
    with running(tmp_path / "w") as server:
        url = server.url
    plain = night.config.read_text()
    night.config.write_text(plain + f'[witnesses]\nurls = ["{url}"]\nkeys = ["{line}"]\n')
    ran = night.run()
    assert ran.code == 4 and (night.publication() / "attestation.json").is_file() and not cosigned(night, line)
    signed = (night.publication() / "attestation.json").read_bytes()
    with running(tmp_path / "w") as server:
        night.config.write_text(plain + f'[witnesses]\nurls = ["{server.url}"]\nkeys = ["{line}"]\n')
        assert night.run().code == 1 and cosigned(night, line)
    assert (night.publication() / "attestation.json").read_bytes() == signed


def test_a_witness_that_saw_another_history_ends_the_run(night: Night, tmp_path: Path) -> None:
    line = watched(night, tmp_path / "w")
    state = tmp_path / "w" / "state" / canonical.digest(ORIGIN.encode())
    with running(tmp_path / "w") as server:
        night.config.write_text(night.config.read_text() + f'[witnesses]\nurls = ["{server.url}"]\nkeys = ["{line}"]\n')
        assert night.run().code == 1
        kept = state.read_text()
        state.write_text(kept.replace(f"{ORIGIN}\n1\n", f"{ORIGIN}\n7\n"))
        (night.folder / "work/run.json").unlink()
        again = night.run()
    assert again.code == 1 and "has cosigned 7 entries of this log, and this head has" in again.err, again.err
