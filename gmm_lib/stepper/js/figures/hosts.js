// Where figures live: in a page, which wrote what they need beside them, and in a notebook's widget.

function render({ model, el }) {
	const { destroy } = makeFigure(el, model.get("config"));
	return destroy;
}

function mountAll() {
	for (const parent of document.querySelectorAll("div.gmm-interactive:not(.gmm-mounted)")) {
		makeFigure(parent, JSON.parse(parent.querySelector("script").textContent));
	}
}

const start = mountAll;
