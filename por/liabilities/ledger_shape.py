"""What a ledger's columns mean: their names, types, classes and layout, written as one SELECT over its rows.

Whatever the layout, out come account_id, asset and amount in this order, with every digit; a wide table gives one row
for each cell that is filled, row by row from left to right.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from por.errors import InputError
from por.liabilities.ledger_options import LedgerOptions

CLASS_FITS = "class_fits"
"""A further column where a class column is read: false where a cell is no class."""

SPOT = "spot"

_TEXT = {"VARCHAR", "ENUM"}
_FLOATS = {"FLOAT", "DOUBLE"}
_WHOLE = {
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DECIMAL"),
    *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
}
_BASE = re.compile(r"[A-Z0-9][A-Z0-9.-]{0,31}(:[a-z-]{1,24})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A ledger's columns judged: the query of its rows, and for a wide one that of each row's place (row, column)."""

    select: str
    cells: str | None


def shape(
    table: str,
    types: Mapping[str, str],
    *,
    options: LedgerOptions,
    assets: Collection[str] | None,
    label: str,
) -> Shape:
    """Check the columns of `table` (name -> DuckDB's type) and return its queries; InputError names column and mend.

    `assets` are the snapshot's codes, which say what may be a column of a wide table; None knows no snapshot.
    """
    _check_names(list(types), options, label)
    amounts = [name for name in types if name not in options.named] if options.layout == "wide" else [options.amount]
    for name in (*options.needed[:1], *([] if options.layout == "wide" else [options.asset])):
        _check_text(name, types[name], label)
    if options.class_column is not None:
        _check_text(options.class_column, types[options.class_column], label)
    for name in amounts:
        _check_amount(name, types[name], label)
    if options.layout == "wide":
        _check_assets(amounts, options, assets, label)
        return _wide(table, types, amounts, options)
    columns = f"{_name(options.account_id)} AS account_id, {_asset(_name(options.asset), options)} AS asset"
    select = f"SELECT {columns}, {_name(options.amount)} AS amount{_fits(_name(options.asset), options)} FROM {table}"
    return Shape(select=select, cells=None)


def _wide(table: str, types: Mapping[str, str], amounts: list[str], options: LedgerOptions) -> Shape:
    """One row for each filled cell. Cells become text, which is exact for integers, decimals and text alike."""
    cells = ", ".join(_cell(name, types[name]) for name in amounts)
    codes = ", ".join(_string(name) for name in amounts)
    kind = "" if options.class_column is None else f"{_name(options.class_column)} AS kind, "
    account_id = f"{_name(options.account_id)} AS account_id"
    rows = f"SELECT {account_id}, {kind}unnest([{codes}]) AS code, unnest([{cells}]) AS amount"
    of = options if options.class_column is None else replace(options, class_column="kind", ignored=())
    columns = f"account_id, {_asset('code', of)} AS asset, amount{_fits('code', of)}"
    numbered = f"SELECT row_number() OVER () AS row, [{codes}] AS codes, [{cells}] AS cells FROM {table}"
    split = f"SELECT row, unnest(codes) AS code, unnest(cells) AS amount FROM ({numbered})"
    return Shape(
        select=f"SELECT {columns} FROM ({rows} FROM {table}) WHERE amount IS NOT NULL",
        cells=f"SELECT row, code FROM ({split}) WHERE amount IS NOT NULL",
    )


def _cell(name: str, kind: str) -> str:
    text = f"{_name(name)}::VARCHAR"
    # 1.00 of a decimal column is 1: without the zeros it is a whole number also where base units are meant.
    return f"regexp_replace({text}, '\\.0+$', '')" if _plain(kind) == "DECIMAL" else text


def _asset(code: str, options: LedgerOptions) -> str:
    """The asset of a row: its code, with its class unless that is spot. A cell that is no class leaves the code."""
    if options.class_column is None:
        return code
    kind = f"replace({_name(options.class_column)}, ' ', '-')"
    return f"CASE WHEN {kind} = '{SPOT}' OR NOT {_fit(code, options)} THEN {code} ELSE concat({code}, ':', {kind}) END"


def _fit(code: str, options: LedgerOptions) -> str:
    assert options.class_column is not None
    kind = f"replace({_name(options.class_column)}, ' ', '-')"
    return f"coalesce(regexp_full_match({kind}, '[a-z-]{{1,24}}') AND NOT contains({code}, ':'), false)"


def _fits(code: str, options: LedgerOptions) -> str:
    return "" if options.class_column is None else f", {_fit(code, options)} AS {CLASS_FITS}"


def _check_names(names: list[str], options: LedgerOptions, label: str) -> None:
    missing = [name for name in options.named if name not in names]
    extra = [] if options.layout == "wide" else [name for name in names if name not in options.named]
    if missing or extra:
        faults = [f"no column {name}" for name in missing]
        if set(options.needed) & set(names):
            faults += [f"an unknown column {name[:40]!r}" for name in extra]
        else:  # perhaps no header but a row, which names a customer and a balance
            faults += ["no header with any of these"]
        raise InputError(
            f"{label}: {' and '.join(faults[:8])}",
            code="ledger-columns",
            hint=f"a ledger has exactly the columns {', '.join(options.named)}, separated by commas; "
            "--column names others, --ignore-column leaves one out",
        )


def _check_assets(names: list[str], options: LedgerOptions, assets: Collection[str] | None, label: str) -> None:
    known = set(assets or ())
    if options.class_column is not None:
        known = {code.partition(":")[0] for code in known}
    strange = [name for name in names if not _BASE.fullmatch(name) or (assets is not None and name not in known)]
    if strange or not names:
        what = f"no asset {', '.join(repr(name[:40]) for name in strange[:8])}" if strange else "no column of an asset"
        raise InputError(
            f"{label}: the snapshot has {what}" if strange else f"{label}: {what}",
            code="ledger-columns",
            hint="in a wide ledger each column is an asset of snapshot.toml; --ignore-column leaves one out",
        )


def _check_text(name: str, kind: str, label: str) -> None:
    if _plain(kind) not in _TEXT:
        raise _wrong_type(label, name, kind, "store it as text")


def _check_amount(name: str, kind: str, label: str) -> None:
    if _plain(kind) in _FLOATS:
        raise InputError(
            f"{label}: column {name} holds floating-point numbers ({kind.lower()})",
            code="amount-float",
            hint="floats lose money; store amounts as integers, as decimals of up to 38 digits or as text",
        )
    if _plain(kind) not in _TEXT | _WHOLE:
        raise _wrong_type(label, name, kind, "store it as integers, decimals or text")


def _wrong_type(label: str, name: str, kind: str, hint: str) -> InputError:
    return InputError(f"{label}: column {name} is {_plain(kind).lower()}", code="column-type", hint=hint)


def _plain(kind: str) -> str:
    return "LIST" if kind.endswith("]") else kind.partition("(")[0]


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _string(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
