// Disturbing EM: other settings, means or points start a new run. Each change, of the picture too, can be undone.

const snapshot = ({ settings, data, parameters, disturbed, step, pair, extent }) => {
	return { settings, data, parameters, disturbed, step, pair, extent };
};

function disturb(view, change, words, step = 0, quiet = false) {
	const before = snapshot(view);
	pause(view);
	change();
	const { settings } = view;
	if (settings.view === before.settings.view) { // the end of another run is another question
		view.settings = { ...settings, view: settings.view.filter((word) => word !== "future") };
	}
	view.past.push(before);
	view.disturbed = true;
	restart(view, step, words, quiet);
}

// What changes the picture and not the run.
function repaint(view, changes, words) {
	const before = snapshot(view);
	view.past.push(before);
	view.settings = { ...view.settings, ...changes };
	if (view.settings.pair === before.settings.pair) show(view, false);
	else showColumns(view);
	tell(view, words);
	view.host.remember(view);
}

function undo(view) {
	if (!view.past.length) return tell(view, phrase(view, "noUndo"));
	pause(view);
	const now = snapshot(view);
	const { step, ...before } = view.past.pop();
	Object.assign(view, before);
	if (now.extent !== before.extent) {
		if (now.data !== before.data) dropRun(view);
		spread(view);
	}
	const sameStart = now.data === before.data && now.parameters === before.parameters;
	const refused = !view.trace.frames.length; // what Python refused left it with the data and settings before
	const same = sameStart && ofTheRun(now.settings) === ofTheRun(before.settings);
	if (refused || !same) return restart(view, step, "Undone.");
	view.coming = { step, words: "Undone." };
	receive(view, view.trace);
}

// The settings that a run is computed from, as a text.
function ofTheRun(settings) {
	return JSON.stringify(Object.entries(settings).filter(([name]) => !SETTINGS[name]?.picture));
}

// Ask the host for a new trace, which `receive` takes.
function restart(view, step, words = "", quiet = false) {
	view.coming = { step, words, quiet };
	view.host.compute(view);
}

function receive(view, trace, step = view.coming.step) {
	const { words = "", asked, quiet } = view.coming;
	if (trace !== view.trace && !(trace.number && trace.number === view.trace.number)) view.seen = 0; // not one prolonged
	Object.assign(view, { trace, coming: {}, hovered: null });
	if (step >= trace.frames.length) view.host.extend(view, step);
	if (view.working) view.landing = { step, words, quiet };
	setStep(view, step);
	const { frame, chosen, data } = view;
	if (!(chosen.component < frame?.weights.length || chosen.point < data.X.length)) view.chosen = {};
	measure(view);
	show(view, false);
	tell(view, frame ? `${words} ${describe(view)}`.trim() : words);
	if (!frame || (trace.ended && (asked || trace.ended.why === "student"))) tellEnd(view);
	else if (step > view.step && trace.ended) {
		if (quiet) tellEnd(view);
		else warn(view, `step ${step} cannot be shown, the run ends after ${view.step} half-steps`);
	}
	view.host.remember(view);
}

// Take data, settings and a start from the host, without a new run.
function takeState(view, data, settings, parameters) {
	const { name, features, awaited } = view.data ?? {};
	Object.assign(view, { data, settings, parameters });
	if (!awaited && name === data.name && features.length === data.features.length) return;
	dropRun(view);
	showColumns(view);
}

// Settings that suit the data.
function suited({ features, awaited }, settings, wrong) {
	if (awaited || !settings.pair?.some((r) => r >= features.length)) return settings;
	wrong.push(`pair names a column that these data lack, they have ${features.length}`);
	return { ...settings, pair: null };
}

// Settings as a link or the form gives them: pairs of name and text.
function applySettings(view, pairs) {
	const { host, settings, data, ui } = view;
	const wrong = [];
	ui.alert.hidden = true;
	const asked = readSettings(pairs, settings, host.datasets, wrong);
	const given = Object.fromEntries(pairs);
	const { data: points, parameters } = unpack(host, asked, wrong, data, "data" in given);
	const wanted = suited(points, { ...asked, ...NOTHING_CARRIED }, wrong);
	if (wanted.pair !== settings.pair && !given.predict) { // the ends were drawn on other axes
		wanted.predict = predicted(wanted).filter((part) => !part.includes(":")).join(",");
	}
	if (ofTheRun(wanted) !== ofTheRun(settings) || "step" in given || points !== data || parameters) {
		const change = () => {
			Object.assign(view, { settings: wanted, data: points, parameters });
			if (points !== data) dropRun(view);
			if (points !== data || wanted.pair !== settings.pair) showColumns(view);
		};
		disturb(view, change, "", "step" in given ? wanted.step : 0);
	} else if (JSON.stringify(wanted) !== JSON.stringify(settings)) {
		const fewer = predicted(wanted).length < predicted(settings).length;
		const how = fewer ? "withdrawn" : wanted.predict === settings.predict ? "painted" : "predicted";
		repaint(view, wanted, phrase(view, how));
	}
	if (given.open) openPanels(view);
	refresh(view);
	complain(view, wrong);
}

// A switch of `view` changes the picture only, one of `printed` the run.
function flipSwitch(view, name, word) {
	const list = view.settings[name];
	const flipped = list.includes(word) ? list.filter((one) => one !== word) : [...list, word];
	if (name === "printed") {
		return disturb(view, () => (view.settings = { ...view.settings, printed: flipped }), "", view.step);
	}
	const state = flipped.includes(word) ? "on" : "off"; // for who hears it
	repaint(view, { view: flipped }, phrase(view, "switched", { label: SETTINGS.view.allowed[word].label, state }));
}

function setMode(view) {
	const mode = view.settings.mode === "edit" ? "look" : "edit";
	repaint(view, { mode }, phrase(view, mode));
}

// Whether means and points may move: a stray tap in a lesson changes nothing.
function editing(view) {
	const may = view.settings.mode === "edit";
	if (!may) tell(view, phrase(view, "lookOnly"));
	return may;
}

const parametersOf = ({ weights, means, covariances }) => ({ weights, means, covariances });

// A row moved to `where` in the columns shown.
const moved = ({ pair }, row, where) => row.map((v, r) => where[pair.indexOf(r)] ?? v);

const writtenPlace = ({ data }, where) => writtenVector(where.slice(0, data.features.length));

function moveMean(view, j, where) {
	if (!editing(view)) return;
	const { frame } = view;
	const means = Object.assign([...frame.means], { [j]: moved(view, frame.means[j], where) });
	const change = () => (view.parameters = { ...parametersOf(frame), means });
	disturb(view, change, phrase(view, "movedMean", { j: j + 1, where: writtenPlace(view, where) }));
}

// Another row i; the run starts at the parameters shown.
function editPoint(view, words, i, row) {
	if (!editing(view)) return;
	const data = edited(view.data, [[i, row]]);
	const parameters = view.frame ? parametersOf(view.frame) : view.parameters;
	disturb(view, () => Object.assign(view, { data, parameters }), words);
}

function movePoint(view, i, where) {
	const { lines, data: { X } } = view;
	const there = where.map((v, axis) => (lines[i] === "HV"[axis] ? NaN : v)); // what is missing stays so
	const words = phrase(view, "movedPoint", { i: i + 1, where: writtenPlace(view, there) });
	editPoint(view, words, i, moved(view, X[i], there));
}

function addPoint(view, where) {
	const { X } = view.data;
	const near = X[nearestPoint(view, view.toPixels(where), Infinity)]; // lends the columns out of sight
	const words = phrase(view, "added", { i: X.length + 1, where: writtenPlace(view, where) });
	editPoint(view, words, X.length, moved(view, near, where));
}

function removePoint(view, i) {
	if (view.data.X.length > 1) editPoint(view, phrase(view, "removed", { i: i + 1 }), i, []);
}
