// A notebook: Python computes. Only what anywidget promises is used: get, set, save_changes, on, off.

function render({ model, el }) {
	const host = notebookHost(model);
	const view = makeView(el, host, model.get("markup"));
	const came = guard(view, () => takeTraits(view, model));
	const stepped = guard(view, () => model.get("step") === view.step || go(view, model.get("step")));
	came();
	const heard = Object.entries({ "change:trace": came, "change:step": stepped });
	heard.forEach(([name, work]) => model.on(name, work));
	return () => {
		heard.forEach(([name, work]) => model.off(name, work));
		view.destroy();
	};
}

const HELD = { held: true, awaited: true, edits: null, n: undefined };

function notebookHost(model) {
	const datasets = { ...model.get("datasets") };
	const put = (name, value) => {
		model.set(name, value);
		model.save_changes();
	};
	const ask = (view, request) => {
		view.waiting = true;
		put("request", { ...request, number: (model.get("request").number ?? 0) + 1 });
	};
	return {
		live: true, datasets, settings: { ...DEFAULTS, ...model.get("settings") },
		// Other points than those that somebody typed will be sent by Python.
		load: (name, data) => datasets[name].X ? datasets[name] : { ...data, ...HELD, name },
		compute(view) {
			const { settings, data, parameters, coming: { step } } = view;
			const { X, features, labels, classes, truth, sampleWeight, edits } = data;
			const points = data.held ? { X: null, edits } : { X, features, labels, classes, truth, sampleWeight, edits };
			ask(view, { settings, step, parameters, ...points });
		},
		extend(view, frame, step) {
			return view.trace.ended || ask(view, { frames: Math.min(frame, SETTINGS.step.high) + 1, step });
		},
		remember: (view) => view.waiting || model.get("step") === view.step || put("step", view.step),
	};
}

// A new trace from Python, with the data and settings that it belongs to; those of the picture alone stay as they are.
function takeTraits(view, model) {
	const settings = { ...DEFAULTS, ...model.get("settings") };
	for (const name of Object.keys(SETTINGS)) if (SETTINGS[name].picture) settings[name] = view.settings[name];
	view.waiting = false;
	view.host.student = settings.student;
	const [sent, trace] = [model.get("data"), readTrace(model.get("trace"))];
	if (view.sent !== sent) Object.assign(view, { sent, made: makeData(sent) }); // the same points stay the same
	const data = view.made;
	const wrong = [];
	takeState(view, data, suited(data, settings, wrong), trace.parameters);
	receive(view, trace, model.get("step"));
	complain(view, wrong);
}
