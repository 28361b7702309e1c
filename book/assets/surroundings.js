/* What stands around the text of a page, and does something: the switch of light and dark, the contents at both sides,
   the menus, the way back to the top. It takes the place of the theme's own scripts, which are fourteen times as long and
   measure what lies far from the screen, so that a browser had to lay out the whole page before it could be used. */

(() => {
  const root = document.documentElement;
  const one = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];

  // A browser that keeps nothing for a page throws when it is asked to.
  const keep = (store, name, value) => {
    try {
      globalThis[store].setItem(name, value);
    } catch {
      // then the next page begins anew
    }
  };
  const kept = (store, name) => {
    try {
      return globalThis[store].getItem(name);
    } catch {
      return null;
    }
  };

  // Light, dark, or as the system has it: the script in the page's head puts on what was chosen before (layout.html).
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const MODES = dark.matches ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
  const putOn = () => {
    const { mode } = root.dataset;
    root.dataset.theme = mode === "auto" ? (dark.matches ? "dark" : "light") : mode;
  };
  function switchThemes() {
    dark.addEventListener("change", putOn);
    for (const button of all(".theme-switch-button"))
      button.addEventListener("click", () => {
        root.dataset.mode = MODES[(MODES.indexOf(root.dataset.mode) + 1) % MODES.length];
        keep("localStorage", "mode", root.dataset.mode);
        putOn();
      });
  }

  // The contents of the book and of the page: beside the text where there is room, else in a dialog that looks the same.
  function moveAll(from, to) {
    to.append(...from.childNodes);
    to.className = from.className;
    from.className = "";
  }
  function openBeside(which) {
    const [sidebar, dialog] = [one(`#pst-${which}-sidebar`), one(`#pst-${which}-sidebar-modal`)];
    const button = one(`.${which}-toggle`);
    if (!sidebar || !dialog || !button) return;
    button.addEventListener("click", () => {
      const roomy = which === "primary" && matchMedia("(min-width: 992px)").matches;
      if (roomy) return sidebar.classList.toggle("pst-sidebar-hidden");
      moveAll(sidebar, dialog);
      dialog.showModal();
    });
    dialog.addEventListener("click", ({ target, clientX, clientY }) => {
      const { left, right, top, bottom } = dialog.getBoundingClientRect();
      const beside = target === dialog && (clientX < left || clientX > right || clientY < top || clientY > bottom);
      if (beside || target.closest("a[href]")) dialog.close();
    });
    dialog.addEventListener("close", () => moveAll(dialog, sidebar));
  }

  // The book's contents stand where they stood on the page before; at first so that the line of this page is seen.
  function keepPlace() {
    const sidebar = one("#pst-primary-sidebar");
    if (!sidebar) return;
    const before = kept("sessionStorage", "sidebar-scroll-top");
    const line = all("#pst-primary-sidebar .active").at(-1);
    if (before !== null) sidebar.scrollTop = before;
    else if (line && sidebar.clientHeight) {
      const depth = line.getBoundingClientRect().top - sidebar.getBoundingClientRect().top;
      if (depth > innerHeight / 2) sidebar.scrollTop = depth - sidebar.clientHeight / 4;
    }
    addEventListener("pagehide", () => keep("sessionStorage", "sidebar-scroll-top", sidebar.scrollTop));
  }

  // In the page's contents, the part that is being read; after a link to a part has been followed, that part.
  function followReading() {
    const links = new Map();
    for (const link of all("#pst-page-toc-nav a")) {
      const part = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      if (part) links.set(part.querySelector("h1, h2, h3, h4, h5, h6") ?? part, link);
    }
    let until = 0;
    const mark = (read) => {
      for (const link of links.values()) {
        link.classList.toggle("active", link === read);
        if (link === read) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    };
    const arrive = () => {
      const link = [...links.values()].find(({ hash }) => hash === location.hash);
      if (!link) return;
      until = performance.now() + 1000; // meanwhile the page scrolls there
      mark(link);
    };
    const near = new IntersectionObserver((entries) => {
      const seen = entries.filter((entry) => entry.isIntersecting).at(-1);
      if (seen && performance.now() > until) mark(links.get(seen.target));
    }, { rootMargin: "0px 0px -70% 0px" });
    for (const heading of links.keys()) near.observe(heading);
    addEventListener("hashchange", arrive);
    arrive();
  }

  // The menus above the text.
  function openMenus() {
    const buttons = all(".dropdown-toggle");
    const show = (button, open) => {
      button.classList.toggle("show", open);
      button.setAttribute("aria-expanded", open);
    };
    addEventListener("click", ({ target }) => {
      for (const button of buttons) show(button, button.contains(target) && !button.classList.contains("show"));
    });
    addEventListener("keydown", (event) => {
      const button = buttons.find((one) => one.parentElement.contains(event.target));
      if (!button) return;
      const lines = [button, ...button.parentElement.querySelectorAll(".dropdown-item")];
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        show(button, true);
        lines.at((lines.indexOf(document.activeElement) + step) % lines.length).focus();
      } else if (event.key === "Escape" && button.classList.contains("show")) {
        show(button, false);
        button.focus();
      }
    });
    addEventListener("focusin", ({ target }) => {
      for (const button of buttons) if (!button.parentElement.contains(target)) show(button, false);
    });
  }

  // Whoever scrolls up may want to go on to the top; the bar above the text has a shadow once text lies below it.
  function followScrolling() {
    const button = one("#pst-back-to-top");
    button?.addEventListener("click", () => scrollTo({ top: 0 }));
    let before = scrollY;
    addEventListener("scroll", () => {
      if (button) button.style.display = scrollY < before && scrollY > 0 ? "block" : "none";
      document.body.classList.toggle("scrolled", scrollY > 0);
      before = scrollY;
    }, { passive: true });
  }

  function start() {
    if (/^(Mac|iPhone|iPad)/.test(navigator.platform))
      for (const key of all(".kbd-shortcut__modifier")) key.textContent = "⌘";
    switchThemes();
    for (const which of ["primary", "secondary"]) openBeside(which);
    openMenus();
    followScrolling();
    followReading();
    requestAnimationFrame(keepPlace); // with the page's first layout, not one of its own
  }

  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
  else start();
})();
