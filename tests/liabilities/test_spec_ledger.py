"""The page on ledgers: its commands give the trees of its first example, and its codes are ours."""

import gzip
import re
import shlex
import uuid
from pathlib import Path

import fsspec
import pyarrow as pa
import pytest

from por.liabilities.build import build_liabilities
from tests import postgres
from tests.conftest import por
from tests.liabilities.ledgers import MASTER_KEY, SNAPSHOT_KEY, snapshot, write_parquet

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "spec" / "ledger.md").read_text()
BLOCKS = re.findall(r"^```(\w+) ?(\S*)\n(.*?)^```", PAGE, re.S | re.M)
FIRST = next(text for kind, name, text in BLOCKS if (kind, name) == ("csv", ""))
COMMANDS = [
    line
    for kind, _, text in BLOCKS
    if kind == "sh"
    for line in text.replace("\\\n", "").splitlines()
    if line.startswith("por liabilities build")
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Every file that the page names."""
    found = tmp_path_factory.mktemp("page")
    for _, name, text in BLOCKS:
        if name:
            (found / name).write_text(text)
    (found / "snapshot.toml").write_text(snapshot().to_toml())
    (found / "master.key").write_text(MASTER_KEY.hex() + "\n")
    (found / "ledger.csv").write_text(FIRST)
    (found / "ledger.csv.gz").write_bytes(gzip.compress(FIRST.encode()))
    (found / "ledger.csv.zst").write_bytes(pa.compress(FIRST.encode(), codec="zstd", asbytes=True))
    rows = [(who, asset, int(amount)) for who, asset, amount in (line.split(",") for line in FIRST.splitlines()[1:])]
    (found / "ledger").mkdir()
    write_parquet(found / "ledger" / "part-1.parquet", rows[:3])
    write_parquet(found / "ledger" / "part-2.parquet", rows[3:])
    return found


@pytest.fixture(scope="module")
def expected(folder):
    return build_liabilities(ledger=[folder / "ledger.csv"], snapshot=snapshot(), snapshot_key=SNAPSHOT_KEY, out=None)


@pytest.fixture(scope="module")
def server(folder):
    if postgres.programs() is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    with postgres.started() as found:
        values = ", ".join("('{}', '{}', {})".format(*line.split(",")) for line in FIRST.splitlines()[1:])
        found.run(
            "CREATE TABLE balances (account_id text, asset text, amount numeric(40))",
            f"INSERT INTO balances VALUES {values}",
        )
        (folder / "uri.txt").write_text(found.uri + "\n")
        yield found


@pytest.fixture
def bucket(folder):
    """A bucket of the memory store, in place of one in S3."""
    name = uuid.uuid4().hex
    store = fsspec.filesystem("memory")
    for path in (folder / "ledger").iterdir():
        store.pipe(f"/{name}/ledger/{path.name}", path.read_bytes())
    yield f"memory://{name}"
    store.rm(f"/{name}", recursive=True)


@pytest.mark.xdist_group("postgres")
@pytest.mark.parametrize("line", COMMANDS, ids=[f"{number}" for number, _ in enumerate(COMMANDS)])
def test_every_command_gives_the_trees_of_the_first_ledger(folder, expected, request, monkeypatch, line):
    if "--postgres" in line:
        request.getfixturevalue("server")
    if "s3://bucket" in line:
        line = line.replace("s3://bucket", request.getfixturevalue("bucket"))
    monkeypatch.chdir(folder)
    assert line.endswith(" ...")
    words = shlex.split(line.removesuffix("...").removeprefix("por "))
    ran = por(*words, "--snapshot", "snapshot.toml", "--master-key", "master.key", "-o", "liabilities")
    assert ran.code == 0, ran.err
    assert (folder / "liabilities" / "liabilities.json").read_bytes() == expected.to_bytes()


def test_all_commands_are_there():
    text = "\n".join(COMMANDS)
    for word in (
        "gz",
        "zst",
        "s3://",
        "*",
        "wide",
        "--column",
        "--class-column",
        "--ignore-column",
        "--sum-duplicates",
    ):
        assert word in text
    assert "--control-totals" in text and "--postgres-query" in text


def test_the_python_example(expected):
    names = {"snapshot": snapshot(), "key": SNAPSHOT_KEY}
    exec(next(text for kind, _, text in BLOCKS if kind == "python"), names)
    assert names["manifest"] == expected


def test_every_code_of_the_page_is_raised_somewhere_and_every_code_raised_here_is_on_the_page():
    told = {code for line in PAGE.splitlines() if line.startswith("| `") for code in re.findall(r"`([a-z-]+)`", line)}
    room = [*ROOT.glob("por/liabilities/ledger*.py"), *ROOT.glob("por/liabilities/sources/*.py")]
    raised = {code for path in room for code in re.findall(r'code="([a-z-]+)"', path.read_text())}
    kernel = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', (ROOT / "kernel" / "src" / "error.rs").read_text()))
    shared = {"extra-missing", "file-unreachable"}
    assert raised - shared <= told, raised - told
    assert told <= raised | kernel | {"file-missing"}, told - raised - kernel
