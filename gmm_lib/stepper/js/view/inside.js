// "Look inside": the formulas with the numbers of one point, or of one component.

const pointLookedAt = ({ hovered, chosen }) => hovered ?? chosen.point ?? null;

// `what` is { point: i } or { component: j }.
function lookInside(view, what) {
	view.chosen = what;
	view.hovered = what.point ?? null;
	togglePanel(view, "inside", true);
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
	const name = `Point ${i + 1} ${writtenVector(data.X[i])}`;
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
	const logF = means.map((mean, j) => logDensity(view.data.X[i], mean, cholesky(covariances[j], j)));
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
	return { point: `${i + 1} ${writtenVector(view.data.X[i])}`, terms: terms(view, i) };
}

// (12), (13) and (14) with the numbers of component j: what an M-step will make of these responsibilities, or has made.
function componentNumbers(view, j) {
	const { frame, data: { X }, settings: { printed, floor } } = view;
	const { phase, weights, means, covariances, responsibilities } = frame;
	const w = responsibilities?.map((row) => row[j]) ?? [];
	const N = total(w);
	const divisor = printed.includes("13") ? X.length : N;
	let [mean, S, phi] = [means[j], covariances[j], weights[j]];
	if (phase === "E") {
		mean = weightedMean(X, w, divisor);
		S = weightedCovariance(X, w, divisor, mean, floor);
		phi = printed.includes("12") ? N : N / X.length;
	}
	return {
		name: `${glyph(j)} Component ${j + 1}`, j: j + 1, N: written(N), n: X.length, divisor: written(divisor),
		mean: writtenVector(mean), phi: share(phi), floor: floor ? ` + ${written(floor)}·I` : "",
		made: phrase(view, view.host.student ? "madeOwn" : "made"),
		first: each(X.slice(0, 2), (x, l) => `${share(w[l])}·${writtenVector(x)} + `),
		matrix: matrix(S), ...ofType(view, j),
	};
}

// What another type than "full", or a variance that is held, makes of (14), which is then S_j and not yet Σ_j.
function ofType(view, j) {
	const { frame: { responsibilities }, data: { X }, settings, host } = view;
	const { type, held } = settings;
	if ((type === "full" && !held) || host.student || !responsibilities) return { S: "Σ" };
	const { counts, means, covariances } = moments(X, responsibilities, settings);
	const Sigma = matrix((held ? heldAt(held, means) : constrained(covariances, counts, type))[j]);
	const typed = phrase(view, held ? "held" : type, { j: j + 1, matrix: Sigma });
	return { S: "S", matrix: matrix(covariances[j]), typed };
}
