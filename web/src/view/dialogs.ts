// Two questions the page may have to ask before it can show a house: who are you, and which thermostat?

import { button, html, keyed, setAttribute, setText } from "./dom.ts";
import { icon, mark } from "./icons.ts";
import type { Actions, Part } from "./scene.ts";

/** Shown when the broker refuses; says which broker asks, so that a password is not given to a stranger. */
export function signIn(actions: Actions): Part {
  const title = html("h2", { id: "signin-title" });
  const where = html("p", { class: "hint" });
  const wrong = html("p", { class: "form-error", role: "alert" });
  const userLabel = html("label", { for: "signin-user" });
  const user = html("input", { id: "signin-user", name: "username", autocomplete: "username", required: true, autocapitalize: "off", spellcheck: "false" });
  const passwordLabel = html("label", { for: "signin-password" });
  const password = html("input", { id: "signin-password", name: "password", type: "password", autocomplete: "current-password" });
  const submit = html("button", { type: "submit", class: "primary" });
  const form = html("form", { method: "dialog" }, mark(), title, where, wrong, userLabel, user, passwordLabel, password, submit);
  const node = html("dialog", { class: "dialog", "aria-labelledby": "signin-title", "data-part": "signin" }, form);
  let tried = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    tried = true;
    actions.signIn(user.value, password.value);
  });
  // The question stays until it is answered: Escape would leave a page that cannot do anything.
  node.addEventListener("cancel", (event) => event.preventDefault());
  return {
    node,
    show({ state, t, broker }) {
      setText(title, t("signin.title"));
      setText(where, t("signin.where", { broker }));
      setText(wrong, tried && state.broker.status === "refused" ? t("signin.wrong") : "");
      setText(userLabel, t("signin.user"));
      setText(passwordLabel, t("signin.password"));
      setText(submit, t("signin.submit"));
      setAttribute(submit, "disabled", state.broker.status !== "refused");
      if (state.broker.status === "refused" && !node.open) node.showModal();
      if (state.broker.status === "online" && node.open) {
        node.close();
        tried = false;
        password.value = "";
      }
    },
  };
}

export function homes(actions: Actions): Part {
  const title = html("h2");
  const hint = html("p", { class: "hint", "data-part": "no-homes" });
  const list = html("div", { class: "home-list" });
  const update = keyed(list, (uid) =>
    button({ class: "home", "data-part": `home-${uid}` }, () => actions.chooseHome(uid), icon("flame"), html("span", { class: "home-name" }, uid), html("span", { class: "home-state" })));
  const node = html("section", { class: "card homes" }, title, hint, list);
  return {
    node,
    show({ state, t }) {
      const uids = Object.keys(state.homes).sort();
      setText(title, t("homes.title"));
      setText(hint, uids.length === 0 && state.broker.status === "online" ? t("homes.none") : "");
      for (const [uid, row] of update(uids)) {
        const word = row.querySelector(".home-state");
        if (word) setText(word, t(state.homes[uid] ? "homes.online" : "homes.offline"));
        setAttribute(row, "data-online", state.homes[uid] ? "true" : "false");
      }
    },
  };
}
