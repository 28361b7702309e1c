/* A chapter's cells as their reader changed them: kept in this browser, and there again when the page is opened the next time. (A
   homework keeps its whole notebook, see kept.js.) */

const CHANGES = "gmm-cells/"; // and the page, as book.js has it

class Changes {
  constructor(book) {
    this.book = book;
    this.key = CHANGES + location.pathname.split("/").slice(-2).join("/");
    this.box = element("p", "gmm-live-kept");
    this.box.setAttribute("role", "status");
    book.bar.append(this.box);
    addEventListener("pagehide", () => this.keep());
    this.restore();
  }

  /* Soon after the last letter. */
  edited() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.keep(), PAUSE);
    this.unkept = true;
  }

  keep() {
    if (!this.unkept) return;
    clearTimeout(this.waiting);
    const cells = this.book.live.filter((cell) => cell.changed).map(({ stored, text }) => ({ stored: stored.text, text }));
    try {
      if (cells.length) localStorage.setItem(this.key, JSON.stringify({ saved: new Date().toISOString(), cells }));
      else localStorage.removeItem(this.key);
      this.unkept = false;
    } catch {
      this.say("This browser does not keep the cells that you change: they are lost when the page is left.");
    }
  }

  restore() {
    let record;
    try {
      record = JSON.parse(localStorage.getItem(this.key));
      if (!record?.cells.length) return;
    } catch {
      return; // nothing that could be shown
    }
    const homeless = record.cells.filter(({ stored, text }) => {
      const cell = this.book.live.find((one) => one.stored.text === stored && !one.changed);
      cell?.set(text);
      cell?.say("as you changed it");
      return !cell;
    });
    const count = record.cells.length - homeless.length;
    const back = count ? `${counted(count, "cell")} of this page ${count === 1 ? "is" : "are"} as you changed ${count === 1 ? "it" : "them"} on ${day(record.saved)}.` : "";
    this.say(back, homeless.length && `${counted(homeless.length, "cell")} that you changed on ${day(record.saved)} stood in another edition of this page:`);
    for (const { text } of homeless) this.box.append(textBlock(text, "text_plain"));
    const drop = Object.assign(element("button", "gmm-live-button", "Bring back the stored cells"), { type: "button" });
    drop.addEventListener("click", () => this.drop());
    this.box.append(drop);
  }

  drop() {
    for (const cell of this.book.live) if (cell.changed) cell.set(cell.stored.text);
    this.unkept = true;
    this.keep();
    this.say("All cells are as they are stored.");
  }

  say(...texts) {
    this.box.replaceChildren(texts.filter(Boolean).join(" "), " ");
  }
}
