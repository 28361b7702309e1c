// What a link carries besides settings: points, edits and a start set by hand, as JSON (gmm_lib/stepper/_links.py).

const isList = (value, length) => Array.isArray(value) && value.length === length;
const isRow = (row, m) => isList(row, m) && row.every((v) => typeof v === "number" && isUsable(v));
const isMatrix = (rows, m) => Array.isArray(rows) && rows.length > 0 && rows.every((row) => isRow(row, m));
const withoutGaps = (rows) => rows.map((row) => row.map((v) => v ?? 0)); // null is a value that is missing
const isWeights = (list, n) => isRow(list, n) && Math.min(...list) >= 0 && total(list) > 0;

const CARRIED = {
	points({ features, X, labels, classes, sampleWeight: v, ...more }) {
		const { low, high, rows } = SETTINGS.points;
		const [m, n] = [features.length, X.length];
		const words = [...features, ...(classes ?? [])].every((word) => typeof word === "string");
		const label = (j) => Number.isInteger(j) && j >= -1 && j < classes.length;
		const fits = m >= low && m <= high && n <= rows && isMatrix(withoutGaps(X), m);
		const told = !labels || (labels.length === n && labels.every(label));
		return fits && words && told && !Object.keys(more).length && (!v || isWeights(v, n));
	},
	edits: (list) => list.every(([i, row]) => Number.isInteger(i) && i >= 0 && isRow(row, row.length)),
	parameters({ weights, means, covariances: S }) {
		const [k, m] = [weights.length, means[0].length];
		const right = S.every((one, j) => isMatrix(one, m) && one.length === m && cholesky(one, j));
		return right && S.length === k && isMatrix(means, m) && means.length === k && isWeights(weights, k);
	},
};

function readCarried(text, _, { kind }) {
	try {
		const value = JSON.parse(text || "null");
		return value === null || CARRIED[kind](value) ? value : undefined;
	} catch {
		return undefined;
	}
}
const writeCarried = (value) => encodeURIComponent(JSON.stringify(value)).replace(/%2C|%5B|%5D/g, decodeURIComponent);

// The pairs of a link, of what follows its "?". What it should name and does not is set back to its default.
function linkedPairs(query) {
	const named = [...new URLSearchParams(query.replaceAll("+", "%2B"))]; // k-means++ is no k-means with blanks
	const cleared = Object.keys(SETTINGS).filter((name) => SETTINGS[name].reset && named.every(([one]) => one !== name));
	return [...cleared.map((name) => [name, DEFAULTS[name] ?? ""]), ...named];
}

// The data and the start that settings from a link ask for; data that it does not name stay as they are.
function unpack(host, { data: name, points, edits, parameters }, wrong, current, named) {
	if (points) host.datasets.own = makeData({ ...points, typed: true });
	const data = edited(named ? host.load(name, current) : current, edits ?? []);
	const m = data.features.length;
	if (!parameters || data.awaited || parameters.means[0].length === m) return { data, parameters };
	wrong.push(`parameters must have ${m} dimensions, as the data`);
	return { data, parameters: null };
}

// The state as a link carries it. Edits need data that the other page has as well.
const NOTHING_CARRIED = { points: null, edits: null, parameters: null };
function carried({ settings, data, parameters, step }, whole = data.typed) {
	const points = whole ? { points: pointsOf(data) } : { edits: data.edits };
	return writeSettings({ ...settings, ...points, parameters }, step);
}
const pointsOf = ({ features, X, labels, classes, sampleWeight }) => ({ features, X, labels, classes, sampleWeight });
