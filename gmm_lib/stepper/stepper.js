// The EM stepper: an engine that computes traces, a view that draws them, and two hosts that mount the view.
//
// A trace is a list of frames {phase, iteration, weights, means, covariances, responsibilities, logLikelihood,
// lowerBound}; the view knows no more. In a notebook Python computes them, on a page the engine below does, and a test
// holds it equal to gmm_lib on every frame. Arrays are flat, row by row: X (n, m), means (k, m), covariances (k, m, m),
// responsibilities (n, k). The markup is in stepper.html, the data sets come from gmm_lib.datasets.

// ---- 1. The engine --------------------------------------------------------------------------------------------

const TOLERANCE = 1e-6; // a run ends when an iteration changes the log-likelihood by less
const MOST_ITERATIONS = 300;
const UINT32 = 2 ** 32;

/** What the reader is told in the place of a picture; `component` is the index of one that has collapsed. */
class Refusal extends Error {
  constructor(text, component = null) {
    super(text);
    this.component = component;
  }
}
const collapse = (j, reason) => new Refusal(`component ${j + 1} has collapsed: ${reason}`, j);
const range = (n) => [...Array(n).keys()];
const total = (list) => list.reduce((sum, value) => sum + value, 0);

/** NumPy's legacy RandomState(seed), a Mersenne Twister: a seed means the same in both engines. */
function randomState(seed) {
  const state = new Uint32Array(624);
  let position = 624;
  state[0] = seed;
  for (let i = 1; i < 624; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
  function uint32() {
    if (position === 624) {
      for (let i = 0; i < 624; i++) {
        const y = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7fffffff);
        state[i] = state[(i + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      position = 0;
    }
    let y = state[position++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }
  function below(n) {
    const mask = n > 1 ? 2 ** (32 - Math.clz32(n - 1)) - 1 : 0; // masked bits, drawn again while they exceed n - 1
    if (!mask) return 0;
    let value;
    do value = (uint32() & mask) >>> 0;
    while (value >= n);
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

/** The lower triangular L of Σ_j = L Lᵀ; a covariance that has lost its volume names its component. */
function cholesky(covariances, j, m) {
  const S = covariances.subarray(j * m * m, (j + 1) * m * m);
  const L = new Float64Array(m * m);
  for (let r = 0; r < m; r++) {
    for (let c = 0; c <= r; c++) {
      let rest = S[r * m + c];
      for (let q = 0; q < c; q++) rest -= L[r * m + q] * L[c * m + q];
      L[r * m + c] = r === c ? Math.sqrt(rest) : rest / L[c * m + c];
    }
    // Rounding leaves pivots of about m ε, relative to the variance, in the place of zeros.
    const sound = L[r * m + r] ** 2 > 8 * m * Number.EPSILON * S[r * m + r];
    if (!sound || L[r * m + r] === Infinity) throw collapse(j, "its covariance is singular");
  }
  return L;
}

/** Θ of equation (5), with its Cholesky factors. */
function parametersOf(weights, means, covariances) {
  const m = means.length / weights.length;
  return { weights, means, covariances, factors: range(weights.length).map((j) => cholesky(covariances, j, m)) };
}

/** Equation (7): log f_j(x_i), by forward substitution; nothing is inverted. */
function logDensities({ X, n, m }, { means, factors }) {
  const k = factors.length;
  const logF = new Float64Array(n * k);
  const z = new Float64Array(m);
  factors.forEach((L, j) => {
    let constant = -0.5 * m * Math.log(2 * Math.PI);
    for (let r = 0; r < m; r++) constant -= Math.log(L[r * m + r]);
    for (let i = 0; i < n; i++) {
      let squared = 0;
      for (let r = 0; r < m; r++) {
        let rest = X[i * m + r] - means[j * m + r];
        for (let c = 0; c < r; c++) rest -= L[r * m + c] * z[c];
        z[r] = rest / L[r * m + r];
        squared += z[r] * z[r];
      }
      logF[i * k + j] = Number.isNaN(squared) ? -Infinity : constant - 0.5 * squared;
    }
  });
  return logF;
}

/** Equations (10), (11) and (6) from the logs of φ_j f_j(x_i): responsibilities, and the log-likelihood. */
function share(logs, k) {
  const w = new Float64Array(logs.length);
  let logLikelihood = 0;
  for (let row = 0; row < logs.length; row += k) {
    let largest = -Infinity; // each row's own: a point far from everything still has a nearest component
    for (let j = row; j < row + k; j++) if (logs[j] > largest) largest = logs[j];
    let sum = 0;
    for (let j = row; j < row + k; j++) sum += w[j] = Math.exp(logs[j] - largest);
    for (let j = row; j < row + k; j++) w[j] /= sum;
    logLikelihood += largest === -Infinity ? largest : largest + Math.log(sum);
  }
  return { w, logLikelihood };
}

/** The evidence lower bound, Σ w (log φ f − log w), with 0 log 0 = 0. */
function lowerBound(logs, w) {
  let sum = 0;
  for (let at = 0; at < w.length; at++) if (w[at] > 0) sum += w[at] * (logs[at] - Math.log(w[at]));
  return sum;
}

/** N_j = Σ_i w_ij. */
function effectiveCounts(w, k) {
  const counts = new Float64Array(k);
  for (let row = 0; row < w.length; row += k) for (let j = 0; j < k; j++) counts[j] += w[row + j];
  return counts;
}

/** Equation (13): Σ_i w_ij (x_i − centre_j) / N_j, the centres being 0 at first. */
function weightedMeans(X, m, w, counts, centres = new Float64Array(counts.length * m)) {
  const k = counts.length;
  const means = new Float64Array(k * m);
  for (let row = 0, x = 0; row < w.length; row += k, x += m) {
    for (let j = 0; j < k; j++) for (let r = 0; r < m; r++) means[j * m + r] += w[row + j] * (X[x + r] - centres[j * m + r]);
  }
  return means.map((sum, at) => sum / counts[(at / m) | 0]);
}

/** Equation (14): Σ_i w_ij (x_i − μ_j)(x_i − μ_j)ᵀ / N_j, and the variance floor on the diagonal. */
function weightedCovariances(X, m, w, counts, means, floor) {
  const k = counts.length;
  const covariances = new Float64Array(k * m * m);
  const residual = new Float64Array(m);
  for (let j = 0; j < k; j++) {
    const S = covariances.subarray(j * m * m, (j + 1) * m * m);
    for (let at = j, x = 0; at < w.length; at += k, x += m) {
      for (let r = 0; r < m; r++) residual[r] = X[x + r] - means[j * m + r];
      for (let r = 0; r < m; r++) for (let c = 0; c <= r; c++) S[r * m + c] += w[at] * residual[r] * residual[c];
    }
    for (let r = 0; r < m; r++) {
      for (let c = 0; c < r; c++) S[c * m + r] = S[r * m + c] /= counts[j];
      S[r * m + r] = S[r * m + r] / counts[j] + floor;
    }
  }
  return covariances;
}

/** The M-step: (12), (13), (14). `printed` lists those to be taken as the article prints them, "13" for (13) and (14). */
function mStep({ X, n, m }, w, floor = 0, printed = []) {
  const counts = effectiveCounts(w, w.length / n);
  const smallest = counts.indexOf(Math.min(...counts));
  if (!(counts[smallest] > 0)) throw collapse(smallest, "no point leans on it");
  const divisors = printed.includes("13") ? counts.map(() => n) : counts;
  const means = weightedMeans(X, m, w, divisors);
  if (divisors === counts) {
    // What a long sum rounds off is averaged in its turn, lest (14) take the error for a variance.
    weightedMeans(X, m, w, counts, means).forEach((leftOver, at) => (means[at] += leftOver));
  }
  const weights = counts.map((N) => (printed.includes("12") ? N : N / n));
  return parametersOf(weights, means, weightedCovariances(X, m, w, divisors, means, floor));
}

// The rules of gmm_lib.initialization, draw for draw.

function squaredDistance(X, i, centres, j, m) {
  let sum = 0;
  for (let r = 0; r < m; r++) sum += (X[i * m + r] - centres[j * m + r]) ** 2;
  return sum;
}

const rowsOf = ({ X, m }, rows) => Float64Array.from(rows.flatMap((i) => [...X.subarray(i * m, (i + 1) * m)]));

function enough(distinct, k) {
  if (distinct < k) throw new Refusal(`k = ${k} components need ${k} different points, and there are ${distinct}`);
}

/** Uniform weights, and the covariance of all the points (divisor n − 1) about each of these rows. */
function aroundRows(data, rows, floor) {
  const { X, n, m } = data;
  const ones = new Float64Array(n).fill(1);
  const S = weightedCovariances(X, m, ones, [n - 1], weightedMeans(X, m, ones, [n]), floor);
  const weights = new Float64Array(rows.length).fill(1 / rows.length);
  try {
    return parametersOf(weights, rowsOf(data, rows), Float64Array.from(rows.flatMap(() => [...S])));
  } catch {
    throw new Refusal("the points lie on one line, so that their covariance is singular: a variance floor helps");
  }
}

function distinctRows({ X, n, m }, k, random) {
  const rows = [];
  for (const i of random.permutation(n)) if (!rows.some((l) => squaredDistance(X, i, X, l, m) === 0)) rows.push(i);
  enough(rows.length, k);
  return rows.slice(0, k);
}

/** k-means++: each next row with probability proportional to its squared distance from the nearest so far. */
function spreadRows({ X, n, m }, k, random) {
  const rows = [random.below(n)];
  let nearest = new Float64Array(n).fill(Infinity);
  for (;;) {
    nearest = nearest.map((value, i) => Math.min(value, squaredDistance(X, i, X, rows.at(-1), m)));
    if (rows.length === k) return rows;
    const sum = total(nearest);
    if (sum === 0) enough(rows.length, k);
    let running = 0;
    const edges = nearest.map((value) => (running += value / sum));
    const draw = random.uniform() * running;
    rows.push(edges.findIndex((edge) => edge > draw));
  }
}

/** k-means from those rows, as one-hot responsibilities. A mean left without points moves to the farthest point. */
function nearestMeans(data, k, random) {
  const { X, n, m } = data;
  let means = rowsOf(data, spreadRows(data, k, random));
  let [w, before] = [null, NaN];
  for (let iteration = 0; iteration <= 300; iteration++) {
    const distance = (i, j) => squaredDistance(X, i, means, j, m);
    const own = range(n).map((i) => range(k).reduce((best, j) => (distance(i, j) < distance(i, best) ? j : best)));
    const objective = total(own.map((j, i) => distance(i, j)));
    w = new Float64Array(n * k);
    own.forEach((j, i) => (w[i * k + j] = 1));
    if (objective === before) break;
    before = objective;
    const counts = effectiveCounts(w, k);
    means = weightedMeans(X, m, w, counts.map((N) => N || 1));
    const empty = range(k).filter((j) => !counts[j]);
    const farthest = empty.length ? range(n).sort((a, b) => distance(b, own[b]) - distance(a, own[a])) : [];
    empty.forEach((j, e) => means.set(X.subarray(farthest[e] * m, (farthest[e] + 1) * m), j * m));
  }
  return w;
}

function randomShares({ n }, k, random) {
  const w = Float64Array.from({ length: n * k }, random.uniform);
  return w.map((value, at) => value / total(w.subarray(at - (at % k), at - (at % k) + k)));
}

const RULES = {
  distinct_rows: (data, k, random, floor) => aroundRows(data, distinctRows(data, k, random), floor),
  rows_with_replacement: (data, k, random, floor) => aroundRows(data, range(k).map(() => random.below(data.n)), floor),
  "k-means++": (data, k, random, floor) => aroundRows(data, spreadRows(data, k, random), floor),
  kmeans: (data, k, random, floor) => mStep(data, nearestMeans(data, k, random), floor),
  random: (data, k, random, floor) => mStep(data, randomShares(data, k, random), floor),
};

/** Frames computed one half-step at a time, as far as they are asked for. `ended` says why there are no more. */
class Trace {
  constructor(data, { k, seed, start, floor = 0, printed = [], parameters = null }) {
    Object.assign(this, { data, floor, printed, frames: [], ended: null });
    this.attempt(() => {
      const bad = data.X.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) throw new Refusal(`point ${((bad / data.m) | 0) + 1} holds ${data.X[bad]}: data must be finite numbers`);
      if (data.n < k) throw new Refusal(`k = ${k} components need at least ${k} points, and there are ${data.n}`);
      const given = parameters && parametersOf(parameters.weights, parameters.means, parameters.covariances);
      this.arrive("start", 0, given ?? RULES[start](data, k, randomState(seed), floor), null);
    });
  }

  /** The frame of new parameters. Their densities serve the log-likelihood, the bound and the next E-step. */
  arrive(phase, iteration, parameters, w) {
    const k = parameters.weights.length;
    const logWeights = parameters.weights.map(Math.log);
    this.logF = logDensities(this.data, parameters);
    this.logs = this.logF.map((value, at) => value + logWeights[at % k]);
    this.next = share(this.logs, k);
    this.push(phase, iteration, parameters, w, this.next.logLikelihood);
  }

  push(phase, iteration, { weights, means, covariances }, responsibilities, logLikelihood) {
    const bound = responsibilities && lowerBound(this.logs, responsibilities);
    this.frames.push({ phase, iteration, weights, means, covariances, responsibilities, logLikelihood, lowerBound: bound });
  }

  halfStep() {
    const last = this.frames.at(-1);
    if (last.phase === "E") {
      const { iteration, responsibilities: w } = last;
      this.arrive("M", iteration, mStep(this.data, w, this.floor, this.printed), w);
      const change = this.frames.at(-1).logLikelihood - last.logLikelihood;
      if (Math.abs(change) < TOLERANCE) this.ended = { why: "converged" };
      else if (iteration >= MOST_ITERATIONS) this.ended = { why: "limit" };
    } else {
      if (last.logLikelihood === -Infinity) throw new Refusal("a point lies so far out that no component can have produced it");
      const { w } = this.printed.includes("11") ? share(this.logF, last.weights.length) : this.next; // (11) lacks φ in print
      this.push("E", last.iteration + 1, last, w, last.logLikelihood);
    }
  }

  attempt(work) {
    try {
      work();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { component, message } = error;
      this.ended = { why: component === null ? "refused" : "collapse", text: message, component };
    }
  }

  /** Make sure of frame `index`, if the run goes so far. */
  extendTo(index) {
    while (!this.ended && this.frames.length <= index) this.attempt(() => this.halfStep());
  }
}

// ---- 2. Small things ------------------------------------------------------------------------------------------

const GLYPHS = [..."●▲■◆▼✚✖★"];
const CHAPTERS = { 11: "08_e_step", 12: "08_e_step", 13: "09_m_step", 14: "09_m_step" };
const RULE_NAMES = { distinct_rows: "different points", rows_with_replacement: "points, with replacement", "k-means++": "k-means++", kmeans: "k-means", random: "random responsibilities" };
const MARGIN = { left: 50, right: 14, top: 12, bottom: 42 };

/** One marker shape a component: corners in units of the marker's size; the first is a circle. */
const SHAPES = (() => {
  const star = range(10).map((i) => [(i % 2 ? 0.55 : 1.4) * Math.sin((i * Math.PI) / 5), (i % 2 ? -0.55 : -1.4) * Math.cos((i * Math.PI) / 5)]);
  const arm = [[-0.4, -1.2], [0.4, -1.2], [0.4, -0.4]];
  const plus = range(4).flatMap((q) => arm.map(([x, y]) => [[x, y], [-y, x], [-x, -y], [y, -x]][q]));
  const cross = plus.map(([x, y]) => [(x - y) * Math.SQRT1_2, (x + y) * Math.SQRT1_2]);
  const [up, square, diamond] = [[[0, -1.25], [1.15, 0.85], [-1.15, 0.85]], [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]], [[0, -1.3], [1.15, 0], [0, 1.3], [-1.15, 0]]];
  return [null, up, square, diamond, up.map(([x, y]) => [x, -y]), plus, cross, star];
})();

function marker(shape, x, y, size) {
  if (!shape) return `M${x - size} ${y}a${size} ${size} 0 1 0 ${2 * size} 0a${size} ${size} 0 1 0 ${-2 * size} 0Z`;
  return `M${SHAPES[shape].map(([dx, dy]) => `${(x + dx * size).toFixed(1)} ${(y + dy * size).toFixed(1)}`).join("L")}Z`;
}

const escaped = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const each = (list, draw) => Array.from(list, draw).join("");
const set = (node, attributes) => Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

/** A number as one says it: four digits, a true minus sign, powers of ten. */
function say(value, digits = 4) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "undefined";
  const size = Math.abs(value);
  if (size && (size >= 1e6 || size < 1e-3)) {
    const [mantissa, power] = value.toExponential(2).split("e");
    return `${mantissa}·10${each(power.replace("+", ""), (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)])}`.replace("-", "−");
  }
  return value.toFixed(Math.max(0, digits - 1 - Math.max(0, Math.floor(Math.log10(size || 1))))).replace("-", "−");
}
const vector = (values) => `(${each(values, (value, r) => (r ? ", " : "") + say(value))})`;

function argmax(w, row, k) {
  let best = 0;
  for (let j = 1; j < k; j++) if (w[row + j] > w[row + best]) best = j;
  return best;
}

function ticks(low, high) {
  const power = 10 ** Math.floor(Math.log10((high - low) / 5));
  const step = [1, 2, 5, 10].find((one) => one * power >= (high - low) / 5) * power;
  const first = Math.ceil(low / step);
  return range(Math.floor(high / step) - first + 1).map((t) => Number(((first + t) * step).toPrecision(12)));
}

/** A data set ready for the engine, from rows as they come from Python. */
function makeData({ name = "own", title = "your own", X, features, labels, classes = [], truth, k, seed, start }) {
  if (!X?.length || !X[0].length) throw new Refusal("the data set is empty");
  const [n, m] = [X.length, X[0].length];
  if (X.some((row) => row.length !== m)) throw new Refusal("the rows of the data differ in length");
  const flat = (nested) => Float64Array.from(nested.flat(2), (value) => value ?? NaN);
  const names = features?.length === m ? features : range(m).map((r) => `column ${r + 1}`);
  const parts = truth && { weights: flat(truth.weights), means: flat(truth.means), covariances: flat(truth.covariances) };
  return { name, title, X: flat(X), n, m, features: names, labels, classes, truth: parts, k, seed, start };
}

/** Points from pasted or loaded text; a first line of names is allowed. */
function parseTable(text) {
  const rows = text.split("\n").filter((line) => line.trim()).map((line) => line.trim().split(/[\s,;]+/));
  const features = rows.length && rows[0].every((cell) => /^["a-z_]/i.test(cell) && !/^(nan|inf)/i.test(cell)) ? rows.shift() : null;
  if (!rows.length) throw new Refusal("there are no numbers: put one point on a line, such as 1.5, 2");
  if (rows[0].length < 2 || rows[0].length > 10 || rows.length > 5000) throw new Refusal("points need 2 to 10 numbers each, and 5000 points are the most");
  rows.forEach((row, i) => {
    const bad = row.find((cell) => !cell || !Number.isFinite(Number(cell)));
    if (bad !== undefined) throw new Refusal(`point ${i + 1} holds “${bad}”: data must be finite numbers`);
    if (row.length !== rows[0].length) throw new Refusal(`point ${i + 1} has ${row.length} numbers, the first has ${rows[0].length}`);
  });
  return makeData({ X: rows.map((row) => row.map(Number)), features });
}

// ---- 3. Settings: what a link, a directive and the address share ----------------------------------------------

const DEFAULTS = { data: "iris_petal", k: 3, seed: 42, start: "distinct_rows", step: 0, floor: 0, pair: null, view: [], printed: [], open: [] };
const LIMITS = { k: [1, 8], seed: [0, UINT32 - 1], step: [0, 2 * MOST_ITERATIONS] };
const LISTS = { view: ["contours", "hard", "labels", "truth"], printed: ["11", "12", "13"], open: ["data", "inside", "ratchet", "compare", "share", "keys"] };

/** Read one setting into `settings`; returns what is wrong with it, if anything is. */
function readSetting(settings, key, text, datasets) {
  if (key in LIMITS) {
    const [low, high] = LIMITS[key];
    if (!/^\d+$/.test(text) || Number(text) < low || Number(text) > high) return `a whole number from ${low} to ${high}`;
    settings[key] = Number(text);
  } else if (key in LISTS) {
    const list = text.split(",").filter(Boolean);
    if (list.some((one) => !LISTS[key].includes(one))) return `of ${LISTS[key].join(", ")}`;
    settings[key] = list;
  } else if (key === "data") {
    if (!Object.hasOwn(datasets, text)) return `one of ${Object.keys(datasets).join(", ")}`;
    const { k = settings.k, seed = settings.seed, start = settings.start } = datasets[text];
    Object.assign(settings, { data: text, k, seed, start, pair: null });
  } else if (key === "start") {
    if (!Object.hasOwn(RULES, text)) return `one of ${Object.keys(RULES).join(", ")}`;
    settings.start = text;
  } else if (key === "floor") {
    if (!text || !(Number(text) >= 0 && Number(text) < 1e9)) return "a number of zero or more";
    settings.floor = Number(text);
  } else if (key === "pair") {
    if (!/^[1-9]\d*,[1-9]\d*$/.test(text) || new Set(text.split(",")).size < 2) return "two different columns, such as 1,2";
    settings.pair = text.split(",").map((one) => one - 1);
  } else return "a setting";
}

/** Settings from strings; what cannot be used stays as it was, and `wrong` gets a sentence on it. */
function readSettings(pairs, before, datasets, wrong) {
  const settings = { ...before };
  const dataFirst = [...pairs].sort(([a], [b]) => (b === "data") - (a === "data")); // it brings advice the others overrule
  for (const [key, value] of dataFirst) {
    const must = readSetting(settings, key, String(value).trim(), datasets);
    if (must) wrong.push(must === "a setting" ? `“${key}” is no setting` : `${key} = “${value}” cannot be used, it must be ${must}`);
  }
  return settings;
}

function writeSettings({ data, k, seed, start, floor, pair, view, printed }, step) {
  const more = { floor: floor || "", pair: pair?.map((r) => r + 1) ?? "", view, printed };
  const kept = Object.entries(more).filter(([, value]) => String(value)).map(([key, value]) => `&${key}=${value}`);
  return `data=${data}&k=${k}&seed=${seed}&start=${start}&step=${step}${kept.join("")}`;
}

// ---- 4. The view ----------------------------------------------------------------------------------------------

const KEYS = { ArrowLeft: "back", ArrowRight: "forward", e: "E", m: "M", i: "iteration", " ": "play", p: "play", Home: "start", End: "converge",
  n: "seed", u: "undo", a: "add", f: "present", Escape: "leave", "?": "keys", c: "contours", h: "hard", l: "labels", t: "truth" };
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

class View {
  constructor(root, host, markup) {
    Object.assign(this, { root, host, settings: host.settings, parameters: null, index: 0, history: [], chosen: {}, hovered: null, speed: 2 });
    this.trace = { frames: [], ended: null };
    root.innerHTML = markup;
    set(root, { class: "gmm-root", role: "group", "aria-label": "EM stepper", tabindex: -1 });
    const find = (selector) => root.querySelector(selector);
    const named = (attribute) => Object.fromEntries([...root.querySelectorAll(`[${attribute}]`)].map((node) => [node.getAttribute(attribute), node]));
    Object.assign(this, { find, buttons: named("data-do"), tabs: named("data-open"), panels: named("data-panel"), form: named("name") });
    for (const name of ["stage", "picture", "plot", "axes", "truth", "trails", "pull", "components", "cursor", "tip", "words", "alert", "chart", "numbers"]) this[name] = find(`.gmm-${name}`);
    this.canvas = find("canvas");
    find(".gmm-link").hidden = !!host.live;
    this.form.data.innerHTML = each(Object.entries(host.datasets), ([name, { title }]) => `<option value="${escaped(name)}">${escaped(title)}</option>`) + "<option value=own>your own …</option>";
    this.actions = this.makeActions();
    this.listen();
  }

  get frame() {
    return this.trace.frames[this.index];
  }
  get k() {
    return this.frame?.weights.length ?? 0;
  }

  makeActions() {
    const stop = (work) => () => (this.pause(), work());
    const view = (value) => () => this.flip("view", value);
    return {
      back: stop(() => this.go(this.index - 1)), forward: stop(() => this.go(this.index + 1)), E: stop(() => this.half("E")), M: stop(() => this.half("M")),
      iteration: stop(() => this.go(this.index + (this.frame?.phase === "E" ? 1 : 2))), start: stop(() => this.go(0)), converge: stop(() => this.go(Infinity)),
      play: () => (this.playing ? this.pause() : this.play()),
      seed: () => this.configure([["seed", (this.settings.seed + 1) % UINT32]]), undo: () => this.undo(),
      add: () => this.addPoint(this.inverse((this.left + this.right) / 2, (this.top + this.bottom) / 2)),
      adopt: () => this.adopt(parseTable(this.form.own.value)), present: () => this.present(), leave: () => this.present(false), keys: () => this.open("keys"),
      contours: view("contours"), hard: view("hard"), labels: view("labels"), truth: view("truth"),
      copy: () => navigator.clipboard?.writeText(this.form.link.value).then(() => this.say("The link is copied."), () => this.form.link.select()),
      svg: () => this.download("svg", this.asSVG()), csv: () => this.download("csv", this.pointsCSV()), history: () => this.download("csv", this.historyCSV()),
    };
  }

  // -- What a person does

  /** Nothing that goes wrong in a handler may stop the page: it is shown in the widget. */
  guard(work) {
    return (event) => {
      try {
        work(event);
      } catch (error) {
        this.complain(error instanceof Refusal ? error.message : `the stepper has met an error of its own: ${error.message}`);
      }
    };
  }

  listen() {
    const on = (node, events) => Object.entries(events).forEach(([name, work]) => node.addEventListener(name, this.guard(work)));
    on(this.root, { click: (event) => this.click(event), keydown: (event) => this.key(event), change: ({ target }) => this.formChanged(target) });
    on(this.root, { input: ({ target }) => target.name === "history" && this.go(+target.value, false) });
    on(this.picture, { pointerdown: (event) => this.press(event), pointermove: (event) => this.move(event), pointerup: () => this.release(), pointercancel: () => (this.drag = null), pointerleave: () => this.hover(null) });
    on(this.cursor, { focus: () => this.hover(this.point ?? 0), blur: () => this.hover(null) });
    const recolour = new MutationObserver(this.guard(() => this.recolour()));
    for (const node of [document.documentElement, document.body]) recolour.observe(node, { attributeFilter: ["data-theme", "data-jp-theme-light"] });
    const resize = new ResizeObserver(this.guard(() => this.layout()));
    resize.observe(this.stage);
    const full = () => document.fullscreenElement || !this.full || this.present(false);
    document.addEventListener("fullscreenchange", full);
    this.destroy = () => (this.pause(), recolour.disconnect(), resize.disconnect(), document.removeEventListener("fullscreenchange", full));
  }

  click({ target }) {
    const button = target.closest("button");
    if (button?.dataset.open) this.open(button.dataset.open);
    else if (button) this.actions[button.dataset.do]();
    else if (target.closest(".gmm-chart")) this.clickChart(target.closest(".gmm-chart"), event.clientX);
  }

  formChanged({ name, value, checked, files, form = this.form }) {
    if (name === "view" || name === "printed") this.flip(name, value);
    else if (name === "floored") this.configure([["floor", checked ? form.floor.value : 0]]);
    else if (name === "across" || name === "up") this.configure([["pair", `${+form.across.value + 1},${+form.up.value + 1}`]]);
    else if (name === "speed") this.speed = 2 ** value;
    else if (name === "file") files[0]?.text().then((text) => (form.own.value = text));
    else if (name === "data") this.chooseData(value);
    else if (["k", "seed", "start", "floor"].includes(name)) this.configure([[name, value]]);
  }

  key(event) {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("textarea, select, input:not([type=checkbox])")) return;
    if (key === " " && target.closest("button, input")) return; // the button's own key
    let action = this.actions[KEYS[key]];
    if (target === this.cursor) action = this.keyOnPoint(event) ?? action;
    else if (target.closest(".gmm-mean")) action = this.keyOnMean(event, +target.dataset.j) ?? action;
    else if (/^[1-8]$/.test(key)) action = () => this.configure([["k", key]]);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation(); // the notebook and the site have keys of their own
    action();
  }

  keyOnPoint({ key, shiftKey }) {
    const i = this.point ?? 0;
    const [dx, dy] = ARROWS[key] ?? [];
    if (key === "Delete" || key === "Backspace") return () => this.removePoint(i);
    if (key === "Enter") return () => this.look({ point: i });
    if (dx === undefined) return;
    if (!shiftKey) return () => this.hover((i + dx - dy + this.data.n) % this.data.n);
    return () => (this.movePoint(i, this.inverse(this.pixels[2 * i] + 5 * dx, this.pixels[2 * i + 1] - 5 * dy)), this.hover(i));
  }

  keyOnMean({ key, shiftKey }, j) {
    if (key === "Enter" || key === " ") return () => this.look({ component: j });
    const [dx, dy] = ARROWS[key] ?? [];
    if (dx === undefined) return;
    const [x, y] = this.to.means[j];
    const far = shiftKey ? 25 : 5;
    return () => this.moveMean(j, this.inverse(this.px(x) + far * dx, this.py(y) - far * dy));
  }

  press(event) {
    if (event.button || !this.px) return;
    const box = this.picture.getBoundingClientRect();
    const mean = event.target.closest(".gmm-mean");
    const touch = event.pointerType === "touch";
    this.drag = { box, from: [event.clientX, event.clientY], shift: event.shiftKey, touch, j: mean && +mean.dataset.j };
    this.drag.at = [event.clientX - box.left, event.clientY - box.top];
    this.drag.i = mean ? null : this.nearest(this.drag.at, touch ? 18 : 10);
    if (mean) this.picture.setPointerCapture(event.pointerId);
    else this.root.focus({ preventScroll: true });
  }

  move(event) {
    const { drag } = this;
    if (!drag) {
      const box = this.picture.getBoundingClientRect();
      const blind = event.pointerType === "touch" || event.target.closest(".gmm-mean");
      return this.hover(blind ? null : this.nearest([event.clientX - box.left, event.clientY - box.top], 10));
    }
    drag.at = [event.clientX - drag.box.left, event.clientY - drag.box.top];
    drag.moved ||= Math.hypot(event.clientX - drag.from[0], event.clientY - drag.from[1]) > 4;
    if (!drag.moved) return;
    this.pause();
    const where = this.inverse(...drag.at);
    if (drag.j !== null) this.draw({ ...this.to, means: this.to.means.map((mean, j) => (j === drag.j ? where : mean)) });
    else if (drag.i !== null && !drag.touch) this.pixels.set(drag.at, 2 * drag.i), this.draw(this.to);
  }

  release() {
    const { drag } = this;
    this.drag = null;
    if (!drag) return;
    const where = this.inverse(...drag.at);
    if (drag.j !== null) drag.moved ? this.moveMean(drag.j, where) : this.look({ component: drag.j });
    else if (drag.moved) drag.i === null || drag.touch || this.movePoint(drag.i, where);
    else if (drag.i !== null) drag.shift ? this.removePoint(drag.i) : this.look({ point: drag.i });
    else if (!drag.shift && this.px && drag.at[0] > this.left && drag.at[1] < this.bottom) this.addPoint(where);
  }

  /** The point under the pointer, or null. */
  nearest([x, y], reach) {
    let [best, found] = [reach ** 2, null];
    for (let i = 0; i < this.data.n; i++) {
      const distance = (this.pixels[2 * i] - x) ** 2 + (this.pixels[2 * i + 1] - y) ** 2;
      if (distance < best) [best, found] = [distance, i];
    }
    return found;
  }

  open(name, state = this.panels[name].hidden) {
    this.panels[name].hidden = !state;
    set(this.tabs[name], { "aria-expanded": state });
    this.root.classList.toggle("gmm-wide", Object.values(this.panels).some((panel) => !panel.hidden));
    this.refresh();
  }

  // -- Stepping

  /** Go to frame `index`; a single half-step is shown as a movement. */
  go(index, glide = true) {
    const { trace } = this;
    if (index >= trace.frames.length) this.host.extend(this, index);
    const last = trace.frames.length - 1;
    const before = this.index;
    if (last < 0) return this.sayEnd();
    this.index = clamp(index, 0, last);
    this.show(glide && Math.abs(this.index - before) === 1);
    if (index > last && trace.ended) this.sayEnd();
    else this.say(this.describe());
    this.host.remember(this);
  }

  half(phase) {
    const next = !this.frame || this.frame.phase === "E" ? "M" : "E";
    if (phase === next) return this.go(this.index + 1);
    if (phase === "E") this.say("These responsibilities already belong to these parameters: another E-step changes nothing. Now M.");
    else this.say(this.index ? "These parameters are already the best for these responsibilities: another M-step changes nothing. Now E." : "An M-step needs responsibilities. First E.");
  }

  play() {
    set(this.words, { "aria-live": "off" }); // a screen reader is not to hear every frame of a film
    this.buttons.play.textContent = "❚❚ Pause";
    const tick = this.guard(() => {
      const before = this.index;
      this.go(before + 1);
      this.playing = setTimeout(tick, 1000 / this.speed);
      if (this.index === before && !this.waiting) this.pause();
    });
    this.playing = setTimeout(tick, 0);
  }

  pause() {
    if (!this.playing) return;
    clearTimeout(this.playing);
    this.playing = null;
    this.buttons.play.textContent = "▶ Play";
    set(this.words, { "aria-live": "polite" });
  }

  // -- Words

  say(text) {
    this.words.textContent = text;
    this.alert.hidden = true;
  }

  complain(text) {
    this.alert.textContent = text[0].toUpperCase() + text.slice(1).replace(/([^.!?])$/, "$1.");
    this.alert.hidden = false;
  }

  /** One line on what the half-step to this frame has done. */
  describe() {
    const { frame, index, k, data: { n } } = this;
    const { phase, iteration, weights, responsibilities: w, logLikelihood: value } = frame;
    const before = this.trace.frames[index - 1];
    if (phase === "start") {
      const from = this.parameters ? "as you have set it" : `${RULE_NAMES[this.settings.start]}, seed ${this.settings.seed}`;
      return `Start (${from}): k = ${k}, n = ${n}. ${this.twins()}The log-likelihood is ${say(value, 6)}.`;
    }
    if (phase === "E") {
      const old = before?.responsibilities;
      const counted = range(n).filter((i) => (old ? argmax(w, i * k, k) !== argmax(old, i * k, k) : Math.max(...w.subarray(i * k, i * k + k)) < 0.9)).length;
      return old ? `E-step ${iteration}: ${counted} of ${n} points changed their most likely component.`
        : `E-step ${iteration}: each point takes the colours of its responsibilities; ${counted} of ${n} are torn between components.`;
    }
    const change = value - (before?.logLikelihood ?? value);
    const words = `M-step ${iteration}: means and ellipses follow their points; the log-likelihood ${change < 0 ? "fell" : "rose"} by ${say(Math.abs(change))} to ${say(value, 6)}.`;
    const improper = Math.abs(total(weights) - 1) > 1e-6 ? ` The weights sum to ${say(total(weights))}: this is no likelihood.` : "";
    return words + (this.falls(index) ? ` No ratchet here: ${this.cause()}.` : "") + improper;
  }

  falls(index) {
    const [before, now] = [this.trace.frames[index - 1], this.trace.frames[index]];
    return index > 0 && now.phase === "M" && now.logLikelihood < before.logLikelihood - 1e-9 * Math.max(1, Math.abs(now.logLikelihood));
  }

  cause() {
    const { printed, floor } = this.settings;
    if (printed.length) return `formula ${printed.map((one) => (one === "13" ? "(13), (14)" : `(${one})`)).join(", ")} as printed`;
    return this.host.student ? "the steps are your own" : floor ? "the variance floor is no part of the likelihood" : "the fall is rounding";
  }

  /** Components that EM can never part, because they are equal. */
  twins() {
    const { means, covariances } = this.frame;
    const { m } = this.data;
    const same = (array, size, a, b) => range(size).every((r) => array[a * size + r] === array[b * size + r]);
    for (let b = 1; b < this.k; b++) {
      const a = range(b).find((j) => same(means, m, j, b) && same(covariances, m * m, j, b));
      if (a !== undefined) return `Components ${a + 1} and ${b + 1} are the same, and EM can never part them. `;
    }
    return "";
  }

  sayEnd() {
    const { why, text } = this.trace.ended;
    const iteration = this.trace.frames.at(-1)?.iteration;
    if (why === "converged") this.say(`Converged after ${iteration} iteration${iteration === 1 ? "" : "s"}: the last changed the log-likelihood by less than 10⁻⁶. ${this.twins()}`);
    else if (why === "limit") this.say(`Stopped after ${iteration} iterations, not yet converged.`);
    else this.complain(why === "collapse" ? `${text}. Try another seed, fewer components, or a variance floor` : text);
  }

  // -- Disturbing: each change starts EM again and can be undone

  change(work, words = "", step = 0) {
    this.pause();
    const { settings, data, parameters, pair, index } = this;
    work();
    this.history.push({ settings, data, parameters, pair, index });
    this.restart(step, words);
  }

  undo() {
    if (!this.history.length) return this.say("There is nothing to undo.");
    this.pause();
    const { index, ...before } = this.history.pop();
    const other = before.data.features !== this.data.features || before.pair !== this.pair;
    Object.assign(this, before);
    if (other) this.frameData();
    this.restart(index, "Undone.");
  }

  restart(step, words) {
    Object.assign(this, { coming: { step, words } });
    this.host.compute(this);
  }

  /** A new trace has come, from the engine or from Python. */
  receive(trace) {
    const { step = 0, words = "" } = this.coming ?? {};
    this.coming = null;
    this.trace = trace;
    if (step >= trace.frames.length) this.host.extend(this, step);
    this.index = clamp(step, 0, Math.max(0, trace.frames.length - 1));
    if (!(this.chosen.component < this.k || this.chosen.point < this.data.n)) this.chosen = {};
    this.measure();
    this.show(false);
    if (this.frame) this.say(`${words} ${this.describe()}`.trim());
    if (!this.frame || trace.ended?.why === "student") this.sayEnd();
    else if (step > this.index && step < Infinity) this.complain(`step ${step} cannot be shown, the run ends after ${this.index} half-steps`);
    this.host.remember(this);
  }

  configure(pairs) {
    const wrong = [];
    const settings = readSettings(pairs, this.settings, this.host.datasets, wrong);
    const step = pairs.some(([key]) => key === "step") ? settings.step : 0;
    const other = settings.data !== this.settings.data || this.data.name !== settings.data || pairs.some(([key]) => key === "data");
    if (JSON.stringify(settings) !== JSON.stringify(this.settings) || step || other) {
      const data = other ? this.host.load(settings.data) : this.data;
      if (settings.pair?.some((r) => r >= data.m)) {
        wrong.push(`pair names a column that these data lack, they have ${data.m}`);
        settings.pair = null;
      }
      this.change(() => {
        const reframe = other || settings.pair !== this.settings.pair;
        Object.assign(this, { settings, data, parameters: null });
        if (reframe) this.frameData();
      }, "", step);
    }
    settings.open.forEach((name) => this.open(name, true));
    this.refreshForms();
    if (wrong.length) this.complain(wrong.join("; "));
  }

  chooseData(name) {
    this.find(".gmm-own").hidden = name !== "own";
    if (name !== "own" || this.host.datasets.own) this.configure([["data", name]]);
  }

  adopt(data) {
    this.host.datasets.own = data;
    this.configure([["data", "own"]]);
  }

  flip(key, value) {
    const list = this.settings[key];
    const settings = { ...this.settings, [key]: list.includes(value) ? list.filter((one) => one !== value) : [...list, value] };
    if (key === "printed") return this.change(() => (this.settings = settings), "", this.index);
    this.settings = settings; // a switch of the view changes the picture only
    this.show(false);
    this.host.remember(this);
  }

  moveMean(j, where) {
    const { weights, means, covariances } = this.frame;
    const moved = means.slice();
    this.pair.forEach((r, axis) => (moved[j * this.data.m + r] = where[axis]));
    this.change(() => (this.parameters = { weights, means: moved, covariances }), `Mean ${j + 1} moved to ${vector(where)}.`);
  }

  /** Other points, the same parameters. */
  edit(words, X, labels) {
    this.change(() => {
      if (this.frame) this.parameters = this.frame;
      this.data = { ...this.data, X, labels, n: X.length / this.data.m, edited: true };
    }, words);
  }

  addPoint(where) {
    const { X, m, n, labels } = this.data;
    const near = this.nearest([this.px(where[0]), this.py(where[1])], Infinity);
    const row = X.slice(near * m, near * m + m); // columns out of sight are those of the nearest point
    this.pair.forEach((r, axis) => (row[r] = where[axis]));
    this.edit(`Point ${n + 1} added at ${vector(where)}; u undoes it.`, Float64Array.from([...X, ...row]), labels && [...labels, -1]);
  }

  removePoint(i) {
    const { X, m, n, labels } = this.data;
    if (n === 1) return this.say("The last point stays.");
    this.edit(`Point ${i + 1} removed.`, X.filter((_, at) => ((at / m) | 0) !== i), labels?.filter((_, l) => l !== i));
  }

  movePoint(i, where) {
    const X = this.data.X.slice();
    this.pair.forEach((r, axis) => (X[i * this.data.m + r] = where[axis]));
    this.edit(`Point ${i + 1} moved to ${vector(where)}.`, X, this.data.labels);
  }

  // -- Drawing

  /** Choose the columns shown and their range, which holds still while EM runs. */
  frameData() {
    const { X, m, features } = this.data;
    this.pair = this.settings.pair ?? (m > 3 ? [2, 3] : [0, 1]);
    this.range = this.pair.map((r) => {
      const column = X.filter((value, at) => at % m === r && Number.isFinite(value));
      const [low, high] = [column.reduce((a, b) => Math.min(a, b), Infinity), column.reduce((a, b) => Math.max(a, b), -Infinity)];
      const margin = 0.08 * (high - low) || 1;
      return column.length ? [low - margin, high + margin] : [-1, 1];
    });
    this.find(".gmm-pair").hidden = m < 3;
    for (const name of ["across", "up"]) this.form[name].innerHTML = each(features, (feature, r) => `<option value="${r}">${escaped(feature)}</option>`);
    this.layout();
  }

  layout() {
    const width = this.stage.clientWidth;
    if (!this.data || !width) return;
    const big = this.root.classList.contains("gmm-presenter");
    const height = Math.round(clamp(width * 0.6, 230, Math.max(230, innerHeight * (big ? 0.7 : 0.66))));
    this.stage.style.height = `${height}px`;
    const { left, top } = MARGIN;
    const [right, bottom] = [width - MARGIN.right, height - MARGIN.bottom];
    const [[x0, x1], [y0, y1]] = this.range;
    const unit = [(right - left) / (x1 - x0), (bottom - top) / (y1 - y0)];
    Object.assign(this, { width, height, left, top, right, bottom, unit });
    this.px = (x) => left + (x - x0) * unit[0];
    this.py = (y) => bottom - (y - y0) * unit[1];
    this.inverse = (px, py) => [x0 + (px - left) / unit[0], y0 + (bottom - py) / unit[1]];
    this.density = devicePixelRatio || 1;
    set(this.canvas, { width: width * this.density, height: height * this.density });
    set(this.picture, { viewBox: `0 0 ${width} ${height}` });
    set(this.plot, { x: left, y: top, width: right - left, height: bottom - top, viewBox: `${left} ${top} ${right - left} ${bottom - top}` });
    this.drawAxes();
    this.measure();
    this.recolour();
  }

  drawAxes() {
    const { left, top, right, bottom, height, data: { features } } = this;
    const text = (x, y, words, more = "") => `<text x="${x}" y="${y}" text-anchor="middle" ${more}>${escaped(words)}</text>`;
    const middle = (top + bottom) / 2;
    this.axes.innerHTML =
      each(ticks(...this.range[0]), (v) => `<path d="M${this.px(v)} ${top}V${bottom}"/>${text(this.px(v), bottom + 16, say(v, 1 + (v % 1 && 2)))}`) +
      each(ticks(...this.range[1]), (v) => `<path d="M${left} ${this.py(v)}H${right}"/>${text(left - 6, this.py(v) + 4, say(v, 1 + (v % 1 && 2)), 'style="text-anchor:end"')}`) +
      text((left + right) / 2, height - 6, features[this.pair[0]]) + text(12, middle, features[this.pair[1]], `transform="rotate(-90 12 ${middle})"`);
  }

  measure() {
    const { X, n, m } = this.data;
    if (!this.px) return;
    this.pixels = Float64Array.from({ length: 2 * n }, (_, at) => (at % 2 ? this.py(X[(at >> 1) * m + this.pair[1]]) : this.px(X[(at >> 1) * m + this.pair[0]])));
    this.size = (n > 800 ? 2.4 : n > 300 ? 3.3 : 4.3) * (this.root.classList.contains("gmm-presenter") ? 1.5 : 1);
    this.markers = SHAPES.map((_, j) => new Path2D(marker(j, 0, 0, this.size)));
  }

  /** Read the colours again: the theme may have been switched. */
  recolour() {
    const style = getComputedStyle(this.root);
    const colour = (name) => style.getPropertyValue(name).trim();
    const rgb = (name) => colour(name).slice(1).match(/../g).map((two) => parseInt(two, 16));
    this.palette = range(8).map((j) => rgb(`--c${j}`));
    [this.grey, this.paper] = [rgb("--grey"), colour("--paper")];
    if (this.px) this.show(false);
  }

  /** What a frame looks like in the plane shown: colours and shapes of the points, means and covariances. */
  pictureOf(frame) {
    const { k, palette, data: { n, m }, pair: [a, b] } = this;
    const w = frame?.responsibilities;
    const hard = this.settings.view.includes("hard");
    const [colours, shapes] = [new Float32Array(3 * n), new Uint8Array(n)];
    for (let i = 0; i < n; i++) {
      if (w) shapes[i] = argmax(w, i * k, k);
      for (let c = 0; c < 3; c++) {
        let value = !w ? this.grey[c] : hard ? palette[shapes[i]][c] : 0;
        if (w && !hard) for (let j = 0; j < k; j++) value += w[i * k + j] * palette[j][c];
        colours[3 * i + c] = value;
      }
    }
    const plane = ({ means, covariances: S }, j) => [[means[j * m + a], means[j * m + b]], [[a, a], [a, b], [b, b]].map(([r, c]) => S[(j * m + r) * m + c])];
    const planes = range(k).map((j) => plane(frame, j));
    return { colours, shapes, weights: frame?.weights ?? [], means: planes.map(([mean]) => mean), spreads: planes.map(([, spread]) => spread) };
  }

  /** Show the frame of this.index: at once, or gliding there from what is shown now. */
  show(glide) {
    cancelAnimationFrame(this.animation);
    if (!this.px) return;
    const { shown: from } = this;
    const to = (this.to = this.pictureOf(this.frame));
    const alike = from?.means.length === to.means.length && from.shapes.length === to.shapes.length;
    if (!glide || !alike || matchMedia("(prefers-reduced-motion: reduce)").matches) this.draw(to);
    else {
      const [begun, length] = [performance.now(), Math.min(450, this.playing ? 700 / this.speed : 450)];
      const tick = this.guard(() => {
        const t = Math.min(1, (performance.now() - begun) / length);
        this.draw(t < 1 ? between(from, to, t * t * (3 - 2 * t)) : to);
        if (t < 1) this.animation = requestAnimationFrame(tick);
      });
      tick();
    }
    this.refresh();
  }

  draw(picture) {
    this.shown = picture;
    this.drawPoints(picture);
    this.drawComponents(picture);
  }

  drawPoints({ colours, shapes, means, spreads, weights }) {
    const pen = this.canvas.getContext("2d");
    const { pixels, density, markers, settings: { view }, data: { n, labels } } = this;
    pen.setTransform(density, 0, 0, density, 0, 0);
    pen.clearRect(0, 0, this.width, this.height);
    this.contours = view.includes("contours") && means.length ? this.contourPath(means, spreads, weights) : "";
    pen.strokeStyle = `rgb(${this.grey})`;
    pen.stroke(new Path2D(this.contours));
    pen.lineWidth = 0.7;
    for (let i = 0; i < n; i++) {
      pen.setTransform(density, 0, 0, density, pixels[2 * i] * density, pixels[2 * i + 1] * density);
      pen.fillStyle = `rgb(${colours[3 * i] | 0},${colours[3 * i + 1] | 0},${colours[3 * i + 2] | 0})`;
      pen.strokeStyle = this.paper;
      pen.fill(markers[shapes[i]]);
      pen.stroke(markers[shapes[i]]);
      if (labels?.[i] >= 0 && view.includes("labels")) this.ring(pen, labels[i]);
    }
  }

  /** A true label: a faint ring, whole, halved, quartered, so that it does not lean on colour. */
  ring(pen, label) {
    const radius = this.size + 3;
    pen.strokeStyle = `rgb(${this.grey})`;
    pen.beginPath();
    for (const q of range(label || 1)) {
      const [from, length] = [(2 * Math.PI * q) / (label || 1), (label ? Math.PI : 2 * Math.PI) / (label || 1)];
      pen.moveTo(radius * Math.cos(from), radius * Math.sin(from));
      pen.arc(0, 0, radius, from, from + length);
    }
    pen.stroke();
  }

  /** Level lines of the density in the plane, through a grid of cells cut into triangles. */
  contourPath(means, spreads, weights) {
    const [columns, rows] = [73, 49];
    const [dx, dy] = [(this.right - this.left) / (columns - 1), (this.bottom - this.top) / (rows - 1)];
    const at = range(columns * rows).map((g) => [this.left + (g % columns) * dx, this.top + ((g / columns) | 0) * dy, 0]);
    means.forEach(([mx, my], j) => {
      const [xx, xy, yy] = spreads[j];
      const determinant = xx * yy - xy * xy;
      for (const node of at) {
        const [x, y] = this.inverse(node[0], node[1]);
        const [u, v] = [x - mx, y - my];
        node[2] += (weights[j] / Math.sqrt(determinant)) * Math.exp((2 * xy * u * v - yy * u * u - xx * v * v) / (2 * determinant)) || 0;
      }
    });
    const top = at.reduce((most, node) => Math.max(most, node[2]), 0);
    let path = "";
    const cut = (triangle, level) => {
      const ends = triangle.flatMap((p, e) => {
        const q = triangle[(e + 1) % 3];
        const t = (level - p[2]) / (q[2] - p[2]);
        return p[2] < level !== q[2] < level ? [[0, 1].map((c) => (p[c] + t * (q[c] - p[c])).toFixed(1))] : [];
      });
      if (ends.length) path += `M${ends[0]}L${ends[1]}`;
    };
    for (const share of [0.01, 0.03, 0.08, 0.18, 0.35, 0.6, 0.85]) {
      for (let g = 0; g < at.length - columns; g++) {
        const corners = [at[g], at[g + 1], at[g + columns], at[g + columns + 1]];
        if ((g + 1) % columns === 0 || corners.every((c) => c[2] < share * top === corners[0][2] < share * top)) continue;
        cut(corners.slice(0, 3), share * top);
        cut(corners.slice(1), share * top);
      }
    }
    return path;
  }

  /** Attributes of the ellipse of a covariance at some standard deviations. */
  ellipse([x, y], [xx, xy, yy], deviations) {
    const [u, v] = this.unit;
    const [a, b, c] = [xx * u * u, -xy * u * v, yy * v * v];
    const [middle, half] = [(a + c) / 2, Math.hypot((a - c) / 2, b)];
    const [cx, cy] = [this.px(x), this.py(y)];
    return { cx, cy, rx: deviations * Math.sqrt(middle + half), ry: deviations * Math.sqrt(Math.max(0, middle - half)), transform: `rotate(${(Math.atan2(2 * b, a - c) * 90) / Math.PI} ${cx} ${cy})` };
  }

  drawComponents({ means, spreads, weights }) {
    if (this.components.childElementCount !== means.length) {
      this.components.innerHTML = each(means, (_, j) => `<g style="--c:var(--c${j})"><ellipse/><ellipse opacity=".55"/>
        <g class="gmm-mean" tabindex="0" role="button" data-j="${j}"><circle r="20"/><path d="${marker(j, 0, 0, 8)}"/></g></g>`);
    }
    means.forEach((mean, j) => {
      const [one, two, handle] = this.components.children[j].children;
      set(one, this.ellipse(mean, spreads[j], 1));
      set(two, this.ellipse(mean, spreads[j], 2));
      // A mean that leaves the picture waits at its edge.
      const [x, y] = [clamp(this.px(mean[0]), this.left, this.right), clamp(this.py(mean[1]), this.top, this.bottom)];
      const label = `Mean ${j + 1} at ${vector(mean)}, weight ${say(weights[j])}. Arrows move it, Enter looks inside.`;
      set(handle, { transform: `translate(${x} ${y})`, "aria-label": label });
    });
  }

  /** What lies beneath: trails of the means, the pull of a point, true ellipses. */
  drawBeneath() {
    const { frame, data, k, point: i } = this;
    const { m, labels, classes } = data;
    const [a, b] = this.pair;
    const spot = (means, j) => [this.px(means[j * m + a]), this.py(means[j * m + b])].map((value) => value.toFixed(1));
    const past = this.trace.frames.slice(0, this.index + 1).filter(({ phase }) => phase !== "E").slice(-40);
    this.trails.innerHTML = each(range(k), (j) => `<polyline style="stroke:var(--c${j})" points="${past.map(({ means }) => spot(means, j)).join(" ")}"/>`);
    const pulls = frame?.phase === "M" && i !== null ? range(k) : [];
    this.pull.innerHTML = each(pulls, (j) => `<path d="M${this.pixels[2 * i]} ${this.pixels[2 * i + 1]}L${spot(frame.means, j)}" style="stroke:var(--c${j})" stroke-width="${9 * frame.responsibilities[i * k + j]}"/>`);
    let { truth } = data; // the mixture that the points were drawn from, or else the shape of each class
    if (!truth && labels && this.settings.view.includes("truth")) truth = mStep(data, Float64Array.from(labels.flatMap((label) => classes.map((_, c) => +(c === label)))));
    this.truth.innerHTML = "";
    if (!truth || !this.settings.view.includes("truth")) return;
    const S = truth.covariances;
    this.truth.innerHTML = each(truth.weights, () => "<ellipse/>");
    [...this.truth.children].forEach((node, j) => {
      const spread = [[a, a], [a, b], [b, b]].map(([r, c]) => S[(j * m + r) * m + c]);
      set(node, this.ellipse([truth.means[j * m + a], truth.means[j * m + b]], spread, 2));
    });
  }

  /** Bring everything beside the points and components up to date. */
  refresh() {
    if (!this.px) return;
    const next = this.frame && (this.frame.phase === "E" ? "M" : "E");
    for (const phase of ["E", "M"]) this.buttons[phase].classList.toggle("gmm-next", phase === next);
    this.buttons.back.disabled = !this.index;
    this.refreshPoint();
    this.refreshForms();
    if (!this.panels.ratchet.hidden) this.refreshRatchet();
  }

  refreshPoint() {
    const i = this.point;
    const at = Math.min(i ?? 0, this.data.n - 1);
    const [x, y] = [this.pixels[2 * at], this.pixels[2 * at + 1]];
    const { k, frame } = this;
    const w = frame?.responsibilities?.subarray(at * k, at * k + k);
    const likely = w ? `, most likely component ${argmax(w, 0, k) + 1}, ${say(Math.max(...w), 3)}` : "";
    set(this.cursor, { cx: x, cy: y, "aria-valuemax": this.data.n, "aria-valuenow": at + 1, "aria-valuetext": `Point ${at + 1} at ${this.coordinates(at)}${likely}` });
    this.cursor.classList.toggle("gmm-on", i !== null);
    this.drawBeneath();
    if (!this.panels.inside.hidden) this.panels.inside.innerHTML = this.lookInside();
    this.tip.hidden = this.hovered === null;
    if (this.tip.hidden) return;
    this.tip.innerHTML = `<strong>Point ${i + 1} ${this.coordinates(i)}</strong>${this.terms(i)}`;
    const { offsetWidth: wide, offsetHeight: high } = this.tip;
    Object.assign(this.tip.style, { left: `${clamp(x < this.width / 2 ? x + 16 : x - 16 - wide, 0, Math.max(0, this.width - wide))}px`, top: `${clamp(y - high / 2, 0, Math.max(0, this.height - high))}px` });
  }

  refreshForms() {
    const { form, settings, data } = this;
    for (const name of ["data", "k", "start", "seed"]) form[name].value = settings[name];
    form.floored.checked = settings.floor > 0;
    if (settings.floor) form.floor.value = settings.floor;
    [form.across.value, form.up.value] = this.pair;
    for (const box of this.panels.compare.querySelectorAll("input")) {
      box.checked = settings[box.name].includes(box.value);
      box.disabled = box.value === "labels" ? !data.labels : box.value === "truth" && !data.labels && !data.truth;
    }
    form.link.value = this.host.address?.(this) ?? "";
  }

  // -- Looking inside

  /** The point hovered or focused, else the one chosen by a click. */
  get point() {
    return this.hovered ?? this.chosen.point ?? null;
  }

  hover(i) {
    if (i === this.hovered || !this.px) return;
    this.hovered = i;
    this.refreshPoint();
  }

  look(chosen) {
    this.chosen = chosen;
    this.hovered = chosen.point ?? null;
    this.open("inside", true);
  }

  coordinates(i) {
    return vector(this.data.X.subarray(i * this.data.m, (i + 1) * this.data.m));
  }

  /** Formula (11) with the numbers of point i, term by term, from the parameters that the last E-step had. */
  terms(i) {
    const frames = this.trace.frames.slice(0, this.index + 1);
    const { weights, means, covariances, responsibilities: w } = frames.findLast(({ phase }) => phase === "E") ?? {};
    if (!w) return "<p>No component is responsible yet: an E-step comes first.</p>";
    const { k, data: { X, m } } = this;
    const logF = [...logDensities({ X: X.subarray(i * m, (i + 1) * m), n: 1, m }, parametersOf(weights, means, covariances))];
    const shift = Math.max(...logF) < -600 ? Math.max(...logF) : 0; // densities too small to be written share a factor
    const f = logF.map((value) => Math.exp(value - shift));
    const phi = this.settings.printed.includes("11") ? null : weights;
    const products = f.map((value, j) => (phi ? phi[j] * value : value));
    const counts = this.frame.phase === "M" && effectiveCounts(w, k);
    const cells = (...list) => each(list, (text) => (text === null ? "" : `<td>${text}</td>`));
    const row = (j) => cells(phi && say(phi[j], 3), say(f[j], 3), say(products[j], 3), `<b>${say(w[i * k + j], 3)}</b>`, counts ? say(w[i * k + j] / counts[j], 2) : null);
    return `<table><tr><th>j</th>${phi ? "<th>φ</th>" : ""}<th>f(x)</th><th>${phi ? "φ f" : "f"}</th><th>w = ÷ Σ</th>${counts ? "<th>w / N</th>" : ""}</tr>
      ${each(f, (_, j) => `<tr><th style="color:var(--c${j})">${GLYPHS[j]} ${j + 1}</th>${row(j)}</tr>`)}
      <tr class="gmm-sum"><th>Σ</th>${cells(phi && "", "", say(total(products), 3), say(total(w.subarray(i * k, i * k + k)), 3), counts ? "" : null)}</tr></table>
      ${shift ? `<p>All densities × e<sup>${say(shift)}</sup>.</p>` : ""}`;
  }

  /** A formula with its number, which links to its chapter; highlighted when it is the one at work. */
  formula(number, active, html) {
    const root = document.documentElement.dataset.content_root;
    const link = root === undefined ? `(${number})` : `<a href="${root}chapters/${CHAPTERS[number]}.html#eq-${number}">(${number})</a>`;
    return `<p class="gmm-formula${active ? " gmm-active" : ""}">${link} ${html}</p>`;
  }

  lookInside() {
    const { frame, chosen } = this;
    if (!frame) return "";
    if (this.hovered === null && "component" in chosen) return this.componentInside(chosen.component);
    const phi = this.settings.printed.includes("11") ? () => "" : (j) => `φ<sub>${j}</sub> `;
    const term = (j) => `${phi(j)}f<sub>${j}</sub>(x<sub>i</sub>)`;
    const formula = this.formula(11, frame.phase === "E", `w<sub>ij</sub> = ${fraction(term("j"), `Σ<sub>l</sub> ${term("l")}`)}`);
    if (this.point === null) return `${formula}<p>Point at, tap or focus a point to see its numbers; click a mean to see those of its component.</p>`;
    const pull = frame.phase === "M" ? "<p>The lines are its pull on each mean: w of its whole, w / N of that component's average.</p>" : "";
    return `<h4>Point ${this.point + 1} ${this.coordinates(this.point)}</h4>${formula}<div class="gmm-scroll">${this.terms(this.point)}</div>${pull}`;
  }

  /** Formulas (12), (13) and (14) with the numbers of component j. */
  componentInside(j) {
    const { frame, k, data: { X, n, m }, settings: { printed, floor } } = this;
    const title = `<h4 style="color:var(--c${j})">${GLYPHS[j]} Component ${j + 1}</h4>`;
    const { responsibilities: w } = frame;
    if (!w) return `${title}<p>Weight ${say(frame.weights[j])}, mean ${vector(frame.means.subarray(j * m, j * m + m))}. An E-step comes first.</p>`;
    const own = Float64Array.from({ length: n }, (_, i) => w[i * k + j]);
    const N = total(own);
    const divisor = printed.includes("13") ? n : N;
    const mean = weightedMeans(X, m, own, [divisor]);
    const S = weightedCovariances(X, m, own, [divisor], mean, floor);
    const [active, sub, below] = [frame.phase === "M", `<sub>${j + 1}</sub>`, printed.includes("13") ? "n" : `N<sub>${j + 1}</sub>`];
    const terms = each(range(Math.min(2, n)), (i) => `${say(own[i], 3)}·${this.coordinates(i)} + `);
    const matrix = each(range(m), (r) => `<tr>${each(range(m), (c) => `<td>${say(S[r * m + c], 3)}</td>`)}</tr>`);
    return title +
      this.formula(12, active, `φ${sub} = ${printed.includes("12") ? "" : `${fraction(`N${sub}`, "n")} = `}${printed.includes("12") ? `Σ w = <b>${say(N)}</b>` : `${fraction(say(N), n)} = <b>${say(N / n)}</b>`}`) +
      this.formula(13, active, `μ${sub} = ${fraction(1, below)} Σ w x = ${fraction(1, say(divisor))} [${terms}…] = <b>${vector(mean)}</b>`) +
      this.formula(14, active, `Σ${sub} = ${fraction(1, below)} Σ w (x − μ)(x − μ)ᵀ = <table class="gmm-matrix">${matrix}</table>`) +
      (active ? "" : "<p>That is what the M-step will make of these responsibilities.</p>");
  }

  // -- The ratchet

  refreshRatchet() {
    this.computeAhead();
    const { frames } = this.trace;
    if (!frames.length) return;
    const [width, height, base] = [Math.max(260, this.chart.clientWidth), 170, 148];
    const values = frames.flatMap((frame) => [frame.logLikelihood, frame.lowerBound]).filter((value) => value !== null && Number.isFinite(value));
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const x = (i) => +(8 + (i / Math.max(1, frames.length - 1)) * (width - 16)).toFixed(1);
    const y = (value) => +(8 + ((high - Math.max(low, value)) / (high - low || 1)) * (base - 16)).toFixed(1);
    const points = (list, name) => list.map((i) => `${x(i)},${y(frames[i][name])}`).join(" ");
    const states = [...frames.keys()].filter((i) => frames[i].phase !== "E");
    const bounds = [...frames.keys()].filter((i) => frames[i].lowerBound !== null);
    const falls = states.filter((i) => this.falls(i));
    const dots = frames.length < 90 ? states : falls;
    const words = `Log-likelihood over ${frames.length - 1} half-steps, from ${say(frames[0].logLikelihood)} to ${say(frames.at(-1).logLikelihood)}; falls: ${falls.length}`;
    set(this.chart, { viewBox: `0 0 ${width} ${height}`, height, "aria-label": words });
    this.chart.innerHTML = `<path class="gmm-now" d="M${x(this.index)} 2V${base}"/><polyline class="gmm-bound" points="${points(bounds, "lowerBound")}"/>
      <polyline class="gmm-value" points="${points(states, "logLikelihood")}"/>
      ${each(falls, (i) => `<polyline class="gmm-fall" points="${points([Math.max(0, i - 2), i], "logLikelihood")}"/>`)}
      ${each(dots, (i) => `<circle cx="${x(i)}" cy="${y(frames[i].logLikelihood)}" r="3.5" class="${this.falls(i) ? "gmm-fall" : ""}"/>`)}
      ${each(falls.slice(0, 1), (i) => `<text class="gmm-fall" x="${clamp(x(i), 20, width - 60)}" y="${Math.max(14, y(frames[i].logLikelihood) - 8)}">a fall</text>`)}
      <text x="8" y="166">● log-likelihood</text><text x="130" y="166" class="gmm-bound">— evidence lower bound</text>`;
    set(this.form.history, { max: frames.length - 1, "aria-valuetext": `${this.frame.phase} ${this.frame.iteration}` });
    this.form.history.value = this.index;
    this.refreshNumbers(falls);
  }

  refreshNumbers(falls) {
    const { frame, k, data: { n, m }, index, trace: { frames } } = this;
    const free = k - 1 + k * m + (k * m * (m + 1)) / 2;
    const { logLikelihood: value, lowerBound: bound, weights } = frame;
    const rows = { Iteration: frame.iteration, "Log-likelihood": say(value, 7), Change: index ? say(value - frames[index - 1].logLikelihood) : "–",
      "Lower bound": bound === null ? "–" : say(bound, 7), AIC: say(2 * free - 2 * value, 6), BIC: say(free * Math.log(n) - 2 * value, 6) };
    const bar = (weight, j) => `<div style="color:var(--c${j})">${GLYPHS[j]} <i style="width:${((70 * weight) / total(weights)).toFixed(1)}%"></i> <span>${say(weight, 3)}</span></div>`;
    const when = falls.slice(0, 6).map((i) => frames[i].iteration).join(", ") + (falls.length > 6 ? ", …" : "");
    this.numbers.innerHTML = `<dl>${each(Object.entries(rows), ([name, text]) => `<div><dt>${name}</dt><dd>${text}</dd></div>`)}</dl>
      <div class="gmm-weights" role="img" aria-label="Weights ${[...weights].map((weight) => say(weight, 3)).join(", ")}">${each(weights, bar)}</div>
      ${falls.length ? `<p class="gmm-fallen">The log-likelihood falls at iteration ${when}: ${this.cause()}.</p>` : ""}`;
  }

  /** Compute the rest of the run in the pauses, so that curve and slider show the whole of it. */
  computeAhead() {
    const { trace } = this;
    if (trace.ended || this.ahead === trace || !trace.extendTo) return;
    this.ahead = trace;
    const some = this.guard(() => {
      const until = performance.now() + 8;
      while (!trace.ended && performance.now() < until) trace.extendTo(trace.frames.length);
      if (this.trace !== trace) return;
      if (!trace.ended) setTimeout(some, 0);
      else if (!this.panels.ratchet.hidden) this.refreshRatchet();
    });
    setTimeout(some, 0);
  }

  clickChart(chart, clientX) {
    const { left, width } = chart.getBoundingClientRect();
    const last = this.trace.frames.length - 1;
    this.pause();
    this.go(clamp(Math.round(((clientX - left - 8) / (width - 16)) * last), 0, last), false);
  }

  // -- Sharing

  present(on = !this.root.classList.contains("gmm-presenter")) {
    this.root.classList.toggle("gmm-presenter", on);
    this.full = false;
    if (on) this.root.requestFullscreen?.().then(() => (this.full = true), () => {}); // where it is refused, the window must do
    else if (document.fullscreenElement) document.exitFullscreen();
    this.layout();
  }

  download(kind, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: kind === "svg" ? "image/svg+xml" : "text/csv" }));
    link.download = `em-${this.settings.data}-${this.index}.${kind}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  asSVG() {
    const { colours, shapes } = this.to;
    const rgb = (i) => [0, 1, 2].map((c) => colours[3 * i + c] | 0);
    const points = each(shapes, (shape, i) => `<path d="${marker(shape, this.pixels[2 * i], this.pixels[2 * i + 1], this.size)}" fill="rgb(${rgb(i)})"/>`);
    const style = `*{fill:none;stroke-width:2}text{font:12px sans-serif;fill:#444;stroke:none}.gmm-axes path{stroke:#ddd}.gmm-components ellipse{stroke:var(--c)}
      .gmm-mean path{fill:var(--c);stroke:#000}.gmm-trails{opacity:.5}.gmm-truth ellipse{stroke:#888;stroke-dasharray:6 4}`;
    const colour = range(8).map((j) => `--c${j}:rgb(${this.palette[j]})`).join(";");
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${this.width} ${this.height}" style="${colour}"><style>${style}</style>
      <rect width="100%" height="100%" style="fill:${this.paper}"/><g class="gmm-axes">${this.axes.innerHTML}</g><path d="${this.contours}" stroke="#888"/><g style="stroke:none">${points.replaceAll(/fill="([^"]*)"/g, 'style="fill:$1"')}</g>${this.plot.outerHTML}</svg>`;
  }

  pointsCSV() {
    const { frame, k, data: { X, n, m, features } } = this;
    const w = frame?.responsibilities;
    const shares = (i) => (w ? [...w.subarray(i * k, i * k + k), argmax(w, i * k, k) + 1] : []);
    const head = [...features.map((name) => `"${name.replaceAll('"', '""')}"`), ...(w ? [...range(k).map((j) => `w_${j + 1}`), "component"] : [])];
    return each([head, ...range(n).map((i) => [...X.subarray(i * m, (i + 1) * m), ...shares(i)])], (row) => `${row}\n`);
  }

  historyCSV() {
    const parts = ["weights", "means", "covariances"];
    const head = parts.flatMap((name) => range(this.frame[name].length).map((at) => `${name}_${at + 1}`));
    const row = (f) => [f.phase, f.iteration, f.logLikelihood, f.lowerBound ?? "", ...parts.flatMap((name) => [...f[name]])];
    return each([["phase", "iteration", "log_likelihood", "lower_bound", ...head], ...this.trace.frames.map(row)], (one) => `${one}\n`);
  }
}

const fraction = (above, below) => `<span class="gmm-fraction"><span>${above}</span><span>${below}</span></span>`;

/** Between two pictures: colours, means and covariances go straight from one to the other. */
function between(from, to, t) {
  const mix = (a, b) => a.map((value, at) => value + t * (b[at] - value));
  const mixAll = (a, b) => a.map((one, j) => mix(one, b[j]));
  return { ...to, colours: mix(from.colours, to.colours), shapes: t < 0.5 ? from.shapes : to.shapes, means: mixAll(from.means, to.means), spreads: mixAll(from.spreads, to.spreads) };
}

// ---- 5. In a page without a kernel: the engine of this file computes -------------------------------------------

const onPage = new Map(); // the steppers of this page, by their ids

/** Frames as Python sends them: nested lists, and responsibilities only where they are new. */
function readTrace({ frames, ended, number }) {
  const flat = (nested) => Float64Array.from(nested.flat(2));
  const read = (value) => (value.buffer ? new Float32Array(value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength)) : flat(value));
  let w = null;
  const frame = (one) => {
    if (one.responsibilities) w = read(one.responsibilities);
    return { ...one, weights: flat(one.weights), means: flat(one.means), covariances: flat(one.covariances), responsibilities: w };
  };
  return { ended, number, frames: frames.map(frame) };
}

class PageHost {
  constructor(id, config, { sets }) {
    Object.assign(this, { id, datasets: { ...sets }, wrong: [] });
    if (config.X) this.datasets.own = makeData(config);
    this.settings = readSettings(Object.entries(config.settings), DEFAULTS, this.datasets, this.wrong);
    this.parameters = config.parameters && readTrace({ frames: [config.parameters] }).frames[0];
    this.recorded = config.trace && readTrace(config.trace); // a student's run, as long as nobody disturbs it
  }

  load(name) {
    const { datasets } = this;
    if (!(datasets[name].X instanceof Float64Array)) datasets[name] = makeData({ ...datasets[name], name });
    return datasets[name];
  }

  compute(view) {
    const { recorded } = this;
    this.student = !!recorded;
    this.recorded = null;
    view.receive(recorded ?? new Trace(view.data, { ...view.settings, parameters: view.parameters }));
  }

  extend(view, index) {
    view.trace.extendTo?.(index);
  }

  address(view) {
    return `${location.href.split("#")[0]}#${this.id}?${writeSettings(view.settings, view.index)}`;
  }

  /** The state goes into the address, though not at every frame of a film: browsers refuse that. */
  remember(view) {
    if (!onPage.has(this.id)) return;
    clearTimeout(this.soon);
    this.soon = setTimeout(() => history.replaceState(history.state, "", this.address(view)), 150);
  }
}

function mount(root) {
  if (root.classList.contains("gmm-mounted")) return;
  const inner = document.createElement("div");
  try {
    const id = root.closest("[id]")?.id ?? "stepper";
    const host = new PageHost(id, JSON.parse(root.querySelector("script").textContent), globalThis.gmmStepper);
    root.append(inner);
    root.classList.add("gmm-mounted");
    const view = new View(inner, host, globalThis.gmmStepper.markup);
    Object.assign(view, { data: host.load(host.settings.data), parameters: host.parameters });
    view.frameData();
    view.restart(host.settings.step);
    host.settings.open.forEach((name) => view.open(name, true));
    if (host.wrong.length) view.complain(host.wrong.join("; "));
    onPage.set(id, view);
  } catch (error) {
    inner.remove();
    root.classList.remove("gmm-mounted");
    root.insertAdjacentHTML("beforeend", `<p class="gmm-alert" role="alert">This figure stands still: ${escaped(error.message)}</p>`);
  }
}

/** Set a stepper as a link or the address says: `#id?data=iris&k=3`. */
function follow(hash) {
  const [, id, query] = /^#([^?]*)\?(.*)$/.exec(decodeURIComponent(hash)) ?? [];
  const view = onPage.get(id) ?? onPage.values().next().value;
  if (!id || !view) return;
  view.guard(() => view.configure(query.split("&").filter(Boolean).map((pair) => pair.split(/=(.*)/).slice(0, 2))))();
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

// ---- 6. In a notebook: Python computes --------------------------------------------------------------------------

class KernelHost {
  constructor(model) {
    Object.assign(this, { model, live: true, datasets: { ...model.get("datasets") }, settings: { ...DEFAULTS, ...model.get("settings") } });
  }

  ask(view, request) {
    view.waiting = true;
    this.model.set("request", { ...request, number: (this.model.get("request").number ?? 0) + 1 });
    this.model.save_changes();
  }

  load(name) {
    return name === "own" ? this.datasets.own : { ...this.view.data, name, edited: false }; // Python will send the points
  }

  compute(view) {
    const { data, parameters, settings } = view;
    const rows = (flat, size) => range(flat.length / size).map((i) => [...flat.slice(i * size, (i + 1) * size)]);
    const { weights, means, covariances } = parameters ?? {};
    const given = parameters && { weights: [...weights], means: rows(means, data.m), covariances: rows(rows(covariances, data.m), data.m) };
    const X = data.edited || data === this.datasets.own ? rows(data.X, data.m) : null;
    this.ask(view, { settings, parameters: given, X, step: Number.isFinite(view.coming.step) ? view.coming.step : -1 });
  }

  extend(view, index) {
    if (!view.trace.ended) this.ask(view, { frames: Math.min(index, 2 * MOST_ITERATIONS) + 1 });
  }

  remember({ index }) {
    if (this.model.get("step") === index) return;
    this.model.set("step", index);
    this.model.save_changes();
  }

  /** Python has sent a trace, and perhaps other points. */
  receive(view) {
    const { model } = this;
    const trace = readTrace(model.get("trace"));
    const longer = trace.number === view.trace.number;
    const { view: shown, open } = view.settings;
    view.waiting = false;
    this.settings = view.settings = { ...DEFAULTS, ...model.get("settings"), view: shown, open };
    this.student = model.get("settings").student;
    if (!longer || !view.data) {
      const before = view.data;
      view.data = makeData(model.get("data"));
      if (!before || before.name !== view.data.name || before.m !== view.data.m) view.frameData();
    }
    view.coming = { ...view.coming, step: model.get("step") };
    view.receive(trace);
  }
}

function render({ model, el }) {
  el.classList.add("gmm-stepper", "gmm-mounted");
  const inner = document.createElement("div");
  el.append(inner);
  const host = new KernelHost(model);
  const view = (host.view = new View(inner, host, model.get("markup")));
  const came = view.guard(() => host.receive(view));
  const stepped = view.guard(() => model.get("step") === view.index || view.go(model.get("step")));
  came();
  model.on("change:trace", came);
  model.on("change:step", stepped);
  return () => {
    model.off("change:trace", came);
    model.off("change:step", stepped);
    view.destroy();
  };
}

export default { render, Trace, start };
