/* Outputs, drawn as the site draws the stored ones. */

const element = (tag, classes, text) => {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  if (text !== undefined) made.textContent = text;
  return made;
};

function textBlock(text, kind) {
  const [box, highlight] = [element("div", `output ${kind} notranslate`), element("div", "highlight")];
  highlight.append(element("pre", "", text));
  box.append(highlight);
  return box;
}

/* In the order in which the site prefers them. */
const FORMS = [
  ["text/html", (html) => htmlBlock(html)],
  ["image/svg+xml", (svg, figure, data) => picture(ofSVG(svg), figure, data["application/vnd.gmm-figure+json"])],
  ["image/png", (png, figure) => picture(`data:image/png;base64,${png}`, figure)],
  ["text/markdown", (text) => markdownBlock(text)],
  ["text/latex", (text) => textBlock(text, "text_latex")],
  ["text/plain", (text) => textBlock(text, "text_plain")],
];

function htmlBlock(html) {
  const box = element("div", "output text_html");
  box.innerHTML = html;
  for (const link of box.querySelectorAll("a[href]")) link.target = "_blank"; // else Python would end with the page
  if (box.querySelector(".gmm-stepper, .gmm-interactive")) liven(box);
  return box;
}

/* The site's own scripts that bring outputs to life: the stepper, and the figures that move. Loaded where the page has none. */
const LIVING = {
  "gmm-stepper": ["gmmStepper", "stepper.css", "stepper-data.js", "stepper.js"],
  "gmm-interactive": ["gmmFigures", "figures.css", "figures.js"],
  "gmm-interactive gmm-two-coins": ["gmmCoins", "figures.css", "coins.js"],
};
const coming = {};
async function scriptOf(kind) {
  const [home, ...files] = LIVING[kind];
  if (!globalThis[home]?.start) await (coming[kind] ??= addFiles(HERE.replace(/[^/]*\/$/, ""), files));
  return globalThis[home];
}

async function liven(box) {
  await null; // first the output is put into the page
  for (const kind of Object.keys(LIVING)) if (box.querySelector(`[class="${kind}"]`)) (await scriptOf(kind)).mountAll();
}

async function addFiles(folder, [style, ...scripts]) {
  document.head.append(Object.assign(element("link"), { rel: "stylesheet", href: `${folder}${style}` }));
  for (const script of scripts) await addScript(`${folder}${script}`);
}

/* What cells show as Markdown: source code, headings, lists, tables and paragraphs. */
function markdownBlock(text) {
  const box = element("div", "output text_markdown");
  for (const [i, piece] of text.split(/^```\w*\n?/m).entries()) {
    if (!piece.trim()) continue;
    if (i % 2) box.append(textBlock(piece.replace(/\n$/, ""), "highlight-python"));
    else box.append(...piece.trim().replace(/^#.*\n/gm, "$&\n").split(/\n{2,}/).map(paragraph));
  }
  return box;
}

const ITEM = /^\s*(?:[-*+]|\d+[.)])\s+/;
function paragraph(text) {
  if (/^\|/.test(text)) return table(text);
  const heading = /^#{1,6}\s+(.*)/.exec(text);
  if (heading) return withSigns("p", `**${heading[1].replaceAll("**", "")}**`); // an output has no place in the page's outline
  if (!ITEM.test(text)) return withSigns("p", text);
  const list = element(/^\s*\d/.test(text) ? "ol" : "ul");
  list.append(...text.split(/\n(?=\s*(?:[-*+]|\d+[.)])\s)/).map((item) => withSigns("li", item.replace(ITEM, ""))));
  return list;
}

/* Strong, emphasized and code; formulas stay as they are written. */
const SIGNS = /(\*\*[^*]+\*\*|`[^`]+`|\*[^*\s](?:[^*]*[^*\s])?\*)/;
function withSigns(tag, text) {
  const made = element(tag, "gmm-live-text");
  const drawn = (piece) => {
    if (piece.startsWith("**")) return element("strong", "", piece.slice(2, -2));
    return piece[0] === "`" ? element("code", "", piece.slice(1, -1)) : element("em", "", piece.slice(1, -1));
  };
  made.append(...text.split(SIGNS).map((piece, i) => (i % 2 ? drawn(piece) : piece)));
  return made;
}

function table(text) {
  const rows = text.split("\n").map((line) => line.split("|").slice(1, -1));
  const [made, head, body] = [element("table", "table"), element("thead"), element("tbody")];
  const row = (tag, cells) => {
    const line = element("tr");
    line.append(...cells.map((cell) => withSigns(tag, cell.trim())));
    return line;
  };
  head.append(row("th", rows[0]));
  body.append(...rows.slice(2).map((cells) => row("td", cells)));
  made.append(...(rows[0].some((cell) => cell.trim()) ? [head, body] : [body]));
  return made;
}

const ofSVG = (svg) => `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;

/* In place of the stored picture, with its caption and its alternative text; of a figure (extensions/figures.py) there are
   two, for light and for dark paper. */
function picture(address, { stored, changed }, figure) {
  const was = stored && (stored.matches("img") ? stored : stored.querySelector("img"));
  const box = element(figure ? "div" : "span", figure ? "gmm-drawn" : "");
  const add = (src, kind) => {
    const alt = was?.alt ? (changed ? `Figure drawn by the changed cell above. As stored it was: ${was.alt}` : was.alt) : "";
    box.append(Object.assign(element("img", kind), { src, alt: alt || "Figure drawn by the cell above." }));
    if (figure) Object.assign(box.lastChild, { width: figure.width, height: figure.height });
  };
  add(address, figure ? "only-light" : "output image_png");
  if (figure) {
    add(ofSVG(figure.dark), "only-dark");
    box.style.setProperty("--gmm-least", `${figure.least}px`);
  }
  if (!stored?.matches("figure")) return box;
  const made = stored.cloneNode(true);
  made.querySelector(".gmm-drawn, img").replaceWith(box);
  return made;
}

function errorBlock({ ename, evalue, line, where, advice, traceback }) {
  const box = element("div", "output gmm-live-error");
  const from = (line ? ` in line ${line}` : "") + (where ? `, from ${where}` : "");
  box.append(element("p", "", ename + from + (evalue && `: ${evalue}`)));
  if (advice) box.append(element("p", "gmm-live-advice", advice));
  const details = element("details");
  details.append(element("summary", "", "The way to it"), textBlock(asTerminal(traceback.join("")), "traceback"));
  box.append(details);
  return box;
}

/* A text as a terminal shows it: what follows a carriage return takes the place of what stood in the line, colours are left out. */
function asTerminal(text) {
  const lines = text.replace(/\x1b\[[\d;?]*[A-Za-z]/g, "").replace(/\r+\n/g, "\n").split("\n");
  const overwritten = (line) => line.split("\r").reduce((shown, piece) => piece + shown.slice(piece.length));
  return lines.map(overwritten).join("\n");
}

function drawn(output, figure) {
  if (output.output_type === "error") return errorBlock(output);
  if (output.output_type === "stream") return textBlock(asTerminal(output.text), `stream ${output.name}`);
  const [kind, draw] = FORMS.find(([name]) => name in output.data);
  return draw(output.data[kind], figure, output.data);
}
