/* Node: compile Python files ahead, with the very Python of the pages, so that no page has to at every import.
   node compile.js RELEASE WORK: the files of Pyodide's core lie in RELEASE; WORK holds index.json, [[source, name], ...]. Beside each
   source comes source + "c"; "name" is what the compiled code says where it is from. */

const path = require("node:path");
const [release, work] = process.argv.slice(2).map((one) => path.resolve(one));
const { loadPyodide } = require(path.join(release, "pyodide.js"));

const PYTHON = `
import json, py_compile
for source, name in json.load(open("/sources/index.json")):
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    try:
        py_compile.compile("/sources/" + source, "/sources/" + source + "c", name, doraise=True, invalidation_mode=mode)
    except py_compile.PyCompileError:
        pass  # a template, or a file for another Python: it stays as it is
`;

(async () => {
  const python = await loadPyodide({ indexURL: release + path.sep });
  python.FS.mkdir("/sources");
  python.FS.mount(python.FS.filesystems.NODEFS, { root: work }, "/sources");
  python.runPython(PYTHON);
})();
