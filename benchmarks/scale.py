"""How a build's time grows with its rows: `python benchmarks/scale.py [--rows N...] [--write]`.

One JSON line per size. With --write, the table goes into docs/scale.md and the picture into docs/scale.svg.
"""

import argparse
import json
import math
import re
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import ledgers, machine, programs
from benchmarks.liabilities import COMPRESSIONS_PER_LEAF

DOCS = Path(__file__).resolve().parents[1] / "docs"


@dataclass(frozen=True, kw_only=True)
class Point:
    rows: int
    seconds: float
    hashing_alone_seconds: float
    memory_bytes: int
    store_bytes: int


def measure(rows: int) -> Point:
    with tempfile.TemporaryDirectory(prefix="por-bench-") as name:
        folder = Path(name)
        ledger = ledgers.one_asset(folder, rows)
        programs.python("import por.liabilities.build, duckdb", folder)  # warm caches
        with machine.Alongside() as alongside:
            timed = programs.python(programs.BUILD, folder, ledger.name, "0", times=3 if rows <= 10**6 else 1)
        return Point(
            rows=rows,
            seconds=round(timed.seconds, 3),
            hashing_alone_seconds=round(rows * COMPRESSIONS_PER_LEAF / alongside.rate, 3),
            memory_bytes=timed.memory,
            store_bytes=programs.store_bytes(folder),
        )


def table(points: list[Point]) -> str:
    lines = [
        "| accounts | seconds | microseconds each | hashing alone, s | memory | store |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    for point in points:
        each = point.seconds / point.rows * 1e6
        lines.append(
            f"| {point.rows:,} | {point.seconds:.2f} | {each:.2f} | {point.hashing_alone_seconds:.2f} | "
            f"{point.memory_bytes / 1e6:,.0f} MB | {point.store_bytes / 1e6:,.1f} MB |"
        )
    return "\n".join(lines)


WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 640, 400, 64, 24, 24, 48


def picture(points: list[Point]) -> str:
    """Seconds over accounts, both logarithmic: what grows in proportion is a straight line of this slope."""
    xs = (math.floor(math.log10(min(p.rows for p in points))), math.ceil(math.log10(max(p.rows for p in points))))
    low = min(min(p.hashing_alone_seconds, p.seconds) for p in points)
    ys = (math.floor(math.log10(low)), math.ceil(math.log10(max(p.seconds for p in points))))

    def at(rows: float, seconds: float) -> str:
        x = LEFT + (math.log10(rows) - xs[0]) / (xs[1] - xs[0]) * (WIDTH - LEFT - RIGHT)
        y = HEIGHT - BOTTOM - (math.log10(seconds) - ys[0]) / (ys[1] - ys[0]) * (HEIGHT - TOP - BOTTOM)
        return f"{x:.1f},{y:.1f}"

    def line(start: str, end: str, style: str) -> str:
        (x1, y1), (x2, y2) = start.split(","), end.split(",")
        return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" {style}/>'

    def text(place: str, words: str, style: str, dx: int = 0, dy: int = 0) -> str:
        x, y = map(float, place.split(","))
        return f'<text x="{x + dx:.1f}" y="{y + dy:.1f}" {style}>{words}</text>'

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'font-family="system-ui, sans-serif" font-size="12">',
        "<title>Seconds to build over number of accounts, both scales logarithmic</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for power in range(xs[0], xs[1] + 1):
        bottom, top = at(10**power, 10 ** ys[0]), at(10**power, 10 ** ys[1])
        out += [line(bottom, top, 'stroke="#ddd"'), text(bottom, f"{10**power:,}", 'text-anchor="middle"', 0, 18)]
    for power in range(ys[0], ys[1] + 1):
        start, end = at(10 ** xs[0], 10**power), at(10 ** xs[1], 10**power)
        out += [line(start, end, 'stroke="#ddd"'), text(start, f"{10.0**power:g} s", 'text-anchor="end"', -6, 4)]
    out.append(text(at(10 ** xs[1], 10 ** ys[0]), "accounts", 'text-anchor="end" fill="#555"', 0, 38))
    for name, colour, values in (
        ("hashing alone", "#999", [(p.rows, p.hashing_alone_seconds) for p in points]),
        ("por liabilities build", "#0b5cad", [(p.rows, p.seconds) for p in points]),
    ):
        path = " ".join(at(*value) for value in values)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for value in values:
            x, y = at(*value).split(",")
            out.append(f'<circle cx="{x}" cy="{y}" r="3.5" fill="{colour}"/>')
        out.append(text(at(*values[0]), name, f'fill="{colour}"', 10, -8 if colour == "#0b5cad" else 20))
    return "\n".join([*out, "</svg>", ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10**5, 10**6], help="numbers of accounts")
    parser.add_argument("--write", action="store_true", help="write docs/scale.svg and the table of docs/scale.md")
    given = parser.parse_args()
    facts, points = machine.describe(), []
    for rows in sorted(given.rows):
        points.append(measure(rows))
        print(
            json.dumps({"figure": f"liabilities: growth, {rows:,} accounts", **asdict(points[-1]), **facts}), flush=True
        )
    if given.write:
        (DOCS / "scale.svg").write_text(picture(points))
        page = (DOCS / "scale.md").read_text()
        marks = r"(<!-- table: benchmarks/scale.py -->\n)(?:.*?\n)?(<!-- end -->)"
        (DOCS / "scale.md").write_text(
            re.sub(marks, lambda m: m[1] + table(points) + "\n" + m[2], page, flags=re.DOTALL)
        )


if __name__ == "__main__":
    main()
