// The view: one object that every function of this room takes, and what wakes them.

// Bring `parent` to life; the host computes traces.
function makeView(parent, host, markup) {
	const view = {
		host, ...findParts(parent, markup), settings: host.settings, data: null,
		parameters: null, // the start, where no rule draws it
		trace: { frames: [] }, step: 0, frame: null, seen: 0, // what is shown, and how far the run has been seen
		plots: [], // of the ratchet
		past: [], disturbed: false, // to undo; whether anything has changed the run
		coming: {}, // what a new trace is asked for
		chosen: {}, hovered: null, drag: null, // what is looked at, and held
		pair: null, extent: null, box: null, toPixels: null, fromPixels: null, // the columns shown, and the scale
		size: 1, density: 1, // how much larger all is on a projector; dots of the canvas to a pixel
		colours: null, pixels: null, lines: [], sizes: [], pointSize: 0, markers: null, contourPath: "", shades: null,
		drawn: null, target: null, animation: 0, // the picture, and where it glides to
		playing: 0, speed: 2, ahead: null, // half-steps a second; the trace that is being computed to its end
		waiting: false, // for Python
		working: 0, landing: null, // the next slice of long work, and what is said at its end
		filming: false,
		showing: false, // itself, until somebody takes it
		sliding: false, // a variance that is held
		offered: null, // a table of somebody's own, not taken yet
		second: null, two: false, // the run beside, and whether there is room for it
		surface: null, // the map over two parameters
		starts: null, // many runs, of which the ends are shown
	};
	listen(view);
	const datasets = Object.entries({ own: { title: "your own …" }, ...host.datasets });
	view.form.data.innerHTML = options(datasets.map(([name, { title }]) => [name, title]));
	view.ui.share.hidden = host.live;
	const base = document.documentElement.dataset.content_root; // only the site has chapters to link to
	const linkTo = (link) => setAttributes(link, { href: `${base}chapters/${link.dataset.to}` });
	if (base !== undefined) view.root.querySelectorAll("[data-to]").forEach(linkTo);
	sayFilm(view);
	openPanels(view);
	return view;
}

// The markup in the page, and its parts by their names.
function findParts(parent, markup) {
	const root = parent.appendChild(document.createElement("div"));
	root.innerHTML = markup;
	parent.classList.add("gmm-stepper", "gmm-mounted");
	setAttributes(root, { class: "gmm-root", role: "group", "aria-label": "EM stepper", tabindex: -1 });
	fillForm(root);
	const named = (by) => {
		const nodes = [...root.querySelectorAll(`[${by}]`)];
		return Object.fromEntries(nodes.map((node) => [node.getAttribute(by), node]));
	};
	return {
		root, ui: named("data-part"), buttons: named("data-do"), tabs: named("data-open"), panels: named("data-panel"),
		form: named("name"), phrases: named("data-say"),
	};
}

function listen(view) {
	const { root, ui } = view;
	const hear = (node, events) => {
		for (const [name, work] of Object.entries(events)) {
			node.addEventListener(name, guard(view, (event) => work(view, event)));
		}
	};
	hear(root, {
		click,
		keydown: keyPressed,
		change: formChanged,
		input(_, { target: { name, value } }) {
			if (name === "history") go(view, +value, false);
			if (name === "held" && !view.waiting) slide(view, value, true);
		},
		fullscreenchange: () => document.fullscreenElement || present(view, false),
	});
	hear(ui.picture, {
		pointerdown: press,
		pointermove: move,
		pointerup: release,
		pointercancel: () => drawEnds(view, (view.drag = null)),
		pointerleave: () => hover(view, null),
	});
	hear(ui.cursor, { focus: () => hover(view, pointLookedAt(view) ?? 0), blur: () => hover(view, null) });
	listenForData(view, hear);
	const again = guard(view, () => layout(view));
	const [theme, resized] = [new MutationObserver(again), new ResizeObserver(again)];
	const attributeFilter = ["data-theme", "data-jp-theme-light"];
	for (const node of [document.documentElement, document.body]) theme.observe(node, { attributeFilter });
	resized.observe(ui.stage);
	view.destroy = () => {
		pause(view);
		for (const work of [view.second, view.surface]) clearTimeout(work?.later);
		theme.disconnect();
		resized.disconnect();
	};
}
