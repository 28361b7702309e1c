// Somebody's own data: pasted, chosen or dropped, shown first, and taken only if a run can start on them.

function listenForData(view, hear) {
	hear(view.ui.own, {
		input: (_, { target }) => target.name === "own" && offer(view, target.value),
		change: (_, { target }) => (target.name === "file" ? readFile(view, target.files[0]) : choose(view)),
	});
	hear(view.root, {
		dragover: (_, event) => event.preventDefault(),
		drop(_, event) {
			event.preventDefault();
			return readFile(view, event.dataTransfer.files[0]);
		},
	});
}

async function readFile(view, file) {
	if (!file) throw refusal("no file has come: paste what is none into the field for a table");
	if (file.size > 1e7) throw refusal("this file has more than 10 MB: too much for a page");
	togglePanel(view, "data", true);
	const bytes = await file.arrayBuffer().catch(() => {
		throw refusal(`“${file.name}” cannot be read: a folder is no file`);
	});
	const decoded = (kind, fatal) => new TextDecoder(kind, { fatal }).decode(bytes);
	let text;
	try {
		text = decoded("utf-8", true);
	} catch {
		text = decoded("windows-1252", false); // as older spreadsheets write
	}
	view.form.own.value = text.length < 1e5 ? text : "";
	offer(view, text);
}

function askForData(view) {
	view.offered = {};
	view.ui.own.hidden = false;
	view.ui.preview.hidden = true;
}

// Show what a text holds; nothing is replaced, but by the file of a state.
function offer(view, text) {
	view.ui.alert.hidden = true;
	if (/^stepper\?data=/.test(text)) return applySettings(view, linkedPairs(text.trim().slice(8)));
	askForData(view);
	view.offered = parseTable(text);
	view.form.gaps.checked = false;
	preview(view);
}

function preview(view) {
	const { columns, comma, named, used, labels, weights, gaps, ...table } = view.offered;
	const box = ({ name, trouble, lacks }, c) => {
		const state = trouble && !(gaps && lacks) ? "disabled" : used.includes(c) ? "checked" : "";
		return `<td><label><input type="checkbox" value="${c}" ${state}> ${escaped(name)}</label></td>`;
	};
	const line = (i) => `<tr>${each(columns, ({ cells }) => `<td>${escaped(cells[i])}</td>`)}</tr>`;
	const words = { m: columns.length, decimal: comma ? "commas" : "points", names: named ? "names" : "does not name" };
	const troubled = columns.filter(({ trouble }, c) => trouble && c !== labels);
	fill(view.ui.preview, {
		summary: phrase(view, "table", { ...table, ...words }),
		rows: `<table><tr>${each(columns, box)}</tr>${each(range(Math.min(3, table.n)), line)}</table>`,
		troubles: each(troubled, ({ name, trouble }) => `<li>${escaped(`“${name}”: ${trouble}`)}</li>`),
	});
	offerColumns(view.form.labels, columns, ({ words }) => words, labels);
	offerColumns(view.form.weights, columns, mayWeigh, weights);
	view.ui.gaps.hidden = !columns.some(({ lacks }) => lacks);
	view.ui.preview.hidden = false;
}

function offerColumns(field, columns, may, chosen) {
	const choices = columns.flatMap((column, c) => (may(column) ? [[c, column.name]] : []));
	field.innerHTML = options([[-1, "none"], ...choices]);
	field.value = chosen;
}

// Which columns are used, which ones hold labels and weights, and whether values may be missing.
function choose(view) {
	const { offered, form, ui } = view;
	if (!offered) return; // the text was that of a state
	Object.assign(offered, { labels: +form.labels.value, weights: +form.weights.value });
	offered.used = Array.from(ui.preview.querySelectorAll("td :checked"), (box) => +box.value);
	const { checked } = form.gaps;
	if (checked === offered.gaps) return;
	const lacking = range(offered.columns.length).filter((c) => offered.columns[c].lacks);
	const others = offered.used.filter((c) => !lacking.includes(c));
	const used = checked ? [...others, ...lacking].sort((a, b) => a - b).slice(0, SETTINGS.points.high) : others;
	Object.assign(offered, { gaps: checked, used });
	preview(view);
}

function adopt(view) {
	const { offered, host, settings } = view;
	const data = tableData(offered);
	const { ended } = traceOf(data, settings); // lest the old run be lost for nothing
	if (ended) throw refusal(ended.text);
	host.datasets.own = data;
	applySettings(view, [["data", "own"]]);
}
