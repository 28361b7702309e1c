/* Small services every page needs. No dependency, and nothing here is needed to read the text. */

(() => {
  // What scrolls inside itself must be reachable with the keyboard alone. Only what really overflows gets a stop.
  const scrollers = "div.math, span.math.gmm-wide, .pst-scrollable-table-container, .cell_output .output, .gmm-drawn, div.highlight pre";
  const nameOf = (box) => (box.matches(".math") ? "Formula" : box.matches(".gmm-drawn") ? "Figure" : box.querySelector("table") ? "Table" : "Code");

  const PART = ".bd-article > section > section";
  function markScrollers(part) {
    const within = (selector) => [...document.querySelectorAll(selector)].filter((one) => one.closest(PART) === part);
    // First all that is measured, then all that is changed: to measure after each change would lay the page out each time.
    const formulas = within("span.math");
    for (const formula of formulas) formula.classList.remove("gmm-wide");
    const wide = formulas.filter((formula) => {
      const room = formula.closest("p, li, td, dd, figcaption, summary")?.clientWidth;
      return room && formula.getBoundingClientRect().width > room;
    });
    for (const formula of wide) formula.classList.add("gmm-wide");
    const boxes = within(scrollers).map((box) => {
      return [box, box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX !== "visible"];
    });
    for (const [box, scrolls] of boxes) {
      if (scrolls) fade(box);
      else delete box.dataset.gmmMore;
      if (scrolls && box.tabIndex < 0) {
        box.tabIndex = 0;
        box.dataset.gmmScrolls = "";
        if (!box.hasAttribute("role")) {
          box.setAttribute("role", "group");
          box.setAttribute("aria-label", `${nameOf(box)}, scrolls sideways`);
        }
      } else if (!scrolls && "gmmScrolls" in box.dataset) {
        box.removeAttribute("tabindex");
        delete box.dataset.gmmScrolls;
      }
    }
  }

  // On which sides of a box there is more: the style lets it fade there.
  const seen = new WeakSet();
  function fade(box) {
    const say = () => {
      const more = [box.scrollLeft > 1 && "start", box.scrollLeft + box.clientWidth < box.scrollWidth - 1 && "end"];
      box.dataset.gmmMore = more.filter(Boolean).join(" ");
    };
    if (!seen.has(box)) box.addEventListener("scroll", say, { passive: true });
    seen.add(box);
    say();
  }

  // A part is measured when it has been laid out and there is nothing else to do: of a long page most is not, before it comes
  // near the screen (book.css); all at once for whoever goes on by the Tab key.
  const unmarked = new Set(), far = new Set();
  const idle = globalThis.requestIdleCallback ?? ((task) => setTimeout(task, 50));
  const markNext = () => {
    const next = [...unmarked].find((part) => !far.has(part));
    if (next === undefined) return;
    unmarked.delete(next);
    markScrollers(next);
    idle(markNext);
  };
  const markAll = () => {
    for (const part of unmarked) markScrollers(part);
    unmarked.clear();
  };

  function start() {
    showKept();
    const parts = [...document.querySelectorAll(PART)];
    for (const part of parts) {
      if (!("oncontentvisibilityautostatechange" in part) || getComputedStyle(part).contentVisibility !== "auto") continue;
      far.add(part);
      part.addEventListener("contentvisibilityautostatechange", ({ skipped }) => {
        if (skipped) far.add(part);
        else far.delete(part);
        if (unmarked.has(part) && !skipped) idle(markNext);
      });
    }
    const mark = () => {
      for (const part of [null, ...parts]) unmarked.add(part);  // null: what stands outside of all parts
      idle(markNext);
    };
    mark();
    let waiting;
    const again = () => {
      waiting = clearTimeout(waiting);
      mark();
    };
    addEventListener("keydown", (event) => {
      if (event.key !== "Tab") return;
      if (waiting) again();
      markAll();
    }, true);
    addEventListener("resize", () => {
      clearTimeout(waiting);
      waiting = setTimeout(again, 200);
    });
  }

  // What most readers never ask for is loaded when somebody does.
  const script = (name) => {
    const src = `${document.documentElement.dataset.content_root}_static/${name}.js`;
    return new Promise((come, fail) => document.head.append(Object.assign(document.createElement("script"), { src, onload: come, onerror: fail })));
  };

  // Python in the page (live/): nothing of it is loaded before somebody asks.
  let live;
  addEventListener("click", (event) => {
    const button = event.target.closest?.(".gmm-live-start, .gmm-live-run, .gmm-live-do");
    if (button) loadLive(button);
  });

  function loadLive(button) {
    live ??= script("live/page");
    live.then(
      () => globalThis.gmmLive.press(button),
      () => {
        live = undefined;  // the next click tries again
        const note = document.querySelector(".gmm-live-note");
        note.textContent = "Python could not be loaded. Click again, or open the notebook with “make lab”.";
      },
    );
  }

  // A page of which this browser keeps answers, or changed cells, is shown with them.
  function showKept() {
    const name = document.querySelector(".gmm-live")?.dataset.homework;
    const kept = name ? `gmm-homework/${name}/` : `gmm-cells/${location.pathname.split("/").slice(-2).join("/")}`;
    try {
      if (Object.keys(localStorage).some((key) => key.startsWith(kept)) && document.querySelector(".gmm-live")) loadLive();
    } catch {
      // this browser keeps nothing here
    }
  }

  // The search (book/search): loaded when somebody asks for it, or comes from one of its results. What is typed before it
  // has come is kept for it, and if it does not come, for the next time; Escape calls it off.
  let search, coming = false, typed = "";
  const openSearch = () => {
    if (coming) return; // it is on its way
    coming = true;
    const open = (come) => {
      const wanted = coming;
      coming = false;
      if (!come) {
        search = undefined;
        for (const button of document.querySelectorAll(".search-button__default-text"))
          button.textContent = "Search could not be loaded. Try again";
      } else if (wanted) {
        gmmSearch.dialog.open(typed);
        typed = "";
      }
    };
    (search ??= globalThis.gmmSearch?.dialog ? Promise.resolve() : script("search/dialog")).then(() => open(true), () => open(false));
  };
  addEventListener("click", (event) => event.target.closest?.(".search-button__button") && openSearch());
  addEventListener("keydown", (event) => {
    if (coming && !event.ctrlKey && !event.metaKey && !event.altKey) {
      if (event.key === "Backspace") typed = typed.slice(0, -1);
      else if (event.key === "Escape") [coming, typed] = [false, ""];
      else if (event.key.length === 1) typed += event.key;
      else return;
      return event.preventDefault();
    }
    const writing = event.target.closest?.("input, textarea, select, [contenteditable], .gmm-stepper");
    const asked = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k";
    const slash = event.key === "/" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!asked && !slash) return;
    event.preventDefault();
    openSearch();
  });
  if (new URLSearchParams(location.search).has("hit")) script("search/arrive");

  // Formulas beside the links that lead to them.
  let previews;
  for (const kind of ["mouseover", "focusin"])
    addEventListener(kind, (event) => {
      if (event.target.closest?.("article a[href*='#eq-']:not(.headerlink)"))
        previews ??= script("equations").then(() => script("previews"));
    });

  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
  else start();
})();
