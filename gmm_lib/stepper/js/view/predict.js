// Predictions: after how many iterations EM ends, and where a mean does. They stay on the picture while EM runs.

const predicted = ({ predict }) => predict.split(",").filter(Boolean);

// What "12,2:4.5:1.4" foretells: 12 iterations, and that the mean of component 2 ends at (4.5, 1.4).
function predictionOf(settings) {
	const parts = predicted(settings).map((part) => part.split(":").map(Number));
	return { iterations: parts.find((part) => part.length < 2)?.[0], ends: parts.filter((part) => part.length > 1) };
}

function predict(view, { iterations, ends }) {
	const parts = [iterations, ...ends.map((end) => end.join(":"))].filter(Boolean);
	applySettings(view, [["predict", parts.join(",")]]);
}

// Mean j is to end at `where`; put back on the mean, the prediction is withdrawn.
function predictEnd(view, j, where) {
	const { iterations, ends } = predictionOf(view.settings);
	const others = ends.filter(([one]) => one !== j + 1);
	const back = squaredDistance(view.toPixels(where), view.toPixels(view.target.means[j])) < 150;
	const seen = where.map((v, r) => roundedTo(v, (view.extent[r][1] - view.extent[r][0]) / 1000));
	predict(view, { iterations, ends: back ? others : [...others, [j + 1, ...seen]] });
}

// From each mean's start to where somebody expects it, also while that is being drawn.
function drawEnds(view) {
	const { drag, frame, settings, trace, ui } = view;
	const ends = predictionOf(settings).ends.map(([j, ...where]) => [j - 1, view.toPixels(where)]);
	if (drag?.far && drag.j !== null && settings.mode === "look") ends.push([drag.j, drag.at]);
	const path = ([j, at]) => `<path style="stroke:var(--c${j})" d="M${pixelOf(view, trace.frames[0].means[j])}L${at}"/>
		<path style="stroke:var(--c${j});stroke-dasharray:none" d="${marker(j, ...at, 9)}"/>`;
	ui.ends.innerHTML = each(ends.filter(([j]) => frame?.means[j]), path);
}
