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
	const whole = ui.stage.clientWidth / size;
	const [across, down] = view.two ? (whole < 560 ? [1, 2] : [2, 1]) : [1, 1]; // on a narrow screen one below the other
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

function setScale(view, width, height) {
	const { left, top } = MARGINS;
	const [right, bottom] = [width - MARGINS.right, height - MARGINS.bottom];
	const [[x0, x1], [y0, y1]] = view.extent;
	const unit = [(right - left) / (x1 - x0), (bottom - top) / (y1 - y0)]; // pixels
	view.box = { left, top, right, bottom, width: right - left, height: bottom - top, whole: [width, height], unit };
	view.toPixels = ([x, y]) => [left + (x - x0) * unit[0], bottom - (y - y0) * unit[1]];
	view.fromPixels = ([x, y]) => [x0 + (x - left) / unit[0], y0 + (bottom - y) / unit[1]];
}

// Red, green and blue of each component, of what is soft, and of the paper.
function themeColours(root) {
	const style = getComputedStyle(root);
	const rgb = (name) => style.getPropertyValue(name).trim().slice(1).match(/../g).map((two) => parseInt(two, 16));
	return { components: GLYPHS.map((_, j) => rgb(`--c${j}`)), soft: rgb("--soft"), paper: rgb("--paper") };
}

// What depends on the points and on the scale, and on nothing else.
function measure(view) {
	if (!view.box) return;
	const n = view.data.X.length;
	view.pixels = view.data.X.map((x) => pixelOf(view, x));
	view.pointSize = n > 800 ? 2.4 : n > 300 ? 3.3 : 4.3;
	view.markers = GLYPHS.map((_, j) => new Path2D(marker(j, 0, 0, view.pointSize)));
	if (isLine(view)) hang(view);
}

const inPlane = ({ pair }, row) => pair.map((r) => row[r] ?? 0);
const covarianceInPlane = (view, S) => {
	return S.length < 2 ? barOf(view, S[0][0]) : inPlane(view, S).map((row) => inPlane(view, row));
};
const pixelOf = (view, row) => view.toPixels(inPlane(view, row));

function ticks([low, high]) {
	const power = 10 ** Math.floor(Math.log10((high - low) / 5));
	const step = [1, 2, 5, 10].find((one) => one * power >= (high - low) / 5) * power;
	const first = Math.ceil(low / step);
	return range(Math.floor(high / step) - first + 1).map((t) => Number(((first + t) * step).toPrecision(12)));
}

function drawAxes({ ui, box, data, pair, extent, toPixels }) {
	const { left, top, right, bottom, whole: [, height] } = box;
	const text = (x, y, words, more = "") => `<text x="${x}" y="${y}" ${more}>${escaped(words).replace("-", "−")}</text>`;
	const [x, y] = [(v) => toPixels([v, 0])[0], (v) => toPixels([0, v])[1]];
	const middle = (top + bottom) / 2;
	const atEnd = 'style="text-anchor:end"';
	const rungs = ticks(extent[1]).filter((v) => data.features.length > 1 || v >= 0);
	const drawn = [
		each(ticks(extent[0]), (v) => `<path d="M${x(v)} ${top}V${bottom}"/>${text(x(v), bottom + 16, v)}`),
		each(rungs, (v) => `<path d="M${left} ${y(v)}H${right}"/>${text(left - 6, y(v) + 4, v, atEnd)}`),
		text((left + right) / 2, height - 6, data.features[pair[0]]),
		text(12, middle, data.features[pair[1]] ?? "density", `transform="rotate(-90 12 ${middle})"`),
	].join("");
	ui.stage.querySelectorAll(".gmm-axes").forEach((axes) => (axes.innerHTML = drawn));
}
