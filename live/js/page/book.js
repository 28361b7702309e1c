/* The page as a whole: its bar, its cells, and the order in which they run. */

const WAY_OUT = "The stored outputs stand; to run the cells yourself, open the notebook with “make lab”.";

/* What browsers say when Python comes to an end in one of these ways, in plainer words. */
const CAUSES = {
  "call stack size": "calls went too deep",
  "too much recursion": "calls went too deep",
  "out of memory": "its memory is full",
  "could not allocate memory": "its memory is full",
};

class LivePage {
  constructor(bar) {
    this.bar = bar;
    this.folder = bar.dataset.folder;
    this.homework = bar.dataset.homework && new Homework(this);
    this.cells = [...document.querySelectorAll("div.cell:has(.gmm-live-cell)")].map((box, i) => new Cell(box, i + 1, this));
    this.live = this.cells.filter((cell) => !cell.needsMachine);
    this.keeper = this.homework ?? new Changes(this); // of what is written on the page
    this.queue = Promise.resolve();
    this.note = bar.querySelector(".gmm-live-note");
    this.note.setAttribute("role", "status");
    this.progress = Object.assign(element("progress", "gmm-live-progress"), { max: 1, value: 0, hidden: true });
    this.progress.setAttribute("aria-label", "Loading Python");
    this.start = bar.querySelector(".gmm-live-start");
    this.again = Object.assign(element("button", "gmm-live-button", "Restart Python"), { type: "button", hidden: true });
    this.again.addEventListener("click", () => this.stop("Python was started anew and knows nothing yet."));
    this.ender = Object.assign(element("button", "gmm-live-button", "Stop"), { type: "button", hidden: true });
    this.ender.addEventListener("click", () => this.stop());
    this.start.after(this.ender, this.again);
    this.note.before(this.progress);
    this.widgets = new Widgets((message) => this.machine.tell(message));
    this.machine = new Machine(() => this.setting(), {
      told: (about) => this.homework?.told(about),
      progressed: (loaded, wanted) => this.progressed(loaded, wanted),
      output: (output, widget) => this.put(output, widget),
      widget: (number, changes) => this.widgets.take(number, changes),
      broke: (text, wasReady) => this.broke(text, wasReady),
    });
  }

  /* What Python is told when it starts: where it is, and where the pages are. */
  setting() {
    const { id, memory } = this.homework ?? {};
    return { folder: this.folder, book: document.documentElement.dataset.content_root, homework: id, memory };
  }

  /* A cell that came with somebody's notebook, below another one. */
  add(above, text) {
    const box = element("div", "cell docutils container");
    const input = element("div", "cell_input docutils container");
    const bar = element("div", "gmm-live-cell");
    input.append(textBlock(`${text}\n`, "highlight-ipython3"));
    bar.append(Object.assign(element("button", "gmm-live-run", "Run"), { type: "button" }));
    box.append(input, bar);
    above.box.after(box);
    const cell = new Cell(box, `${above.number}a`, this);
    cell.runner.setAttribute("aria-label", `Run cell ${cell.number}`);
    for (const list of [this.cells, this.live]) list.splice(list.indexOf(above) + 1, 0, cell);
    return cell;
  }

  say(text) {
    this.note.textContent = text;
  }

  /* An output of the cell that runs, or of a widget's cell, if it was the widget that asked Python. */
  put(output, widget) {
    const box = widget === null ? null : this.widgets.boxOf(widget);
    const cell = widget === null ? this.running : this.cells.find((one) => one.box.contains(box));
    cell?.put(output);
  }

  progressed(loaded, wanted) {
    if (!this.running) return; // ended: what is still on its way is kept for the next time
    this.progress.value = loaded / wanted;
    this.progress.hidden = loaded >= wanted;
    const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
    this.say(loaded < wanted ? `Loading Python: ${megabytes(loaded)} of ${megabytes(wanted)} MB` : "Starting Python …");
  }

  /* One after the other, whoever asks. */
  run(...cells) {
    const turn = (this.turn ??= 0);
    const work = async () => {
      this.inARow = cells.length > 1;
      for (const cell of cells) {
        if (turn !== this.turn || (await this.one(cell)) !== true) return;
      }
      this.say(cells.length > 1 ? "All of it has run." : "");
    };
    return (this.queue = this.queue.then(work));
  }

  async one(cell) {
    this.running = cell;
    cell.begin();
    this.ender.hidden = this.again.hidden = false;
    let well;
    try {
      well = await this.machine.run(cell.text, cell.number, cell.parts, () => this.say(`Cell ${cell.number} of ${this.cells.length} runs.`));
    } catch (error) {
      this.broke(error.message);
    }
    this.running = undefined;
    this.ender.hidden = true;
    cell.end(well);
    this.widgets.sweep();
    if (well === false) this.advise(cell);
    return well;
  }

  advise(cell) {
    const above = this.live.some((one) => this.isAbove(one, cell) && !one.ran);
    this.say(`Cell ${cell.number} ended with an error.`);
    if (above) cell.say("stopped by an error: cells above have not run yet, “Run to here” runs them first");
  }

  runAll() {
    return this.run(...this.live);
  }

  runTo(cell) {
    return this.run(...this.live.filter((one) => one === cell || this.isAbove(one, cell)));
  }

  take(cell) {
    cell.box.remove();
    for (const list of [this.cells, this.live]) list.splice(list.indexOf(cell), 1);
  }

  isAbove(one, other) {
    return this.live.indexOf(one) < this.live.indexOf(other);
  }

  /* Whatever Python knew is lost with it. */
  stop(text = "Stopped. Python was ended, and what it knew is lost: run the cells again from the top.") {
    this.turn++;
    this.machine.stop();
    this.widgets.still();
    for (const cell of this.live) cell.ran = false;
    this.progress.hidden = true;
    this.say(text);
  }

  broke(text, wasReady) {
    const why = Object.entries(CAUSES).find(([words]) => text.includes(words))?.[1] ?? text;
    if (wasReady) this.stop(`Python in this page has come to an end (${why}), and what it knew is lost: run the cells again from the top, or open the notebook with “make lab”.`);
    else this.stop(`Python could not start in this page (${why}). ${WAY_OUT}`);
  }
}

function missing() {
  const named = { WebAssembly: "WebAssembly", Worker: "workers", DecompressionStream: "DecompressionStream" };
  const lacking = Object.keys(named).filter((name) => !(name in globalThis));
  return lacking.length ? `This browser cannot run Python: it has no ${lacking.map((name) => named[name]).join(", ")}. ${WAY_OUT}` : "";
}

let editorLoaded;
function editorScript() {
  editorLoaded ??= addScript(`${HERE}editor.js`).then(() => globalThis.gmmLiveEditor);
  editorLoaded.catch(() => (editorLoaded = undefined)); // the next click tries again
  return editorLoaded;
}

/* Measured: a tab in which a chapter has run holds about 1 GB. A phone with 4 GB has that to give, if little else is open. */
function scarcity() {
  const { deviceMemory: gigabytes } = navigator; // only some browsers tell
  if (gigabytes < 4) return `Python needs about 1 GB of memory, and this device has ${gigabytes} GB in all: the browser will probably end the page. The stored outputs stand; a device of 4 GB runs the cells.`;
  if (!(gigabytes <= 4)) return "";
  return `Python needs about 1 GB of this device’s ${gigabytes} GB of memory: close what else is open, or the browser may end the page.`;
}

function begin() {
  const bar = document.querySelector(".gmm-live");
  const lacking = missing();
  if (lacking) {
    bar.querySelector(".gmm-live-note").textContent = lacking;
    return undefined;
  }
  if (scarcity()) bar.append(element("span", "gmm-live-memory", scarcity()));
  return new LivePage(bar);
}

let page;
/* What book.js calls with the button that was clicked. */
globalThis.gmmLive = {
  press(button) {
    page ??= begin();
    if (!page || !button) return;
    const cell = page.cells.find((one) => one.runner === button);
    if (cell) page.run(cell);
    else if (button === page.start) page.runAll();
    else page.homework?.press(button);
  },
  get page() {
    return page;
  },
};
