// The marks in the text: they follow each decision at once.

const marksOf = (entry) => ["b", "a"].map((side) => byId(`${side}${entry.file.id}-${entry.number}`)).filter(Boolean);

const markNodes = (entry, side) => {
  const { text, verdict, replacement } = entry;
  if (!isApplied(entry)) {
    if (verdict === "reject") return [make("span", { class: "kept" }, ...signs(text))];
    return [make("mark", {}, ...signs(text))];
  }
  const [lead, old, fresh, tail] = wordParts(text, replacement);
  const isWhole = lead === "" && tail === "";
  const kind = { accept: "sure", edit: "own" }[verdict] ?? null;
  const nodes = [...signs(lead)];
  if (old || isWhole) nodes.push(make("del", {}, ...signs(old)));
  if (side === "a" && (fresh || isWhole)) nodes.push(make("ins", { class: kind }, ...signs(fresh)));
  return [...nodes, ...signs(tail)];
};

const paint = (entry) => {
  for (const mark of marksOf(entry)) {
    mark.replaceChildren(...markNodes(entry, mark.id[0]));
    mark.dataset.verdict = entry.verdict;
  }
};

const lightUp = (entry, isLit) => {
  for (const mark of marksOf(entry)) {
    mark.classList.toggle("on", isLit);
    if (isLit) mark.setAttribute("aria-current", "true");
    else mark.removeAttribute("aria-current");
  }
};

// The mark on the side of the outcome, which both views show.
const seenMark = (entry) => byId(`a${entry.file.id}-${entry.number}`);

// Of all marks one is a stop of the Tab key, or a long text would have hundreds.
const setTabStop = (entry) => {
  for (const mark of entry.file.article.querySelectorAll(".text a[tabindex='0']")) mark.tabIndex = -1;
  const mark = seenMark(entry);
  if (mark) mark.tabIndex = 0;
};

const prepareMarks = (file) => {
  for (const mark of file.article.querySelectorAll(".text a")) mark.tabIndex = -1;
  const first = file.entries.find((entry) => entry.isMarked);
  if (first) setTabStop(first);
};

const entryAt = (target) => {
  const mark = target.closest(".text a, .strip a");
  if (!mark) return null;
  const [, id, number] = /^#[ad](\d+)-(\d+)$/.exec(mark.getAttribute("href")) ?? [];
  return files[Number(id) - 1]?.entries[Number(number) - 1] ?? null;
};
