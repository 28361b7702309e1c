// Buttons, fields and panels: what they are, what they do, and what they show.

// The table of settings, in the markup: limits, choices, labels, and the panels with their tabs.
function fillForm(root) {
	root.querySelectorAll("[data-label]").forEach((node) => node.append(SETTINGS[node.dataset.label].label));
	for (const [name, { low, high, allowed = {} }] of Object.entries(SETTINGS)) {
		const field = root.querySelector(`[name="${name}"]`);
		const words = Object.entries(allowed);
		if (field?.type === "number" && high) setAttributes(field, { min: low, max: high });
		if (field?.matches("select")) field.innerHTML = options(words.map(([word, { label }]) => [word, label]));
		const choices = root.querySelector(`[data-choices="${name}"]`);
		choices?.insertAdjacentHTML("beforeend", each(words, (word) => choice(name, word)));
	}
	for (const [name, { label }] of Object.entries(SETTINGS.open.allowed)) {
		setAttributes(root.querySelector(`[data-panel="${name}"]`), { "aria-label": label });
	}
	root.querySelector("[data-tabs]").innerHTML = each(Object.entries(SETTINGS.open.allowed), tab);
}

function choice(name, [word, { label, key }]) {
	const keyed = key ? ` data-key="${key}"` : "";
	return `<label class="gmm-check"><input type="checkbox" name="${name}" value="${word}"${keyed}>${label}</label>`;
}

// A panel with a key is known by it.
function tab([name, { label, key }]) {
	const keyed = key ? ` data-key="${key}" title="${label} (${key})"` : "";
	return `<button type="button" data-open="${name}" aria-expanded="false"${keyed}>${key ?? label}</button>`;
}

// What the buttons do, by the name in data-do.
const ACTIONS = {
	back: (view) => go(view, view.step - 1),
	forward: (view) => go(view, view.step + 1),
	iteration: (view) => go(view, view.step + (view.frame?.phase === "E" ? 1 : 2)),
	start: (view) => leap(view, 0),
	converge: (view) => leap(view, Infinity),
	stop: (view) => go(view, view.trace.frames.length - 1),
	E: (view) => goHalfStep(view, "E"),
	M: (view) => goHalfStep(view, "M"),
	play,
	undo,
	pin,
	kmeans: compareKMeans,
	reveal: (view) => flipSwitch(view, "view", "future"),
	edit: setMode,
	present: (view) => present(view),
	exit: (view) => present(view, false),
	state: saveState,
	svg: saveSVG,
	film: saveFilm,
	points: savePoints,
	frames: saveFrames,
	seed: (view) => applySettings(view, [["seed", (view.settings.seed + 1) % (SETTINGS.seed.high + 1)]]),
	add(view) {
		const { left, top, width, height } = view.box;
		addPoint(view, view.fromPixels([left + width / 2, top + height / 2]));
	},
	adopt,
};

function act(view, name) {
	const wasPlaying = view.playing;
	pause(view);
	if (name !== "play" || !wasPlaying) return ACTIONS[name](view);
}

function click(view, event) {
	const { target } = event;
	const button = target.closest("button");
	if (button?.dataset.open) togglePanel(view, button.dataset.open);
	else if (button?.dataset.seed) openStart(view, button.dataset.seed);
	else if (button) return act(view, button.dataset.do);
	else if (view.ui.chart.contains(target)) clickCurve(view, event);
}

function formChanged(view, { target: { name, value, checked } }) {
	const { form, host } = view;
	if (name === "view" || name === "printed") flipSwitch(view, name, value);
	else if (name === "holding") hold(view, checked ? spreadOf(view) : 0);
	else if (name === "held") slide(view, value);
	else if (name === "floored") applySettings(view, [["floor", checked ? form.floor.value : 0]]);
	else if (name === "across" || name === "up") applySettings(view, [["pair", `${form.across.value},${form.up.value}`]]);
	else if (name === "speed") view.speed = 2 ** value;
	else if (name === "near" || name === "closer") refresh(view);
	else if (name === "guess") predict(view, { ...predictionOf(view.settings), iterations: value });
	else if (name === "data" && value === "own" && !host.datasets.own) askForData(view);
	else if (name === "along" || name === "second") withLikelihood(view, ({ chooseAlong }) => chooseAlong(view));
	else if (name in SETTINGS) applySettings(view, [[name, value]]);
}

function togglePanel(view, name, shown = view.panels[name].hidden) {
	const { root, panels, tabs } = view;
	panels[name].hidden = !shown;
	setAttributes(tabs[name], { "aria-expanded": shown });
	root.classList.toggle("gmm-wide", Object.values(panels).some((panel) => !panel.hidden));
	refresh(view);
}

const openPanels = (view) => view.settings.open.forEach((name) => togglePanel(view, name, true));

function present(view, on = !view.root.matches(".gmm-presenter")) {
	view.root.classList.toggle("gmm-presenter", on);
	if (on && view.settings.mode === "edit") setMode(view);
	if (on) view.root.requestFullscreen?.().catch(() => {}); // where refused, the window must do
	else if (document.fullscreenElement) document.exitFullscreen();
	layout(view);
}

// Everything but the picture.
function refresh(view) {
	const { root, ui, buttons, form, panels, settings, data, frame, host } = view;
	if (!view.box) return;
	const { mode } = settings;
	root.classList.toggle("gmm-line", isLine(view));
	Object.assign(root.dataset, { phase: frame?.phase, printed: settings.printed.join(" "), mode });
	buttons.back.disabled = !view.step;
	buttons.undo.hidden = !view.past.length;
	setAttributes(buttons.edit, { "aria-pressed": mode === "edit" });
	ui.editing.hidden = mode !== "edit";
	for (const name of ["data", "k", "start", "seed", "type"]) form[name].value = settings[name];
	ui.own.hidden = settings.data !== "own" && !view.offered;
	form.floored.checked = settings.floor > 0;
	form.floor.value = settings.floor || form.floor.value;
	refreshHeld(view);
	[form.across.value, form.up.value] = view.pair.map((r) => r + 1);
	for (const input of panels.compare.querySelectorAll("input")) {
		input.checked = settings[input.name].includes(input.value);
		const { value } = input;
		const unlike = input.name === "printed" ? isUneven(data) : /contours|shades/.test(value) && isLine(view);
		input.disabled = /labels|truth/.test(value) ? !data[value] : unlike;
	}
	refreshSecond(view);
	if (!panels.share.hidden) refreshLink(view);
	refreshPoint(view);
	if (!panels.ratchet.hidden && frame) refreshRatchet(view);
	if (!panels.along.hidden && frame) withLikelihood(view, ({ refreshAlong }) => refreshAlong(view));
	if (!panels.starts.hidden) refreshStarts(view);
}
