// What the stepper says: every half-step in a sentence, and what went wrong. The sentences stand in stepper.html.

// A sentence of stepper.html, its {blanks} filled.
function phrase(view, name, values = {}) {
	const all = { shapes: isLine(view) ? "curves" : "ellipses", ...values };
	return view.phrases[name].innerHTML.replace(/{(\w+)}/g, (_, blank) => all[blank]);
}

function tell(view, text) {
	view.ui.words.textContent = text;
	view.ui.alert.hidden = true;
}

function warn(view, text) {
	view.ui.alert.textContent = text;
	view.ui.alert.hidden = false;
}

// What of a link cannot be used, before what the run itself may have said.
function complain(view, wrong) {
	const { alert } = view.ui;
	if (wrong.length) warn(view, [...wrong, ...(alert.hidden ? [] : [alert.textContent])].join("; "));
}

// Nothing may stop the page: what goes wrong is shown in the widget, also later, in what `work` has promised.
const guard = (view, work) => (event) => {
	const confess = (error) => warn(view, error.refused ? error.message : `an error of the stepper: ${error.message}`);
	try {
		work(event)?.catch?.(confess);
	} catch (error) {
		confess(error);
	}
};

function describe(view) {
	const { frame, data, settings } = view;
	const { phase, iteration, weights, logLikelihood } = frame;
	const values = {
		iteration, k: weights.length, n: countOf(data), seed: settings.seed,
		value: nats(logLikelihood), twins: twins(view),
	};
	return { start: describeStart, E: describeE, M: describeM }[phase](view, values);
}

function describeStart(view, values) {
	const rule = view.form.start.selectedOptions[0].text;
	const from = view.parameters ? phrase(view, "byHand") : `${rule}, seed ${view.settings.seed}`;
	const lacking = view.data.X.filter(hasGap).length;
	const gaps = lacking ? phrase(view, "gaps", { ...values, gaps: lacking }) : "";
	return phrase(view, "start", { ...values, from, gaps });
}

function describeE(view, values) {
	const old = frameBefore(view)?.responsibilities;
	const counts = (row, i) => (old ? argmax(row) !== argmax(old[i]) : Math.max(...row) < 0.9);
	const counted = view.frame.responsibilities.filter(counts).length;
	const n = view.data.n ? `the ${view.data.X.length} shown` : values.n;
	return phrase(view, old ? "nextE" : "E", { ...values, counted, n });
}

function describeM(view, values) {
	const change = view.frame.logLikelihood - frameBefore(view).logLikelihood;
	const sum = total(view.frame.weights);
	const improper = Math.abs(sum - 1) > 1e-6 ? phrase(view, "improper", { sum: written(sum) }) : "";
	const fall = falls(view, view.step) ? phrase(view, "noRatchet", { cause: causeOfFall(view) }) : "";
	const moved = `${change < 0 ? "fell" : "rose"} by ${written(Math.abs(change))}`;
	return phrase(view, "M", { ...values, moved }) + fall + improper;
}

const frameBefore = (view) => view.trace.frames[view.step - 1];

// Whether the log-likelihood of this frame lies below the one before, by more than rounding.
function falls({ trace }, step) {
	const [before, { phase, logLikelihood }] = [trace.frames[step - 1], trace.frames[step]];
	return !!before && phase === "M" && logLikelihood < before.logLikelihood - roundingOf(logLikelihood);
}

const roundingOf = (logLikelihood) => 1e-9 * Math.max(1, Math.abs(logLikelihood));

function causeOfFall(view) {
	const { printed, floor } = view.settings;
	const named = printed.map((one) => (one === "13" ? "(13), (14)" : `(${one})`));
	if (named.length) return `formula ${named.join(", ")} as printed`;
	if (view.host.student) return phrase(view, "causeOwn");
	return phrase(view, floor ? "causeFloor" : view.trace.assigned ? "causeAssigned" : "causeRounding");
}

// A sentence on two components that are the same, if there are two.
function twins(view) {
	const { means, covariances } = view.frame;
	const looks = means.map((mean, j) => `${mean} ${covariances[j]}`);
	const b = looks.findIndex((look, j) => looks.indexOf(look) < j);
	return b < 0 ? "" : phrase(view, "twins", { a: looks.indexOf(looks[b]) + 1, b: b + 1 });
}

function tellEnd(view) {
	const { ended: { why, text }, frames } = view.trace;
	if (why === "converged" || why === "limit") {
		const said = predictionOf(view.settings).iterations;
		const expected = said ? phrase(view, "expected", { said }) : "";
		tell(view, phrase(view, why, { iteration: frames.at(-1).iteration, twins: twins(view) }) + expected);
	} else warn(view, why === "collapse" ? text + phrase(view, "collapse") : text);
}
