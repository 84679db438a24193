"""Ledgers in object stores: fsspec's memory store, a server on the loopback, and stores that fail."""

import gzip
import http.server
import re
import threading
import uuid

import fsspec
import pytest

from por.errors import InputError, SourceError, UsageError
from por.liabilities import ledger
from tests.liabilities.ledgers import ROWS, write_csv, write_parquet
from tests.liabilities.reading import build, rows

HEAD = b"account_id,asset,amount\n"


@pytest.fixture
def bucket():
    """A folder of the memory store, and its URL."""
    name = uuid.uuid4().hex
    store = fsspec.filesystem("memory")
    store.mkdir(f"/{name}")
    yield f"memory://{name}"
    store.rm(f"/{name}", recursive=True)


def put(url, data):
    with fsspec.open(url, "wb") as file:
        file.write(data)
    return url


def whole(tmp_path):
    return build(write_csv(tmp_path / "whole.csv"))


def test_one_object_of_each_kind(tmp_path, bucket):
    plain, parquet = write_csv(tmp_path / "a.csv").read_bytes(), write_parquet(tmp_path / "a.parquet").read_bytes()
    for name, data in {"a.csv": plain, "a.csv.gz": gzip.compress(plain), "a.parquet": parquet}.items():
        assert build(put(f"{bucket}/{name}", data)) == whole(tmp_path), name


def test_a_prefix_and_a_pattern(tmp_path, bucket):
    put(f"{bucket}/ledger/a.csv", write_csv(tmp_path / "a.csv", ROWS[:2]).read_bytes())
    put(f"{bucket}/ledger/day=1/b.parquet", write_parquet(tmp_path / "b.parquet", ROWS[2:]).read_bytes())
    put(f"{bucket}/ledger/_SUCCESS", b"")
    assert build(f"{bucket}/ledger") == build(f"{bucket}/ledger/") == whole(tmp_path)
    assert len(rows(f"{bucket}/ledger/*.csv")) == 2
    assert [part.label for part in ledger.read([f"{bucket}/ledger"])] == [
        f"memory:///{bucket.removeprefix('memory://')}/ledger/{name}" for name in ("a.csv", "day=1/b.parquet")
    ]


def test_an_object_named_twice_would_count_twice(bucket):
    url = put(f"{bucket}/a.csv", HEAD + b"a,BTC,1\n")
    with pytest.raises(InputError) as error:
        build(url, f"{bucket}/*.csv", sum_duplicates=True)
    assert error.value.code == "ledger-repeated"


def test_a_strange_object_under_a_prefix_is_an_error(bucket):
    put(f"{bucket}/ledger/a.csv", HEAD + b"a,BTC,1\n")
    put(f"{bucket}/ledger/b.xlsx", b"PK")
    with pytest.raises(InputError) as error:
        rows(f"{bucket}/ledger")
    assert error.value.code == "ledger-folder"


def test_wildcards_in_an_objects_name_are_taken_as_they_are(bucket):
    put(f"{bucket}/a1.csv", HEAD + b"other,BTC,1\n")
    for name in ("a[1].csv", "a?.csv", "a*.csv", "it's.csv"):
        url = put(f"{bucket}/{name}", HEAD + b"mine,BTC,2\n")
        assert rows(url) == [("mine", "BTC", "2")], name


def test_what_is_not_there(bucket):
    for url in (f"{bucket}/none.csv", f"{bucket}/none-*.csv"):
        with pytest.raises(InputError) as error:
            rows(url)
        assert (error.value.code, url in error.value.message) == ("file-missing", True)


def test_a_cut_object_is_refused(bucket):
    data = gzip.compress(HEAD + b"".join(b"user-%d,BTC,%d\n" % (n, n) for n in range(5000)))
    with pytest.raises(InputError) as error:
        build(put(f"{bucket}/a.csv.gz", data[:-9]))
    assert error.value.code == "ledger-damaged"


def test_an_object_that_changes_while_it_is_read_is_refused(bucket):
    url = put(f"{bucket}/a.csv", HEAD + b"a,BTC,1\n")
    parts = ledger.read([url])
    with pytest.raises(SourceError) as error:
        next(parts).feed(lambda stream: put(url, HEAD + b"a,BTC,1\nb,BTC,1\n") and 0)
    assert error.value.code == "ledger-changed"


@pytest.mark.parametrize(
    "url",
    [
        "s3://key:geheim@bucket/ledger.csv",
        "https://store.example/ledger.csv?signature=geheim",
        "simplecache::s3://bucket/geheim.csv",
    ],
)
def test_a_secret_in_an_argument_is_refused_and_not_repeated(url):
    with pytest.raises(UsageError) as error:
        rows(url)
    assert error.value.code == "ledger-url"
    assert "geheim" not in error.value.message + error.value.hint


def test_a_store_whose_package_is_missing_names_it():
    with pytest.raises(UsageError) as error:
        rows("oci://bucket/ledger.csv")
    assert (error.value.code, "pip install" in error.value.hint) == ("extra-missing", True)
    with pytest.raises(UsageError) as error:
        rows("nonsense://bucket/ledger.csv")
    assert error.value.code == "ledger-url"
    with pytest.raises(UsageError, match="a path on this machine"):
        rows("file:///ledger.csv")


class Failing(fsspec.AbstractFileSystem):
    """A store whose answers break, with a secret in what it says."""

    protocol = "failing"
    cachable = False

    def info(self, path, **kwargs):
        if "denied" in path:
            raise PermissionError("403 for key geheim")
        return {"name": path, "type": "file", "size": 10_000_000}

    def _open(self, path, mode="rb", **kwargs):
        if "gone" in path:
            raise RuntimeError("session token geheim expired")
        return Broken(self, path, size=10_000_000)


class Broken(fsspec.spec.AbstractBufferedFile):
    def _fetch_range(self, start, end):
        if start > 0 or end > 6_000_000:
            raise ConnectionError("lost geheim")
        return (HEAD + b"a,BTC,1\n" * 900_000)[start:end]


@pytest.mark.parametrize("name", ["denied", "gone", "broken"])
def test_a_store_that_fails_is_a_source_out_of_reach_and_its_words_stay_inside(name):
    fsspec.register_implementation("failing", Failing, clobber=True)
    with pytest.raises(SourceError) as error:
        build(f"failing://{name}/ledger.csv")
    assert error.value.code in ("store-unreachable", "ledger-unreachable")
    assert f"failing://{name}/ledger.csv" in error.value.message
    assert "geheim" not in error.value.message + error.value.hint


class Ranges(http.server.BaseHTTPRequestHandler):
    """Serves bytes with ranges, as stores do."""

    def do_HEAD(self):
        self.answer(body=False)

    def do_GET(self):
        self.answer(body=True)

    def answer(self, *, body):
        data = self.server.objects.get(self.path)
        if data is None:
            self.send_error(404)
            return
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        first, last = (int(found[1]), int(found[2] or len(data) - 1)) if found else (0, len(data) - 1)
        part = data[first : last + 1]
        self.send_response(206 if found else 200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(part)))
        if found:
            self.send_header("Content-Range", f"bytes {first}-{min(last, len(data) - 1)}/{len(data)}")
        self.end_headers()
        if body:
            self.wfile.write(part)

    def log_message(self, *words):
        pass


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ranges) as found:
        found.objects = {}
        thread = threading.Thread(target=found.serve_forever, daemon=True)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def test_a_store_behind_a_socket(tmp_path, server):
    many = [(f"user-{number}", "BTC", number) for number in range(50_000)]
    server.objects["/ledger.parquet"] = write_parquet(tmp_path / "a.parquet", many).read_bytes()
    server.objects["/ledger.csv.gz"] = gzip.compress(write_csv(tmp_path / "a.csv", many).read_bytes())
    base = f"http://127.0.0.1:{server.server_address[1]}"
    expected = build(tmp_path / "a.csv")
    assert build(f"{base}/ledger.parquet") == build(f"{base}/ledger.csv.gz") == expected
    with pytest.raises(InputError) as error:
        build(f"{base}/none.csv")
    assert error.value.code == "file-missing"
