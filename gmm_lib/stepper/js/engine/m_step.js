// The M-step: (12), (13) and (14), right or as the article prints them.

// (13): Σ_i w_i (x_i − centre) / N.
function weightedMean(X, w, N, centre = X[0].map(() => 0)) {
	const sums = centre.map(() => 0);
	for (let i = 0; i < X.length; i++) {
		for (let r = 0; r < sums.length; r++) sums[r] += w[i] * (X[i][r] - centre[r]);
	}
	return sums.map((sum) => sum / N);
}

// (14): Σ_i w_i (x_i − μ)(x_i − μ)ᵀ / N, and the variance floor.
function weightedCovariance(X, w, N, mean, floor) {
	const S = mean.map(() => mean.map(() => 0));
	const residual = [];
	for (let i = 0; i < X.length; i++) {
		for (let r = 0; r < mean.length; r++) {
			residual[r] = X[i][r] - mean[r];
			for (let c = 0; c <= r; c++) S[r][c] += w[i] * residual[r] * residual[c];
		}
	}
	return S.map((row, r) => row.map((_, c) => S[Math.max(r, c)][Math.min(r, c)] / N + (r === c ? floor : 0)));
}

// (13) and (14) of every component, with the effective counts N_j. Each point counts by its sample weight, if there are
// any; of missing values the parameters `before` know what to expect.
function moments(X, responsibilities, { floor, printed = [], sampleWeight: v }, before) {
	const columns = responsibilities[0].map((_, j) => responsibilities.map((row, i) => row[j] * (v?.[i] ?? 1)));
	const lacking = before && isLacking(X);
	const points = columns.map((_, j) => (lacking ? filled(X, before.means[j], before.covariances[j], j) : X));
	const counts = columns.map(total);
	const asPrinted = printed.includes("13");
	const divisors = counts.map((N) => (asPrinted ? X.length : N));
	const means = columns.map((w, j) => {
		const mean = weightedMean(points[j], w, divisors[j]);
		if (asPrinted) return mean;
		// What a long sum rounds off is averaged in its turn, lest (14) take the error for a variance.
		const leftOver = weightedMean(points[j], w, divisors[j], mean);
		return mean.map((v, r) => v + leftOver[r]);
	});
	const covariances = columns.map((w, j) => {
		const S = weightedCovariance(points[j], w, divisors[j], means[j], floor);
		if (lacking) addOpen(S, X, w, divisors[j], before, j);
		return S;
	});
	return { counts, means, covariances, points };
}

// `printed` lists the formulas to be taken as the article prints them, "13" for (13) and (14).
function mStep(X, responsibilities, settings, before) {
	const { counts, means, covariances } = moments(X, responsibilities, settings, before);
	const smallest = counts.indexOf(Math.min(...counts));
	if (!(counts[smallest] > 0)) throw collapse(smallest, "no point leans on it");
	const weights = counts.map((N) => (settings.printed?.includes("12") ? N : N / total(counts)));
	const { type, held } = settings;
	return factorised(weights, means, held ? heldAt(held, means) : constrained(covariances, counts, type));
}
