// Mouse, finger and pen in the picture: look and predict, and in edit mode drag, add, remove.

const CLICK = 4; // pixels: what moves no farther is a click
const REACH = { mouse: 10, touch: 18 }; // pixels around a point

// Where an event is in a drawing, in its own pixels.
function placeOf({ ui, size }, { clientX, clientY }, drawing = ui.picture) {
	const { left, top } = drawing.getBoundingClientRect();
	return [(clientX - left) / size, (clientY - top) / size];
}

function press(view, event) {
	if (event.button || !view.box) return;
	const from = placeOf(view, event);
	const mean = event.target.closest("[data-j]");
	const touch = event.pointerType === "touch";
	const i = mean ? null : nearestPoint(view, from, touch ? REACH.touch : REACH.mouse);
	view.drag = { from, at: from, shift: event.shiftKey, touch, j: mean && +mean.dataset.j, i };
	if (mean) view.ui.picture.setPointerCapture(event.pointerId);
	else view.root.focus({ preventScroll: true });
}

function move(view, event) {
	const { drag } = view;
	const at = placeOf(view, event);
	if (!drag) {
		const nothing = event.pointerType === "touch" || event.target.closest("[data-j]");
		return hover(view, nothing ? null : nearestPoint(view, at, REACH.mouse));
	}
	drag.at = at;
	drag.far ||= Math.hypot(at[0] - drag.from[0], at[1] - drag.from[1]) > CLICK;
	if (!drag.far) return;
	if (view.settings.mode === "look") return drawEnds(view);
	pause(view);
	if (drag.j !== null) view.target.means[drag.j] = view.fromPixels(at);
	else if (drag.i !== null && !drag.touch) view.pixels[drag.i] = at;
	draw(view, view.target);
}

function release(view) {
	const { at, i, j, far, shift, touch } = view.drag ?? {};
	view.drag = null;
	if (!at) return;
	const where = view.fromPixels(at);
	const inside = where.every((v, axis) => v > view.extent[axis][0] && v < view.extent[axis][1]);
	const moving = view.settings.mode === "edit" ? moveMean : predictEnd;
	if (j !== null) far ? moving(view, j, where) : lookInside(view, { component: j });
	else if (i !== null && far) touch || movePoint(view, i, where);
	else if (i !== null) shift ? removePoint(view, i) : lookInside(view, { point: i });
	else if (inside && !far && !shift && view.settings.mode === "edit") addPoint(view, where);
}
