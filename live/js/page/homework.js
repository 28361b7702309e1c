/* A homework's page: its answers are kept in this browser as they are written, saved as the notebook that is handed in, and read
   from such a notebook again. */

const PAUSE = 300; // milliseconds after the last letter
const given = new Map();
globalThis.gmmLiveNotebook = (name, notebook) => given.set(name, notebook);
const day = (iso) => new Date(iso).toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });
const counted = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

class Homework {
  constructor(book) {
    const { homework: name, version, course: id } = book.bar.dataset;
    Object.assign(this, { book, name, id, kept: new Kept(name, version), boxes: new Map(), unkept: false });
    this.marks = book.bar.querySelector(".gmm-homework-marks");
    this.said = book.bar.querySelector(".gmm-homework-said");
    this.said.setAttribute("role", "status");
    this.warned = Object.assign(element("p", "gmm-homework-warned"), { role: "alert" });
    this.said.after(this.warned);
    this.ready = this.begin();
    this.ready.catch(() => this.say("The notebook of this homework could not be loaded: answers are not kept. Reload the page."));
    addEventListener("pagehide", () => this.keep());
    addEventListener("visibilitychange", () => document.hidden && this.keep());
    addEventListener("beforeunload", (event) => this.unkept && event.preventDefault());
    addEventListener("storage", ({ key }) => key === this.kept.key && this.elsewhere());
  }

  async begin() {
    if (!given.has(this.name)) await addScript(`${HERE}homework/${this.name}.js`);
    this.given = this.notebook = given.get(this.name);
    const code = this.given.cells.filter((cell) => cell.cell_type === "code");
    for (const [i, cell] of code.entries()) this.pair(keyOf(cell), this.book.cells[i]);
    const texts = this.given.cells.filter((cell) => cell.cell_type === "markdown" && isOpen(cell));
    for (const [i, box] of [...document.querySelectorAll(".gmm-homework-text")].entries()) {
      this.pair(keyOf(texts[i]), new Writing(box, textOf(texts[i]), (writing) => this.edited(writing)));
    }
    this.restore();
  }

  async press(button) {
    await this.ready;
    const act = { save: () => this.save(), open: () => this.open() }[button.dataset.do];
    if (act) act();
    else [...this.boxes.values()].find((box) => (box.edit ?? box.opener) === button)?.open();
  }

  pair(key, box) {
    box.key = key;
    this.boxes.set(key, box);
  }

  restore() {
    const record = this.kept.read();
    if (record) {
      this.memory = record.memory;
      this.show(record.notebook);
      const count = this.changed().length;
      if (count) this.say(`${counted(count, "answer")} that this browser kept on ${day(record.saved)} ${count === 1 ? "is" : "are"} back.`, ["Drop them", () => this.drop()]);
    }
    const others = this.kept.others();
    const { unreadable } = this.kept;
    if (unreadable) this.ask("What this browser kept of this homework was damaged, and cannot be shown. The answers in it may still be found in its text.", ["Save it as a file", () => this.download(unreadable, `${this.name}-damaged.txt`, "text/plain")], ["Leave it", () => {}]);
    for (const other of others) {
      const text = `This browser also keeps answers to another version of this homework, of ${day(other.saved)}.`;
      this.ask(text, ["Open them", () => this.propose(other.notebook, "The other version")], ["Drop them", () => this.kept.drop(other.key)]);
    }
  }

  changed() {
    const before = textsOf(this.given);
    return this.notebook.cells.filter((cell) => textOf(cell) !== before.get(keyOf(cell)));
  }

  /* Put a notebook's texts into the page. */
  show(notebook) {
    this.notebook = notebook;
    const texts = textsOf(notebook);
    for (const [key, box] of this.boxes) {
      if (!texts.has(key)) {
        this.book.take(box);
        this.boxes.delete(key);
      } else if (box.text !== texts.get(key)) box.set(texts.get(key));
    }
    let above;
    for (const cell of notebook.cells) {
      const box = this.boxes.get(keyOf(cell));
      if (box) above = box;
      else if (cell.cell_type === "code" && cell.id !== FOR_ELSEWHERE && above) {
        const made = this.book.add(above, textOf(cell));
        this.pair(keyOf(cell), made);
        above = made;
      }
    }
  }

  edited(box) {
    this.notebook = withText(this.notebook, box.key, box.text);
    this.unkept = true;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.keep(), PAUSE);
  }

  keep() {
    if (!this.unkept) return;
    clearTimeout(this.waiting);
    const trouble = this.kept.write(this.notebook, this.memory);
    this.unkept = Boolean(trouble);
    const warning = trouble && `This browser does not keep your answers: ${trouble}. Nothing is lost as long as this page is open: save the notebook before you leave.`;
    if (this.warned.textContent !== warning) this.warned.textContent = warning; // it stays until they are kept again
  }

  elsewhere() {
    this.say("This homework was changed in another window. What you write here is kept in the place of it.", ["Show the other", () => this.replace(this.kept.read()?.notebook ?? this.given, "Shown is what the other window keeps.")]);
  }

  drop() {
    clearTimeout(this.waiting);
    this.unkept = false;
    this.memory = undefined;
    this.kept.drop();
    this.replace(this.given, "Dropped: the homework is as it was given.", false);
  }

  /* Another notebook in the place of this one, which can be brought back. */
  replace(notebook, text, keeping = true) {
    const before = this.notebook;
    this.show(notebook);
    if (keeping) {
      this.unkept = true;
      this.keep();
    }
    this.say(text, ["Bring back what was here", () => this.replace(before, "It is as it was.")]);
  }

  download(text, name, type) {
    const address = URL.createObjectURL(new Blob([text], { type }));
    Object.assign(document.createElement("a"), { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  }

  save() {
    this.download(asFile(this.notebook), `${this.name}.ipynb`, "application/x-ipynb+json");
    this.keep();
    this.say(`Saved as ${this.name}.ipynb, where your browser puts what it downloads. That file is what you hand in.`);
  }

  open() {
    const input = Object.assign(document.createElement("input"), { type: "file", accept: ".ipynb" });
    input.addEventListener("change", () => input.files[0] && this.read(input.files[0]));
    input.click();
  }

  async read(file) {
    const bytes = await file.slice(0, LARGEST + 1).arrayBuffer().catch(() => undefined);
    try {
      if (!bytes) throw new Error(`Your browser could not read “${file.name}”: it was moved, or changed meanwhile. Nothing here was changed.`);
      this.propose(readNotebook(new Uint8Array(bytes), file, this.id), `“${file.name}”`);
    } catch (error) {
      this.say(error.message);
    }
  }

  /* Say what would be replaced, if anything of the student's would be. */
  propose(other, file) {
    const coming = merged(this.notebook, other, this.given);
    const before = textsOf(this.given);
    const lost = coming.replaced.filter(({ key, was }) => was !== before.get(key));
    const take = () => this.replace(coming.notebook, `${file} is open: ${counted(coming.replaced.length, "answer")} came from it.${this.remarks(coming)}`);
    if (!lost.length) take();
    else this.ask(`${file} would replace what you have here in ${lost.map(({ name }) => name).join(", ")}.`, ["Replace it", take], ["Leave it", () => {}], lost);
  }

  remarks({ besides, twice, edited, disordered, lacking }) {
    const said = [
      besides && `${counted(besides, "cell")} of your own came along; texts among them stay in the notebook and are not shown here.`,
      twice && `${counted(twice, "cell")} stood in it more than once: the last counts.`,
      edited && `${counted(edited, "given cell")} had been changed in it: here and in grading, what is given stays as it was given.`,
      disordered && "Its cells stood in another order: here they stand in that of the homework.",
      lacking.length && `It lacks ${lacking.join(", ")}: there all is as it was.`,
    ];
    return said.filter(Boolean).map((one) => ` ${one}`).join("");
  }

  say(text, ...acts) {
    this.said.replaceChildren(text, ...acts.map(([words, act]) => this.button(words, act)));
  }

  /* A question with its answers, and the texts that it is about. */
  ask(text, ...acts) {
    const texts = acts.at(-1)[0].key ? acts.pop() : [];
    const box = element("div", "gmm-homework-ask", `${text} `);
    box.setAttribute("role", "group");
    for (const [words, act] of acts) box.append(this.button(words, () => (box.remove(), act())));
    for (const { name, was, is } of texts) {
      const details = element("details");
      details.append(element("summary", "", `${name}: yours, and what would come`), textBlock(was, "text_plain"), textBlock(is, "text_plain"));
      box.append(details);
    }
    this.book.bar.append(box);
    box.querySelector("button").focus();
  }

  button(words, act) {
    const made = Object.assign(element("button", "gmm-live-button", words), { type: "button" });
    made.addEventListener("click", act);
    return made;
  }

  /* What Python says after a cell: the points that its checks found so far, and what it remembers of them. */
  told({ marks, memory }) {
    if (memory && memory !== this.memory) {
      this.memory = memory;
      this.unkept = true;
      this.keep();
    }
    if (!marks) return;
    const [found, of, more] = marks;
    this.marks.textContent = `The last checks here found ${found} of ${counted(of, "point")}${more ? `; ${more} more your teacher gives` : ""}.`;
  }
}
