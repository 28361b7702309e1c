// The E-step, (10) and (11), and what goes with it: the log-likelihood (6) and its lower bound.

// Responsibilities and log-likelihood from the log-joint, rows of log φ_j f_j(x_i). Each point counts by its sample
// weight `v`, if there are any.
function normalize(logJoint, v) {
	let logLikelihood = 0;
	const responsibilities = logJoint.map((row, i) => {
		const largest = Math.max(...row); // each row's own: a point far out still has a nearest component
		const scaled = row.map((v) => Math.exp(v - largest));
		const sum = total(scaled);
		if (v?.[i] !== 0) logLikelihood += (v?.[i] ?? 1) * (largest > -Infinity ? largest + Math.log(sum) : largest);
		return scaled.map((v) => v / sum);
	});
	return { responsibilities, logLikelihood };
}

// The evidence lower bound, Σ w (log φ f − log w), with 0 log 0 = 0; a point that counts 0 has no say.
function lowerBound(logJoint, w, v) {
	let bound = 0;
	for (let i = 0; i < w.length; i++) {
		let row = 0;
		for (let j = 0; j < w[i].length; j++) if (w[i][j] > 0) row += w[i][j] * (logJoint[i][j] - Math.log(w[i][j]));
		if (v?.[i] !== 0) bound += (v?.[i] ?? 1) * row;
	}
	return bound;
}
