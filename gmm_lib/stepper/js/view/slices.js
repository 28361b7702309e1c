// Long work in slices: the page stays alive, shows how far it is, and may be told to stop.

const [AT_ONCE, SLICE] = [50, 12]; // milliseconds

// Compute the frames up to `step`: at once, or else bit by bit, and then go there.
function computeTo(view, step) {
	const { trace } = view;
	const done = (time) => {
		const until = performance.now() + time;
		const missing = () => !trace.ended && trace.frames.length <= step;
		while (missing()) {
			trace.extendTo(trace.frames.length);
			if (performance.now() > until) return !missing();
		}
		return true;
	};
	if (done(AT_ONCE)) return;
	const some = guard(view, () => {
		if (!done(SLICE)) return showWork(view);
		const { landing } = view;
		stopWork(view);
		if (!landing) return go(view, step, false);
		view.coming = landing;
		receive(view, trace);
	});
	const showWork = ({ root, ui }) => {
		view.working = setTimeout(some, 0);
		setAttributes(root, { "aria-busy": true });
		ui.work.hidden = false;
		ui.worked.value = trace.frames.at(-1).iteration / MOST_ITERATIONS;
	};
	showWork(view);
}

function stopWork(view) {
	const { root, ui } = view;
	clearTimeout(view.working);
	Object.assign(view, { working: 0, landing: null });
	root.removeAttribute("aria-busy");
	if (ui.work.contains(document.activeElement)) root.focus({ preventScroll: true }); // what is hidden has no focus
	ui.work.hidden = true;
}
