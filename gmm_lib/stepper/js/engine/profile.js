// The log-likelihood over one parameter of a frame while all others stay, and the lower bound at its responsibilities.

// `along` is ["mean", j, r], ["weight", j], whose other weights keep their proportions, or ["spread", j], a factor of
// the standard deviations. `source` are the parameters of the E-step, which say what to expect of missing values.
function profile(X, frame, along, at, { source = frame, sampleWeight: v } = {}) {
	const { weights, means, covariances, responsibilities: w, lowerBound } = frame;
	const [kind, j] = along;
	const plus = (column, phi) => column.map((density) => density + Math.log(phi));
	const all = means.map((mean, l) => plus(logDensities(X, mean, covariances[l], l), weights[l]));
	const rest = X.map((_, i) => logSum(all.filter((_, l) => l !== j).map((column) => column[i])));
	const bounded = w && isLacking(X) && ((phi, mean, S) => plus(expectedLogDensities(X, source, mean, S, j), phi));
	const now = bounded ? bounded(weights[j], means[j], covariances[j]) : all[j];
	const sum = total(weights);
	return at.map((value) => {
		const changed = withValue(frame, along, value);
		const [phi, mean, S] = [changed.weights[j], changed.means[j], changed.covariances[j]];
		const shift = kind === "weight" ? Math.log((sum - value) / (sum - weights[j])) : 0;
		const own = plus(logDensities(X, mean, S, j), phi);
		const then = bounded ? bounded(phi, mean, S) : own;
		let [logLikelihood, bound] = [0, w ? lowerBound : NaN];
		own.forEach((density, i) => {
			const counted = v?.[i] ?? 1;
			if (counted) logLikelihood += counted * logSum([density, rest[i] + shift]);
			if (w?.[i][j] > 0) bound += counted * w[i][j] * (then[i] - now[i]);
			if (w?.[i][j] < 1) bound += counted * (1 - w[i][j]) * shift;
		});
		return { value, logLikelihood, bound };
	});
}

// The parameters with one of them at another value, as above.
function withValue({ weights, means, covariances }, [kind, j, r], value) {
	const own = (list, change) => list.map((one, l) => (l === j ? change(one) : one));
	if (kind === "mean") means = own(means, (mean) => mean.map((v, c) => (c === r ? value : v)));
	if (kind === "spread") covariances = own(covariances, (S) => S.map((row) => row.map((v) => v * value * value)));
	if (kind === "weight") {
		const shrunk = (total(weights) - value) / (total(weights) - weights[j]);
		weights = weights.map((phi, l) => (l === j ? value : phi * shrunk));
	}
	return { weights, means, covariances };
}

// The log-likelihood over two parameters: a row of a map, where the second has this value, over values of the first.
function profileRow(X, frame, [first, second], value, at, more) {
	const row = profile(X, { ...withValue(frame, second, value), responsibilities: null }, first, at, more);
	return row.map(({ logLikelihood }) => logLikelihood);
}

function logSum(list) {
	const largest = Math.max(-Infinity, ...list);
	return largest > -Infinity ? largest + Math.log(total(list.map((v) => Math.exp(v - largest)))) : largest;
}
