// The data: points with their names, from a page, a kernel, or a table of somebody's own.

const isUsable = (v) => Math.abs(v) < 1e150; // beyond that squares leave the range of numbers

function makeData({ X, features, ...more }) {
	const m = X?.[0]?.length;
	if (!m || X.some((row) => row.length !== m)) throw refusal("the data have no rows, or rows that differ in length");
	const names = features?.length === m ? features : range(m).map((r) => `column ${r + 1}`);
	const { labels, classes, truth = labels && classes && classShapes(X, labels, classes) } = more;
	const points = { features: names, X: X.map((row) => row.map((v) => v ?? NaN)), truth };
	return { name: "own", title: "your own", ...more, ...points };
}

// True labels of words, counted from 0; −1 of an empty one.
function labelsOf(words) {
	const classes = [...new Set(words)].filter(Boolean);
	return { classes, labels: words.map((word) => classes.indexOf(word)) };
}

// The true ellipses are then those of the classes: one M-step on the labels.
function classShapes(X, labels, classes) {
	try {
		const whole = range(X.length).filter((i) => !hasGap(X[i]));
		const shares = whole.map((i) => classes.map((_, j) => +(j === labels[i])));
		return mStep(whole.map((i) => X[i]), shares, { floor: 0 });
	} catch (error) {
		if (!error.refused) throw error;
		return null; // a class too small or too flat has no ellipse
	}
}

// Words beside data: `held` are those that Python has, by their name and edits; of `awaited` ones it has not sent the
// points yet, and those here are of the data before; `typed` are somebody's own, which a link carries.

// How many points there are; a notebook may show a sample of them.
const countOf = ({ n, X }) => n ?? X.length;

// What they count together, each by its weight, in BIC for one; that of a sample comes from Python.
function totalCount({ counted, sampleWeight, ...data }) {
	return counted ?? (sampleWeight ? total(sampleWeight) : countOf(data));
}

// The data after edits: of a row, counted from 0, and its new numbers. Without any it goes; beyond the last it is new.
function edited(data, edits) {
	let [{ X, labels, sampleWeight }, log] = [data, data.edits ?? []];
	if (data.n && edits.length) throw refusal(`these points are a sample of ${data.n}, which Python holds`);
	if (data.awaited && edits.length) return { ...data, edits };
	for (const [i, row] of edits) {
		const fits = row.length ? row.length === X[0].length && i <= X.length : i < X.length && X.length > 1;
		if (!fits) throw refusal(`edits: row ${i + 1} cannot become (${row}) in data of ${X.length} rows`);
		const put = (list, value) => [...list.slice(0, i), ...(row.length ? [value] : []), ...list.slice(i + 1)];
		labels = labels && put(labels, labels[i] ?? -1);
		sampleWeight = sampleWeight && put(sampleWeight, sampleWeight[i] ?? 1);
		X = put(X, row.map((v) => v ?? NaN));
		const again = log.at(-1)?.[0] === i && row.length && log.at(-1)[1].length; // a point is moved once more
		log = [...(again ? log.slice(0, -1) : log), [i, row]];
	}
	return edits.length ? { ...data, X, labels, sampleWeight, edits: log } : data;
}

// EM on the data, with settings that may hold a start.
const traceOf = ({ X, sampleWeight }, settings) => new Trace(X, { ...settings, sampleWeight });

// Points that lack values or weigh more than others: not everything can be done with them.
const isUneven = ({ X, sampleWeight }) => !!sampleWeight || isLacking(X);
