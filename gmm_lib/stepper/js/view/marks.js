// One marker shape a component, for who sees no colour, as a path.

// Corners, turn, inner radius; the first is a circle.
const OUTLINES = [[0], [3, 0], [4, 0.25], [4, 0], [3, 1], [8, 0, 0.4], [8, 0.25, 0.4], [10, 0, 0.5]];
const SHAPES = OUTLINES.map(([corners, turn, inner = 1]) =>
	range(corners).map((i) => {
		const [angle, radius] = [Math.PI * (turn + (2 * i) / corners), i % 2 ? 1.4 * inner : 1.4];
		return [radius * Math.sin(angle), -radius * Math.cos(angle)];
	}));

function marker(j, x, y, size) {
	if (!j) return `M${x - size} ${y}a${size} ${size} 0 1 0 ${2 * size} 0a${size} ${size} 0 1 0 ${-2 * size} 0Z`;
	return `M${SHAPES[j].map(([dx, dy]) => `${(x + dx * size).toFixed(1)} ${(y + dy * size).toFixed(1)}`).join("L")}Z`;
}
