// "The ratchet": the curve of the log-likelihood and its bound, and the numbers of the frame shown.

const CURVE_EDGE = 8; // pixels left and right of the curve
const CURVE_BASE = 148; // pixels from the top

const lastDrawn = ({ trace, step }) => Math.min(trace.frames.length - 1, Math.max(60, step + 20));

function refreshRatchet(view) {
	computeAhead(view);
	const { ui, form, frame, step, trace: { frames } } = view;
	const fallen = [...frames.keys()].filter((i) => falls(view, i));
	const [from, to] = [frames[0], frames.at(-1)].map(({ logLikelihood }) => written(logLikelihood));
	const label = phrase(view, "curve", { steps: frames.length - 1, from, to, falls: fallen.length });
	const width = Math.max(260, ui.chart.clientWidth);
	setAttributes(ui.chart, { viewBox: `0 0 ${width} 170`, "aria-label": label });
	ui.chart.innerHTML = curve(view, width);
	setAttributes(form.history, { max: frames.length - 1, "aria-valuetext": `${frame.phase} ${frame.iteration}` });
	form.history.value = step;
	const when = fallen.slice(0, 9).map((i) => frames[i].iteration).join(", ");
	const words = when && phrase(view, "falls", { when, cause: causeOfFall(view) });
	fill(view.panels.ratchet, { ...ratchetNumbers(view), falls: words });
}

function curve(view, width) {
	const { frames } = view.trace;
	const last = lastDrawn(view);
	const all = range(last + 1);
	const states = all.filter((i) => frames[i].phase !== "E");
	const values = all.flatMap((i) => [frames[i].logLikelihood, frames[i].lowerBound ?? NaN]).filter(Number.isFinite);
	const [low, high] = [Math.min(...values), Math.max(...values)];
	const x = (i) => CURVE_EDGE + (i / (last || 1)) * (width - 2 * CURVE_EDGE);
	const y = (v) => 10 + ((high - Math.max(low, v)) / (high - low || 1)) * (CURVE_BASE - 18);
	const place = (i, name) => [x(i), y(frames[i][name])];
	const line = (name, list, kind) => {
		const points = list.map((i) => place(i, name)).join(" ");
		return `<polyline class="gmm-${kind}" points="${points}"/>`;
	};
	const dot = (i) => {
		const [cx, cy] = place(i, "logLikelihood");
		return `<circle cx="${cx}" cy="${cy}" r="3.5" class="${falls(view, i) ? "gmm-fall" : ""}"/>`;
	};
	return [
		`<path class="gmm-now" d="M${x(view.step)} 2V${CURVE_BASE}"/>`,
		line("lowerBound", all.filter((i) => frames[i].lowerBound !== null), "bound"),
		line("logLikelihood", states, "value"),
		each(states.filter((i) => falls(view, i)), (i) => line("logLikelihood", [i - 2, i], "fall")),
		each(states, dot),
		phrase(view, "legend"),
	].join("");
}

function ratchetNumbers({ frame, step, trace, data }) {
	const { iteration, logLikelihood: value, lowerBound: bound, weights } = frame;
	const m = data.features.length;
	const p = weights.length * (1 + m + (m * (m + 1)) / 2) - 1; // free parameters
	const bar = (weight, j) => {
		const style = `background:var(--c${j});width:${(70 * weight) / total(weights)}%`;
		return `<div>${glyph(j)} <i style="${style}"></i> ${written(weight, 3)}</div>`;
	};
	return {
		iteration,
		value: written(value, 7),
		change: step ? written(value - trace.frames[step - 1].logLikelihood) : "–",
		bound: bound === null ? "–" : written(bound, 7),
		AIC: written(2 * p - 2 * value, 6),
		BIC: written(p * Math.log(countOf(data)) - 2 * value, 6),
		weights: each(weights, bar),
	};
}

// A click on the curve goes to the frame there.
function clickCurve(view, clientX) {
	const { left, width } = view.ui.chart.getBoundingClientRect();
	const last = lastDrawn(view);
	const i = Math.round(((clientX - left - CURVE_EDGE) / (width - 2 * CURVE_EDGE)) * last);
	pause(view);
	leap(view, clamp(i, 0, last));
}
