// "Many starts": where EM ends from two dozen seeds, and how often each rule finds the best end.

const SEEDS = 24;
const SAME = 0.01; // nats: what ends no farther below the best has found it

function refreshStarts(view) {
	const { data, data: { X }, settings: { k, type, floor, printed, held, seed } } = view;
	const first = Math.min(seed - (seed % SEEDS), SETTINGS.seed.high - SEEDS + 1); // a seed keeps its neighbours
	const problem = JSON.stringify([k, type, floor, printed, held, first]);
	if (view.starts?.X !== X || view.starts.problem !== problem) view.starts = { X, data, problem, first, runs: {} };
	drawStarts(view);
	if (!view.starts.awake) runStarts(view, view.starts);
}

// A few milliseconds of each frame of the screen, while somebody looks.
function runStarts(view, starts) {
	const before = (starts.run ??= nextRun(view));
	const until = performance.now() + 10;
	const seen = view.starts === starts && view.root.isConnected && !view.panels.starts.hidden;
	while (seen && starts.run && performance.now() < until) {
		const { trace, done } = starts.run;
		trace.extendTo(1);
		trace.frames = trace.frames.slice(-1); // whole runs would fill the memory
		if (!trace.ended) continue;
		done.push(endOf(trace));
		starts.run = nextRun(view);
	}
	starts.awake = seen && !!starts.run;
	if (starts.run !== before) drawStarts(view);
	if (starts.awake) requestAnimationFrame(guard(view, () => runStarts(view, starts)));
}

// The rule of the form goes first.
function nextRun({ starts: { data, first, runs }, settings }) {
	const rules = [settings.start, ...Object.keys(SETTINGS.start.allowed)];
	const start = rules.find((rule) => (runs[rule] ??= []).length < SEEDS);
	const done = runs[start];
	return start && { done, trace: traceOf(data, { ...settings, start, seed: first + done.length }) };
}

// Of a run that has ended, what a tile shows; what collapsed has found nothing.
function endOf({ ended: { why }, frames: [frame = {}] }) {
	const { phase, iteration, means = [], covariances, responsibilities, logLikelihood } = frame;
	const own = responsibilities?.map(argmax) ?? [];
	const value = /converged|limit/.test(why) ? logLikelihood : -Infinity;
	return { why, means, covariances, own, value, step: 2 * iteration - (phase === "E") || 0 };
}

function drawStarts(view) {
	const { starts, settings: { start, seed }, box, ui: { tiles } } = view;
	const { first, runs } = starts;
	const best = Math.max(...Object.values(runs).flat().map(({ value }) => value));
	const wins = ({ value }) => value > best - SAME;
	if (starts.box !== box || starts.rule !== start) {
		Object.assign(starts, { box, rule: start });
		const viewBox = [box.left, box.top, box.width, box.height].join(" ");
		tiles.innerHTML = each(range(SEEDS), (i) => phrase(view, "tile", { viewBox, seed: first + i }));
	}
	[...tiles.children].forEach((tile, i) => {
		const run = runs[start]?.[i];
		const [picture, words] = tile.children;
		if (run && !picture.innerHTML) picture.innerHTML = miniature(view, run);
		words.textContent = `${first + i}: ${run ? (wins(run) ? "✓ " : "") + outcome(run) : "…"}`;
		setAttributes(tile, { "aria-current": first + i === seed });
	});
	const line = ([rule, { label }]) => {
		const done = runs[rule] ?? [];
		const found = done.filter(wins).length;
		return `<div><i style="width:${(30 * found) / SEEDS}%"></i>${found} of ${done.length}: ${label}</div>`;
	};
	const others = othersThan(view);
	const rules = each(Object.entries(SETTINGS.start.allowed), line);
	fill(view.panels.starts, { best: nats(best), rules, others: others && phrase(view, others) });
}

function outcome({ why, value }) {
	if (value === -Infinity) return why === "collapse" ? "collapsed" : "–";
	return nats(value) + (why === "limit" ? " …" : "");
}

// Ellipses at one deviation, and the points in the colours of their most likely components; of many points some.
function miniature(view, { means, covariances, own }) {
	const spots = means.map(() => "");
	const every = Math.ceil(own.length / 400);
	own.forEach((j, i) => i % every || (spots[j] += `M${view.pixels[i].map(Math.round)}h0`));
	return each(means, (mean, j) => {
		const shape = ellipse(view, pixelOf(view, mean), covarianceInPlane(view, covariances[j]), 1);
		const attributes = each(Object.entries(shape), ([name, value]) => ` ${name}="${value}"`);
		return `<g style="--c:var(--c${j})"><path d="${spots[j]}"/><ellipse${attributes}/></g>`;
	});
}

// Where Python computes what this page cannot, these runs are others than the one shown; the sentence that says why.
const othersThan = ({ host, data }) => (host.student ? "startsOwn" : data.n ? "startsSample" : "");

// As its tile shows it, at its end.
function openStart(view, seed) {
	const { first, runs, rule } = view.starts;
	const step = (!othersThan(view) && runs[rule]?.[seed - first]?.step) || 0;
	applySettings(view, [["seed", seed], ["step", step]]);
}
