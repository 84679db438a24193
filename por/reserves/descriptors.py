"""Output descriptors and extended public keys in wallets.csv: whole wallets of the Bitcoin family on one line.

Only a node can say which of their addresses hold coins. What is published names addresses, never keys: an extended key
shows every address of a wallet, past and future.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from por import canonical, documents
from por.errors import InputError, UsageError
from por.files import read_bytes, write_bytes
from por.reserves import caip
from por.reserves.addresses import base58
from por.reserves.addresses.networks import Network
from por.reserves.chains import Chain, Limits, open_chain
from por.reserves.chains.outputs import OutputChain
from por.reserves.chains.utxo import ESPLORA
from por.reserves.wallets import LONGEST_ADDRESS, Wallet, check_once

FORMAT = "por-descriptors/1"
KNOWN = "descriptors.json"
MAX_TEXT = 4000
"""A multisig of 15 keys with their origins takes half of it."""

_DESCRIPTOR = re.compile(r"(pkh|wpkh|sh|wsh|combo|tr)\([0-9a-zA-Z'/*,()\[\]{}]+\)(#[0-9a-z]{8})?", re.ASCII)
_TOKEN = re.compile(r"[0-9A-Za-z]+", re.ASCII)
_EXTENDED, _PUBLIC, _TEST_PUBLIC = 78, bytes.fromhex("0488b21e"), bytes.fromhex("043587cf")
_KINDS = {
    _PUBLIC: "combo({})",
    _TEST_PUBLIC: "combo({})",
    # SLIP-132: versions that also say which addresses the wallet makes
    bytes.fromhex("049d7cb2"): "sh(wpkh({}))",
    bytes.fromhex("044a5262"): "sh(wpkh({}))",
    bytes.fromhex("04b24746"): "wpkh({})",
    bytes.fromhex("045f1cf6"): "wpkh({})",
    bytes.fromhex("019da462"): "combo({})",
    bytes.fromhex("01b26ef6"): "sh(wpkh({}))",
}
_PRIVATE_LENGTHS = (33, 34)
"""Version, 32 bytes, and a byte that says whether the key is written short: keys as wallets export them."""


def looks_like_one(address: str) -> bool:
    """Say whether a text in an address's place means a descriptor or an extended key."""
    return "(" in address or len(address) > LONGEST_ADDRESS


def parse(account: str, *, where: str) -> tuple[str, tuple[str, ...]]:
    """Read `bip122:…:DESCRIPTOR` or an extended public key; return the chain and the descriptors to look for.

    An account's extended key stands for its receiving and its change addresses (branches 0 and 1). InputError for
    another family, private keys (which are not repeated in the message) and anything else.
    """
    namespace, _, rest = account.partition(":")
    reference, _, text = rest.partition(":")
    chain = f"{namespace}:{reference}"
    _refuse_private(text, where)
    if namespace != caip.UTXO:
        raise InputError(
            f"{where}: {namespace} has no output descriptors",
            code="descriptor-chain",
            hint="write one address on each line",
        )
    network = caip.network(caip.parse_chain(chain, where=where), where=where)
    if len(text) <= MAX_TEXT and _DESCRIPTOR.fullmatch(text):
        return chain, (text,)
    key = _extended(text, network)
    if key is None:
        raise InputError(
            f"{where}: neither an address, nor an output descriptor, nor an extended public key",
            code="descriptor-malformed",
            hint="write it as wpkh(xpub…/0/*) or xpub…; h or ' marks hardened steps before the key",
        )
    return chain, tuple(key.format(branch) for branch in ("0", "1"))


def expand(
    wallets: Sequence[Wallet], *, open_node: Callable[[str], Chain], notice: Callable[[str], None] | None = None
) -> tuple[Wallet, ...]:
    """Put a wallet for each funded address in the place of each descriptor.

    `open_node` connects to a chain's node. Raises InputError (a node refuses the descriptor; an address stands on a
    line of its own too), SourceError.
    """
    nodes: dict[str, Chain] = {}
    found: list[Wallet] = []
    for wallet in wallets:
        if wallet.descriptor is None:
            found.append(wallet)
            continue
        chain, wanted = parse(wallet.account, where=wallet.where)
        node = nodes.get(chain) or nodes.setdefault(chain, open_node(chain))
        if not isinstance(node, OutputChain):
            raise InputError(
                f"{wallet.where}: {chain} is read from a source that expands no descriptors",
                code="descriptor-indexer",
                hint="give one node with scantxoutset for this chain, or write one address on each line",
            )
        addresses, nameless = node.expand(wanted, where=wallet.where)
        if nameless and notice is not None:
            notice(f"{wallet.where}: {nameless} scripts that hold coins have no address and are left out")
        if not addresses and notice is not None:
            notice(f"{wallet.where}: none of its addresses holds coins")
        found += [replace(wallet, account=f"{chain}:{address}") for address in addresses]
    check_once(found)
    return tuple(found)


def expand_with(
    wallets: Sequence[Wallet],
    nodes: Mapping[str, str | Sequence[str]],
    limits: Limits,
    notice: Callable[[str], None] | None = None,
) -> tuple[Wallet, ...]:
    """Do it with the first node of each chain that is no indexer; one that hid addresses could only count less."""

    def open_node(chain: str) -> Chain:
        urls = nodes[chain]
        several = (urls,) if isinstance(urls, str) else tuple(urls)
        return open_chain(
            chain, next((url for url in several if not url.strip().startswith(ESPLORA)), several[0]), limits
        )

    return expand(wallets, open_node=open_node, notice=notice)


def need_nodes(wallets: Iterable[Wallet], nodes: Mapping[str, object]) -> None:
    """Refuse wallets of a chain without a node; UsageError."""
    missing = sorted({wallet.parsed.chain for wallet in wallets} - nodes.keys())
    if missing:
        raise UsageError(f"no node for {', '.join(missing)}", code="node-missing", hint=f"add --node {missing[0]}=URL")


def expand_known(wallets: Sequence[Wallet], known: Mapping[str, Sequence[str]]) -> tuple[Wallet, ...]:
    """Do the same from accounts that were found before, by the descriptor's line; those not known stay as they are."""
    found: list[Wallet] = []
    for wallet in wallets:
        accounts = None if wallet.descriptor is None else known.get(wallet.account)
        found += [wallet] if accounts is None else [replace(wallet, account=account) for account in accounts]
    check_once(found)
    return tuple(found)


def write_known(folder: Path, known: Mapping[str, Sequence[str]]) -> None:
    """Write down in a folder of control files which accounts stand for which descriptor; not for publication."""
    document = {"format": FORMAT, "expanded": {name: list(accounts) for name, accounts in known.items()}}
    write_bytes(folder / KNOWN, canonical.encode(document), mode=0o600)


def read_known(folder: Path) -> Mapping[str, Sequence[str]]:
    """Read what `write_known` wrote; nothing where there is no such file. InputError when it is malformed."""
    if not (folder / KNOWN).is_file():
        return {}
    doc = documents.read(_Known, canonical.decode(read_bytes(folder / KNOWN), where=KNOWN), where=KNOWN)
    if doc.format != FORMAT:
        raise InputError(f"{KNOWN}: not one of ours", code="format-unknown", hint="run `por wallets import` again")
    return doc.expanded


def _extended(text: str, network: Network) -> str | None:
    payload = base58.decode(text)
    if payload is None or len(payload) != _EXTENDED or payload[:4] not in _KINDS:
        return None
    plain = base58.encode((_TEST_PUBLIC if network.test else _PUBLIC) + payload[4:])
    return _KINDS[payload[:4]].format(f"{plain}/{{}}/*")


def _refuse_private(text: str, where: str) -> None:
    for token in _TOKEN.findall(text):
        payload = base58.decode(token)
        short = payload is not None and len(payload) in _PRIVATE_LENGTHS
        # an extended private key has a zero byte where a public one has 02 or 03
        extended = payload is not None and len(payload) == _EXTENDED and payload[45] == 0
        if short or extended or token[1:4] == "prv":
            raise InputError(
                f"{where}: a private key stands here",
                code="descriptor-private",
                hint="it has been in a file: move the coins, and write extended public keys only",
            )


class _Known(documents.Document):
    format: str
    expanded: dict[str, list[str]]
