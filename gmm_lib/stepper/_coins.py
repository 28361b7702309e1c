"""Two coins as they stand still: the sets divided between the coins by the first E-step, and each coin's likelihood."""

import html

import numpy as np
from scipy.special import xlog1py, xlogy

from ._looks import COLOURS, GLYPHS, PALETTE
from .static import HEIGHT, WIDTH

ROWS = (60, 385)  # from where to where the sets reach across
CURVES = (515, 700)  # and the probabilities from 0 to 1
TOP, BOTTOM = 20, HEIGHT - 50


def svg(heads: np.ndarray, tosses: int, theta: np.ndarray) -> str:
    """The picture, as wide and as high as every first frame: ``heads`` of shape (n,) in sets of as many ``tosses``,
    ``theta`` of shape (2,) the probabilities of heads."""
    sequence = theta ** heads[:, np.newaxis] * (1 - theta) ** (tosses - heads[:, np.newaxis])
    shares = sequence / sequence.sum(axis=1, keepdims=True)
    label = html.escape(
        f"{len(heads)} sets of {tosses} tosses, each divided between coins A and B as the first E-step does it from "
        f"{theta[0]:g} and {theta[1]:g}, and the likelihood of each coin's probability of heads."
    )
    parts = "".join([*_sets(heads, tosses, shares), *_curves(heads, tosses, shares, theta)])
    words = '<g fill="currentColor" text-anchor="middle">'
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{words}{parts}</g></svg>'


def _sets(heads, tosses, shares):
    """A bar for each set, heads in full colour, A's share above B's: an area is what a coin is credited with."""
    left, right = ROWS
    row, cell = (BOTTOM - TOP) / len(heads), (right - left) / tosses
    for i, (count, share) in enumerate(zip(heads, shares)):
        top, high = TOP + (i + 0.08) * row, 0.84 * row
        cut = top + share[0] * high
        for y, part, colour in ((top, share[0], COLOURS[0]), (cut, share[1], COLOURS[1])):
            whole = f"v{part * high:.1f}H{left}z"
            yield f'<path d="M{left} {y:.1f}H{left + count * cell:.1f}{whole}" fill="{colour}"/>'
            yield f'<path d="M{left} {y:.1f}H{right}{whole}" fill="{colour}" opacity=".3"/>'
        cuts = "".join(f"M{left + t * cell:.1f} {top:.1f}v{high:.1f}" for t in range(1, tosses))
        yield f'<path d="{cuts}M{left} {cut:.1f}H{right}" stroke="#fff" stroke-width="1.5"/>'
        middle = top + high / 2
        yield _text(left - 6, middle - 3, f"set {i + 1}", "end") + _text(left - 6, middle + 13, f"{count} heads", "end")
        for j, coin in enumerate("AB"):
            yield _text(right + 8, top + (0.3 + 0.5 * j) * high + 5, f"{coin} {share[j]:.3f}", "start")
    yield _text((left + right) / 2, BOTTOM + 18, "full colour: heads; pale: tails")


def _curves(heads, tosses, shares, theta):
    """The likelihood of each coin with the shares held, divided by its highest, and where the coin stands."""
    left, right = CURVES
    line = f'stroke="{PALETTE["light"]["line"]}" stroke-width="0.6" fill="none"'
    for tick in (0, 0.5, 1):
        yield f'<path d="M{_across(tick):.1f} {TOP}V{BOTTOM}M{left} {_up(tick):.1f}H{right}" {line}/>'
        yield _text(_across(tick), BOTTOM + 18, f"{tick:g}") + _text(left - 6, _up(tick) + 4, f"{tick:g}", "end")
    yield _text((left + right) / 2, BOTTOM + 36, "probability of heads")
    middle = (TOP + BOTTOM) / 2
    yield _text(left - 32, middle, "likelihood / highest", more=f' transform="rotate(-90 {left - 32} {middle:.1f})"')
    for j, bias in enumerate(theta):
        credit = shares[:, j] @ heads, shares[:, j] @ (tosses - heads)
        look = f'stroke="{COLOURS[j]}" stroke-width="2" fill="none"'
        x = np.linspace(0, 1, 101)
        x = x[_height(x, *credit) > 0.001]
        places = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(_across(x), _up(_height(x, *credit))))
        drop = f"M{_across(bias):.1f} {BOTTOM}V{_up(_height(bias, *credit)):.1f}"
        yield f'<path d="M{places}" {look}/><path d="{drop}" {look} stroke-dasharray="6 3"/>'
        style = f' style="font-size:20px;fill:{COLOURS[j]};stroke:#000;stroke-width:.6"'
        yield _text(_across(bias), BOTTOM + 7, GLYPHS[j], more=style)
        side = 1 if (bias, j) > (theta[1 - j], 1 - j) else -1
        yield _text(_across(bias) + 14 * side, BOTTOM - 8, "AB"[j])


def _across(bias):
    return CURVES[0] + (CURVES[1] - CURVES[0]) * bias


def _up(height):
    return BOTTOM - (BOTTOM - TOP) * height


def _height(bias, heads, tails):
    """bias^heads (1 - bias)^tails, divided by the highest it can be."""
    best = heads / (heads + tails)
    return np.exp(xlogy(heads, bias) + xlog1py(tails, -bias) - xlogy(heads, best) - xlog1py(tails, -best))


def _text(x, y, words, anchor="", more=""):
    more += f' text-anchor="{anchor}"' if anchor else ""
    return f'<text x="{x:.0f}" y="{y:.0f}"{more}>{words}</text>'
