"""What to do about an error that comes of running in a page, and would not come, or not so, on one's own machine."""

from .cells import ON_YOUR_MACHINE

HERE = ("numpy", "scipy", "sklearn", "joblib", "matplotlib", "PIL", "gmm_lib", "gmm_course")
MEMORY = (
    "Python in a page has at most 4 GB of memory, and 2 GB for one array. What it knew is still there: take less of "
    "it, delete what is large (del name), or press “Restart Python”. " + ON_YOUR_MACHINE
)
MODULE = (
    "A page has NumPy, SciPy, scikit-learn, Matplotlib, gmm_lib and Python’s own modules that need neither network nor "
    "processes; it cannot install more. " + ON_YOUR_MACHINE
)
NETWORK = "Python in a page has no network. " + ON_YOUR_MACHINE
THREADS = "Python in a page has one thread. " + ON_YOUR_MACHINE
EXIT = "Nothing ends in a page by this: “Restart Python” starts it anew."
AWAIT = "In a cell, write “await” before what you would hand to asyncio.run."
WORDS = {  # what errors say, of whatever type
    "array is too big": MEMORY,
    "can't start new thread": THREADS,
    "Cannot stack switch": AWAIT,
    "asyncio.run() cannot be called": AWAIT,
    "does not support processes": "A page cannot start programs. " + ON_YOUR_MACHINE,
}
NAMES = {
    "SystemExit": EXIT,
    "MemoryError": MEMORY,
    **dict.fromkeys(("URLError", "gaierror", "ConnectionError"), NETWORK),
}


def advice(error):
    """A sentence or two, or None."""
    if isinstance(error, ModuleNotFoundError):
        return MODULE if (error.name or "").partition(".")[0] not in HERE else None
    named = (NAMES[one.__name__] for one in type(error).__mro__ if one.__name__ in NAMES)
    said = (advice for words, advice in WORDS.items() if words in str(error))
    return next(named, None) or next(said, None)
