/* The finder: MiniSearch over the book's sections, and the rules that put the chapter on a thing first. */

gmmSearch.finder = (() => {
  const { tokens, forms, hitsIn, snippet } = gmmSearch.words;
  const FIELDS = { about: 8, title: 5, page: 2, text: 1, code: 0.5 };
  // What a chapter says of a thing comes before what lists it.
  const KINDS = { page: 1.5, section: 1, equation: 1.2, slip: 0.8, function: 0.7, term: 0.9 };
  const PLACES = { appendix: 0.5, homework: 0.6 };
  const LONGEST = 30; // results that are shown
  const OF_ONE_PAGE = 4;
  let engine;

  const spread = (token) => {
    const { whole, parts, stem } = forms(token);
    return [whole, ...parts, stem];
  };

  async function prepare({ pages, entries }) {
    const made = new MiniSearch({
      fields: Object.keys(FIELDS),
      storeFields: ["entry"],
      tokenize: tokens,
      processTerm: spread,
      searchOptions: { boost: FIELDS, tokenize: (text) => [text], processTerm: (term) => term, boostDocument: weight },
    });
    const documents = entries.map(([page, anchor, kind, title, trail, text, code, about], id) => {
      const [url, name] = pages[page];
      return { id, page: name, title, text, code, about, entry: { url, name, anchor, kind, title, trail, text } };
    });
    await made.addAllAsync(documents, { chunkSize: 100 });
    engine = made;
  }

  function weight(id, term, { entry }) {
    return KINDS[entry.kind] * (PLACES[entry.url.split("/")[0]] ?? 1);
  }

  /* "Equation 7", "eq. 7" and "formula (7)" all mean "(7)". */
  const asked = (query) => tokens(query.replace(/\b(?:equations?|eqs?|formula)\b\.?\s*\(?(\d+(?:\.\d+)?)\)?/gi, "($1)"));

  /* One word of the question: as a whole, by its parts, by its stem; the last may still be unfinished. */
  function ask(token, last) {
    const { whole, parts, stem } = forms(token);
    const ways = [{ queries: [whole], prefix: last && whole.length > 2, weights: { prefix: 0.3, fuzzy: 0.2 } }];
    if (parts.length > 1) ways.push({ queries: parts, combineWith: "AND", boostTerm: () => 0.3 });
    if (stem !== whole) ways.push({ queries: [stem], boostTerm: () => 0.3 });
    return { queries: ways, combineWith: "OR" };
  }

  function find(query) {
    const words = asked(query);
    if (!words.length) return { total: 0, shown: [] };
    const queries = words.map((word, i) => ask(word, i === words.length - 1));
    let results = engine.search({ queries, combineWith: "AND" });
    if (results.length < 3 && words.length > 1) results = joined(results, engine.search({ queries, combineWith: "OR" }));
    if (!results.length) results = engine.search(words.map((word) => forms(word).whole).join(" "), { fuzzy: 0.25, tokenize: (text) => text.split(" "), combineWith: "OR" });
    for (const result of results) if (isNamed(result.entry, query.trim())) result.score *= 5;
    results.sort((one, other) => other.score - one.score);
    return { total: results.length, shown: few(results).map((result) => shown(result, aside(words))) };
  }

  /* A section or a slip with just this name; or a function, where what was asked looks like code and is its name. */
  function isNamed({ kind, title, url }, query) {
    if (kind === "slip") return title.toLowerCase().startsWith(`${query.toLowerCase()}:`);
    if (kind === "function") return /[_.]|[a-z][A-Z]/.test(query) && `.${title}`.endsWith(`.${query}`);
    if (url.startsWith("appendix/")) return false;
    const words = (text) => tokens(text).map((word) => forms(word).whole).join(" ");
    return words(title) === words(query);
  }

  function joined(first, more) {
    const seen = new Set(first.map((result) => result.id));
    return [...first, ...more.filter((result) => !seen.has(result.id))];
  }

  /* The best of each page, so that no long page fills the list. */
  function few(results) {
    const counts = new Map();
    const kept = results.filter(({ entry: { url } }) => {
      counts.set(url, (counts.get(url) ?? 0) + 1);
      return counts.get(url) <= OF_ONE_PAGE;
    });
    return kept.slice(0, LONGEST);
  }

  /* Parts of longer words, which count only where nothing better is found: the "sum" of "log-sum-exp". */
  function aside(words) {
    const wholes = new Set(words.map((word) => forms(word).whole));
    return new Set(words.flatMap((word) => forms(word).parts).filter((part) => !wholes.has(part)));
  }

  function shown({ entry, terms }, lesser) {
    const best = terms.filter((term) => !lesser.has(term));
    const wanted = new Set(best.length ? best : terms);
    const title = snippet(entry.title, wanted, Infinity);
    const text = snippet(entry.text, wanted);
    const hits = new Set(hitsIn(`${entry.title} ${entry.text}`, wanted).map((hit) => hit[0].toLowerCase()));
    const query = hits.size ? `?hit=${encodeURIComponent([...hits].slice(0, 8).join(" "))}` : "";
    return { ...entry, title, text, href: `${entry.url}.html${query}${entry.anchor ? `#${entry.anchor}` : ""}` };
  }

  return { prepare, find };
})();
