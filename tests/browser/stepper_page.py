"""A page of its own for the stepper's tests: what the site's directive writes, without a site around it."""

from gmm_lib.stepper import _script, static

STYLE = (
    "body{margin:1rem;font:16px sans-serif;max-width:820px;background:#fff}"
    "html[data-theme=dark] body{background:#12181f;color:#ddd}figure{margin:0 0 2rem}"
)


def html(*figures, scripts=True, theme="light"):
    """A page with one figure for each argument: settings (a dictionary), or the HTML of a figure."""
    bodies = [figure if isinstance(figure, str) else static.figure(figure) for figure in figures]
    inside = "".join(f'<figure id="fig-{i}">{body}</figure>' for i, body in enumerate(bodies, 1))
    parts = [static.data_script(), _script.page_script(), _script.page_script(_script.LIKELIHOOD)]
    code = "".join(f"<script>{part}</script>" for part in parts if scripts)
    css = STYLE + _script.style()
    return (
        f'<!doctype html><html lang="en" data-theme="{theme}" data-content_root="../"><head><meta charset="utf-8">'
        f'<title>Stepper</title><meta name="viewport" content="width=device-width"><style>{css}</style></head>'
        f"<body><main><h1>Stepper</h1>{inside}</main>{code}</body></html>"
    )


DROP = """([name, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name));
  const [canvas] = document.getElementsByTagName("canvas");
  canvas.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


class Stepper:
    """One stepper on a page, as a person sees it."""

    def __init__(self, page, number=1):
        self.page = page
        self.root = page.locator(".gmm-root").nth(number - 1)

    def part(self, selector):
        return self.root.locator(selector)

    def settled(self):
        """Wait until no long work is under way."""
        self.root.and_(self.page.locator(":not([aria-busy])")).wait_for(state="attached")
        return self

    @property
    def words(self):
        self.settled()
        return self.part(".gmm-words").inner_text()

    @property
    def alert(self):
        self.settled()
        alert = self.part(".gmm-alert")
        return alert.inner_text() if alert.is_visible() else ""

    def click(self, *names):
        for name in names:
            self.root.get_by_role("button", name=name, exact=True).click()
        return self.settled()

    def press(self, *keys):
        self.root.focus()
        for key in keys:
            self.page.keyboard.press(key)
        return self.settled()

    def field(self, name):
        return self.part(f"[name={name}]")

    def link(self):
        """The link to what is shown, which the panel Share has while it is open."""
        shut = not self.settled().part("[data-panel=share]").is_visible()
        switch = self.part("[data-open=share]")
        if shut:
            switch.click()
        link = self.field("link").input_value()
        if shut:
            switch.click()
        return link

    def mean(self, j):
        """The middle of the mean of component j (from 1), on the page."""
        box = self.part(f"[data-j='{j - 1}'] path").first.bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def place(self, across, up):
        """A place in the picture, given as shares of its width and height."""
        box = self.part(".gmm-stage").bounding_box()
        return box["x"] + across * box["width"], box["y"] + (1 - up) * box["height"]

    def drag(self, start, end):
        """With the mouse, from one place on the page to another."""
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        mouse.move(*end, steps=3)
        mouse.up()

    def drop(self, name, content):
        """Drop a file of these bytes on the picture."""
        self.page.evaluate(DROP, [name, list(content)])

    def points(self):
        """How many points there are."""
        return int(self.part(".gmm-cursor").get_attribute("aria-valuemax"))

    def colours(self):
        """The colours of the canvas, so that two pictures can be told apart."""
        return self.part("canvas").evaluate("c => c.toDataURL()")
