// What the list shows of the selected change: why, what else it may have been, and the decision.

const scoreRow = (entry, candidate, best) => {
  const { isKept = false, score } = candidate;
  const words = isKept ? entry.text : replacementWith(entry, candidate);
  const isChosen = isKept ? !isApplied(entry) : isApplied(entry) && words === entry.replacement;
  const bar = make("span", { class: "score", "aria-hidden": "true" });
  const likelihood = score === null ? 0 : Math.exp(Math.min(score - best, 0));
  bar.style.setProperty("--share", String(score === null ? 0 : Math.max(likelihood, 0.01)));
  const verdict = words === entry.proposal ? "accept" : "edit";
  const use = make("button", {
    type: "button", class: "use", "aria-pressed": String(isChosen), disabled: !canEdit(entry),
    "data-keep": `use ${candidate.text}`, onclick: () => (isKept ? reject(entry) : decide([[entry, verdict, words]])),
  }, ...(candidate.text === "" ? ["(nothing)"] : signs(candidate.text)));
  const note = isKept ? make("span", { class: "note" }, " as it stands") : null;
  const figure = score === null ? "–" : score.toFixed(1);
  return make("tr", {}, make("th", { scope: "row" }, use, note), make("td", {}, bar), make("td", {}, figure));
};

// The outcome with another candidate in it: an article or a shared word in front stays.
const replacementWith = (entry, candidate) => {
  const [first] = entry.candidates;
  const words = fitted(candidate.text, entry.text, entry.file.text ?? "");
  if (entry.proposal === null || candidate === first) return entry.proposal ?? words;
  const old = fitted(first.text, entry.text, entry.file.text ?? "");
  const at = old && entry.proposal.toLowerCase().indexOf(old.toLowerCase());
  if (at === "" || at < 0) return words;
  return entry.proposal.slice(0, at) + (at ? candidate.text : words) + entry.proposal.slice(at + old.length);
};

// The words as they stand, as a reading: the confidence says how far the best one is ahead of them.
const keepRow = (entry, best) => {
  const isListed = entry.candidates.some((candidate) => candidate.text.toLowerCase() === entry.text.toLowerCase());
  const sure = Math.min(Math.max(entry.confidence, 1e-9), 1 - 1e-9);
  const lead = Math.log(sure / (1 - sure));
  if (isListed || !Number.isFinite(best)) return null;
  return scoreRow(entry, { text: entry.text, score: best - lead, isKept: true }, Math.max(best, best - lead));
};

const scoreTable = (entry) => {
  const scores = entry.candidates.map((candidate) => candidate.score).filter((score) => score !== null);
  if (!entry.candidates.length) return null;
  const best = Math.max(...scores);
  const rows = entry.candidates.map((candidate) => scoreRow(entry, candidate, best));
  const kept = keepRow(entry, best);
  const heads = ["Candidate", "Likelihood beside the best", "Score, nats"];
  return make("table", { class: "scores" },
    make("thead", { class: "away" }, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))),
    make("tbody", {}, ...rows, ...(kept ? [kept] : [])));
};

const hint = (key) => make("kbd", { "aria-hidden": "true" }, key);

const action = (label, key, isOn, isPossible, onclick) =>
  make("button", {
    type: "button", class: `act ${label.toLowerCase()}`, "aria-pressed": isOn === null ? null : String(isOn),
    "aria-keyshortcuts": key, disabled: !isPossible, "data-keep": label, onclick,
  }, label, hint(key));

const actions = (entry) =>
  make("div", { class: "acts", role: "group", "aria-label": "Decision" },
    action("Accept", "a", entry.verdict === "accept", canAccept(entry), () => accept(entry)),
    action("Reject", "r", entry.verdict === "reject", canDecide(entry), () => reject(entry)),
    action("Edit", "e", entry.verdict === "edit", canEdit(entry), () => openEditor(entry)),
    isDecided(entry) ? make("button", {
      type: "button", class: "act", "data-keep": "Reopen", onclick: () => decide([[entry, "", entry.proposal]]),
    }, "Reopen") : null);

const factsOf = (entry) => {
  const facts = [`${percent(entry.confidence)} sure`, `line ${entry.line}`];
  if (entry.margin !== null && entry.isEdit) facts.push(`${entry.margin.toFixed(1)} nats ahead of the next reading`);
  if (!entry.isEdit) facts.push(`left as found (${entry.severity})`);
  return facts.join(" · ");
};

const obstacleOf = (entry) => {
  if (!canDecide(entry)) return entry.file.obstacle;
  return entry.isMarked ? null : "It overlaps another change, and can only be rejected here.";
};

const detailOf = (entry) => {
  const obstacle = obstacleOf(entry);
  const reasons = entry.evidence.map((evidence) => evidenceItem(entry.file, evidence, entry));
  return make("div", { class: "detail", id: "detail" },
    make("p", { class: "message" }, ...signs(entry.message)),
    scoreTable(entry),
    reasons.length ? make("ul", { class: "reasons", "aria-label": "Evidence" }, ...reasons) : null,
    make("p", { class: "facts" }, factsOf(entry)),
    obstacle ? make("p", { class: "notes" }, obstacle) : null,
    actions(entry));
};

const openEditor = (entry) => {
  if (!canEdit(entry)) return;
  const field = make("textarea", { id: "own-words", rows: "2", spellcheck: "true" });
  const given = entry.replacement ?? entry.text;
  field.value = given;
  const untouched = field.value; // a field knows no line end but the line feed
  const close = () => {
    refreshDetail(entry);
    focusHead(entry);
  };
  const save = () => {
    const lineEnd = entry.file.text.includes("\r\n") ? "\r\n" : "\n";
    const words = field.value === untouched ? given : field.value.replaceAll("\n", lineEnd);
    const verdict = words === entry.proposal ? "accept" : "edit";
    decide([[entry, words === entry.text ? "reject" : verdict, words === entry.text ? entry.proposal : words]]);
    focusHead(entry);
  };
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) save();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  const editor = make("form", { class: "editor" },
    make("label", { for: "own-words" }, "Your own words"), field,
    make("div", { class: "acts" },
      make("button", { class: "act", type: "submit" }, "Save", hint("Enter")),
      make("button", { class: "act", type: "button", onclick: close }, "Cancel", hint("Esc"))));
  editor.addEventListener("submit", (event) => {
    event.preventDefault();
    save();
  });
  byId("detail")?.querySelector(".acts").replaceWith(editor);
  showInList(editor, true);
  field.focus({ preventScroll: true });
  field.select();
};
