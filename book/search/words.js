/* Words: how a text and a question are cut into what can be found, and the piece of a text that shows the find. */

globalThis.gmmSearch ??= {};

gmmSearch.words = (() => {
  // "(7)" and "(9.1)" are equations; "log_density", "log-sum-exp", "i.i.d." and "Jensen's" are words.
  const WORD = /\(\d+(?:\.\d+)?\)|\p{L}(?:\.\p{L})+(?![\p{L}\p{N}])|\p{N}+(?:\.\p{N}+)+|[\p{L}\p{N}]+(?:[-_'\u2019\u2013][\p{L}\p{N}]+)*/gu;
  const stemmer = new Stemmer();
  const known = new Map();

  const plain = (word) => word.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  function singular(word) {
    if (word.length < 4 || /(ss|us|is)$/.test(word)) return word;
    return word.replace(/ies$/, "y").replace(/(ss|sh|ch|x)es$/, "$1").replace(/([^s])s$/, "$1");
  }

  /* A word as it can be found: `whole` ("logsumexp", also of "log-sum-exp"), its `parts`, and the stem that
     "initialise" shares with "initialisation". A stem begins with "~", so that no word is taken for one. */
  function forms(token) {
    if (!known.has(token)) known.set(token, cut(token));
    return known.get(token);
  }

  function cut(token) {
    const word = plain(token);
    if (/^[\d(]/.test(word)) return { whole: word, parts: [], stem: word };
    const whole = singular(word.replace(/[^\p{L}\p{N}]/gu, ""));
    const parts = word.split(/[^\p{L}\p{N}_]+/u).flatMap((name) => [name, ...name.split("_")]);
    const different = new Set(parts.map((part) => singular(part.replaceAll("_", ""))).filter((part) => part && part !== whole));
    return { whole, parts: [...different], stem: `~${stemmer.stemWord(whole)}` };
  }

  const tokens = (text) => text.match(WORD) ?? [];

  /* The words of `text` that were asked for: themselves, or else by their stem, or else by a part of their name. */
  function hitsIn(text, terms) {
    const hits = [...text.matchAll(WORD)];
    const ways = [({ whole }) => terms.has(whole), ({ stem }) => terms.has(stem), ({ parts }) => parts.some((part) => terms.has(part))];
    for (const way of ways) {
      const found = hits.filter((hit) => way(forms(hit[0])));
      if (found.length) return found;
    }
    return [];
  }

  /* The place of `text` with the most of the `terms`, in pieces: [words, whether they were asked for]. */
  function snippet(text, terms, length = 170) {
    const hits = hitsIn(text, terms);
    const kinds = (from) => new Set(hits.filter((hit) => hit.index >= from && hit.index < from + length).map((hit) => forms(hit[0]).stem)).size;
    const starts = hits.map((hit) => hit.index);
    const best = starts.reduce((one, other) => (kinds(other) > kinds(one) ? other : one), starts[0] ?? 0);
    let from = Math.max(0, best - 40);
    if (from) from = text.indexOf(" ", from) + 1;
    let to = Math.min(text.length, from + length);
    if (to < text.length) to = Math.max(text.lastIndexOf(" ", to), from);
    const pieces = from ? [["\u2026 ", false]] : [];
    let at = from;
    for (const hit of hits) {
      const end = hit.index + hit[0].length;
      if (hit.index < at || end > to) continue;
      pieces.push([text.slice(at, hit.index), false], [hit[0], true]);
      at = end;
    }
    pieces.push([text.slice(at, to) + (to < text.length ? " \u2026" : ""), false]);
    return pieces;
  }

  return { tokens, forms, hitsIn, snippet };
})();
