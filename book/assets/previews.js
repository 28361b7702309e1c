/* What a link to an equation leads to, shown while the pointer or the keyboard is on it. Loaded with the first such link;
   the formulas (equations.js) were cut from their pages. It stays while the pointer is on it, and Escape takes it away. */

(() => {
  const box = Object.assign(document.createElement("div"), { className: "gmm-preview", id: "gmm-preview", hidden: true });
  box.setAttribute("role", "tooltip");
  document.body.append(box);
  // A page without a formula of its own has not KaTeX's style.
  if (!document.querySelector("link[href*='katex.css']")) {
    const href = `${document.documentElement.dataset.content_root}_static/katex.css`;
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
  }
  let shown, waiting;

  const linkOf = (event) => event.target.closest?.("article a[href*='#eq-']:not(.headerlink)");

  function show(link) {
    const found = gmmEquations[link.hash.slice(1)];
    if (!found || link === shown) return;
    hide();
    const [meaning, formula] = found;
    box.innerHTML = formula; // the book's own, written at its build
    if (meaning) box.append(Object.assign(document.createElement("p"), { textContent: meaning }));
    box.hidden = false;
    place(link);
    link.setAttribute("aria-describedby", box.id);
    shown = link;
  }

  function place(link) {
    const at = link.getBoundingClientRect();
    const room = document.documentElement.clientWidth;
    box.style.left = `${Math.max(8, Math.min(at.left - 16, room - box.offsetWidth - 8)) + scrollX}px`;
    const above = at.top > box.offsetHeight + 8;
    box.style.top = `${(above ? at.top - box.offsetHeight - 6 : at.bottom + 6) + scrollY}px`;
  }

  function hide() {
    box.hidden = true;
    shown?.removeAttribute("aria-describedby");
    shown = undefined;
  }

  const soon = (action, delay) => (clearTimeout(waiting), (waiting = setTimeout(action, delay)));

  function come(event) {
    if (box.contains(event.target)) return clearTimeout(waiting);
    const link = linkOf(event);
    if (link) soon(() => show(link), event.type === "focusin" ? 0 : 250);
    else if (shown) soon(hide, event.type === "focusin" ? 0 : 250);
  }

  addEventListener("mouseover", come);
  addEventListener("focusin", come);
  addEventListener("focusout", () => shown && soon(hide, 250));
  addEventListener("keydown", (event) => event.key === "Escape" && (clearTimeout(waiting), hide()));

  const first = document.querySelector("article a[href*='#eq-']:not(.headerlink):is(:hover, :focus)");
  if (first) soon(() => show(first), 150);
})();
