// The mixture's density in the plane on a grid: as shades, and its contours by marching squares.

const [GRID_ACROSS, GRID_UP] = [72, 48]; // cells
const ROW = GRID_ACROSS + 1; // nodes
const LEVELS = [0.01, 0.03, 0.08, 0.18, 0.35, 0.6, 0.85]; // parts of the greatest density

function gridOfDensity(view, { means, covariances, weights }) {
	return means.length && !isLine(view) ? onGrid(view, densityInPlane(means, covariances, weights)) : [];
}

// A density at each node of a grid over the whole box of a view or plot, [x, y, density].
function onGrid({ box, fromPixels }, density) {
	return range(ROW * (GRID_UP + 1)).map((g) => {
		const node = [
			box.left + ((g % ROW) / GRID_ACROSS) * box.width,
			box.top + (Math.floor(g / ROW) / GRID_UP) * box.height,
		];
		return [...node, density(fromPixels(node))];
	});
}

const highest = (nodes) => nodes.reduce((most, node) => Math.max(most, node[2]), 0);

function contours(nodes) {
	const top = highest(nodes);
	return each(LEVELS, (part) => contour(nodes, ROW, part * top));
}

// By the root of the density, lest what is low be lost beside what is high.
function shadesOf({ colours }, nodes) {
	const top = highest(nodes);
	return top ? shaded(nodes.map(([, , density]) => 0.5 * Math.sqrt(density / top)), ROW, colours.act) : null;
}

// The density but for a factor, which contours do not need.
function densityInPlane(means, covariances, weights) {
	const determinants = covariances.map(([[xx, xy], [, yy]]) => xx * yy - xy * xy);
	const term = ([x, y], [[xx, xy], [, yy]], j) => {
		const [u, v] = [x - means[j][0], y - means[j][1]];
		const exponent = (2 * xy * u * v - yy * u * u - xx * v * v) / (2 * determinants[j]);
		return (weights[j] / Math.sqrt(determinants[j])) * Math.exp(exponent) || 0;
	};
	return (point) => total(covariances.map((S, j) => term(point, S, j)));
}

// The path of one level: in each cell a line between the sides that it crosses.
function contour(nodes, row, level) {
	const cross = (p, q) => {
		if (p[2] < level === q[2] < level) return null;
		return [0, 1].map((c) => (p[c] + ((level - p[2]) / (q[2] - p[2])) * (q[c] - p[c])).toFixed(1));
	};
	let path = "";
	for (let g = 0; g + row < nodes.length; g++) {
		if (g % row === row - 1) continue;
		const [a, b, c, d] = [g, g + 1, g + row + 1, g + row].map((corner) => nodes[corner]);
		const ends = [cross(a, b), cross(b, c), cross(c, d), cross(d, a)].filter(Boolean);
		ends.forEach((end, e) => (path += `${e % 2 ? "L" : "M"}${end}`));
	}
	return path;
}
