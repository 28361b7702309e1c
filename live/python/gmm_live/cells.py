"""Read the code of a cell: Python, and of what only notebooks understand as much as a page can say something about."""

import ast
import re

ON_YOUR_MACHINE = "“make lab” opens the notebook on your own machine, where it works."
FIGURES = re.compile(r"\s*%matplotlib(\s+(inline|notebook|widget))?\s*(#.*)?$")  # asks for what is done anyway
INSTALLING = re.compile(r"\s*[!%]\s*(pip|conda|mamba|uv)\b")
SHELL = re.compile(r"\s*(\w+\s*=\s*)?!")
COMMAND = re.compile(r"\s*(?:\w+\s*=\s*)?(%%?\w+)")
QUESTION = re.compile(r"\s*(?:\?{1,2}\s*([\w.]+)|([\w.]+)\s*\?{1,2})\s*$")


def parsed(code, name="<cell>"):
    """The syntax tree of a cell. A command of Jupyter's raises a SyntaxError that says what can be done instead."""
    try:
        return ast.parse(code, name)
    except SyntaxError:
        lines = code.split("\n")
        plain = ["" if FIGURES.match(line) else line for line in lines]
        for number, line in enumerate(plain, start=1):
            if (why := instead(line)) and _is_wrong(plain, number):
                raise SyntaxError(why, (name, number, 1, line)) from None
        if plain == lines:
            raise
    return parsed("\n".join(plain), name)


def _is_wrong(lines, number):
    """Whether it is this line that Python cannot read: it may be a part of a text, or of a long expression."""
    try:
        ast.parse("\n".join(lines))
    except SyntaxError as error:
        return error.lineno == number
    return False


def instead(line):
    """What to do instead of a line that is a command of Jupyter's; None if it is none."""
    if INSTALLING.match(line):
        return f"packages cannot be installed in a page. {ON_YOUR_MACHINE}"
    if SHELL.match(line):
        return f"“!” asks the machine’s shell, and a page has none. {ON_YOUR_MACHINE}"
    if found := COMMAND.match(line):
        return f"“{found[1]}” is a command of Jupyter’s, and a page runs Python alone. {ON_YOUR_MACHINE}"
    if found := QUESTION.match(line):
        return f"“?” is a command of Jupyter’s: write help({found[1] or found[2]})"
    return None
