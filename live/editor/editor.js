/* The editor of a cell: CodeMirror with Python, and no more than a cell needs. Bundled into codemirror.js: make editor. */

import { closeBrackets, closeBracketsKeymap, autocompletion, completionKeymap, completeAnyWord } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const style = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.bool, tags.null], color: "var(--gmm-code-keyword)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--gmm-code-string)" },
  { tag: tags.number, color: "var(--gmm-code-number)" },
  { tag: tags.comment, color: "var(--gmm-code-comment)", fontStyle: "italic" },
  { tag: [tags.function(tags.definition(tags.variableName)), tags.className], color: "var(--gmm-code-name)" },
]);

const look = EditorView.theme({
  "&": { fontSize: "0.8125rem", backgroundColor: "transparent", color: "inherit" },
  "&.cm-focused": { outline: "0.15rem solid var(--pst-color-primary)" },
  ".cm-content": { fontFamily: "var(--pst-font-family-monospace)", lineHeight: "1.5", padding: "1rem 0", caretColor: "currentColor" },
  ".cm-line": { padding: "0 1rem" },
  ".cm-cursor": { borderLeftColor: "currentColor" },
  ".cm-tooltip": { backgroundColor: "var(--pst-color-surface)", borderColor: "var(--pst-color-border)", color: "inherit" },
});

/* Tab indents, but Escape and then Tab leaves the editor: nobody is caught in it who has only a keyboard. */
function tabKeys() {
  let leaving = false;
  const unless = (command) => (view) => (leaving ? false : command(view));
  return [
    { key: "Escape", run: () => ((leaving = true), false) },
    { key: "Tab", run: unless(indentMore), shift: unless(indentLess) },
    { any: (_, event) => ((leaving &&= ["Tab", "Shift"].includes(event.key)), false) },
  ];
}

globalThis.gmmLiveEditor = {
  make(parent, text, { label, run, changed }) {
    const act = (view) => (run(view), true);
    const view = new EditorView({
      parent,
      doc: text,
      extensions: [
        keymap.of([{ key: "Shift-Enter", run: act }, { key: "Mod-Enter", run: act }]),
        autocompletion({ override: [completeAnyWord], activateOnTyping: true }),
        keymap.of([...completionKeymap, ...tabKeys(), ...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap]),
        history(),
        closeBrackets(),
        bracketMatching(),
        indentOnInput(),
        indentUnit.of("    "),
        python(),
        EditorState.tabSize.of(4),
        syntaxHighlighting(style),
        look,
        EditorView.contentAttributes.of({ "aria-label": `${label}. Shift and Enter run it; Escape, then Tab, leave it.`, spellcheck: "false", autocapitalize: "off", autocorrect: "off" }),
        EditorView.updateListener.of((update) => update.docChanged && changed()),
      ],
    });
    return { text: () => view.state.doc.toString(), focus: () => view.focus(), destroy: () => view.destroy() };
  },
};
