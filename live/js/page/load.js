/* Bring the parts. Opened from disk a page may fetch nothing, but it may load scripts; so a part is a script of one call,
   gmmLivePart("numpy", "..."), whose string holds the bytes, one a letter: read with the encoding x-user-defined a letter's
   low eight bits are its byte. From a host the same file is fetched as it is. */

const HERE = document.currentScript.src.replace(/[^/]*$/, "");
const FROM_DISK = location.protocol === "file:";
const arrived = new Map();
globalThis.gmmLivePart = (name, letters) => arrived.set(name, letters);

function addScript(address, encoding) {
  return new Promise((come, fail) => {
    const script = Object.assign(document.createElement("script"), { src: address });
    if (encoding) script.charset = encoding;
    script.onload = () => (script.remove(), come());
    script.onerror = () => (script.remove(), fail(new Error(`${address.split("/").pop()} cannot be loaded`)));
    document.head.append(script);
  });
}

async function bring(name, cameMore) {
  const address = `${HERE}${name}.part.js`;
  if (!FROM_DISK) return unescaped(await fetched(address, cameMore), name);
  await addScript(address, "x-user-defined");
  const letters = arrived.get(name);
  arrived.delete(name);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
  cameMore(PARTS[name]);
  return bytes;
}

async function fetched(address, cameMore) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address.split("/").pop()} cannot be loaded: ${answer.status}`);
  const pieces = [];
  for (let reader = answer.body.getReader(), next; !(next = await reader.read()).done; ) {
    pieces.push(next.value);
    cameMore(next.value.length);
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

/* What stands between the quotation marks, as the browser would read it. */
function unescaped(script, name) {
  const [BACKSLASH, MEANT] = [92, { 110: 10, 114: 13 }];
  const end = script.lastIndexOf(34);
  const bytes = new Uint8Array(script.length);
  let length = 0;
  for (let i = `gmmLivePart("${name}","`.length; i < end; i++) {
    if (script[i] === BACKSLASH) {
      i++;
      bytes[length++] = MEANT[script[i]] ?? script[i];
    } else bytes[length++] = script[i];
  }
  return bytes.subarray(0, length);
}

async function gunzipped(bytes) {
  const opened = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(opened).arrayBuffer());
}

/* The files of a part, by their names (see live/parts.py). */
function filesOf(bytes) {
  const end = bytes.indexOf(10);
  const files = {};
  let at = end + 1;
  for (const [path, size] of JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)))) {
    files[path] = bytes.subarray(at, (at += size));
  }
  return files;
}
