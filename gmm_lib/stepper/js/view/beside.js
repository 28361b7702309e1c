// A second run beside the first, which goes with it half-step by half-step: k-means from the same start, or EM with
// other settings. It is a view like the first, with a picture, a trace and a frame of its own, and all else shared.

// What the second run is of, so far as it depends on anything but the points.
function besideAsked(view) {
	const { settings, parameters, trace, host } = view;
	if (settings.beside === "kmeans") return { means: trace.frames[0].means };
	const pairs = besidePairs(settings.beside);
	const asked = readSettings(pairs, settings, host.datasets, []);
	const other = ["k", "seed", "start", "type"].some((name) => pairs.some(([one]) => one === name));
	const own = Object.fromEntries(SETTINGS.beside.of.map((name) => [name, asked[name]]));
	return { ...own, parameters: other ? null : parameters };
}

// The second view, as far as the first has gone and to its own end at the end of the first; or none.
function secondOf(view) {
	const { settings, data: { X }, trace, step, ui, second: before } = view;
	clearTimeout(before?.later);
	if (!settings.beside || !trace.frames.length) {
		ui.second.innerHTML = "";
		return (view.second = null);
	}
	const asked = besideAsked(view);
	const problem = JSON.stringify(asked);
	if (before?.trace.X !== X || before.problem !== problem) view.second = makeSecond(view, asked, problem);
	const { second } = view;
	const [run, until] = [second.trace, performance.now() + AT_ONCE];
	const goal = trace.ended && step === trace.frames.length - 1 ? Infinity : step;
	const missing = () => !run.ended && run.frames.length <= goal;
	while (missing() && performance.now() < until) run.extendTo(run.frames.length);
	if (missing()) second.later = setTimeout(guard(view, () => show(view, false)), 0);
	second.frame = run.frames[Math.min(goal, run.frames.length - 1)] ?? null;
	return second;
}

function makeSecond(view, asked, problem) {
	const node = view.ui.second;
	if (!node.innerHTML) node.innerHTML = phrase(view, "second");
	const [canvas, picture, components] = ["canvas", "svg", ".gmm-components"].map((kind) => node.querySelector(kind));
	const trace = asked.means ? new KMeans(view.data.X, asked.means) : new Trace(view.data.X, asked);
	const own = { asked, problem, trace, parameters: asked.parameters, drawn: null };
	return Object.assign(Object.create(view), own, { ui: { ...view.ui, canvas, picture, components } });
}

// What differs from the first run, and where the second is.
function describeSecond(view, { asked, trace, frame }) {
	const { settings, data, host } = view;
	const differs = (name) => !asked.means && String(asked[name]) !== String(settings[name]);
	const named = (name) => `${SETTINGS[name].label ?? phrase(view, name)}: ${besideValue(name, asked[name])}`;
	const differences = SETTINGS.beside.of.filter(differs).map(named).join(", ");
	const alike = host.student ? "ofTheBook" : view.parameters && !asked.parameters ? "ownStart" : "alike";
	const name = asked.means ? phrase(view, "kmeans") : differences || phrase(view, alike);
	const atEnd = trace.ended && frame === (trace.frames.at(-1) ?? null);
	const ended = atEnd ? trace.ended.text ?? phrase(view, "atEnd") : "";
	const sum = frame && (asked.means ? written(-frame.logLikelihood, 6) : nats(frame.logLikelihood));
	const value = frame && phrase(view, asked.means ? "squares" : "likelihood", { value: sum });
	const at = frame && (frame.iteration ? `${frame.phase}-step ${frame.iteration}` : phrase(view, "atStart"));
	return [name, at, value, ended, data.n && phrase(view, "secondSample")].filter(Boolean).join("; ");
}

function besideValue(name, value) {
	const words = SETTINGS[name].allowed;
	return words ? [value].flat().map((word) => words[word].label).join(", ") || "none" : value;
}

// The first run as it is, to stay while others are tried; pressed again it goes.
function pin(view) {
	const { settings, parameters, data } = view;
	const pinned = settings.beside && settings.beside !== "kmeans";
	if (parameters && !pinned) throw refusal(phrase(view, "pinByHand"));
	if (data.n && !pinned) throw refusal(phrase(view, "noPin", { cause: phrase(view, "causeSample") }));
	const texts = SETTINGS.beside.of.map((name) => `${name}:${[settings[name]].flat().join("+")}`);
	applySettings(view, [["beside", pinned ? "" : texts.join(",")]]);
}

const compareKMeans = (view) => applySettings(view, [["beside", view.settings.beside === "kmeans" ? "" : "kmeans"]]);

// What is written of the second run, and its buttons.
function refreshSecond(view) {
	const { ui, buttons, second, settings: { beside } } = view;
	ui.besideWords.hidden = !beside;
	ui.besideWords.textContent = second ? phrase(view, "besideIt", { words: describeSecond(view, second) }) : "";
	setAttributes(buttons.kmeans, { "aria-pressed": beside === "kmeans" });
	setAttributes(buttons.pin, { "aria-pressed": !!beside && beside !== "kmeans" });
}
