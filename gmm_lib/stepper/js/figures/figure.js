// A figure that a reader moves by its handles. What it is of says its kind, an object with
//   begin(config)             the state at first, plain values that are replaced and never changed
//   columns(figure)           columns of plots, { extent, names, high, equal }: `high` is a share of the width, `drawn`
//                             what stands around the plot instead of axes
//   content(figure, p)        what stands in plot p, as SVG
//   handles(figure)           a list of { plot, at, j, name, only }: `only` "x" moves along the line
//   move(figure, i, where)    the state after handle i has gone to `where`
//   words(figure)             the state in a sentence; numbers(figure) its numbers, as HTML
//   buttons(config), act      lists of name, label and key, and the state after each; "?" ends the name of a switch
//   resting, phase(figure)    optional: the buttons that do nothing now, and the phase of EM

const FIGURES = {};

function makeFigure(parent, config) {
	const kind = FIGURES[config.kind];
	const root = parent.appendChild(document.createElement("div"));
	parent.classList.add("gmm-interactive", "gmm-mounted");
	const { name: label, kind: word } = config;
	setAttributes(root, { class: "gmm-root", role: "group", "aria-label": label, tabindex: -1, "data-kind": word });
	const ofAll = [["undo", "Undo", "u"], ["reset", "Back to the start", "Home"], ["present", "Full screen", "f"]];
	const buttons = [...kind.buttons(config), ...ofAll];
	const button = ([name, label, key]) => {
		const keyed = key ? ` data-key="${key}" title="${label} (${key})"` : "";
		return `<button type="button" data-do="${name}"${keyed}>${escaped(label)}</button>`;
	};
	root.innerHTML = `<div class="gmm-body"><div class="gmm-bar">${each(buttons, button)}</div>
		<p class="gmm-words" role="status"></p><div class="gmm-plots"></div><div class="gmm-sums"></div></div>`;
	const [words, plots, sums] = ["words", "plots", "sums"].map((name) => root.querySelector(`.gmm-${name}`));
	const ui = { words, plots, sums };
	const figure = { kind, config, root, ui, state: null, past: [], plots: [], size: 1, drag: null };
	figure.state = kind.begin(config);
	plots.innerHTML = each(kind.columns(figure), (column) => `<div>${each(column, () => PLOT)}</div>`);
	putHandles(figure);
	return listenTo(figure);
}

const PLOT = `<svg class="gmm-picture"><g class="gmm-axes" aria-hidden="true"></g>
	<svg class="gmm-plot" aria-hidden="true"></svg><g class="gmm-handles"></g></svg>`;

// Handles are put once, lest one lose the finger or the focus.
function putHandles(figure) {
	const groups = figure.root.querySelectorAll(".gmm-handles");
	figure.handles = figure.kind.handles(figure).map(({ plot, j, name, look, at }, i) => {
		const shape = look ?? marker(j, 0, 0, 9);
		groups[plot].insertAdjacentHTML("beforeend", `<g class="gmm-mean" tabindex="0" role="slider" aria-label="${name}"
			aria-valuenow="${+at[0].toPrecision(4)}" data-handle="${i}" style="--c:var(--c${j})">
			<circle r="22"></circle><path d="${shape}"></path></g>`);
		return groups[plot].lastElementChild;
	});
}

// Widths are those of the page; in full screen all is larger, and the plots fill what is left of the height.
function layoutFigure(figure) {
	const { root, ui, kind } = figure;
	if (!ui.plots.clientWidth) return;
	const presenting = root.matches(".gmm-presenter");
	const size = (figure.size = presenting ? clamp(Math.min(innerHeight / 500, innerWidth / 880), 1, 3) : 1);
	root.style.setProperty("--size", size);
	figure.narrow = root.clientWidth / size < 560; // one plot below the other
	root.classList.toggle("gmm-narrow", figure.narrow);
	const filling = presenting && !figure.narrow;
	const columns = kind.columns(figure);
	const nodes = [...root.querySelectorAll(".gmm-picture")];
	if (filling) nodes.forEach((node) => (node.style.height = 0)); // lest they hold the room open
	const room = ui.plots.clientHeight;
	figure.plots = columns.flatMap((column) => column.map((plot) => {
		const node = nodes.shift();
		const width = node.clientWidth / size;
		const share = plot.high / total((figure.narrow ? columns.flat() : column).map(({ high }) => high));
		const height = filling ? (room * share) / size : Math.max(150, plot.high * width);
		return { node, width, height, ...plot };
	}));
	redraw(figure);
}

// The same scale on both axes, where lengths are compared: the shorter range grows.
function sameScale([[x0, x1], [y0, y1]], width, height) {
	const [across, up] = [width - MARGINS.left - MARGINS.right, height - MARGINS.top - MARGINS.bottom];
	const unit = Math.min(across / (x1 - x0), up / (y1 - y0));
	const around = (low, high, pixels) => [(low + high - pixels / unit) / 2, (low + high + pixels / unit) / 2];
	return [around(x0, x1, across), around(y0, y1, up)];
}

function redraw(figure) {
	const { kind, ui, size, config, root } = figure;
	kind.columns(figure).flat().forEach(({ extent, names, equal, lowest, drawn = axes }, p) => {
		const plot = figure.plots[p];
		const { node, width, height } = plot;
		plot.extent = equal ? sameScale(extent, width, height) : extent;
		setScale(plot, width, height);
		const { left, top, width: across, height: down } = plot.box;
		const inner = { x: left, y: top, width: across, height: down, viewBox: `${left} ${top} ${across} ${down}` };
		setAttributes(node, { viewBox: `0 0 ${width} ${height}` });
		node.style.height = `${height * size}px`;
		const [grid, content] = node.children;
		setAttributes(content, inner);
		grid.innerHTML = drawn(plot, names, lowest);
		content.innerHTML = kind.content(figure, p);
	});
	kind.handles(figure).forEach(({ plot, at, only }, i) => {
		const { toPixels, box } = figure.plots[plot];
		const [x, y] = toPixels(at);
		const edge = [clamp(x, box.left, box.right), clamp(y, box.top, box.bottom)];
		const said = only ? written(at[0]) : writtenVector(at);
		setAttributes(figure.handles[i], {
			transform: `translate(${edge})`, "aria-valuenow": +at[0].toPrecision(4), "aria-valuetext": said,
		});
	});
	setAttributes(ui.words, { "aria-live": figure.drag ? "off" : "polite" });
	ui.words.textContent = kind.words(figure);
	ui.sums.innerHTML = kind.numbers(figure);
	const press = (name, on) => setAttributes(root.querySelector(`[data-do="${name}"]`), { "aria-pressed": on });
	for (const [name] of kind.buttons(config)) if (name.endsWith("?")) press(name, figure.state[name.slice(0, -1)]);
	press("present", root.matches(".gmm-presenter"));
	restButtons(figure);
	const undoing = root.querySelector('[data-do="undo"]');
	if (!figure.past.length && undoing === document.activeElement) root.focus(); // what is hidden has no focus
	undoing.hidden = !figure.past.length;
}

// A button that does nothing now says so, and keeps the focus that it may have.
function restButtons(figure) {
	const { kind, root, config } = figure;
	if (!kind.resting) return;
	const resting = kind.resting(figure);
	root.dataset.phase = kind.phase(figure);
	for (const [name] of kind.buttons(config)) {
		setAttributes(root.querySelector(`[data-do="${name}"]`), { "aria-disabled": resting.includes(name) });
	}
}

// Each change can be undone; a drag is one.
function changeTo(figure, state) {
	if (figure.drag === null) figure.past.push(figure.state);
	figure.state = state;
	redraw(figure);
}

function undoIn(figure) {
	if (!figure.past.length || figure.drag !== null) return;
	figure.state = figure.past.pop();
	redraw(figure);
}
