// k-means by hand: centres to be dragged, the borders halfway between them, and what they cost.

FIGURES.k_means = {
	buttons: ({ labels }) => [
		["round", "One round", "r"], ["end", "Until nothing changes", "e"], ["seed", "Other centres", "n"],
		...(labels ? [["onClouds", "A centre on each cloud", "c"], ["truth?", "True clouds", "t"]] : []),
	],

	begin: ({ centres }) => ({ means: centres, seed: 0, truth: false, lowest: Infinity }),

	columns({ config: { X, features }, narrow }) {
		return [[{ extent: rangesOf(X), names: features, high: narrow ? 0.8 : 0.5, equal: true }]];
	},

	handles: ({ state: { means } }) => means.map((at, j) => ({ plot: 0, at, j, name: `Centre ${j + 1}` })),

	move: (figure, i, where) => withMeans(figure, figure.state.means.map((mean, j) => (j === i ? where : mean))),

	act(figure, name) {
		const { config: { X }, state } = figure;
		if (name === "truth?") return { ...state, truth: !state.truth };
		if (name === "onClouds") return withMeans(figure, cloudsOf(figure).means);
		if (name === "seed") {
			const seed = state.seed + 1;
			return withMeans(figure, distinctPoints(X, state.means.length, randomState(seed)), { seed });
		}
		const run = new KMeans(X, state.means);
		run.extendTo(name === "round" ? 2 : Infinity);
		return withMeans(figure, run.frames.at(-1).means);
	},

	content(figure) {
		const { config: { X }, state, plots: [plot] } = figure;
		const { own } = new KMeans(X, state.means);
		const coloured = (kind, j, path) => `<path class="gmm-${kind}" style="--c:var(--c${j})" d="${path}"/>`;
		const areas = state.means.map((_, j) => coloured("area", j, areaOf(plot, state.means, j)));
		const size = X.length > 300 ? 3 : 4;
		const spots = state.means.map((_, j) => {
			const path = each(X, (x, i) => (own[i] === j ? marker(j, ...plot.toPixels(x), size) : ""));
			return coloured("spot", j, path);
		});
		const clouds = state.truth ? cloudsOf(figure) : { means: [] };
		const cloud = (mean, j) => shapeOf(plot, mean, clouds.covariances[j], 2, "gmm-cloud");
		return [...areas, ...spots, each(clouds.means, cloud)].join("");
	},

	words({ state: { means }, config: { X } }) {
		const { own } = new KMeans(X, means);
		const sizes = means.map((_, j) => own.filter((one) => one === j).length);
		return `Cost ${costOf(X, means).toFixed(1)}, clusters of ${sizes.join(", ")} points.`;
	},

	numbers(figure) {
		const { config: { X, labels }, state: { means, lowest } } = figure;
		const { own } = new KMeans(X, means);
		const clouds = labels && cloudsOf(figure).means;
		const inClouds = labels && total(X.map((x, i) => squaredDistance(x, clouds[labels[i]])));
		const whole = labels ? `<p>Cost of the true clouds: <b>${inClouds.toFixed(1)}</b>.</p>` : "";
		const parts = means.map((mean, j) => total(X.map((x, i) => (own[i] === j ? squaredDistance(x, mean) : 0))));
		const sum = parts.map((part, j) => `${glyph(j)} ${part.toFixed(1)}`).join(" + ");
		return `<p>Cost = sum of squared distances = ${sum} = <b>${costOf(X, means).toFixed(1)}</b>; lowest seen here
			<b>${Math.min(lowest, costOf(X, means)).toFixed(1)}</b>.</p>${whole}`;
	},
};

const costOf = (X, means) => total(X.map((x) => Math.min(...means.map((mean) => squaredDistance(x, mean)))));

// Other centres; what was lowest before is kept.
function withMeans({ config: { X }, state }, means, more) {
	return { ...state, ...more, means, lowest: Math.min(state.lowest, costOf(X, state.means)) };
}

// The true clouds: one M-step on the labels, once for all.
function cloudsOf(figure) {
	const { X, labels } = figure.config;
	if (!figure.clouds) {
		const all = range(Math.max(...labels) + 1);
		const shares = labels.map((j) => all.map((l) => +(l === j)));
		figure.clouds = mStep(X, shares, { floor: 0 });
	}
	return figure.clouds;
}

// Where centre j is the nearest: the plot, cut along the line halfway to each other centre.
function areaOf({ box, toPixels }, means, j) {
	const here = toPixels(means[j]);
	let corners = [[box.left, box.top], [box.right, box.top], [box.right, box.bottom], [box.left, box.bottom]];
	for (const mean of means) {
		const other = toPixels(mean);
		const ahead = (p) => squaredDistance(p, here) - squaredDistance(p, other); // below 0 on this side
		if (squaredDistance(here, other) > 0) corners = corners.flatMap((p, i) => {
			const q = corners[(i + 1) % corners.length];
			const [a, b] = [ahead(p), ahead(q)];
			const cut = p.map((v, axis) => v + (a / (a - b)) * (q[axis] - v));
			return [...(a <= 0 ? [p] : []), ...(a <= 0 !== b <= 0 ? [cut] : [])];
		});
	}
	return corners.length ? `M${corners.join("L")}Z` : "";
}

// The lowest and the highest value of each column, with air around.
function rangesOf(X) {
	return X[0].map((_, r) => {
		const [low, high] = [Math.min, Math.max].map((end) => end(...X.map((x) => x[r])));
		const margin = MARGINS.around * (high - low) || 1;
		return [low - margin, high + margin];
	});
}

function shapeOf(plot, mean, S, deviations, kind) {
	const attributes = Object.entries(ellipse(plot, plot.toPixels(mean), S, deviations));
	return `<ellipse class="${kind}"${each(attributes, ([name, value]) => ` ${name}="${value}"`)}/>`;
}
