/* Small services every page needs. No dependency, and nothing here is needed to read the text. */

(() => {
  // What scrolls inside itself must be reachable with the keyboard alone. Only what really overflows gets a stop.
  const scrollers = "div.math, span.math.gmm-wide, .pst-scrollable-table-container, .cell_output, div.highlight pre";
  const nameOf = (box) => (box.matches(".math") ? "Formula" : box.querySelector("table") ? "Table" : "Code");

  function markScrollers() {
    // First all that is measured, then all that is changed: to measure after each change would lay the page out each time.
    const formulas = [...document.querySelectorAll("span.math")];
    for (const formula of formulas) formula.classList.remove("gmm-wide");
    const wide = formulas.filter((formula) => {
      const room = formula.closest("p, li, td, dd, figcaption, summary")?.clientWidth;
      return room && formula.getBoundingClientRect().width > room;
    });
    for (const formula of wide) formula.classList.add("gmm-wide");
    const boxes = [...document.querySelectorAll(scrollers)].map((box) => {
      return [box, box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX !== "visible"];
    });
    for (const [box, scrolls] of boxes) {
      if (scrolls && !box.hasAttribute("tabindex")) {
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

  function start() {
    markScrollers();
    showKept();
    let waiting;
    addEventListener("resize", () => {
      clearTimeout(waiting);
      waiting = setTimeout(markScrollers, 200);
    });
  }

  // Python in the page (live/): nothing of it is loaded before somebody asks.
  let live;
  addEventListener("click", (event) => {
    const button = event.target.closest?.(".gmm-live-start, .gmm-live-run, .gmm-live-do");
    if (button) loadLive(button);
  });

  function loadLive(button) {
    live ??= new Promise((come, fail) => {
      const src = `${document.documentElement.dataset.content_root}_static/live/page.js`;
      document.head.append(Object.assign(document.createElement("script"), { src, onload: come, onerror: fail }));
    });
    live.then(
      () => globalThis.gmmLive.press(button),
      () => {
        live = undefined;  // the next click tries again
        const note = document.querySelector(".gmm-live-note");
        note.textContent = "Python could not be loaded. Click again, or open the notebook with “make lab”.";
      },
    );
  }

  // A homework that this browser keeps answers to is shown with them.
  function showKept() {
    const name = document.querySelector(".gmm-live")?.dataset.homework;
    try {
      if (name && Object.keys(localStorage).some((key) => key.startsWith(`gmm-homework/${name}/`))) loadLive();
    } catch {
      // this browser keeps nothing here
    }
  }

  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
  else start();
})();
