// The points, on a canvas: thousands of them, redrawn at every frame of a glide.

const LINE = 0.7; // opacity

function drawPoints(view, picture) {
	const { ui, box, data, colours, settings } = view;
	const pen = ui.canvas.getContext("2d");
	const soft = `rgb(${colours.soft})`;
	const labels = (settings.view.includes("labels") && data.labels) || [];
	movePen(view, pen, 0, 0);
	pen.clearRect(0, 0, ...box.whole);
	pen.lineWidth = 0.8;
	pen.strokeStyle = soft;
	const [lines, shades] = ["contours", "shades"].map((word) => settings.view.includes(word));
	const nodes = lines || shades ? gridOfDensity(view, picture) : [];
	view.shades = shades ? shadesOf(view, nodes) : null;
	if (view.shades) drawShades(pen, view.shades, box);
	view.contourPath = lines ? contours(nodes) : "";
	pen.stroke(new Path2D(view.contourPath));
	const plain = !labels.length && !data.sampleWeight && !view.lines.some(Boolean);
	if (plain && data.X.length > MANY) return stampPoints(view, pen, picture);
	pen.strokeStyle = `rgb(${colours.paper})`;
	picture.colours.forEach(([r, g, b], i) => {
		const mark = view.markers[picture.shapes[i]];
		pen.fillStyle = `rgb(${r | 0},${g | 0},${b | 0})`;
		if (view.lines[i]) drawLine(view, pen, i);
		movePen(view, pen, ...view.pixels[i], view.sizes[i]);
		if (labels[i] >= 0) drawLabel(pen, labels[i], view.pointSize + 3, soft);
		pen.fill(mark);
		pen.stroke(mark);
	});
}

function movePen({ density }, pen, x, y, size = 1) {
	pen.setTransform(density * size, 0, 0, density * size, x * density, y * density);
}

// All the places where a point may be that lacks a coordinate, in its colour.
function drawLine(view, pen, i) {
	const before = pen.strokeStyle;
	movePen(view, pen, 0, 0);
	[pen.strokeStyle, pen.globalAlpha] = [pen.fillStyle, LINE];
	pen.stroke(new Path2D(lineAlong(view, i)));
	[pen.strokeStyle, pen.globalAlpha] = [before, 1];
}

const dashesOf = (label) => (label ? [9 / label, 5 / label] : []);

// A true label: a ring, dashed in a way of its own.
function drawLabel(pen, label, radius, colour) {
	const before = pen.strokeStyle;
	pen.strokeStyle = colour;
	pen.setLineDash(dashesOf(label));
	pen.beginPath();
	pen.arc(0, 0, radius, 0, 7);
	pen.stroke();
	pen.setLineDash([]);
	pen.strokeStyle = before;
}

// The point at this place, or the nearest within reach, or null.
function nearestPoint({ pixels, lines }, [x, y], reach) {
	const off = ([px, py], i) => Math.hypot(lines[i] === "H" ? 0 : px - x, lines[i] === "V" ? 0 : py - y);
	const distances = pixels.map(off);
	const i = argmax(distances.map((distance) => -distance));
	return distances[i] <= reach ? i : null;
}
