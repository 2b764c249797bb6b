// Keys and buttons.

const setView = (isWanted) => {
  root.classList.toggle("inline", isWanted);
  byId("inline").setAttribute("aria-pressed", String(isWanted));
  byId("side").setAttribute("aria-pressed", String(!isWanted));
  darken();
  const heads = document.querySelectorAll(".text:not(.solo) thead th:nth-of-type(3)");
  for (const head of heads) head.textContent = isWanted ? "Text" : "After";
  if (state.selected && seenMark(state.selected)) seenMark(state.selected).scrollIntoView({ block: "center" });
  followScroll();
};

const THEMES = ["system", "light", "dark"];
const nextTheme = () => {
  const name = THEMES[(THEMES.indexOf(root.dataset.theme ?? "system") + 1) % THEMES.length];
  if (name === "system") delete root.dataset.theme;
  else root.dataset.theme = name;
  byId("theme").textContent = `Theme: ${name}`;
};

const openFilter = () => {
  byId("sidebar").classList.remove("peek");
  unfold(true);
  byId("find").focus();
  byId("find").select();
};

const unfold = (isOpen) => {
  byId("sidebar").classList.toggle("open", isOpen);
  byId("unfold").setAttribute("aria-expanded", String(isOpen));
};

const leave = () => {
  const entry = state.selected;
  unfold(false);
  unselect();
  if (entry && seenMark(entry)) seenMark(entry).focus({ preventScroll: true });
};

const stepFile = (by) => {
  if (files.length > 1) showFile(files[(files.indexOf(state.file) + by + files.length) % files.length], true);
};

const KEYS = {
  n: () => go(1), j: () => go(1), p: () => go(-1), k: () => go(-1),
  a: () => decideAndGoOn(accept), r: () => decideAndGoOn(reject),
  e: () => state.selected && openEditor(state.selected), u: undo, "/": openFilter, "?": () => openDialog("help-dialog"),
  v: () => setView(!root.classList.contains("inline")), x: () => state.file && openExport(),
  "[": () => stepFile(-1), "]": () => stepFile(1), Escape: leave,
};

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return;
  const field = event.target.closest("input:not([type=radio], [type=range], [type=checkbox]), textarea, select");
  if (field) {
    if (event.key !== "Escape") return;
    event.preventDefault(); // or a search field is emptied behind the back of the filter
    field.blur();
    return;
  }
  if (!(event.key in KEYS) || (event.key !== "Escape" && !byId("single-keys").checked)) return;
  event.preventDefault();
  KEYS[event.key]();
});

document.addEventListener("click", (event) => {
  const entry = event.target.closest(".text a") && entryAt(event.target);
  if (!entry) return;
  event.preventDefault();
  select(entry, { isScrolled: false });
  focusHead(entry);
});

byId("list").addEventListener("keydown", (event) => {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by || !event.target.classList.contains("head")) return;
  event.preventDefault();
  const shown = state.file.entries.filter((entry) => entry.isShown);
  const at = shown.findIndex((entry) => headOf(entry) === event.target);
  const entry = shown[at + by];
  if (entry) headOf(entry).focus();
});

const BUTTONS = {
  side: () => setView(false), inline: () => setView(true), theme: nextTheme, help: KEYS["?"], export: KEYS.x,
  previous: KEYS.p, next: KEYS.n, shut: leave, undo,
  unfold: () => {
    byId("sidebar").classList.remove("peek");
    unfold(!byId("sidebar").classList.contains("open"));
  },
  only: () => {
    byId("only").setAttribute("aria-pressed", String(root.classList.toggle("only")));
    followScroll();
  },
  "accept-all": () => decide(acceptable().map((entry) => [entry, "accept", entry.proposal])),
  "reject-all": () => decide(rejectable().map((entry) => [entry, "reject", entry.proposal])),
  "save-decisions": saveDecisions, "save-decided": () => saveText(false), "save-shown": () => saveText(true),
};
for (const [id, act] of Object.entries(BUTTONS)) {
  byId(id).addEventListener("click", () => {
    act();
    if (byId(id).disabled) listStop()?.focus(); // or the focus would be lost with the button
  });
}

addEventListener("scroll", followScroll, { passive: true });
addEventListener("resize", followScroll);
addEventListener("beforeunload", (event) => {
  if (!files.every((file) => file.isSaved)) event.preventDefault();
});
