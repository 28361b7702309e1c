// One spherical variance, held and made smaller by a slider: at its end EM is k-means.

// The mean variance of the columns, from which the slider goes down.
function spreadOf({ data: { X } }) {
	const variances = X[0].map((_, r) => {
		const column = X.map((x) => x[r]).filter(Number.isFinite);
		const mean = total(column) / column.length;
		return total(column.map((v) => (v - mean) ** 2)) / column.length;
	});
	return total(variances) / variances.length || 1;
}

// Another variance, from the same means and at the same half-step; the way of the slider is one change to be undone.
function hold(view, variance, sliding = false) {
	const { settings, past, step, trace, landing } = view;
	const held = +(+variance).toPrecision(3);
	if (held !== settings.held) {
		const known = past.length;
		const onTheWay = landing?.step === SETTINGS.step.high; // the slider was faster than EM
		const atEnd = onTheWay || (trace.ended && step > 0 && step === trace.frames.length - 1);
		const change = () => (view.settings = { ...settings, held });
		disturb(view, change, "", atEnd ? SETTINGS.step.high : step, true);
		if (view.sliding) past.length = known;
	}
	view.sliding = sliding;
}

const slide = (view, power, sliding) => hold(view, spreadOf(view) * 10 ** power, sliding);

function refreshHeld(view) {
	const { form, host, ui, settings: { held } } = view;
	form.holding.checked = held > 0;
	form.held.disabled = !held;
	form.holding.disabled = !!host.student;
	form.type.disabled = form.floored.disabled = form.floor.disabled = held > 0; // without effect
	if (held && !view.sliding) form.held.value = Math.log10(held / spreadOf(view));
	ui.held.textContent = held ? written(held, 3) : "–";
	setAttributes(form.held, { "aria-valuetext": ui.held.textContent });
}
