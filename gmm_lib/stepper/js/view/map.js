// The log-likelihood over two parameters as a map: the darker, the higher, with a line for each round drop.

// 1, 2, 5, 10, ... as far as `most`, and down to a thousandth of it.
function roundDrops(most) {
	const power = Math.floor(Math.log10(most));
	return range(4).flatMap((p) => [1, 2, 5].map((one) => one * 10 ** (power - 3 + p))).filter((drop) => drop < most);
}

// `rows` from the bottom up, over the whole box.
function heightMap({ left, top, width, height }, rows, colour) {
	const known = rows.flat().filter(Number.isFinite);
	const [low, high] = [Math.min(...known), Math.max(...known)];
	const across = rows[0].length;
	const nodes = [...rows].reverse().flatMap((row, r) => row.map((v, c) => {
		const place = [left + (c / (across - 1)) * width, top + (r / (rows.length - 1)) * height];
		return [...place, Math.max(low, v)];
	}));
	const deep = Math.log1p(high - low) || 1;
	const shades = nodes.map(([, , v]) => 0.7 * (1 - Math.log1p(high - v) / deep));
	const lines = each(roundDrops(high - low), (drop) => contour(nodes, across, high - drop));
	const picture = shadesAsSVG(shaded(shades, across, colour), { left, top, width, height });
	return `${picture}<path class="gmm-contour" d="${lines}"/>`;
}
