// Where things stand: the columns shown, their range, and the way from data to pixels and back.

// Before other data are shown: the frames at hand do not belong to them.
function dropRun(view) {
	view.trace = { frames: [] };
	setStep(view, 0);
}

// The columns shown, and their range, which stands still while EM runs.
function showColumns(view) {
	const { data: { X, features }, settings } = view;
	view.pair = settings.pair ?? (features.length > 3 ? [2, 3] : [0, 1]);
	const columns = X[0].map((_, r) => X.map((x) => x[r]).filter(Number.isFinite));
	const rangeOf = (r) => {
		const column = columns[r] ?? [];
		const [low, high] = column.length ? [Math.min(...column), Math.max(...column)] : [0, 1];
		const margin = MARGINS.around * (high - low) || 1;
		return [low - margin, high + margin];
	};
	const [across, up] = view.pair;
	view.extent = [rangeOf(across), isLine(view) ? heightsOf(columns[0], rangeOf(0)) : rangeOf(up)];
	spread(view);
}

function spread(view) {
	const { data: { features }, form, ui } = view;
	ui.axesChoice.hidden = features.length < 3;
	for (const name of ["across", "up"]) form[name].innerHTML = options(features.map((feature, r) => [r + 1, feature]));
	layout(view);
}

function layout(view) {
	const { ui } = view;
	if (!view.data || !ui.stage.clientWidth) return;
	const presenting = view.root.matches(".gmm-presenter"); // fills the screen, and shows all larger
	const size = (view.size = presenting ? clamp(innerHeight / 500, 1.2, 3) : 1);
	view.root.style.setProperty("--size", size);
	view.two = !!secondOf(view);
	view.root.classList.toggle("gmm-two", view.two); // beside a panel they get more of the width
	const whole = ui.stage.clientWidth / size;
	const [across, down] = view.two ? sideBySide(view, whole, presenting) : [1, 1];
	const width = whole / across;
	const fitting = Math.round(clamp(width * 0.6, 230, Math.max(230, innerHeight * 0.68)));
	ui.stage.style.height = presenting ? "" : `${down * fitting}px`;
	const height = presenting ? ui.stage.clientHeight / size / down : fitting;
	setAttributes(ui.stage, { "data-across": across, "data-down": down });
	setScale(view, width, height);
	view.density = size * devicePixelRatio;
	const inner = { x: view.box.left, y: view.box.top, width: view.box.width, height: view.box.height };
	const both = (kind, values) => ui.stage.querySelectorAll(kind).forEach((node) => setAttributes(node, values));
	both("canvas", { width: width * view.density, height: height * view.density });
	both(".gmm-picture", { viewBox: `0 0 ${width} ${height}` });
	both(".gmm-plot", { ...inner, viewBox: Object.values(inner).join(" ") });
	view.colours = themeColours(view.root); // the theme may have changed
	drawAxes(view);
	measure(view);
	show(view, false);
}

// Two runs: on a narrow screen one below the other; on a projector as their pictures' shorter sides are longest.
function sideBySide({ ui, size }, whole, presenting) {
	const { left, right, top, bottom } = MARGINS;
	const high = ui.stage.clientHeight / size;
	const shorter = ([across, down]) => Math.min(whole / across - left - right, high / down - top - bottom);
	const beside = presenting ? shorter([2, 1]) > shorter([1, 2]) : whole >= 560;
	return beside ? [2, 1] : [1, 2];
}

function themeColours(root) {
	const [soft, paper, act] = ["soft", "paper", "act"].map((name) => colourOf(root, name));
	return { components: GLYPHS.map((_, j) => colourOf(root, `c${j}`)), soft, paper, act };
}

// What depends on the points and on the scale, and on nothing else.
function measure(view) {
	if (!view.box) return;
	const n = view.data.X.length;
	view.lines = [];
	view.pixels = view.data.X.map((x, i) => placeInBox(view, x, i));
	const { sampleWeight: v } = view.data;
	const mean = v && total(v) / n;
	view.sizes = view.data.X.map((_, i) => (v ? Math.sqrt(v[i] / mean) : 1)); // the area of a point shows its weight
	view.pointSize = n > 800 ? 2.4 : n > 300 ? 3.3 : 4.3;
	view.markers = GLYPHS.map((_, j) => new Path2D(marker(j, 0, 0, view.pointSize)));
	if (isLine(view)) hang(view);
}

// A point that lacks one of the two values shown is a line, "H" or "V", marked at the edge; one that lacks both is
// nowhere to be seen.
function placeInBox(view, row, i) {
	const [x, y] = pixelOf(view, row);
	const [noX, noY] = [x, y].map(Number.isNaN);
	if (noX && (noY || isLine(view))) return [-1e4, -1e4];
	view.lines[i] = noX ? "H" : noY ? "V" : "";
	return [noX ? view.box.left : x, noY ? view.box.bottom : y];
}

function lineAlong({ lines, pixels, box: { left, right, top, bottom } }, i) {
	const [x, y] = pixels[i];
	return lines[i] === "H" ? `M${left} ${y}H${right}` : lines[i] ? `M${x} ${top}V${bottom}` : "";
}

const inPlane = ({ pair }, row) => pair.map((r) => row[r] ?? 0);
const covarianceInPlane = (view, S) => {
	return S.length < 2 ? barOf(view, S[0][0]) : inPlane(view, S).map((row) => inPlane(view, row));
};
const pixelOf = (view, row) => view.toPixels(inPlane(view, row));

function drawAxes(view) {
	const { ui, data: { features }, pair } = view;
	const drawn = axes(view, [features[pair[0]], features[pair[1]] ?? "density"], isLine(view) ? 0 : -Infinity);
	ui.stage.querySelectorAll(".gmm-axes").forEach((node) => (node.innerHTML = drawn));
}
