/* A code cell: its code, its outputs, and what can be done with it. */

const PICTURES = "figure, .gmm-drawn, img"; // each in the outermost that it has

class Cell {
  constructor(box, number, book) {
    Object.assign(this, { box, number, book });
    this.code = box.querySelector(".cell_input pre");
    this.stored = { html: this.code.innerHTML, text: this.code.textContent.replace(/\n$/, "") };
    this.bar = box.querySelector(".gmm-live-cell");
    this.needsMachine = this.bar.classList.contains("gmm-live-elsewhere");
    this.parts = this.bar.dataset.needs?.split(" ").filter(Boolean) ?? [];
    this.frame = box.querySelector(".cell_output");
    this.before = this.frame ? [...this.frame.childNodes] : [];
    this.pictures = this.frame ? [...this.frame.querySelectorAll(PICTURES)].filter((one) => !one.parentElement.closest(PICTURES)) : [];
    this.outputs = [];
    this.ran = false;
    if (!this.needsMachine) this.furnish();
  }

  /* The buttons that a page gets once Python is asked for. */
  furnish() {
    this.runner = this.bar.querySelector(".gmm-live-run");
    const button = (text, title, act) => {
      const made = Object.assign(element("button", "gmm-live-button", text), { type: "button", title });
      made.setAttribute("aria-label", `${text}, cell ${this.number}`);
      made.addEventListener("click", act);
      this.bar.append(made);
      return made;
    };
    this.edit = this.bar.querySelector(".gmm-live-edit") ?? (this.isGiven ? element("span") : button("Edit", "Change the code", () => this.open()));
    button("Run to here", "Run all cells from the top to this one", () => this.book.runTo(this));
    this.undo = button("Reset", "Bring back the stored cell", () => this.reset());
    this.ender = button("Stop", "End Python", () => this.book.stop());
    this.note = element("span", "gmm-live-note");
    this.bar.append(this.note);
    this.undo.hidden = this.ender.hidden = true;
    if (!this.isGiven) this.code.addEventListener("click", () => getSelection().isCollapsed && this.open());
  }

  /* A homework's checks and what else is given stay as they are. */
  get isGiven() {
    return this.book.homework !== undefined && this.bar.dataset.given !== undefined;
  }

  get text() {
    return this.editor ? this.editor.text() : (this.written ?? this.stored.text);
  }

  get changed() {
    return this.text !== this.stored.text;
  }

  async open() {
    await this.book.homework?.ready;
    const { make } = await editorScript();
    if (!this.editor) {
      const highlight = this.code.parentElement;
      const place = element("div", "gmm-live-editor");
      highlight.before(place);
      highlight.hidden = true;
      const folded = highlight.closest("details");
      if (folded) folded.open = true;
      this.editor = make(place, this.text, {
        label: `Code of cell ${this.number}`,
        run: () => this.book.run(this),
        changed: () => this.edited(),
      });
      this.edit.hidden = true;
      this.undo.hidden = false;
    }
    this.editor.focus();
  }

  /* What the copy button takes is the code as it is. */
  edited() {
    this.code.textContent = `${this.text}\n`;
    this.book.keeper.edited(this);
    if (this.ran) this.say("changed since it ran");
  }

  reset() {
    const lost = this.changed ? this.text : undefined;
    this.set(this.stored.text);
    this.frame?.replaceChildren(...this.before);
    this.book.keeper.edited(this);
    if (lost === undefined) this.edit.focus();
    else this.offer(lost);
  }

  /* What somebody wrote is not lost by one click. */
  offer(lost) {
    const words = `Bring your ${this.book.homework ? "answer" : "change"} back`;
    const back = Object.assign(element("button", "gmm-live-button", words), { type: "button" });
    back.addEventListener("click", () => (this.set(lost), this.book.keeper.edited(this)));
    this.note.replaceChildren(back);
    back.focus();
  }

  /* Another text, shown as it is until somebody opens it. */
  set(text) {
    this.editor?.destroy();
    this.box.querySelector(".gmm-live-editor")?.remove();
    this.editor = undefined;
    this.code.parentElement.hidden = this.edit.hidden = false;
    this.written = text;
    if (this.changed) this.code.textContent = `${text}\n`;
    else this.code.innerHTML = this.stored.html;
    this.undo.hidden = !this.changed;
    this.say(this.ran ? "changed since it ran" : "");
  }

  say(text) {
    this.note.textContent = text;
  }

  /* The stored outputs stand until there is something to put in their place. */
  begin() {
    this.empty();
    this.box.classList.add("gmm-live-busy");
    this.ender.hidden = false;
    this.say("running");
  }

  clear() {
    if (this.cleared) return;
    this.cleared = true;
    if (!this.frame) {
      this.frame = element("div", "cell_output docutils container");
      this.box.append(this.frame);
    }
    this.frame.replaceChildren();
    const folded = this.frame.closest("details");
    if (folded && !this.book.inARow) folded.open = true;
  }

  /* What it has shown goes, be it to make room for the next picture of a row. */
  empty() {
    this.waits = this.cleared = false;
    this.outputs = [];
    this.shown = 0;
  }

  put(output) {
    if (output.output_type === "clear_output" && output.wait) return void (this.waits = true);
    if (output.output_type === "clear_output" || this.waits) this.empty();
    this.clear();
    if (output.output_type === "clear_output") return;
    const last = this.outputs.at(-1);
    if (output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name) {
      last.text += output.text;
      const shown = this.frame.lastElementChild.querySelector("pre");
      if (/[\r\x1b]/.test(last.text)) shown.textContent = asTerminal(last.text);
      else shown.append(output.text);
      return;
    }
    this.outputs.push(output);
    const widget = this.book.widgets.draw(output.data);
    if (widget) return void this.frame.append(widget);
    const isPicture = output.data && !("text/html" in output.data) && ("image/png" in output.data || "image/svg+xml" in output.data);
    this.frame.append(drawn(output, { stored: isPicture ? this.pictures[this.shown++] : undefined, changed: this.changed }));
  }

  end(well) {
    this.box.classList.remove("gmm-live-busy");
    this.ender.hidden = true;
    this.undo.hidden = false;
    if (well === undefined) {
      this.say("ended");
      return;
    }
    this.clear();
    if (!this.frame.childNodes.length && !this.before.length) this.frame = (this.frame.remove(), null);
    this.ran = well;
    this.say(well ? "done" : "stopped by an error");
  }
}
