"""Every target of this folder by its name."""

from tests.fuzz import reserves, targets

TARGETS = {**targets.TARGETS, **reserves.TARGETS}
