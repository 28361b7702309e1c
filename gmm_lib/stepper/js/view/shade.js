// Colours of the theme, and a field of numbers as shades of one.

// Red, green and blue of a property of the palette.
function colourOf(node, name) {
	const six = getComputedStyle(node).getPropertyValue(`--${name}`).trim().slice(1);
	return six.match(/../g).map((two) => parseInt(two, 16));
}

// A canvas with a dot for each of `values`, `across` in a row: so much of the colour, from 0 to 1.
function shaded(values, across, colour) {
	const canvas = Object.assign(document.createElement("canvas"), { width: across, height: values.length / across });
	const pen = canvas.getContext("2d");
	const image = pen.createImageData(across, canvas.height);
	values.forEach((v, i) => image.data.set([...colour, 255 * v], 4 * i));
	pen.putImageData(image, 0, 0);
	return canvas;
}

// Its dots are the nodes of a grid, the outermost on the edges of the box: half a dot is cut off on each side.
function drawShades(pen, shades, { left, top, width, height }) {
	pen.drawImage(shades, 0.5, 0.5, shades.width - 1, shades.height - 1, left, top, width, height);
}

// The same as SVG.
function shadesAsSVG(shades, { left, top, width, height }) {
	const part = `0.5 0.5 ${shades.width - 1} ${shades.height - 1}`;
	return `<svg x="${left}" y="${top}" width="${width}" height="${height}" viewBox="${part}" preserveAspectRatio="none">
		<image width="${shades.width}" height="${shades.height}" href="${shades.toDataURL()}"/></svg>`;
}
