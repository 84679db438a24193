"""`por run --check`: everything a run will need is looked at, and nothing is written."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from por import amounts
from por.attestation.keychain import KeyChain
from por.attestation.keys import PublicKey
from por.attestation.keysource import load_trust
from por.attestation.log import first_key, last_entry, log_begun, open_log
from por.errors import ClaimError, InputError, PorError, SourceError
from por.header import show_time
from por.liabilities.build import build_liabilities
from por.liabilities.keys import snapshot_key
from por.liabilities.manifest import Manifest
from por.outcomes import Basis, Check, Outcome
from por.pipeline.config import Config
from por.publish.site.write import check_target
from por.reserves.chains import Wish
from por.reserves.chains.quorum import open_sources
from por.reserves.challenge import parse_challenge
from por.reserves.check import load_control
from por.reserves.declared import load_declared
from por.reserves.descriptors import expand_known, read_known
from por.reserves.status import control_status
from por.reserves.tables import ReserveTables
from por.reserves.wallets import Wallet, load_wallets
from por.snapshot import Snapshot
from por.solvency.prices import parse_prices, read_prices
from por.solvency.settings import Pack

SOON_DAYS = 14
"""A challenge that expires within this many days is told, so that there is time to sign another."""

BYTES_PER_LEAF = 240
"""Disk that a run may need for each leaf: the store twice, as the new one is written beside, and what memory lacks."""

SPARE_BYTES = 64 << 20
"""And for everything else."""

_NOT_YET = ("node-too-early", "node-not-final")


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One thing that was looked at; `error` is what was wrong with it."""

    check: Check
    error: PorError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What is needed: the configuration and what could be opened of it; an error where it could not."""

    config: Config
    snapshot: Snapshot
    pack: Pack
    open_master: Callable[[], bytes]
    open_signer: Callable[[], PublicKey]
    now: int
    progress: Callable[[int], None] | None = None
    open_countersigners: Callable[[], Sequence[PublicKey]] = tuple
    chain: KeyChain | None = None


def rehearse(case: Rehearsal) -> list[Looked]:
    """Look at everything in turn; one fault does not hide the next."""
    found: list[Looked] = []
    wallets: list[Wallet] = []
    for name, look in _LOOKS:
        try:
            found += [Looked(check=check) for check in look(case, wallets)]
        except PorError as error:
            outcome = Outcome.UNDECIDED if isinstance(error, SourceError) else Outcome.DOES_NOT_HOLD
            hint = f"; {error.hint}" if error.hint else ""
            found.append(Looked(check=Check(id=name, outcome=outcome, detail=error.message + hint), error=error))
    for chain in case.config.asking.nodes:
        found.append(_guarded_node(case, chain, wallets))
    return found


def _good(name: str, detail: str, basis: Basis | None = None) -> Check:
    return Check(id=name, outcome=Outcome.HOLDS, basis=basis, detail=detail)


def _snapshot(case: Rehearsal, wallets: list[Wallet]) -> Iterator[Check]:
    header = case.snapshot.header
    yield _good("snapshot", f"statement {header.sequence} of {header.issuer} as of {header.as_of}")
    yield _good("policy", f"{case.pack.id}, version {case.pack.version}: {case.pack.title}")
    if header.time > case.now:
        raise ClaimError(
            f"as_of {header.as_of} is in the future", code="as-of-future", hint="wait for it, or mend snapshot.toml"
        )


def _wallets(case: Rehearsal, wallets: list[Wallet]) -> Iterator[Check]:
    wallets += load_wallets(case.config.wallets)
    yield _good("wallets", f"{len(wallets)} wallets on {len({row.parsed.chain for row in wallets})} chains")
    missing = {row.parsed.chain for row in wallets} - case.config.asking.nodes.keys()
    if missing:
        raise InputError(
            f"no node for {', '.join(sorted(missing))}", code="config-node", hint="add it under [nodes] in por.toml"
        )


def _control(case: Rehearsal, wallets: list[Wallet]) -> Iterator[Check]:
    rows = control_status(
        wallets=wallets, control=case.config.control, header=case.snapshot.header, windows=case.pack.windows
    )
    bad = [row for row in rows if row.state in ("missing", "refused")]
    for row in bad:
        yield Check(id="control", outcome=Outcome.DOES_NOT_HOLD, detail=row.detail)
    if not bad:
        undated = sum(row.state == "undated" for row in rows)
        said = f", {undated} of them by texts without a date" if undated else ""
        basis = Basis.DECLARED if undated else Basis.PROVEN
        yield _good("control", f"{len(rows)} wallets have what they need{said}", basis)
    day, expiry = 86_400, first_expiry(case.config, wallets)
    if expiry is not None:
        left = (expiry - case.now) / day
        outcome = Outcome.HOLDS if left > SOON_DAYS else Outcome.UNDECIDED
        detail = f"the first challenge expires {show_time(expiry)}, in {left:.0f} days"
        yield Check(id="challenges-expire", outcome=outcome, detail=detail)


def first_expiry(config: Config, wallets: Sequence[Wallet]) -> int | None:
    """Return when the first of the wallets' challenges expires (Unix seconds), of those that can be read."""
    times = []
    for wallet in expand_known(wallets, read_known(config.control)):
        try:
            times.append(parse_challenge(load_control(config.control, wallet).message, where=wallet.name).expires)
        except PorError:
            continue
    return min(times, default=None)


def _declared(case: Rehearsal, wallets: list[Wallet]) -> Iterator[Check]:
    if case.config.declared is None:
        yield Check(id="declared", outcome=Outcome.NOT_COVERED, detail="no declared.toml is named")
        return
    found = load_declared(case.config.declared)
    yield _good("declared", f"{len(found.holdings)} holdings that no chain shows", Basis.DECLARED)


def _keys(case: Rehearsal, wallets: list[Wallet]) -> Iterator[Check]:
    case.open_master()
    signer = case.open_signer()
    yield _good("keys", f"master key and signing key {signer.keyid[:16]}... open")
    others = case.open_countersigners()
    if others:
        yield _good("countersigners", f"{', '.join(f'{key.keyid[:16]}...' for key in others)} open")
    policy = case.config.witnesses.policy(case.chain, where="por.toml")
    if policy is not None:
        detail = (
            f"{policy.needed} of {', '.join(row.name for row in policy.witnesses)}, who are not asked before the run"
        )
        yield _good("witnesses", detail, Basis.DECLARED)
    if log_begun(case.config.log):
        first = first_key(case.config.log, signer.keyid, case.chain)
        with open_log(case.config.log, origin=None, default="", key=first) as log:
            begun = "begun with this key" if first == signer.keyid else "which this key goes on with"
            yield _good("log", f"{log.size} statements in {log.origin}, {begun}")
    else:
        assert last_entry(case.config.log) is None
        yield Check(id="log", outcome=Outcome.NOT_COVERED, detail="it will be begun")


def _ledger(case: Rehearsal, wallets: list[Wallet]) -> Iterator[Check]:
    plan = case.config.ledger
    told_apart = None not in plan.identity().values()
    manifest = build_liabilities(
        ledger=plan.where,
        snapshot=case.snapshot,
        snapshot_key=snapshot_key(case.open_master(), case.snapshot.header.id),
        out=None,
        options=plan.reading(),
        threads=plan.threads,
        memory=plan.memory,
        progress=case.progress,
    )
    rows = sum(row.count for row in manifest.assets)
    totals = ", ".join(f"{amounts.show(row.total, row.decimals)} {row.asset}" for row in manifest.assets)
    again = "" if told_apart else "; read again by each run, until its statement is out"
    yield _good("ledger", f"{rows:,} leaves: {totals}{again}")
    yield _disk(case, rows)
    yield _prices(case, manifest)


def _disk(case: Rehearsal, leaves: int) -> Check:
    folder = case.config.work
    while not folder.is_dir():
        folder = folder.parent
    free, needed = shutil.disk_usage(folder).free, leaves * BYTES_PER_LEAF + SPARE_BYTES
    outcome = Outcome.HOLDS if free >= needed else Outcome.DOES_NOT_HOLD
    return Check(id="disk", outcome=outcome, detail=f"{free >> 20:,} MiB free, about {needed >> 20:,} MiB needed")


def _prices(case: Rehearsal, manifest: Manifest) -> Check:
    prices = parse_prices(read_prices(case.config.prices))
    owed = {amounts.split_asset(row.asset)[0] for row in manifest.assets if row.total}
    missing = sorted(asset for asset in owed if asset not in case.pack.fiat and not prices.of(asset))
    if missing:
        return Check(id="prices", outcome=Outcome.DOES_NOT_HOLD, detail=f"no price for {', '.join(missing)}")
    return _good("prices", f"a price for each of {len(owed)} assets that are owed", Basis.DECLARED)


def _guarded_node(case: Rehearsal, chain: str, wallets: list[Wallet]) -> Looked:
    name = f"node:{chain}"
    try:
        return Looked(check=_good(name, _node(case, chain, wallets), Basis.NODE))
    except PorError as error:
        outcome = Outcome.UNDECIDED if isinstance(error, SourceError) else Outcome.DOES_NOT_HOLD
        detail = f"{error.message}; {error.hint}"
        return Looked(check=Check(id=name, outcome=outcome, detail=detail), error=error)


def _node(case: Rehearsal, chain: str, wallets: list[Wallet]) -> str:
    """Ask for chain id (opening does), height, the as-of block, and one wallet's proofs at it."""
    asking = case.config.asking
    node = open_sources(chain, asking.nodes[chain], asking.limits, asking.quorum)
    newest = node.recent()
    told = f"{node.source}: final up to block {newest.number} of {show_time(newest.time)}"
    try:
        block = node.pin(case.snapshot.header.time)
        told += f"; the block of {case.snapshot.header.as_of} is {block.number}"
    except SourceError as error:
        if error.code not in _NOT_YET:
            raise
        block, told = newest, f"{told}; the block of {case.snapshot.header.as_of} is not final yet"
    wallet = next((row for row in wallets if row.parsed.chain == chain and row.descriptor is None), None)
    if wallet is not None:
        ids = tuple(sorted(_ids(wallet, case.pack.tables)))
        node.read(block, [Wish(account=wallet.account, assets=ids, code=False)], case.pack.tables)
        told += f"; it has the state and proofs of block {block.number}"
    return told


def _ids(wallet: Wallet, tables: ReserveTables) -> set[str]:
    return {row.id for code in wallet.assets for row in tables.backings_on(code, wallet.parsed.chain)}


def _site(case: Rehearsal, wallets: list[Wallet]) -> Iterator[Check]:
    """Look at the site's folder and keys; whether each publication is fit for it shows when it is made."""
    plan = case.config.site
    if plan is not None:
        check_target(plan.folder)
        load_trust(plan.keys)
        yield _good("site", f"{plan.folder} is new or a site, and there are keys to judge publications by")


_LOOKS: tuple[tuple[str, Callable[[Rehearsal, list[Wallet]], Iterator[Check]]], ...] = (
    ("snapshot", _snapshot),
    ("wallets", _wallets),
    ("control", _control),
    ("declared", _declared),
    ("keys", _keys),
    ("ledger", _ledger),
    ("site", _site),
)
