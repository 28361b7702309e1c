// A trace: the list of frames of one run, one for each half-step, as in gmm_lib.em.

// Frames as far as asked for; `ended` says why there are no more.
class Trace {
	constructor(X, settings) {
		const { floor = 0, printed = [], held = 0 } = settings;
		const type = held ? "spherical" : settings.type ?? DEFAULTS.type;
		Object.assign(this, { X, floor, printed, type, held, frames: [], ended: null });
		this.attempt(() => this.begin({ ...settings, floor, type }));
	}

	begin(settings) {
		const [{ X }, { k, parameters }] = [this, settings];
		const bad = X.findIndex((x) => !x.every(isUsable));
		if (bad >= 0) throw refusal(`point ${bad + 1} is (${X[bad].join(", ")}): data must be finite numbers below 10¹⁵⁰`);
		if (X.length < k) throw refusal(`k = ${k} components need at least ${k} points, and there are ${X.length}`);
		const { weights, means, covariances } = parameters ?? firstParameters(X, settings);
		const { held, type } = this;
		if (!held && !isOfType(covariances, type)) throw refusal(`the covariances of the start are not of type ${type}`);
		this.arrive("start", 0, factorised(weights, means, held ? heldAt(held, means) : covariances), null);
	}

	// At new parameters. Their log-joint serves the log-likelihood, the bound and the next E-step.
	arrive(phase, iteration, { factors, ...parameters }, responsibilities) {
		const constants = factors.map(logConstant);
		const densities = (x) => parameters.means.map((mean, j) => logDensity(x, mean, factors[j], constants[j]));
		this.logDensities = this.X.map(densities);
		const logWeights = parameters.weights.map(Math.log);
		this.logJoint = this.logDensities.map((row) => row.map((v, j) => v + logWeights[j]));
		this.next = normalize(this.logJoint);
		this.push({ ...parameters, phase, iteration, logLikelihood: this.next.logLikelihood }, responsibilities);
	}

	push(frame, responsibilities) {
		const bound = responsibilities && lowerBound(this.logJoint, responsibilities);
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
		const { responsibilities } = lacksPhi ? normalize(this.logDensities) : this.next;
		this.push({ ...last, phase: "E", iteration: last.iteration + 1 }, responsibilities);
	}

	m({ iteration, responsibilities, logLikelihood }) {
		this.arrive("M", iteration, mStep(this.X, responsibilities, this), responsibilities);
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
