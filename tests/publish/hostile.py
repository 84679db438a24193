"""Texts as somebody who wants to deceive readers would write them, put into every field that a page shows."""

from __future__ import annotations

from dataclasses import replace

from por.attestation.statement import Head, Reference
from por.outcomes import Outcome
from por.publish.site.values import Issue, Site

MARKUP = (
    "<script>document.title='ran'</script><img src=x onerror=\"document.title='ran'\">"
    "'\"></bdi></style></title><b>&amp;"
)
TURNED = "\u202e\u2066\u05d0\u05d1\u05d2 abc \u2069\u202c\u200b\u0627\u0644"
LONG = "W" * 3000
TEXTS = {"markup": MARKUP, "turned": TURNED, "long": LONG}


def spoil(issue: Issue, text: str) -> Issue:
    """Return an issue whose statement says `text` wherever a text may stand."""
    statement = issue.statement
    rules = tuple(
        replace(
            rule,
            id=text,
            title=text,
            reference=text,
            left=text,
            right=text,
            relation=text,
            unit=text,
            outcome=Outcome.DOES_NOT_HOLD if at == 0 else rule.outcome,
        )
        for at, rule in enumerate(statement.rules)
    )
    line = {"label": text, "left": text, "right": text, "unit": text, "outcome": "does-not-hold"}
    solvency = {**statement.predicate["solvency"], "rules": [{"lines": [line] * 7} for _ in rules]}
    spoiled: Head = replace(
        statement,
        header=replace(statement.header, issuer=text, scope=text),
        verdict=Outcome.DOES_NOT_HOLD,
        rules=rules,
        gaps=(text,),
        limitations=(text,),
        replaces=Reference(sequence=0, digest="00" * 32, reason=text),
        predicate={**statement.predicate, "solvency": solvency},
    )
    return replace(issue, statement=spoiled, signers=tuple(replace(key, name=text) for key in issue.signers))


def hostile_site(issues: tuple[Issue, ...], text: str) -> Site:
    """Return a site of such issues, the first corrected by the second; its keys' names stay, since they are checked."""
    spoiled = [spoil(issue, text) for issue in issues]
    first, second = spoiled[0].statement, spoiled[1].statement
    corrects = replace(second, replaces=Reference(sequence=1, digest=first.digest, reason=text))
    return Site(issues=(spoiled[0], replace(spoiled[1], statement=corrects)), gaps=())
