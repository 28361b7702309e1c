// NumPy's legacy RandomState(seed), a Mersenne twister: a seed means the same in both engines.

function randomState(seed) {
	const uint32 = mersenneTwister(seed);
	function below(n) {
		const mask = 2 ** (32 - Math.clz32(n - 1)) - 1; // masked bits, drawn again while they reach n
		let value = n > 1 ? n : 0;
		while (value >= n) value = (uint32() & mask) >>> 0;
		return value;
	}
	function permutation(n) {
		const order = range(n);
		for (let i = n - 1; i > 0; i--) {
			const j = below(i + 1);
			[order[i], order[j]] = [order[j], order[i]];
		}
		return order;
	}
	const uniform = () => ((uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6)) / 2 ** 53;
	return { below, permutation, uniform };
}

function mersenneTwister(seed) {
	const state = new Uint32Array(624);
	let position = 624;
	state[0] = seed;
	for (let i = 1; i < 624; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
	function twist() {
		for (let i = 0; i < 624; i++) {
			const y = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7fffffff);
			state[i] = state[(i + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
		}
		position = 0;
	}
	return () => {
		if (position === 624) twist();
		let y = state[position++];
		y ^= y >>> 11;
		y ^= (y << 7) & 0x9d2c5680;
		y ^= (y << 15) & 0xefc60000;
		return (y ^ (y >>> 18)) >>> 0;
	};
}
