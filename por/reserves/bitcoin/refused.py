"""Why a signature is not taken. These never leave the room: a scheme makes ClaimErrors of them that name the place."""

from __future__ import annotations


class Refused(Exception):
    """A rule that every signature must keep is broken; `code` is a slug, `what` a phrase for people."""

    def __init__(self, what: str, code: str = "bip322-invalid") -> None:
        super().__init__(what)
        self.what, self.code = what, code


class Inconclusive(Refused):
    """Nothing is known to be wrong, but the script is of a kind that is not judged here, so it proves nothing."""

    def __init__(self, what: str) -> None:
        super().__init__(what, code="bip322-inconclusive")
