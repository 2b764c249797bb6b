"use strict";
(() => {
  const root = document.documentElement;
  const panel = document.getElementById("panel");
  const body = panel.querySelector(".body");
  const at = panel.querySelector(".at");
  const hint = body.firstElementChild;
  // One stop for each change: its mark in the last column, where the corrected text stands.
  const marks = [...document.querySelectorAll(".text td:last-child a[href^='#d']")];
  let pinned = -1;
  let lit = [];

  const idOf = (mark) => mark.getAttribute("href").slice(2);

  // How likely each candidate is beside the others shown: the softmax of their scores.
  const addShares = () => {
    const rows = [...body.querySelectorAll("ol li")];
    const scores = rows.map((row) => Number(row.lastElementChild.textContent));
    if (!scores.every(Number.isFinite)) return;
    const most = Math.max(...scores);
    const weights = scores.map((score) => Math.exp(score - most));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    rows.forEach((row, n) => {
      const bar = document.createElement("progress");
      bar.value = weights[n] / sum;
      bar.setAttribute("aria-hidden", "true");
      row.append(bar);
    });
  };

  // The panel shows copies of nodes that stand in the page already: no text is ever parsed as markup here.
  const show = (index) => {
    for (const mark of lit) mark.classList.remove("on");
    lit = [];
    const item = index < 0 ? null : document.getElementById("d" + idOf(marks[index]));
    if (!item) {
      body.replaceChildren(hint);
      at.textContent = "";
      panel.classList.remove("open");
      return;
    }
    body.replaceChildren(...[...item.children].map((child) => child.cloneNode(true)));
    body.scrollTop = 0;
    addShares();
    at.textContent = `${index + 1} of ${marks.length}`;
    panel.classList.add("open");
    for (const side of "ba") {
      const mark = document.getElementById(side + idOf(marks[index]));
      if (mark) {
        mark.classList.add("on");
        lit.push(mark);
      }
    }
  };
  const pin = (index) => {
    pinned = index;
    show(index);
  };
  const step = (by) => {
    if (!marks.length) return;
    const next = pinned < 0 ? (by > 0 ? 0 : marks.length - 1) : (pinned + by + marks.length) % marks.length;
    pin(next);
    marks[next].focus({ preventScroll: true });
    marks[next].scrollIntoView({ block: "center" });
  };

  const indexOf = new Map(marks.map((mark, n) => [idOf(mark), n]));
  const indexAt = (target) => {
    const mark = target.closest(".text a[href^='#d']");
    return mark ? indexOf.get(idOf(mark)) ?? -1 : -1;
  };
  // A finger sends these too, just before its click, which is enough for it.
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse") return;
    const index = indexAt(event.target);
    if (index >= 0) show(index);
  });
  document.addEventListener("pointerout", (event) => {
    if (event.pointerType === "mouse" && pinned >= 0 && indexAt(event.target) >= 0) show(pinned);
  });
  document.addEventListener("focusin", (event) => {
    const index = indexAt(event.target);
    if (index >= 0) pin(index);
  });
  document.addEventListener("click", (event) => {
    const index = indexAt(event.target);
    if (index < 0) return;
    event.preventDefault();
    pin(index);
  });
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, textarea")) return;
    if (event.key === "n") step(1);
    else if (event.key === "p") step(-1);
    else if (event.key === "Escape") pin(-1);
  });
  panel.addEventListener("click", (event) => {
    const by = event.target.closest("[data-step]");
    if (by) step(Number(by.dataset.step));
    else if (event.target.closest(".shut")) {
      const mark = marks[pinned];
      pin(-1);
      if (mark) mark.focus({ preventScroll: true });
      pin(-1);
    }
  });

  const only = document.getElementById("only");
  only.addEventListener("click", () => {
    only.setAttribute("aria-pressed", String(root.classList.toggle("only")));
  });
  const theme = document.getElementById("theme");
  const themes = ["system", "light", "dark"];
  const setTheme = (name) => {
    if (name === "system") delete root.dataset.theme;
    else root.dataset.theme = name;
    theme.textContent = `Theme: ${name}`;
  };
  theme.addEventListener("click", () => {
    setTheme(themes[(themes.indexOf(root.dataset.theme ?? "system") + 1) % themes.length]);
  });

  for (const mark of document.querySelectorAll(".text:not(.solo) td:first-of-type a")) mark.tabIndex = -1;
  for (const hidden of document.querySelectorAll(".tools")) hidden.hidden = false;
  panel.hidden = !marks.length;
  root.classList.toggle("js", marks.length > 0);
})();
