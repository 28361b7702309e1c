// The EM stepper: an engine that computes traces, a view that draws them, and two ways to mount the view.
//
// A trace is a list of frames {phase, iteration, weights, means, covariances, responsibilities, logLikelihood,
// lowerBound}; the view knows no more. In a notebook Python computes them, in a page without a kernel the engine below
// does, and a test holds it equal to gmm_lib on every frame. Arrays are flat and row-major: X (n, m), means (k, m),
// covariances (k, m, m), responsibilities (n, k).

// ---- 1. The engine ------------------------------------------------------------------------------------------------

const EPSILON = 2 ** -52;
const TOLERANCE = 1e-6; // a run ends when an iteration changes the log-likelihood by less
const MOST_ITERATIONS = 300;
const UINT32 = 2 ** 32;

/** What the reader is told instead of a picture; `component` is the index of one that has collapsed. */
class Refusal extends Error {
  constructor(text, component = null) {
    super(text);
    this.component = component;
  }
}

const collapsed = (j, reason) => new Refusal(`component ${j + 1} has collapsed: ${reason}`, j);

/** NumPy's legacy RandomState(seed): a Mersenne Twister, so that a seed means the same in both engines. */
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
  /** An integer in 0..most: masked bits, drawn again while they exceed it. */
  function upTo(most) {
    if (most === 0) return 0;
    const mask = 2 ** (32 - Math.clz32(most)) - 1;
    for (;;) {
      const value = (uint32() & mask) >>> 0;
      if (value <= most) return value;
    }
  }
  return {
    below: (n) => upTo(n - 1),
    uniform: () => ((uint32() >>> 5) * 67108864 + (uint32() >>> 6)) / 9007199254740992,
    permutation(n) {
      const order = Array.from({ length: n }, (_, i) => i);
      for (let i = n - 1; i > 0; i--) {
        const j = upTo(i);
        [order[i], order[j]] = [order[j], order[i]];
      }
      return order;
    },
  };
}

/** The lower triangular L of S = L Lᵀ for covariance j; a covariance that has lost its volume names its component. */
function cholesky(covariances, j, m) {
  const S = covariances.subarray(j * m * m, (j + 1) * m * m);
  const L = new Float64Array(m * m);
  for (let r = 0; r < m; r++) {
    for (let c = 0; c <= r; c++) {
      let rest = S[r * m + c];
      for (let q = 0; q < c; q++) rest -= L[r * m + q] * L[c * m + q];
      if (r !== c) L[r * m + c] = rest / L[c * m + c];
      else if (rest > 0 && Number.isFinite(rest)) L[r * m + r] = Math.sqrt(rest);
      else throw collapsed(j, "its covariance is not positive definite");
    }
  }
  for (let r = 0; r < m; r++) {
    if (L[r * m + r] ** 2 <= 8 * m * EPSILON * S[r * m + r]) throw collapsed(j, "its covariance is singular");
  }
  return L;
}

/** Θ of equation (5) with the Cholesky factors at hand. */
function withFactors(weights, means, covariances) {
  const k = weights.length;
  const m = means.length / k;
  const factors = Array.from({ length: k }, (_, j) => cholesky(covariances, j, m));
  return { weights, means, covariances, factors };
}

/** Equation (7): log f_j(x_i), shape (n, k). Forward substitution; nothing is inverted. */
function logDensities({ X, n, m }, { means, factors }) {
  const k = factors.length;
  const result = new Float64Array(n * k);
  const z = new Float64Array(m);
  for (let j = 0; j < k; j++) {
    const L = factors[j];
    let constant = -0.5 * m * Math.log(2 * Math.PI);
    for (let r = 0; r < m; r++) constant -= Math.log(L[r * m + r]);
    for (let i = 0; i < n; i++) {
      let squaredLength = 0;
      for (let r = 0; r < m; r++) {
        let rest = X[i * m + r] - means[j * m + r];
        for (let c = 0; c < r; c++) rest -= L[r * m + c] * z[c];
        z[r] = rest / L[r * m + r];
        squaredLength += z[r] * z[r];
      }
      result[i * k + j] = Number.isNaN(squaredLength) ? -Infinity : constant - 0.5 * squaredLength;
    }
  }
  return result;
}

/** Log φ_j + log f_j(x_i): the terms of the sum in equation (1). */
function logJoint(logF, weights) {
  const k = weights.length;
  const logWeights = weights.map(Math.log);
  return logF.map((value, at) => value + logWeights[at % k]);
}

function rowMaximum(a, row, k) {
  let largest = -Infinity;
  for (let j = 0; j < k; j++) if (a[row + j] > largest) largest = a[row + j];
  return largest;
}

/** Equation (10): each row divided by its sum; the row's own maximum is subtracted first. */
function normalize(a, k) {
  const w = new Float64Array(a.length);
  for (let row = 0; row < a.length; row += k) {
    const largest = rowMaximum(a, row, k);
    if (!Number.isFinite(largest)) throw new Refusal(`no component can have produced point ${row / k + 1}`);
    let sum = 0;
    for (let j = 0; j < k; j++) sum += w[row + j] = Math.exp(a[row + j] - largest);
    for (let j = 0; j < k; j++) w[row + j] /= sum;
  }
  return w;
}

/** Equation (6), as a logarithm: the sum over points of log-sum-exp. */
function logLikelihood(a, k) {
  let total = 0;
  for (let row = 0; row < a.length; row += k) {
    const largest = rowMaximum(a, row, k);
    let sum = 0;
    for (let j = 0; j < k; j++) sum += Math.exp(a[row + j] - largest);
    total += largest + Math.log(sum);
  }
  return total;
}

/** The evidence lower bound Σ w (log φ f − log w), with 0 log 0 = 0. */
function lowerBound(a, w) {
  let total = 0;
  for (let at = 0; at < w.length; at++) if (w[at] > 0) total += w[at] * (a[at] - Math.log(w[at]));
  return total;
}

/** The M-step. `printed` holds "12" or "13" when those formulas are to be taken as the article prints them. */
function mStep({ X, n, m }, w, floor = 0, printed = new Set()) {
  const k = w.length / n;
  const counts = new Float64Array(k); // N_j
  for (let at = 0; at < w.length; at++) counts[at % k] += w[at];
  const smallest = counts.indexOf(Math.min(...counts));
  if (!(counts[smallest] > 0)) throw collapsed(smallest, "no point leans on it");

  const weights = counts.map((N) => (printed.has("12") ? N : N / n)); // (12)
  const divisors = printed.has("13") ? counts.map(() => n) : counts;
  const means = weightedMeans(X, m, w, divisors); // (13)
  if (!printed.has("13")) {
    // What a long sum rounds off is averaged in its turn, lest (14) take the error for a variance.
    const leftOver = weightedMeans(X, m, w, divisors, means);
    for (let at = 0; at < means.length; at++) means[at] += leftOver[at];
  }
  return withFactors(weights, means, weightedCovariances(X, m, w, divisors, means, floor));
}

/** Equation (13): Σ_i w_ij (x_i − centre_j) / divisor_j. */
function weightedMeans(X, m, w, divisors, centres = null) {
  const k = divisors.length;
  const means = new Float64Array(k * m);
  for (let at = 0; at < w.length; at++) {
    const [j, row] = [at % k, ((at / k) | 0) * m];
    for (let r = 0; r < m; r++) means[j * m + r] += w[at] * (centres ? X[row + r] - centres[j * m + r] : X[row + r]);
  }
  return means.map((sum, at) => sum / divisors[(at / m) | 0]);
}

/** Equation (14): Σ_i w_ij (x_i − μ_j)(x_i − μ_j)ᵀ / divisor_j, and the variance floor on the diagonal. */
function weightedCovariances(X, m, w, divisors, means, floor) {
  const k = divisors.length;
  const covariances = new Float64Array(k * m * m);
  const residual = new Float64Array(m);
  for (let j = 0; j < k; j++) {
    const S = covariances.subarray(j * m * m, (j + 1) * m * m);
    for (let at = j, row = 0; at < w.length; at += k, row += m) {
      for (let r = 0; r < m; r++) residual[r] = X[row + r] - means[j * m + r];
      for (let r = 0; r < m; r++) for (let c = 0; c <= r; c++) S[r * m + c] += w[at] * residual[r] * residual[c];
    }
    for (let r = 0; r < m; r++) {
      for (let c = 0; c < r; c++) S[c * m + r] = S[r * m + c] /= divisors[j];
      S[r * m + r] = S[r * m + r] / divisors[j] + floor;
    }
  }
  return covariances;
}

// The rules of gmm_lib.initialization, draw for draw.

const sameRow = (X, m, i, l) => {
  for (let r = 0; r < m; r++) if (X[i * m + r] !== X[l * m + r]) return false;
  return true;
};

function squaredDistance(X, i, centres, j, m) {
  let sum = 0;
  for (let r = 0; r < m; r++) sum += (X[i * m + r] - centres[j * m + r]) ** 2;
  return sum;
}

function enoughRows(distinct, k) {
  if (distinct < k) throw new Refusal(`k = ${k} components need ${k} different points, and there are ${distinct}`);
}

/** The covariance of all the points together, divisor n − 1. */
function pooledCovariance({ X, n, m }, floor) {
  const one = new Float64Array(n).fill(1);
  const S = weightedCovariances(X, m, one, [n - 1], weightedMeans(X, m, one, [n]), floor);
  try {
    cholesky(S, 0, m);
  } catch {
    throw new Refusal("the points lie on one line, so that their covariance is singular: a variance floor helps");
  }
  return S;
}

/** Uniform weights, and the pooled covariance about each of these rows. */
function aroundRows(data, rows, floor) {
  const { X, m } = data;
  const S = pooledCovariance(data, floor);
  const means = Float64Array.from(rows.flatMap((i) => [...X.subarray(i * m, (i + 1) * m)]));
  const weights = new Float64Array(rows.length).fill(1 / rows.length);
  return withFactors(weights, means, Float64Array.from(rows.flatMap(() => [...S])));
}

function distinctRows({ X, n, m }, k, random) {
  const rows = [];
  for (const i of random.permutation(n)) {
    if (rows.length < k && !rows.some((l) => sameRow(X, m, i, l))) rows.push(i);
  }
  enoughRows(rows.length, k);
  return rows;
}

/** k-means++: each next row with probability proportional to its squared distance from the nearest so far. */
function spreadRows({ X, n, m }, k, random) {
  const rows = [random.below(n)];
  const nearest = new Float64Array(n).fill(Infinity);
  for (;;) {
    for (let i = 0; i < n; i++) nearest[i] = Math.min(nearest[i], squaredDistance(X, i, X, rows.at(-1), m));
    if (rows.length === k) return rows;
    const total = nearest.reduce((sum, value) => sum + value, 0);
    if (total === 0) enoughRows(rows.length, k);
    let running = 0;
    const cumulative = nearest.map((value) => (running += value / total));
    const draw = random.uniform() * running;
    rows.push(Math.min(cumulative.findIndex((edge) => edge > draw) >>> 0, n - 1));
  }
}

/** k-means from those rows, as one-hot responsibilities. */
function hardAssignment(data, k, random) {
  const { X, n, m } = data;
  let means = Float64Array.from(spreadRows(data, k, random).flatMap((i) => [...X.subarray(i * m, (i + 1) * m)]));
  const assign = () => {
    const w = new Float64Array(n * k);
    const distances = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      let best = 0;
      for (let j = 1; j < k; j++) if (squaredDistance(X, i, means, j, m) < squaredDistance(X, i, means, best, m)) best = j;
      w[i * k + best] = 1;
      distances[i] = squaredDistance(X, i, means, best, m);
    }
    return { w, distances, total: distances.reduce((sum, value) => sum + value, 0) };
  };
  let now = assign();
  for (let iteration = 0; iteration < 300; iteration++) {
    const counts = new Float64Array(k);
    now.w.forEach((one, at) => (counts[at % k] += one));
    means = weightedMeans(X, m, now.w, counts.map((N) => Math.max(N, 1)));
    reviveEmpty(data, means, counts, now.w);
    const next = assign();
    const settled = next.total === now.total;
    now = next;
    if (settled) break;
  }
  return now.w;
}

/** A mean left without points moves to the point farthest from its own mean. */
function reviveEmpty({ X, n, m }, means, counts, w) {
  const empty = [...counts.keys()].filter((j) => counts[j] === 0);
  if (!empty.length) return;
  const k = counts.length;
  const own = Array.from({ length: n }, (_, i) => squaredDistance(X, i, means, w.subarray(i * k, i * k + k).indexOf(1), m));
  const farthest = [...own.keys()].sort((a, b) => own[b] - own[a] || b - a);
  empty.forEach((j, e) => means.set(X.subarray(farthest[e] * m, farthest[e] * m + m), j * m));
}

function randomShares({ n }, k, random) {
  const w = Float64Array.from({ length: n * k }, random.uniform);
  for (let row = 0; row < w.length; row += k) {
    const sum = w.subarray(row, row + k).reduce((total, value) => total + value, 0);
    for (let j = 0; j < k; j++) w[row + j] /= sum;
  }
  return w;
}

const RULES = {
  distinct_rows: (data, k, random, floor) => aroundRows(data, distinctRows(data, k, random), floor),
  rows_with_replacement: (data, k, random, floor) =>
    aroundRows(data, Array.from({ length: k }, () => random.below(data.n)), floor),
  "k-means++": (data, k, random, floor) => aroundRows(data, spreadRows(data, k, random), floor),
  kmeans: (data, k, random, floor) => mStep(data, hardAssignment(data, k, random), floor),
  random: (data, k, random, floor) => mStep(data, randomShares(data, k, random), floor),
};

/** Frames computed one half-step at a time, as far as they are asked for. `ended` says why there are no more. */
class Trace {
  constructor(data, { k, seed, start, floor = 0, printed = new Set(), parameters = null }) {
    Object.assign(this, { data, floor, printed, frames: [], ended: null });
    this.attempt(() => {
      if (data.n < k) throw new Refusal(`k = ${k} components need at least ${k} points, and there are ${data.n}`);
      const bad = data.X.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) throw new Refusal(`point ${((bad / data.m) | 0) + 1} holds ${data.X[bad]}: data must be finite numbers`);
      const state = parameters
        ? withFactors(parameters.weights, parameters.means, parameters.covariances)
        : RULES[start](data, k, randomState(seed), floor);
      this.arrive("start", 0, state, null);
    });
  }

  /** Append the frame of a new state; its densities serve the objective, the bound and the next E-step. */
  arrive(phase, iteration, state, w) {
    const k = state.weights.length;
    this.state = state;
    this.logF = logDensities(this.data, state);
    this.joint = logJoint(this.logF, state.weights);
    this.push(phase, iteration, w, logLikelihood(this.joint, k));
  }

  push(phase, iteration, w, value) {
    const { weights, means, covariances } = this.state;
    const bound = w ? lowerBound(this.joint, w) : null;
    const frame = { phase, iteration, weights, means, covariances, responsibilities: w };
    this.frames.push({ ...frame, logLikelihood: value, lowerBound: bound });
  }

  halfStep() {
    const last = this.frames.at(-1);
    this.attempt(() => {
      if (last.phase === "E") this.maximise(last);
      else {
        const terms = this.printed.has("11") ? this.logF : this.joint; // (11) is printed without φ
        this.push("E", last.iteration + 1, normalize(terms, last.weights.length), last.logLikelihood);
      }
    });
  }

  maximise({ iteration, responsibilities, logLikelihood: previous }) {
    this.arrive("M", iteration, mStep(this.data, responsibilities, this.floor, this.printed), responsibilities);
    const change = this.frames.at(-1).logLikelihood - previous;
    if (Math.abs(change) < TOLERANCE) this.ended = { why: "converged" };
    else if (iteration >= MOST_ITERATIONS) this.ended = { why: "limit" };
  }

  attempt(work) {
    try {
      work();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.ended = { why: error.component === null ? "refused" : "collapse", text: error.message, component: error.component };
    }
  }

  /** Make sure of frame `index`, if the run goes so far. */
  extendTo(index) {
    while (!this.ended && this.frames.length <= index) this.halfStep();
  }
}

// ---- 2. Small things ----------------------------------------------------------------------------------------------

const LIMITS = { k: [1, 8], seed: [0, UINT32 - 1], step: [0, 2 * MOST_ITERATIONS] };
const VIEWS = ["contours", "hard", "labels", "truth"];
const PANELS = ["data", "inside", "ratchet", "compare", "share", "keys"];
const CHAPTERS = { 10: "08_e_step", 11: "08_e_step", 12: "08_e_step", 13: "09_m_step", 14: "09_m_step" };
const GLYPHS = ["●", "▲", "■", "◆", "▼", "✚", "✖", "★"];
/** Marker shapes, one a component, as corners in units of the marker's size; the first is a circle. */
const SHAPES = (() => {
  const star = Array.from({ length: 10 }, (_, i) => {
    const [radius, angle] = [i % 2 ? 0.55 : 1.4, (i * Math.PI) / 5];
    return [radius * Math.sin(angle), -radius * Math.cos(angle)];
  });
  const plus = [[-0.4, -1.2], [0.4, -1.2], [0.4, -0.4], [1.2, -0.4], [1.2, 0.4], [0.4, 0.4], [0.4, 1.2], [-0.4, 1.2],
    [-0.4, 0.4], [-1.2, 0.4], [-1.2, -0.4], [-0.4, -0.4]];
  const turned = plus.map(([x, y]) => [(x - y) * Math.SQRT1_2, (x + y) * Math.SQRT1_2]);
  return [null, [[0, -1.25], [1.15, 0.85], [-1.15, 0.85]], [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
    [[0, -1.3], [1.15, 0], [0, 1.3], [-1.15, 0]], [[0, 1.25], [1.15, -0.85], [-1.15, -0.85]], plus, turned, star];
})();

function markerPath(shape, x, y, size) {
  const at = (value) => value.toFixed(2);
  if (!SHAPES[shape]) return `M${at(x - size)} ${at(y)}a${size} ${size} 0 1 0 ${2 * size} 0a${size} ${size} 0 1 0 ${-2 * size} 0Z`;
  return `M${SHAPES[shape].map(([dx, dy]) => `${at(x + dx * size)} ${at(y + dy * size)}`).join("L")}Z`;
}

const IN_SVG = new Set(["svg", "g", "path", "line", "text", "ellipse", "circle", "polyline", "rect"]);

/** An element with attributes ("onclick" and the like take functions) and children. */
function h(tag, attributes = {}, ...children) {
  const node = IN_SVG.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child != null));
  return node;
}

const set = (node, attributes) => {
  for (const name in attributes) node.setAttribute(name, attributes[name]);
};

/** A number as one reads it aloud: four digits, a true minus sign, powers of ten. */
function say(value, digits = 4) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "undefined";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-4)) {
    const [mantissa, power] = value.toExponential(2).split("e");
    const raised = [...power.replace("+", "")].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c])).join("");
    return `${mantissa}·10${raised}`.replace("-", "−");
  }
  return value.toFixed(Math.max(0, digits - 1 - Math.max(0, Math.floor(Math.log10(size || 1))))).replace("-", "−");
}

const count = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;
const isWhole = (text) => /^\d+$/.test(text);

function niceTicks(low, high) {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough);
  const ticks = [];
  for (let tick = Math.ceil(low / step); tick * step <= high; tick++) ticks.push(Number((tick * step).toPrecision(12)));
  return ticks;
}

/** The segments of the level lines of a grid, cell by cell as two triangles: [x, y, x, y] in cells. */
function contourLines(grid, columns, rows, levels) {
  const segments = [];
  const triangle = (a, b, c) => {
    for (const level of levels) {
      const ends = [];
      for (const [p, q] of [[a, b], [b, c], [c, a]]) {
        if (p[2] < level === q[2] < level) continue;
        const t = (level - p[2]) / (q[2] - p[2]);
        ends.push(p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1]));
      }
      if (ends.length === 4) segments.push(ends);
    }
  };
  for (let y = 0; y + 1 < rows; y++) {
    for (let x = 0; x + 1 < columns; x++) {
      const corner = (dx, dy) => [x + dx, y + dy, grid[(y + dy) * columns + x + dx]];
      triangle(corner(0, 0), corner(1, 0), corner(0, 1));
      triangle(corner(1, 1), corner(1, 0), corner(0, 1));
    }
  }
  return segments;
}

/** Rows of numbers from pasted or loaded text; a first line of names is allowed. */
function parseTable(text) {
  const lines = text.split(/\r?\n/).filter((line) => line.trim());
  const cells = lines.map((line) => line.trim().split(/[\s,;]+/));
  const named = cells.length && cells[0].some((cell) => cell && Number.isNaN(Number(cell)) && !/^[+-]?(nan|inf)/i.test(cell));
  const features = named ? cells.shift() : null;
  if (!cells.length) throw new Refusal("there are no numbers: put one point on a line, for example 1.5, 2");
  const m = cells[0].length;
  if (m < 2 || m > 10) throw new Refusal(`a point needs 2 to 10 numbers, and the first has ${m}`);
  cells.forEach((row, i) => {
    if (row.length !== m) throw new Refusal(`point ${i + 1} has ${count(row.length, "number")}, the first has ${m}`);
    const bad = row.find((cell) => cell === "" || !Number.isFinite(Number(cell)));
    if (bad !== undefined) throw new Refusal(`point ${i + 1} holds “${bad}”: data must be finite numbers`);
  });
  if (cells.length > 5000) throw new Refusal(`there are ${cells.length} points, and 5000 are the most`);
  return makeData({ title: "your own", X: cells.map((row) => row.map(Number)), features });
}

/** A data set ready for the engine, from rows or from columns as they come from Python. */
function makeData({ name = "own", title, X, features, labels = null, classes = [], truth = null, k, seed, start }) {
  if (!X?.length || !X[0]?.length) throw new Refusal("the data set is empty");
  const [n, m] = [X.length, X[0].length];
  const flat = Float64Array.from(X.flat(), (value) => (value === null ? NaN : value));
  if (flat.length !== n * m) throw new Refusal("the rows of the data differ in length");
  const names = features?.length === m ? features : Array.from({ length: m }, (_, r) => `column ${r + 1}`);
  const flatTruth = truth && Object.fromEntries(Object.entries(truth).map(([key, value]) => [key, Float64Array.from(value.flat(2))]));
  return { name, title: title ?? name, X: flat, n, m, features: names, labels, classes, truth: flatTruth, advice: { k, seed, start } };
}

/** Mean and covariance of each true class, where labels are all there is. */
function classEllipses({ X, n, m, labels, classes, truth }) {
  if (truth) return truth;
  if (!labels) return null;
  const w = new Float64Array(n * classes.length);
  labels.forEach((label, i) => label >= 0 && (w[i * classes.length + label] = 1));
  return mStep({ X, n, m }, w);
}

const argmax = (w, row, k) => {
  let best = 0;
  for (let j = 1; j < k; j++) if (w[row + j] > w[row + best]) best = j;
  return best;
};

// ---- 3. The state that a link, a directive and the URL share -------------------------------------------------------

const DEFAULTS = { data: "iris_petal", k: 3, seed: 42, start: "distinct_rows", step: 0, floor: 0, pair: null, view: [], printed: [], open: [] };

/** Read settings from strings; `complain` hears what cannot be used, and that setting stays as it was. */
function readSettings(pairs, before, datasets, complain) {
  const settings = { ...before };
  const oneOf = (key, allowed) => (text) => {
    const list = String(text).split(",").filter(Boolean);
    const unknown = list.find((one) => !allowed.includes(one));
    if (unknown) return complain(`${key} = “${unknown}” is not one of ${allowed.join(", ")}`);
    settings[key] = list;
  };
  const whole = (key) => (text) => {
    const [low, high] = LIMITS[key];
    if (!isWhole(text) || Number(text) < low || Number(text) > high) {
      return complain(`${key} = “${text}” is not a whole number from ${low} to ${high}`);
    }
    settings[key] = Number(text);
  };
  const readers = {
    k: whole("k"),
    seed: whole("seed"),
    step: whole("step"),
    view: oneOf("view", VIEWS),
    printed: oneOf("printed", ["11", "12", "13"]),
    open: oneOf("open", PANELS),
    data(text) {
      if (!(text in datasets)) return complain(`there is no data set “${text}”; there are ${Object.keys(datasets).join(", ")}`);
      const { k, seed, start } = datasets[text].advice ?? datasets[text];
      Object.assign(settings, { k: k ?? settings.k, seed: seed ?? settings.seed, start: start ?? settings.start, pair: null });
      settings.data = text;
    },
    start(text) {
      if (!(text in RULES)) return complain(`start = “${text}” is not one of ${Object.keys(RULES).join(", ")}`);
      settings.start = text;
    },
    floor(text) {
      if (text === "" || !(Number(text) >= 0 && Number(text) < Infinity)) return complain(`floor = “${text}” is not a number of zero or more`);
      settings.floor = Number(text);
    },
    pair(text) {
      const pair = String(text).split(",").map((one) => Number(one) - 1);
      if (pair.length !== 2 || !pair.every((r) => r >= 0 && Number.isInteger(r)) || pair[0] === pair[1]) {
        return complain(`pair = “${text}” is not two different columns, such as 1,2`);
      }
      settings.pair = pair;
    },
  };
  // The data set first: it brings advice that the others may overrule.
  for (const [key, text] of [...pairs].sort(([a], [b]) => (b === "data") - (a === "data"))) {
    if (key in readers) readers[key](String(text).trim());
    else complain(`“${key}” is no setting`);
  }
  return settings;
}

function writeSettings({ data, k, seed, start, floor, pair, view, printed }, step) {
  const parts = { data, k, seed, start, step, floor, pair: pair?.map((r) => r + 1).join(","), view: view.join(","), printed: printed.join(",") };
  return Object.entries(parts).filter(([, value]) => value || value === 0 && value !== floor).map(([key, value]) => `${key}=${value}`).join("&");
}

// ---- 4. The view ---------------------------------------------------------------------------------------------------

const RULE_NAMES = {
  distinct_rows: "different points",
  rows_with_replacement: "points, with replacement",
  "k-means++": "k-means++",
  kmeans: "k-means, then M",
  random: "random shares, then M",
};
const KEYS = [
  ["→ ←", "forward, back one half-step"], ["e m", "E-step, M-step"], ["i", "a whole iteration"], ["space", "play, pause"],
  ["home end", "to the start, to convergence"], ["1–8", "number of components"], ["n", "next seed"], ["u", "undo"],
  ["c h l t", "contours, hard colours, true labels, true ellipses"], ["a", "add a point"], ["f", "presenter mode"], ["?", "these keys"],
  ["Tab", "to the points and the means; there the arrows choose a point or move a mean, Shift+arrows move the point, " +
    "Delete removes it, Enter looks inside"],
];
const MARGIN = { left: 50, right: 14, top: 12, bottom: 42 };
let views = 0;

class View {
  constructor(root, host) {
    Object.assign(this, { root, host, id: `gmm-${++views}`, settings: host.settings, parameters: null, index: 0, undone: [] });
    Object.assign(this, { trace: { frames: [], ended: null }, chosen: null, hovered: null, speed: 2, waiting: null });
    this.build();
    this.listen();
  }

  /** Nothing that goes wrong in a handler may stop the page: it is shown in the widget. */
  guard(work) {
    return (event) => {
      try {
        return work(event);
      } catch (error) {
        this.complain(error instanceof Refusal ? error.message : `The stepper met an error: ${error.message}`);
        if (!(error instanceof Refusal)) console.error(error);
      }
    };
  }

  get frame() {
    return this.trace.frames[this.index];
  }

  // -- What the widget consists of

  build() {
    const button = (label, name, work) => h("button", { type: "button", title: name, onclick: this.guard(work) }, label);
    this.button = button;
    this.canvas = h("canvas", { "aria-hidden": "true" });
    this.layers = {};
    for (const name of ["axes", "truth", "trails", "pull", "components"]) this.layers[name] = h("g", { class: `gmm-${name}` });
    for (const name of ["axes", "truth", "trails", "pull"]) set(this.layers[name], { "aria-hidden": "true" });
    this.cursor = h("circle", { class: "gmm-cursor", r: 9, tabindex: 0, role: "slider", "aria-label": "Points", "aria-valuemin": 1 });
    this.svg = h("svg", { role: "group", "aria-label": "Points and components" }, Object.values(this.layers), this.cursor);
    this.tip = h("div", { class: "gmm-tip", hidden: true });
    this.stage = h("div", { class: "gmm-stage" }, this.canvas, this.svg, this.tip);
    this.bar = {
      back: button("◀ Back", "Back one half-step (←)", () => this.step(-1)),
      E: button("E-step", "E half-step: new responsibilities (e)", () => this.half("E")),
      M: button("M-step", "M half-step: new parameters (m)", () => this.half("M")),
      play: button("▶ Play", "Play or pause (space)", () => this.toggle()),
    };
    this.words = h("p", { class: "gmm-words", role: "status", "aria-live": "polite" });
    this.alert = h("p", { class: "gmm-alert", role: "alert", hidden: true });
    this.buildPanels();
    const tabs = h("div", { class: "gmm-tabs" }, Object.values(this.tabs));
    const bar = h("div", { class: "gmm-bar", role: "group", "aria-label": "Half-steps" }, Object.values(this.bar));
    this.root.append(
      h("div", { class: "gmm-body" },
        h("div", { class: "gmm-main" }, this.stage, bar, this.words, this.alert, tabs),
        h("div", { class: "gmm-panels" }, Object.values(this.panels))),
    );
    set(this.root, { role: "group", "aria-label": "EM stepper", tabindex: -1 });
    this.root.classList.add("gmm-alive");
  }

  buildPanels() {
    const names = { data: "Data and start", inside: "Look inside", ratchet: "The ratchet", compare: "Compare", share: "Share", keys: "?" };
    [this.tabs, this.panels] = [{}, {}];
    for (const [name, title] of Object.entries(names)) {
      const id = `${this.id}-${name}`;
      const label = name === "keys" ? "Keys" : title;
      this.panels[name] = h("section", { id, class: `gmm-panel gmm-${name}`, "aria-label": label, hidden: true });
      const open = this.guard(() => this.open(name));
      this.tabs[name] = h("button", { type: "button", "aria-expanded": "false", "aria-controls": id, "aria-label": name === "keys" && "Keys (?)", onclick: open }, title);
    }
    this.buildData();
    this.buildRatchet();
    this.buildCompare();
    this.buildShare();
    this.panels.keys.append(h("dl", {}, KEYS.map(([key, what]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)])));
  }

  open(name, state = this.panels[name].hidden) {
    this.panels[name].hidden = !state;
    this.tabs[name].setAttribute("aria-expanded", state);
    this.root.classList.toggle("gmm-wide", Object.values(this.panels).some((panel) => !panel.hidden));
    this.refresh();
  }

  field(label, ...inputs) {
    return h("label", {}, h("span", {}, label), inputs);
  }

  buildData() {
    const option = ([value, text]) => h("option", { value }, text);
    const choose = (key) => this.guard((event) => this.configure([[key, event.target.value]]));
    const sets = Object.entries(this.host.datasets).map(([name, data]) => [name, data.title ?? name]);
    const form = (this.form = {
      data: h("select", { onchange: this.guard((event) => this.chooseData(event.target.value)) }, sets.map(option), option(["own", "your own …"])),
      k: h("input", { type: "number", min: 1, max: 8, onchange: choose("k") }),
      start: h("select", { onchange: choose("start") }, Object.entries(RULE_NAMES).map(option)),
      seed: h("input", { type: "number", min: 0, max: UINT32 - 1, onchange: choose("seed") }),
      floorOn: h("input", { type: "checkbox", onchange: this.guard((event) => this.configure([["floor", event.target.checked ? form.floor.value : 0]])) }),
      floor: h("input", { type: "number", min: 0, step: "any", value: 0.01, "aria-label": "Variance floor, in squared units", onchange: choose("floor") }),
      own: h("textarea", { rows: 4, placeholder: "1.5, 2\n0.3, 4.1", spellcheck: "false" }),
      file: h("input", { type: "file", accept: ".csv,.txt", onchange: this.guard((event) => event.target.files[0]?.text().then((text) => (form.own.value = text))) }),
    });
    const pair = this.guard(() => this.configure([["pair", `${+form.x.value + 1},${+form.y.value + 1}`]]));
    form.x = h("select", { onchange: pair });
    form.y = h("select", { onchange: pair });
    this.axes = h("div", { class: "gmm-fields" }, this.field("Across", form.x), this.field("Up", form.y));
    this.own = h("div", { hidden: true }, this.field("One point on a line", form.own), this.field("Or a file", form.file),
      this.button("Use these points", "Use these points", () => this.adopt(parseTable(form.own.value))));
    this.panels.data.append(
      h("div", { class: "gmm-fields" }, this.field("Data", form.data), this.field("Components k", form.k), this.field("Means start at", form.start),
        this.field("Seed", form.seed), this.button("Next seed", "Next seed (n)", () => this.nextSeed())),
      this.own, this.axes,
      h("div", { class: "gmm-fields" }, h("label", { class: "gmm-check" }, form.floorOn, "Variance floor"), form.floor,
        this.button("Undo", "Undo the last change (u)", () => this.undo())),
      h("p", { class: "gmm-hint" }, "Drag a mean, and EM restarts from there. Click to add a point, Shift-click to remove one, drag one to move it."),
    );
  }

  buildRatchet() {
    this.chart = h("svg", { class: "gmm-chart", role: "img", onclick: this.guard((event) => this.clickChart(event)) });
    this.history = h("input", { type: "range", min: 0, value: 0, oninput: this.guard((event) => this.go(+event.target.value, false)) });
    const speed = h("input", { type: "range", min: -1, max: 4, step: 0.5, value: 1, oninput: (event) => (this.speed = 2 ** event.target.value) });
    this.numbers = h("div", { class: "gmm-numbers" });
    this.panels.ratchet.append(
      this.chart,
      h("div", { class: "gmm-fields" }, this.field("History", this.history), this.field("Speed", speed)),
      h("div", { class: "gmm-bar" }, this.button("⏮ Start", "To the start (Home)", () => this.go(0)),
        this.button("Forward ▶", "Forward one half-step (→)", () => this.step(1)), this.button("Iteration", "A whole iteration (i)", () => this.iterate()),
        this.button("Converge ⏭", "To convergence (End)", () => this.converge())),
      this.numbers,
    );
  }

  buildCompare() {
    const box = (key, value, text) =>
      h("label", { class: "gmm-check" }, h("input", { type: "checkbox", name: value, onchange: this.guard(() => this.flip(key, value)) }), text);
    this.panels.compare.append(
      h("fieldset", {}, h("legend", {}, "Show"), box("view", "contours", "contours of the density"), box("view", "hard", "hard colours"),
        box("view", "labels", "true labels"), box("view", "truth", "true ellipses")),
      h("fieldset", {}, h("legend", {}, "Run EM with a formula as printed in the article"), box("printed", "11", "(11) without φ"),
        box("printed", "12", "(12) without 1/n"), box("printed", "13", "(13) and (14) with 1/n for 1/N")),
    );
  }

  buildShare() {
    this.link = h("input", { type: "text", readonly: true, onfocus: (event) => event.target.select() });
    const copy = () => navigator.clipboard?.writeText(this.link.value).then(() => this.tell("The link is copied."), () => this.link.focus());
    this.panels.share.append(
      this.host.live ? "" : h("div", { class: "gmm-fields" }, this.field("Link to this state", this.link), this.button("Copy", "Copy the link", copy)),
      h("div", { class: "gmm-bar" }, this.button("Presenter mode", "Full screen, large type (f)", () => this.present()),
        this.button("Picture (SVG)", "Download this frame as SVG", () => this.download("svg", this.asSVG())),
        this.button("Points (CSV)", "Download points and responsibilities", () => this.download("csv", this.asCSV())),
        this.button("History (CSV)", "Download the numbers of every frame", () => this.download("csv", this.historyCSV(), "history"))),
    );
  }

  // -- Events

  listen() {
    const on = (name, work) => this.svg.addEventListener(name, this.guard(work));
    on("pointerdown", (event) => this.press(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.release(event));
    on("pointercancel", () => (this.drag = null));
    on("pointerleave", () => this.hover(null));
    this.cursor.addEventListener("focus", this.guard(() => this.hover(this.chosenPoint ?? 0)));
    this.cursor.addEventListener("blur", this.guard(() => this.hover(null)));
    this.root.addEventListener("keydown", this.guard((event) => this.key(event)));
    this.observers = [new ResizeObserver(this.guard(() => this.layout())), new MutationObserver(this.guard(() => this.recolour()))];
    this.observers[0].observe(this.stage);
    for (const [node, name] of [[document.documentElement, "data-theme"], [document.body, "data-jp-theme-light"]]) {
      this.observers[1].observe(node, { attributes: true, attributeFilter: [name] });
    }
    document.addEventListener("fullscreenchange", (this.onfull = () => !document.fullscreenElement && this.wasFull && this.present(false)));
  }

  destroy() {
    this.pause();
    cancelAnimationFrame(this.animation);
    this.observers.forEach((observer) => observer.disconnect());
    document.removeEventListener("fullscreenchange", this.onfull);
    this.root.replaceChildren();
  }

  key(event) {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("textarea, select")) return;
    if (target.closest("input") && !(target.type === "checkbox" && key !== " ")) return;
    const own = target === this.cursor ? this.keyOnPoint(event) : target.closest(".gmm-mean") ? this.keyOnMean(event, +target.dataset.j) : false;
    if (!own && key === " " && target.closest("button")) return; // the button's own key
    const toggles = { c: ["view", "contours"], h: ["view", "hard"], l: ["view", "labels"], t: ["view", "truth"] };
    const actions = {
      ArrowRight: () => this.step(1), ArrowLeft: () => this.step(-1), e: () => this.half("E"), m: () => this.half("M"), i: () => this.iterate(),
      " ": () => this.toggle(), Home: () => this.go(0), End: () => this.converge(), n: () => this.nextSeed(), u: () => this.undo(),
      a: () => this.addPoint(this.inverse(this.width / 2, this.height / 2)), f: () => this.present(), "?": () => this.open("keys"),
      Escape: () => this.present(false),
    };
    if (/^[1-8]$/.test(key)) actions[key] = () => this.configure([["k", key]]);
    const action = own ? null : toggles[key] ? () => this.flip(...toggles[key]) : actions[key];
    if (!own && !action) return;
    event.preventDefault();
    event.stopPropagation(); // the notebook and the site have keys of their own
    action?.();
  }

  arrow(event) {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [];
    return dx === undefined ? null : [dx, dy];
  }

  keyOnPoint(event) {
    const arrow = this.arrow(event);
    const i = this.chosenPoint ?? 0;
    if (arrow && event.shiftKey) this.nudgePoint(i, arrow);
    else if (arrow) this.hover((i + arrow[0] + arrow[1] + this.data.n) % this.data.n);
    else if (event.key === "Delete" || event.key === "Backspace") this.removePoint(i);
    else if (event.key === "Enter") this.open("inside", true);
    else return false;
    return true;
  }

  keyOnMean(event, j) {
    const arrow = this.arrow(event);
    if (event.key === "Enter" || event.key === " ") this.look({ component: j });
    else if (arrow) {
      const [x, y] = this.to.means[j];
      const step = event.shiftKey ? 25 : 5;
      this.moveMean(j, this.inverse(this.px(x) + step * arrow[0], this.py(y) - step * arrow[1]), true);
    } else return false;
    return true;
  }

  position(event) {
    const box = this.svg.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  /** The point under the pointer, or null. */
  nearest([x, y], reach = 10) {
    let [best, found] = [reach ** 2, null];
    for (let i = 0; i < this.data.n; i++) {
      const distance = (this.pixels[2 * i] - x) ** 2 + (this.pixels[2 * i + 1] - y) ** 2;
      if (distance < best) [best, found] = [distance, i];
    }
    return found;
  }

  press(event) {
    if (event.button || !this.data) return;
    const at = this.position(event);
    const mean = event.target.closest(".gmm-mean");
    const point = mean ? null : this.nearest(at, event.pointerType === "touch" ? 18 : 10);
    this.drag = { at, from: at, j: mean ? +mean.dataset.j : null, i: point, shift: event.shiftKey, touch: event.pointerType === "touch" };
    if (mean) this.svg.setPointerCapture(event.pointerId);
    else this.root.focus({ preventScroll: true });
  }

  move(event) {
    const at = this.position(event);
    const { drag } = this;
    if (!drag) return event.target.closest(".gmm-mean") || event.pointerType === "touch" ? this.hover(null) : this.hover(this.nearest(at));
    drag.moved ||= Math.hypot(at[0] - drag.from[0], at[1] - drag.from[1]) > 4;
    drag.at = at;
    if (!drag.moved) return;
    this.pause();
    if (drag.j !== null && this.frame) this.previewMean(drag.j, this.inverse(...at));
    else if (drag.i !== null && !drag.touch) this.pixels.set(at, 2 * drag.i), this.draw(this.to);
  }

  release() {
    const { drag } = this;
    this.drag = null;
    if (!drag) return;
    const where = this.inverse(...drag.at);
    if (drag.j !== null) drag.moved ? this.moveMean(drag.j, where) : this.look({ component: drag.j });
    else if (drag.moved) drag.i !== null && !drag.touch && this.movePoint(drag.i, where);
    else if (drag.i === null) drag.shift || !this.inside(drag.at) || this.addPoint(where);
    else if (drag.shift) this.removePoint(drag.i);
    else this.look({ point: drag.i });
  }

  inside([x, y]) {
    return x >= MARGIN.left && x <= this.width - MARGIN.right && y >= MARGIN.top && y <= this.height - MARGIN.bottom;
  }

  // -- Stepping

  step(by) {
    this.pause();
    this.go(this.index + by);
  }

  /** Go to frame `index`; a single half-step is shown as a movement. */
  go(index, animate = true) {
    const { trace } = this;
    if (index > trace.frames.length - 1) this.host.extend(this, index);
    const last = trace.frames.length - 1;
    if (last < 0) return;
    const target = Math.max(0, Math.min(index, last));
    const near = Math.abs(target - this.index) === 1;
    const stuck = target === this.index;
    this.index = target;
    this.show(animate && near);
    if (stuck && index > last && trace.ended) this.sayEnd();
    else this.say(this.describe());
    this.host.remember(this, target);
  }

  half(phase) {
    this.pause();
    const next = !this.frame || this.frame.phase === "E" ? "M" : "E";
    if (phase === next) return this.go(this.index + 1);
    this.say(phase === "E" ? "These responsibilities already belong to these parameters: a second E-step changes nothing. Now M."
      : this.frame?.phase === "start" ? "An M-step needs responsibilities. First E."
      : "These parameters are already the best for these responsibilities: a second M-step changes nothing. Now E.");
  }

  iterate() {
    this.pause();
    this.go(this.index + (this.frame?.phase === "E" ? 1 : 2));
  }

  converge() {
    this.pause();
    this.go(2 * MOST_ITERATIONS + 1);
    if (this.trace.ended) this.sayEnd();
  }

  toggle() {
    if (this.playing) return this.pause();
    this.words.setAttribute("aria-live", "off"); // a screen reader is not to hear every frame of a film
    this.bar.play.textContent = "❚❚ Pause";
    const tick = this.guard(() => {
      const before = this.index;
      this.go(before + 1);
      if (this.index === before && !this.waiting) return this.pause();
      this.playing = setTimeout(tick, 1000 / this.speed);
    });
    this.playing = setTimeout(tick, 0);
  }

  pause() {
    if (!this.playing) return;
    clearTimeout(this.playing);
    this.playing = null;
    this.bar.play.textContent = "▶ Play";
    this.words.setAttribute("aria-live", "polite");
  }

  // -- Words

  say(text) {
    this.words.textContent = text;
    this.alert.hidden = true;
  }

  tell(text) {
    this.words.textContent = text;
  }

  complain(text) {
    if (!this.alert) return;
    this.alert.hidden = false;
    this.alert.textContent = this.alert.dataset.text = text[0].toUpperCase() + text.slice(1) + (/[.!?”)]$/.test(text) ? "" : ".");
  }

  /** One line on what the half-step to this frame has done. */
  describe() {
    const { frame, index, data } = this;
    const before = this.trace.frames[index - 1];
    if (frame.phase === "start") {
      const from = this.parameters ? "where you put them" : RULE_NAMES[this.settings.start] + `, seed ${this.settings.seed}`;
      return `Start (${from}): ${count(frame.weights.length, "component")} in ${data.n} points. ${this.twins(frame)}The log-likelihood is ${say(frame.logLikelihood, 6)}.`;
    }
    if (frame.phase === "E") {
      const k = frame.weights.length;
      if (!before?.responsibilities) {
        let torn = 0;
        for (let row = 0; row < frame.responsibilities.length; row += k) torn += frame.responsibilities[row + argmax(frame.responsibilities, row, k)] < 0.9;
        return `E-step ${frame.iteration}: each point takes the colours of its responsibilities; ${torn} of ${data.n} are torn between components.`;
      }
      let changed = 0;
      for (let row = 0; row < frame.responsibilities.length; row += k) {
        changed += argmax(frame.responsibilities, row, k) !== argmax(before.responsibilities, row, k);
      }
      return `E-step ${frame.iteration}: ${changed} of ${data.n} points changed their most likely component.`;
    }
    const change = frame.logLikelihood - (before?.logLikelihood ?? frame.logLikelihood);
    const cause = this.isFall(index) ? ` This is no ratchet: ${this.cause()}.` : "";
    const sum = frame.weights.reduce((total, weight) => total + weight, 0);
    const improper = Math.abs(sum - 1) > 1e-6 ? ` The weights sum to ${say(sum)}, so this is no likelihood.` : "";
    return `M-step ${frame.iteration}: means and ellipses follow their points; the log-likelihood ${change < 0 ? "fell" : "rose"} by ${say(Math.abs(change))} to ${say(frame.logLikelihood, 6)}.${cause}${improper}`;
  }

  isFall(index) {
    const { frames } = this.trace;
    if (index < 1 || frames[index].phase !== "M") return false;
    return frames[index].logLikelihood < frames[index - 1].logLikelihood - 1e-9 * Math.max(1, Math.abs(frames[index].logLikelihood));
  }

  cause() {
    const { printed, floor } = this.settings;
    if (printed.length) return `formula ${printed.map((one) => (one === "13" ? "(13), (14)" : `(${one})`)).join(" and ")} as printed`;
    return this.host.student ? "the fall comes from your own step" : floor > 0 ? "the variance floor is no part of the likelihood" : "the fall is rounding";
  }

  /** Components that EM can never part, because they are equal. */
  twins({ weights, means, covariances }) {
    const [k, m] = [weights.length, means.length / weights.length];
    const equal = (array, size, a, b) => array.slice(a * size, (a + 1) * size).every((value, r) => value === array[b * size + r]);
    for (let b = 1; b < k; b++) {
      for (let a = 0; a < b; a++) {
        if (equal(means, m, a, b) && equal(covariances, m * m, a, b)) return `Components ${a + 1} and ${b + 1} are the same, and EM can never part them. `;
      }
    }
    return "";
  }

  sayEnd() {
    const { ended, frames } = this.trace;
    const { iteration } = frames.at(-1) ?? { iteration: 0 };
    if (ended.why === "converged") this.say(`Converged after ${count(iteration, "iteration")}: the last changed the log-likelihood by less than 10⁻⁶. ${this.frame ? this.twins(this.frame) : ""}`);
    else if (ended.why === "limit") this.say(`Stopped after ${iteration} iterations, not yet converged.`);
    else this.complain(ended.text + (ended.why === "collapse" ? ". Try another seed, fewer components, or a variance floor" : ""));
  }

  // -- Disturbing: each change can be undone

  /** Change the problem by `work`, let EM start again, and say what was done. */
  change(work, words, step = 0) {
    this.pause();
    const { settings, data, parameters, index } = this;
    work();
    this.undone.push({ settings, data, parameters, index });
    this.restart(step, words);
  }

  undo() {
    if (!this.undone.length) return this.say("There is nothing to undo.");
    const { index, ...before } = this.undone.pop();
    this.pause();
    const sameData = before.data === this.data;
    Object.assign(this, before);
    if (!sameData) this.frameData();
    this.restart(index, "Undone.");
  }

  restart(step = 0, words = "") {
    this.pendingStep = step;
    this.pendingWords = words;
    this.host.compute(this);
  }

  /** A new trace has arrived, from the engine or from Python. */
  receive(trace, step = this.pendingStep ?? 0) {
    this.trace = trace;
    if (step > trace.frames.length - 1) this.host.extend(this, step);
    this.index = Math.max(0, Math.min(step, trace.frames.length - 1));
    this.alert.hidden = true;
    this.chosen = this.chosen?.component >= this.settings.k || this.chosen?.point >= this.data.n ? null : this.chosen;
    this.show(false);
    if (this.frame) this.say([this.pendingWords, this.describe()].filter(Boolean).join(" "));
    if (this.frame && step > this.index) this.complain(`Step ${step} is past the end: the run has ${this.trace.frames.length - 1} half-steps`);
    if (!this.frame || trace.ended?.why === "student") this.sayEnd();
    this.pendingWords = "";
  }

  configure(pairs, words = "") {
    const wrong = [];
    const settings = readSettings(pairs, this.settings, this.host.datasets, (text) => wrong.push(text));
    const changed = JSON.stringify(settings) !== JSON.stringify(this.settings);
    const step = pairs.some(([key]) => key === "step") ? settings.step : 0;
    if (changed || step) {
      this.change(() => {
        const other = settings.data !== this.settings.data;
        Object.assign(this, { settings, parameters: null });
        if (other) this.load();
        else if (settings.pair) this.frameData();
      }, words, step);
      settings.open.forEach((name) => this.open(name, true));
    }
    this.refreshForms();
    this.host.remember(this, this.index);
    if (wrong.length) this.complain(wrong.join("; "));
  }

  load() {
    const found = this.host.datasets[this.settings.data];
    if (found?.X) this.data = found.X instanceof Float64Array ? found : makeData({ name: this.settings.data, ...found });
    this.frameData();
  }

  chooseData(name) {
    this.own.hidden = name !== "own";
    if (name === "own") this.form.own.focus();
    else this.configure([["data", name]]);
  }

  adopt(data) {
    this.change(() => {
      this.data = data;
      this.settings = { ...this.settings, data: "own", pair: null };
      this.parameters = null;
      this.frameData();
    }, `${data.n} points of your own.`);
  }

  nextSeed() {
    this.configure([["seed", (this.settings.seed + 1) % UINT32]]);
  }

  /** Switches of the view change the picture only; formulas as printed change the run. */
  flip(key, value) {
    const list = this.settings[key];
    const settings = { ...this.settings, [key]: list.includes(value) ? list.filter((one) => one !== value) : [...list, value] };
    if (key === "printed") return this.change(() => (this.settings = settings), "", this.index);
    this.settings = settings;
    this.show(false);
    this.host.remember(this, this.index);
  }

  /** The parameters of this frame, to be changed. */
  current() {
    const { weights, means, covariances } = this.frame;
    return { weights: weights.slice(), means: means.slice(), covariances: covariances.slice() };
  }

  moveMean(j, [x, y]) {
    const parameters = this.current();
    parameters.means[j * this.data.m + this.pair[0]] = x;
    parameters.means[j * this.data.m + this.pair[1]] = y;
    this.change(() => (this.parameters = parameters), `Mean ${j + 1} moved to (${say(x)}, ${say(y)}).`);
  }

  previewMean(j, where) {
    const means = this.to.means.map((mean, l) => (l === j ? where : mean));
    this.draw({ ...this.to, means });
  }

  edit(words, X, labels) {
    const parameters = this.frame && this.current();
    const { data } = this;
    this.change(() => {
      this.data = { ...data, X, n: X.length / data.m, labels, edited: true };
      this.parameters = parameters;
      this.measure();
    }, words);
  }

  addPoint([x, y]) {
    const { X, m, n, labels } = this.data;
    const near = this.nearest([this.px(x), this.py(y)], Infinity);
    const row = X.slice(near * m, near * m + m); // columns out of sight are those of the nearest point
    row[this.pair[0]] = x;
    row[this.pair[1]] = y;
    this.edit(`Point ${n + 1} added at (${say(x)}, ${say(y)}); u undoes it.`, Float64Array.from([...X, ...row]), labels && [...labels, -1]);
  }

  removePoint(i) {
    const { X, m, n, labels } = this.data;
    if (n === 1) return this.say("The last point stays.");
    this.edit(`Point ${i + 1} removed.`, X.filter((_, at) => ((at / m) | 0) !== i), labels?.filter((_, l) => l !== i));
  }

  movePoint(i, [x, y]) {
    const X = this.data.X.slice();
    X[i * this.data.m + this.pair[0]] = x;
    X[i * this.data.m + this.pair[1]] = y;
    this.edit(`Point ${i + 1} moved to (${say(x)}, ${say(y)}).`, X, this.data.labels);
  }

  nudgePoint(i, [dx, dy]) {
    this.movePoint(i, this.inverse(this.pixels[2 * i] + 5 * dx, this.pixels[2 * i + 1] - 5 * dy));
    this.hover(i);
  }

  // -- Drawing

  /** The range of the axes: that of the data, with a margin; it holds still while EM runs. */
  frameData() {
    const { X, n, m, features } = this.data;
    const pair = this.settings.pair ?? (m > 3 ? [2, 3] : [0, 1]);
    if (pair.some((r) => r >= m)) {
      this.settings = { ...this.settings, pair: null };
      this.frameData();
      throw new Refusal(`pair = “${pair.map((r) => r + 1)}” names a column that these data lack: they have ${m}`);
    }
    this.pair = pair;
    this.range = pair.map((r) => {
      let [low, high] = [Infinity, -Infinity];
      for (let i = 0; i < n; i++) [low, high] = [Math.min(low, X[i * m + r]), Math.max(high, X[i * m + r])];
      const margin = Number.isFinite(high - low) ? 0.08 * (high - low) || 1 : 1;
      return Number.isFinite(high - low) ? [low - margin, high + margin] : [-1, 1];
    });
    this.axes.hidden = m < 3;
    for (const select of [this.form.x, this.form.y]) select.replaceChildren(...features.map((name, r) => h("option", { value: r }, name)));
    this.layout();
  }

  layout() {
    if (!this.data || !this.stage.clientWidth) return;
    this.width = this.stage.clientWidth;
    this.height = Math.round(Math.max(230, Math.min(this.width * 0.6, innerHeight * (this.root.classList.contains("gmm-presenter") ? 0.72 : 0.66))));
    this.stage.style.height = `${this.height}px`;
    const [[x0, x1], [y0, y1]] = this.range;
    const [w, t] = [this.width - MARGIN.left - MARGIN.right, this.height - MARGIN.top - MARGIN.bottom];
    this.px = (x) => MARGIN.left + ((x - x0) / (x1 - x0)) * w;
    this.py = (y) => MARGIN.top + ((y1 - y) / (y1 - y0)) * t;
    this.inverse = (px, py) => [x0 + ((px - MARGIN.left) / w) * (x1 - x0), y1 - ((py - MARGIN.top) / t) * (y1 - y0)];
    this.unit = [w / (x1 - x0), t / (y1 - y0)];
    this.density = window.devicePixelRatio || 1;
    set(this.canvas, { width: this.width * this.density, height: this.height * this.density });
    set(this.svg, { viewBox: `0 0 ${this.width} ${this.height}`, width: this.width, height: this.height });
    this.drawAxes();
    this.measure();
    this.recolour();
  }

  measure() {
    const { X, n, m } = this.data;
    this.pixels = new Float64Array(2 * n);
    for (let i = 0; i < n; i++) {
      this.pixels[2 * i] = this.px(X[i * m + this.pair[0]]);
      this.pixels[2 * i + 1] = this.py(X[i * m + this.pair[1]]);
    }
    this.size = (n > 800 ? 2.4 : n > 300 ? 3.3 : 4.3) * (this.root.classList.contains("gmm-presenter") ? 1.5 : 1);
  }

  /** The site's and the notebook's colours, read again when the theme is switched. */
  recolour() {
    const style = getComputedStyle(this.root);
    const rgb = (name) => style.getPropertyValue(name).trim().replace("#", "").match(/../g).map((two) => parseInt(two, 16));
    this.palette = [0, 1, 2, 3, 4, 5, 6, 7].map((j) => rgb(`--c${j}`));
    this.grey = rgb("--grey");
    this.paper = style.getPropertyValue("--paper").trim();
    if (this.frame || this.data) this.show(false);
  }

  drawAxes() {
    const [[x0, x1], [y0, y1]] = this.range;
    const { features } = this.data;
    const [right, bottom] = [this.width - MARGIN.right, this.height - MARGIN.bottom];
    const label = (x, y, text, more = {}) => h("text", { x, y, "text-anchor": "middle", ...more }, text);
    const across = niceTicks(x0, x1).flatMap((v) => [h("line", { x1: this.px(v), x2: this.px(v), y1: MARGIN.top, y2: bottom }), label(this.px(v), bottom + 16, say(v, 3))]);
    const up = niceTicks(y0, y1).flatMap((v) => [h("line", { x1: MARGIN.left, x2: right, y1: this.py(v), y2: this.py(v) }), label(MARGIN.left - 6, this.py(v) + 4, say(v, 3), { "text-anchor": "end" })]);
    const [cx, cy] = [(MARGIN.left + right) / 2, (MARGIN.top + bottom) / 2];
    this.layers.axes.replaceChildren(...across, ...up, label(cx, this.height - 6, features[this.pair[0]]),
      label(12, cy, features[this.pair[1]], { transform: `rotate(-90 12 ${cy})` }));
  }

  /** What a frame looks like: colours and shapes of points, means and covariances in the plane shown. */
  picture(frame) {
    const { n, m } = this.data;
    const [a, b] = this.pair;
    const w = frame?.responsibilities;
    const k = frame?.weights.length ?? 0;
    const hard = this.settings.view.includes("hard");
    const [colours, shapes] = [new Float32Array(3 * n), new Uint8Array(n)];
    for (let i = 0; i < n; i++) {
      const best = w ? argmax(w, i * k, k) : 0;
      shapes[i] = best;
      for (let c = 0; c < 3; c++) {
        let value = w ? 0 : this.grey[c];
        if (w && hard) value = this.palette[best][c];
        else if (w) for (let j = 0; j < k; j++) value += w[i * k + j] * this.palette[j][c];
        colours[3 * i + c] = value;
      }
    }
    const components = [...Array(k).keys()];
    const means = components.map((j) => [frame.means[j * m + a], frame.means[j * m + b]]);
    const at = (j, r, c) => frame.covariances[(j * m + r) * m + c];
    return { colours, shapes, means, spreads: components.map((j) => [at(j, a, a), at(j, a, b), at(j, b, b)]), weights: frame?.weights ?? [] };
  }

  /** Show the frame of this.index: at once, or gliding from what is shown now. */
  show(glide) {
    cancelAnimationFrame(this.animation);
    if (!this.data || !this.px) return;
    const from = this.shown;
    this.to = this.picture(this.frame);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!glide || still || from?.means.length !== this.to.means.length || from.shapes.length !== this.data.n) this.draw(this.to);
    else this.glide(from, this.to);
    this.refresh();
  }

  glide(from, to) {
    const length = Math.min(this.frame.phase === "M" ? 500 : 350, this.playing ? 800 / this.speed : Infinity);
    const started = performance.now();
    const tick = this.guard((now) => {
      const t = Math.min(1, Math.max(0, (now - started) / length));
      this.draw(t === 1 ? to : mixture(from, to, t * t * (3 - 2 * t)));
      if (t < 1) this.animation = requestAnimationFrame(tick);
    });
    this.animation = requestAnimationFrame(tick);
  }

  draw(picture) {
    this.shown = picture;
    this.drawPoints(picture);
    this.drawComponents(picture);
  }

  drawPoints({ colours, shapes, means, spreads, weights }) {
    const ctx = this.canvas.getContext("2d");
    const { pixels, size, density, settings, data } = this;
    this.shapes = SHAPES.map((_, j) => new Path2D(markerPath(j, 0, 0, size)));
    ctx.setTransform(density, 0, 0, density, 0, 0);
    ctx.clearRect(0, 0, this.width, this.height);
    this.contours = settings.view.includes("contours") && means.length ? this.contourPath(means, spreads, weights) : "";
    if (this.contours) {
      ctx.strokeStyle = `rgb(${this.grey})`;
      ctx.lineWidth = 0.8;
      ctx.stroke(new Path2D(this.contours));
    }
    ctx.strokeStyle = this.paper;
    ctx.lineWidth = 0.7;
    for (let i = 0; i < data.n; i++) {
      ctx.setTransform(density, 0, 0, density, pixels[2 * i] * density, pixels[2 * i + 1] * density);
      ctx.fillStyle = `rgb(${colours[3 * i] | 0},${colours[3 * i + 1] | 0},${colours[3 * i + 2] | 0})`;
      ctx.fill(this.shapes[shapes[i]]);
      ctx.stroke(this.shapes[shapes[i]]);
      if (data.labels?.[i] >= 0 && settings.view.includes("labels")) this.ring(ctx, data.labels[i]);
    }
  }

  /** A true label: a faint ring, dashed in as many pieces as its number, so that it does not lean on colour. */
  ring(ctx, label) {
    ctx.save();
    ctx.strokeStyle = `rgb(${this.grey})`;
    ctx.lineWidth = 1.2;
    const radius = this.size + 3.5;
    const piece = (2 * Math.PI * radius) / (2 * label || 1);
    ctx.setLineDash(label ? [piece, piece] : []);
    ctx.beginPath();
    ctx.arc(0, 0, radius, 0, 2 * Math.PI);
    ctx.stroke();
    ctx.restore();
  }

  contourPath(means, spreads, weights) {
    const [columns, rows] = [72, 48];
    const grid = new Float64Array(columns * rows);
    const centre = (px, py) => this.inverse(MARGIN.left + (px / (columns - 1)) * (this.width - MARGIN.left - MARGIN.right), MARGIN.top + (py / (rows - 1)) * (this.height - MARGIN.top - MARGIN.bottom));
    means.forEach(([mx, my], j) => {
      const [xx, xy, yy] = spreads[j];
      const determinant = xx * yy - xy * xy;
      if (!(determinant > 0)) return;
      for (let at = 0; at < grid.length; at++) {
        const [x, y] = centre(at % columns, (at / columns) | 0);
        const [dx, dy] = [x - mx, y - my];
        grid[at] += (weights[j] / Math.sqrt(determinant)) * Math.exp(-(yy * dx * dx - 2 * xy * dx * dy + xx * dy * dy) / (2 * determinant));
      }
    });
    const top = Math.max(...grid);
    const levels = [0.01, 0.03, 0.08, 0.18, 0.35, 0.6, 0.85].map((share) => share * top);
    const at = (x, y) => `${(MARGIN.left + (x / (columns - 1)) * (this.width - MARGIN.left - MARGIN.right)).toFixed(1)} ${(MARGIN.top + (y / (rows - 1)) * (this.height - MARGIN.top - MARGIN.bottom)).toFixed(1)}`;
    return contourLines(grid, columns, rows, levels).map(([a, b, c, d]) => `M${at(a, b)}L${at(c, d)}`).join("");
  }

  /** The ellipse of a covariance in pixels, at one standard deviation: half-axes and the angle of the longer. */
  ellipse([xx, xy, yy]) {
    const [u, v] = this.unit;
    const [a, b, c] = [xx * u * u, -xy * u * v, yy * v * v];
    const [middle, half] = [(a + c) / 2, Math.hypot((a - c) / 2, b)];
    return { rx: Math.sqrt(middle + half), ry: Math.sqrt(Math.max(0, middle - half)), angle: (Math.atan2(2 * b, a - c) * 90) / Math.PI };
  }

  drawComponents({ means, spreads, weights }) {
    const layer = this.layers.components;
    if (layer.childElementCount !== means.length) layer.replaceChildren(...means.map((_, j) => this.newComponent(j)));
    means.forEach(([x, y], j) => {
      const [px, py] = [this.px(x), this.py(y)];
      const { rx, ry, angle } = this.ellipse(spreads[j]);
      const group = layer.children[j];
      const [one, two, mean] = group.children;
      const place = { cx: px, cy: py, transform: `rotate(${angle} ${px} ${py})` };
      set(one, { ...place, rx, ry });
      set(two, { ...place, rx: 2 * rx, ry: 2 * ry });
      set(mean, { transform: `translate(${px} ${py})`, "aria-label": `Mean ${j + 1} at ${say(x)}, ${say(y)}, weight ${say(weights[j])}. Arrows move it, Enter shows its formulas` });
    });
  }

  newComponent(j) {
    const stroke = `stroke:var(--c${j})`;
    return h("g", {}, h("ellipse", { style: stroke }), h("ellipse", { style: stroke, opacity: 0.55 }),
      h("g", { class: "gmm-mean", tabindex: 0, role: "button", "data-j": j }, h("circle", { r: 20, fill: "transparent" }),
        h("path", { d: markerPath(j, 0, 0, 8), style: `fill:var(--c${j})` })));
  }

  /** Trails of the means, the pull of a point, true ellipses: what lies beneath. */
  drawBeneath() {
    const { frame, data } = this;
    const { m } = data;
    const [a, b] = this.pair;
    const k = frame?.weights.length ?? 0;
    const past = this.trace.frames.slice(0, this.index + 1).filter(({ phase, weights }) => phase !== "E" && weights.length === k).slice(-40);
    this.layers.trails.replaceChildren(...[...Array(k).keys()].map((j) =>
      h("polyline", { style: `stroke:var(--c${j})`, points: past.map(({ means }) => `${this.px(means[j * m + a]).toFixed(1)},${this.py(means[j * m + b]).toFixed(1)}`).join(" ") })));
    const i = this.chosenPoint;
    const pulls = frame?.phase === "M" && i !== null ? [...Array(k).keys()] : [];
    this.layers.pull.replaceChildren(...pulls.map((j) => h("line", { style: `stroke:var(--c${j})`, "stroke-width": 9 * frame.responsibilities[i * k + j],
      x1: this.pixels[2 * i], y1: this.pixels[2 * i + 1], x2: this.px(frame.means[j * m + a]), y2: this.py(frame.means[j * m + b]) })));
    const truth = this.settings.view.includes("truth") && classEllipses(data);
    const classes = truth ? [...truth.weights.keys()] : [];
    this.layers.truth.replaceChildren(...classes.map((j) => {
      const [cx, cy] = [this.px(truth.means[j * m + a]), this.py(truth.means[j * m + b])];
      const at = (r, c) => truth.covariances[(j * m + r) * m + c];
      const { rx, ry, angle } = this.ellipse([at(a, a), at(a, b), at(b, b)]);
      return h("ellipse", { cx, cy, rx: 2 * rx, ry: 2 * ry, transform: `rotate(${angle} ${cx} ${cy})` });
    }));
  }

  /** Bring everything but the picture itself up to date. */
  refresh() {
    if (!this.data || !this.px) return;
    const next = !this.frame || this.frame.phase === "E" ? "M" : "E";
    for (const phase of ["E", "M"]) this.bar[phase].classList.toggle("gmm-next", phase === next && !!this.frame);
    this.bar.back.disabled = this.index === 0;
    this.drawBeneath();
    this.refreshCursor();
    this.refreshForms();
    if (!this.panels.inside.hidden) this.panels.inside.replaceChildren(...this.lookInside());
    if (!this.panels.ratchet.hidden) this.refreshRatchet();
  }

  refreshForms() {
    const { form, settings } = this;
    for (const key of ["k", "start", "seed"]) form[key].value = settings[key];
    form.data.value = this.data.name === "own" ? "own" : settings.data;
    form.floorOn.checked = settings.floor > 0;
    if (settings.floor > 0) form.floor.value = settings.floor;
    [form.x.value, form.y.value] = this.pair ?? [0, 1];
    for (const box of this.panels.compare.querySelectorAll("input")) box.checked = settings.view.includes(box.name) || settings.printed.includes(box.name);
    const known = this.data.labels ? "" : "These data have no true labels.";
    for (const name of ["labels", "truth"]) this.panels.compare.querySelector(`[name=${name}]`).disabled = known && !(name === "truth" && this.data.truth);
    this.link.value = this.host.address?.(this) ?? "";
  }

  // -- Looking inside

  get chosenPoint() {
    return this.hovered ?? this.chosen?.point ?? null;
  }

  look(what) {
    this.chosen = what;
    this.hovered = what.point ?? null;
    this.open("inside", true);
  }

  hover(i) {
    if (i === this.hovered) return;
    this.hovered = i;
    this.drawBeneath();
    this.refreshCursor();
    if (!this.panels.inside.hidden) this.panels.inside.replaceChildren(...this.lookInside());
  }

  refreshCursor() {
    const i = this.chosenPoint;
    const at = i ?? 0;
    const [x, y] = [this.pixels[2 * at], this.pixels[2 * at + 1]];
    set(this.cursor, { cx: x, cy: y, "aria-valuemax": this.data.n, "aria-valuenow": at + 1, "aria-valuetext": this.pointWords(at) });
    this.cursor.classList.toggle("gmm-on", i !== null);
    this.tip.hidden = this.hovered === null;
    if (this.tip.hidden) return;
    this.tip.replaceChildren(h("strong", {}, `Point ${i + 1}`), ...this.terms(i));
    this.tip.style.left = `${x < this.width / 2 ? x + 16 : Math.max(0, x - 16 - this.tip.offsetWidth)}px`;
    this.tip.style.top = `${Math.max(0, Math.min(y - 30, this.height - this.tip.offsetHeight))}px`;
  }

  point(i) {
    return `(${[...this.data.X.subarray(i * this.data.m, (i + 1) * this.data.m)].map((value) => say(value)).join(", ")})`;
  }

  pointWords(i) {
    const w = this.frame?.responsibilities;
    const k = this.frame?.weights.length;
    const best = w ? argmax(w, i * k, k) : 0;
    return `Point ${i + 1} at ${this.point(i)}` + (w ? `, most likely component ${best + 1}, ${say(w[i * k + best], 3)}` : "");
  }

  /** Formula (11) with the numbers of point i, term by term. */
  terms(i) {
    let source = this.index;
    while (source > 0 && this.trace.frames[source].phase !== "E") source--;
    const { weights, means, covariances, responsibilities: w, phase } = this.trace.frames[source] ?? {};
    if (phase !== "E") return [h("p", {}, "Before the first E-step no component is responsible for it.")];
    const [k, m] = [weights.length, this.data.m];
    const one = { X: this.data.X.subarray(i * m, (i + 1) * m), n: 1, m };
    const logF = logDensities(one, withFactors(weights, means, covariances));
    const printed = this.settings.printed.includes("11");
    const shift = Math.max(...logF) < -600 ? Math.max(...logF) : 0; // densities too small to be written share a factor
    const f = [...logF].map((value) => Math.exp(value - shift));
    const products = f.map((value, j) => (printed ? value : weights[j] * value));
    const total = products.reduce((sum, value) => sum + value, 0);
    const pull = this.frame.phase === "M";
    const counts = weights.map((_, j) => w.reduce((sum, value, at) => sum + (at % k === j ? value : 0), 0));
    const row = (j) => h("tr", {}, h("th", { scope: "row", style: `color:var(--c${j})` }, `${GLYPHS[j]} ${j + 1}`), printed ? null : h("td", {}, say(weights[j], 3)),
      h("td", {}, say(f[j], 3)), h("td", {}, say(products[j], 3)), h("td", { class: "gmm-hot" }, say(w[i * k + j], 3)), pull ? h("td", {}, say(w[i * k + j] / counts[j], 2)) : null);
    const head = [h("th", {}, "j"), printed ? null : h("th", {}, "φ"), h("th", {}, "f(x)"), h("th", {}, printed ? "f" : "φ f"), h("th", {}, "w = ÷ Σ"), pull ? h("th", {}, "w / N") : null];
    return [h("table", {}, h("tr", {}, head), f.map((_, j) => row(j)),
      h("tr", { class: "gmm-sum" }, h("th", { scope: "row" }, "Σ"), printed ? null : h("td", {}), h("td", {}), h("td", {}, say(total, 3)), h("td", {}, "1"), pull ? h("td", {}) : null)),
      shift ? h("p", {}, `Every density is to be multiplied by e^${say(shift)}.`) : null].filter(Boolean);
  }

  equation(number) {
    const root = document.documentElement.dataset.content_root;
    const text = `(${number})`;
    return root === undefined ? text : h("a", { href: `${root}chapters/${CHAPTERS[number]}.html#eq-${number}` }, text);
  }

  /** A formula with its number, highlighted when it is the one at work. */
  formula(number, active, ...parts) {
    return h("p", { class: `gmm-formula${active ? " gmm-active" : ""}` }, this.equation(number), " ", parts);
  }

  lookInside() {
    const { frame, chosen } = this;
    if (!frame) return [];
    if (this.hovered === null && chosen?.component !== undefined) return this.componentInside(chosen.component);
    const i = this.chosenPoint;
    const product = (j) => [this.settings.printed.includes("11") ? "" : ["φ", h("sub", {}, j), " "], "f", h("sub", {}, j), "(x", h("sub", {}, "i"), ")"].flat();
    const formula = this.formula(11, frame.phase === "E", "w", h("sub", {}, "ij"), " = ", fraction(product("j"), ["Σ", h("sub", {}, "l"), " ", ...product("l")]));
    if (i === null) return [formula, h("p", {}, "Point at, tap or focus a point to see its numbers; click a component to see its own.")];
    const pull = frame.phase === "M" ? h("p", {}, "Lines show its pull on each mean: its share w in the N points of that component ", this.equation(13), ".") : null;
    return [h("h4", {}, `Point ${i + 1} ${this.point(i)}`), formula, h("div", { class: "gmm-scroll" }, this.terms(i)), pull].filter(Boolean);
  }

  componentInside(j) {
    const { frame, data } = this;
    const { X, n, m } = data;
    const w = frame.responsibilities;
    const title = h("h4", { style: `color:var(--c${j})` }, `${GLYPHS[j]} Component ${j + 1}`);
    if (!w) return [title, h("p", {}, `Weight ${say(frame.weights[j])}, mean (${[...frame.means.subarray(j * m, (j + 1) * m)].map((v) => say(v)).join(", ")}). An E-step comes first.`)];
    const k = frame.weights.length;
    const { printed } = this.settings;
    const share = Float64Array.from({ length: n }, (_, i) => w[i * k + j]);
    const N = share.reduce((sum, value) => sum + value, 0);
    const divisor = printed.includes("13") ? n : N;
    const mean = weightedMeans(X, m, share, [divisor]);
    const S = weightedCovariances(X, m, share, [divisor], mean, this.settings.floor);
    const sum = [...mean].map((value) => say(value * divisor)).join(", ");
    const some = [0, 1].map((i) => `${say(share[i], 3)}·${this.point(i)} + `);
    const N_ = ["N", h("sub", {}, j + 1)];
    const below = printed.includes("13") ? ["n"] : N_;
    const at = (r, c) => say(S[r * m + c], 3);
    const active = frame.phase === "M";
    return [title,
      this.formula(12, active, "φ", h("sub", {}, j + 1), " = ", printed.includes("12") ? ["Σ w = ", say(N)] : [fraction(N_, ["n"]), " = ", fraction([say(N)], [n]), " = ", h("b", {}, say(N / n))]),
      this.formula(13, active, "μ", h("sub", {}, j + 1), " = ", fraction(["1"], below), " Σ w x = ", fraction(["1"], [say(divisor)]), ` [${some.join("")}…] = `, fraction([`(${sum})`], [say(divisor)]), " = ",
        h("b", {}, `(${[...mean].map((value) => say(value)).join(", ")})`)),
      this.formula(14, active, "Σ", h("sub", {}, j + 1), " = ", fraction(["1"], below), " Σ w (x − μ)(x − μ)ᵀ = ",
        h("table", { class: "gmm-matrix" }, [...Array(m).keys()].map((r) => h("tr", {}, [...Array(m).keys()].map((c) => h("td", {}, at(r, c)))))),
        this.settings.floor ? ` (with the floor ${say(this.settings.floor)} on the diagonal)` : ""),
      active ? null : h("p", {}, "That is what the M-step will make of these responsibilities.")].filter(Boolean);
  }

  // -- The ratchet

  refreshRatchet() {
    this.computeAhead();
    const { frames } = this.trace;
    if (!frames.length) return;
    const [width, height] = [Math.max(240, this.panels.ratchet.clientWidth - 2), 170];
    const values = frames.flatMap((frame) => [frame.logLikelihood, frame.lowerBound]).filter(Number.isFinite);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const x = (i) => 8 + (i / Math.max(1, frames.length - 1)) * (width - 16);
    const y = (value) => 10 + ((high - Math.max(low, value)) / (high - low || 1)) * (height - 34);
    this.chartX = x;
    const line = (list) => list.map(([i, value]) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    const states = frames.map((frame, i) => [i, frame.logLikelihood]).filter(([i]) => frames[i].phase !== "E");
    const bounds = frames.map((frame, i) => [i, frame.lowerBound]).filter(([, value]) => value !== null);
    const falls = states.filter(([i]) => this.isFall(i));
    set(this.chart, { viewBox: `0 0 ${width} ${height}`, height, "aria-label": `Log-likelihood over ${frames.length - 1} half-steps, from ${say(frames[0].logLikelihood)} to ${say(frames.at(-1).logLikelihood)}; ${count(falls.length, "fall")}` });
    this.chart.replaceChildren(
      h("line", { class: "gmm-now", x1: x(this.index), x2: x(this.index), y1: 4, y2: height - 22 }),
      h("polyline", { class: "gmm-bound", points: line(bounds) }), h("polyline", { class: "gmm-value", points: line(states) }),
      ...falls.map(([i, value]) => h("polyline", { class: "gmm-fall", points: line([[i - 2, frames[Math.max(0, i - 1)].logLikelihood], [i, value]]) })),
      ...(frames.length < 90 ? states : falls).map(([i, value]) => h("circle", { cx: x(i), cy: y(value), r: 3.5, class: this.isFall(i) ? "gmm-fall" : "" })),
      falls.length ? h("text", { x: Math.min(x(falls[0][0]) + 6, width - 40), y: y(falls[0][1]) - 6, class: "gmm-fall" }, "fall") : h("g"),
      h("text", { x: 8, y: height - 6 }, "— log-likelihood"), h("text", { x: 130, y: height - 6, class: "gmm-bound" }, "— lower bound"),
    );
    set(this.history, { max: frames.length - 1, "aria-valuetext": this.frame.phase === "start" ? "start" : `${this.frame.phase}-step ${this.frame.iteration}` });
    this.history.value = this.index;
    this.numbers.replaceChildren(...this.allNumbers(falls));
  }

  /** Compute the rest of the run while nothing else is to do, so that the curve and the slider show it. */
  computeAhead() {
    const { trace } = this;
    if (trace.ended || this.ahead === trace || !trace.extendTo) return;
    this.ahead = trace;
    const some = this.guard(() => {
      if (this.trace !== trace) return;
      const until = performance.now() + 8;
      while (!trace.ended && performance.now() < until) trace.extendTo(trace.frames.length);
      if (!trace.ended) return setTimeout(some, 0);
      if (!this.panels.ratchet.hidden) this.refreshRatchet();
    });
    setTimeout(some, 0);
  }

  clickChart(event) {
    const box = this.chart.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * this.chart.viewBox.baseVal.width;
    const last = this.trace.frames.length - 1;
    this.pause();
    this.go(Math.max(0, Math.min(last, Math.round(((at - 8) / (this.chart.viewBox.baseVal.width - 16)) * last))), false);
  }

  allNumbers(falls) {
    const { frame, data, index } = this;
    const [k, m] = [frame.weights.length, data.m];
    const free = k - 1 + k * m + (k * m * (m + 1)) / 2;
    const ll = frame.logLikelihood;
    const before = this.trace.frames[index - 1];
    const rows = { Iteration: frame.iteration, "Log-likelihood": say(ll, 7), Change: before ? say(ll - before.logLikelihood) : "–", "Lower bound": frame.lowerBound === null ? "–" : say(frame.lowerBound, 7),
      AIC: say(2 * free - 2 * ll, 6), BIC: say(free * Math.log(data.n) - 2 * ll, 6) };
    const total = frame.weights.reduce((sum, weight) => sum + weight, 0);
    return [h("dl", {}, Object.entries(rows).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
      h("div", { class: "gmm-weights" }, [...frame.weights].map((weight, j) => h("div", {}, h("span", { style: `color:var(--c${j})` }, GLYPHS[j]),
        h("i", { style: `background:var(--c${j});width:${((60 * weight) / total).toFixed(1)}%` }), say(weight, 3)))),
      falls.length ? h("p", { class: "gmm-fallen" }, `The log-likelihood falls at iteration ${falls.slice(0, 6).map(([i]) => this.trace.frames[i].iteration).join(", ")}${falls.length > 6 ? ", …" : ""}: ${this.cause()}.`) : null].filter(Boolean);
  }

  // -- Sharing

  present(on = !this.root.classList.contains("gmm-presenter")) {
    this.root.classList.toggle("gmm-presenter", on);
    this.wasFull = false;
    if (on) this.root.requestFullscreen?.().then(() => (this.wasFull = true), () => {}); // where it is refused, the window does
    else if (document.fullscreenElement) document.exitFullscreen();
    this.layout();
  }

  download(kind, text, what = "frame") {
    const url = URL.createObjectURL(new Blob([text], { type: kind === "svg" ? "image/svg+xml" : "text/csv" }));
    const link = h("a", { href: url, download: `em-${this.settings.data}-${what === "frame" ? `step-${this.index}` : what}.${kind}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  asSVG() {
    const { colours, shapes } = this.to;
    const points = [...shapes].map((shape, i) => `<path d="${markerPath(shape, this.pixels[2 * i], this.pixels[2 * i + 1], this.size)}" fill="rgb(${[0, 1, 2].map((c) => colours[3 * i + c] | 0)})"/>`);
    const colour = (_, name) => getComputedStyle(this.root).getPropertyValue(name).trim();
    const layers = Object.entries(this.layers).map(([name, layer]) => `<g class="gmm-${name}">${layer.innerHTML}</g>`);
    const style = "text{font:12px sans-serif;fill:#444}line{stroke:#ddd}ellipse,polyline{fill:none;stroke-width:2}.gmm-truth ellipse{stroke:#888;stroke-dasharray:6 4}.gmm-trails{opacity:.5}.gmm-mean path{stroke:#000}";
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${this.width} ${this.height}"><style>${style}</style><rect width="100%" height="100%" fill="${this.paper}"/>${layers[0]}<path d="${this.contours}" fill="none" stroke="#888"/>${points.join("")}${layers.slice(1).join("")}</svg>`.replace(/var\((--\w+)\)/g, colour);
  }

  asCSV() {
    const { X, n, m, features } = this.data;
    const w = this.frame?.responsibilities;
    const k = this.frame?.weights.length ?? 0;
    const shares = (i) => (w ? [...w.subarray(i * k, (i + 1) * k), argmax(w, i * k, k) + 1] : []);
    const head = [...features.map((name) => `"${name}"`), ...(w ? [...Array(k).keys()].map((j) => `w_${j + 1}`).concat("component") : [])];
    return [head, ...Array.from({ length: n }, (_, i) => [...X.subarray(i * m, (i + 1) * m), ...shares(i)])].map((row) => row.join(",")).join("\n") + "\n";
  }

  historyCSV() {
    const list = (name, length) => Array.from({ length }, (_, at) => `${name}_${at + 1}`);
    const { weights, means, covariances } = this.frame;
    const head = ["phase", "iteration", "log_likelihood", "lower_bound", ...list("weight", weights.length), ...list("mean", means.length), ...list("covariance", covariances.length)];
    const rows = this.trace.frames.map((f) => [f.phase, f.iteration, f.logLikelihood, f.lowerBound ?? "", ...f.weights, ...f.means, ...f.covariances]);
    return [head, ...rows].map((row) => row.join(",")).join("\n") + "\n";
  }
}

const fraction = (above, below) => h("span", { class: "gmm-fraction" }, h("span", {}, above), h("span", {}, below));

/** Between two pictures: colours, means and covariances go straight from one to the other. */
function mixture(from, to, t) {
  const between = (a, b) => a.map((value, at) => value + t * (b[at] - value));
  return { ...to, colours: between(from.colours, to.colours), shapes: t < 0.5 ? from.shapes : to.shapes,
    means: from.means.map((mean, j) => between(mean, to.means[j])), spreads: from.spreads.map((spread, j) => between(spread, to.spreads[j])) };
}

// ---- 5. In a page without a kernel ---------------------------------------------------------------------------------

const onPage = new Map(); // the steppers of this page, by their ids

class PageHost {
  constructor(id, config) {
    this.id = id;
    this.datasets = { ...(globalThis.gmmStepperData ?? {}) };
    if (config.X) this.datasets.own = makeData({ title: "your own", ...config });
    const wrong = [];
    this.settings = readSettings(Object.entries(config.settings ?? {}), { ...DEFAULTS, ...(config.X && { data: "own" }) }, this.datasets, (text) => wrong.push(text));
    this.wrong = wrong;
    this.recorded = config.trace && readTrace(config.trace);
    this.student = !!this.recorded;
  }

  /** The engine of this file computes; a student's run, recorded in the notebook, is shown as long as it is not disturbed. */
  compute(view) {
    const { recorded } = this;
    this.recorded = null;
    const { k, seed, start, floor, printed } = view.settings;
    this.student &&= !!recorded;
    view.receive(recorded ?? new Trace(view.data, { k, seed, start, floor, printed: new Set(printed), parameters: view.parameters }));
  }

  extend(view, index) {
    view.trace.extendTo?.(index);
  }

  address(view) {
    return `${location.href.split("#")[0]}#${this.id}?${writeSettings(view.settings, view.index)}`;
  }

  /** Put the state into the address, at most five times a second: browsers refuse more. */
  remember(view) {
    if (view.settling) return;
    clearTimeout(this.remembering);
    this.remembering = setTimeout(() => {
      try {
        history.replaceState(history.state, "", this.address(view));
      } catch {
        // some browsers allow no history on file://; the panel Share still holds the link
      }
      if (!view.panels.share.hidden) view.link.value = this.address(view);
    }, 200);
  }
}

/** Frames as Python sends them: nested lists, responsibilities only where they are new. */
function readTrace({ frames, ended }) {
  let w = null;
  const flat = (nested) => Float64Array.from(nested.flat(2));
  const read = (value) => (value.buffer ? new Float32Array(value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength)) : flat(value));
  return {
    ended,
    frames: frames.map((frame) => {
      if (frame.responsibilities) w = read(frame.responsibilities);
      return { ...frame, weights: flat(frame.weights), means: flat(frame.means), covariances: flat(frame.covariances), responsibilities: w };
    }),
  };
}

/** The settings in the address: `#id?data=iris&k=3`. */
function fromAddress(hash) {
  const found = /^#([^?]*)\?(.*)$/.exec(decodeURIComponent(hash));
  return found && { id: found[1], pairs: found[2].split("&").filter(Boolean).map((pair) => [pair.split("=")[0], pair.split("=").slice(1).join("=")]) };
}

function refuse(root, error) {
  root.prepend(h("p", { class: "gmm-alert", role: "alert" }, `This figure stands still: ${error.message}`));
}

function mount(root) {
  if (root.dataset.mounted) return;
  root.dataset.mounted = "yes";
  try {
    const config = JSON.parse(root.querySelector("script[type='application/json']")?.textContent ?? "{}");
    const id = root.id || root.closest("figure[id]")?.id || `stepper-${onPage.size + 1}`;
    const host = new PageHost(id, config);
    const inner = h("div", { class: "gmm-root" });
    root.append(inner);
    const view = new View(inner, host);
    view.settling = true;
    try {
      view.load();
      view.restart(host.settings.step);
    } catch (error) {
      inner.remove();
      throw error;
    }
    host.settings.open.forEach((name) => view.open(name, true));
    if (host.wrong.length) view.complain(host.wrong.join("; "));
    view.settling = false;
    root.classList.add("gmm-mounted");
    onPage.set(id, view);
  } catch (error) {
    refuse(root, error);
  }
}

/** Set a stepper to the state that a link names, and bring it into view. */
function follow(id, pairs) {
  const view = onPage.get(id) ?? onPage.values().next().value;
  if (!view) return;
  view.guard(() => view.configure(pairs))();
  view.root.scrollIntoView({ block: "nearest" });
  view.root.focus({ preventScroll: true });
}

function start() {
  document.querySelectorAll("div.gmm-stepper").forEach(mount);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-stepper]");
    if (!link) return;
    event.preventDefault();
    const { id, pairs } = fromAddress(`#${link.hash.slice(1)}?${link.dataset.stepper}`);
    follow(id, pairs);
  });
  const read = () => {
    const state = fromAddress(location.hash);
    if (state && onPage.size) follow(state.id, state.pairs);
  };
  addEventListener("hashchange", read);
  read();
}

// ---- 6. In a notebook: Python computes -----------------------------------------------------------------------------

class KernelHost {
  constructor(model) {
    Object.assign(this, { model, live: true, id: "stepper" });
    this.datasets = model.get("datasets");
    this.take();
  }

  take() {
    const { pair, view, open } = this.settings ?? {};
    const settings = this.model.get("settings");
    this.settings = { ...DEFAULTS, ...settings, ...(this.settings && { view, open }), pair: settings.pair ?? pair ?? null };
    this.student = settings.student;
  }

  ask(request) {
    this.model.set("request", { ...request, number: (this.model.get("request").number ?? 0) + 1 });
    this.model.save_changes();
  }

  compute(view) {
    const nested = (array, size) => Array.from({ length: array.length / size }, (_, i) => Array.from(array.subarray(i * size, (i + 1) * size)));
    const { data, parameters } = view;
    const { m } = data;
    const { data: name, k, seed, start, floor, printed, pair } = view.settings;
    view.waiting = true;
    this.ask({
      settings: { data: name, k, seed, start, floor, printed, pair }, step: view.pendingStep,
      X: data.edited || data.name === "own" ? nested(data.X, m) : null,
      parameters: parameters && { weights: [...parameters.weights], means: nested(parameters.means, m),
        covariances: nested(parameters.covariances, m * m).map((S) => nested(Float64Array.from(S), m)) },
    });
  }

  extend(view, index) {
    if (view.trace.ended || view.waiting) return;
    view.waiting = index;
    this.ask({ frames: index + 1 });
  }

  remember(view, index) {
    if (this.model.get("step") === index) return;
    this.model.set("step", index);
    this.model.save_changes();
  }

  show(view) {
    this.take();
    const data = makeData(this.model.get("data"));
    const same = view.data && view.data.n === data.n && view.data.m === data.m && view.data.X.every((value, at) => value === data.X[at]);
    view.settings = { ...this.settings, view: view.settings.view };
    view.data = { ...data, edited: view.data?.edited && same };
    if (!same) view.frameData();
    const wanted = typeof view.waiting === "number" ? view.waiting : this.model.get("step");
    view.waiting = null;
    const trace = readTrace(this.model.get("trace"));
    if (same && trace.frames.length > view.trace.frames.length && view.number === this.model.get("trace").number) {
      view.trace = trace; // the same run, only longer
      view.go(wanted);
    } else view.receive(trace, this.model.get("step"));
    view.number = this.model.get("trace").number;
  }
}

function render({ model, el }) {
  el.classList.add("gmm-stepper", "gmm-mounted");
  const inner = h("div", { class: "gmm-root" });
  el.append(inner);
  const host = new KernelHost(model);
  const view = new View(inner, host);
  const show = view.guard(() => host.show(view));
  const step = view.guard(() => model.get("step") !== view.index && view.go(model.get("step")));
  show();
  model.on("change:trace", show);
  model.on("change:step", step);
  return () => {
    model.off("change:trace", show);
    model.off("change:step", step);
    view.destroy();
  };
}

export default { render, Trace, mount, start };
