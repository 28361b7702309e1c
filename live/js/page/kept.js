/* What this browser keeps of a homework: its notebook, under the homework's name and the version of the students' notebook, so
   that answers to an edited homework are never mixed with answers to the earlier one. */

const PLACE = "gmm-homework/";

class Kept {
  constructor(name, version) {
    this.all = `${PLACE}${name}/`;
    this.key = this.all + version;
  }

  /* {saved, notebook, memory}, or undefined; what cannot be read is put aside, not overwritten, and stays in `unreadable`. */
  read(key = this.key) {
    let text;
    try {
      text = localStorage.getItem(key);
      const record = text === null ? undefined : JSON.parse(text);
      if (record !== undefined && whyNoNotebook(record?.notebook)) throw new Error("no notebook");
      return record;
    } catch {
      if (text) this.aside(key, text);
      return undefined;
    }
  }

  aside(key, text) {
    this.unreadable = text;
    try {
      localStorage.setItem(`${PLACE}unreadable/${key.slice(PLACE.length)}`, text);
      localStorage.removeItem(key);
    } catch {
      // it stays where it is until something is written
    }
  }

  /* "" if it is kept, else why not. */
  write(notebook, memory) {
    try {
      localStorage.setItem(this.key, JSON.stringify({ saved: new Date().toISOString(), notebook, memory }));
      return "";
    } catch (error) {
      return error.name === "QuotaExceededError" ? "its storage is full" : "its storage is closed to this page";
    }
  }

  drop(key = this.key) {
    try {
      localStorage.removeItem(key);
    } catch {
      // nothing was kept either
    }
  }

  /* Answers to other versions of this homework: [{key, saved, notebook}]. */
  others() {
    try {
      const keys = Object.keys(localStorage).filter((key) => key.startsWith(this.all) && key !== this.key);
      return keys.map((key) => ({ key, ...this.read(key) })).filter((one) => one.notebook);
    } catch {
      return [];
    }
  }
}
