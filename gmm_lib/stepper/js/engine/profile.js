// The log-likelihood over one parameter of a frame while all others stay, and the lower bound at its responsibilities.

// `along` is ["mean", j, r], ["weight", j], whose other weights keep their proportions, or ["spread", j], a factor of
// the standard deviations.
function profile(X, { weights, means, covariances, responsibilities: w, lowerBound }, [kind, j, r], at) {
	const factors = covariances.map(cholesky);
	const logJoint = (phi, mean, L) => {
		const constant = logConstant(L) + Math.log(phi);
		return X.map((x) => logDensity(x, mean, L, constant));
	};
	const all = means.map((mean, l) => logJoint(weights[l], mean, factors[l]));
	const rest = X.map((_, i) => logSum(all.filter((_, l) => l !== j).map((column) => column[i])));
	const sum = total(weights);
	return at.map((value) => {
		const phi = kind === "weight" ? value : weights[j];
		const mean = kind === "mean" ? means[j].map((v, c) => (c === r ? value : v)) : means[j];
		const L = kind === "spread" ? factors[j].map((row) => row.map((v) => v * value)) : factors[j];
		const shift = kind === "weight" ? Math.log((sum - value) / (sum - weights[j])) : 0;
		const own = logJoint(phi, mean, L);
		let [logLikelihood, bound] = [0, w ? lowerBound : NaN];
		own.forEach((v, i) => {
			logLikelihood += logSum([v, rest[i] + shift]);
			if (w?.[i][j] > 0) bound += w[i][j] * (v - all[j][i]);
			if (w?.[i][j] < 1) bound += (1 - w[i][j]) * shift;
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
function profileRow(X, frame, [first, second], value, at) {
	const row = profile(X, withValue(frame, second, value), first, at);
	return row.map(({ logLikelihood }) => logLikelihood);
}

function logSum(list) {
	const largest = Math.max(-Infinity, ...list);
	return largest > -Infinity ? largest + Math.log(total(list.map((v) => Math.exp(v - largest)))) : largest;
}
