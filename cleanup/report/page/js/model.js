// What the page knows: the files with their findings, and what the user decided.

const root = document.documentElement;
const byId = (id) => document.getElementById(id);

// Where the text has pairs of surrogates, offsets in code points are not those of JavaScript.
const unitsOf = (text) => {
  if (!/[\ud800-\udbff][\udc00-\udfff]/.test(text)) return (offset) => offset;
  const units = [];
  let unit = 0;
  for (const sign of text) {
    units.push(unit);
    unit += sign.length;
  }
  units.push(unit);
  return (offset) => units[offset];
};

const lineStartsOf = (text) => {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
};

// The place of the last item that is not greater; the items are sorted.
const lastUpTo = (items, wanted, key = (item) => item) => {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (key(items[middle]) <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
};

const isUpper = (sign) => sign !== sign.toLowerCase();

// A candidate in the letters of what stands in the text: the engine does the same for what it repairs.
const fitted = (candidate, text, whole) => {
  let words = candidate;
  if (text.length > 1 && text === text.toUpperCase() && text !== text.toLowerCase()) words = words.toUpperCase();
  const first = words.split(/\s/, 1)[0];
  if (text && isUpper(text[0]) && first === first.toLowerCase()) {
    words = words.slice(0, 1).toUpperCase() + words.slice(1);
  }
  return whole.includes("’") ? words.replaceAll("'", "’") : words;
};

const readEntry = (file, found, isEdit) => {
  const best = found.candidates[0];
  let proposal = null;
  if (isEdit) proposal = found.replacement;
  else if (best) proposal = fitted(best.text, found.text, file.text ?? "");
  const unit = file.units(found.start);
  return {
    file, isEdit, proposal, unit, unitEnd: file.units(found.end), start: found.start, end: found.end,
    text: found.text, rule: found.rule, pack: found.rule.split("/", 1)[0], message: found.message,
    confidence: found.confidence ?? 0, margin: found.margin ?? null, severity: found.severity,
    candidates: found.candidates, evidence: found.evidence, line: lastUpTo(file.lineStarts, unit) + 1,
    verdict: "", replacement: proposal, isShown: true, isMarked: false, number: 0,
  };
};

const readFile = (object, index) => {
  const { text, bom, obstacle } = object.original;
  const file = {
    id: String(index + 1), path: object.path, sha: object.sha256_before ?? null, text, bom, obstacle,
    spin: object.spin_evidence, units: unitsOf(text ?? ""), lineStarts: lineStartsOf(text ?? ""), entries: [],
    article: byId(`f${index + 1}`), rows: null, isSaved: true,
  };
  const entries = [
    ...object.edits.map((edit) => readEntry(file, edit, true)),
    ...object.findings.map((finding) => readEntry(file, finding, false)),
  ];
  entries.sort((a, b) => a.start - b.start || a.end - b.end || b.isEdit - a.isEdit);
  entries.forEach((entry, at) => {
    entry.number = at + 1;
    entry.isMarked = byId(`a${file.id}-${entry.number}`) !== null;
  });
  file.entries = entries;
  return file;
};

const tool = (() => {
  const [name, version] = document.querySelector("meta[name=generator]").content.split(" ");
  return { name, version };
})();
const files = JSON.parse(byId("cleanup-report").textContent).map(readFile);
const everyEntry = files.flatMap((file) => file.entries);
const state = { file: files[0] ?? null, selected: null };

// Each step of the history lists entries with what they were before it.
const history = [];

const canDecide = (entry) => entry.file.text !== null;
const canAccept = (entry) => canDecide(entry) && entry.isMarked && entry.proposal !== null;
const canEdit = (entry) => canDecide(entry) && entry.isMarked;
const isDecided = (entry) => entry.verdict !== "";
const isApplied = ({ verdict, isEdit }) => verdict === "accept" || verdict === "edit" || (isEdit && verdict === "");

const record = (changes) => {
  history.push(changes.map(([entry]) => ({ entry, verdict: entry.verdict, replacement: entry.replacement })));
  for (const [entry, verdict, replacement] of changes) {
    Object.assign(entry, { verdict, replacement });
    entry.file.isSaved = false;
  }
};

const takeBack = () => {
  const step = history.pop() ?? [];
  for (const { entry, verdict, replacement } of step) Object.assign(entry, { verdict, replacement });
  for (const file of new Set(step.map(({ entry }) => entry.file))) file.isSaved = !file.entries.some(isDecided);
  return step.map(({ entry }) => entry);
};
