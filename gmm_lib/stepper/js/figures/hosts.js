// Where figures live: in a page, which wrote what they need beside them, and in a notebook's widget.

function render({ model, el }) {
	const { destroy } = makeFigure(el, model.get("config"));
	return destroy;
}

function mount(box) {
	if (!box.matches(".gmm-mounted")) makeFigure(box, JSON.parse(box.querySelector("script").textContent));
}

const FIGURES_OF_PAGE = "div.gmm-interactive";
const mountAll = () => document.querySelectorAll(FIGURES_OF_PAGE).forEach(mount);
const start = () => whenNear(document.querySelectorAll(FIGURES_OF_PAGE), mount);
