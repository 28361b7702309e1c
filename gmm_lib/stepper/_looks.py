"""The palette and the marks of every picture, each written once: for the figures, the stepper's script and its style.

Colours of the components are those of Okabe and Ito (2008) as far as they go; on dark paper they are lighter.
"""

PALETTE: dict[str, dict] = {
    "light": {
        "components": ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8A7500", "#555555"),
        "ink": "#1b2733",
        "soft": "#5a636d",
        "paper": "#ffffff",
        "line": "#d5dde4",
        "wash": "#f3f6f9",
        "act": "#075f96",
        "fall": "#b3261e",
    },
    "dark": {
        "components": ("#5ab0e6", "#f0894a", "#3ec79a", "#e09cc4", "#f2b53c", "#8bcbf0", "#d8c34a", "#b0b6bd"),
        "ink": "#dbe3ea",
        "soft": "#a3b1be",
        "paper": "#12181f",
        "line": "#33404c",
        "wash": "#1b242e",
        "act": "#7cc0ee",
        "fall": "#ff8f85",
    },
    # A projector needs more contrast than a screen.
    "presenter, light": {"ink": "#000000", "soft": "#222222", "paper": "#ffffff"},
    "presenter, dark": {"ink": "#ffffff", "soft": "#dddddd", "paper": "#000000"},
}
COLOURS = PALETTE["light"]["components"]
GREY = "#5f6670"  # points that have no component yet, in a figure
GLYPHS = "●▲■◆▼✚✖★"  # a component's mark in text: who sees no colour sees the shape

# The picture's margins in pixels, the share of the range that is left free on each side, and the share of one column's
# picture that is below the line.
MARGINS = {"left": 50, "right": 14, "top": 12, "bottom": 42, "around": 0.08, "hanging": 0.35}
