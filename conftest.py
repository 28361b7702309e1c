"""What all tests share: nbval is taught to compare pictures too, the files that take minutes are run first, and no
check remembers anything from one run to the next."""

import base64
import io
import os

import numpy as np

# What a check shows must not depend on what was checked in an earlier run; kernels started by the tests inherit this.
os.environ["GMM_PROGRESS"] = "off"

# A picture differs when more than this share of its pixels differ visibly. Fonts and lines are drawn alike by one
# Matplotlib on every machine; the share leaves room for the last digit of a curve, not for a missing one.
TOLERATED_SHARE = 0.005
VISIBLE = 48

# A cell with this tag draws what a processor decides: rounding errors, timings, memory. Another machine rightly draws
# another picture, so that only its being there is looked at; what it shows is asserted or printed by the cell below it.
OF_THIS_MACHINE = "picture-of-this-machine"


# Files of tests that take a minute or more, the longest first. A process that got one of them last would work on when
# all others are done: xdist hands out whole files, in this order if it is told --no-loadscope-reorder.
LONG = (
    "tests/browser/test_site_in_browser.py",
    "tests/test_homework_gallery.py",
    "tests/browser/test_live_in_browser.py",
    "tests/browser/test_stepper_links.py",
    "tests/browser/test_stepper_pictures.py",
    "tests/test_homework_grading.py",
    "tests/browser/test_stepper_in_browser.py",
    "book/chapters/12_selection.ipynb",
    "tests/test_homework_cells.py",
    "tests/test_homework_sizes.py",
    "tests/test_uncertainty.py",
    "tests/test_evaluation.py",
    "tests/test_elsewhere.py",
    "tests/test_doors.py",
    "tests/test_habits.py",
    "book/chapters/11_evaluation.ipynb",
)


def pytest_collection_modifyitems(config, items):
    """Long files first; the others, and the tests of a file, stay in their order."""
    rank = {path: place for place, path in enumerate(LONG)}
    items.sort(key=lambda item: rank.get(os.path.relpath(item.path, config.rootpath).replace(os.sep, "/"), len(LONG)))


def _pixels(png):
    from PIL import Image

    image = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    return np.asarray(image, dtype=np.int16)


def picture_difference(stored, drawn, of_this_machine=False):
    """Why two base64 PNGs are not the same picture, in words; None when they are, or need not be."""
    if stored is None or drawn is None:
        return "a picture was stored and none drawn" if drawn is None else "a picture was drawn and none stored"
    stored, drawn = _pixels(stored), _pixels(drawn)
    if drawn.std() < 1:
        return "the picture is blank"
    if of_this_machine:
        return None
    if stored.shape != drawn.shape:
        return f"the picture is {drawn.shape[1]}x{drawn.shape[0]}, stored is {stored.shape[1]}x{stored.shape[0]}"
    share = (np.abs(stored - drawn).max(axis=2) > VISIBLE).mean()
    if share > TOLERATED_SHARE:
        return f"{share:.2%} of the picture's pixels differ from the stored one"
    return None


def _pictures(outputs):
    return [output["data"]["image/png"] for output in outputs if "image/png" in output.get("data", {})]


def pytest_configure(config):
    try:
        from nbval.plugin import IPyNbCell
    except ImportError:
        return  # only the notebooks need nbval
    if getattr(IPyNbCell.compare_outputs, "compares_pictures", False):
        return
    compare_text = IPyNbCell.compare_outputs

    def compare_outputs(self, test, ref, skip_compare=None):
        same = compare_text(self, test, ref, skip_compare=skip_compare)
        drawn, stored = _pictures(test), _pictures(ref)
        of_this_machine = OF_THIS_MACHINE in self.cell.metadata.get("tags", ())
        for i in range(max(len(drawn), len(stored))):
            one, other = (pictures[i] if i < len(pictures) else None for pictures in (stored, drawn))
            if why := picture_difference(one, other, of_this_machine):
                self.comparison_traceback.append(f"picture {i + 1} of this cell: {why}")
                same = False
        return same

    compare_outputs.compares_pictures = True
    compare_outputs.of_text = compare_text  # for pages that draw with another Matplotlib
    IPyNbCell.compare_outputs = compare_outputs
