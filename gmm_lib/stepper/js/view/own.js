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
	const { columns, comma, named, used, labels, ...table } = (view.offered = parseTable(text));
	const box = ({ name, trouble }, c) => {
		const state = trouble ? "disabled" : used.includes(c) ? "checked" : "";
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
	const few = [...columns.keys()].filter((c) => columns[c].words).map((c) => [c, columns[c].name]);
	view.form.labels.innerHTML = options([[-1, "none"], ...few]);
	view.form.labels.value = labels;
	view.ui.preview.hidden = false;
}

// Which columns are used, and which one holds the labels.
function choose({ offered, form, ui }) {
	if (!offered) return; // the text was that of a state
	offered.labels = +form.labels.value;
	offered.used = Array.from(ui.preview.querySelectorAll(":checked[type]"), (box) => +box.value);
}

function adopt(view) {
	const { offered, host, settings } = view;
	const data = tableData(offered);
	const { ended } = new Trace(data.X, settings); // lest the old run be lost for nothing
	if (ended) throw refusal(ended.text);
	host.datasets.own = data;
	applySettings(view, [["data", "own"]]);
}
