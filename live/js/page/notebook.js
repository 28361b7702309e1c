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
const wordsOf = (cell) => textOf(cell).replace(/\[([^\]]*)\]\([^()\s]+\)/g, "$1").trim();

/* For people: "exercise 3" of "hw5-q3-answer". */
function nameOf(cell) {
  const exercise = /-q(\d+)/.exec(markOf(cell)?.grade_id ?? "");
  if (exercise) return `exercise ${exercise[1]}`;
  return isBegin(cell) ? "the cell with begin" : "a cell of your own";
}

/* The notebook with another text in one cell, and with the pictures that belong to the text; what that cell had printed goes. */
function withText(notebook, key, text, attachments) {
  const cells = notebook.cells.map((cell) => {
    if (keyOf(cell) !== key || textOf(cell) === text) return cell;
    const printed = cell.cell_type === "code" ? { execution_count: null, outputs: [] } : {};
    return { ...cell, ...printed, ...(attachments && { attachments }), source: linesOf(text) };
  });
  return { ...notebook, cells };
}

/* As nbformat writes it: an untouched notebook comes out byte for byte. */
const asFile = (notebook) => `${JSON.stringify(notebook, null, 1)}\n`;

/* Answers whose marks another editor took away are known by what they hold: code by the name that it gives something, as the
   answer's cell in the homework as it was given does ("gap" of "def gap(v, w): ..."), words by the question above them. */
function signsOfLost(given, other) {
  const present = new Set(other.cells.map(keyOf));
  const signs = new Map();
  for (const [i, cell] of given.cells.entries()) {
    if (!markOf(cell)?.solution || present.has(keyOf(cell))) continue;
    signs.set(cell.cell_type === "code" ? namesIn(textOf(cell))[0] : wordsOf(given.cells[i - 1]), keyOf(cell));
  }
  return signs;
}

const NAMED = /^(?:def|class)\s+(\w+)|^(\w+)\s*=(?!=)/gm;
const namesIn = (text) => [...text.matchAll(NAMED)].map(([, defined, set]) => defined ?? set);

/* The key of each cell of `other` among those of `own`; undefined for a cell that stands there alone. */
function keysOf(own, other, given) {
  const known = new Map(own.cells.map((cell) => [keyOf(cell), cell]));
  const begin = own.cells.find(isBegin);
  const lost = signsOfLost(given, other);
  return other.cells.map((cell, i) => {
    if (begin && isBegin(cell) && !known.has(cell.id)) return keyOf(begin);
    if (known.get(keyOf(cell))?.cell_type === cell.cell_type) return keyOf(cell);
    const signs = cell.cell_type === "code" ? namesIn(textOf(cell)) : i > 0 ? [wordsOf(other.cells[i - 1])] : [];
    const key = signs.map((sign) => lost.get(sign)).find(Boolean);
    return known.get(key)?.cell_type === cell.cell_type ? key : undefined;
  });
}

/* The cells of `other` sorted: those that come into open cells of `own`, by their keys (`coming`), how often one came again
   (`twice`), the student's own by the known cell above them (`besides`), and how many of the given code had been changed (`edited`). */
function sorted(own, other, keys) {
  const known = new Map(own.cells.map((cell) => [keyOf(cell), cell]));
  const here = new Set(own.cells.filter((cell) => !isOpen(cell) || !markOf(cell)).map(wordsOf));
  const [coming, besides, edited] = [new Map(), new Map(), new Set()];
  let above;
  let twice = 0;
  for (const [i, cell] of other.cells.entries()) {
    const key = keys[i];
    above = key ?? above;
    if (key !== undefined && isOpen(known.get(key))) {
      twice += coming.has(key) ? 1 : 0;
      coming.set(key, cell);
    } else if (textOf(cell).trim() && !here.has(wordsOf(cell))) {
      if (key !== undefined && cell.cell_type === "code") edited.add(key);
      else besides.set(above, [...(besides.get(above) ?? []), cell]);
    }
  }
  return { coming, twice, besides, edited: edited.size };
}

/* Whether known cells stand in `other` in another order than in `own`. */
function isDisordered(own, keys) {
  const order = own.cells.map(keyOf);
  const places = keys.filter((key) => key !== undefined).map((key) => order.indexOf(key));
  return places.some((place, i) => place < places[i - 1]);
}

/* What becomes of the notebook `own` if the answers of `other` come into it; `given` is the homework as it was given. The new
   notebook, which texts it replaces, how many cells came along, how many stood there twice (the last counts, as in grading),
   how many of the given ones were changed there, whether they stood in another order, and which of the open ones it lacks. */
function merged(own, other, given) {
  const keys = keysOf(own, other, given);
  const { coming, twice, besides, edited } = sorted(own, other, keys);
  const open = own.cells.filter(isOpen);
  const isChanged = (cell) => coming.has(keyOf(cell)) && textOf(coming.get(keyOf(cell))) !== textOf(cell);
  const replaced = open.filter(isChanged).map((cell) => {
    const { attachments, ...come } = coming.get(keyOf(cell));
    return { key: keyOf(cell), name: nameOf(cell), was: textOf(cell), is: textOf(come), attachments };
  });
  const notebook = replaced.reduce((made, { key, is, attachments }) => withText(made, key, is, attachments), own);
  const taken = new Set(own.cells.map(keyOf));
  const cameAlong = (key) => (besides.get(key) ?? []).map((cell) => asOwn(cell, taken));
  const cells = [...cameAlong(undefined), ...notebook.cells.flatMap((cell) => [cell, ...cameAlong(keyOf(cell))])];
  return {
    notebook: { ...notebook, cells },
    replaced,
    besides: [...besides.values()].flat().filter((cell) => cell.id !== FOR_ELSEWHERE).length,
    twice,
    edited,
    disordered: !twice && isDisordered(own, keys),
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
