// Words that every other file uses. Arrays are nested as in NumPy: X (n, m), means (k, m), covariances (k, m, m),
// responsibilities (n, k).

// What a person can understand and mend, unlike a fault of the stepper.
const refusal = (text, component) => Object.assign(new Error(text), { refused: true, component });
const collapse = (j, reason) => refusal(`Component ${j + 1} has collapsed: ${reason}`, j);

const range = (n) => [...Array(n).keys()];
const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
const argmax = (row) => row.reduce((best, value, j) => (value > row[best] ? j : best), 0);

function squaredDistance(a, b) {
	let sum = 0;
	for (let r = 0; r < a.length; r++) sum += (a[r] - b[r]) ** 2;
	return sum;
}

function total(list) {
	let sum = 0;
	for (const value of list) sum += value;
	return sum;
}
