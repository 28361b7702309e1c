// One Gaussian in the plane: its mean and its two half-axes are dragged, and a point x, whose density is (7).

FIGURES.gaussian = {
	buttons: ({ named }) => named.map(([name], i) => [`at${i}`, `x at ${name}`, name.toLowerCase()]),

	// The half-axes at one deviation: eigenvectors, as long as the roots of the eigenvalues.
	begin: ({ mean, covariance, named, X }) => ({ mean, axes: halfAxes(covariance), x: named[0]?.[1] ?? X[0] }),

	columns({ config: { X, features, mean }, narrow }) {
		return [[{ extent: rangesOf([...X, mean]), names: features, high: narrow ? 1 : 0.72, equal: true }]];
	},

	handles({ state: { mean, axes: arms, x } }) {
		const end = (arm) => mean.map((v, r) => v + arm[r]);
		return [
			{ plot: 0, at: mean, j: 0, name: "Mean" },
			{ plot: 0, at: end(arms[0]), j: 1, name: "End of the first half-axis" },
			{ plot: 0, at: end(arms[1]), j: 1, name: "End of the second half-axis" },
			{ plot: 0, at: x, j: 2, name: "Point x" },
		];
	},

	move({ state, plots: [{ extent }] }, i, where) {
		const { mean, axes: arms } = state;
		if (i === 0) return { ...state, mean: where };
		if (i === 3) return { ...state, x: where };
		// One end turns both half-axes, which stay at right angles, and sets its own length.
		const arm = where.map((v, r) => v - mean[r]);
		const long = Math.hypot(...arm);
		const least = (extent[0][1] - extent[0][0]) / 100;
		if (long < least) return state; // a hill without width is none
		const other = Math.hypot(...arms[2 - i]);
		const turned = i === 1 ? [-arm[1], arm[0]] : [arm[1], -arm[0]];
		const across = turned.map((v) => (v * other) / long);
		return { ...state, axes: i === 1 ? [arm, across] : [across, arm] };
	},

	act: ({ state, config: { named } }, name) => ({ ...state, x: named[+name.slice(2)][1] }),

	content(figure) {
		const { config: { X, named }, state, plots: [plot], root } = figure;
		const { mean, x } = state;
		const S = covarianceOf(state);
		const L = cholesky(S, 0);
		const nodes = onGrid(plot, (place) => Math.exp(logDensity(place, mean, L, 0)));
		const shades = shaded(nodes.map(([, , density]) => 0.6 * density), ROW, colourOf(root, "c0"));
		const spots = each(X, (point) => marker(0, ...plot.toPixels(point), 3));
		const name = ([word, at]) => {
			const [px, py] = plot.toPixels(at);
			const mark = `<circle class="gmm-named" cx="${px}" cy="${py}" r="6"/>`;
			return `${mark}<text x="${px + 15}" y="${py - 9}">${escaped(word)}</text>`;
		};
		const [from, to] = [plot.toPixels(mean), plot.toPixels(x)];
		const ruler = Math.hypot(to[0] - from[0], to[1] - from[1]);
		const arms = each(state.axes, (arm) => `M${from}L${plot.toPixels(mean.map((v, r) => v + arm[r]))}`);
		return [
			shadesAsSVG(shades, plot.box),
			`<path class="gmm-spot gmm-grey" d="${spots}"/>`,
			...[1, 2].map((deviations) => shapeOf(plot, mean, S, deviations, "gmm-ring")),
			shapeOf(plot, mean, S, distanceOf(state), "gmm-through"),
			`<circle class="gmm-ruler" cx="${from[0]}" cy="${from[1]}" r="${ruler}"/>`,
			`<path class="gmm-arms" d="${arms}"/>`, each(named, name),
		].join("");
	},

	words(figure) {
		const { mean, x } = figure.state;
		const [ruler, d] = [Math.sqrt(squaredDistance(x, mean)), distanceOf(figure.state)];
		return `x lies ${written(ruler, 3)} from the mean by the ruler (grey circle), and ${
			written(d, 3)} by the Mahalanobis distance (dashed ellipse).`;
	},

	// (7) by (5.4), with the numbers put in.
	numbers({ state }) {
		const S = covarianceOf(state);
		const L = cholesky(S, 0);
		const z = solved(state, L);
		const squared = total(z.map((v) => v * v));
		const half = written(squared / 2);
		const value = logDensity(state.x, state.mean, L);
		const logs = L.map((row, r) => Math.log(row[r]));
		const line = (text) => `<div class="gmm-formula">${text}</div>`;
		const boxed = (rows) => `<span class="gmm-matrix">${matrix(rows)}</span>`;
		const column = (list) => boxed(list.map((v) => [+v.toPrecision(3)]));
		const triangle = L.map((row, r) => S.map((_, c) => (c > r ? 0 : row[c])));
		const signed = (v) => (v < 0 ? `(${written(v, 3)})` : written(v, 3));
		const squares = z.map((v) => `${signed(v)}²`).join(" + ");
		const volume = `√((2π)²·${written(Math.exp(2 * total(logs)), 3)})`;
		return [
			line(`μ = ${column(state.mean)}, Σ = ${boxed(S)} = L Lᵀ, L = ${boxed(triangle)}`),
			line(`z = L⁻¹(x − μ) = ${column(z)}, d² = zᵀz = ${squares} = <b>${written(squared)}</b>`),
			line(`log f(x) = −½·2·log 2π − ½ d² − Σ log L<sub>aa</sub>
				= −1.838 − ${half} − (${logs.map(signed).join(" + ")}) = <b>${written(value)}</b>`),
			line(`f(x) = <span class="gmm-fraction"><span>1</span><span>${volume}</span></span>
				e<sup>−${half}</sup> = <b>${written(Math.exp(value))}</b>`),
		].join("");
	},
};

function halfAxes([[xx, xy], [, yy]]) {
	const [middle, half] = [(xx + yy) / 2, Math.hypot((xx - yy) / 2, xy)];
	const angle = Math.atan2(2 * xy, xx - yy) / 2;
	const [long, short] = [middle + half, middle - half].map((variance) => Math.sqrt(Math.max(variance, 0)));
	return [[long * Math.cos(angle), long * Math.sin(angle)], [-short * Math.sin(angle), short * Math.cos(angle)]];
}

const covarianceOf = ({ axes: [a, b] }) => range(2).map((r) => range(2).map((c) => a[r] * a[c] + b[r] * b[c]));

// z with L z = x − μ, row by row.
function solved({ mean, x }, L) {
	const z = [];
	for (const r of range(x.length)) z[r] = (x[r] - mean[r] - total(z.map((v, c) => L[r][c] * v))) / L[r][r];
	return z;
}

const distanceOf = (state) => Math.hypot(...solved(state, cholesky(covarianceOf(state), 0)));
