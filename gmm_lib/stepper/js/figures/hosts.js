// Where figures live: in a page, which wrote what they need beside them, and in a notebook's widget.

function render({ model, el }) {
	const { destroy } = makeFigure(el, model.get("config"));
	return destroy;
}

const configOf = (box) => JSON.parse(box.querySelector("script").textContent);

function mount(box) {
	if (!box.matches(".gmm-mounted")) makeFigure(box, configOf(box));
}

// Those of the kinds that are in this script: others have a script of their own.
const boxes = () => [...document.querySelectorAll("div.gmm-interactive")];
const ofPage = () => boxes().filter((box) => configOf(box).kind in FIGURES);
const mountAll = () => ofPage().forEach(mount);
const start = () => whenNear(ofPage(), mount);
