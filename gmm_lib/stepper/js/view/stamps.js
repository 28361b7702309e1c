// Many points, dot by dot: a canvas takes longer to fill and stroke each mark than EM takes for a half-step, so that
// each mark is drawn once, read as shares of colour and paper, and stamped by hand wherever it is needed.

const MANY = 500;
const PARTS = 4; // places between two dots, across and up

// For each place between the dots the mark's own dots, five numbers each: where, and its shares of the colour, of paper
// and of what is beneath.
function stampsOf({ markers, pointSize, density }, shape) {
	const side = 2 * Math.ceil((1.4 * pointSize + 1) * density) + 2;
	const canvas = Object.assign(document.createElement("canvas"), { width: 2 * side, height: PARTS * PARTS * side });
	const pen = canvas.getContext("2d", { willReadFrequently: true });
	pen.lineWidth = 0.8;
	for (const place of range(PARTS * PARTS)) {
		const [dx, dy] = [place % PARTS, Math.floor(place / PARTS)].map((part) => side / 2 + part / PARTS);
		pen.setTransform(density, 0, 0, density, dx, place * side + dy);
		pen.fill(markers[shape]);
		pen.setTransform(density, 0, 0, density, side + dx, place * side + dy);
		pen.stroke(markers[shape]);
	}
	const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
	const opacity = (x, y) => data[4 * (y * 2 * side + x) + 3] / 255;
	return range(PARTS * PARTS).map((place) => Float32Array.from(range(side * side).flatMap((dot) => {
		const [x, y] = [dot % side, Math.floor(dot / side)];
		const [inside, edge] = [opacity(x, place * side + y), opacity(side + x, place * side + y)];
		const above = [inside * (1 - edge), edge, (1 - inside) * (1 - edge)];
		return inside || edge ? [x - side / 2, y - side / 2, ...above] : [];
	})));
}

function stampPoints(view, pen, { colours, shapes }) {
	const { density, pixels, pointSize, ui: { canvas: { width, height } }, colours: { paper } } = view;
	const stampKey = [density, pointSize].join();
	if (view.stampKey !== stampKey) Object.assign(view, { stampKey, stamps: [] });
	const image = new ImageData(width, height);
	pixels.forEach(([px, py], i) => {
		const stamps = (view.stamps[shapes[i]] ??= stampsOf(view, shapes[i]));
		const [x, y] = [px, py].map((v) => Math.round(v * density * PARTS));
		const [left, top] = [x, y].map((v) => Math.floor(v / PARTS));
		const stamp = stamps[(y - PARTS * top) * PARTS + x - PARTS * left];
		for (let d = 0; d < stamp.length; d += 5) {
			const at = left + stamp[d];
			const up = top + stamp[d + 1];
			if (at < 0 || at >= width || up < 0 || up >= height) continue;
			blendInto(image.data, 4 * (up * width + at), colours[i], stamp[d + 2], paper, stamp[d + 3], stamp[d + 4]);
		}
	});
	view.layer ??= document.createElement("canvas");
	Object.assign(view.layer, { width, height });
	view.layer.getContext("2d", { willReadFrequently: true }).putImageData(image, 0, 0);
	pen.setTransform(1, 0, 0, 1, 0, 0);
	pen.drawImage(view.layer, 0, 0);
}

// One dot, whose opacity grows with what is put on it.
function blendInto(dots, at, colour, own, paper, edge, beneath) {
	const before = (dots[at + 3] / 255) * beneath;
	const opacity = before + own + edge;
	for (let c = 0; c < 3; c++) {
		dots[at + c] = (dots[at + c] * before + colour[c] * own + paper[c] * edge) / opacity;
	}
	dots[at + 3] = 255 * opacity;
}
