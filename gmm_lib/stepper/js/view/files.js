// What can be saved: the picture as SVG, the run as a film, the points and the frames as tables, the state.

function download(view, kind, text) {
	const link = document.createElement("a");
	const type = { svg: "image/svg+xml", webm: "video/webm", "state.txt": "text/plain" }[kind] ?? "text/csv";
	link.href = URL.createObjectURL(new Blob([text].flat(), { type }));
	link.download = `em-${view.settings.data}-${view.step}.${kind}`;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// The picture as the screen has it: what style sheets give each part is written to it, as other programs read no sheet.
const PAINT = ["display", "fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font", "text-anchor"];

function saveSVG(view) {
	download(view, "svg", svgText(view));
}

// The picture, and beside or below it that of a second run.
function svgText(view) {
	const copy = drawnSVG(view);
	const [width, height] = sizeOf(view);
	if (view.second) {
		const other = drawnSVG(view.second);
		setAttributes(other, { x: width - view.box.whole[0], y: height - view.box.whole[1] });
		copy.append(other);
	}
	setAttributes(copy, { width, height, viewBox: `0 0 ${width} ${height}` });
	return new XMLSerializer().serializeToString(copy);
}

// The size of all pictures together.
function sizeOf({ box: { whole: [width, height] }, ui: { stage: { dataset: { across, down } } } }) {
	return [width * across, height * down];
}

function drawnSVG(view) {
	const { ui: { picture }, box, colours, target, pixels, sizes, pointSize, settings, data } = view;
	const copy = picture.cloneNode(true);
	const parts = [...picture.querySelectorAll("*")];
	[...copy.querySelectorAll("*")].forEach((part, i) => {
		const style = getComputedStyle(parts[i]);
		for (const name of PAINT) part.style.setProperty(name, style.getPropertyValue(name));
	});
	const [width, height] = box.whole;
	setAttributes(copy, { width, height, style: `background:rgb(${colours.paper})` });
	const labels = (settings.view.includes("labels") && data.labels) || [];
	const ring = (label, [cx, cy], size) => {
		const line = `stroke="rgb(${colours.soft})" stroke-dasharray="${dashesOf(label).join(" ") || "none"}"`;
		return `<circle cx="${cx}" cy="${cy}" r="${size * (pointSize + 3)}" ${line}/>`;
	};
	const point = (j, i) => {
		const colour = `rgb(${target.colours[i].map(Math.trunc)})`;
		return `${view.lines[i] ? `<path d="${lineAlong(view, i)}" stroke="${colour}" opacity="${LINE}"/>` : ""}
			${labels[i] >= 0 ? ring(labels[i], pixels[i], sizes[i]) : ""}
			<path d="${marker(j, ...pixels[i], sizes[i] * pointSize)}" fill="${colour}"/>`;
	};
	copy.insertAdjacentHTML("afterbegin", `<g fill="none" stroke-width="0.8" stroke="rgb(${colours.paper})">
		${view.shades ? shadesAsSVG(view.shades, box) : ""}
		<path d="${view.contourPath}" stroke="rgb(${colours.soft})"/>${each(target.shapes, point)}</g>`);
	return copy;
}

// The run from here to its end, where the browser can record; another press of the button ends it here.
const FILM = "video/webm";

async function saveFilm(view) {
	if ((view.filming = !view.filming) === false) return;
	sayFilm(view, "filming");
	try {
		await film(view);
	} finally {
		view.filming = false;
		sayFilm(view, "film");
	}
}

async function film(view) {
	const rest = (time) => new Promise((done) => setTimeout(done, time));
	const [width, height] = sizeOf(view);
	const canvas = Object.assign(document.createElement("canvas"), { width, height });
	const recorder = new MediaRecorder(canvas.captureStream(), { mimeType: FILM });
	const parts = [];
	recorder.ondataavailable = ({ data }) => parts.push(data);
	recorder.onstop = () => download(view, "webm", parts);
	const ready = async () => {
		// Python, or a run that is long, or the one beside it, is still computing the frame.
		while (view.filming && (view.waiting || view.working || view.second?.late)) await rest(20);
	};
	recorder.start();
	try {
		await ready();
		for (let last = -1; view.filming && view.step !== last; ) {
			last = view.step;
			const image = new Image();
			image.src = `data:image/svg+xml,${encodeURIComponent(svgText(view))}`;
			await image.decode();
			canvas.getContext("2d").drawImage(image, 0, 0, width, height);
			await rest(1000 / view.speed);
			go(view, view.step + 1, false);
			await ready();
		}
	} finally {
		recorder.stop();
	}
}

function sayFilm(view, words = globalThis.MediaRecorder?.isTypeSupported(FILM) ? "film" : "noFilm") {
	view.buttons.film.textContent = phrase(view, words);
	view.buttons.film.disabled = words === "noFilm";
}

const saveTable = (view, name, rows) => download(view, `${name}.csv`, each(rows, (row) => `${row}\n`));

const quoted = (text) => `"${String(text).replaceAll('"', '""')}"`;

// Why neither a link nor a file can hold the run, if so.
function unheld({ host, trace, data }) {
	return trace.assigned ? "causeAssigned" : host.student ? "causeOwn" : data.n ? "causeSample" : "";
}

// A link, if one can hold the state; a file can hold more.
function refreshLink(view) {
	const { host, form, ui } = view;
	const link = host.address?.(view) ?? "";
	const cause = unheld(view) || (link.length > LONGEST_LINK ? "causeLong" : "");
	form.link.value = cause ? "" : link;
	ui.noLink.textContent = cause && phrase(view, "noLink", { cause: phrase(view, cause, { most: LONGEST_LINK }) });
}

// What a link holds, of any length and with points that this page alone has; dropped on a stepper it sets it.
function saveState(view) {
	const own = view.data.name === "own";
	const fits = !own || readCarried(JSON.stringify(pointsOf(view.data)), null, SETTINGS.points);
	const cause = unheld(view) ? phrase(view, unheld(view)) : fits ? "" : `points must be ${SETTINGS.points.must}`;
	if (cause) throw refusal(phrase(view, "noFile", { cause }));
	download(view, "state.txt", `stepper?${carried(view, own)}\n`);
}

// The table comes back in as somebody's own.
function savePoints(view) {
	const { data: { X, features, labels, classes, sampleWeight: v } } = view;
	const w = view.frame?.responsibilities ?? X.map(() => []);
	const label = (i) => (labels ? [quoted(classes?.[labels[i]] ?? (labels[i] < 0 ? "" : labels[i]))] : []);
	const besides = [...(labels ? ["label"] : []), ...(v ? ["sample_weight"] : [])];
	const names = [...features.map(quoted), ...besides, ...w[0].map((_, j) => `w_${j + 1}`)];
	saveTable(view, "points", [names, ...X.map((x, i) => [...x, ...label(i), ...(v ? [v[i]] : []), ...w[i]])]);
}

function saveFrames(view) {
	const names = ["phase", "iteration", "logLikelihood", "lowerBound", "weights", "means", "covariances"];
	const cells = (frame) => names.map((name) => [frame[name] ?? ""].flat(3).join(" "));
	saveTable(view, "frames", [names, ...view.trace.frames.map(cells)]);
}
