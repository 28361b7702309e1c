// "Look inside": the formulas with the numbers of one point, or of one component.

const pointLookedAt = ({ hovered, chosen }) => hovered ?? chosen.point ?? null;

// `what` is { point: i } or { component: j }.
function lookInside(view, what) {
	view.chosen = what;
	view.hovered = what.point ?? null;
	togglePanel(view, "inside", true);
}

function nameOf({ X, sampleWeight: v }, i) {
	return `${i + 1} ${writtenVector(X[i])}${v ? `, weight ${written(v[i])}` : ""}`;
}

function hover(view, i) {
	if (i === view.hovered || !view.box) return;
	view.hovered = i;
	refreshPoint(view);
}

function refreshPoint(view) {
	const { ui: { tip, cursor }, data, frame, box } = view;
	const i = pointLookedAt(view) ?? 0;
	const [cx, cy] = view.pixels[i];
	const w = frame?.responsibilities?.[i];
	const likely = w ? `, most likely component ${argmax(w) + 1}, ${share(Math.max(...w))}` : "";
	const name = `Point ${nameOf(data, i)}`;
	const said = { "aria-valuemax": data.X.length, "aria-valuenow": i + 1, "aria-valuetext": name + likely };
	setAttributes(cursor, { cx, cy, ...said });
	cursor.classList.toggle("gmm-on", pointLookedAt(view) !== null);
	drawBeneath(view);
	if (!view.panels.inside.hidden && frame) refreshInside(view);
	tip.hidden = view.hovered === null || !frame || !view.panels.inside.hidden; // which says the same
	if (tip.hidden) return;
	tip.innerHTML = `<strong>${name}</strong>${terms(view, i)}`;
	tip.classList.toggle("gmm-right", cx < box.left + box.width / 2);
}

// (11) with the numbers of point i, from the parameters of the last E-step.
function terms(view, i) {
	const source = view.trace.frames.slice(0, view.step + 1).findLast(({ phase }) => phase === "E");
	if (!source) return phrase(view, "firstE");
	const { weights, means, covariances, responsibilities: w } = source;
	const logF = means.map((mean, j) => logDensities([view.data.X[i]], mean, covariances[j], j)[0]);
	const shift = Math.max(...logF) < -600 ? Math.max(...logF) : 0; // densities too small to be written share a factor
	const f = logF.map((v) => Math.exp(v - shift));
	const phi = view.settings.printed.includes("11") ? f.map(() => 1) : weights;
	const products = f.map((v, j) => phi[j] * v);
	const line = (...cells) => `<tr>${each(cells, (text) => `<td>${text}</td>`)}</tr>`;
	const row = (_, j) => {
		const numbers = [share(phi[j]), ...[f[j], products[j]].map((v) => written(v, 3))];
		return line(`${glyph(j)} ${j + 1}`, ...numbers, `<b>${share(w[i][j])}</b>`);
	};
	const sums = line("Σ", "", "", written(total(products), 3), share(total(w[i])));
	const head = line("j", "φ", "f(x)", "φ f", view.host.student ? "your w" : "w = φf / Σ");
	return `<table>${head}${each(f, row)}${sums}</table>
		${shift ? `<p>All densities × e<sup>${written(shift)}</sup>.</p>` : ""}${phrase(view, `terms${view.frame.phase}`)}`;
}

function fill(panel, values) {
	for (const node of panel.querySelectorAll("[data-fill]")) node.innerHTML = values[node.dataset.fill] ?? "";
}

function refreshInside(view) {
	const { panels: { inside }, frame: { phase, responsibilities: w } } = view;
	const i = pointLookedAt(view);
	const j = view.hovered === null ? view.chosen.component : undefined;
	const state = j >= 0 ? (w && !view.data.n ? "component" : "before") : i === null ? "none" : "point";
	for (const node of inside.children) {
		node.hidden = ![state, state + phase].some((one) => node.dataset.when.split(" ").includes(one));
	}
	if (state === "none") fill(inside, {});
	else fill(inside, state === "point" ? pointNumbers(view, i) : componentNumbers(view, j));
}

function pointNumbers(view, i) {
	return { point: nameOf(view.data, i), terms: terms(view, i) };
}

// (12), (13) and (14) with the numbers of component j: what an M-step will make of these responsibilities, or has made.
function componentNumbers(view, j) {
	const { frame, data: { X, sampleWeight: v }, settings: { printed, floor } } = view;
	const { phase, weights, means, covariances, responsibilities } = frame;
	const made = responsibilities && momentsOf(view);
	const n = v ? total(v) : X.length;
	const N = made?.counts[j] ?? 0;
	let [mean, S, phi] = [means[j], covariances[j], weights[j]];
	if (phase === "E") {
		[mean, S] = [made.means[j], made.covariances[j]];
		phi = printed.includes("12") ? N : N / n;
	}
	const term = (x, l) => `${v ? `${written(v[l])}·` : ""}${share(responsibilities[l][j])}·${writtenVector(x)} + `;
	const [open, floored] = [isLacking(X) ? " + Σ w C / N" : "", floor ? ` + ${written(floor)}·I` : ""];
	return {
		name: `${glyph(j)} Component ${j + 1}`, j: j + 1, N: written(N), n: written(n, 6),
		divisor: written(printed.includes("13") ? n : N), mean: writtenVector(mean), phi: share(phi), floor: open + floored,
		made: phrase(view, view.host.student ? "madeOwn" : "made"),
		first: made ? each(made.points[j].slice(0, 2), term) : "",
		counted: [v && phrase(view, "weighted"), open && phrase(view, "expecting")].filter(Boolean).join(" "),
		matrix: matrix(S), ...ofType(view, j, made),
	};
}

// What (12), (13) and (14) make of the responsibilities shown, with what the E-step before expected of missing values.
function momentsOf(view) {
	const { frame, data: { X, sampleWeight }, settings } = view;
	return moments(X, frame.responsibilities, { ...settings, sampleWeight }, sourceOf(view));
}

// The frame whose parameters the E-step took.
const sourceOf = (view) => (view.frame.phase === "M" ? frameBefore(view) : view.frame);

// What another type than "full", or a variance that is held, makes of (14), which is then S_j and not yet Σ_j.
function ofType(view, j, made) {
	const { settings: { type, held }, host } = view;
	if ((type === "full" && !held) || host.student || !made) return { S: "Σ" };
	const { counts, means, covariances } = made;
	const Sigma = matrix((held ? heldAt(held, means) : constrained(covariances, counts, type))[j]);
	const typed = phrase(view, held ? "held" : type, { j: j + 1, matrix: Sigma });
	return { S: "S", matrix: matrix(covariances[j]), typed };
}
