// Going through the trace: to a frame, by a half-step, as a film.

function setStep(view, step) {
	view.step = clamp(step, 0, Math.max(0, view.trace.frames.length - 1));
	view.frame = view.trace.frames[view.step] ?? null;
	view.seen = Math.max(view.seen, view.step);
}

function go(view, step, glide = true) {
	const { host } = view;
	stopWork(view);
	if (step >= view.trace.frames.length) view.coming.asked = !host.extend(view, step); // of Python
	const before = view.step;
	setStep(view, step);
	show(view, glide && Math.abs(view.step - before) === 1);
	if (view.frame) tell(view, describe(view));
	if (step > view.step && view.trace.ended) tellEnd(view);
	host.remember(view);
}

// Far off in the run: unlike a half-step this is to be undone, not stepped back.
function leap(view, step) {
	const before = snapshot(view);
	go(view, step, false);
	if (view.step !== before.step) view.past.push(before);
	refresh(view);
}

// The half-step of this phase, or the reason why it changes nothing now.
function goHalfStep(view, phase) {
	const { frame, step } = view;
	if ((phase === "M") === (frame?.phase === "E")) return go(view, step + 1);
	tell(view, phrase(view, phase === "E" ? "againE" : step ? "againM" : "firstE"));
}

function play(view) {
	hush(view, "off"); // a screen reader is not to hear every frame of a film
	view.buttons.play.textContent = "❚❚ Pause";
	const tick = guard(view, () => {
		const before = view.step;
		view.playing = setTimeout(tick, 1000 / view.speed);
		go(view, view.step + 1);
		if (view.step === before && !view.waiting) pause(view);
	});
	view.playing = setTimeout(tick, 0);
}

function pause(view) {
	stopWork(view);
	clearTimeout(view.playing);
	view.playing = 0;
	view.buttons.play.textContent = "▶ Play";
	hush(view, view.showing ? "off" : "polite"); // of what nobody has asked for a screen reader hears nothing
}

function hush({ ui: { words, besideWords } }, live) {
	for (const node of [words, besideWords]) setAttributes(node, { "aria-live": live });
}

// Compute to the end in small pieces, so that the page stays alive.
function computeAhead(view) {
	const { trace } = view;
	if (trace.ended || view.ahead === trace) return;
	view.ahead = trace;
	if (!trace.extendTo) return view.host.extend(view, Infinity, view.step); // of Python, and stay here
	const some = guard(view, () => {
		const until = performance.now() + 8;
		while (!trace.ended && performance.now() < until) trace.extendTo(trace.frames.length);
		if (view.trace === trace) trace.ended ? refresh(view) : setTimeout(some, 0);
	});
	setTimeout(some, 0);
}
