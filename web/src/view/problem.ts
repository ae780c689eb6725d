// A refused or unanswered command, in words, where the person was looking.

import type { Exchange } from "../state/model.ts";
import { typedNumber } from "../words/format.ts";
import { isKey } from "../words/words.ts";
import { button, html, setAttributes, setText } from "./dom.ts";
import { icon } from "./icons.ts";
import type { Actions, Part, Scene } from "./scene.ts";

export function problemNote(actions: Actions): Part {
  const title = html("strong");
  const text = html("span", { "data-part": "problem" });
  const detail = html("small", { lang: "en" });
  const close = button({ class: "quiet" }, () => actions.dismissProblem(), icon("cross"));
  // The role is on a box that is always there: an alert that appears together with its box is not read out by all readers.
  const note = html("div", { class: "note problem" }, icon("warning"), html("p", {}, title, text, detail), close);
  const node = html("div", { role: "alert" });
  return {
    node,
    show(scene) {
      const { problem } = scene.state;
      if (!problem) {
        node.replaceChildren();
        return;
      }
      setText(title, scene.t("problem.title"));
      setText(text, problemText(problem, scene));
      setText(detail, problem.message ?? "");
      setAttributes(close, { "aria-label": scene.t("problem.dismiss") });
      if (!note.isConnected) node.append(note);
    },
  };
}

/** The stable error key in the person's language; an unknown key is shown as it came. */
export function problemText(problem: Exchange, { t, f }: Pick<Scene, "t" | "f">): string {
  if (problem.outcome === "unanswered") return t("problem.unanswered");
  const code = problem.error ?? "";
  const got = gotText(problem, f);
  if (code === "out_of_range") {
    if (problem.command.name !== "setpoint" || problem.min === null || problem.max === null) return t("error.out_of_range_plain", { got });
    return t("error.out_of_range", { got, min: f.temperature(problem.min), max: f.temperature(problem.max) });
  }
  const key = `error.${code}`;
  return isKey(key) ? t(key, { got }) : t("error.other", { code });
}

function gotText({ command, got }: Exchange, f: Scene["f"]): string {
  const text = got ?? command.value;
  const celsius = command.name === "setpoint" && !text.startsWith("+") ? typedNumber(text) : null;
  return celsius === null ? text : f.temperature(celsius);
}
