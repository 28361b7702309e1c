// Two coins by hand: sets of tosses whose coin nobody wrote down. The E-step divides each set between the coins, the
// M-step gives each coin its heads over its tosses; a coin that is dragged begins anew.

const COINS = ["A", "B"];
const [LEAST, MOST] = [0.001, 0.999]; // a coin that falls on one side alone could not have thrown what was seen

FIGURES.coins = {
	buttons: () => [
		["back", "◀ Back", "ArrowLeft"], ["E", "E-step", "e"], ["M", "M-step", "m"],
		["forward", "Forward ▶", "ArrowRight"], ["end", "To the end", "End"],
	],

	begin: (config) => coinsFrom(config, config.biases),

	columns({ config, narrow }) {
		const { heads } = config;
		const high = ((narrow ? 0.85 : 0.62) * Math.max(4, heads.length)) / 5;
		const rows = { extent: [[0, 12.9], [0, heads.length]], high, drawn: namesOfSets(config) };
		const names = ["probability of heads", "likelihood / highest"];
		return [[rows], [{ extent: [[0, 1], [-0.12, 1.1]], names, lowest: 0, high: narrow ? 0.6 : 0.95 }]];
	},

	handles(figure) {
		return coinsNow(figure.state).biases.map((bias, j) => {
			return { plot: 1, at: [bias, 0], j, name: `Coin ${COINS[j]}`, only: true };
		});
	},

	move({ state, config }, i, [bias]) {
		const moved = coinsNow(state).biases.map((old, j) => (j === i ? clamp(bias, LEAST, MOST) : old));
		return coinsFrom(config, moved);
	},

	act({ state, config }, name) {
		const { step, frames } = state;
		if (name === "back") return { frames, step: step - 1 };
		const run = [...frames];
		const wanted = name === "end" ? Infinity : step + 2;
		while (run.length < wanted && !coinsEnded(run)) run.push(tossedOn(config, run.at(-1)));
		return { frames: run, step: Math.min(wanted, run.length) - 1 };
	},

	phase: ({ state }) => coinsNow(state).phase,

	// The other half-step is not due.
	resting({ state: { step, frames } }) {
		const { phase } = frames[step];
		const atEnd = coinsEnded(frames) && step === frames.length - 1;
		return [step ? "" : "back", phase === "E" ? "E" : "M", ...(atEnd ? ["E", "forward", "end"] : [])];
	},

	content: (figure, p) => [dividedSets, coinCurves][p](figure, figure.plots[p]),

	words({ state }) {
		const { phase, iteration, biases, shares, logLikelihood } = coinsNow(state);
		const both = biases.map((bias, j) => `${COINS[j]} ${bias.toFixed(3)}`).join(", ");
		if (phase === "start") return `Start: ${both}. Log-likelihood ${nats(logLikelihood)}.`;
		const parts = shares.map(([a]) => share(a)).join(", ");
		if (phase === "E") return `E-step ${iteration}: of the sets coin A takes ${parts}, coin B the rest.`;
		const ended = coinsEnded(state.frames) && state.step === state.frames.length - 1 ? " That is the end." : "";
		return `M-step ${iteration}: ${both}. Log-likelihood ${nats(logLikelihood)}.${ended}`;
	},

	numbers({ state, config }) {
		const { phase, shares, biases } = coinsNow(state);
		const line = (text) => `<div class="gmm-formula">${text}</div>`;
		const row = ([heads, tails], j) => {
			if (phase === "E") return `${heads.toFixed(2)} heads and ${tails.toFixed(2)} tails`;
			return `${heads.toFixed(2)} / (${heads.toFixed(2)} + ${tails.toFixed(2)}) = <b>${biases[j].toFixed(3)}</b>`;
		};
		const sums = shares ? creditsOf(config, shares) : [];
		const seen = state.frames.slice(0, state.step + 1).filter((frame) => frame.phase !== "E");
		const values = seen.slice(-6).map(({ logLikelihood }) => nats(logLikelihood)).join(", ");
		return each(sums, (sum, j) => line(`${glyph(j)} ${COINS[j]}: ${row(sum, j)}`))
			+ `<p>Log-likelihood at the start and after each iteration: ${seen.length > 6 ? "…, " : ""}${values}.</p>`;
	},
};

const coinsNow = ({ frames, step }) => frames[step];

const coinsFrom = (config, biases) => ({
	step: 0,
	frames: [{ phase: "start", iteration: 0, biases, shares: null, logLikelihood: coinsValue(config, biases) }],
});

// One half-step further.
function tossedOn(config, { phase, iteration, biases, shares, logLikelihood }) {
	if (phase !== "E") {
		const divided = coinsEStep(config, biases);
		return { phase: "E", iteration: iteration + 1, biases, shares: divided, logLikelihood };
	}
	const learned = creditsOf(config, shares).map(([heads, tails]) => heads / (heads + tails));
	return { phase: "M", iteration, biases: learned, shares, logLikelihood: coinsValue(config, learned) };
}

function coinsEnded(frames) {
	const [before, { phase, iteration, logLikelihood }] = [frames.at(-2), frames.at(-1)];
	if (phase !== "M") return false;
	return Math.abs(logLikelihood - before.logLikelihood) < TOLERANCE || iteration >= MOST_ITERATIONS;
}

// The probability of one sequence with h heads, under each coin.
const sequences = (h, tosses, biases) => biases.map((bias) => bias ** h * (1 - bias) ** (tosses - h));

// Both coins are taken equally often: the share of a coin is its sequence's part of the sum.
function coinsEStep({ heads, tosses }, biases) {
	return heads.map((h) => {
		const both = sequences(h, tosses, biases);
		return both.map((one) => one / total(both));
	});
}

// The heads and the tails that each coin is credited with.
function creditsOf({ heads, tosses }, shares) {
	return COINS.map((_, j) => [
		total(heads.map((h, i) => shares[i][j] * h)), total(heads.map((h, i) => shares[i][j] * (tosses - h))),
	]);
}

// Σ log(½ P(h; A) + ½ P(h; B)), with binomial P.
function coinsValue({ heads, tosses }, biases) {
	const orders = (h) => range(h).reduce((product, r) => (product * (tosses - r)) / (r + 1), 1);
	return total(heads.map((h) => Math.log((orders(h) * total(sequences(h, tosses, biases))) / 2)));
}

const namesOfSets = ({ heads, tosses }) => ({ box: { left, bottom, height, width } }) => {
	const name = (h, i) => {
		const y = bottom - height + ((i + 0.5) * height) / heads.length;
		const text = (words, dy) => `<text x="${left - 5}" y="${y + dy}" style="text-anchor:end">${words}</text>`;
		return text(`set ${i + 1}`, -3) + text(`${h}/${tosses}`, 13);
	};
	const legend = `<text x="${left + width * 0.39}" y="${bottom + 16}">full colour: heads; pale: tails</text>`;
	return each(heads, name) + legend;
};

// Each set is a bar of its tosses, heads to the left, cut along by the shares: an area is what a coin is credited with.
function dividedSets({ config: { heads, tosses }, state }, { toPixels, box: { unit: [across, up] } }) {
	const { shares } = coinsNow(state);
	const [cell, high] = [(10 / tosses) * across, 0.84 * up];
	const rect = (kind, colour, x, y, count, part) => `<rect class="gmm-${kind}" style="--c:${colour}" x="${x}" y="${y}"
		width="${count * cell}" height="${part * high}"/>`;
	const set = (h, i) => {
		const [left, top] = toPixels([0, heads.length - i - 0.08]);
		const bar = (y, part, colour) => {
			return rect("heads", colour, left, y, h, part) + rect("tails", colour, left + h * cell, y, tosses - h, part);
		};
		const between = each(range(tosses - 1), (t) => `M${left + (t + 1) * cell} ${top}v${high}`);
		if (!shares) return `${bar(top, 1, "var(--soft)")}<path class="gmm-cuts" d="${between}"/>`;
		const cut = top + shares[i][0] * high;
		const label = (part, j) => `<text x="${left + 10.25 * across}" y="${top + (0.3 + 0.5 * j) * high + 5}">${
			COINS[j]} ${share(part)}</text>`;
		return `${bar(top, shares[i][0], "var(--c0)")}${bar(cut, shares[i][1], "var(--c1)")}${each(shares[i], label)}
			<path class="gmm-cuts" d="${between}M${left} ${cut}h${tosses * cell}"/>`;
	};
	return `<g class="gmm-sets">${each(heads, set)}</g>`;
}

// With the shares held, the likelihood of a coin's bias, divided by its highest: the M-step goes to its top.
function coinCurves({ config, state }, { toPixels }) {
	const { shares, biases } = coinsNow(state);
	const curve = ([heads, tails], j) => {
		const log = (bias) => heads * Math.log(bias) + tails * Math.log(1 - bias);
		const top = log(heads / (heads + tails));
		const height = (bias) => Math.exp(log(bias) - top);
		const line = range(199).map((q) => toPixels([(q + 1) / 200, height((q + 1) / 200)])).join("L");
		const [[x, y], [, zero]] = [toPixels([biases[j], height(biases[j])]), toPixels([0, 0])];
		return `<path class="gmm-coin" style="--c:var(--c${j})" d="M${line}"/>
			<path class="gmm-coin gmm-drop" style="--c:var(--c${j})" d="M${x} ${zero}V${y}"/>`;
	};
	const name = (bias, j) => {
		const [x, y] = toPixels([bias, 0]);
		const outside = (bias < biases[1 - j] || (bias === biases[1 - j] && j === 0) ? -1 : 1) * 15;
		return `<text x="${x + outside}" y="${y - 10}">${COINS[j]}</text>`;
	};
	return `${each(shares ? creditsOf(config, shares) : [], curve)}${each(biases, name)}`;
}
