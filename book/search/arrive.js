/* Where a result of the search leads: its words are marked, the first of them is brought into sight. The marks are
   highlights of the browser's, which leave the page's own elements alone; Escape takes them away. */

(() => {
  const address = new URL(location);
  const words = (address.searchParams.get("hit") ?? "").split(" ").filter(Boolean);
  address.searchParams.delete("hit");
  history.replaceState(history.state, "", address);
  const article = document.querySelector("article");
  if (!words.length || !article) return;

  const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${escaped.join("|")})(?![\\p{L}\\p{N}])`, "giu");

  function ranges() {
    const found = [];
    // A long name is split by places where it may break (page_head.py): the words are looked for across text nodes of a block.
    for (const block of article.querySelectorAll("p, li, dt, dd, td, th, h1, h2, h3, h4, h5, h6, pre, figcaption, summary")) {
      if (block.querySelector("p, li, dd, td, pre") && !block.matches("h1, h2, h3, h4")) continue;
      const nodes = [];
      const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT, (node) =>
        node.parentElement.closest(".math, script, style, .headerlink") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
      let text = "";
      while (walker.nextNode()) {
        nodes.push([text.length, walker.currentNode]);
        text += walker.currentNode.data;
      }
      for (const hit of text.matchAll(pattern)) found.push(rangeOf(nodes, hit.index, hit.index + hit[0].length));
    }
    return found;
  }

  function rangeOf(nodes, from, to) {
    const range = document.createRange();
    const place = (at) => nodes.findLast(([start]) => start <= at);
    const [first, last] = [place(from), place(to - 1)];
    range.setStart(first[1], from - first[0]);
    range.setEnd(last[1], to - last[0]);
    return range;
  }

  function arrive() {
    const found = ranges();
    if (globalThis.Highlight) CSS.highlights.set("gmm-hit", new Highlight(...found));
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const follows = (range) => !target || target.contains(range.startContainer) || target.compareDocumentPosition(range.startContainer) & Node.DOCUMENT_POSITION_FOLLOWING;
    const within = target?.closest("section, dl.py, li") ?? article;
    const first = found.find((range) => follows(range) && within.contains(range.startContainer));
    if (!first) return target?.scrollIntoView();
    for (let box = first.startContainer.parentElement; box; box = box.parentElement.closest("details")) if (box.matches("details")) box.open = true;
    first.startContainer.parentElement.scrollIntoView({ block: "center" });
  }

  addEventListener("keydown", (event) => event.key === "Escape" && CSS.highlights?.delete("gmm-hit"));
  if (document.readyState === "complete") arrive();
  else addEventListener("load", arrive);
})();
