/* Python, beside the page: this file runs in a worker, so that the page stays usable whatever a cell does, and can end it.
   The worker's text is pyodide.asm.js, pyodide.js and this file, one after the other: opened from disk a worker may load
   nothing by itself. It asks the page for parts and is handed them. */

const HOME = "https://python.invalid/"; // no such host: what Pyodide asks for is answered here
const waiting = new Map();
let core, python, kernel, needs, library, homework;

const ask = (part) =>
  new Promise((come, fail) => {
    waiting.set(part, { come, fail });
    postMessage({ kind: "ask", part });
  });

globalThis.fetch = async (address) => {
  const name = String(address.url ?? address).split("/").pop();
  if (name === "pyodide-lock.json") return new Response(JSON.stringify(core.lock));
  if (name === "python_stdlib.zip") return new Response(core.stdlib);
  if (name === "pyodide.asm.wasm") return new Response(new Uint8Array(), { headers: { "content-type": "application/wasm" } });
  throw new TypeError("Python in this page has no network.");
};
globalThis.XMLHttpRequest = globalThis.WebSocket = globalThis.EventSource = undefined;

// The page has compiled the module, once for every worker that it starts.
WebAssembly.instantiateStreaming = async (_, imports) => ({
  module: core.module,
  instance: await WebAssembly.instantiate(core.module, imports),
});

/* Python's file system takes each file as a piece of the one array. */
function place(bytes) {
  const end = bytes.indexOf(10);
  const folders = new Set();
  let at = end + 1;
  for (const [path, size] of JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)))) {
    const folder = path.slice(0, path.lastIndexOf("/"));
    if (!folders.has(folder)) python.FS.mkdirTree(folder);
    folders.add(folder);
    python.FS.writeFile(path, bytes.subarray(at, (at += size)), { canOwn: true });
  }
  python.runPython("import importlib; importlib.invalidate_caches()");
}

/* A function that is called once for each part, however often it is asked. */
function once(work) {
  const begun = new Map();
  return (part) => begun.get(part) ?? begun.set(part, work(part)).get(part);
}

const open = once(ask);
let started;
const install = once(async (part) => {
  const bytes = open(part);
  await started;
  place(await bytes);
  if (part === "numpy") python.pyimport("gmm_live.repairs").repair();
  if (part === "scipy") await python._api.loadDynlib("/usr/lib/libopenblas.so", true, []);
});

const ENVIRONMENT = { HOME: "/home/pyodide", MPLBACKEND: "module://gmm_live.figures", OMP_NUM_THREADS: "1" };

function start(given) {
  core = given.core;
  started = (async () => {
    python = await loadPyodide({ indexURL: HOME, env: { ...ENVIRONMENT, GMM_BOOK_URL: given.book.replace(/\/$/, "") } });
    place(await open("own"));
    python.FS.mkdirTree(given.folder);
    python.FS.chdir(given.folder);
    needs = python.pyimport("gmm_live.needs");
    library = python.runPython("import json, gmm_live; json.load(open(gmm_live.__path__[0] + '/library.json'))");
    kernel = python.pyimport("gmm_live.kernel").start((message) => postMessage(JSON.parse(message)));
    if (given.homework) homework = python.pyimport("gmm_live.homework").Homework(given.homework, given.memory);
  })();
  started.then(() => (python._api.on_fatal = broken), () => {});
  for (const part of ["own", ...given.parts]) open(part);
  return started.then(() => postMessage({ kind: "ready" }));
}

async function run({ code, cell, parts }) {
  await started;
  const wanted = needs.parts_of(code, library);
  const all = new Set([...parts, ...wanted.toJs()]);
  wanted.destroy();
  await Promise.all([...all].map(install));
  postMessage({ kind: "running" });
  const well = await kernel.run(code, cell);
  postMessage({ kind: "done", well, told: homework && JSON.parse(homework.told()) });
}

// What the page changes in a widget, and which it shows no more.
const change = ({ number, changes }) => kernel.receive(number, JSON.stringify(changes));
const close = ({ number }) => kernel.close(number);

const broken = (error) => postMessage({ kind: "broken", text: String(error.message ?? error).trim() });
const doing = { start, run, change, close };
onmessage = async ({ data }) => {
  if (data.kind === "part") {
    const { come, fail } = waiting.get(data.part);
    waiting.delete(data.part);
    data.bytes ? come(data.bytes) : fail(new Error(`the part "${data.part}" did not come`));
    return;
  }
  try {
    await doing[data.kind](data);
  } catch (error) {
    broken(error);
  }
};
