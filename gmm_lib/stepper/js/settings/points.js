// The data: points with their names, from a page, a kernel, or a table of somebody's own.

const isUsable = (v) => Math.abs(v) < 1e150; // beyond that squares leave the range of numbers

function makeData({ X, features, ...more }) {
	const m = X?.[0]?.length;
	if (!m || X.some((row) => row.length !== m)) throw refusal("the data have no rows, or rows that differ in length");
	const names = features?.length === m ? features : range(m).map((r) => `column ${r + 1}`);
	return { name: "own", title: "your own", ...more, features: names, X: X.map((row) => row.map((v) => v ?? NaN)) };
}
