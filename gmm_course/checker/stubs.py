"""Tell a function that was not written yet from a short one."""

import dis
from collections.abc import Callable

# What a body of nothing but a docstring, "...", "pass" or "return None" compiles to, in every version of Python.
IDLE = {"RESUME", "NOP", "POP_TOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"}


def is_stub(function: Callable) -> bool:
    """Whether a function's body is nothing but a docstring, ``...``, ``pass`` or ``return None``."""
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    does_nothing = {instruction.opname for instruction in dis.get_instructions(code)} <= IDLE
    holds_nothing = all(constant in (None, ...) or isinstance(constant, str) for constant in code.co_consts)
    return does_nothing and holds_nothing and function(*[None] * code.co_argcount) is None
