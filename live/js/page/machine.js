/* Python in a worker: started once, asked to run one cell after another, ended when a cell does not end. */

class Machine {
  constructor(setting, { progressed, output, widget, told, broke }) {
    Object.assign(this, { setting, progressed, output, widget, told, broke });
    this.loaded = 0;
    this.wanted = 0;
    this.seen = new Set();
    this.asked = new Set();
    this.turn = 0; // how often Python was ended
  }

  /* The bytes of these parts are counted for the reader, those of the first time. */
  expect(...parts) {
    for (const part of parts) {
      if (!this.seen.has(part)) this.wanted += PARTS[part];
      this.seen.add(part);
    }
  }

  /* A part, unpacked: here, while the worker starts Python. */
  async bring(part) {
    this.expect(part);
    const again = this.asked.has(part);
    this.asked.add(part);
    const packed = await bring(part, (more) => {
      if (again) return;
      this.loaded += more;
      this.progressed(this.loaded, this.wanted);
    });
    return gunzipped(packed);
  }

  start(parts) {
    this.started ??= this.begin(parts);
    return this.started;
  }

  async begin(parts) {
    const { turn } = this;
    const first = ["own", ...parts];
    this.expect("core", ...first);
    const early = new Map();
    const bringEarly = () => first.forEach((part) => early.set(part, this.bring(part)));
    // From a host all come at once. From disk a part keeps the page busy, and the worker waits for nothing but the core.
    if (!FROM_DISK) bringEarly();
    this.core ??= await this.compiled();
    if (turn !== this.turn) throw new Error("ended before it began");
    const worker = (this.worker = new Worker(this.core.address));
    const { module, stdlib } = this.core;
    return new Promise((come, fail) => {
      worker.onmessage = async ({ data }) => {
        if (worker !== this.worker) return;
        if (data.kind === "ask") this.hand(worker, data.part, early.get(data.part));
        else if (data.kind === "ready") come((this.isReady = true));
        else if (data.kind === "output") this.output(data.output, data.widget);
        else if (data.kind === "widget") this.widget(data.number, data.changes);
        else if (data.kind === "running") this.began?.();
        else if (data.kind === "done") {
          if (data.told) this.told(data.told);
          this.ended?.(data.well);
        }
        else this.fall(data.text, fail);
      };
      worker.onerror = (event) => this.fall(event.message || "the browser refused to start a worker", fail);
      worker.postMessage({ kind: "start", ...this.setting(), parts, core: { module, stdlib, lock: LOCK } });
      if (FROM_DISK) bringEarly();
    });
  }

  async compiled() {
    const files = filesOf(await this.bring("core"));
    const text = [files["pyodide.asm.js"], "\n", files["pyodide.js"], "\n", WORKER];
    return {
      address: URL.createObjectURL(new Blob(text, { type: "text/javascript" })),
      module: await WebAssembly.compile(files["pyodide.asm.wasm"]),
      stdlib: files["python_stdlib.zip"].slice(),
    };
  }

  async hand(worker, part, early) {
    try {
      const bytes = await (early ?? this.bring(part));
      worker.postMessage({ kind: "part", part, bytes }, [bytes.buffer]);
    } catch {
      worker.postMessage({ kind: "part", part });
    }
  }

  /* Run a cell; true if it came to its end, false if it raised, undefined if Python was ended, be it while it starts. */
  run(code, cell, parts, began) {
    return new Promise((come, fail) => {
      Object.assign(this, { began, ended: come });
      this.start(parts).then(() => this.worker.postMessage({ kind: "run", code, cell, parts }), fail);
    });
  }

  /* Say something to Python that no answer is awaited to; when it has been ended, nobody hears it. */
  tell(message) {
    this.worker?.postMessage(message);
  }

  /* End Python, whatever it does. */
  stop() {
    this.turn++;
    this.worker?.terminate();
    this.worker = this.started = undefined;
    this.isReady = false;
    this.ended?.();
    this.ended = undefined;
  }

  fall(text, fail) {
    const { isReady } = this;
    this.stop();
    fail(new Error(text));
    this.broke(text, isReady);
  }
}
