// Which file is shown, and the first sight of the page.

const showFile = (file, isFocused = false) => {
  if (state.selected) unselect();
  state.file = file;
  for (const each of files) each.article.classList.toggle("current", each === file);
  for (const link of document.querySelectorAll(".index a")) {
    if (link.hash === `#f${file.id}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  byId("sidebar").hidden = !file.entries.length;
  root.classList.toggle("calm-file", !file.entries.length);
  root.classList.toggle("solo-file", !file.article.querySelector(".text:not(.solo)"));
  byId("export").disabled = !file.entries.length && files.length === 1;
  buildList(file);
  setFilter(file);
  showProgress();
  followScroll();
  if (!isFocused) return;
  const heading = byId(`h${file.id}`);
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  heading.scrollIntoView({ block: "start" });
};

const addDecidedColumn = () => {
  const index = document.querySelector(".index");
  if (!index || !files.length) return;
  index.querySelector("thead tr").append(make("th", { scope: "col" }, "Decided"));
  [...index.querySelectorAll("tbody tr")].forEach((row, at) => row.append(make("td", { id: `decided${files[at].id}` })));
  index.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link) return;
    event.preventDefault();
    showFile(files[Number(link.hash.slice(2)) - 1], true);
  });
};

const start = () => {
  root.classList.add("js");
  if (!files.length) return;
  for (const file of files) {
    prepareMarks(file);
    prepareStrip(file);
    linkSpinReasons(file);
  }
  addDecidedColumn();
  for (const part of document.querySelectorAll(".tools, .progress")) part.hidden = false;
  byId("to-changes").hidden = false;
  showFile(files.find((file) => `#f${file.id}` === location.hash) ?? files[0]);
  const [, id, number] = /^#[abd](\d+)-(\d+)$/.exec(location.hash) ?? [];
  const entry = files[Number(id) - 1]?.entries[Number(number) - 1];
  if (!entry) return;
  showFile(entry.file);
  select(entry);
};
start();
