/* What a file is that somebody opens on a homework's page: a notebook of that homework, or an Error whose message says what it is
   instead, and what can be opened. Pure functions that know no page. */

const LARGEST = 50_000_000; // bytes; the grading takes no more
const BEGINNINGS = { // what files of other kinds begin with, and what to do instead
  "%PDF": "is a PDF, of which no answer can be read: open the notebook that it was made of",
  "PK": "is a zip: unpack it, and open the .ipynb that lies in it",
  "<": "is a web page: open the notebook itself",
};

/* "hw5": the homework that most of a notebook's cells name. */
function homeworkOf(notebook) {
  const counts = new Map();
  for (const cell of notebook.cells) {
    const named = /^(hw\d+)-/.exec(markOf(cell)?.grade_id ?? "") ?? /\b(?:begin|check|progress)\("(hw\d+)/.exec(textOf(cell));
    if (named) counts.set(named[1], (counts.get(named[1]) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/* The text in a file's bytes: UTF-8, as notebooks are written, or UTF-16, if it says that it is. */
function decoded(bytes) {
  const kind = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(kind, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/* Why a file's bytes cannot be read as a notebook, or the notebook. */
function parsed(bytes) {
  const beginning = String.fromCharCode(...bytes.subarray(0, 4));
  const other = Object.keys(BEGINNINGS).find((signs) => beginning.startsWith(signs));
  if (!bytes.length) return "is empty";
  if (other) return BEGINNINGS[other];
  const text = decoded(bytes);
  if (text === undefined) return "is no notebook, or an editor wrote it in other letters than UTF-8";
  try {
    return JSON.parse(text);
  } catch {
    const torn = "begins as a notebook does and cannot be read to its end: it was cut off, or changed by hand; save or load it down again";
    return /^\s*\{/.test(text) ? torn : "is no notebook";
  }
}

/* Why something that was read is no notebook with texts in all its cells; "" if it is one. */
function whyNoNotebook(notebook) {
  if (!Array.isArray(notebook?.cells)) {
    const { nbformat } = notebook ?? {};
    return nbformat < 4 ? `is a notebook of format ${nbformat}, the notebooks of today have 4: open and save it in Jupyter first` : "is no notebook: it has no cells";
  }
  const isText = (source) => typeof source === "string" || (Array.isArray(source) && source.every((line) => typeof line === "string"));
  const isObject = (one) => typeof one === "object" && one !== null && !Array.isArray(one);
  const isWhole = (cell) => isText(cell?.source) && typeof cell.cell_type === "string" && isObject(cell.metadata ?? {});
  const broken = notebook.cells.findIndex((cell) => !isWhole(cell));
  return broken < 0 ? "" : `is damaged: cell ${broken + 1} of ${notebook.cells.length} has no text that can be read`;
}

/* The notebook in the bytes of a file {name, size}, if it is one of homework `wanted` ("hw5"). */
function readNotebook(bytes, { name, size }, wanted) {
  const number = (id) => id.slice(2);
  const refuse = (why) => {
    throw new Error(`“${name}” ${why}. Nothing here was changed. This page takes homework ${number(wanted)}: the file (.ipynb) that “Save as notebook” or Jupyter made of it.`);
  };
  if (size > LARGEST) refuse(`has ${Math.round(size / 1e6)} MB, at most ${LARGEST / 1e6} MB can be handed in: clear its outputs in Jupyter, and save it again`);
  const notebook = parsed(bytes);
  const why = typeof notebook === "string" ? notebook : whyNoNotebook(notebook);
  if (why) refuse(why);
  const found = homeworkOf(notebook);
  if (!found) refuse("is no homework of this book");
  if (found !== wanted) refuse(`is homework ${number(found)}`);
  return notebook;
}
