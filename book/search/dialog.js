/* The search as one sees it: a dialog over every page, and the same on search.html. Loaded when somebody asks for it. */

globalThis.gmmSearch ??= {};

gmmSearch.dialog = (() => {
  const root = document.documentElement.dataset.content_root;
  const KINDS = { equation: "Equation", slip: "Slip", function: "Library", term: "Glossary" };
  let dialog, ready;

  const make = (name, properties = {}, ...children) => {
    const one = Object.assign(document.createElement(name), properties);
    one.append(...children);
    return one;
  };

  const load = (name) =>
    new Promise((come, fail) => {
      const script = make("script", { src: `${root}_static/search/${name}.js`, onload: come });
      script.onerror = () => (script.remove(), fail(new Error(name)));
      document.head.append(script);
    });

  async function bring() {
    await Promise.all([load("minisearch"), load("stemmer"), load("index")]);
    await load("words");
    await load("finder");
    await gmmSearch.finder.prepare(gmmSearch.index);
  }

  const marked = (pieces) => pieces.map(([text, hit]) => (hit ? make("mark", {}, text) : text));

  function item({ href, kind, name, title, trail, text }) {
    const where = [KINDS[kind], kind !== "page" && name, ...trail].filter(Boolean).join(" \u203a ");
    return make(
      "li",
      {},
      make(
        "a",
        { href: root + href },
        make("span", { className: "gmm-search-title" }, ...marked(title)),
        make("span", { className: "gmm-search-where" }, where),
        make("span", { className: "gmm-search-text" }, ...marked(text)),
      ),
    );
  }

  /* The field, what was found, and how many: put into `place`, a dialog or a page. */
  function furnish(place, query = "") {
    const field = make("input", { type: "search", value: query, placeholder: "Search this book", autocomplete: "off", spellcheck: false });
    field.setAttribute("aria-label", "Search this book");
    field.setAttribute("enterkeyhint", "go");
    const told = make("p", { className: "gmm-search-told" });
    told.setAttribute("role", "status");
    const list = make("ol", { className: "gmm-search-results" });
    place.append(make("div", { className: "gmm-search-field" }, field), told, list);

    async function show() {
      const text = field.value.trim();
      if (!text) return void (list.replaceChildren(), (told.textContent = "A word, a function, an equation such as (7)."));
      told.textContent ||= "Looking \u2026";
      try {
        await (ready ??= bring());
      } catch {
        ready = undefined; // the next letter tries again
        told.textContent = "The search could not be loaded. Type once more to try again.";
        return;
      }
      if (text !== field.value.trim()) return; // somebody has typed on
      const { total, shown } = gmmSearch.finder.find(text);
      list.replaceChildren(...shown.map(item));
      told.textContent = !total ? `Nothing found for \u201c${text}\u201d.` : shown.length < total ? `The best ${shown.length} of ${total} places` : total === 1 ? "1 place" : `${total} places`;
    }

    field.addEventListener("input", show);
    place.addEventListener("keydown", (event) => walk(event, field, list));
    show();
    if (!ready) (ready = bring()).catch(() => (ready = undefined)); // while the first word is being typed
    return field;
  }

  function walk(event, field, list) {
    const links = [...list.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (event.key === "ArrowDown") links[Math.min(at + 1, links.length - 1)]?.focus();
    else if (event.key === "ArrowUp" && at > 0) links[at - 1].focus();
    else if (event.key === "ArrowUp") field.focus();
    else if (event.key === "Enter" && event.target === field) links[0]?.click();
    else return;
    event.preventDefault();
  }

  /* `letters` were typed before all this was there. */
  function open(letters = "") {
    const own = document.querySelector("#gmm-search-page input");
    if (own) {
      own.focus();
      return write(own, letters);
    }
    if (!dialog) {
      dialog = make("dialog", { className: "gmm-search" });
      dialog.setAttribute("aria-label", "Search");
      const close = make("button", { type: "button", className: "gmm-search-close", onclick: () => dialog.close() }, "Close");
      dialog.field = furnish(dialog);
      dialog.querySelector(".gmm-search-field").append(close);
      dialog.addEventListener("click", (event) => {
        // Beside the dialog, or on a link into this very page, which does not load anew.
        if (event.target === dialog || event.target.closest("a")) dialog.close();
      });
      document.body.append(dialog);
    }
    if (dialog.open) return dialog.close();
    dialog.showModal();
    dialog.field.focus();
    dialog.field.select();
    write(dialog.field, letters);
  }

  /* As if they were typed now, in the place of what is selected. */
  function write(field, letters) {
    if (!letters) return;
    field.setRangeText(letters, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input"));
  }

  const page = document.getElementById("gmm-search-page");
  if (page) {
    page.replaceChildren();
    furnish(page, new URLSearchParams(location.search).get("q") ?? "").focus();
  }

  return { open };
})();
