"""From figures to the table of docs/performance.md and its picture."""
import html
import math
import pathlib
from dataclasses import dataclass

from rows import AEDES, EPOLL, MOSQUITTO, ONE_WORKER, RELAY, RELAY_AGAIN, TEPORE, TWO_WORKERS, Row, Scenario

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE, PICTURE = ROOT / "docs/performance.md", ROOT / "docs/performance.svg"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
COLUMNS = (TEPORE, EPOLL, RELAY, MOSQUITTO, AEDES)


@dataclass
class Line:
    row: Row
    figures: dict[str, float]  # by broker
    ratio: float | None  # of ours to what it is compared with
    verdict: str  # "aim", "must", "missed", "not measured"

    @property
    def judged(self) -> float | None:
        return self.ratio if self.row.against else self.figures.get(TEPORE)


def judge(scenarios: list[Scenario], measured) -> list[Line]:
    lines = []
    for scenario in scenarios:
        for row in scenario.rows:
            figures = {}
            for broker in scenario.brokers:
                value = measured.figure(scenario.key, broker, row)
                if value is not None:
                    figures[broker] = value
            ours = figures.get(TEPORE, figures.get(TWO_WORKERS))
            ratio = None
            if row.against:
                other = measured.figure(row.of_scenario or scenario.key, row.against, row)
                if other is not None and row.of_scenario and row.against not in figures:
                    figures[row.against] = other
                if ours is not None and other:
                    ratio = ours / other
            value = ratio if row.against else ours
            if value is None:
                verdict = "not measured"
            elif not holds(row, value, row.must):
                verdict = "missed"
            elif row.aim is not None and holds(row, value, row.aim):
                verdict = "aim"
            else:
                verdict = "must"
            lines.append(Line(row, figures, ratio, verdict))
    return lines


def holds(row: Row, value: float, bound: float) -> bool:
    return value >= bound if row.more_is_better else value <= bound


def short(value: float | None) -> str:
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def verdict_words(line: Line) -> str:
    return {"aim": "aim reached", "must": "holds", "missed": "MISSED", "not measured": "not measured"}[line.verdict]


def cells(line: Line) -> list[str]:
    """One for each of COLUMNS; ours are those of the two workers where they are what is measured."""
    return [short(line.figures.get(c, line.figures.get(TWO_WORKERS) if c == TEPORE else None)) for c in COLUMNS]


def judged_words(line: Line) -> str:
    words = ("ratio " if line.row.against else "") + short(line.judged)
    alone, relay, again = (line.figures.get(broker) for broker in (ONE_WORKER, RELAY, RELAY_AGAIN))
    if alone is not None:
        words += f" (one worker: {short(alone)})"
    if relay and again is not None:
        words += f" (a second relay: {short(again / relay)})"
    return words


def misses(lines: list[Line]) -> list[tuple[str, str]]:
    """The words of each row that missed, and what is known of it."""
    return [(line.row.words, line.row.remains or "not looked into yet") for line in lines if line.verdict == "missed"]


def as_text(lines: list[Line]) -> str:
    out = [f"{'':48} {'unit':>6} " + " ".join(f"{c:>14}" for c in COLUMNS) + f" {'must':>8} {'aim':>8}  judged"]
    for line in lines:
        out.append(
            f"{line.row.words:48} {line.row.unit:>6} " + " ".join(f"{cell:>14}" for cell in cells(line))
            + f" {short(line.row.must):>8} {short(line.row.aim):>8}  {judged_words(line)}: {verdict_words(line)}")
    out += [f"MISSED  {words}: {remains}" for words, remains in misses(lines)]
    return "\n".join(out)


def as_markdown(lines: list[Line], conditions: str) -> str:
    out = [
        f"Measured {conditions}. Median; latency, and growth under overload: the best fifth of the slices or runs. CPU time is the broker's, user and system, all threads.", "",
        "| what | unit | Tepore | Tepore, epoll | relay | mosquitto | aedes | judged | must | aim | |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for line in lines:
        bound = "≥" if line.row.more_is_better else "≤"
        out.append(
            f"| {line.row.words} | {line.row.unit} | " + " | ".join(cells(line))
            + f" | {judged_words(line)} | {bound} {short(line.row.must)} | {short(line.row.aim)} | {verdict_words(line)} |")
    missed = misses(lines)
    if missed:
        out += ["", "What misses, and what remains:", ""] + [f"- **{words}**: {remains}" for words, remains in missed]
    return "\n".join(out)


def as_picture(lines: list[Line]) -> str:
    """Bars of the rows that are compared with the relay: how many times the relay's CPU time, ours and the other brokers', logarithmic."""
    shown = [line for line in lines if line.row.against == RELAY and not line.row.best and line.figures.get(RELAY)]
    colours = {TEPORE: "#0b7285", MOSQUITTO: "#868e96", AEDES: "#ced4da"}
    left, width, bar, gap, top = 290, 560, 12, 16, 46
    ratios_max = 1000.0

    def x(ratio: float) -> float:
        return left + width * math.log10(max(ratio, 0.5) / 0.5) / math.log10(ratios_max / 0.5)

    height = top + len(shown) * (3 * bar + gap) + 20
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 90}" height="{height}" font-family="sans-serif" font-size="12">',
           '<rect width="100%" height="100%" fill="white"/>',
           '<text x="10" y="18" font-size="14">CPU time for each delivered message, relay = 1 (logarithmic; shorter is better)</text>']
    for mark in (1, 10, 100, 1000):
        out.append(f'<line x1="{x(mark):.0f}" y1="{top - 12}" x2="{x(mark):.0f}" y2="{height - 16}" stroke="#dee2e6"/>'
                   f'<text x="{x(mark):.0f}" y="{top - 16}" text-anchor="middle" fill="#495057">{mark}</text>')
    y = top
    for line in shown:
        out.append(f'<text x="{left - 8}" y="{y + 2 * bar}" text-anchor="end">{html.escape(line.row.words)}</text>')
        for broker, colour in colours.items():
            if broker in line.figures:
                ratio = line.figures[broker] / line.figures[RELAY]
                out.append(f'<rect x="{left}" y="{y}" width="{max(x(ratio) - left, 1):.0f}" height="{bar - 2}" fill="{colour}"/>'
                           f'<text x="{x(ratio) + 4:.0f}" y="{y + bar - 3}" font-size="10">{broker} {short(ratio)}</text>')
            y += bar
        y += gap
    out.append("</svg>")
    return "\n".join(out) + "\n"


def write(lines: list[Line], conditions: str) -> None:
    """Replaces what is between the marks; the words around it are a person's."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN, 1)
    _, after = rest.split(END, 1)
    picture = f"![CPU time of each delivery beside the relay's]({PICTURE.name})"
    PAGE.write_text(f"{before}{BEGIN}\n{picture}\n\n{as_markdown(lines, conditions)}\n{END}{after}", encoding="utf-8")
    PICTURE.write_text(as_picture(lines), encoding="utf-8")
