// What can be saved: the picture as SVG, the points and the frames as tables.

function download(view, kind, text) {
	const link = document.createElement("a");
	link.href = URL.createObjectURL(new Blob([text], { type: kind === "svg" ? "image/svg+xml" : "text/csv" }));
	link.download = `em-${view.settings.data}-${view.step}.${kind}`;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function saveSVG(view) {
	const { ui, box, colours, target, pixels } = view;
	const fill = (i) => `fill:rgb(${target.colours[i].map(Math.round)})`;
	const path = (j, i) => `<path d="${marker(j, ...pixels[i], view.pointSize)}" style="${fill(i)}"/>`;
	const style = `${each(colours.components, (rgb, j) => `--c${j}:rgb(${rgb});`)}background:rgb(${colours.paper})`;
	download(view, "svg", [
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${box.whole.join(" ")}" style="${style}">`,
		`<style>${phrase(view, "svg", SAVED)}</style>\n`,
		`<path class="gmm-contours" d="${view.contourPath}"/>`,
		each(target.shapes, path),
		`${ui.axes.outerHTML}${ui.plot.outerHTML}</svg>`,
	].join(""));
}

const saveTable = (view, name, rows) => download(view, `${name}.csv`, each(rows, (row) => `${row}\n`));

const quoted = (text) => `"${String(text).replaceAll('"', '""')}"`;

// A link, if one can hold the state; a file can hold more.
function refreshLink(view) {
	const { host, form, ui } = view;
	const link = host.address?.(view) ?? "";
	const cause = host.student ? "causeOwn" : link.length > LONGEST_LINK ? "causeLong" : "";
	form.link.value = cause ? "" : link;
	ui.noLink.textContent = cause && phrase(view, "noLink", { cause: phrase(view, cause, { most: LONGEST_LINK }) });
}

// What a link holds, of any length; dropped on a stepper it sets it.
function saveState(view) {
	download(view, "state.txt", `stepper?${carried(view)}\n`);
}

// The table comes back in as somebody's own.
function savePoints(view) {
	const { data: { X, features, labels, classes } } = view;
	const w = view.frame?.responsibilities ?? X.map(() => []);
	const label = (i) => (labels ? [quoted(classes?.[labels[i]] ?? (labels[i] < 0 ? "" : labels[i]))] : []);
	const names = [...features.map(quoted), ...(labels ? ["label"] : []), ...w[0].map((_, j) => `w_${j + 1}`)];
	saveTable(view, "points", [names, ...X.map((x, i) => [...x, ...label(i), ...w[i]])]);
}

function saveFrames(view) {
	const names = ["phase", "iteration", "logLikelihood", "lowerBound", "weights", "means", "covariances"];
	const cells = (frame) => names.map((name) => [frame[name] ?? ""].flat(3).join(" "));
	saveTable(view, "frames", [names, ...view.trace.frames.map(cells)]);
}
