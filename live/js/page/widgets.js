/* Widgets: the site's own scripts draw them, and Python computes. Each has its traits on both sides, held equal by messages. */

const VIEW = "application/vnd.jupyter.widget-view+json";

/* What anywidget promises its scripts: get, set, save_changes, on, off. */
class Model {
  constructor(send) {
    Object.assign(this, { send, state: {}, unsaved: {}, heard: new Map(), views: new Set() });
  }

  get(name) {
    return this.state[name];
  }

  set(name, value) {
    this.unsaved[name] = value;
    this.take({ [name]: value });
  }

  save_changes() {
    this.send(this.unsaved);
    this.unsaved = {};
  }

  on(event, work) {
    this.heard.set(event, [...(this.heard.get(event) ?? []), work]);
  }

  off(event, work) {
    this.heard.set(event, (this.heard.get(event) ?? []).filter((one) => one !== work));
  }

  /* All of them first: who hears of one may look at the others. */
  take(changes) {
    Object.assign(this.state, changes);
    for (const name of Object.keys(changes)) this.heard.get(`change:${name}`)?.forEach((work) => work());
  }
}

class Widgets {
  constructor(tell) {
    this.tell = tell;
    this.models = new Map();
  }

  /* What Python says of a widget, all of it before it is first drawn. */
  take(number, changes) {
    if (!this.models.has(number)) {
      this.models.set(number, new Model((changed) => this.tell({ kind: "change", number, changes: changed })));
    }
    this.models.get(number).take(changes);
  }

  /* A view of the widget that an output is; undefined if it is none. */
  draw(data) {
    const model = this.models.get(Number(data?.[VIEW]?.model_id));
    const kind = Object.keys(LIVING).find((one) => data?.["text/html"]?.includes(`class="${one}"`));
    if (!model || !kind) return undefined;
    const box = element("div", "output text_html");
    const view = { box, html: data["text/html"], close() {} };
    model.views.add(view);
    const render = (script) => {
      if (model.views.has(view)) view.close = script.render({ model, el: box.appendChild(element("div")) });
    };
    scriptOf(kind).then(render).catch(() => box.replaceWith(htmlBlock(view.html)));
    return box;
  }

  /* Where a widget was drawn first. */
  boxOf(number) {
    const [view] = this.models.get(number)?.views ?? [];
    return view?.box;
  }

  /* Forget what is no longer in the page. Asked between two cells, when Python cannot be about to show it again. */
  sweep() {
    for (const [number, model] of this.models) {
      for (const view of model.views) {
        if (view.box.isConnected) continue;
        view.close();
        model.views.delete(view);
      }
      if (model.views.size) continue;
      this.models.delete(number);
      this.tell({ kind: "close", number });
    }
  }

  /* Python was ended: its pictures become those of a page without Python. */
  still() {
    for (const model of this.models.values()) {
      for (const { box, html, close } of model.views) {
        close();
        box.replaceWith(htmlBlock(html));
      }
      model.views.clear();
    }
    this.models.clear();
  }
}
