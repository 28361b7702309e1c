// A plot's scale and its axes, in the stepper and in every figure that moves.

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

// A view or plot of these pixels, for its `extent`: its box, and the way from data to pixels and back.
function setScale(view, width, height) {
	const { left, top } = MARGINS;
	const [right, bottom] = [width - MARGINS.right, height - MARGINS.bottom];
	const [[x0, x1], [y0, y1]] = view.extent;
	const unit = [(right - left) / (x1 - x0), (bottom - top) / (y1 - y0)]; // pixels
	view.box = { left, top, right, bottom, width: right - left, height: bottom - top, whole: [width, height], unit };
	view.toPixels = ([x, y]) => [left + (x - x0) * unit[0], bottom - (y - y0) * unit[1]];
	view.fromPixels = ([x, y]) => [x0 + (x - left) / unit[0], y0 + (bottom - y) / unit[1]];
}

function ticks([low, high]) {
	const power = 10 ** Math.floor(Math.log10((high - low) / 5));
	const step = [1, 2, 5, 10].find((one) => one * power >= (high - low) / 5) * power;
	const first = Math.ceil(low / step);
	return range(Math.floor(high / step) - first + 1).map((t) => Number(((first + t) * step).toPrecision(12)));
}

// Rungs begin at `lowest`: no density lies below 0.
function axes({ box, extent, toPixels }, [across, up], lowest = -Infinity) {
	const { left, top, right, bottom, whole: [, height] } = box;
	const text = (x, y, words, more = "") => `<text x="${x}" y="${y}" ${more}>${escaped(words)}</text>`;
	const minus = (v) => String(v).replace("-", "−");
	const [x, y] = [(v) => toPixels([v, 0])[0], (v) => toPixels([0, v])[1]];
	const middle = (top + bottom) / 2;
	const atEnd = 'style="text-anchor:end"';
	const rungs = ticks(extent[1]).filter((v) => v >= lowest);
	return [
		each(ticks(extent[0]), (v) => `<path d="M${x(v)} ${top}V${bottom}"/>${text(x(v), bottom + 16, minus(v))}`),
		each(rungs, (v) => `<path d="M${left} ${y(v)}H${right}"/>${text(left - 6, y(v) + 4, minus(v), atEnd)}`),
		text((left + right) / 2, height - 6, across),
		text(12, middle, up, `transform="rotate(-90 12 ${middle})"`),
	].join("");
}

// To the power of ten below `fine`: what a picture can show, wherever zero is.
function roundedTo(v, fine) {
	const unit = 10 ** Math.floor(Math.log10(fine));
	return +(Math.round(v / unit) * unit).toPrecision(12);
}
