// A trace: the list of frames of one run, one for each half-step, as in gmm_lib.em.

function checkPoints(X, k) {
	const bad = X.findIndex((x) => !x.every((v) => Number.isNaN(v) || isUsable(v)));
	if (bad >= 0) throw refusal(`point ${bad + 1} is (${X[bad].join(", ")}): data must be finite numbers below 10¹⁵⁰`);
	if (X.length < k) throw refusal(`k = ${k} components need at least ${k} points, and there are ${X.length}`);
	const empty = X[0].findIndex((_, r) => X.every((x) => Number.isNaN(x[r])));
	if (empty >= 0) throw refusal(`column ${empty + 1} has no value`);
}

// Frames as far as asked for; `ended` says why there are no more.
class Trace {
	constructor(X, settings) {
		const { floor = 0, printed = [], held = 0, sampleWeight } = settings;
		const type = held ? "spherical" : settings.type ?? DEFAULTS.type;
		Object.assign(this, { X, floor, printed, type, held, sampleWeight, frames: [], ended: null });
		this.attempt(() => this.begin({ ...settings, floor, type }));
	}

	begin(settings) {
		const { X, held, type, printed, sampleWeight } = this;
		checkPoints(X, settings.k);
		if (printed.length && (sampleWeight || isLacking(X))) {
			throw refusal("formulas as printed take complete points of equal weight");
		}
		const { weights, means, covariances } = settings.parameters ?? firstParameters(X, settings);
		if (!held && !isOfType(covariances, type)) throw refusal(`the covariances of the start are not of type ${type}`);
		this.arrive("start", 0, factorised(weights, means, held ? heldAt(held, means) : covariances), null);
	}

	// At new parameters. Their log-joint serves the log-likelihood, the bound and the next E-step. Where values are
	// missing, the bound is at what the parameters `before` expect of them.
	arrive(phase, iteration, { factors, ...parameters }, responsibilities, before) {
		const { X, sampleWeight } = this;
		const { weights, means, covariances } = parameters;
		const rows = (density) => {
			const columns = means.map((mean, j) => density(mean, covariances[j], j));
			return X.map((_, i) => columns.map((column) => column[i]));
		};
		const joint = (densities) => densities.map((row) => row.map((v, j) => v + logWeights[j]));
		const logWeights = weights.map(Math.log);
		this.logDensities = rows((...one) => logDensities(X, ...one));
		this.logJoint = joint(this.logDensities);
		this.next = normalize(this.logJoint, sampleWeight);
		const expected = before && isLacking(X) && joint(rows((...one) => expectedLogDensities(X, before, ...one)));
		this.push({ ...parameters, phase, iteration, logLikelihood: this.next.logLikelihood }, responsibilities, expected);
	}

	push(frame, responsibilities, expected) {
		const bound = responsibilities && lowerBound(expected || this.logJoint, responsibilities, this.sampleWeight);
		this.frames.push({ ...frame, responsibilities, lowerBound: bound });
	}

	halfStep() {
		const last = this.frames.at(-1);
		if (last.phase === "E") this.m(last);
		else this.e(last);
	}

	e(last) {
		const hopeless = "a point lies so far out that no component can have produced it";
		if (last.logLikelihood === -Infinity) throw refusal(hopeless);
		const lacksPhi = this.printed.includes("11"); // as the article prints it
		const { responsibilities } = lacksPhi ? normalize(this.logDensities, this.sampleWeight) : this.next;
		this.push({ ...last, phase: "E", iteration: last.iteration + 1 }, responsibilities);
	}

	m(last) {
		const { iteration, responsibilities, logLikelihood } = last;
		this.arrive("M", iteration, mStep(this.X, responsibilities, this, last), responsibilities, last);
		const change = Math.abs(this.frames.at(-1).logLikelihood - logLikelihood);
		if (change < TOLERANCE) this.ended = { why: "converged" };
		else if (iteration >= MOST_ITERATIONS) this.ended = { why: "limit" };
	}

	attempt(work) {
		try {
			work();
		} catch (error) {
			if (!error.refused) throw error;
			const { component, message: text } = error;
			this.ended = { why: component === undefined ? "refused" : "collapse", text, component };
		}
	}

	extendTo(step) {
		while (!this.ended && this.frames.length <= step) this.attempt(() => this.halfStep());
	}
}

// A trace as it is stored or sent: responsibilities only where they are new.
function readTrace({ frames, ...more }) {
	let w = null;
	const whole = (frame) => ({ ...frame, responsibilities: (w = frame.responsibilities ?? w) });
	return { ...more, frames: frames.map(whole) };
}
