/* On paper nothing can be opened, and dark colours are a waste of ink: before printing every answer is unfolded and the light
   theme put on, afterwards all is as it was. (The code of a picture stays folded where the reader left it so.) */

(() => {
  const folded = "details:not([open]):not(.above-input):not(.above-cell)";
  const LINES_THAT_STAY = 16;  // code of more lines may go on over the page: print.css
  let opened = [];
  let theme = null;

  function prepare() {
    if (theme !== null) return;  // browsers announce one printing twice
    theme = document.documentElement.dataset.theme ?? "";
    document.documentElement.dataset.theme = "light";
    opened = [...document.querySelectorAll(`article.bd-article ${folded}`)];
    for (const one of opened) one.open = true;
    for (const area of document.querySelectorAll(".gmm-homework-area")) {  // of which only what scrolls in it would be seen
      const answer = Object.assign(document.createElement("p"), { className: "gmm-on-paper", textContent: area.value });
      area.closest(".gmm-live-cell").before(answer);
    }
    for (const code of document.querySelectorAll("article.bd-article pre")) {
      code.classList.toggle("gmm-long", code.textContent.split("\n").length > LINES_THAT_STAY);
    }
  }

  function restore() {
    if (theme === null) return;
    for (const one of opened) one.open = false;
    for (const one of document.querySelectorAll(".gmm-on-paper")) one.remove();
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    theme = null;
  }

  addEventListener("beforeprint", prepare);
  addEventListener("afterprint", restore);
})();
