// k-means by half-steps, as gmm_lib.initialization.lloyd: frames like those of EM, with minus the sum of squared
// distances in the place of the log-likelihood. Each point counts by its sample weight, if there are any.

class KMeans {
	constructor(X, means, sampleWeight) {
		const units = means.map((_, j) => means.map((_, l) => +(l === j))); // responsibilities of 0 and 1
		Object.assign(this, { X, units, v: sampleWeight ?? X.map(() => 1), frames: [], ended: null });
		this.arrive("start", 0, means, null);
	}

	arrive(phase, iteration, means, responsibilities) {
		const distances = this.X.map((x) => means.map((mean) => -squaredDistance(x, mean)));
		this.own = distances.map(argmax);
		const none = means[0].map(() => means[0].map(() => 0));
		const weights = means.map((_, j) => total(this.v.filter((_, i) => this.own[i] === j)) / total(this.v));
		const logLikelihood = total(this.own.map((j, i) => this.v[i] * distances[i][j]));
		const covariances = means.map(() => none);
		const state = { weights, means, covariances, logLikelihood };
		this.frames.push({ ...state, phase, iteration, responsibilities, lowerBound: null });
	}

	halfStep() {
		const last = this.frames.at(-1);
		if (last.phase !== "E") return this.frames.push({ ...last, ...this.assigned(), iteration: last.iteration + 1 });
		this.arrive("M", last.iteration, this.averages(last.means), last.responsibilities);
		if (this.frames.at(-1).logLikelihood === last.logLikelihood) this.ended = { why: "converged" };
		else if (last.iteration >= MOST_ITERATIONS) this.ended = { why: "limit" };
	}

	assigned() {
		return { phase: "E", responsibilities: this.own.map((j) => this.units[j]) };
	}

	// The mean of each group. A mean left without points that count moves to the farthest of those that do.
	averages(means) {
		const { X, own, v } = this;
		const counts = means.map((_, j) => total(v.filter((_, i) => own[i] === j)));
		const moved = means.map((_, j) => weightedMean(X, v.map((one, i) => (own[i] === j ? one : 0)), counts[j] || 1));
		const empty = range(means.length).filter((j) => !counts[j]);
		const lonely = (i) => (v[i] > 0 ? squaredDistance(X[i], moved[own[i]]) : -1);
		const farthest = empty.length ? range(X.length).sort((a, b) => lonely(b) - lonely(a)) : [];
		empty.forEach((j, e) => (moved[j] = X[farthest[e]]));
		return moved;
	}

	extendTo(step) {
		while (!this.ended && this.frames.length <= step) this.halfStep();
	}
}
