// One Gaussian: the Cholesky factor of its covariance, and its log-density (7).

// L, lower triangular, with L Lᵀ = covariance; `j` says whose it is.
function cholesky(covariance, j) {
	const L = [];
	covariance.forEach((row, r) => {
		L[r] = [];
		for (let c = 0; c <= r; c++) {
			let rest = row[c];
			for (let q = 0; q < c; q++) rest -= L[r][q] * L[c][q];
			L[r][c] = r === c ? Math.sqrt(rest) : rest / L[c][c];
		}
		// Rounding leaves pivots of about m ε, relative to the variance, for zeros.
		const sound = L[r][r] ** 2 > 8 * covariance.length * Number.EPSILON * row[r] && L[r][r] < Infinity;
		if (!sound) throw collapse(j, "its covariance is singular");
	});
	return L;
}

// Parameters with their Cholesky factors, which prove the covariances positive definite.
function factorised(weights, means, covariances) {
	return { weights, means, covariances, factors: covariances.map(cholesky) };
}

// The part of log (7) that is the same for all points, and log (7), by forward substitution.
const logConstant = (L) => -0.5 * L.length * Math.log(2 * Math.PI) - total(L.map((row, r) => Math.log(row[r])));

// L⁻¹ (x − mean).
function standardised(x, mean, L) {
	const z = [];
	for (let r = 0; r < x.length; r++) {
		let rest = x[r] - mean[r];
		for (let c = 0; c < r; c++) rest -= L[r][c] * z[c];
		z[r] = rest / L[r][r];
	}
	return z;
}

function logDensity(x, mean, L, constant = logConstant(L)) {
	let value = constant;
	for (const v of standardised(x, mean, L)) value -= (v * v) / 2;
	return Number.isNaN(value) ? -Infinity : value; // of finite numbers only overflow makes a NaN
}
