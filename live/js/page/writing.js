/* An answer in words: a text of the notebook that is written in a box of its own. */

class Writing {
  constructor(box, given, changed) {
    Object.assign(this, { box, given, changed, text: given });
    this.stub = box.previousElementSibling;
    this.opener = box.querySelector("button");
  }

  open() {
    if (!this.area) {
      this.area = Object.assign(element("textarea", "gmm-homework-area"), { rows: 8, value: this.text === this.given ? "" : this.text });
      this.area.setAttribute("aria-label", "Your answer, in words and formulas: Markdown, with formulas between dollar signs");
      this.area.addEventListener("input", () => this.write());
      this.box.prepend(this.area);
      this.stub.hidden = this.opener.hidden = true;
    }
    this.area.focus();
  }

  /* Nothing written is the line as it was given. */
  write() {
    this.text = this.area.value.trim() ? this.area.value : this.given;
    this.changed(this);
  }

  set(text) {
    this.text = text;
    if (text === this.given) {
      this.area?.remove();
      this.area = undefined;
      this.stub.hidden = this.opener.hidden = false;
    } else if (this.area) this.area.value = text;
    else {
      const before = document.activeElement;
      this.open();
      before?.focus?.();
    }
  }
}
