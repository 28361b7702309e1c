// What a type of covariance makes of (14), as in gmm_lib.covariance_types.

const diagonal = (list) => list.map((v, r) => list.map((_, c) => (r === c ? v : 0)));

function constrained(covariances, counts, type) {
	const variances = covariances.map((S) => S.map((row, r) => row[r]));
	if (type === "diag") return variances.map(diagonal);
	if (type === "spherical") return variances.map((list) => diagonal(list.map(() => total(list) / list.length)));
	if (type !== "tied") return covariances;
	const n = total(counts);
	const pool = (r, c) => total(covariances.map((S, j) => (counts[j] / n) * S[r][c]));
	const pooled = covariances[0].map((row, r) => row.map((_, c) => pool(r, c)));
	return covariances.map(() => pooled);
}

// One spherical variance for all, held where it is and not learned: the smaller, the nearer is EM to k-means.
const heldAt = (variance, means) => means.map((mean) => diagonal(mean.map(() => variance)));

// Up to rounding, as a start that was given must be.
function isOfType(covariances, type) {
	const exact = constrained(covariances, covariances.map(() => 1), type);
	const near = (S, j, r, c) => Math.abs(exact[j][r][c] - S[r][c]) <= 1e-8 * Math.sqrt(S[r][r] * S[c][c]);
	return covariances.every((S, j) => S.every((row, r) => row.every((_, c) => near(S, j, r, c))));
}

// How many numbers a mixture of k components in m dimensions has to choose freely.
function freeParameters(k, m, { type, held }) {
	const one = (m * (m + 1)) / 2;
	if (held) return k * (1 + m) - 1;
	return k * (1 + m) - 1 + { full: k * one, tied: one, diag: k * m, spherical: k }[type];
}
