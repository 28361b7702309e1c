"""The page that lies beside a student's notebook: how to open it, to work, and to hand in."""

HOW_TO = """\
# How to work on *{title}*

This folder holds all that the notebook `{name}.ipynb` needs, but for Python 3.11 or newer and the packages in
`requirements.txt`. Keep its files together. Once they are installed, nothing needs a network.

## Open the notebook

**Jupyter.** Unpack the zip, open a terminal in this folder, and say (on Windows, `py` for `python3`, and
`.venv\\Scripts\\` for `.venv/bin/`; an environment made for another homework will do, with this one's requirements
installed into it as well):

```sh
python3 -m venv .venv
.venv/bin/python -m pip install -r requirements.txt {jupyterlab}
.venv/bin/jupyter lab {name}.ipynb
```

**VS Code.** With the extensions *Python* and *Jupyter*: unpack the zip, and in a terminal in this folder say

```sh
python3 -m venv .venv
.venv/bin/python -m pip install -r requirements.txt {ipykernel}
```

Then choose *File: Open Folder*, this folder, open the notebook, and under *Select Kernel* the environment `.venv`.

**Colab.** Unpack the zip, and upload `{name}.ipynb` (*File: Upload notebook*). Then upload the zip itself,
`{name}.zip`: the folder symbol on the left, then the symbol with the arrow. Run the first code cell, which unpacks
it. Colab has packages of its own; if one is missing, that cell says which and how to install it.

## Work

Run the cells from the top (`Shift`+`Enter`). Replace the dots by your answer, run that cell, then the check below
it. `check` says whether the answer is right; if it is not, which mistake it shows where it can, and the smallest
example where it cannot. Check as often as you like: nothing is counted, nothing is sent anywhere, and every check
of a function draws new numbers. A text or a derivation is read by your teacher; a check of it only gives hints.

## What is kept

Your answers are kept in the notebook whenever you save it. After a restart of the kernel, run the cells again from
the top. Until you have, `check` and `progress("{homework}")` show what was *right before*: for that a small file
beside the notebook, `.progress-{homework}.json`, notes when each answer was last found right. It is a memory and no
mark: an answer may have changed since, and grading does not read it. You may delete it.

Colab keeps the notebook, but throws away what was uploaded when it ends the session, and this file with it: then
upload the zip again.

## Hand in

Restart the kernel and run all cells, save, and give your teacher `{name}.ipynb` under this name; nothing else is
needed. (In Colab: *File: Download: Download .ipynb*.) Leave the check cells as they are. The same checker examines
your answers on other inputs. An exercise you could not do may stay as it is.

## If something is in the way

- *No module named 'numpy'*, or *Not installed here*: the notebook runs in another Python than the one you installed
  into. Choose `.venv` as its kernel.
- *The folder gmm_course belongs beside this notebook*: the notebook was moved, or in Colab the zip has not arrived
  yet.

## What else is in this folder

`gmm_course` is the checker. To compare it must know the right answers to this homework, and they stand there in
plain text: looking there first takes the exercise away from nobody but you. `gmm_lib` is what this homework uses of
the book's library. `LICENSE` is for the code, `LICENSE-CONTENT` for the text.
"""


def how_to(title: str, name: str, pinned: dict) -> str:
    """The page for a homework: its title as in the notebook, its name ("hw05_e_step"), and the project's pins."""
    homework = f"hw{int(name[2:4])}"
    tools = {tool: pinned[tool] for tool in ("jupyterlab", "ipykernel")}
    return HOW_TO.format(title=title, name=name, homework=homework, **tools)
