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

function logSum(list) {
	const largest = Math.max(-Infinity, ...list);
	return largest > -Infinity ? largest + Math.log(total(list.map((v) => Math.exp(v - largest)))) : largest;
}
