// The likelihood of one column under one or two means that are dragged: the density, log f at each point, and the
// log-likelihood over the means.

const MAP = 49; // places along each side of the map

FIGURES.likelihood = {
	buttons: () => [],

	begin: ({ X, weights, means, covariances }) => withBest(X, { weights, means, covariances }),

	columns(figure) {
		const { config: { X, features: [feature] }, state: { means } } = figure;
		const [across] = rangesOf(X);
		const logs = logsOf(figure);
		figure.deepest = Math.min(figure.deepest ?? 0, ...logs); // the scale of the bars never shrinks under a hand
		const top = Math.max(0, ...logs);
		const over = means.length > 1
			? { extent: [across, across], names: ["mean 1", "mean 2"] }
			: { extent: [across, heightsOverMean(figure)], names: ["mean", "log-likelihood"] };
		const [tall, low, other] = figure.narrow ? [0.6, 0.4, 1] : [0.44, 0.28, 0.98];
		const heights = heightsOf(X.flat(), across);
		const density = { extent: [across, heights], names: [feature, "density"], lowest: 0, high: tall };
		const bars = { extent: [across, [1.08 * figure.deepest, top]], names: [feature, "log f(x)"], high: low };
		return [[density, bars], [{ ...over, high: other }]];
	},

	handles({ state, config: { X } }) {
		const { means } = state;
		const name = (j) => (means.length > 1 ? `Mean ${j + 1}` : "Mean");
		const mean = ([v], j) => ({ plot: 0, at: [v, 0], j, name: name(j), only: true });
		const walker = means.length > 1
			? { at: means.flat(), name: "Both means" }
			: { at: [means[0][0], valueOver(X, state)], name: "Mean, on the curve", only: true };
		return [...means.map(mean), { plot: 2, j: 2, look: marker(2, 0, 0, 8), ...walker }];
	},

	move({ state, config: { X } }, i, where) {
		const { means } = state;
		const one = i < means.length;
		const moved = means.map((mean, j) => (one ? (j === i ? [where[0]] : mean) : [where[j]]));
		return withBest(X, { ...state, means: moved });
	},

	act: ({ state }) => state,

	content(figure, p) {
		return [densityOver, barsOver, hasTwo(figure) ? mapOver : curveOver][p](figure, figure.plots[p]);
	},

	words(figure) {
		const { config: { X }, state } = figure;
		const here = state.means.flat().map((v) => written(v)).join(" and ");
		return `Log-likelihood ${nats(valueOver(X, state))} with the mean${hasTwo(figure) ? "s" : ""} at ${here}.`;
	},

	numbers(figure) {
		const { config: { X }, state } = figure;
		const { best } = state;
		const logs = logsOf(figure);
		const lowest = logs.indexOf(Math.min(...logs));
		const places = best.means.flat().map((v) => written(v)).join(" and ");
		return `<p>ℓ = Σ log f(x<sub>i</sub>), over ${X.length} points, = <b>${nats(total(logs))}</b>. Highest seen here:
			<b>${nats(best.value)}</b> at ${places}.
			The longest bar: log f(${written(X[lowest][0])}) = ${nats(logs[lowest])}.</p>`;
	},
};

// The state, with the highest place that has been seen.
function withBest(X, state) {
	const value = valueOver(X, state);
	return state.best?.value >= value ? state : { ...state, best: { value, means: state.means } };
}

const hasTwo = ({ state }) => state.means.length > 1;

function logsOf({ config: { X }, state: { weights, means, covariances } }) {
	const factors = covariances.map(cholesky);
	return X.map((x) => logSum(means.map((mean, j) => Math.log(weights[j]) + logDensity(x, mean, factors[j]))));
}

const valueOver = (X, state) => total(logsOf({ config: { X }, state }));

// The density with each component's part of it, and the points below it.
function densityOver({ config: { X }, state: { weights, means, covariances } }, plot) {
	const rows = partsOf(plot, { weights, means, covariances });
	const line = (height) => rows.map((row) => plot.toPixels([row.x, height(row)])).join("L");
	plot.pixels = X.map(([x]) => plot.toPixels([x, 0]));
	plot.pointSize = 3;
	hang(plot);
	const part = (_, j) => `<path class="gmm-part" style="--c:var(--c${j})" d="M${line(({ parts }) => parts[j])}"/>`;
	return `<path class="gmm-spot gmm-grey" d="${each(plot.pixels, ([x, y]) => marker(0, x, y, 3))}"/>
		${each(means.length > 1 ? means : [], part)}<path class="gmm-whole" d="M${line(({ parts }) => total(parts))}"/>`;
}

// A bar hangs at each value, as deep as log f and as wide as it has points: their area together is the log-likelihood.
function barsOver(figure, plot) {
	const { config: { X } } = figure;
	const logs = logsOf(figure);
	const counts = new Map();
	X.forEach(([x], i) => counts.set(x, { count: (counts.get(x)?.count ?? 0) + 1, log: logs[i] }));
	const places = [...counts.keys()].map((x) => plot.toPixels([x, 0])[0]).sort((a, b) => a - b);
	const near = Math.min(24, ...places.slice(1).map((at, i) => at - places[i]));
	const unit = Math.max(0.7, near - 1) / Math.max(...[...counts.values()].map(({ count }) => count));
	return each(counts, ([x, { count, log }]) => {
		const [at, y] = plot.toPixels([x, log]);
		const [, zero] = plot.toPixels([x, 0]);
		const [width, height] = [unit * count, Math.abs(y - zero)];
		return `<rect class="gmm-log" x="${at - width / 2}" y="${Math.min(y, zero)}" width="${width}" height="${height}"/>`;
	}) + `<path class="gmm-zero" d="M${plot.box.left} ${plot.toPixels([0, 0])[1]}h${plot.box.width}"/>`;
}

// The surface stays: weights and widths are held, and the map is drawn once for a size and a theme.
function mapOver(figure, { box, extent: [[low, high]], toPixels }) {
	const { config: { X }, state, root } = figure;
	const at = range(MAP).map((q) => low + ((high - low) * q) / (MAP - 1));
	figure.heights ??= at.map((value) => profileRow(X, state, [["mean", 0, 0], ["mean", 1, 0]], value, at));
	const colour = colourOf(root, "act");
	const mapKey = [box.width, box.height, colour].join();
	if (figure.mapKey !== mapKey) Object.assign(figure, { mapKey, map: heightMap(box, figure.heights, colour) });
	return `${figure.map}<path class="gmm-equal" d="M${toPixels([low, low])}L${toPixels([high, high])}"/>`;
}

function overMean({ config: { X }, state }) {
	const [[low, high]] = rangesOf(X);
	const at = range(121).map((q) => low + ((high - low) * q) / 120);
	return profile(X, { ...state, responsibilities: null }, ["mean", 0, 0], at);
}

function heightsOverMean(figure) {
	const heights = (figure.curve ??= overMean(figure)).map(({ logLikelihood }) => logLikelihood);
	const [low, high] = [Math.min(...heights), Math.max(...heights)];
	const air = (high - low) / 12 || 1;
	return [low - air, high + air];
}

function curveOver({ curve }, { toPixels }) {
	const places = curve.map(({ value, logLikelihood }) => toPixels([value, logLikelihood]));
	return `<g class="gmm-value"><polyline points="${places.join(" ")}"/></g>`;
}
