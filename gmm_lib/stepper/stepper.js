// The EM stepper: an engine that computes traces, a view that draws them and knows no more, two hosts.
// A trace is a list of frames, as in gmm_lib.em; a test holds the two equal on every one. Arrays are nested as in
// NumPy: X (n, m), means (k, m), covariances (k, m, m), responsibilities (n, k).

// 1. The engine

const TOLERANCE = 1e-6; // a run ends when an iteration changes the log-likelihood by less
const LONGEST = 300; // iterations
const UINT32 = 2 ** 32;

const refusal = (text, component) => Object.assign(new Error(text), { refused: true, component });
const collapse = (j, reason) => refusal(`Component ${j + 1} has collapsed: ${reason}`, j);
const range = (n) => [...Array(n).keys()];
const total = (list) => {
	let sum = 0;
	for (const value of list) sum += value;
	return sum;
};
const argmax = (row) => row.reduce((best, value, j) => (value > row[best] ? j : best), 0);

// NumPy's legacy RandomState(seed): a seed means the same in both engines.
function randomState(seed) {
	const state = new Uint32Array(624);
	let position = 624;
	state[0] = seed;
	for (let i = 1; i < 624; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
	function twist() {
		for (let i = 0; i < 624; i++) {
			const y = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7fffffff);
			state[i] = state[(i + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
		}
		position = 0;
	}
	function uint32() {
		if (position === 624) twist();
		let y = state[position++];
		y ^= y >>> 11;
		y ^= (y << 7) & 0x9d2c5680;
		y ^= (y << 15) & 0xefc60000;
		return (y ^ (y >>> 18)) >>> 0;
	}
	function below(n) {
		const mask = 2 ** (32 - Math.clz32(n - 1)) - 1; // masked bits, drawn again while they reach n
		let value = n > 1 ? n : 0;
		while (value >= n) value = (uint32() & mask) >>> 0;
		return value;
	}
	function permutation(n) {
		const order = range(n);
		for (let i = n - 1; i > 0; i--) {
			const j = below(i + 1);
			[order[i], order[j]] = [order[j], order[i]];
		}
		return order;
	}
	const uniform = () => ((uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6)) / 2 ** 53;
	return { below, permutation, uniform };
}

function cholesky(S, j) {
	const L = [];
	S.forEach((row, r) => {
		L[r] = [];
		for (let c = 0; c <= r; c++) {
			let rest = row[c];
			for (let q = 0; q < c; q++) rest -= L[r][q] * L[c][q];
			L[r][c] = r === c ? Math.sqrt(rest) : rest / L[c][c];
		}
		// Rounding leaves pivots of about m ε, relative to the variance, for zeros.
		const sound = L[r][r] ** 2 > 8 * S.length * Number.EPSILON * row[r] && L[r][r] < Infinity;
		if (!sound) throw collapse(j, "its covariance is singular");
	});
	return L;
}

const parametersOf = (weights, means, covariances) => ({ weights, means, covariances, factors: covariances.map(cholesky) });

// log (7), by forward substitution.
function logDensity(x, mean, L) {
	const z = [];
	let value = -0.5 * x.length * Math.log(2 * Math.PI);
	for (let r = 0; r < x.length; r++) {
		let rest = x[r] - mean[r];
		for (let c = 0; c < r; c++) rest -= L[r][c] * z[c];
		z[r] = rest / L[r][r];
		value -= Math.log(L[r][r]) + (z[r] * z[r]) / 2;
	}
	return Number.isNaN(value) ? -Infinity : value; // of finite numbers only overflow makes a NaN
}

// (10), (11) and (6), from rows of log φ_j f_j(x_i).
function share(logs) {
	let logLikelihood = 0;
	const w = logs.map((row) => {
		const largest = Math.max(...row); // each row's own: a point far out still has a nearest component
		const joint = row.map((v) => Math.exp(v - largest));
		const sum = total(joint);
		logLikelihood += largest > -Infinity ? largest + Math.log(sum) : largest;
		return joint.map((v) => v / sum);
	});
	return { w, logLikelihood };
}

// The evidence lower bound, Σ w (log φ f − log w), with 0 log 0 = 0.
const lowerBound = (logs, w) => total(logs.map((row, i) => total(row.map((v, j) => (w[i][j] > 0 ? w[i][j] * (v - Math.log(w[i][j])) : 0)))));

// (13): Σ_i w_i (x_i − centre) / N.
function weightedMean(X, w, N, centre = X[0].map(() => 0)) {
	const sums = centre.map(() => 0);
	X.forEach((x, i) => x.forEach((v, r) => (sums[r] += w[i] * (v - centre[r]))));
	return sums.map((sum) => sum / N);
}

// (14): Σ_i w_i (x_i − μ)(x_i − μ)ᵀ / N, and the variance floor.
function weightedCovariance(X, w, N, mean, floor) {
	const S = mean.map(() => mean.map(() => 0));
	const residual = [];
	X.forEach((x, i) => {
		for (let r = 0; r < mean.length; r++) {
			residual[r] = x[r] - mean[r];
			for (let c = 0; c <= r; c++) S[r][c] += w[i] * residual[r] * residual[c];
		}
	});
	return S.map((row, r) => row.map((_, c) => S[Math.max(r, c)][Math.min(r, c)] / N + (r === c ? floor : 0)));
}

// (12), (13), (14); `printed` lists those to be taken as the article prints them, "13" for (13) and (14).
function mStep(X, w, floor = 0, printed = []) {
	const shares = w[0].map((_, j) => w.map((row) => row[j]));
	const counts = shares.map(total); // N_j
	const smallest = counts.indexOf(Math.min(...counts));
	if (!(counts[smallest] > 0)) throw collapse(smallest, "no point leans on it");
	const asPrinted = printed.includes("13");
	const divisors = counts.map((N) => (asPrinted ? X.length : N));
	const means = shares.map((w, j) => {
		const mean = weightedMean(X, w, divisors[j]);
		if (asPrinted) return mean;
		// What a long sum rounds off is averaged in its turn, lest (14) take the error for a variance.
		const leftOver = weightedMean(X, w, divisors[j], mean);
		return mean.map((v, r) => v + leftOver[r]);
	});
	const covariances = shares.map((w, j) => weightedCovariance(X, w, divisors[j], means[j], floor));
	return parametersOf(counts.map((N) => (printed.includes("12") ? N : N / X.length)), means, covariances);
}

// The rules of gmm_lib.initialization, draw for draw.

const squared = (a, b) => total(a.map((v, r) => (v - b[r]) ** 2));

function enough(distinct, k) {
	if (distinct < k) throw refusal(`k = ${k} components need ${k} different points, and there are ${distinct}`);
}

function around(X, means, floor) {
	const ones = X.map(() => 1);
	const S = weightedCovariance(X, ones, X.length - 1, weightedMean(X, ones, X.length), floor);
	try {
		return parametersOf(means.map(() => 1 / means.length), means, means.map(() => S));
	} catch {
		throw refusal("the points lie on one line: a variance floor helps");
	}
}

function distinctPoints(X, k, random) {
	const points = [];
	for (const i of random.permutation(X.length)) if (!points.some((point) => squared(X[i], point) === 0)) points.push(X[i]);
	enough(points.length, k);
	return points.slice(0, k);
}

function spreadPoints(X, k, random) {
	const points = [X[random.below(X.length)]];
	let nearest = X.map(() => Infinity);
	while (points.length < k) {
		nearest = X.map((x, i) => Math.min(nearest[i], squared(x, points.at(-1))));
		if (!total(nearest)) enough(points.length, k);
		let running = 0;
		const edges = nearest.map((v) => (running += v));
		const draw = random.uniform() * running;
		points.push(X[edges.findIndex((edge) => edge > draw)]);
	}
	return points;
}

// A mean left without points moves to the farthest.
function kMeans(X, k, random) {
	let means = spreadPoints(X, k, random);
	for (let before = NaN, iteration = 0; ; iteration++) {
		const distances = X.map((x) => means.map((mean) => -squared(x, mean)));
		const own = distances.map(argmax);
		const objective = total(own.map((j, i) => distances[i][j]));
		const w = own.map((j) => means.map((_, l) => +(l === j)));
		if (objective === before || iteration === 300) return w;
		before = objective;
		means = means.map((_, j) => weightedMean(X, w.map((row) => row[j]), total(w.map((row) => row[j])) || 1));
		const empty = range(k).filter((j) => !own.includes(j));
		const lonely = (i) => squared(X[i], means[own[i]]);
		const farthest = empty.length ? range(X.length).sort((a, b) => lonely(b) - lonely(a)) : [];
		empty.forEach((j, e) => (means[j] = X[farthest[e]]));
	}
}

const randomShares = (X, k, random) => X.map(() => range(k).map(random.uniform)).map((row) => row.map((v) => v / total(row)));

const POINTS = { distinct_rows: distinctPoints, rows_with_replacement: (X, k, random) => range(k).map(() => X[random.below(X.length)]), "k-means++": spreadPoints };
const SHARES = { kmeans: kMeans, random: randomShares };

function firstParameters(X, { k, seed, start, floor }) {
	const random = randomState(seed);
	return start in POINTS ? around(X, POINTS[start](X, k, random), floor) : mStep(X, SHARES[start](X, k, random), floor);
}

// Frames as far as asked for; `ended` says why there are no more.
class Trace {
	constructor(X, settings) {
		const { k, floor = 0, printed = [], parameters } = settings;
		Object.assign(this, { X, floor, printed, frames: [], ended: null });
		this.attempt(() => {
			const bad = X.findIndex((x) => !x.every(Number.isFinite));
			if (bad >= 0) throw refusal(`point ${bad + 1} is (${X[bad].join(", ")}): data must be finite numbers`);
			if (X.length < k) throw refusal(`k = ${k} components need at least ${k} points, and there are ${X.length}`);
			const { weights, means, covariances } = parameters ?? firstParameters(X, { ...settings, floor });
			this.arrive("start", 0, parametersOf(weights, means, covariances), null);
		});
	}

	// They serve the log-likelihood, the bound and the next E-step.
	arrive(phase, iteration, { factors, ...parameters }, w) {
		this.logF = this.X.map((x) => parameters.means.map((mean, j) => logDensity(x, mean, factors[j])));
		const logWeights = parameters.weights.map(Math.log);
		this.logs = this.logF.map((row) => row.map((v, j) => v + logWeights[j]));
		this.next = share(this.logs);
		this.push({ ...parameters, phase, iteration, logLikelihood: this.next.logLikelihood }, w);
	}

	push(frame, responsibilities) {
		this.frames.push({ ...frame, responsibilities, lowerBound: responsibilities && lowerBound(this.logs, responsibilities) });
	}

	halfStep() {
		const last = this.frames.at(-1);
		const { phase, iteration, responsibilities: w, logLikelihood } = last;
		if (phase === "E") {
			this.arrive("M", iteration, mStep(this.X, w, this.floor, this.printed), w);
			if (Math.abs(this.frames.at(-1).logLikelihood - logLikelihood) < TOLERANCE) this.ended = { why: "converged" };
			else if (iteration >= LONGEST) this.ended = { why: "limit" };
		} else if (logLikelihood === -Infinity) throw refusal("a point lies so far out that no component can have produced it");
		else this.push({ ...last, phase: "E", iteration: iteration + 1 }, (this.printed.includes("11") ? share(this.logF) : this.next).w); // (11) lacks φ in print
	}

	attempt(work) {
		try {
			work();
		} catch (error) {
			if (!error.refused) throw error;
			const { component, message: text } = error;
			this.ended = { why: component === undefined ? "refused" : "collapse", text, component };
		}
	}

	extendTo(index) {
		while (!this.ended && this.frames.length <= index) this.attempt(() => this.halfStep());
	}
}

const GLYPHS = [..."●▲■◆▼✚✖★"];
const glyph = (j) => `<span style="color:var(--c${j})">${GLYPHS[j]}</span>`;
const escaped = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const each = (list, draw) => Array.from(list, draw).join("");
const set = (node, attributes) => Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
const clamp = (v, low, high) => Math.max(low, Math.min(high, v));

// One marker shape a component: corners, turn, inner radius; the first is a circle.
const SHAPES = [[0], [3, 0], [4, 0.25], [4, 0], [3, 1], [8, 0, 0.4], [8, 0.25, 0.4], [10, 0, 0.5]].map(([corners, turn, inner = 1]) =>
	range(corners).map((i) => {
		const [angle, radius] = [Math.PI * (turn + (2 * i) / corners), i % 2 ? 1.4 * inner : 1.4];
		return [radius * Math.sin(angle), -radius * Math.cos(angle)];
	}));

function marker(j, x, y, size) {
	if (!j) return `M${x - size} ${y}a${size} ${size} 0 1 0 ${2 * size} 0a${size} ${size} 0 1 0 ${-2 * size} 0Z`;
	return `M${SHAPES[j].map(([dx, dy]) => `${(x + dx * size).toFixed(1)} ${(y + dy * size).toFixed(1)}`).join("L")}Z`;
}

function say(value, digits = 4) {
	if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "undefined";
	const [mantissa, power] = String(+value.toPrecision(digits)).replaceAll("-", "−").replace("+", "").split("e");
	return mantissa + (power ? `·10${each(power, (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["−0123456789".indexOf(c)])}` : "");
}
const vector = (values) => `(${values.map((v) => say(v)).join(", ")})`;

function ticks([low, high]) {
	const power = 10 ** Math.floor(Math.log10((high - low) / 5));
	const step = [1, 2, 5, 10].find((one) => one * power >= (high - low) / 5) * power;
	const first = Math.ceil(low / step);
	return range(Math.floor(high / step) - first + 1).map((t) => Number(((first + t) * step).toPrecision(12)));
}

function makeData({ X, features, ...more }) {
	const m = X?.[0]?.length;
	if (!m || X.some((row) => row.length !== m)) throw refusal("the data have no rows, or rows that differ in length");
	const names = features?.length === m ? features : range(m).map((r) => `column ${r + 1}`);
	return { name: "own", title: "your own", ...more, features: names, X: X.map((row) => row.map((v) => v ?? NaN)) };
}

function parseTable(text) {
	const rows = text.split("\n").map((line) => line.trim().split(/[\s,;]+/)).filter(([first]) => first);
	const features = rows[0]?.every((cell) => Number.isNaN(+cell)) ? rows.shift() : null;
	const m = rows[0]?.length;
	if (!(m >= 2 && m <= 10 && rows.length <= 5000)) throw refusal("put one point on a line, 2 to 10 numbers each, such as 1.5, 2; at most 5000 points");
	rows.forEach((row, i) => {
		const bad = row.find((cell) => !cell || !Number.isFinite(+cell));
		if (bad !== undefined) throw refusal(`point ${i + 1} holds “${bad}”: data must be finite numbers`);
	});
	return makeData({ X: rows.map((row) => row.map(Number)), features });
}

// 2. Settings: what a link, a directive and the address share

const DEFAULTS = { data: "iris_petal", k: 3, seed: 42, start: "distinct_rows", step: 0, floor: 0, pair: null, view: [], printed: [], open: [] };
const whole = (low, high) => [`a whole number from ${low} to ${high}`, (text) => (/^\d+$/.test(text) && +text >= low && +text <= high ? +text : undefined)];
const oneOf = (names) => [`one of ${names.join(", ")}`, (text) => names.find((name) => name === text)];
const listOf = (...names) => [`of ${names.join(", ")}`, (text) => [text.split(",").filter(Boolean)].find((list) => list.every((one) => names.includes(one)))];

// What each setting must be: in words, and as a function from text to value, or undefined.
const SETTINGS = {
	k: whole(1, 8), seed: whole(0, UINT32 - 1), step: whole(0, 2 * LONGEST), start: oneOf(Object.keys({ ...POINTS, ...SHARES })),
	floor: ["a number of zero or more", (text) => (text && +text >= 0 && +text < 1e9 ? +text : undefined)],
	pair: ["two different columns, such as 1,2", (text) => (/^([1-9]\d*),(?!\1$)[1-9]\d*$/.test(text) ? text.split(",").map((c) => c - 1) : undefined)],
	view: listOf("contours", "hard", "labels", "truth"), printed: listOf("11", "12", "13"), open: listOf("data", "inside", "ratchet", "compare", "share", "keys"),
};

// What cannot be used stays as it was; `wrong` gets a sentence.
function readSettings(pairs, before, datasets, wrong) {
	const settings = { ...before };
	const kinds = { data: oneOf(Object.keys(datasets)), ...SETTINGS };
	const dataFirst = [...pairs].sort(([a], [b]) => (b === "data") - (a === "data")); // it brings advice the others overrule
	for (const [key, given] of dataFirst) {
		const [must, read] = Object.hasOwn(kinds, key) ? kinds[key] : [];
		const value = read?.(String(given).trim());
		if (!must) wrong.push(`“${key}” is no setting`);
		else if (value === undefined) wrong.push(`${key} = “${given}” cannot be used, it must be ${must}`);
		else if (key === "data") {
			const { k = settings.k, seed = settings.seed, start = settings.start } = datasets[value];
			Object.assign(settings, { data: value, k, seed, start, pair: null });
		} else settings[key] = value;
	}
	return settings;
}

function writeSettings({ data, k, seed, start, floor, pair, view, printed }, step) {
	const all = { data, k, seed, start, step, floor: floor || "", pair: pair?.map((r) => r + 1) ?? "", view, printed };
	return Object.entries(all).filter(([, value]) => String(value)).map(([key, value]) => `${key}=${value}`).join("&");
}

// 3. The view

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

// Bring `parent` to life; the host computes traces. (Too long to be indented.)
function makeView(parent, host, markup) {
const root = parent.appendChild(document.createElement("div"));
root.innerHTML = markup;
parent.classList.add("gmm-stepper", "gmm-mounted");
set(root, { class: "gmm-root", role: "group", "aria-label": "EM stepper", tabindex: -1 });
const named = (by) => Object.fromEntries(Array.from(root.querySelectorAll(`[${by}]`), (node) => [node.getAttribute(by), node]));
const [ui, buttons, tabs, panels, form, phrases] = ["data-part", "data-do", "data-open", "data-panel", "name", "data-say"].map(named);
let { settings } = host;
let [data, parameters, trace, frame, index] = [null, null, { frames: [] }, null, 0];
let [past, coming, chosen, hovered, drag] = [[], {}, {}, null, null]; // undo, what a new trace is for, what is looked at
let [pair, extent, box, place, inverse, pixels, size, markers, palette] = []; // columns shown, their range, the scale
let [target, shown, level, animation, playing, ahead, speed] = [null, null, "", 0, 0, null, 2];

// -- What a person does

const prints = (number) => settings.printed.includes(number);
const shows = (name) => settings.view.includes(name);

// Nothing may stop the page: what goes wrong is shown in the widget.
const guard = (work) => (event) => {
	try {
		work(event);
	} catch (error) {
		warn(error.refused ? error.message : `an error of the stepper: ${error.message}`);
	}
};
// A sentence of stepper.html, its {blanks} filled.
const word = (name, values = {}) => phrases[name].innerHTML.replace(/{(\w+)}/g, (_, blank) => values[blank]);
const seen = () => hovered ?? chosen.point ?? null;

const actions = {
	back: () => go(index - 1), forward: () => go(index + 1), iteration: () => go(index + (frame?.phase === "E" ? 1 : 2)), start: () => go(0),
	converge: () => go(Infinity), E: () => half("E"), M: () => half("M"), play, undo, present, svg: () => download("svg", asSVG()), points: pointsCSV, frames: framesCSV,
	seed: () => adjust([["seed", (settings.seed + 1) % UINT32]]), add: () => addPoint(inverse([box.left + box.width / 2, box.top + box.height / 2])),
	adopt() {
		host.datasets.own = parseTable(form.own.value);
		adjust([["data", "own"]]);
	},
};

function act(name) {
	const wasPlaying = playing;
	pause();
	if (name !== "play" || !wasPlaying) actions[name]();
}

function click({ target: node, clientX }) {
	const button = node.closest("button");
	if (button?.dataset.open) open(button.dataset.open);
	else if (button) act(button.dataset.do);
	else if (ui.chart.contains(node)) {
		const { left, width } = ui.chart.getBoundingClientRect();
		const last = lastSeen();
		pause();
		go(clamp(Math.round(((clientX - left - 8) / (width - 16)) * last), 0, last), false);
	}
}

function formChanged({ target: { name, value, checked } }) {
	if (name === "view" || name === "printed") flip(name, value);
	else if (name === "floored") adjust([["floor", checked ? form.floor.value : 0]]);
	else if (name === "across" || name === "up") adjust([["pair", `${form.across.value},${form.up.value}`]]);
	else if (name === "speed") speed = 2 ** value;
	else if (name === "data" && value === "own" && !host.datasets.own) ui.own.hidden = false;
	else if (name === "data" || name in SETTINGS) adjust([[name, value]]);
}

function keyed(event) {
	const { target: node, key } = event;
	if (event.ctrlKey || event.metaKey || event.altKey || node.matches("textarea, select, input:not([type=checkbox])")) return;
	if (key === " " && node.matches("button, input")) return; // the button's own key
	const button = root.querySelector(`[data-key="${CSS.escape(key)}"]`);
	let action = button && (() => button.click());
	if (key === "Escape") action = () => present(false);
	if (/^[1-8]$/.test(key)) action = () => adjust([["k", key]]);
	if (node === ui.cursor || node.dataset.j) action = keyInPicture(event, node.dataset.j) ?? action;
	if (!action) return;
	event.preventDefault();
	event.stopPropagation(); // the notebook and the site have keys of their own
	action();
}

// On a mean the arrows move it; on the points they choose one, with Shift they move it.
function keyInPicture({ key, shiftKey }, j) {
	const i = seen() ?? 0;
	if (key === "Enter" || (j && key === " ")) return () => look(j ? { component: +j } : { point: i });
	if (!j && (key === "Delete" || key === "Backspace")) return () => removePoint(i);
	if (!(key in ARROWS)) return;
	const [dx, dy] = ARROWS[key];
	if (!j && !shiftKey) return () => hover((i + dx - dy + data.X.length) % data.X.length);
	const [x, y] = j ? place(target.means[j]) : pixels[i];
	const far = j && shiftKey ? 25 : 5;
	const where = inverse([x + far * dx, y - far * dy]);
	return () => (j ? moveMean(+j, where) : (movePoint(i, where), hover(i)));
}

function placeOf({ clientX, clientY }) {
	const { left, top } = ui.picture.getBoundingClientRect();
	return [clientX - left, clientY - top];
}

function press(event) {
	if (event.button || !place) return;
	const from = placeOf(event);
	const mean = event.target.closest("[data-j]");
	const touch = event.pointerType === "touch";
	drag = { from, at: from, shift: event.shiftKey, touch, j: mean && +mean.dataset.j, i: mean ? null : nearest(from, touch ? 18 : 10) };
	if (mean) ui.picture.setPointerCapture(event.pointerId);
	else root.focus({ preventScroll: true });
}

function move(event) {
	const at = placeOf(event);
	if (!drag) return hover(event.pointerType === "touch" || event.target.closest("[data-j]") ? null : nearest(at, 10));
	drag.at = at;
	drag.far ||= Math.hypot(at[0] - drag.from[0], at[1] - drag.from[1]) > 4;
	if (!drag.far) return;
	pause();
	if (drag.j !== null) target.means[drag.j] = inverse(at);
	else if (drag.i !== null && !drag.touch) pixels[drag.i] = at;
	draw(target);
}

function release() {
	const { at, i, j, far, shift, touch } = drag ?? {};
	drag = null;
	if (!at) return;
	const where = inverse(at);
	const inside = where.every((v, axis) => v > extent[axis][0] && v < extent[axis][1]);
	if (j !== null) far ? moveMean(j, where) : look({ component: j });
	else if (i !== null && far) touch || movePoint(i, where);
	else if (i !== null) shift ? removePoint(i) : look({ point: i });
	else if (inside && !far && !shift) addPoint(where);
}

function nearest([x, y], reach) {
	const distances = pixels.map(([px, py]) => Math.hypot(px - x, py - y));
	const i = argmax(distances.map((distance) => -distance));
	return distances[i] <= reach ? i : null;
}

function open(name, state = panels[name].hidden) {
	panels[name].hidden = !state;
	set(tabs[name], { "aria-expanded": state });
	root.classList.toggle("gmm-wide", Object.values(panels).some((panel) => !panel.hidden));
	refresh();
}

function at(i) {
	index = clamp(i, 0, Math.max(0, trace.frames.length - 1));
	frame = trace.frames[index] ?? null;
}

function go(i, glide = true) {
	if (i >= trace.frames.length) coming.asked = !host.extend(view, i); // of Python
	const before = index;
	at(i);
	show(glide && Math.abs(index - before) === 1);
	if (frame) tell(describe());
	if (i > index && trace.ended) tellEnd();
	host.remember(view);
}

function half(phase) {
	if ((phase === "M") === (frame?.phase === "E")) return go(index + 1);
	tell(word(phase === "E" ? "againE" : index ? "againM" : "firstE"));
}

function play() {
	set(ui.words, { "aria-live": "off" }); // a screen reader is not to hear every frame of a film
	buttons.play.textContent = "❚❚ Pause";
	const tick = guard(() => {
		const before = index;
		playing = setTimeout(tick, 1000 / speed);
		go(index + 1);
		if (index === before && !view.waiting) pause();
	});
	playing = setTimeout(tick, 0);
}

function pause() {
	clearTimeout(playing);
	playing = 0;
	buttons.play.textContent = "▶ Play";
	set(ui.words, { "aria-live": "polite" });
}

function tell(text) {
	ui.words.textContent = text;
	ui.alert.hidden = true;
}

function warn(text) {
	ui.alert.textContent = text;
	ui.alert.hidden = false;
}

function describe() {
	const { phase, iteration, weights, responsibilities: w, logLikelihood } = frame;
	const before = trace.frames[index - 1];
	const values = { iteration, k: weights.length, n: data.X.length, seed: settings.seed, value: say(logLikelihood, 6), twins: twins() };
	if (phase === "start") {
		const from = parameters ? word("byHand") : `${form.start.selectedOptions[0].text}, seed ${settings.seed}`;
		return word("start", { ...values, from });
	}
	if (phase === "E") {
		const old = before?.responsibilities;
		const counted = w.filter((row, i) => (old ? argmax(row) !== argmax(old[i]) : Math.max(...row) < 0.9)).length;
		return word(old ? "nextE" : "E", { ...values, counted });
	}
	const change = logLikelihood - before.logLikelihood;
	const improper = Math.abs(total(weights) - 1) > 1e-6 ? word("improper", { sum: say(total(weights)) }) : "";
	const fall = falls(index) ? word("noRatchet", { cause: cause() }) : "";
	return word("M", { ...values, moved: `${change < 0 ? "fell" : "rose"} by ${say(Math.abs(change))}` }) + fall + improper;
}

function falls(i) {
	const [before, { phase, logLikelihood }] = [trace.frames[i - 1], trace.frames[i]];
	return !!before && phase === "M" && logLikelihood < before.logLikelihood - 1e-9 * Math.max(1, Math.abs(logLikelihood));
}

function cause() {
	const { printed, floor } = settings;
	if (printed.length) return `formula ${printed.map((one) => (one === "13" ? "(13), (14)" : `(${one})`)).join(", ")} as printed`;
	return word(host.student ? "causeOwn" : floor ? "causeFloor" : "causeRounding");
}

function twins() {
	const looks = frame.means.map((mean, j) => `${mean} ${frame.covariances[j]}`);
	const b = looks.findIndex((look, j) => looks.indexOf(look) < j);
	return b < 0 ? "" : word("twins", { a: looks.indexOf(looks[b]) + 1, b: b + 1 });
}

function tellEnd() {
	const { ended: { why, text }, frames } = trace;
	if (why === "converged" || why === "limit") tell(word(why, { iteration: frames.at(-1).iteration, twins: twins() }));
	else warn(why === "collapse" ? text + word("collapse") : text);
}

// -- Disturbing: each change starts EM again and can be undone

function change(work, words, step = 0) {
	const before = { settings, data, parameters, index };
	pause();
	work();
	past.push(before);
	restart(step, words);
}

function undo() {
	if (!past.length) return tell(word("noUndo"));
	const [now, before] = [{ data, settings }, past.pop()];
	({ settings, data, parameters } = before);
	if (now.data.name !== data.name || now.settings.pair !== settings.pair) frameData();
	restart(before.index, "Undone.");
}

function restart(step, words = "") {
	coming = { step, words };
	host.compute(view);
}

function receive(newTrace, step = coming.step) {
	const { words = "", asked } = coming;
	[trace, coming, hovered] = [newTrace, {}, null];
	if (step >= trace.frames.length) host.extend(view, step);
	at(step);
	if (!(chosen.component < frame?.weights.length || chosen.point < data.X.length)) chosen = {};
	measure();
	show(false);
	tell(frame ? `${words} ${describe()}`.trim() : words);
	if (!frame || (trace.ended && (asked || trace.ended.why === "student"))) tellEnd();
	else if (step > index) warn(`step ${step} cannot be shown, the run ends after ${index} half-steps`);
	host.remember(view);
}

function adjust(pairs) {
	const wrong = [];
	const wanted = readSettings(pairs, settings, host.datasets, wrong);
	const given = Object.fromEntries(pairs);
	const points = "data" in given ? host.load(wanted.data, data) : data;
	if (wanted.pair?.some((r) => r >= points.features.length)) {
		wrong.push(`pair names a column that these data lack, they have ${points.features.length}`);
		wanted.pair = null;
	}
	const step = "step" in given ? wanted.step : 0;
	if (JSON.stringify(wanted) !== JSON.stringify(settings) || "step" in given || points !== data) {
		change(() => {
			const other = points !== data || wanted.pair !== settings.pair;
			[settings, data, parameters] = [wanted, points, null];
			if (other) frameData();
		}, "", step);
	}
	if (given.open) settings.open.forEach((name) => open(name, true));
	refresh();
	if (!ui.alert.hidden) wrong.push(ui.alert.textContent);
	if (wrong.length) warn(wrong.join("; "));
}

function flip(key, value) {
	const list = settings[key];
	const flipped = { ...settings, [key]: list.includes(value) ? list.filter((one) => one !== value) : [...list, value] };
	if (key === "printed") return change(() => (settings = flipped), "", index);
	settings = flipped; // a switch of the view changes the picture only
	show(false);
	host.remember(view);
}

const theta = ({ weights, means, covariances }) => ({ weights, means, covariances });
const shifted = (rows, i, where, row = rows[i]) => Object.assign([...rows], { [i]: row.map((v, r) => where[pair.indexOf(r)] ?? v) });

function moveMean(j, where) {
	change(() => (parameters = { ...theta(frame), means: shifted(frame.means, j, where) }), word("movedMean", { j: j + 1, where: vector(where) }));
}

function edit(words, X, labels = data.labels) {
	change(() => {
		parameters = frame ? theta(frame) : parameters;
		data = { ...data, X, labels, edited: true };
	}, words);
}

function movePoint(i, where) {
	edit(word("movedPoint", { i: i + 1, where: vector(where) }), shifted(data.X, i, where));
}

function addPoint(where) {
	const { X, labels } = data;
	const near = X[nearest(place(where), Infinity)]; // lends the columns out of sight
	edit(word("added", { i: X.length + 1, where: vector(where) }), shifted(X, X.length, where, near), labels && [...labels, -1]);
}

function removePoint(i) {
	const others = (list) => list?.filter((_, l) => l !== i);
	if (data.X.length > 1) edit(word("removed", { i: i + 1 }), others(data.X), others(data.labels));
}

// -- Drawing

// The columns shown, and their range, still while EM runs.
function frameData() {
	const { X, features } = data;
	trace = { frames: [] };
	at(0);
	pair = settings.pair ?? (features.length > 3 ? [2, 3] : [0, 1]);
	extent = pair.map((r) => {
		const column = X.map((x) => x[r]).filter(Number.isFinite);
		const [low, high] = column.length ? [Math.min(...column), Math.max(...column)] : [-1, 1];
		const margin = 0.08 * (high - low) || 1;
		return [low - margin, high + margin];
	});
	ui.axesChoice.hidden = features.length < 3;
	for (const name of ["across", "up"]) form[name].innerHTML = each(features, (feature, r) => `<option value="${r + 1}">${escaped(feature)}</option>`);
	layout();
}

function layout() {
	const width = ui.stage.clientWidth;
	if (!data || !width) return;
	const height = Math.round(clamp(width * 0.6, 230, Math.max(230, innerHeight * 0.68)));
	box = { left: 50, top: 12, width: width - 64, height: height - 54, right: width - 14, bottom: height - 42, whole: [width, height] };
	const [[x0, x1], [y0, y1]] = extent;
	box.unit = [box.width / (x1 - x0), box.height / (y1 - y0)];
	place = ([x, y]) => [box.left + (x - x0) * box.unit[0], box.bottom - (y - y0) * box.unit[1]];
	inverse = ([x, y]) => [x0 + (x - box.left) / box.unit[0], y0 + (box.bottom - y) / box.unit[1]];
	ui.stage.style.height = `${height}px`;
	set(ui.canvas, { width: width * devicePixelRatio, height: height * devicePixelRatio });
	set(ui.picture, { viewBox: `0 0 ${width} ${height}` });
	const inner = { x: box.left, y: box.top, width: box.width, height: box.height };
	set(ui.plot, { ...inner, viewBox: Object.values(inner).join(" ") });
	const style = getComputedStyle(root); // the theme may have changed
	const rgb = (name) => style.getPropertyValue(name).trim().slice(1).match(/../g).map((two) => parseInt(two, 16));
	palette = Object.assign(GLYPHS.map((_, j) => rgb(`--c${j}`)), { grey: rgb("--soft"), paper: rgb("--paper") });
	drawAxes();
	measure();
	show(false);
}

function drawAxes() {
	const { left, top, right, bottom, whole: [, height] } = box;
	const text = (x, y, words, more = "") => `<text x="${x}" y="${y}" ${more}>${escaped(words).replace("-", "−")}</text>`;
	const [x, y] = [(v) => place([v, 0])[0], (v) => place([0, v])[1]];
	const middle = (top + bottom) / 2;
	ui.axes.innerHTML = each(ticks(extent[0]), (v) => `<path d="M${x(v)} ${top}V${bottom}"/>${text(x(v), bottom + 16, v)}`) +
		each(ticks(extent[1]), (v) => `<path d="M${left} ${y(v)}H${right}"/>${text(left - 6, y(v) + 4, v, 'style="text-anchor:end"')}`) +
		text((left + right) / 2, height - 6, data.features[pair[0]]) + text(12, middle, data.features[pair[1]], `transform="rotate(-90 12 ${middle})"`);
}

const inPlane = (row) => pair.map((r) => row[r]);
const spot = (row) => place(inPlane(row));
const spread = (S) => inPlane(S).map(inPlane);

function measure() {
	if (!place) return;
	const n = data.X.length;
	pixels = data.X.map(spot);
	size = (n > 800 ? 2.4 : n > 300 ? 3.3 : 4.3) * (root.matches(".gmm-presenter") ? 1.5 : 1);
	markers = GLYPHS.map((_, j) => new Path2D(marker(j, 0, 0, size)));
}

function pictureOf({ responsibilities: w, weights = [], means = [], covariances = [] }) {
	const hard = shows("hard");
	const shapes = data.X.map((_, i) => (w ? argmax(w[i]) : 0));
	const blend = (row) => [0, 1, 2].map((c) => row.reduce((sum, share, j) => sum + share * palette[j][c], 0));
	const colours = shapes.map((shape, i) => (!w ? palette.grey : hard ? palette[shape] : blend(w[i])));
	return { colours, shapes, weights, means: means.map(inPlane), spreads: covariances.map(spread) };
}

function show(glide) {
	cancelAnimationFrame(animation);
	if (!place) return;
	const from = shown;
	const to = (target = pictureOf(frame ?? {}));
	const alike = from?.means.length === to.means.length && from.shapes.length === to.shapes.length;
	const length = Math.min(450, playing ? 700 / speed : 450);
	const begun = performance.now() - (glide && alike && !matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : length);
	const tick = guard(() => {
		const t = (performance.now() - begun) / length;
		draw(t < 1 ? between(from, to, t * t * (3 - 2 * t)) : to);
		if (t < 1) animation = requestAnimationFrame(tick);
	});
	tick();
	refresh();
}

function draw(picture) {
	shown = picture;
	drawPoints(picture);
	drawComponents(picture);
}

function drawPoints({ colours, shapes, means, spreads, weights }) {
	const pen = ui.canvas.getContext("2d");
	const dpr = devicePixelRatio;
	const at = (x, y) => pen.setTransform(dpr, 0, 0, dpr, x * dpr, y * dpr);
	const labels = (shows("labels") && data.labels) || [];
	at(0, 0);
	pen.clearRect(0, 0, ...box.whole);
	pen.lineWidth = 0.8;
	pen.strokeStyle = `rgb(${palette.grey})`;
	level = shows("contours") && means.length ? contours(means, spreads, weights) : "";
	pen.stroke(new Path2D(level));
	const paper = (pen.strokeStyle = `rgb(${palette.paper})`);
	colours.forEach(([r, g, b], i) => {
		at(...pixels[i]);
		if (labels[i] >= 0) {
			pen.strokeStyle = `rgb(${palette.grey})`;
			pen.setLineDash(labels[i] ? [9 / labels[i], 5 / labels[i]] : []);
			pen.beginPath();
			pen.arc(0, 0, size + 3, 0, 7);
			pen.stroke();
			pen.setLineDash([]);
			pen.strokeStyle = paper;
		}
		pen.fillStyle = `rgb(${r | 0},${g | 0},${b | 0})`;
		pen.fill(markers[shapes[i]]);
		pen.stroke(markers[shapes[i]]);
	});
}

function contours(means, spreads, weights) {
	const determinants = spreads.map(([[xx, xy], [, yy]]) => xx * yy - xy * xy);
	const grid = range(73 * 49).map((g) => {
		const node = [box.left + ((g % 73) / 72) * box.width, box.top + (((g / 73) | 0) / 48) * box.height];
		const [x, y] = inverse(node);
		const term = ([[xx, xy], [, yy]], j) => {
			const [u, v] = [x - means[j][0], y - means[j][1]];
			return (weights[j] / Math.sqrt(determinants[j])) * Math.exp((2 * xy * u * v - yy * u * u - xx * v * v) / (2 * determinants[j])) || 0;
		};
		return [...node, total(spreads.map(term))];
	});
	const top = grid.reduce((most, node) => Math.max(most, node[2]), 0);
	let path = "";
	for (const height of [0.01, 0.03, 0.08, 0.18, 0.35, 0.6, 0.85].map((part) => part * top)) {
		const cross = (p, q) => p[2] < height !== q[2] < height && [0, 1].map((c) => (p[c] + ((height - p[2]) / (q[2] - p[2])) * (q[c] - p[c])).toFixed(1));
		for (let g = 0; g + 73 < grid.length; g++) {
			if (g % 73 === 72) continue;
			const [a, b, c, d] = [g, g + 1, g + 74, g + 73].map((corner) => grid[corner]);
			[cross(a, b), cross(b, c), cross(c, d), cross(d, a)].filter(Boolean).forEach((end, e) => (path += `${e % 2 ? "L" : "M"}${end}`));
		}
	}
	return path;
}

function ellipse([cx, cy], [[xx, xy], [, yy]], deviations) {
	const [u, v] = box.unit;
	const [a, b, c] = [xx * u * u, -xy * u * v, yy * v * v];
	const [middle, half] = [(a + c) / 2, Math.hypot((a - c) / 2, b)];
	const [rx, ry] = [middle + half, middle - half].map((variance) => deviations * Math.sqrt(Math.max(0, variance)));
	return { cx, cy, rx, ry, transform: `rotate(${(Math.atan2(2 * b, a - c) * 90) / Math.PI} ${cx} ${cy})` };
}

function drawComponents({ means, spreads, weights }) {
	if (ui.components.childElementCount !== means.length) {
		ui.components.innerHTML = each(means, (_, j) => word("component", { j, path: marker(j, 0, 0, 8) }));
	}
	means.forEach((mean, j) => {
		const [one, two, handle] = ui.components.children[j].children;
		const [x, y] = place(mean);
		set(one, ellipse([x, y], spreads[j], 1));
		set(two, ellipse([x, y], spreads[j], 2));
		const edge = [clamp(x, box.left, box.right), clamp(y, box.top, box.bottom)]; // a mean that leaves the picture waits there
		set(handle, { transform: `translate(${edge})`, "aria-label": word("mean", { j: j + 1, mean: vector(mean), weight: say(weights[j]) }) });
	});
}

function drawBeneath() {
	const [i, means] = [seen(), frame?.means ?? []];
	const gone = trace.frames.slice(0, index + 1).filter(({ phase }) => phase !== "E").slice(-40);
	ui.trails.innerHTML = each(means, (_, j) => `<polyline style="stroke:var(--c${j})" points="${gone.map((old) => spot(old.means[j])).join(" ")}"/>`);
	ui.pull.innerHTML = frame?.phase === "M" && i !== null ? each(means, (mean, j) => `<path d="M${pixels[i]}L${spot(mean)}" style="stroke:var(--c${j});stroke-width:${9 * frame.responsibilities[i][j]}"/>`) : "";
	const truth = shows("truth") && data.truth;
	ui.truth.innerHTML = truth ? each(truth.means, () => "<ellipse/>") : "";
	[...ui.truth.children].forEach((node, j) => set(node, ellipse(spot(truth.means[j]), spread(truth.covariances[j]), 2)));
}

function refresh() {
	if (!place) return;
	Object.assign(root.dataset, { phase: frame?.phase, printed: settings.printed.join(" ") });
	buttons.back.disabled = !index;
	for (const name of ["data", "k", "start", "seed"]) form[name].value = settings[name];
	ui.own.hidden = settings.data !== "own";
	form.floored.checked = settings.floor > 0;
	form.floor.value = settings.floor || form.floor.value;
	[form.across.value, form.up.value] = pair.map((r) => r + 1);
	for (const input of panels.compare.querySelectorAll("input")) {
		input.checked = settings[input.name].includes(input.value);
		input.disabled = /labels|truth/.test(input.value) && !data[input.value];
	}
	form.link.value = host.address?.(view) ?? "";
	refreshPoint();
	if (!panels.ratchet.hidden && frame) refreshRatchet();
}

function hover(i) {
	if (i === hovered || !place) return;
	hovered = i;
	refreshPoint();
}

function look(what) {
	chosen = what;
	hovered = what.point ?? null;
	open("inside", true);
}

function refreshPoint() {
	const { tip, cursor } = ui;
	const i = seen() ?? 0;
	const [cx, cy] = pixels[i];
	const w = frame?.responsibilities?.[i];
	const likely = w ? `, most likely component ${argmax(w) + 1}, ${say(Math.max(...w), 3)}` : "";
	const name = `Point ${i + 1} ${vector(data.X[i])}`;
	set(cursor, { cx, cy, "aria-valuemax": data.X.length, "aria-valuenow": i + 1, "aria-valuetext": name + likely });
	cursor.classList.toggle("gmm-on", seen() !== null);
	drawBeneath();
	if (!panels.inside.hidden && frame) refreshInside();
	tip.hidden = hovered === null || !frame;
	if (tip.hidden) return;
	tip.innerHTML = `<strong>${name}</strong>${terms(i)}`;
	tip.classList.toggle("gmm-right", cx < box.left + box.width / 2);
}

// (11) with the numbers of point i, from the parameters of the last E-step.
function terms(i) {
	const source = trace.frames.slice(0, index + 1).findLast(({ phase }) => phase === "E");
	if (!source) return word("firstE");
	const { weights, means, covariances, responsibilities: w } = source;
	const logF = means.map((mean, j) => logDensity(data.X[i], mean, cholesky(covariances[j], j)));
	const shift = Math.max(...logF) < -600 ? Math.max(...logF) : 0; // densities too small to be written share a factor
	const f = logF.map((v) => Math.exp(v - shift));
	const phi = prints("11") ? f.map(() => 1) : weights;
	const products = f.map((v, j) => phi[j] * v);
	const line = (...cells) => `<tr>${each(cells, (text) => `<td>${text}</td>`)}</tr>`;
	const row = (_, j) => line(`${glyph(j)} ${j + 1}`, say(phi[j], 3), say(f[j], 3), say(products[j], 3), `<b>${say(w[i][j], 3)}</b>`);
	return `<table>${line("j", "φ", "f(x)", "φ f", "w = φf / Σ")}${each(f, row)}${line("Σ", "", "", say(total(products), 3), say(total(w[i]), 3))}</table>
		${shift ? `<p>All densities × e<sup>${say(shift)}</sup>.</p>` : ""}`;
}

function fill(panel, values) {
	for (const node of panel.querySelectorAll("[data-fill]")) node.innerHTML = values[node.dataset.fill] ?? "";
}

function refreshInside() {
	const [i, { phase, weights, means, responsibilities: w }, { X }, { printed, floor }] = [seen(), frame, data, settings];
	const j = hovered === null ? chosen.component : undefined;
	const state = j >= 0 ? (w ? "component" : "before") : i === null ? "none" : "point";
	for (const node of panels.inside.children) node.hidden = ![state, state + phase].some((one) => node.dataset.when.split(" ").includes(one));
	if (j === undefined) return fill(panels.inside, i === null ? {} : { point: `${i + 1} ${vector(X[i])}`, terms: terms(i) });
	const own = w?.map((row) => row[j]) ?? [];
	const N = total(own);
	const divisor = printed.includes("13") ? X.length : N;
	const mean = w ? weightedMean(X, own, divisor) : means[j];
	const S = w ? weightedCovariance(X, own, divisor, mean, floor) : [];
	fill(panels.inside, {
		name: `${glyph(j)} Component ${j + 1}`, j: j + 1, N: say(N), n: X.length, divisor: say(divisor), mean: vector(mean),
		phi: say(w ? (printed.includes("12") ? N : N / X.length) : weights[j]), first: each(X.slice(0, 2), (x, l) => `${say(own[l], 3)}·${vector(x)} + `),
		matrix: `<table>${each(S, (row) => `<tr>${each(row, (v) => `<td>${say(v, 3)}</td>`)}</tr>`)}</table>`,
	});
}

// -- The ratchet

const lastSeen = () => Math.min(trace.frames.length - 1, Math.max(60, index + 20));

function refreshRatchet() {
	computeAhead();
	const { frames } = trace;
	const last = lastSeen();
	const all = range(last + 1);
	const [width, base] = [Math.max(260, ui.chart.clientWidth), 148];
	const values = all.flatMap((i) => [frames[i].logLikelihood, frames[i].lowerBound ?? NaN]).filter(Number.isFinite);
	const [low, high] = [Math.min(...values), Math.max(...values)];
	const x = (i) => 8 + (i / (last || 1)) * (width - 16);
	const y = (v) => 10 + ((high - Math.max(low, v)) / (high - low || 1)) * (base - 18);
	const line = (name, list, kind) => `<polyline class="gmm-${kind}" points="${list.map((i) => `${x(i)},${y(frames[i][name])}`).join(" ")}"/>`;
	const states = all.filter((i) => frames[i].phase !== "E");
	const allFalls = [...frames.keys()].filter(falls);
	const fallen = states.filter(falls);
	set(ui.chart, { viewBox: `0 0 ${width} 170`, "aria-label": word("curve", { steps: frames.length - 1, from: say(frames[0].logLikelihood), to: say(frames.at(-1).logLikelihood), falls: allFalls.length }) });
	ui.chart.innerHTML = `<path class="gmm-now" d="M${x(index)} 2V${base}"/>${line("lowerBound", all.filter((i) => frames[i].lowerBound !== null), "bound")}${line("logLikelihood", states, "value")}
		${each(fallen, (i) => line("logLikelihood", [i - 2, i], "fall"))}
		${each(states, (i) => `<circle cx="${x(i)}" cy="${y(frames[i].logLikelihood)}" r="3.5" class="${falls(i) ? "gmm-fall" : ""}"/>`)}
		${word("legend")}`;
	set(form.history, { max: frames.length - 1, "aria-valuetext": `${frame.phase} ${frame.iteration}` });
	form.history.value = index;
	const { iteration, logLikelihood: value, lowerBound: bound, weights } = frame;
	const m = data.features.length;
	const free = weights.length * (1 + m + (m * (m + 1)) / 2) - 1;
	const when = allFalls.slice(0, 9).map((i) => frames[i].iteration).join(", ");
	const bar = (weight, j) => `<div>${glyph(j)} <i style="background:var(--c${j});width:${(70 * weight) / total(weights)}%"></i> ${say(weight, 3)}</div>`;
	fill(panels.ratchet, {
		iteration, value: say(value, 7), change: index ? say(value - frames[index - 1].logLikelihood) : "–", bound: bound === null ? "–" : say(bound, 7),
		AIC: say(2 * free - 2 * value, 6), BIC: say(free * Math.log(data.X.length) - 2 * value, 6), weights: each(weights, bar), falls: when && word("falls", { when, cause: cause() }),
	});
}

function computeAhead() {
	if (trace.ended || ahead === trace || !trace.extendTo) return;
	const mine = (ahead = trace);
	const some = guard(() => {
		const until = performance.now() + 8;
		while (!mine.ended && performance.now() < until) mine.extendTo(mine.frames.length);
		if (trace === mine) mine.ended ? refresh() : setTimeout(some, 0);
	});
	setTimeout(some, 0);
}

function present(on = !root.matches(".gmm-presenter")) {
	root.classList.toggle("gmm-presenter", on);
	if (on) root.requestFullscreen?.().catch(() => {}); // where refused, the window must do
	else if (document.fullscreenElement) document.exitFullscreen();
	layout();
}

function download(kind, text) {
	const link = document.createElement("a");
	link.href = URL.createObjectURL(new Blob([text], { type: kind === "svg" ? "image/svg+xml" : "text/csv" }));
	link.download = `em-${settings.data}-${index}.${kind}`;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function asSVG() {
	const points = each(target.shapes, (j, i) => `<path d="${marker(j, ...pixels[i], size)}" style="fill:rgb(${target.colours[i].map(Math.round)})"/>`);
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${box.whole.join(" ")}" style="${each(palette, (rgb, j) => `--c${j}:rgb(${rgb});`)}background:rgb(${palette.paper})"><style>${word("svg")}</style>
		<path class="gmm-contours" d="${level}"/>${points}${ui.axes.outerHTML}${ui.plot.outerHTML}</svg>`;
}

const csv = (name, rows) => download(`${name}.csv`, each(rows, (row) => `${row}\n`));

function pointsCSV() {
	const w = frame?.responsibilities ?? data.X.map(() => []);
	csv("points", [[...data.features.map((name) => JSON.stringify(name)), ...w[0].map((_, j) => `w_${j + 1}`)], ...data.X.map((x, i) => [...x, ...w[i]])]);
}

function framesCSV() {
	const names = ["phase", "iteration", "logLikelihood", "lowerBound", "weights", "means", "covariances"];
	csv("frames", [names, ...trace.frames.map((one) => names.map((name) => [one[name] ?? ""].flat(3).join(" ")))]);
}

const view = {
	root, adjust, receive, restart, open, warn, guard, go,
	get state() {
		return { settings, data, parameters, trace, index, ...coming };
	},
	set(points, wanted, given) {
		const other = data?.name !== points.name || data.features.length !== points.features.length;
		[data, settings, parameters] = [points, wanted, given];
		if (other) frameData();
	},
};
const listen = (node, events) => Object.entries(events).forEach(([name, work]) => node.addEventListener(name, guard(work)));
listen(root, { click, keydown: keyed, change: formChanged, input: ({ target: node }) => node.name === "history" && go(+node.value, false), fullscreenchange: () => document.fullscreenElement || present(false) });
listen(ui.picture, { pointerdown: press, pointermove: move, pointerup: release, pointercancel: () => (drag = null), pointerleave: () => hover(null) });
listen(ui.cursor, { focus: () => hover(seen() ?? 0), blur: () => hover(null) });
const [theme, resized] = [new MutationObserver(guard(layout)), new ResizeObserver(guard(layout))];
for (const node of [document.documentElement, document.body]) theme.observe(node, { attributeFilter: ["data-theme", "data-jp-theme-light"] });
resized.observe(ui.stage);
view.destroy = () => (pause(), theme.disconnect(), resized.disconnect());
form.data.innerHTML = each(Object.entries({ own: { title: "your own …" }, ...host.datasets }), ([name, { title }]) => `<option value="${escaped(name)}">${escaped(title)}</option>`);
ui.share.hidden = host.live;
const base = document.documentElement.dataset.content_root; // only the site has chapters to link to
if (base !== undefined) root.querySelectorAll("[data-to]").forEach((link) => set(link, { href: `${base}chapters/${link.dataset.to}` }));
settings.open.forEach((name) => open(name, true));
return view;
}

function between(from, to, t) {
	const mix = (a, b) => (Array.isArray(a) ? a.map((one, i) => mix(one, b[i])) : a + t * (b - a));
	const part = (name) => mix(from[name], to[name]);
	return { ...to, colours: part("colours"), shapes: t < 0.5 ? from.shapes : to.shapes, means: part("means"), spreads: part("spreads") };
}

// 4. In a page without a kernel: this file's engine computes

const onPage = new Map(); // the steppers of this page, by their ids

function readTrace({ frames, ended }) {
	let w = null;
	return { ended, frames: frames.map((frame) => ({ ...frame, responsibilities: (w = frame.responsibilities ?? w) })) };
}

function pageHost(id, { settings, X, trace, parameters, ...more }, sets) {
	const datasets = { ...sets, ...(X && { own: makeData({ X, ...more }) }) };
	const wrong = [];
	let recorded = trace && readTrace(trace); // a student's run, until somebody disturbs it
	let soon;
	const host = {
		datasets, wrong, given: parameters, settings: readSettings(Object.entries(settings), { ...DEFAULTS, ...(X && { data: "own" }) }, datasets, wrong),
		load: (name) => (datasets[name] = makeData({ name, ...datasets[name] })),
		compute(view) {
			const { settings: wanted, data, parameters: start } = view.state;
			const found = recorded ?? new Trace(data.X, { ...wanted, parameters: start });
			[host.student, recorded] = [!!recorded, null];
			view.receive(found);
		},
		extend: (view, index) => view.state.trace.extendTo?.(index),
		address: ({ state }) => `${location.href.split("#")[0]}#${id}?${writeSettings(state.settings, state.index)}`,
		// Not at every frame of a film (browsers refuse), nor what no address can hold.
		remember(view) {
			clearTimeout(soon);
			if (onPage.has(id) && !view.state.parameters) soon = setTimeout(() => history.replaceState(history.state, "", host.address(view)), 150);
		},
	};
	return host;
}

function mount(root) {
	if (root.matches(".gmm-mounted")) return;
	try {
		const { sets, markup } = globalThis.gmmStepper;
		const id = root.closest("[id]")?.id ?? "stepper";
		const host = pageHost(id, JSON.parse(root.querySelector("script").textContent), sets);
		const { settings, wrong } = host;
		const data = host.load(settings.data);
		const view = makeView(root, host, markup);
		view.set(data, settings, host.given);
		view.restart(settings.step);
		if (wrong.length) view.warn(wrong.join("; "));
		onPage.set(id, view);
	} catch (error) {
		root.insertAdjacentHTML("beforeend", `<p class="gmm-alert" role="alert">This figure stands still: ${escaped(error.message)}</p>`);
	}
}

function follow(hash) {
	const [id, query] = hash.slice(1).split("?");
	const view = onPage.get(id) ?? onPage.values().next().value;
	if (query === undefined || !view) return;
	view.guard(() => view.adjust([...new URLSearchParams("step=0&floor=0&view=&printed=&" + query.replaceAll("+", "%2B"))]))();
	view.root.scrollIntoView({ block: "nearest" });
	view.root.focus({ preventScroll: true });
}

function start() {
	document.querySelectorAll("div.gmm-stepper").forEach(mount);
	document.addEventListener("click", (event) => {
		const link = event.target.closest("a[data-stepper]");
		if (!link) return;
		event.preventDefault();
		follow(`${link.hash}?${link.dataset.stepper}`);
	});
	addEventListener("hashchange", () => follow(location.hash));
	follow(location.hash);
}

// 5. In a notebook: Python computes

function render({ model, el }) {
	const datasets = { ...model.get("datasets") };
	const put = (name, value) => {
		model.set(name, value);
		model.save_changes();
	};
	const ask = (request) => {
		view.waiting = true;
		put("request", { ...request, number: (model.get("request").number ?? 0) + 1 });
	};
	const host = {
		live: true, datasets, settings: { ...DEFAULTS, ...model.get("settings") },
		load: (name, data) => (datasets[name].X ? datasets[name] : { ...data, name, edited: false }), // Python will send its points
		compute() {
			const { settings, data, parameters, step } = view.state;
			ask({ settings, step, parameters, X: data.edited || data === datasets.own ? data.X : null });
		},
		extend: (_, index) => view.state.trace.ended || ask({ frames: Math.min(index, 2 * LONGEST) + 1 }),
		remember: () => view.waiting || model.get("step") === view.state.index || put("step", view.state.index),
	};
	const view = makeView(el, host, model.get("markup"));
	const came = view.guard(() => {
		const { view: shown, open } = view.state.settings;
		const settings = { ...DEFAULTS, ...model.get("settings"), view: shown, open };
		view.waiting = false;
		host.student = settings.student;
		view.set(makeData(model.get("data")), settings, view.state.parameters);
		view.receive(readTrace(model.get("trace")), model.get("step"));
	});
	const stepped = view.guard(() => model.get("step") === view.state.index || view.go(model.get("step")));
	came();
	const heard = Object.entries({ "change:trace": came, "change:step": stepped });
	heard.forEach(([name, work]) => model.on(name, work));
	return () => {
		heard.forEach(([name, work]) => model.off(name, work));
		view.destroy();
	};
}

export default { render, Trace, start };
