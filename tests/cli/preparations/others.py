"""Publications of other exchanges."""

from __future__ import annotations

from tests.attacks.other_world import other_exchange
from tests.cli.stage import Stage, preparation


@preparation("other-exchange")
def publish(stage: Stage, name: str) -> None:
    """`setup other-exchange rival`: rival/publication, signed by rival/other.pub, with the same wallets."""
    other_exchange(stage.world, stage.folder / name)
