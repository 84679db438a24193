"""The few marks that a picture is made of, as SVG; colours that people who see colours differently tell apart."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

COLOURS = ("#2b6cb0", "#d9722e", "#2f9e77", "#b8437f", "#7559c2", "#94781c", "#3aa0c4", "#c2413b")
STYLE = """
text{font-family:Inter,'Helvetica Neue','Segoe UI','DejaVu Sans',Arial,sans-serif;fill:#20252b;font-size:14px}
.back{fill:#fcfbf8}.empty{fill:#ece9e1}
.title{font-size:25px;font-weight:700;letter-spacing:-.3px}
.lead{font-size:15.5px;fill:#68717c}.note,.tick{font-size:12.5px;fill:#68717c}
.head{font-size:12px;fill:#68717c;letter-spacing:.3px}
.name{font-size:13px;font-weight:600}
.loss{stroke:#3b3f46;stroke-width:1.5;stroke-dasharray:2 4}
.lost{fill:#20252b;stroke:#fcfbf8;stroke-width:2}
.losstext{font-size:12.5px;font-weight:600;paint-order:stroke;stroke:#fcfbf8;stroke-width:4px;stroke-linejoin:round}
.end{text-anchor:end}.middle{text-anchor:middle}
.grid{stroke:#e7e4dc}.axis{stroke:#b9b5aa}
@media (prefers-color-scheme:dark){
text{fill:#eceae4}.back{fill:#15181c}.empty{fill:#2a2f36}
.lead,.note,.tick,.head{fill:#9aa3ad}.loss{stroke:#d8d5cd}.lost{fill:#eceae4;stroke:#15181c}.losstext{stroke:#15181c}
.grid{stroke:#2a2f36}.axis{stroke:#4b525b}
}
"""
"""Written out, without variables: viewers outside browsers know none."""


def text(x: float, y: float, words: str, kind: str, colour: str | None = None) -> str:
    """Return words at a place; `kind` are classes."""
    fill = f' style="fill:{colour}"' if colour else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" class={quoteattr(kind.strip())}{fill}>{escape(words)}</text>'


def line(x: float, y: float, to_x: float, to_y: float, kind: str, colour: str | None = None) -> str:
    """Return a straight line."""
    stroke = f' stroke="{colour}"' if colour else ""
    return f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" class="{kind}"{stroke}/>'


def rect(x: float, y: float, width: float, height: float, *, fill: str = "", kind: str = "", round: float = 0) -> str:
    """Return a filled rectangle, of a colour or a class, with round corners when asked for."""
    look = f' fill="{fill}"' if fill else f' class="{kind}"'
    corner = f' rx="{round:.1f}"' if round else ""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"{corner}{look}/>'


def circle(x: float, y: float, radius: float, kind: str, fill: str | None = None) -> str:
    """Return a dot."""
    look = f' fill="{fill}"' if fill else f' class="{kind}"'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}"{look}/>'


def path(steps: str, colour: str) -> str:
    """Return a stroked path."""
    return (
        f'<path d="{steps}" fill="none" stroke="{colour}" stroke-width="2.6" stroke-linejoin="round" '
        'stroke-linecap="round"/>'
    )
