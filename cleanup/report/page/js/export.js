// Exports: the decisions as JSON, and the text that results, to the byte.

const CONTEXT = 60; // code points of the original on either side of a decision

const before = ({ text }, unit) =>
  Array.from(text.slice(Math.max(unit - 3 * CONTEXT, 0), unit)).slice(-CONTEXT).join("");
const behind = ({ text }, unit) => Array.from(text.slice(unit, unit + 3 * CONTEXT)).slice(0, CONTEXT).join("");

const decisionOf = (entry) => ({
  verdict: entry.verdict, start: entry.start, end: entry.end, text: entry.text,
  replacement: (entry.verdict === "reject" ? entry.proposal : entry.replacement) ?? entry.text, rule: entry.rule,
  before: before(entry.file, entry.unit), after: behind(entry.file, entry.unitEnd),
});

const decisionsObject = () => {
  const decided = files.filter((file) => file.entries.some(isDecided));
  return {
    format: "cleanup-decisions", version: 1, tool,
    files: decided.map((file) => ({
      path: file.path, sha256_before: file.sha, decisions: file.entries.filter(isDecided).map(decisionOf),
    })),
  };
};

// The text with what was accepted and edited, and where it is asked for with the changes that are open.
const outcome = (file, isWithOpen) => {
  const pieces = [];
  let done = 0;
  for (const entry of file.entries) {
    if (!entry.isMarked || !isApplied(entry) || (!isDecided(entry) && !isWithOpen)) continue;
    pieces.push(file.text.slice(done, entry.unit), entry.replacement);
    done = entry.unitEnd;
  }
  return [...pieces, file.text.slice(done)].join("");
};

// UTF-8, in which U+DC80 to U+DCFF stand for the bytes of a file that were none.
const encoded = (text, hasMark) => {
  const encoder = new TextEncoder();
  const parts = hasMark ? [Uint8Array.of(0xef, 0xbb, 0xbf)] : [];
  for (const piece of text.split(/([\udc80-\udcff])/u)) {
    const isByte = piece.length === 1 && piece >= "\udc80" && piece <= "\udcff";
    parts.push(isByte ? Uint8Array.of(piece.charCodeAt(0) - 0xdc00) : encoder.encode(piece));
  }
  return parts;
};

const nameFor = (path, ending) => {
  const name = path.split(/[\\/]/).at(-1).replace(UNSEEN, "").replace(/[<>:"|?*]/g, "_").slice(-120) || "text";
  const dot = name.lastIndexOf(".");
  const [stem, tail] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
  return `${stem}${ending ?? `.decided${tail || ".txt"}`}`;
};

const download = (parts, type, name, saved) => {
  const link = make("a", { href: URL.createObjectURL(new Blob(parts, { type })), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  for (const file of saved) file.isSaved = true;
  tell(`Saved ${visible(name)}.`);
};

const saveDecisions = () => {
  const name = files.length === 1 ? nameFor(files[0].path, ".decisions.json") : "cleanup.decisions.json";
  download([`${JSON.stringify(decisionsObject(), null, 1)}\n`], "application/json", name, files);
};

const saveText = (isWithOpen) => {
  const { file } = state;
  download(encoded(outcome(file, isWithOpen), file.bom), "text/plain", nameFor(file.path), [file]);
};

const openExport = () => {
  const decided = everyEntry.filter(isDecided);
  const count = (verdict) => decided.filter((entry) => entry.verdict === verdict).length;
  const open = everyEntry.length - decided.length;
  byId("export-state").textContent =
    `${count("accept")} accepted, ${count("edit")} edited, ${count("reject")} rejected, ${open} open.`;
  const { obstacle } = state.file;
  byId("obstacle").hidden = !obstacle;
  byId("obstacle").textContent = `${obstacle} Export the decisions instead, and let cleanup write the file.`;
  byId("save-decisions").disabled = decided.length === 0;
  for (const id of ["save-decided", "save-shown"]) byId(id).disabled = Boolean(obstacle);
  openDialog("export-dialog");
};
