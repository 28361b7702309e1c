// k-means by half-steps, as gmm_lib.initialization.lloyd: frames like those of EM, with minus the sum of squared
// distances in the place of the log-likelihood.

class KMeans {
	constructor(X, means) {
		const units = means.map((_, j) => means.map((_, l) => +(l === j))); // responsibilities of 0 and 1
		Object.assign(this, { X, units, frames: [], ended: null });
		this.arrive("start", 0, means, null);
	}

	arrive(phase, iteration, means, responsibilities) {
		const distances = this.X.map((x) => means.map((mean) => -squaredDistance(x, mean)));
		this.own = distances.map(argmax);
		const none = means[0].map(() => means[0].map(() => 0));
		const weights = means.map((_, j) => this.own.filter((one) => one === j).length / this.X.length);
		const logLikelihood = total(this.own.map((j, i) => distances[i][j]));
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

	// The mean of each group. A mean left without points moves to the farthest.
	averages(means) {
		const { X, own } = this;
		const moved = means.map((mean, j) => {
			const group = X.filter((_, i) => own[i] === j);
			return weightedMean(group, group.map(() => 1), group.length || 1, mean.map(() => 0));
		});
		const empty = range(means.length).filter((j) => !own.includes(j));
		const lonely = (i) => squaredDistance(X[i], moved[own[i]]);
		const farthest = empty.length ? range(X.length).sort((a, b) => lonely(b) - lonely(a)) : [];
		empty.forEach((j, e) => (moved[j] = X[farthest[e]]));
		return moved;
	}

	extendTo(step) {
		while (!this.ended && this.frames.length <= step) this.halfStep();
	}
}
