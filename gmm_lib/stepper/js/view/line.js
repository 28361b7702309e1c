// One column alone: the density over the line, each component's part of it, and the points hanging below.

const isLine = ({ data }) => data?.features.length < 2; // a page says things before it has points

// The heights of the picture, from the points alone, so that they stand still while EM runs: of the highest bar of a
// histogram with room above it.
function heightsOf(column, [low, high]) {
	const bars = Math.ceil(2 * Math.sqrt(column.length));
	const counts = range(bars).map(() => 0);
	for (const v of column) counts[Math.min(bars - 1, Math.floor(((v - low) / (high - low)) * bars))]++;
	const top = (1.1 * Math.max(1, ...counts) * bars) / ((column.length || 1) * (high - low));
	return [(-MARGINS.hanging / (1 - MARGINS.hanging)) * top, top];
}

// Points that would hide each other hang below one another: each in the highest row that is free where it stands.
function hang({ pixels, pointSize, toPixels, box }) {
	const line = toPixels([0, 0])[1];
	const ends = []; // how far each row is taken
	const rows = [];
	for (const i of range(pixels.length).filter((i) => pixels[i][0] >= 0).sort((a, b) => pixels[a][0] - pixels[b][0])) {
		const free = ends.findIndex((end) => end <= pixels[i][0] - 2 * pointSize);
		rows[i] = free < 0 ? ends.length : free;
		ends[rows[i]] = pixels[i][0];
	}
	const step = Math.min(2 * pointSize, (box.bottom - line - 5 * pointSize) / ends.length);
	pixels.forEach((pixel, i) => (pixel[1] = line + 3 * pointSize + step * (rows[i] ?? 0)));
}

// One deviation, where a tile shows it, is a bar along the line.
const barOf = ({ box }, variance) => [[variance, 0], [0, (3 / box.unit[1]) ** 2]];

const ACROSS = 240; // places at which a curve is computed

// φ_j f_j(x) of each component, over the picture; means and covariances are those in the plane.
function partsOf({ extent: [[low, high]] }, { means, covariances, weights }) {
	return range(ACROSS + 1).map((q) => {
		const x = low + ((high - low) * q) / ACROSS;
		const densities = means.map(([mean], j) => {
			const variance = covariances[j][0][0];
			return Math.exp(-((x - mean) ** 2) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance) || 0;
		});
		return { x, densities, parts: densities.map((v, j) => weights[j] * v) };
	});
}

// After an E-step the area under the density has its colours: the share of a colour in the height is w, by (11).
function drawDensity(view, picture) {
	const { ui, frame, host, settings } = view;
	const spread = picture.covariances.some(([[variance]]) => variance > 0); // k-means has none
	const rows = isLine(view) && spread ? partsOf(view, picture) : [];
	const path = (list) => list.map((one) => view.toPixels(one)).join("L");
	const line = (kind, height, j) => {
		const style = j === undefined ? "" : ` style="--c:var(--c${j})"`;
		return `<path class="gmm-${kind}"${style} d="M${path(rows.map((row) => [row.x, height(row)]))}"/>`;
	};
	const shared = frame?.phase === "E" && !host.student ? picture.means : [];
	const layers = rows.map(({ x, densities, parts }) => {
		const shares = settings.printed.includes("11") ? densities : parts;
		const [all, sum] = [total(parts), total(shares)];
		let height = 0;
		return { x, edges: [0, ...shares.map((v) => (height += sum && (all * v) / sum))] };
	});
	const layer = (_, j) => {
		const [below, above] = [j, j + 1].map((edge) => layers.map(({ x, edges }) => [x, edges[edge]]));
		return `<path class="gmm-share" style="--c:var(--c${j})" d="M${path([...above, ...below.reverse()])}Z"/>`;
	};
	ui.density.innerHTML = rows.length ? [
		each(shared, layer),
		each(picture.means, (_, j) => line("part", ({ parts }) => parts[j], j)),
		line("whole", ({ parts }) => total(parts)),
	].join("") : "";
}

// The density of the mixture that the points are known to come from.
function truthOnLine(view, { means, covariances, weights }) {
	const plane = { weights, means, covariances };
	return `<path d="M${partsOf(view, plane).map(({ x, parts }) => view.toPixels([x, total(parts)])).join("L")}"/>`;
}
