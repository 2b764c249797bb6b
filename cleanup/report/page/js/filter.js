// The filter: which changes the list shows; the others fade in the text.

const BARS = 20;
const filterForm = byId("filter");

const wanted = () => ({
  find: byId("find").value.trim().toLowerCase(), kind: filterForm.elements.kind.value, state: byId("state").value,
  pack: byId("pack").value, rule: byId("rule").value,
  low: Number(byId("low").value) / 100, high: Number(byId("high").value) / 100,
});

const isOfState = (entry, name) =>
  name === "" || (name === "open" ? !isDecided(entry) : name === "decided" ? isDecided(entry) : entry.verdict === name);

const holds = (entry, words) => {
  const texts = [entry.text, entry.replacement ?? "", entry.proposal ?? "", entry.rule, entry.message];
  return texts.some((text) => text.toLowerCase().includes(words));
};

const passes = (entry, filter) => {
  const confidence = Math.round(entry.confidence * 100) / 100;
  return (filter.kind === "" || entry.isEdit === (filter.kind === "made")) && isOfState(entry, filter.state) &&
    (filter.pack === "" || entry.pack === filter.pack) && (filter.rule === "" || entry.rule === filter.rule) &&
    confidence >= filter.low && confidence <= filter.high && (filter.find === "" || holds(entry, filter.find));
};

const isFiltering = (filter) =>
  filter.find !== "" || filter.kind !== "" || filter.state !== "" || filter.pack !== "" || filter.rule !== "" ||
  filter.low > 0 || filter.high < 1;

const tally = (entries, key) => {
  const counts = new Map();
  for (const entry of entries) counts.set(key(entry), (counts.get(key(entry)) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
};

const setOptions = (select, all, options) => {
  const kept = select.value;
  const rows = options.map(([value, label]) => make("option", { value }, visible(label)));
  select.replaceChildren(make("option", { value: "" }, all), ...rows);
  select.value = options.some(([value]) => value === kept) ? kept : "";
};

const setRules = () => {
  const pack = byId("pack").value;
  const counts = tally(state.file.entries.filter((entry) => !pack || entry.pack === pack), (entry) => entry.rule);
  setOptions(byId("rule"), "Rule", counts.map(([rule, count]) => [rule, `${rule} (${count})`]));
};

const setStates = () => {
  const verdicts = Object.entries(STATES).filter(([verdict]) => verdict);
  const names = [["open", "open"], ["decided", "decided"], ...verdicts];
  const count = (name) => state.file.entries.filter((entry) => isOfState(entry, name)).length;
  setOptions(byId("state"), "Decision", names.map(([name, label]) => [name, `${label} (${count(name)})`]));
};

const binOf = (entry) => Math.min(Math.floor(Math.min(Math.max(entry.confidence, 0), 1) * BARS), BARS - 1);

const drawBars = () => {
  const counts = Array.from({ length: BARS }, () => [0, 0]);
  for (const entry of state.file.entries) counts[binOf(entry)][entry.isEdit ? 0 : 1] += 1;
  const most = Math.max(...counts.map(([made, left]) => made + left), 1);
  const step = 100 / BARS;
  const figures = counts.map(([made, left], at) => {
    const count = made + left;
    return count ? `${count} at ${at * step} to ${at * step + step}%` : "";
  });
  byId("bars").setAttribute("aria-label", `Confidences: ${figures.filter(Boolean).join(", ")}`);
  byId("bars").replaceChildren(...counts.map(([made, left], at) => {
    const figure = `${plural(made, "change")}, ${left} left as found`;
    const bar = make("span", { title: `${at * step}–${at * step + step}%: ${figure}` });
    bar.style.setProperty("--made", String(made / most));
    bar.style.setProperty("--held", String(left / most));
    return bar;
  }));
};

const showRange = (filter) => {
  byId("between").textContent = `${percent(filter.low)} to ${percent(filter.high)}`;
  [...byId("bars").children].forEach((bar, at) => {
    bar.classList.toggle("out", (at + 1) / BARS <= filter.low || at / BARS > filter.high);
  });
};

const applyFilter = () => {
  if (!state.file) return;
  const filter = wanted();
  for (const entry of state.file.entries) {
    entry.isShown = passes(entry, filter);
    entry.item.hidden = !entry.isShown;
    for (const mark of marksOf(entry)) mark.classList.toggle("dim", !entry.isShown);
  }
  byId("clear").hidden = !isFiltering(filter);
  showRange(filter);
  setListStop();
  showCounts();
};

const showCounts = () => {
  const { entries } = state.file;
  const shown = entries.filter((entry) => entry.isShown);
  const made = entries.filter((entry) => entry.isEdit).length;
  const isAll = shown.length === entries.length;
  byId("shown").textContent = isAll ? `${entries.length}` : `${shown.length} of ${entries.length} shown`;
  byId("count-all").textContent = String(entries.length);
  byId("count-made").textContent = String(made);
  byId("count-left").textContent = String(entries.length - made);
  byId("none").hidden = shown.length > 0;
  for (const [id, verb, targets] of [["accept-all", "Accept", acceptable()], ["reject-all", "Reject", rejectable()]]) {
    byId(id).textContent = `${verb} ${targets.length} shown`;
    byId(id).disabled = targets.length === 0;
  }
};

const setFilter = (file) => {
  filterForm.reset();
  const packs = tally(file.entries, (entry) => entry.pack);
  setOptions(byId("pack"), "Pack", packs.map(([pack, count]) => [pack, `${pack} (${count})`]));
  setRules();
  setStates();
  drawBars();
  applyFilter();
};

const keepOrder = (event) => {
  const [low, high] = [byId("low"), byId("high")];
  if (Number(low.value) <= Number(high.value)) return;
  if (event.target === low) low.value = high.value;
  else high.value = low.value;
};

filterForm.addEventListener("input", (event) => {
  if (event.target.type === "range") keepOrder(event);
  if (event.target.id === "pack") setRules();
  applyFilter();
  tell(`${byId("shown").textContent} of the changes`);
});
byId("clear").addEventListener("click", () => {
  filterForm.reset();
  setRules();
  applyFilter();
  byId("find").focus();
});
filterForm.addEventListener("submit", (event) => event.preventDefault());
