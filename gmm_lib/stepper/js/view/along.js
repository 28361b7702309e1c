// "Likelihood": the log-likelihood over one parameter, EM's way on it, and the bound that touches it.

const TALL = { top: 24, bottom: 250, height: 290 }; // pixels

// What may be chosen: [value, words]. What all components share is no parameter of one.
function choicesAlong({ frame: { means }, data: { features }, settings: { type, held } }) {
	const one = (j) => [
		...features.map((name, r) => [`mean:${j}:${r + 1}`, `mean ${j}, ${name}`]),
		...(means.length > 1 ? [[`weight:${j}`, `weight ${j}`]] : []),
		...(type === "tied" || held ? [] : [[`spread:${j}`, `spread ${j}, times`]]),
	];
	return means.flatMap((_, j) => one(j + 1));
}

// The value that a frame has; spreads are told as multiples of that of the frame shown.
function valueAlong({ frame: now }, [kind, j, r], { weights, means, covariances }) {
	if (kind === "mean") return means[j][r];
	if (kind === "weight") return weights[j];
	const deviation = ({ [j]: S }) => Math.exp(total(cholesky(S, j).map((row, c) => Math.log(row[c]))) / S.length);
	return deviation(covariances) / deviation(now.covariances);
}

// From where to where the curve is drawn, nearer by around the value that EM has now.
function rangeAlong({ data: { X }, frame: { weights } }, [kind, , r], now, closer) {
	let [low, high] = kind === "weight" ? [0, total(weights)] : [0.05, 3];
	if (kind === "mean") {
		const column = X.map((x) => x[r]).filter(Number.isFinite);
		[low, high] = [Math.min(now, ...column), Math.max(now, ...column)]; // as printed, a mean may leave its points
		if (low === high) [low, high] = [low - 1, high + 1];
	}
	if (closer > 1) {
		const half = (high - low) / closer / 2;
		[low, high] = [Math.max(low, now - half), Math.min(high, now + half)];
	}
	const edge = (high - low) / 1000; // a weight of 0 has no logarithm
	return [low + edge, high - edge];
}

// The list of what may be chosen, unless it is the same: an open list stays open.
function offerAlong(field, choices, value) {
	const list = options(choices);
	if (field.dataset.list !== list) field.innerHTML = field.dataset.list = list;
	field.value = value;
}

function chooseAlong(view) {
	const { along, second } = view.form;
	const both = [along.value, second.value].filter((one, i, all) => one && all.indexOf(one) === i);
	applySettings(view, [["along", both.join(",")]]);
}

const readAlong = (text) => text.split(":").map((part, i) => (i ? part - 1 : part)); // as `profile` wants it

function refreshAlong(view) {
	const { ui, form, panels, data, settings, size } = view;
	const choices = choicesAlong(view);
	const [one, other] = settings.along.split(",").map((word) => choices.find(([value]) => value === word));
	const first = one ?? choices[0];
	// Weights sum to one: two of them are no free choice.
	const beside = choices.filter(([value]) => value !== first[0] && !/weight.*weight/.test(first[0] + value));
	const second = beside.includes(other) ? other : null;
	offerAlong(form.along, choices, first[0]);
	offerAlong(form.second, [["", "no other"], ...beside], second?.[0] ?? "");
	const sample = data.n ? phrase(view, "alongSample") : "";
	fill(panels.along, { sample });
	ui.hill.innerHTML = "";
	ui.ofMap.hidden = !second;
	ui.ofCurve.hidden = !!second;
	if (sample) return;
	const height = second ? drawSurface(view, [first, second]) : drawCurve(view, first);
	ui.hill.style.height = `${height * size}px`;
}

// EM's way so far, by the values that it gave to these parameters.
function wayAlong(view, alongs) {
	const past = view.trace.frames.slice(0, view.step + 1).filter(({ phase }) => phase !== "E");
	const at = (frame) => alongs.map((along) => valueAlong(view, along, frame));
	return past.map((frame) => ({ at: at(frame), logLikelihood: frame.logLikelihood }));
}

// What `profile` is told besides.
const besides = (view) => ({ source: sourceOf(view), sampleWeight: view.data.sampleWeight });

function drawCurve(view, [word, name]) {
	const { form, data, frame } = view;
	const along = readAlong(word);
	const now = valueAlong(view, along, frame);
	const [low, high] = rangeAlong(view, along, now, +form.closer.value);
	const count = data.X.length > 1000 ? 40 : 120;
	const grid = range(count + 1).map((q) => low + ((high - low) * q) / count);
	const curve = profile(data.X, frame, along, [...grid, now].sort((a, b) => a - b), besides(view));
	const way = wayAlong(view, [along]).map(({ at: [value], ...more }) => ({ value, ...more }));
	drawAlong(view, { curve, way, now, low, high, name });
	return TALL.height;
}

function drawAlong(view, { curve, way, now, low, high, name }) {
	const { ui, frame, size } = view;
	const width = Math.max(260, ui.hill.clientWidth / size);
	const heights = curve.map(({ logLikelihood }) => logLikelihood).filter(Number.isFinite);
	const air = (Math.max(...heights) - Math.min(...heights)) / 12 || 1;
	const extent = [Math.min(...heights) - air, Math.max(...heights) + air];
	const area = { left: LEFT, right: width - RIGHT, top: TALL.top, bottom: TALL.bottom };
	const near = (pixel) => clamp(pixel, -1e4, 1e4); // a bound, or EM's way, may go farther than a drawing reaches
	const x = (v) => near(area.left + ((v - low) / (high - low)) * (area.right - area.left));
	const y = (v) => near(area.bottom - ((v - extent[0]) / (extent[1] - extent[0])) * (area.bottom - area.top));
	const line = (kind, list, field) => {
		const places = list.filter((one) => Number.isFinite(one[field])).map((one) => `${x(one.value)},${y(one[field])}`);
		return `<g class="gmm-${kind}"><polyline points="${places.join(" ")}"/></g>`;
	};
	const mark = (kind, value, v) => `<g class="gmm-${kind}"><circle cx="${x(value)}" cy="${y(v)}"/></g>`;
	const touching = frame.lowerBound !== null;
	const here = { name, low: written(low), high: written(high), now: written(now), value: nats(frame.logLikelihood) };
	const bound = touching ? phrase(view, "hillBound", { bound: nats(frame.lowerBound) }) : "";
	setAttributes(ui.hill, {
		viewBox: `0 0 ${width} ${TALL.height}`, "aria-label": phrase(view, "hill", { ...here, bound }),
	});
	const box = { x: area.left, y: area.top, width: area.right - area.left, height: area.bottom - area.top };
	ui.hill.innerHTML = `${axesAlong(view, { x, y, extent, area, low, high, name })}
		<svg ${each(Object.entries(box), ([side, v]) => ` ${side}="${v}"`)} viewBox="${Object.values(box).join(" ")}">
		${line("way", way, "logLikelihood")}${each(way.slice(0, -1), (one) => mark("way", one.value, one.logLikelihood))}
		${line("value", curve, "logLikelihood")}${touching ? line("bound", curve, "bound") : ""}
		${mark("value", now, frame.logLikelihood)}${touching ? mark("bound", now, frame.lowerBound) : ""}</svg>`;
}

function axesAlong(view, { x, y, extent, area, low, high, name }) {
	const { left, right, top, bottom } = area;
	const text = (at, up, words, anchor = "middle") =>
		`<text x="${at}" y="${up}" style="text-anchor:${anchor}">${words}</text>`;
	const rule = (v) => `<path d="M${left} ${y(v)}H${right}"/>${text(left - 6, y(v) + 4, written(v, 6), "end")}`;
	return [
		text(2, top - 9, phrase(view, "nats"), "start"),
		each(ticks(extent), rule),
		each(ticks([low, high]), (v) => `<path d="M${x(v)} ${top}V${bottom}"/>${text(x(v), bottom + 15, written(v, 6))}`),
		text(right, bottom + 32, escaped(name), "end"),
	].join("");
}
