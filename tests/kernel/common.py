"""A build in one call, and the refusal of one."""

import por_kernel
import pyarrow as pa
import pytest

KEY = bytes(range(32))


def table(account_ids, assets, amounts):
    """A ledger of three columns; lists become columns of text."""

    def column(values):
        return values if isinstance(values, pa.Array) else pa.array(values, pa.string())

    return pa.table({"account_id": column(account_ids), "asset": column(assets), "amount": column(amounts)})


def build(*tables, folder=None, assets=(("BTC", 8, 1, 0), ("JPY", 0, 1, 0)), key=KEY, amounts="base-units", **options):
    made = por_kernel.Build(snapshot_key=key, assets=list(assets), amounts=amounts, **options)
    for each in tables:
        made.ingest(each)
    return {row["asset"]: row for row in made.finish(folder)}


def refused(*tables, **options):
    """The error of a build that must not succeed."""
    with pytest.raises(por_kernel.KernelError) as caught:
        build(*tables, **options)
    error = caught.value
    assert error.hint and error.message == str(error)
    return error
