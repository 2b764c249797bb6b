// From a piece of evidence to the words of the document that it speaks of.

const QUOTED = /“([^“”]+)”/g;
const QUOTATIONS = /“[^”]*?(?:”|(?=\n\s*\n)|$)|"[^"\n]*"/g;
const NOT_OF_THE_TEXT = new Set(["channel", "context", "rivals"]);

const spanOf = (match) => [match.index, match.index + match[0].length];

const quotationsOf = (file) => {
  file.quotations ??= [...file.text.matchAll(QUOTATIONS)].map(spanOf);
  return file.quotations;
};

const patternOf = (words) => {
  const escaped = words.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    .replace(/['’]/g, "['’]").replace(/\s+/g, "\\s+");
  return new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`, "giu");
};

// Where the words stand, nearest to the change first; for speech only what stands between quotation marks.
const placesOf = (file, words, from, isSpeech) => {
  if (!words.trim() || words.length > 200) return [];
  const places = [...file.text.matchAll(patternOf(words))].map(spanOf);
  const quotations = isSpeech ? quotationsOf(file) : [];
  const isInside = ([start, end]) => {
    const at = lastUpTo(quotations, start, (span) => span[0]);
    return at >= 0 && end <= quotations[at][1];
  };
  const found = isSpeech ? places.filter(isInside) : places;
  return found.sort((a, b) => Math.abs(a[0] - from) - Math.abs(b[0] - from));
};

// The stretches of the document that evidence quotes; none where it quotes only what may have stood there.
const quotesOf = (file, evidence, words, entry) => {
  if (file.text === null || NOT_OF_THE_TEXT.has(evidence.kind)) return [];
  const from = entry?.unit ?? 0;
  const isSpeech = evidence.kind === "quotation";
  const whole = placesOf(file, words, from, isSpeech);
  if (whole.length || !isSpeech) {
    const others = whole.filter(([start, end]) => !entry || end <= entry.unit || start >= entry.unitEnd);
    return [...others, ...whole].slice(0, 1);
  }
  return words.split(/\s+/).flatMap((word) => placesOf(file, word, from, true).slice(0, 1));
};

const rowsOf = (file) => {
  file.rows ??= [...file.article.querySelectorAll(".text tbody tr")].map((row) => ({
    row, start: file.lineStarts[Number(row.firstElementChild.textContent) - 1],
  }));
  return file.rows;
};

const rowAt = (file, unit) => rowsOf(file)[Math.max(lastUpTo(rowsOf(file), unit, (each) => each.start), 0)];

// The text nodes of a cell with the stretch of the original that each stands for.
const originalNodes = (cell, start) => {
  const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
  const found = [];
  let unit = start;
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.parentElement.closest("ins")) continue;
    const sign = node.parentElement.closest(".k");
    const length = sign ? String.fromCodePoint(parseInt(node.data.slice(3, -1), 16)).length : node.data.length;
    found.push({ node, start: unit, end: unit + length, isSign: sign !== null });
    unit += length;
  }
  return found;
};

const wrapped = ({ node, start, end, isSign }, from, to) => {
  const range = document.createRange();
  range.setStart(node, isSign ? 0 : Math.max(from, start) - start);
  range.setEnd(node, isSign ? node.data.length : Math.min(to, end) - start);
  const flash = make("span", { class: "flash" });
  range.surroundContents(flash);
  return flash;
};

const flashIn = (file, [from, to]) => {
  const place = rowAt(file, from);
  const cells = [...place.row.querySelectorAll("td")].filter((cell) => cell.offsetParent !== null);
  return cells.flatMap((cell) => {
    const touched = originalNodes(cell, place.start).filter(({ start, end }) => start < to && from < end);
    return touched.map((piece) => wrapped(piece, from, to));
  });
};

const darken = () => {
  for (const flash of document.querySelectorAll(".flash")) {
    const parent = flash.parentNode;
    flash.replaceWith(...flash.childNodes);
    parent.normalize();
  }
};

const jumpTo = (file, quotes, from) => {
  darken();
  const [start, end] = quotes[0];
  const entry = from ?? file.entries.find((each) => each.isMarked && each.unit < end && start < each.unitEnd);
  if (entry && entry !== from) select(entry, { isScrolled: false });
  const flashes = quotes.flatMap((quote) => flashIn(file, quote));
  if (!flashes.length) return;
  bringIntoView(flashes.find((flash) => flash.getClientRects().length) ?? flashes[0]);
  const line = lastUpTo(file.lineStarts, start) + 1;
  const around = file.text.slice(Math.max(start - 40, 0), end + 40);
  tell(`Line ${line}: … ${visible(around)} …`);
};

// A sentence of evidence in which every quotation of the document is a button that leads there.
const evidenceNodes = (file, evidence, entry) => {
  const nodes = [];
  let done = 0;
  for (const match of evidence.text.matchAll(QUOTED)) {
    const quotes = quotesOf(file, evidence, match[1], entry);
    if (!quotes.length) continue;
    nodes.push(...signs(evidence.text.slice(done, match.index)));
    const onclick = () => jumpTo(file, quotes, entry);
    nodes.push(make("button", { type: "button", class: "quote", onclick }, ...signs(match[0])));
    done = match.index + match[0].length;
  }
  return [...nodes, ...signs(evidence.text.slice(done))];
};

const evidenceItem = (file, evidence, entry) =>
  make("li", {}, make("i", {}, ...signs(evidence.kind)), " ", ...evidenceNodes(file, evidence, entry));

// What speaks for the spin score was written without a script: its quotations become buttons here.
const linkSpinReasons = (file) => {
  const items = file.article.querySelectorAll(".why .reasons li");
  file.spin.forEach((evidence, at) => items[at]?.replaceWith(evidenceItem(file, evidence, null)));
};
