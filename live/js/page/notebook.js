/* A homework's notebook, the file that is handed in: pure functions that know no page. What is changed is the text of answers;
   all else (metadata, identities, order, checksums) stays as the students' version has it. */

const FOR_ELSEWHERE = "first-cell"; // of a student's zip: it finds the files that lie beside the notebook

const textOf = (cell) => (Array.isArray(cell.source) ? cell.source.join("") : String(cell.source ?? ""));
const linesOf = (text) => text.match(/[^\n]*\n|[^\n]+/g) ?? [];
const markOf = (cell) => cell.metadata?.nbgrader;

/* By what a cell is known in every copy of its notebook. */
const keyOf = (cell) => markOf(cell)?.grade_id ?? cell.id;

/* The text of each cell, by its key. */
const textsOf = (notebook) => new Map(notebook.cells.map((cell) => [keyOf(cell), textOf(cell)]));

/* What a student may change: code that is not given, and texts that are answers. */
const isOpen = (cell) => cell.metadata?.editable !== false && (cell.cell_type === "code" || Boolean(markOf(cell)?.solution));

/* The cell in which a student says a name; it has no mark, and some editors number cells anew. */
const isBegin = (cell) => cell.cell_type === "code" && !markOf(cell) && /^begin\(/m.test(textOf(cell));

/* A text without its links, which lead elsewhere in a student's zip. */
const wordsOf = (cell) => textOf(cell).replace(/\[([^\]]*)\]\([^()\s]+\)/g, "$1");

/* For people: "exercise 3" of "hw5-q3-answer". */
function nameOf(cell) {
  const exercise = /-q(\d+)/.exec(markOf(cell)?.grade_id ?? "");
  if (exercise) return `exercise ${exercise[1]}`;
  return isBegin(cell) ? "the cell with begin" : "a cell of your own";
}

/* The notebook with another text in one cell; what that cell had printed goes. */
function withText(notebook, key, text) {
  const cells = notebook.cells.map((cell) => {
    if (keyOf(cell) !== key || textOf(cell) === text) return cell;
    const printed = cell.cell_type === "code" ? { execution_count: null, outputs: [] } : {};
    return { ...cell, ...printed, source: linesOf(text) };
  });
  return { ...notebook, cells };
}

/* As nbformat writes it: an untouched notebook comes out byte for byte. */
const asFile = (notebook) => `${JSON.stringify(notebook, null, 1)}\n`;

/* "hw5": the homework that most of a notebook's cells name. */
function homeworkOf(notebook) {
  const counts = new Map();
  for (const cell of notebook.cells) {
    const named = /^(hw\d+)-/.exec(markOf(cell)?.grade_id ?? "") ?? /\b(?:begin|check|progress)\("(hw\d+)/.exec(textOf(cell));
    if (named) counts.set(named[1], (counts.get(named[1]) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/* The notebook in a file's text, if it is one of homework `wanted` ("hw5"); else an Error that says what it is. */
function readNotebook(text, file, wanted) {
  let notebook;
  try {
    notebook = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    throw new Error(`“${file}” is no notebook: it cannot be read.`);
  }
  if (!Array.isArray(notebook?.cells)) {
    const old = notebook?.nbformat < 4;
    throw new Error(`“${file}” is ${old ? `a notebook of format ${notebook.nbformat}: open and save it in Jupyter first` : "no notebook: it has no cells"}.`);
  }
  const found = homeworkOf(notebook);
  const number = (id) => id.slice(2);
  if (!found) throw new Error(`“${file}” is no homework of this book; this page takes homework ${number(wanted)}.`);
  if (found !== wanted) throw new Error(`“${file}” is homework ${number(found)}; this page takes homework ${number(wanted)}.`);
  return notebook;
}

/* What becomes of the notebook `own` if the answers of `other` come into it: the new one, which texts it replaces, how many cells
   came along and how many stood there twice (the last counts, as in grading), and which of the open ones `other` lacks. */
function merged(own, other) {
  const known = new Map(own.cells.map((cell) => [keyOf(cell), cell]));
  const given = new Set(own.cells.filter((cell) => !isOpen(cell)).map(wordsOf));
  const begin = own.cells.find(isBegin);
  const coming = new Map();
  const besides = new Map(); // cells of the student's own, by the known cell above them
  let above;
  let twice = 0;
  for (const cell of other.cells) {
    const key = begin && isBegin(cell) && !known.has(cell.id) ? keyOf(begin) : keyOf(cell);
    if (known.get(key)?.cell_type === cell.cell_type) {
      twice += coming.has(key) ? 1 : 0;
      coming.set(key, textOf(cell));
      above = key;
    } else if (textOf(cell).trim() && !given.has(wordsOf(cell))) besides.set(above, [...(besides.get(above) ?? []), cell]);
  }
  const open = own.cells.filter(isOpen);
  const changed = open.filter((cell) => coming.has(keyOf(cell)) && coming.get(keyOf(cell)) !== textOf(cell));
  let notebook = own;
  for (const cell of changed) notebook = withText(notebook, keyOf(cell), coming.get(keyOf(cell)));
  const taken = new Set(known.keys());
  const cameAlong = (key) => (besides.get(key) ?? []).map((cell) => asOwn(cell, taken));
  const cells = [...cameAlong(undefined), ...notebook.cells.flatMap((cell) => [cell, ...cameAlong(keyOf(cell))])];
  return {
    notebook: { ...notebook, cells },
    replaced: changed.map((cell) => ({ key: keyOf(cell), name: nameOf(cell), was: textOf(cell), is: coming.get(keyOf(cell)) })),
    besides: [...besides.values()].flat().filter((cell) => cell.id !== FOR_ELSEWHERE).length,
    twice,
    lacking: open.filter((cell) => !coming.has(keyOf(cell))).map(nameOf),
  };
}

/* A cell of the student's own, under an identity that no other has. */
function asOwn(cell, taken) {
  let id = String(cell.id ?? "own");
  for (let i = 1; taken.has(id); i++) id = `own-${i}`;
  taken.add(id);
  const { nbgrader, ...metadata } = cell.metadata ?? {};
  return { ...cell, id, metadata };
}
