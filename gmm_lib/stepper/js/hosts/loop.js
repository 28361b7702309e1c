// A stepper that shows itself: it plays, rests at its end and begins anew, until somebody takes it. Never where motion
// is unwanted, and only while it is seen; its button pauses it, as any film.

const REST = 3000; // milliseconds

function showItself(view) {
	const { root } = view;
	if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
	let seen = false;
	const turn = guard(view, () => {
		if (view.playing || !seen || document.hidden) return;
		go(view, view.trace.ended && view.step === view.trace.frames.length - 1 ? 0 : view.step, false);
		play(view);
	});
	const eye = new IntersectionObserver(([{ isIntersecting }]) => {
		seen = isIntersecting;
		if (seen) turn();
		else pause(view);
	}, { threshold: 0.5 });
	const again = setInterval(turn, REST);
	view.showing = true;
	const taken = () => {
		view.showing = false;
		clearInterval(again);
		eye.disconnect();
		if (!view.playing) hush(view, "polite");
	};
	const once = { once: true, capture: true };
	for (const name of ["pointerdown", "keydown", "focusin"]) root.addEventListener(name, taken, once);
	eye.observe(root);
}
