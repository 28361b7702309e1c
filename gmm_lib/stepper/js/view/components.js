// The components, in SVG: means with their ellipses, the way they have come, the pull of a point, the truth.

function drawComponents(view, { means, covariances, weights, shapeless }) {
	const { ui, box } = view;
	ui.components.classList.toggle("gmm-shapeless", shapeless);
	if (ui.components.childElementCount !== means.length) {
		ui.components.innerHTML = each(means, (_, j) => phrase(view, "component", { j, path: marker(j, 0, 0, 8) }));
	}
	means.forEach((mean, j) => {
		const [one, two, handle] = ui.components.children[j].children;
		const [x, y] = view.toPixels(mean);
		setAttributes(one, ellipse(view, [x, y], covariances[j], 1));
		setAttributes(two, ellipse(view, [x, y], covariances[j], 2));
		// A mean that leaves the picture waits at its edge.
		const edge = [clamp(x, box.left, box.right), clamp(y, box.top, box.bottom)];
		const label = phrase(view, "mean", { j: j + 1, mean: writtenVector(mean), weight: share(weights[j]) });
		setAttributes(handle, { transform: `translate(${edge})`, "aria-label": label });
	});
}

// The ellipse of a covariance at so many deviations.
function ellipse({ box }, [cx, cy], [[xx, xy], [, yy]], deviations) {
	const [u, v] = box.unit;
	const [a, b, c] = [xx * u * u, -xy * u * v, yy * v * v];
	const [middle, half] = [(a + c) / 2, Math.hypot((a - c) / 2, b)];
	const [rx, ry] = [middle + half, middle - half].map((variance) => deviations * Math.sqrt(Math.max(0, variance)));
	return { cx, cy, rx, ry, transform: `rotate(${(Math.atan2(2 * b, a - c) * 90) / Math.PI} ${cx} ${cy})` };
}

function drawBeneath(view) {
	const { ui } = view;
	const means = view.frame?.means ?? [];
	ui.trails.innerHTML = trails(view, means);
	ui.pull.innerHTML = pull(view, means);
	drawEnds(view);
	const truth = view.settings.view.includes("truth") && view.data.truth;
	if (truth && isLine(view)) return (ui.truth.innerHTML = truthOnLine(view, truth));
	ui.truth.innerHTML = truth ? each(truth.means, () => "<ellipse/>") : "";
	[...ui.truth.children].forEach((node, j) => {
		const covariance = covarianceInPlane(view, truth.covariances[j]);
		setAttributes(node, ellipse(view, pixelOf(view, truth.means[j]), covariance, 2));
	});
}

function trails(view, means) {
	const states = view.trace.frames.slice(0, view.step + 1).filter(({ phase }) => phase !== "E").slice(-40);
	const way = (j) => states.map((state) => pixelOf(view, state.means[j])).join(" ");
	return each(means, (_, j) => `<polyline style="stroke:var(--c${j})" points="${way(j)}"/>`);
}

function pull(view, means) {
	const { frame, pixels } = view;
	const i = pointLookedAt(view);
	if (frame?.phase !== "M" || i === null) return "";
	const style = (j) => `stroke:var(--c${j});stroke-width:${9 * frame.responsibilities[i][j]}`;
	return each(means, (mean, j) => `<path d="M${pixels[i]}L${pixelOf(view, mean)}" style="${style(j)}"/>`);
}
