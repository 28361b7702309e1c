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

// The same as SVG, over a box. Values stand at the nodes of a grid, the outermost on the edges of the box.
function shadedImage(values, across, colour, { left, top, width, height }) {
	const down = values.length / across;
	const [dx, dy] = [width / (across - 1), height / (down - 1)];
	const place = `x="${left - dx / 2}" y="${top - dy / 2}" width="${width + dx}" height="${height + dy}"`;
	return `<image ${place} preserveAspectRatio="none" href="${shaded(values, across, colour).toDataURL()}"/>`;
}
