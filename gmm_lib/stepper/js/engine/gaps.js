// Points of which values may be missing (NaN), as in gmm_lib.missing: the density of a row is that of what was seen of
// it, and the M-step takes each row as each component fills it, with the covariance that it leaves open.

const hasGap = (x) => x.some(Number.isNaN);

// The rows that lack the same values, pattern by pattern: which rows, their seen and unseen columns, and what was seen.
const PATTERNS = new WeakMap();
function patternsOf(X) {
	if (PATTERNS.has(X)) return PATTERNS.get(X);
	const found = {};
	X.forEach((x, i) => {
		const gaps = x.map(Number.isNaN);
		const columns = (gap) => range(x.length).filter((r) => gaps[r] === gap);
		const pattern = (found[gaps] ??= { rows: [], seen: columns(false), unseen: columns(true), points: [] });
		pattern.rows.push(i);
		pattern.points.push(pattern.seen.map((r) => x[r]));
	});
	const patterns = Object.values(found);
	PATTERNS.set(X, patterns);
	return patterns;
}

const isLacking = (X) => patternsOf(X).some(({ unseen }) => unseen.length > 0);

// A Gaussian as the rows of a pattern see it, its factor with the seen columns first: the upper rows are those of the
// marginal, the lower ones say how the unseen columns follow from the seen, and at their end what that leaves `open`.
function seenBy({ seen, unseen }, mean, S, j) {
	const [order, q] = [[...seen, ...unseen], seen.length];
	const L = cholesky(order.map((r) => order.map((c) => S[r][c])), j);
	const open = L.slice(q).map((row) => row.slice(q));
	return { own: seen.map((r) => mean[r]), L, constant: logConstant(L.slice(0, q)), open };
}

// log f of what was seen of each row, f being the Gaussian of component j.
function logDensities(X, mean, S, j) {
	const column = [];
	for (const pattern of patternsOf(X)) {
		const { own, L, constant } = seenBy(pattern, mean, S, j);
		pattern.points.forEach((x, l) => (column[pattern.rows[l]] = logDensity(x, own, L, constant)));
	}
	return column;
}

// Each row with its missing values as the component expects them.
function filled(X, mean, S, j) {
	const whole = [...X];
	for (const pattern of patternsOf(X)) {
		const { seen, unseen, rows, points } = pattern;
		const { own, L } = seenBy(pattern, mean, S, j);
		if (unseen.length) points.forEach((x, l) => {
			const z = standardised(x, own, L);
			const row = (whole[rows[l]] = [...X[rows[l]]]);
			unseen.forEach((r, u) => (row[r] = mean[r] + total(z.map((v, c) => v * L[seen.length + u][c]))));
		});
	}
	return whole;
}

// What the component leaves open, averaged over the rows with weights w / N, is added to S.
function addOpen(S, X, w, N, before, j) {
	for (const pattern of patternsOf(X)) {
		const { open } = seenBy(pattern, before.means[j], before.covariances[j], j);
		const share = total(pattern.rows.map((i) => w[i])) / N;
		const C = (a, b) => total(open[a].map((v, c) => v * (open[b][c] ?? 0)));
		pattern.unseen.forEach((r, a) => pattern.unseen.forEach((c, b) => (S[r][c] += share * C(a, b))));
	}
}

// For the lower bound where values are missing: the expected log-density of the rows that parameters `before` fill,
// with the entropy of what they leave open. At those parameters themselves it is the log-density of what was seen.
function expectedLogDensities(X, before, mean, S, j) {
	const { means: { [j]: oldMean }, covariances: { [j]: oldS } } = before;
	const column = logDensities(filled(X, oldMean, oldS, j), mean, S, j);
	for (const pattern of patternsOf(X)) {
		const [{ open }, { open: now }] = [[oldMean, oldS], [mean, S]].map((one) => seenBy(pattern, ...one, j));
		const zero = open.map(() => 0);
		const far = (_, c) => squaredDistance(standardised(open.map((row) => row[c] ?? 0), zero, now), zero);
		const entropy = total(open.map((row, u) => Math.log(row[u]))) + (open.length / 2) * (1 + Math.log(2 * Math.PI));
		for (const i of pattern.rows) column[i] += entropy - total(open.map(far)) / 2;
	}
	return column;
}
