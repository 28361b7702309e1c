// Text: numbers as a person writes them, and what HTML needs.

const escaped = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const each = (list, write) => Array.from(list, write).join("");
const glyph = (j) => `<span style="color:var(--c${j})">${GLYPHS[j]}</span>`;
const option = ([value, label]) => `<option value="${escaped(value)}">${escaped(label)}</option>`;
const options = (pairs) => each(pairs, option);

function setAttributes(node, values) {
	for (const [name, value] of Object.entries(values)) node.setAttribute(name, value);
}

function written(value, digits = 4) {
	if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "undefined";
	const [mantissa, power] = String(+value.toPrecision(digits)).replaceAll("-", "−").replace("+", "").split("e");
	return mantissa + (power ? `·10${each(power, (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["−0123456789".indexOf(c)])}` : "");
}
// A log-likelihood and a share, with the same decimals wherever they stand.
const nats = (value) => (Number.isFinite(value) ? value.toFixed(3).replace("-", "−") : written(value));
const share = (value) => (value >= 5e-4 ? value.toFixed(3) : written(value, 3));
const writtenVector = (values) => `(${values.map((v) => (Number.isNaN(v) ? "?" : written(v))).join(", ")})`;
const matrix = (S) => `<table>${each(S, (row) => `<tr>${each(row, (v) => `<td>${written(v)}</td>`)}</tr>`)}</table>`;
