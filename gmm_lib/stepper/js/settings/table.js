// A table of somebody's own, read strictly: what must be mended is named by row and column, nothing is left out unseen.

const MOST_LABELS = 20;
const SEPARATORS = { "\t": "tabs", ";": "semicolons", ",": "commas", " ": "blanks" };
const isNumber = (cell) => /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(cell);
const hasComma = (cell) => /^[+-]?\d*,\d/.test(cell) && isNumber(cell.replace(",", "."));
const isMissing = (cell) => /^(|na|n\/a|nan|null|none|\?)$/i.test(cell);

// Rows of cells, each with the line on which it begins. A cell in quotes may hold separators and line ends.
function cellsOf(text, separator) {
	const [no, between] = separator === " " ? [" \\t", "[ \\t]+"] : [separator, separator];
	const ends = `${between}|\\r?\\n|\\r|$`;
	const cell = new RegExp(` *(?:"((?:[^"]|"")*)"|((?!")[^${no}\\r\\n]*)) *(${ends})`, "y");
	const rows = [];
	let [row, line] = [[], 1];
	for (let end = separator; end; ) {
		const found = cell.exec(text);
		if (!found) throw refusal(`a quotation mark on line ${line} is not closed, or something follows it`);
		row.line ??= line;
		line += found[0].split(/\r\n|\n|\r/).length - 1;
		row.push((found[1]?.replaceAll('""', '"') ?? found[2]).trim());
		end = found[3];
		if (end && !/[\r\n]/.test(end)) continue;
		if (row.some(Boolean)) rows.push(row);
		row = [];
	}
	return rows;
}

// What a text holds. Of a column: its name, its cells, their numbers, `trouble` if one is no number, whether it only
// `lacks` some, and `words`, the different ones, if they are so few that they may be labels.
function parseTable(text) {
	if (/[\0-\x08]/.test(text)) throw refusal("this is no text: save a spreadsheet as CSV, then take that file");
	const [first, second = first] = text.replace(/"[^"]*"/g, "q").trim().split(/[\r\n]+/);
	const separator = Object.keys(SEPARATORS).find((one) => first.includes(one) && second.includes(one)) ?? ",";
	const rows = cellsOf(text.replace(/^\ufeff/, ""), separator);
	const comma = separator !== "," && rows.flat().find(hasComma);
	const point = comma && rows.flat().find((cell) => isNumber(cell) && cell.includes("."));
	if (point) throw refusal(`“${comma}” has a decimal comma and “${point}” a decimal point: one of them must go`);
	const plain = (cell) => (comma ? cell.replace(",", ".") : cell);
	const number = (cell) => (isNumber(plain(cell)) ? +plain(cell) : NaN);
	const named = !!rows[0]?.every((cell) => Number.isNaN(number(cell))) && !rows[0].every(isMissing);
	const head = named ? rows.shift() : rows[0];
	if (!rows.length) throw refusal(`there are no rows${named ? " below the names of the columns" : ""}`);
	const most = SETTINGS.points.rows;
	if (rows.length > most) throw refusal(`there are ${rows.length} rows; a page takes ${most}`);
	const place = (i) => `row ${i + 1}${rows[i].line === i + 1 ? "" : ` (line ${rows[i].line})`}`;
	const ragged = rows.findIndex((row) => row.length !== head.length);
	if (ragged >= 0) throw refusal(`${place(ragged)} has not ${head.length} cells, but ${rows[ragged].length}`);
	const columns = head.map((name, c) => {
		const cells = rows.map((row) => row[c]);
		const numbers = cells.map(number);
		const bad = numbers.findIndex((v) => !isUsable(v));
		const what = Number.isNaN(numbers[bad]) ? "no number" : "beyond 10¹⁵⁰";
		const said = cells[bad] ? `holds “${cells[bad].slice(0, 30)}”, ${what}` : "is empty";
		const words = [...new Set(cells)].filter((cell) => !isMissing(cell));
		const few = words.length > 0 && words.length <= MOST_LABELS;
		const called = (named && name) || `column ${c + 1}`;
		const trouble = bad >= 0 && `${place(bad)} ${said}`;
		const lacks = trouble && words.length > 0 && numbers.every((v, i) => isUsable(v) || isMissing(cells[i]));
		return { name: called, cells, numbers, trouble, lacks, words: few && words };
	});
	const about = { separator: SEPARATORS[separator], comma, named, n: rows.length };
	return { ...about, columns, gaps: false, ...firstChoice(columns) };
}

const mayWeigh = ({ trouble, numbers }) => !trouble && Math.min(...numbers) >= 0 && total(numbers) > 0;

// The columns of numbers, but not what the stepper itself has added; labels are called so, or are the only words.
function firstChoice(columns) {
	const texts = columns.filter(({ words, numbers }) => words && numbers.every(Number.isNaN));
	const label = columns.find(({ name, words }) => words && name === "label") ?? (texts.length === 1 && texts[0]);
	const weights = columns.findIndex((column) => column.name === "sample_weight" && mayWeigh(column));
	const isOurs = (c) => c === weights || /^w_\d+$/.test(columns[c].name);
	const good = range(columns.length).filter((c) => !columns[c].trouble && !isOurs(c));
	return { used: good.slice(0, SETTINGS.points.high), labels: columns.indexOf(label), weights };
}

// The data of the columns that somebody chose; `labels` is that of the true labels, `weights` that of the sample
// weights, or −1.
function tableData({ columns, n, used, labels, weights }) {
	const chosen = used.filter((c) => c !== labels && c !== weights).map((c) => columns[c]);
	const { low, high } = SETTINGS.points;
	const fits = chosen.length >= low && chosen.length <= high;
	if (!fits) throw refusal(`choose ${low} to ${high} columns of numbers; chosen are ${chosen.length}`);
	const X = range(n).map((i) => chosen.map(({ numbers }) => numbers[i]));
	const words = columns[labels]?.cells.map((cell) => (isMissing(cell) ? "" : cell));
	const own = { X, features: chosen.map(({ name }) => name), sampleWeight: columns[weights]?.numbers, typed: true };
	return makeData({ ...own, ...(words && labelsOf(words)) });
}
