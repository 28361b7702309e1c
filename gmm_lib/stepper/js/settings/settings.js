// Reading and writing settings: what a link, a directive, the widget and the form share. What each may be stands in
// the table SETTINGS, which Python puts before this script (gmm_lib/stepper/_settings.py).

const DEFAULTS = Object.fromEntries(Object.entries(SETTINGS).map(([name, entry]) => [name, entry.default]));

// For each kind of setting: the value of a text, or undefined; and what it must be, if the table does not say so.
const KINDS = {
	word: {
		must: (words) => `one of ${words.join(", ")}`,
		read: (text, words) => words.find((word) => word === text),
	},
	words: {
		must: (words) => `of ${words.join(", ")}`,
		read(text, words) {
			const list = text.split(",").map((word) => word.trim()).filter(Boolean);
			return list.every((word) => words.includes(word)) ? list : undefined;
		},
	},
	whole: {
		must: (_, { low, high }) => `a whole number from ${low} to ${high}`,
		read: (text, _, { low, high }) => (/^\d+$/.test(text) && +text >= low && +text <= high ? +text : undefined),
	},
	number: {
		must: () => "a number of zero or more",
		read(text, _, { below }) {
			const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
			return decimal && +text >= 0 && +text < below ? +text : undefined;
		},
	},
	text: {
		read: (text, _, { pattern }) => (RegExp(pattern).test(text) ? text : undefined),
	},
	columns: {
		must: () => "two different columns, such as 1,2",
		read: (text) => (/^([1-9]\d*),(?!\1$)[1-9]\d*$/.test(text) ? text.split(",").map((c) => c - 1) : undefined),
		write: (pair) => pair.map((c) => c + 1),
	},
};
KINDS.run = {
	read(text, _, { of }) {
		const pairs = text === "kmeans" ? [] : besidePairs(text);
		const names = pairs.map(([name]) => name);
		const good = ([name, ...value]) => {
			const { [name]: entry } = SETTINGS;
			return value.length === 1 && of.includes(name)
				&& KINDS[entry.kind].read(value[0], Object.keys(entry.allowed ?? {}), entry) !== undefined;
		};
		return !/\s/.test(text) && pairs.every(good) && new Set(names).size === names.length ? text : undefined;
	},
};
// The pairs of a second run, as a link has them: k:4,printed:11+12. The plus of k-means++ stays.
const besidePairs = (text) => (text ? text.split(",").map((part) => part.replaceAll(/\+(?=\d)/g, ",").split(":")) : []);
for (const kind in CARRIED) KINDS[kind] = { read: readCarried, write: writeCarried };

// The settings after these pairs of name and text. What cannot be used stays as it was; `wrong` gets a sentence.
function readSettings(pairs, before, datasets, wrong) {
	const settings = { ...before };
	// Points come first, which data may name, then the data: they bring advice, which the others overrule.
	const rank = ([name]) => -["data", "points"].indexOf(name);
	const named = [...pairs].sort((a, b) => rank(a) - rank(b));
	for (const [i, [name, given]] of named.entries()) {
		const again = named.findIndex(([one]) => one === name) < i;
		if (again || !Object.hasOwn(SETTINGS, name)) {
			wrong.push(again ? `${name} stands here more than once, and only the first counts` : `“${name}” is no setting`);
			continue;
		}
		const entry = SETTINGS[name];
		const known = settings.points ? { own: {}, ...datasets } : datasets;
		const words = Object.keys(name === "data" ? known : entry.allowed ?? {});
		const { must = () => entry.must, read } = KINDS[entry.kind];
		const value = read(String(given).trim(), words, entry);
		const shown = String(given).slice(0, 40);
		if (value === undefined) wrong.push(`${name} = “${shown}” cannot be used, it must be ${must(words, entry)}`);
		else if (name === "data") Object.assign(settings, afresh(value), advice(known[value]));
		else settings[name] = value;
	}
	if (settings.parameters && settings.parameters.weights.length !== settings.k) {
		wrong.push(`parameters must have k = ${settings.k} components`);
		settings.parameters = null;
	}
	return settings;
}

// Other data have other columns.
const afresh = (data) => ({ data, pair: null, predict: "" });

// What a data set is best opened with.
function advice(dataset) {
	const advised = ["k", "seed", "start"].filter((name) => name in dataset);
	return Object.fromEntries(advised.map((name) => [name, dataset[name]]));
}

// Settings as a link writes them; which panels are open is nobody else's business, and some defaults need no word.
function writeSettings({ open, ...settings }, step) {
	const all = { ...settings, step, floor: settings.floor || null, held: settings.held || null };
	for (const name of ["mode", "type", "along"]) if (all[name] === DEFAULTS[name]) delete all[name];
	const texts = Object.entries(SETTINGS).map(([name, { kind }]) => {
		const { write = String } = KINDS[kind];
		return [name, String(all[name] == null ? "" : write(all[name]))];
	});
	return texts.filter(([, text]) => text).map((pair) => pair.join("=")).join("&");
}
