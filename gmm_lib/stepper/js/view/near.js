// What lies far from the screen costs nothing: each of these boxes comes to life when it comes near; its first frame
// stands for it until then. All at once on paper, and for whoever goes on by Tab, which stops at nothing else.

function whenNear(boxes, make) {
	const take = (box) => {
		eye.unobserve(box);
		make(box);
	};
	const takeAll = () => boxes.forEach(take);
	const eye = new IntersectionObserver((entries) => {
		for (const { target, isIntersecting } of entries) if (isIntersecting) take(target);
	}, { rootMargin: "100% 0px" });
	boxes.forEach((box) => eye.observe(box));
	addEventListener("keydown", ({ key }) => key === "Tab" && takeAll(), true);
	addEventListener("beforeprint", takeAll);
}
