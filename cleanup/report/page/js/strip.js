// The strip above a text: where the findings stand, and which part of the text is in view.

const stripOf = (file) => byId(`s${file.id}`);

const visibleUnits = (file) => {
  const isPart = root.classList.contains("only");
  const rows = rowsOf(file).filter((each) => !isPart || !each.row.classList.contains("s"));
  if (!rows.length) return null;
  const top = stripOf(file).getBoundingClientRect().bottom;
  const boxOf = (at) => rows[at].row.getBoundingClientRect();
  const unitAt = (y) => {
    let at = 0;
    for (let step = 1 << 20; step; step >>= 1) if (at + step < rows.length && boxOf(at + step).top <= y) at += step;
    const box = boxOf(at);
    const share = Math.min(Math.max((y - box.top) / Math.max(box.height, 1), 0), 1);
    const end = at + 1 < rows.length ? rows[at + 1].start : file.text.length;
    return rows[at].start + share * (end - rows[at].start);
  };
  return [unitAt(top), unitAt(innerHeight)];
};

const showPlace = () => {
  const { file } = state;
  const strip = file && stripOf(file);
  if (!strip || !file.text) return;
  const units = visibleUnits(file);
  if (!units) return;
  const width = strip.firstElementChild.viewBox.baseVal.width;
  const [from, to] = units.map((unit) => (unit / file.text.length) * width);
  const seen = strip.querySelector(".seen");
  seen.setAttribute("x", String(from));
  seen.setAttribute("width", String(Math.max(to - from, 2)));
  const line = lastUpTo(file.lineStarts, Math.min(units[0] + 1, file.text.length)) + 1;
  strip.setAttribute("aria-valuenow", String(line));
  const last = lastUpTo(file.lineStarts, Math.min(units[1], file.text.length)) + 1;
  const within = file.entries.filter((entry) => entry.unit >= units[0] && entry.unit < units[1]).length;
  const lines = `lines ${line} to ${last} of ${file.lineStarts.length}`;
  strip.setAttribute("aria-valuetext", `${lines}, ${plural(within, "finding")}`);
};

let isWaiting = false;
const followScroll = () => {
  if (isWaiting) return;
  isWaiting = true;
  requestAnimationFrame(() => {
    isWaiting = false;
    showPlace();
  });
};

// The finding nearest to a place of the strip, which runs from 0 to 1.
const nearestTo = (file, share) => {
  const unit = share * file.text.length;
  const marked = file.entries.filter((entry) => entry.isMarked);
  return marked.sort((a, b) => Math.abs(a.unit - unit) - Math.abs(b.unit - unit))[0] ?? null;
};

const stripKeys = (event) => {
  const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  const shown = state.file.entries.filter((entry) => entry.isMarked);
  const ends = { Home: shown[0], End: shown.at(-1) };
  const entry = event.key in steps ? neighbour(steps[event.key]) : ends[event.key];
  if (!entry) return;
  event.preventDefault();
  select(entry);
};

const prepareStrip = (file) => {
  const strip = stripOf(file);
  if (!strip || file.text === null) return;
  const picture = strip.firstElementChild;
  picture.setAttribute("aria-hidden", "true");
  for (const [name, value] of Object.entries({
    role: "slider", tabindex: "0", "aria-valuemin": "1", "aria-valuemax": String(file.lineStarts.length),
    "aria-valuenow": "1", "aria-orientation": "horizontal", "aria-label": "Where in the text the findings stand",
  })) strip.setAttribute(name, value);
  strip.addEventListener("keydown", stripKeys);
  strip.addEventListener("click", (event) => {
    event.preventDefault();
    const box = strip.getBoundingClientRect();
    const entry = nearestTo(file, (event.clientX - box.left) / box.width);
    if (entry) select(entry);
  });
};
