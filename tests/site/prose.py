"""Reads a notebook as its reader does: the prose of each section, the numbers in it, and what its cells print.

A number in prose is a promise. It is kept when a cell of the same section prints it, at the precision written, or uses
it as an input. What no cell there can print is marked by a comment of its own line in the section's Markdown, which
neither the site nor JupyterLab shows::

    <!-- free: 0.74 1000 (the article's own figures) -->
    <!-- from 10_model: -180.185 -->
"""

import io
import json
import re
import tokenize
from dataclasses import dataclass, field

from gmm_lib import datasets

COUNTED = 20  # whole numbers up to here are counts that a reader can count himself
SIZES = (len(datasets.iris().X), len(datasets.old_faithful().X))
FIRST_YEAR, LAST_YEAR = 1650, 1999

WORDS_PER_MINUTE = 180
MINUTES_PER_LINE = {"code": 3 / 60, "printed": 1 / 60}
MINUTES_PER_FORMULA = 0.25
MINUTES_PER_QUESTION = 1.0

_POWER = r"10(?:\^\{?(?P<power>[-−]?\d+)\}?|(?P<raised>[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))"
NUMBER = re.compile(
    r"(?<![\w.\\])(?P<minus>(?<![)\]}])[-−])?(?:(?P<digits>\d{1,3}(?:(?:,|\\,|\{,\})\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    rf"(?:e(?P<e>[+-]?\d+)|\s*(?:\\cdot|\\times|·|×)\s*{_POWER})?(?P<percent>\s*\\?%)?)"
)
BARE_POWER = re.compile(rf"(?<![\w.\\])(?<!cdot )(?<!times )(?<![·×] ){_POWER}")
RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")
PRINTED = re.compile(r"(?<![\w.])-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?(?:e[+-]?\d+)?|(?<![\w.])-?\.\d+(?:e[+-]?\d+)?")
MARK = re.compile(r"^<!-- (free|from (\S+)):([^(\n]*?)(\(.*\))?\s*-->\s*$", re.MULTILINE)
QUESTION = re.compile(r"^(?:`{3,}|:{3,})\{dropdown\}|^:class: dropdown", re.MULTILINE)


@dataclass(frozen=True)
class Number:
    """A number as written: its size without sign, the unit of its last digit, and whether it is a percentage."""

    text: str
    value: float
    unit: float
    percent: bool = False
    negative: bool = False

    @property
    def is_count_or_year(self):
        if self.unit != 1 or self.percent:
            return False
        year = "," not in self.text and FIRST_YEAR <= self.value <= LAST_YEAR
        return year or self.value <= COUNTED or self.value in SIZES

    def agrees(self, printed):
        """Is it this printed number, rounded? (A minus must be there if one is written; prose may say "falls by 3".)"""
        if self.negative and printed > 0:
            return False
        sizes = (abs(printed), 100 * abs(printed)) if self.percent else (abs(printed),)
        return any(abs(self.value - size) <= self.unit * 0.5 * (1 + 1e-6) + 1e-12 * size for size in sizes)


def numbers(text):
    """The numbers in a piece of text, in order."""
    found = []
    for match in NUMBER.finditer(text):
        digits = re.sub(r"\\,|\{,\}|,", "", match["digits"])
        power = match["e"] or match["power"] or match["raised"] or "0"
        scale = 10.0 ** int(power.translate(RAISED))
        decimals = len(digits.partition(".")[2])
        size, unit = float(digits) * scale, 10.0**-decimals * scale
        found.append(Number(match[0], size, unit, bool(match["percent"]), bool(match["minus"])))
    return found


def printed_numbers(text):
    """The numbers in what a cell prints."""
    return [float(number.replace(",", "")) for number in PRINTED.findall(text)]


def words_of(markdown):
    """Markdown without what holds no promise: code, targets, comments, citations and other links to numbered things,
    subscripts and superscripts."""
    text = re.sub(r"^(`{3,})(?!\{)[^\n]*\n.*?^\1\s*$", "", markdown, flags=re.MULTILINE | re.DOTALL)
    not_read = r"^(?:%.*|<!--.*-->|\([\w-]+\)=\s*|(?:`{3,}|:{3,}).*\{[\w:.-]+\}|:\w+:.*)$"
    text = re.sub(not_read, "", text, flags=re.MULTILINE)
    text = re.sub(r"(`+).*?\1", "", text)
    text = re.sub(r"\[[^\]]*\]\((?:\S*#)?(?:eq|ch|bib|erratum|fig|hw|homework)-[^)]*\)", "", text)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    text = re.sub(r"\\tag\{[^}]*\}|\bSlips? \d+(?:(?:, | and |–| to )\d+)*|\bseeds? \d+\b", "", text)
    text = re.sub(r"About \d+ minutes", "", text)
    text = BARE_POWER.sub(lambda found: f" 1e{(found['power'] or found['raised']).translate(RAISED)} ", text)
    text = re.sub(r"(?<!10)[_^](?:\{(?:[^{}]|\{[^{}]*\})*\}|\\?\w)", " ", text)
    return re.sub(r"\\(?:hspace|vspace|rule|phantom)\*?\{[^}]*\}", "", text)


@dataclass
class Section:
    """A section of a notebook: from one heading of the first or second level to the next."""

    title: str = ""
    markdown: list = field(default_factory=list)
    captions: list = field(default_factory=list)
    code: list = field(default_factory=list)
    shown_code: list = field(default_factory=list)
    printed: list = field(default_factory=list)

    @property
    def prose(self):
        return "\n\n".join(words_of(part) for part in (*self.markdown, *self.captions))

    @property
    def prose_as_written(self):
        return "\n\n".join(self.markdown)

    @property
    def results(self):
        """The numbers that the section's cells print."""
        return [number for text in self.printed for number in printed_numbers(text)]

    @property
    def inputs(self):
        """The numbers in the section's code."""
        return [number for source in self.code for number in _literals(source)]

    @property
    def marks(self):
        """``(where, number)`` for each number marked: where is None if it is free, else a notebook's name."""
        found = MARK.findall("\n".join(self.markdown))
        return [(where or None, number) for _, where, listed, _ in found for number in numbers(listed)]


def _literals(source):
    source = re.sub(r"^\s*[%!].*$", "", source, flags=re.MULTILINE)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NUMBER and not token.string.lower().startswith(("0x", "0b", "0o")):
            yield from (size := abs(complex(token.string.replace("_", ""))), -size)  # its sign is another token


def _texts(output):
    if output["output_type"] == "stream":
        yield "".join(output["text"])
    data = output.get("data", {})
    for kind in ("text/markdown", "text/latex"):
        yield "".join(data.get(kind, ""))
    if not any(kind.startswith("image/") for kind in data):
        yield "".join(data.get("text/plain", ""))


def sections(path):
    """The sections of a notebook."""
    found = [Section()]
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            for part in re.split(r"^(?=##? )", source, flags=re.MULTILINE):
                if title := re.match(r"##? (.*)", part):
                    found.append(Section(title[1]))
                found[-1].markdown.append(part)
            continue
        section, tags = found[-1], cell["metadata"].get("tags", [])
        section.code.append(source)
        if not {"hide-input", "hide-cell", "remove-input"} & set(tags):
            section.shown_code.append(source)
        section.printed += [text for output in cell.get("outputs", []) for text in _texts(output)]
        words = cell["metadata"].get("mystnb", {})
        section.captions += [words.get("figure", {}).get("caption", ""), words.get("image", {}).get("alt", "")]
    return found


def unkept(section, elsewhere):
    """What is wrong with the numbers of a section, in words; ``elsewhere(name)`` gives the numbers that a notebook
    prints."""
    known = section.results + section.inputs
    marks = section.marks
    used = set()
    for number in numbers(section.prose):
        if number.is_count_or_year:
            continue
        mark = next((mark for mark in marks if mark[1].value == number.value), None)
        if any(number.agrees(value) for value in known):
            continue
        if mark is None:
            yield f"{number.text.strip()} is printed by no cell of the section {section.title!r}"
            continue
        used.add(mark)
        if mark[0] is not None and not any(number.agrees(value) for value in elsewhere(mark[0])):
            yield f"{number.text.strip()} is not printed in {mark[0]} (marked in the section {section.title!r})"
    for where, number in marks:
        if (where, number) not in used:
            yield f"the mark of {number.text.strip()} in the section {section.title!r} is not needed"


def minutes(path):
    """How long a notebook takes to read and to work through, by the rates above."""
    total = 0.0
    for section in sections(path):
        text = "\n".join(section.markdown)
        formulas = re.findall(r"\$\$.*?\$\$", text, flags=re.DOTALL)
        plain = re.sub(r"\$\$.*?\$\$", "", text, flags=re.DOTALL)
        plain = re.sub(r"\$[^$]+\$", " symbol ", plain)
        captions = section.captions[::2]  # an alternative text is read instead of the picture
        total += len(re.findall(r"\w[\w'’-]*", words_of(plain + "\n".join(captions)))) / WORDS_PER_MINUTE
        total += sum(map(_lines, section.shown_code)) * MINUTES_PER_LINE["code"]
        total += sum(map(_lines, section.printed)) * MINUTES_PER_LINE["printed"]
        total += len(formulas) * MINUTES_PER_FORMULA
        total += len(QUESTION.findall(text)) * MINUTES_PER_QUESTION
    return total


def _lines(text):
    return sum(bool(line.strip()) for line in text.splitlines())
