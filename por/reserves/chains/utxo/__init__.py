"""The Bitcoin family: nodes that speak Bitcoin Core's JSON-RPC, and indexers that speak Esplora's HTTP."""

from __future__ import annotations

from por.reserves.chains import Limits
from por.reserves.chains.outputs import OutputChain

ESPLORA = "esplora+"
"""Before a URL: an indexer, say esplora+https://HOST/api, and not a node."""


def open_utxo(*, chain: str, url: str, limits: Limits) -> OutputChain:
    """Connect to a node or indexer and make sure that it is of `chain`; InputError, UsageError, SourceError."""
    from por.reserves.chains.utxo.chain import UtxoChain
    from por.reserves.chains.utxo.core import Core
    from por.reserves.chains.utxo.esplora import Esplora

    if url.strip().startswith(ESPLORA):
        return UtxoChain(chain=chain, source=Esplora(chain=chain, url=url.strip()[len(ESPLORA) :], limits=limits))
    return UtxoChain(chain=chain, source=Core(chain=chain, url=url.strip(), limits=limits))
