// Elements and words: text never passes through a parser of markup here.

const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
};

// The same characters as `UNSEEN` in visible.py.
const UNSEEN = new RegExp(
  "[\\0-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb" +
    "\\ud800-\\udfff\\u{e0000}-\\u{e007f}]", "gu",
);
const codePoint = (sign) => `⟨U+${sign.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`;
const isPlain = (sign) => sign === "\n" || sign === "\t";

// Text with signs for the characters that would act unseen: as nodes, and as one string.
const signs = (text) => {
  const nodes = [];
  let done = 0;
  for (const match of text.matchAll(UNSEEN)) {
    if (isPlain(match[0])) continue;
    nodes.push(text.slice(done, match.index), make("b", { class: "k" }, codePoint(match[0])));
    done = match.index + match[0].length;
  }
  nodes.push(text.slice(done));
  return nodes.filter((node) => node !== "");
};
const visible = (text) => text.replace(UNSEEN, (sign) => (isPlain(sign) ? " " : codePoint(sign)));

// The words that both begin with, those of the one, those of the other, those that both end with.
const wordParts = (before, after) => {
  const [old, fresh] = [before, after].map((text) => text.match(/\s+|\S+/g) ?? []);
  let most = Math.min(old.length, fresh.length);
  let head = 0;
  while (head < most && old[head] === fresh[head]) head += 1;
  most -= head;
  let tail = 0;
  while (tail < most && old.at(-1 - tail) === fresh.at(-1 - tail)) tail += 1;
  const parts = [
    old.slice(0, head), old.slice(head, old.length - tail), fresh.slice(head, fresh.length - tail),
    old.slice(old.length - tail),
  ];
  return parts.map((part) => part.join(""));
};

const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;
const percent = (share) => `${Math.round(100 * share)}%`;
const STATES = { "": "open", accept: "accepted", reject: "rejected", edit: "edited" };
const nameOf = (entry) => (entry.verdict === "" && !entry.isEdit ? "left as found" : STATES[entry.verdict]);

// What a screen reader is told.
const tell = (message) => {
  byId("live").textContent = message;
};

const openDialog = (name) => {
  byId(name).showModal();
  byId(name).querySelector("form[method=dialog] button").focus();
};

const isStill = matchMedia("(prefers-reduced-motion: reduce)");
const bringIntoView = (element) => {
  element.scrollIntoView({ block: "center", behavior: isStill.matches ? "auto" : "smooth" });
};
