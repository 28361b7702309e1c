// The panel "Likelihood" comes in a script of its own: on a page when somebody opens it, in a notebook with this one.

const HERE = globalThis.document?.currentScript?.src; // of this script, on a page
let [likelihood, coming] = [null, null];

const takePart = (part) => (likelihood = part);

// Do something with it, or ask for it: what is open is refreshed when it has come.
function withLikelihood(view, work) {
	if (likelihood) return work(likelihood);
	coming ??= new Promise((onload, onerror) => {
		const src = HERE?.replace("stepper.js", "likelihood.js");
		document.head.append(Object.assign(document.createElement("script"), { src, onload, onerror }));
	});
	const failed = () => warn(view, phrase(view, "noScript"));
	coming.then(guard(view, () => refresh(view)), failed);
}
