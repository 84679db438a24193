"""Why a signature is not taken. A scheme raises these again with the place."""

from __future__ import annotations

from por.errors import ClaimError


class BadSignature(ClaimError):
    """A rule that every signature must keep is broken; `what` is a phrase for people."""

    def __init__(
        self,
        what: str,
        code: str = "bip322-invalid",
        hint: str = "sign the challenge's text as it is with the account's own wallet",
    ) -> None:
        super().__init__(f"the signature does not hold: {what}", code=code, hint=hint)
        self.what = what

    def at(self, where: str) -> ClaimError:
        """Return the same error with the place before it."""
        return ClaimError(f"{where}: {self.message}", code=self.code, hint=self.hint)


class NotJudged(BadSignature):
    """Nothing is known to be wrong, but the script is of a kind that is not judged here, so it proves nothing."""

    def __init__(self, what: str) -> None:
        super().__init__(
            what,
            code="bip322-inconclusive",
            hint="nothing is known to be wrong, but what is not judged proves nothing; sign with another path of the "
            "wallet's policy, or leave the account out",
        )
