// "Likelihood" over two parameters: a map, and EM's way on it.

const SIDE = 41; // places along each side

function drawSurface(view, chosen) {
	const { ui, form, frame, size, colours } = view;
	const alongs = chosen.map(([word]) => readAlong(word));
	const now = alongs.map((along) => valueAlong(view, along, frame));
	const extent = alongs.map((along, i) => rangeAlong(view, along, now[i], +form.closer.value));
	const width = Math.max(260, ui.hill.clientWidth / size);
	const height = clamp(0.8 * width, 260, 420);
	const plot = { extent };
	setScale(plot, width, height);
	const { left, top, width: across, height: down } = plot.box;
	const way = wayAlong(view, alongs).map(({ at }) => plot.toPixels(at).map((pixel) => clamp(pixel, -1e4, 1e4)));
	const names = chosen.map(([, name]) => name);
	const [low, high, under, over] = extent.flat().map((v) => written(v));
	const ends = { name: names[0], other: names[1], low, high, under, over };
	const label = phrase(view, "map", { ...ends, now: writtenVector(now), value: nats(frame.logLikelihood) });
	setAttributes(ui.hill, { viewBox: `0 0 ${width} ${height}`, "aria-label": label });
	const rows = surfaceRows(view, alongs, extent);
	const spot = ([cx, cy]) => `<circle cx="${cx}" cy="${cy}"/>`;
	ui.hill.innerHTML = `${axes(plot, names)}
		<svg x="${left}" y="${top}" width="${across}" height="${down}" viewBox="${left} ${top} ${across} ${down}">
		${rows ? heightMap(plot.box, rows, colours.act) : ""}
		<g class="gmm-way"><polyline points="${way.join(" ")}"/>${each(way.slice(0, -1), spot)}</g>
		<g class="gmm-value">${spot(plot.toPixels(now))}</g></svg>`;
	return height;
}

// The rows of the map, or none yet: they are computed in slices, and kept as long as they hold.
function surfaceRows(view, alongs, extent) {
	const { data: { X }, frame } = view;
	const key = JSON.stringify([alongs, extent]);
	const { surface: before } = view;
	const same = before?.X === X && before.means === frame.means && before.key === key;
	if (!same) {
		clearTimeout(before?.later);
		view.surface = { X, means: frame.means, key, rows: [] };
	}
	const { rows } = view.surface;
	const [at, up] = extent.map(([low, high]) => range(SIDE).map((q) => low + ((high - low) * q) / (SIDE - 1)));
	for (const until = performance.now() + SLICE; rows.length < SIDE && performance.now() < until; ) {
		rows.push(profileRow(X, frame, alongs, up[rows.length], at, besides(view)));
	}
	if (rows.length === SIDE) return rows;
	clearTimeout(view.surface.later);
	view.surface.later = setTimeout(guard(view, () => view.panels.along.hidden || refreshAlong(view)), 0);
	return null;
}
