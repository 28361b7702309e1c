// The picture of a frame, and the glide from one picture to the next.

// Colours and shapes of the points, and the components in the plane.
function pictureOf(view, { responsibilities: w, weights = [], means = [], covariances = [], iteration, phase }) {
	const { components, soft } = view.colours;
	const hard = view.settings.view.includes("hard");
	const shapes = view.data.X.map((_, i) => (w ? argmax(w[i]) : 0));
	const given = view.parameters || view.settings.held; // somebody gave shapes
	const blend = (row) => [0, 1, 2].map((c) => row.reduce((sum, share, j) => sum + share * components[j][c], 0));
	return {
		colours: shapes.map((shape, i) => (!w ? soft : hard ? components[shape] : blend(w[i]))),
		shapes,
		weights,
		// If not, all have the spread of all points until the first M-step.
		shapeless: !given && iteration < 2 && phase !== "M" && new Set(covariances.map(String)).size === 1,
		means: means.map((mean) => inPlane(view, mean)),
		covariances: covariances.map((S) => covarianceInPlane(view, S)),
	};
}

function show(view, glide) {
	cancelAnimationFrame(view.animation);
	if (!view.box) return;
	const second = secondOf(view);
	if (!!second !== view.two) return layout(view); // the first makes room for it, or takes it back
	const panes = second ? [view, second] : [view];
	const from = panes.map(({ drawn }) => drawn);
	const to = panes.map((pane) => (pane.target = pictureOf(pane, pane.frame ?? {})));
	const same = (name, i) => from[i]?.[name].length === to[i][name].length;
	const alike = panes.every((_, i) => same("means", i) && same("shapes", i));
	const length = Math.min(450, view.playing ? 700 / view.speed : 450); // milliseconds
	const glides = glide && alike && !matchMedia("(prefers-reduced-motion: reduce)").matches;
	const begun = performance.now() - (glides ? 0 : length);
	const tick = guard(view, () => {
		const t = (performance.now() - begun) / length;
		panes.forEach((pane, i) => draw(pane, t < 1 ? between(from[i], to[i], t * t * (3 - 2 * t)) : to[i]));
		if (t < 1) view.animation = requestAnimationFrame(tick);
	});
	tick();
	refresh(view);
}

function draw(view, picture) {
	view.drawn = picture;
	drawPoints(view, picture);
	drawComponents(view, picture);
	drawDensity(view, picture);
}

function between(from, to, t) {
	const mix = (a, b) => (Array.isArray(a) ? a.map((one, i) => mix(one, b[i])) : a + t * (b - a));
	const part = (name) => mix(from[name], to[name]);
	const shapes = t < 0.5 ? from.shapes : to.shapes;
	return { ...to, shapes, colours: part("colours"), means: part("means"), covariances: part("covariances") };
}
