"use strict";
(() => {
  const table = document.getElementById("papers");
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const rows = [...body.rows];

  const compare = (a, b, at, isWord) => {
    const one = a.cells[at].dataset.v, other = b.cells[at].dataset.v;
    if (isWord) return a.cells[at].textContent.localeCompare(b.cells[at].textContent);
    if (one === "" || other === "") return 0;
    return Number(one) - Number(other);
  };

  heads.forEach((head, at) => {
    head.querySelector("button").addEventListener("click", () => {
      const isUp = head.getAttribute("aria-sort") === "descending" || (at === 0 || at === heads.length - 1) &&
        head.getAttribute("aria-sort") === "none";
      const sign = isUp ? 1 : -1;
      heads.forEach((other) => other.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
      const isEmpty = (row) => row.cells[at].dataset.v === "";
      rows.sort((a, b) => isEmpty(a) - isEmpty(b) || sign * compare(a, b, at, at === heads.length - 1));
      body.append(...rows);
    });
  });

  const filter = document.getElementById("filter");
  const shown = document.getElementById("shown");
  document.querySelector(".tools").hidden = false;
  filter.addEventListener("input", () => {
    const wanted = filter.value.trim().toLowerCase();
    let count = 0;
    for (const row of rows) {
      const section = document.getElementById("p" + row.dataset.p);
      const text = row.textContent + " " + (section ? section.textContent : "");
      const isOn = text.toLowerCase().includes(wanted);
      row.classList.toggle("off", !isOn);
      if (section) section.classList.toggle("off", !isOn);
      count += isOn;
    }
    shown.textContent = wanted ? `${count} of ${rows.length}` : "";
  });
})();
