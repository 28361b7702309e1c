"""What all tests share: nbval is taught to compare pictures too, the files that take minutes are run first, and no
check remembers anything from one run to the next."""

import os
import sys
from itertools import zip_longest
from pathlib import Path
from unittest.mock import patch

sys.path.append(str(Path(__file__).parent / "tools"))
import notebooks
import pictures

# What a check shows must not depend on what was checked in an earlier run; kernels started by the tests inherit this.
os.environ["GMM_PROGRESS"] = "off"

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


def pytest_configure(config):
    try:
        from nbval.plugin import IPyNbCell, IPyNbFile
    except ImportError:
        return  # only the notebooks need nbval
    if getattr(IPyNbCell.compare_outputs, "compares_pictures", False):
        return
    compare_text, start = IPyNbCell.compare_outputs, IPyNbFile.setup

    def compare_outputs(self, test, ref, skip_compare=None):
        skipped = (*(skip_compare or self.parent.skip_compare), *pictures.KINDS)
        same = compare_text(self, test, ref, skip_compare=skipped)
        of_this_machine = OF_THIS_MACHINE in self.cell.metadata.get("tags", ())
        both = zip_longest(pictures.of_outputs(ref), pictures.of_outputs(test))
        for number, (stored, drawn) in enumerate(both, start=1):
            if why := pictures.difference(stored, drawn, of_this_machine):
                self.comparison_traceback.append(f"picture {number} of this cell: {why}")
                same = False
        return same

    def setup(self):
        """Kernels of notebooks draw as those that stored them; others, of students for one, as they like."""
        with patch.dict(os.environ, MPLBACKEND=notebooks.BACKEND):
            start(self)

    compare_outputs.compares_pictures = True
    compare_outputs.of_text = compare_text  # for pages that draw with another Matplotlib
    IPyNbCell.compare_outputs, IPyNbFile.setup = compare_outputs, setup
