// Decisions: what the keys and buttons do to changes, one or many at once.

const refresh = (entries) => {
  darken();
  for (const entry of entries) {
    paint(entry);
    if (entry.file === state.file) fillHead(entry);
  }
  setStates();
  applyFilter();
  if (entries.includes(state.selected)) refreshDetailInFocus(state.selected);
  showProgress();
};

// The button that was pressed is made anew, and keeps the focus.
const refreshDetailInFocus = (entry) => {
  const kept = document.activeElement?.closest("#detail [data-keep]")?.dataset.keep;
  refreshDetail(entry);
  if (!kept) return;
  if (!entry.isShown) {
    focusHead(entry);
    return;
  }
  const buttons = [...byId("detail").querySelectorAll("[data-keep]:not(:disabled)")];
  (buttons.find((button) => button.dataset.keep === kept) ?? headOf(entry)).focus({ preventScroll: true });
};

const showProgress = () => {
  const decided = everyEntry.filter(isDecided).length;
  byId("decided").textContent = `${decided} of ${everyEntry.length} decided`;
  byId("progress").max = Math.max(everyEntry.length, 1);
  byId("progress").value = decided;
  byId("undo").disabled = history.length === 0;
  for (const file of files) {
    const cell = byId(`decided${file.id}`);
    if (cell) cell.textContent = `${file.entries.filter(isDecided).length} of ${file.entries.length}`;
  }
};

const decide = (changes) => {
  if (!changes.length) return;
  record(changes);
  refresh(changes.map(([entry]) => entry));
  const [[entry, verdict]] = changes;
  const what = changes.length > 1 ? plural(changes.length, "change") : visible(entry.text);
  tell(`${STATES[verdict]}: ${what}. ${byId("decided").textContent}.`);
};

const accept = (entry) => canAccept(entry) && decide([[entry, "accept", entry.proposal]]);
const reject = (entry) => canDecide(entry) && decide([[entry, "reject", entry.proposal]]);

// A decision by key goes on to the next change that is open.
const decideAndGoOn = (act) => {
  const entry = state.selected ?? neighbour(1);
  if (!entry || (state.selected && !state.selected.isShown)) return;
  if (!state.selected) {
    select(entry);
    focusHead(entry);
    return;
  }
  const next = neighbour(1, (each) => !isDecided(each) && each !== entry);
  if (act(entry) === false) return;
  if (next) {
    select(next);
    focusHead(next);
  } else if (!entry.isShown) focusHead(entry);
};

// What the two buttons act on: of the changes shown those that are open, or all where none is.
const openOrAll = (entries) => {
  const open = entries.filter((entry) => !isDecided(entry));
  return open.length ? open : entries;
};
const shownEntries = () => state.file.entries.filter((entry) => entry.isShown);
const acceptable = () => openOrAll(shownEntries().filter(canAccept));
const rejectable = () => openOrAll(shownEntries().filter(canDecide));

const undo = () => {
  const entries = takeBack();
  if (!entries.length) {
    tell("Nothing to undo.");
    return;
  }
  if (entries[0].file !== state.file) showFile(entries[0].file);
  refresh(entries);
  if (entries.length === 1 && entries[0].isShown) {
    select(entries[0]);
    focusHead(entries[0]);
  }
  const what = entries.length > 1 ? plural(entries.length, "change") : visible(entries[0].text);
  tell(`Undone: ${what}. ${byId("decided").textContent}.`);
};
