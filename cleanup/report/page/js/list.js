// The list in the sidebar, and the change that is selected.

const headOf = (entry) => entry.item?.firstElementChild ?? null;

const wordsNodes = (entry) => {
  if (!isApplied(entry)) {
    const isRejected = entry.verdict === "reject";
    return [make(isRejected ? "span" : "mark", { class: isRejected ? "kept" : null }, ...signs(entry.text))];
  }
  return [
    make("del", {}, ...signs(entry.text)), make("span", { class: "away" }, " becomes "), " ",
    make("ins", { class: entry.verdict === "edit" ? "own" : null }, ...signs(entry.replacement)),
  ];
};

const fillHead = (entry) => {
  const meter = make("span", { class: "meter", "aria-hidden": "true" });
  meter.style.setProperty("--share", String(entry.confidence));
  entry.item.dataset.verdict = entry.verdict || (entry.isEdit ? "open" : "left");
  headOf(entry).replaceChildren(
    make("span", { class: "words" }, ...wordsNodes(entry)),
    make("span", { class: "meta" },
      make("span", { class: "state" }, nameOf(entry)), make("code", {}, ...signs(entry.rule)),
      make("span", {}, meter, percent(entry.confidence)), make("span", {}, `line ${entry.line}`)));
};

const buildList = (file) => {
  for (const entry of file.entries) {
    const head = make("button", { type: "button", class: "head", "aria-expanded": "false", tabindex: "-1" });
    entry.item = make("li", {}, head);
    head.addEventListener("click", () => (state.selected === entry ? unselect() : select(entry)));
    fillHead(entry);
  }
  byId("list").replaceChildren(...file.entries.map((entry) => entry.item));
  byId("list").scrollTop = 0;
  setListStop();
};

// One stop of the Tab key in the list: the selected change, or the first that is shown.
const setListStop = () => {
  const old = byId("list").querySelector(".head[tabindex='0']");
  if (old) old.tabIndex = -1;
  const entry = state.selected?.isShown ? state.selected : state.file?.entries.find((each) => each.isShown);
  if (entry) headOf(entry).tabIndex = 0;
};

const listStop = () => byId("list").querySelector(".head[tabindex='0']");

// What the filter hides takes no focus: the next change that is shown has it then.
const focusHead = (entry) => {
  const place = entry.isShown ? entry : neighbour(1);
  (place ? headOf(place) : byId("find")).focus({ preventScroll: true });
};

const refreshDetail = (entry) => {
  byId("detail")?.remove();
  entry.item.append(detailOf(entry));
};

const unselect = () => {
  const entry = state.selected;
  if (!entry) return;
  state.selected = null;
  darken();
  lightUp(entry, false);
  byId("detail")?.remove();
  entry.item.classList.remove("on");
  headOf(entry).setAttribute("aria-expanded", "false");
  headOf(entry).removeAttribute("aria-controls");
  byId("sidebar").classList.remove("peek");
};

// The list scrolls by itself where it is a box of its own; the page stays where it is.
const showInList = (element, isWhole) => {
  const list = getComputedStyle(byId("list")).overflowY === "auto" ? byId("list") : byId("sidebar-body");
  const item = element.getBoundingClientRect();
  const box = list.getBoundingClientRect();
  if (item.top >= box.top && item.bottom <= box.bottom) return;
  const room = Math.max((box.height - item.height) / 3, 0);
  list.scrollTop += isWhole ? item.bottom - box.bottom + 12 : item.top - box.top - room;
};

const select = (entry, { isScrolled = true } = {}) => {
  if (state.selected !== entry) unselect();
  state.selected = entry;
  entry.item.classList.add("on");
  headOf(entry).setAttribute("aria-expanded", "true");
  headOf(entry).setAttribute("aria-controls", "detail");
  refreshDetail(entry);
  lightUp(entry, true);
  setTabStop(entry);
  setListStop();
  byId("sidebar").classList.add("peek");
  showInList(entry.item, false);
  if (isScrolled && seenMark(entry)) bringIntoView(seenMark(entry));
};

// The next of the changes that the filter shows; `isWanted` narrows them, as to those that are open.
const neighbour = (by, isWanted = () => true) => {
  const shown = state.file ? state.file.entries.filter((entry) => entry.isShown || entry === state.selected) : [];
  if (!shown.length) return null;
  const at = shown.indexOf(state.selected);
  const start = at < 0 && by < 0 ? 0 : at;
  for (let step = 1; step <= shown.length; step += 1) {
    const entry = shown[(start + by * step + shown.length * 2) % shown.length];
    if (entry.isShown && isWanted(entry)) return entry;
  }
  return null;
};

const go = (by) => {
  const entry = neighbour(by);
  if (!entry) return;
  select(entry);
  focusHead(entry);
};
