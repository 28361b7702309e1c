// The data: points with their names, from a page, a kernel, or a table that somebody typed.

function makeData({ X, features, ...more }) {
	const m = X?.[0]?.length;
	if (!m || X.some((row) => row.length !== m)) throw refusal("the data have no rows, or rows that differ in length");
	const names = features?.length === m ? features : range(m).map((r) => `column ${r + 1}`);
	return { name: "own", title: "your own", ...more, features: names, X: X.map((row) => row.map((v) => v ?? NaN)) };
}

// One point on a line; the first line may hold the names of the columns.
function parseTable(text) {
	const rows = text.split("\n").map((line) => line.trim().split(/[\s,;]+/)).filter(([first]) => first);
	const features = rows[0]?.every((cell) => Number.isNaN(+cell)) ? rows.shift() : null;
	const m = rows[0]?.length;
	if (!(m >= 2 && m <= 10 && rows.length <= 5000)) {
		throw refusal("put one point on a line, 2 to 10 numbers each, such as 1.5, 2; at most 5000 points");
	}
	rows.forEach((row, i) => {
		const bad = row.find((cell) => !cell || !Number.isFinite(+cell));
		if (bad !== undefined) throw refusal(`point ${i + 1} holds “${bad}”: data must be finite numbers`);
	});
	return makeData({ X: rows.map((row) => row.map(Number)), features });
}
