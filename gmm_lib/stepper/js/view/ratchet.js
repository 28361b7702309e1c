// "The ratchet": log-likelihood and bound over the half-steps, from afar and from near by, and the frame's numbers.

const [LEFT, RIGHT] = [64, 14]; // pixels beside the plots

function refreshRatchet(view) {
	const { ui, form, buttons, frame, step, size, settings, trace: { frames } } = view;
	const revealed = settings.view.includes("future");
	if (revealed) computeAhead(view);
	const last = revealed ? frames.length - 1 : view.seen; // nothing of what is to come, unless somebody asks for it
	const [guess, near] = [predictionOf(settings).iterations, +form.near.value];
	const from = clamp(step - near / 2, 0, Math.max(0, last - near));
	const [width, height] = [Math.max(260, ui.chart.clientWidth / size), 322];
	view.plots = [
		{ last, width, from: 0, to: Math.max(last, 2 * guess || 20, 20), top: 20, bottom: 150, guess },
		{ last, width, from, to: from + near, top: 200, bottom: 290, base: frame.logLikelihood },
	];
	const fallen = range(last + 1).filter((i) => falls(view, i));
	const [begin, end] = [frames[0], frames[last]].map(({ logLikelihood }) => nats(logLikelihood));
	setAttributes(ui.chart, {
		viewBox: `0 0 ${width} ${height}`, style: `height:${height * size}px`,
		"aria-label": phrase(view, "curve", { steps: last, begin, end, falls: fallen.length }),
	});
	ui.chart.innerHTML = each(view.plots, (one) => plot(view, one));
	setAttributes(form.history, { max: last, "aria-valuetext": `${frame.phase} ${frame.iteration}` });
	[form.history.value, form.guess.value] = [step, guess ?? ""];
	setAttributes(buttons.reveal, { "aria-pressed": revealed });
	const more = fallen.length > 9 ? ` and ${fallen.length - 9} more` : "";
	const when = fallen.slice(0, 9).map((i) => frames[i].iteration).join(", ") + more;
	const words = when && phrase(view, "falls", { when, cause: causeOfFall(view) });
	fill(view.panels.ratchet, { ...ratchetNumbers(view), falls: words });
}

// The half-steps `from` .. `to` as far as `last`, in nats above `base`.
function plot(view, { last, width, from, to, top, bottom, guess, base = 0 }) {
	const { trace: { frames }, step } = view;
	const shown = range(Math.min(to, last) + 1).slice(from);
	const value = (i, name) => (frames[i][name] ?? NaN) - base;
	const values = shown.flatMap((i) => [value(i, "logLikelihood"), value(i, "lowerBound")]).filter(Number.isFinite);
	const air = (Math.max(...values) - Math.min(...values)) / 10 || 1e-6 * Math.abs(frames[step].logLikelihood) || 1;
	const [low, high] = [Math.min(...values) - air, Math.max(...values) + air];
	const pace = (width - LEFT - RIGHT) / (to - from);
	const x = (i) => LEFT + (i - from) * pace;
	const y = (v) => top + ((high - Math.max(low, v)) / (high - low)) * (bottom - top);
	const line = (kind, name, list) => {
		const places = list.map((i) => [x(i), y(value(i, name))]);
		const marks = pace > 8 ? each(places, ([cx, cy]) => `<circle cx="${cx}" cy="${cy}"/>`) : "";
		return `<g class="gmm-${kind}"><polyline points="${places.join(" ")}"/>${marks}</g>`;
	};
	const text = (at, up, words, anchor = "middle") =>
		`<text x="${at}" y="${up}" style="text-anchor:${anchor}">${words}</text>`;
	const upright = (i, kind) => `<path class="gmm-${kind}" d="M${x(i)} ${top}V${bottom}"/>`;
	const rule = (v) => `<path d="M${LEFT} ${y(v)}H${x(to)}"/>${text(LEFT - 6, y(v) + 4, written(v), "end")}`;
	return [
		text(2, top - 7, phrase(view, base ? "natsAbove" : "nats", { base: nats(base) }), "start"),
		each(ticks([low, high]), rule),
		each(ticks([from / 2, to / 2]).filter(Number.isInteger), (t) => text(x(2 * t), bottom + 14, t)),
		text(x(to), bottom + 28, "iteration", "end"),
		upright(step, "now"),
		line("value", "logLikelihood", shown),
		line("bound", "lowerBound", shown.filter((i) => frames[i].lowerBound !== null)),
		each(shown.filter((i) => i > from && falls(view, i)), (i) => line("fall", "logLikelihood", [i - 1, i])),
		guess ? upright(2 * guess, "guess") + text(Math.min(x(2 * guess), x(to) - 70), bottom + 28, "you") : "",
	].join("");
}

function ratchetNumbers({ frame, step, trace, data, settings }) {
	const { iteration, logLikelihood: value, lowerBound: bound, weights } = frame;
	const p = freeParameters(weights.length, data.features.length, settings);
	const bar = (weight, j) => {
		const style = `background:var(--c${j});width:${(70 * weight) / total(weights)}%`;
		return `<div>${glyph(j)} <i style="${style}"></i> ${share(weight)}</div>`;
	};
	const gap = Math.abs(value - bound) < roundingOf(value) ? 0 : value - bound;
	return {
		iteration,
		value: nats(value),
		change: step ? written(value - trace.frames[step - 1].logLikelihood) : "–",
		bound: bound === null ? "–" : nats(bound),
		gap: bound === null ? "–" : written(gap),
		AIC: nats(2 * p - 2 * value),
		BIC: nats(p * Math.log(totalCount(data)) - 2 * value),
		weights: each(weights, bar),
	};
}

// A click on a curve goes to the frame there.
function clickCurve(view, event) {
	const [x, y] = placeOf(view, event, view.ui.chart);
	const { last, width, from, to } = view.plots[+(y > 180)];
	pause(view);
	leap(view, clamp(Math.round(from + ((x - LEFT) / (width - LEFT - RIGHT)) * (to - from)), 0, last));
}
