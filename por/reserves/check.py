"""`por reserves check`: wallets and control files become balances at one block per chain, with their evidence."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from por import canonical
from por.errors import ClaimError, InputError, SourceError
from por.files import new_folder, read_bytes, write_bytes
from por.header import show_time
from por.outcomes import Outcome
from por.reserves import moves
from por.reserves.annex import SALT_BYTES, Annex, AnnexHolding, with_totals
from por.reserves.chains import Chain, Limits, Pinned, Readings, Wish
from por.reserves.chains.quorum import open_sources
from por.reserves.chains.shelf import clear
from por.reserves.control import ControlFile, VerifiedControl, verify_control
from por.reserves.declared import Declared, parse_declared
from por.reserves.descriptors import expand_with, need_nodes
from por.reserves.evidence.folder import EvidenceFolder
from por.reserves.moves import Another, read_others
from por.reserves.ownership import scheme
from por.reserves.recheck import recheck
from por.reserves.report import Block, ChainReport, Control, Holding, Report, Supply
from por.reserves.staked import check_withdrawals
from por.reserves.supply import ids_of_issue, need_supplies, read_supplies
from por.reserves.tables import ReserveTables, Windows
from por.reserves.wallets import Wallet, check_once
from por.snapshot import Snapshot

MAX_CONTROL = 64 << 10
"""A control file holds a text, a signature and a header: a few kilobytes."""

Progress = Callable[[int, int], None]
"""Told how many accounts of how many have been read."""


def check_reserves(
    *,
    wallets: Sequence[Wallet],
    control: Path,
    snapshot: Snapshot,
    nodes: Mapping[str, str | Sequence[str]],
    tables: ReserveTables,
    out: Path,
    declared: Path | None = None,
    issue_chains: Collection[str] | None = None,
    windows: Windows | None = None,
    limits: Limits | None = None,
    quorum: int | None = None,
    work: Path | None = None,
    also: Sequence[int] = (),
    replaced: Collection[bytes] = (),
    salt: bytes | None = None,
    progress: Progress | None = None,
    notice: Callable[[str], None] | None = None,
) -> Report:
    """Read every wallet at the snapshot's moment and write reserves.json, annex.json and evidence/ into `out`.

    `nodes` maps CAIP-2 chains to URLs, of one node or of several, of which `quorum` must agree (by default all). `work`
    is a folder in which balances are gathered: a run that broke off goes on from there, and one that ended well removes
    it. Of the coins that `declared` says the company issues, the supply is read on each of `issue_chains` (by default
    all) where the tables have an id. `also` counts days: the same holdings are read so long before and after, and large
    moves are written to moves.json. `control` holds NAME.json for each account, `replaced` are snapshot ids
    that this one corrects, `salt` the annex's 32 secret bytes (random when left out; a run that repeats itself gives
    them).
    The folder appears whole or not at all, and only when an offline check of it finds no fault.
    Raises UsageError (a chain without a node), InputError (a file, an asset without backing), ClaimError (a
    challenge or signature that does not hold), SourceError (a node that does not deliver).
    """
    windows, limits = windows or Windows(), limits or Limits()
    check_once(wallets)
    need_nodes(wallets, nodes)
    ids = _asset_ids(wallets, tables)
    if any(wallet.descriptor is not None for wallet in wallets):
        wallets = expand_with(wallets, nodes, limits, notice)
        ids = _asset_ids(wallets, tables)
    chains = sorted({wallet.parsed.chain for wallet in wallets})
    controls = _load_controls(wallets, control, snapshot, windows, replaced)
    text = None if declared is None else read_bytes(declared)
    stated = Declared() if text is None else parse_declared(_utf8(text, declared), where=str(declared))
    check_withdrawals(stated.staked, {wallet.account for wallet in wallets})
    issued = ids_of_issue([row.asset for row in stated.issues], tables, issue_chains)
    chains = sorted({*chains, *issued})
    need_supplies(issued, nodes)
    reports, others, done = [], list[Another](), 0
    with new_folder(out) as folder:
        files = EvidenceFolder(folder / "evidence")
        for name in chains:
            chain = open_sources(name, nodes[name], limits, quorum)
            mine = [wallet for wallet in wallets if wallet.parsed.chain == name]
            pinned = _pin(chain, snapshot, windows)
            verified = {
                wallet.account: _verify(controls[wallet.account], wallet, snapshot, windows, replaced, chain, pinned)
                for wallet in mine
            }
            wishes = _wishes(mine, ids)
            readings = chain.read(pinned, wishes, tables, work=work)
            _check_skew(readings.pinned, snapshot, windows)
            for said in readings.notices if notice is not None else ():
                assert notice is not None
                notice(said)
            others += read_others(chain, readings, wishes, as_of=snapshot.header.time, also=also)
            supplies = read_supplies(chain, readings.pinned, issued.get(name, ()))
            reports.append(_reported(chain, readings, mine, controls, verified, files, supplies))
            done += len(mine)
            if progress is not None:
                progress(done, len(wallets))
        for wallet in wallets:
            files.add(controls[wallet.account].to_bytes())
        report = Report(snapshot_id=snapshot.header.id, chains=tuple(reports), declared=stated.holdings)
        _doubt(report, files, snapshot, tables, windows, replaced)
        files.sync()
        annex = _annex(report, wallets, salt or secrets.token_bytes(SALT_BYTES))
        _write(folder, report, annex, text)
        if also:
            write_bytes(folder / "moves.json", moves.to_bytes(snapshot.header.id, others), mode=0o600)
    for said in moves.say(others) if notice is not None else ():
        assert notice is not None
        notice(said)
    if work is not None:
        clear(work)
    return report


def load_control(folder: Path, wallet: Wallet) -> ControlFile:
    """Read control/NAME.json of a wallet; InputError(code="control-missing") when there is none."""
    path = folder / f"{wallet.name}.json"
    if not path.is_file():
        raise InputError(
            f"{wallet.where}: no control file for {wallet.account}",
            code="control-missing",
            hint="sign its challenge and run `por wallets import`",
        )
    return ControlFile.from_bytes(read_bytes(path, limit=MAX_CONTROL), where=path.name)


def _asset_ids(wallets: Sequence[Wallet], tables: ReserveTables) -> dict[tuple[str, str], tuple[str, ...]]:
    """Map (account, code) to the CAIP-19 ids that back the code there, each counted for one code only."""
    ids: dict[tuple[str, str], tuple[str, ...]] = {}
    for wallet in wallets:
        seen: dict[str, str] = {}
        for code in wallet.assets:
            found = tables.backings_on(code, wallet.parsed.chain)
            if not found:
                raise InputError(
                    f"{wallet.where}: nothing backs {code} on {wallet.parsed.chain}",
                    code="asset-no-backing",
                    hint="the policy pack's asset table has no such id; choose another pack, or mend the line",
                )
            for row in found:
                if seen.setdefault(tables.coin(row.id), code) != code:
                    raise InputError(
                        f"{wallet.where}: {row.id} backs both {seen[tables.coin(row.id)]} and {code}",
                        code="holding-twice",
                        hint="the same coins must not count twice; name one of the two",
                    )
            ids[wallet.account, code] = tuple(row.id for row in found)
    return ids


def _load_controls(
    wallets: Sequence[Wallet], folder: Path, snapshot: Snapshot, windows: Windows, replaced: Collection[bytes]
) -> dict[str, ControlFile]:
    # all of them are checked before any node is asked, since mending takes people and time
    found = {}
    for wallet in wallets:
        found[wallet.account] = load_control(folder, wallet)
        _verify(found[wallet.account], wallet, snapshot, windows, replaced, None, None)
    return found


def _verify(
    control: ControlFile,
    wallet: Wallet,
    snapshot: Snapshot,
    windows: Windows,
    replaced: Collection[bytes],
    chain: Chain | None,
    pinned: Pinned | None,
) -> VerifiedControl:
    where = f"{wallet.name}.json"
    if control.scheme != wallet.scheme:
        raise InputError(
            f"{where}: scheme {control.scheme}, but {wallet.where} says {wallet.scheme}",
            code="control-scheme",
            hint="sign and import again, or mend the line",
        )

    def contract(address: bytes, data: bytes) -> bytes:
        assert chain is not None and pinned is not None
        return chain.call(pinned, address, data)

    return verify_control(
        control,
        account=wallet.account,
        header=snapshot.header,
        windows=windows,
        contract=None if chain is None else contract,
        replaced=replaced,
        where=where,
    )


def _pin(chain: Chain, snapshot: Snapshot, windows: Windows) -> Pinned:
    pinned = chain.pin(snapshot.header.time)
    _check_skew(pinned, snapshot, windows)
    return pinned


def _check_skew(pinned: Pinned, snapshot: Snapshot, windows: Windows) -> None:
    before, after = windows.skew(pinned.chain)
    if not -after <= snapshot.header.time - pinned.time <= before:
        if not after:
            raise ClaimError(
                f"{pinned.chain}: the last block before {snapshot.header.as_of} is of {show_time(pinned.time)}, "
                f"more than {before} seconds earlier",
                code="block-skew",
                hint="the chain stood still; choose another moment for the snapshot",
            )
        raise ClaimError(
            f"{pinned.chain}: the newest block is of {show_time(pinned.time)}, more than {before} seconds before or "
            f"{after} after {snapshot.header.as_of}",
            code="block-skew",
            hint="this chain is read at its newest block: run the command close to the moment of the snapshot",
        )


def _wishes(wallets: Sequence[Wallet], ids: Mapping[tuple[str, str], tuple[str, ...]]) -> list[Wish]:
    wishes = []
    for wallet in wallets:
        found = scheme(wallet.scheme)
        assets = tuple(sorted(id for code in wallet.assets for id in ids[wallet.account, code]))
        wishes.append(Wish(account=wallet.account, assets=assets, code=found is not None and found.needs_node))
    return wishes


def _reported(
    chain: Chain,
    readings: Readings,
    wallets: Sequence[Wallet],
    controls: Mapping[str, ControlFile],
    verified: Mapping[str, VerifiedControl],
    files: EvidenceFolder,
    supplies: tuple[Supply, ...],
) -> ChainReport:
    pinned = readings.pinned
    files.take(readings.files)
    ends = [files.add(raw) for raw in pinned.ends]
    purposes = {wallet.account: wallet.purpose for wallet in wallets}
    shown = {
        wallet.account: Control(
            scheme=verified[wallet.account].scheme,
            issued=verified[wallet.account].issued,
            digest=canonical.digest(controls[wallet.account].to_bytes()),
        )
        for wallet in wallets
    }
    return ChainReport(
        chain=chain.chain,
        block=Block(number=pinned.number, hash=pinned.hash, time=show_time(pinned.time)),
        source=chain.source,
        holdings=tuple(
            Holding(
                account=row.account,
                asset=row.asset,
                amount=row.amount,
                purpose=purposes[row.account],
                control=shown[row.account],
                basis=row.basis,
                evidence=row.evidence,
            )
            for row in readings.rows
        ),
        evidence=(*ends, *readings.shared),
        supplies=supplies,
    )


def _doubt(
    report: Report,
    files: Mapping[str, bytes],
    snapshot: Snapshot,
    tables: ReserveTables,
    windows: Windows,
    replaced: Collection[bytes],
) -> None:
    """Check what was made as a stranger would, before anything is written."""
    checks = recheck(
        report=report, evidence=files, header=snapshot.header, tables=tables, windows=windows, replaced=replaced
    )
    for check in checks:
        if check.outcome is Outcome.DOES_NOT_HOLD:
            raise SourceError(
                f"the evidence gathered does not hold: {check.detail}",
                code="evidence-unsound",
                hint="use another node with --node; if it stays, this is a fault of ours",
            )


def _annex(report: Report, wallets: Sequence[Wallet], salt: bytes) -> Annex:
    known = {wallet.account: wallet for wallet in wallets}
    rows = []
    for chain in report.chains:
        for row in chain.holdings:
            wallet = known[row.account]
            rows.append(
                AnnexHolding(
                    account=row.account,
                    asset=row.asset,
                    storage=wallet.storage,
                    custodian=wallet.custodian,
                    label=wallet.label,
                )
            )
    rows.sort(key=lambda row: (row.account, row.asset))
    return with_totals(Annex(snapshot_id=report.snapshot_id, salt=salt, holdings=tuple(rows)), report)


def _write(folder: Path, report: Report, annex: Annex, declared: bytes | None) -> None:
    if declared is not None:
        write_bytes(folder / "declared.toml", declared)
    write_bytes(folder / "annex.json", annex.to_bytes(), mode=0o600)
    write_bytes(folder / "reserves.json", report.to_bytes())


def _utf8(data: bytes, path: Path | None) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text", code="file-not-text", hint="save the file as UTF-8") from None
