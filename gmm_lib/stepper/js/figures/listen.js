// Mouse, finger and keyboard on the handles, and the buttons.

function listenTo(figure) {
	const { root, ui } = figure;
	const hear = (name, work) => root.addEventListener(name, (event) => work(figure, event));
	hear("pointerdown", grasp);
	hear("pointermove", pull);
	for (const end of ["pointerup", "pointercancel"]) hear(end, letGo);
	hear("click", pressed);
	hear("keydown", keyOfFigure);
	hear("fullscreenchange", () => document.fullscreenElement || presentFigure(figure, false));
	const again = () => layoutFigure(figure);
	const [theme, resized] = [new MutationObserver(again), new ResizeObserver(again)];
	const attributeFilter = ["data-theme", "data-jp-theme-light"];
	for (const node of [document.documentElement, document.body]) theme.observe(node, { attributeFilter });
	resized.observe(ui.plots);
	figure.destroy = () => [theme, resized].forEach((one) => one.disconnect());
	return figure;
}

function grasp(figure, event) {
	const handle = event.target.closest("[data-handle]");
	if (!handle || event.button) return;
	handle.setPointerCapture(event.pointerId);
	figure.drag = +handle.dataset.handle;
	figure.past.push(figure.state);
}

function pull(figure, { clientX, clientY }) {
	if (figure.drag === null) return;
	const { plot } = figure.kind.handles(figure)[figure.drag];
	const { node, fromPixels } = figure.plots[plot];
	const { left, top } = node.getBoundingClientRect();
	bring(figure, figure.drag, fromPixels([(clientX - left) / figure.size, (clientY - top) / figure.size]));
}

function letGo(figure) {
	if (figure.drag === null) return;
	figure.drag = null;
	if (figure.past.at(-1) === figure.state) figure.past.pop(); // nothing has moved
	redraw(figure);
}

// Handle i goes to `where`, but not out of its plot.
function bring(figure, i, where) {
	const { extent } = figure.plots[figure.kind.handles(figure)[i].plot];
	const inside = where.map((v, axis) => {
		const [low, high] = extent[axis];
		return roundedTo(clamp(v, low, high), (high - low) / 1000);
	});
	changeTo(figure, figure.kind.move(figure, i, inside));
}

// An arrow moves a handle by a hundredth of the range, with Shift by a tenth.
function keyOfFigure(figure, event) {
	const { target, key, shiftKey } = event;
	const undoing = (event.ctrlKey || event.metaKey) && key === "z";
	if (!undoing && (event.ctrlKey || event.metaKey || event.altKey)) return;
	const { handle } = target.dataset;
	const button = figure.root.querySelector(`[data-key="${CSS.escape(key)}"]`);
	if (undoing) undoIn(figure);
	else if (handle && key in ARROWS) {
		const { plot, at } = figure.kind.handles(figure)[handle];
		const part = shiftKey ? 10 : 100;
		const { extent } = figure.plots[plot];
		bring(figure, +handle, at.map((v, axis) => v + (ARROWS[key][axis] * (extent[axis][1] - extent[axis][0])) / part));
	} else if (key === "Escape" && figure.root.matches(".gmm-presenter")) presentFigure(figure, false);
	else if (button) button.click();
	else return;
	event.preventDefault();
	event.stopPropagation(); // the notebook and the site have keys of their own
}

function pressed(figure, { target }) {
	const button = target.closest("button:not([aria-disabled=true])");
	const name = button?.dataset.do;
	if (name === "reset") changeTo(figure, figure.kind.begin(figure.config));
	else if (name === "undo") undoIn(figure);
	else if (name === "present") presentFigure(figure, !figure.root.matches(".gmm-presenter"));
	else if (name) changeTo(figure, figure.kind.act(figure, name));
}

function presentFigure(figure, on) {
	const { root } = figure;
	root.classList.toggle("gmm-presenter", on);
	if (on) root.requestFullscreen?.().catch(() => {}); // where refused, the window must do
	else if (document.fullscreenElement) document.exitFullscreen();
	layoutFigure(figure);
}
