// The keyboard: each button's own key, and the arrows in the picture.

function keyPressed(view, event) {
	const { target, key } = event;
	const undoing = (event.ctrlKey || event.metaKey) && key === "z";
	if (!undoing && (event.ctrlKey || event.metaKey || event.altKey)) return;
	if (target.matches("textarea, select, input:not([type=checkbox])")) return;
	if (key === " " && target.matches("button, input")) return; // the button's own key
	const action = undoing ? () => act(view, "undo") : actionOfKey(view, event);
	if (!action) return;
	event.preventDefault();
	event.stopPropagation(); // the notebook and the site have keys of their own
	action();
}

function actionOfKey(view, event) {
	const { target, key } = event;
	const inPicture = target === view.ui.cursor || target.dataset.j ? keyInPicture(view, event, target.dataset.j) : null;
	if (inPicture) return inPicture;
	if (/^\d$/.test(key) && +key >= 1 && +key <= SETTINGS.k.high) return () => applySettings(view, [["k", key]]);
	if (key === "Escape") return () => present(view, false);
	const button = view.root.querySelector(`[data-key="${CSS.escape(key)}"]`);
	return button && (() => button.click());
}

// On the points the arrows choose one, with Shift they move it; on a mean they move it, or with Shift its prediction.
function keyInPicture(view, { key, shiftKey }, j) {
	const i = pointLookedAt(view) ?? 0;
	if (key === "Enter" || (j && key === " ")) return () => lookInside(view, j ? { component: +j } : { point: i });
	if (!j && (key === "Delete" || key === "Backspace")) return () => removePoint(view, i);
	const looking = view.settings.mode === "look";
	if (!(key in ARROWS) || (j && looking && !shiftKey)) return null;
	const [dx, dy] = ARROWS[key];
	const n = view.data.X.length;
	if (!j && !shiftKey) return () => hover(view, (i + dx - dy + n) % n);
	const end = looking && predictionOf(view.settings).ends.find(([one]) => one === +j + 1)?.slice(1);
	const [x, y] = j ? view.toPixels(end || view.target.means[j]) : view.pixels[i];
	const far = j && shiftKey ? 25 : 5; // pixels
	const where = view.fromPixels([x + far * dx, y - far * dy]);
	if (j && looking) return () => predictEnd(view, +j, where);
	if (j) return () => moveMean(view, +j, where);
	return () => {
		movePoint(view, i, where);
		hover(view, i);
	};
}
