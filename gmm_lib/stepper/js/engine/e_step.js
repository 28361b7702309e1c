// The E-step, (10) and (11), and what goes with it: the log-likelihood (6) and its lower bound.

// Responsibilities and log-likelihood from the log-joint, rows of log φ_j f_j(x_i).
function normalize(logJoint) {
	let logLikelihood = 0;
	const responsibilities = logJoint.map((row) => {
		const largest = Math.max(...row); // each row's own: a point far out still has a nearest component
		const scaled = row.map((v) => Math.exp(v - largest));
		const sum = total(scaled);
		logLikelihood += largest > -Infinity ? largest + Math.log(sum) : largest;
		return scaled.map((v) => v / sum);
	});
	return { responsibilities, logLikelihood };
}

// The evidence lower bound, Σ w (log φ f − log w), with 0 log 0 = 0.
function lowerBound(logJoint, w) {
	const term = (v, share) => (share > 0 ? share * (v - Math.log(share)) : 0);
	return total(logJoint.map((row, i) => total(row.map((v, j) => term(v, w[i][j])))));
}
