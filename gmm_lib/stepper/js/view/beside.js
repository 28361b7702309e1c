// A second run beside the first, which goes with it half-step by half-step: k-means from the same start, or EM with
// other settings. It is a view like the first, with a picture, a trace and a frame of its own, and all else shared.

// After responsibilities that somebody assigned the first run has its start a frame later.
const behind = ({ trace }) => (trace.assigned ? 1 : 0);

// What the second run is of, so far as it depends on anything but the points.
function besideAsked(view) {
	const { settings, parameters, trace, host } = view;
	if (settings.beside === "kmeans") return { means: (trace.frames[behind(view)] ?? trace.frames[0]).means };
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
	second.settings = { ...settings, ...asked }; // it is drawn by its own
	const [run, until] = [second.trace, performance.now() + AT_ONCE];
	const goal = trace.ended && step === trace.frames.length - 1 ? Infinity : Math.max(0, step - behind(view));
	const missing = () => !run.ended && run.frames.length <= goal;
	while (missing() && performance.now() < until) run.extendTo(run.frames.length);
	second.late = missing();
	if (second.late) second.later = setTimeout(guard(view, () => show(view, false)), 0);
	second.frame = run.frames[Math.min(goal, run.frames.length - 1)] ?? null;
	return second;
}

function makeSecond(view, asked, problem) {
	const node = view.ui.second;
	if (!node.innerHTML) node.innerHTML = phrase(view, "second");
	const kinds = ["canvas", "svg", ".gmm-components", ".gmm-density"];
	const [canvas, picture, components, density] = kinds.map((kind) => node.querySelector(kind));
	const { data } = view;
	const noKMeans = () => ({ X: data.X, frames: [], ended: { why: "refused", text: phrase(view, "noKMeans") } });
	const kMeans = () => (isLacking(data.X) ? noKMeans() : new KMeans(data.X, asked.means, data.sampleWeight));
	const trace = asked.means ? kMeans() : traceOf(data, asked);
	const own = { asked, problem, trace, parameters: asked.parameters, drawn: null };
	return Object.assign(Object.create(view), own, { ui: { ...view.ui, canvas, picture, components, density } });
}

// What differs from the first run, and where the second is.
function describeSecond(view, { asked, trace, frame }) {
	const { settings, data, host } = view;
	const differs = (name) => !asked.means && String(asked[name]) !== String(settings[name]);
	const named = (name) => `${SETTINGS[name].label ?? phrase(view, name)}: ${besideValue(name, asked[name])}`;
	const differences = SETTINGS.beside.of.filter(differs).map(named).join(", ");
	const ownStart = view.parameters && !asked.parameters;
	const { assigned } = view.trace;
	const alike = assigned ? "unassigned" : host.student ? "ofTheBook" : ownStart ? "ownStart" : "alike";
	const name = asked.means ? phrase(view, "kmeans") : differences || phrase(view, alike);
	const atEnd = trace.ended && frame === (trace.frames.at(-1) ?? null);
	const ended = atEnd ? trace.ended.text ?? phrase(view, "atEnd") : "";
	const where = [placeIn(view, frame), valueOf(view, frame, asked.means)];
	return [name, ...where, ended, data.n && phrase(view, "secondSample")].filter(Boolean).join("; ");
}

// Where in its run a frame is, and its height.
function placeIn(view, frame) {
	return frame && (frame.phase === "start" ? phrase(view, "atStart") : `${frame.phase}-step ${frame.iteration}`);
}

function valueOf(view, frame, isKMeans) {
	if (!frame) return "";
	if (isKMeans) return phrase(view, "squares", { value: written(-frame.logLikelihood, 6) });
	return phrase(view, "likelihood", { value: nats(frame.logLikelihood) });
}

// Both runs as a table, also for who sees no picture.
function runsTable(view, { frame: other, asked }) {
	const { frame } = view;
	const cells = (kind, texts) => each(texts, (text) => `<${kind}>${text ?? ""}</${kind}>`);
	const line = (head, kind, texts) => `<tr><th>${head}</th>${cells(kind, texts)}</tr>`;
	const cell = (one, j) => one?.means[j] && `${share(one.weights[j])} <span>${writtenVector(one.means[j])}</span>`;
	const most = Math.max(...[frame, other].map((one) => one?.means.length ?? 0));
	const name = (j) => `${glyph(j)} φ<sub>${j + 1}</sub>, μ<sub>${j + 1}</sub>`;
	const row = (j) => line(name(j), "td", [frame, other].map((one) => cell(one, j)));
	return `<table>${line("", "th", ["this run", "beside it"])}
		${line("", "td", [placeIn(view, frame), placeIn(view, other)])}
		${line("", "td", [valueOf(view, frame), valueOf(view, other, asked.means)])}
		${each(range(most), row)}</table>`;
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
	const { ui, buttons, panels, second, settings: { beside } } = view;
	ui.besideWords.hidden = !beside;
	const words = second ? phrase(view, "besideIt", { words: describeSecond(view, second) }) : "";
	if (words !== ui.besideWords.textContent) ui.besideWords.textContent = words; // it is heard whenever it is set
	ui.runs.hidden = !second;
	if (second && !panels.compare.hidden) fill(ui.runs, { runs: runsTable(view, second) });
	setAttributes(buttons.kmeans, { "aria-pressed": beside === "kmeans" });
	setAttributes(buttons.pin, { "aria-pressed": !!beside && beside !== "kmeans" });
}
