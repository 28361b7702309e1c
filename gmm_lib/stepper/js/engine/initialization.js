// Where a run starts: the rules of gmm_lib.initialization, draw for draw.

// They draw from the points of which nothing is missing, whatever their sample weights.
function firstParameters(all, { k, seed, start, floor, type }) {
	const random = randomState(seed);
	const X = all.filter((x) => !hasGap(x));
	const lacks = `a start needs ${k} points of which nothing is missing, and there are ${X.length}`;
	if (X.length < k) throw refusal(lacks);
	if (start in POINT_RULES) return aroundPoints(X, POINT_RULES[start](X, k, random), floor, type);
	return mStep(X, RESPONSIBILITY_RULES[start](X, k, random), { floor, type });
}

// Rules that choose points to be the means, and rules that choose responsibilities.
const POINT_RULES = { distinct_rows: distinctPoints, rows_with_replacement: anyPoints, "k-means++": spreadPoints };
const RESPONSIBILITY_RULES = { kmeans: kMeans, random: randomResponsibilities };

// Equal weights, and the covariance of all points for each.
function aroundPoints(X, means, floor, type) {
	const ones = X.map(() => 1);
	const S = weightedCovariance(X, ones, X.length - 1, weightedMean(X, ones, X.length), floor);
	const [pooled] = constrained([S], [1], type === "spherical" ? "diag" : type); // in which a constant column shows
	try {
		cholesky(pooled);
		const [own] = constrained([pooled], [1], type);
		return factorised(means.map(() => 1 / means.length), means, means.map(() => own));
	} catch (error) {
		if (!error.refused) throw error;
		const same = X.every((x) => squaredDistance(x, X[0]) === 0);
		const flat = X[0].length > 2 ? "leave a column constant or bound to the others" : "lie on one line";
		throw refusal(`the points ${same ? "are all the same" : flat}: a variance floor helps`);
	}
}

function needDifferentPoints(distinct, k) {
	if (distinct < k) throw refusal(`k = ${k} components need ${k} different points, and there are ${distinct}`);
}

function anyPoints(X, k, random) {
	return range(k).map(() => X[random.below(X.length)]);
}

function distinctPoints(X, k, random) {
	const points = [];
	for (const i of random.permutation(X.length)) {
		if (points.length < k && !points.some((point) => squaredDistance(X[i], point) === 0)) points.push(X[i]);
	}
	needDifferentPoints(points.length, k);
	return points;
}

function spreadPoints(X, k, random) {
	const points = [X[random.below(X.length)]];
	let nearest = X.map(() => Infinity);
	while (points.length < k) {
		nearest = X.map((x, i) => Math.min(nearest[i], squaredDistance(x, points.at(-1))));
		if (!total(nearest)) needDifferentPoints(points.length, k);
		let running = 0;
		const edges = nearest.map((v) => (running += v));
		const draw = random.uniform() * running;
		points.push(X[edges.findIndex((edge) => edge > draw)]);
	}
	return points;
}

function kMeans(X, k, random) {
	const run = new KMeans(X, spreadPoints(X, k, random));
	for (; !run.ended; run.extendTo(1)) run.frames = run.frames.slice(-1); // whole runs would fill the memory
	return run.assigned().responsibilities;
}

function randomResponsibilities(X, k, random) {
	const rows = X.map(() => range(k).map(random.uniform));
	return rows.map((row) => row.map((v) => v / total(row)));
}
