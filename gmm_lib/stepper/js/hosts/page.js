// A page without a kernel: the engine of this script computes, and the address holds the state.

const STEPPERS = "div.gmm-stepper";
const onPage = new Map(); // the steppers of this page, by their ids

// `config` is what static.element wrote: settings, and points, a start or a trace of its own.
function pageHost(id, { settings, X, trace, parameters, ...more }, bookData) {
	const datasets = { ...bookData, ...(X && { own: makeData({ X, ...more }) }) };
	const wrong = [];
	const { data: first = "own" } = settings;
	const recorded = trace && readTrace(trace); // a student's run, until somebody disturbs it
	let soon;
	const host = {
		datasets, wrong, given: parameters,
		settings: readSettings(Object.entries(settings), { ...DEFAULTS, ...(X && { data: "own" }) }, datasets, wrong),
		load: (name) => (datasets[name] = makeData({ name, ...datasets[name] })),
		compute(view) {
			host.student = !!recorded && !view.disturbed;
			const computed = () => traceOf(view.data, { ...view.settings, parameters: view.parameters });
			receive(view, host.student ? recorded : computed());
		},
		extend: (view, step) => view.trace.extendTo && computeTo(view, step),
		address: (view) => `${location.href.split("#")[0]}#${id}?${carried(view)}`,
		// Not at every frame of a film (browsers refuse), nor what nobody did, nor what no address can hold.
		remember(view) {
			const caption = view.root.closest("figure")?.querySelector("figcaption");
			const { name, title } = view.data;
			const now = name === first ? "" : phrase(view, "now", { title, n: countOf(view.data) });
			if (caption) caption.dataset.now = now;
			clearTimeout(soon);
			if (!onPage.has(id) || host.student || view.showing) return;
			soon = setTimeout(() => {
				const address = host.address(view);
				if (address.length <= LONGEST_LINK) history.replaceState(history.state, "", address);
			}, 150);
		},
	};
	return host;
}

function mount(root) {
	if (root.matches(".gmm-mounted")) return;
	try {
		const { datasets, markup } = globalThis.gmmStepper;
		const id = root.closest("[id]")?.id ?? "stepper";
		const host = pageHost(id, JSON.parse(root.querySelector("script").textContent), datasets);
		const { settings, wrong } = host;
		const { data, parameters } = unpack(host, settings, wrong, null, true);
		const view = makeView(root, host, markup);
		takeState(view, data, suited(data, { ...settings, ...NOTHING_CARRIED }, wrong), parameters ?? host.given);
		restart(view, settings.step);
		complain(view, wrong);
		onPage.set(id, view);
		if (root.closest(".gmm-loop") && !location.hash.includes("?")) showItself(view);
	} catch (error) {
		const words = `This figure stands still: ${escaped(error.message)}`;
		root.insertAdjacentHTML("beforeend", `<p class="gmm-alert" role="alert">${words}</p>`);
	}
}

// A link to a stepper of this page, #id?settings, sets it.
function follow(hash) {
	const [id, query] = hash.slice(1).split("?");
	if (query === undefined) return;
	const root = document.getElementById(id)?.querySelector(STEPPERS) ?? document.querySelector(STEPPERS);
	if (root) mount(root);
	const view = onPage.get(id) ?? onPage.values().next().value;
	if (!view) return;
	guard(view, () => applySettings(view, linkedPairs(query)))();
	view.root.scrollIntoView({ block: "nearest" });
	view.root.focus({ preventScroll: true });
}

function mountAll() {
	document.querySelectorAll(STEPPERS).forEach(mount);
}

function start() {
	whenNear(document.querySelectorAll(STEPPERS), mount);
	document.addEventListener("click", (event) => {
		const link = event.target.closest("a[data-stepper]");
		if (!link) return;
		event.preventDefault();
		follow(`${link.hash}?${link.dataset.stepper}`);
	});
	addEventListener("hashchange", () => follow(location.hash));
	follow(location.hash);
}
