"""Pyodide's linker, made to look only at what is still open.

After each library that Python loads, the linker of the release goes through every name that any library has ever asked
for, to see whether it has an address by now. A chapter loads nearly 300 libraries, which ask for thousands of names:
a third of the time of its first cell. A name that has its address keeps it, so that here the linker remembers
which names have none, and looks at these.
"""

LINKER = "pyodide.asm.js"
MADE = b'new WebAssembly.Global({"value":"i32","mutable":true})'
CHANGES = (
    (b"var GOT={};", b"var GOT={},openSymbols=new Set;"),
    *(
        (at + MADE, at + b"(openSymbols.add(symName)," + MADE + b")")
        for at in (b"rtn=GOT[symName]=", b"GOT[symName]||=")
    ),
    (
        b"for(var[symName,entry]of Object.entries(GOT)){if(entry.value==0){",
        b"for(var symName of openSymbols){var entry=GOT[symName];if(entry.value!=0){openSymbols.delete(symName)}else{",
    ),
)


def hastened(script: bytes) -> bytes:
    """The linker's script with these changes; a ValueError if it is not the one that they were written for."""
    for before, after in CHANGES:
        if script.count(before) != 1:
            raise ValueError(f"{LINKER} must have {before.decode()!r} once; it has it {script.count(before)} times.")
        script = script.replace(before, after)
    return script
