/* The engine of the book's search, MiniSearch, as a classic script: pages from disk may load no other. */

import MiniSearch from "minisearch";

globalThis.MiniSearch = MiniSearch;
