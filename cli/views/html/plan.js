// Filters and searches the changes on the page of a plan. Without this script, the page shows all changes in
// <noscript>. A browser that runs scripts treats the content of <noscript> as text, so a page with many changes opens
// fast.

const ROWS_PER_STEP = 200;
/** Maximum number of matches to add without scrolling, so that the browser's own search finds them. */
const MAX_WITHOUT_SCROLLING = 1_000;

const byId = (id) => document.getElementById(id);
const list = byId("list");
const moreButton = byId("more");
const status = byId("status");
const selectedTotal = byId("selected-total");
const fields = {
  search: byId("search"),
  action: byId("action"),
  attribute: byId("attribute"),
  list: byId("in-list"),
  outcome: byId("outcome"),
  losing: byId("losing"),
};

const rows = readRows();
let matches = rows;
let shown = 0;
let total = "";

function readRows() {
  const text = byId("rows").textContent;
  const items = text.slice(text.indexOf("\n<li ") + 1, text.lastIndexOf("\n</ol>")).split(/\n(?=<li )/);
  const opening = /^<li data-a="(\w+)" data-t="([\d ]*)" data-g="([\d ]*)" data-l="([\d ]*)" data-o="(\w*)"( data-d)?>/;
  return items.map((html) => {
    const [, action, attributes, totals, lists, outcome, losing] = opening.exec(html);
    return { html, action, attributes, totals, lists, outcome, losing: losing !== undefined, searchText: undefined };
  });
}

/** Returns text without case and accents, for comparison. */
function normalizeText(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** Escapes text in the same way as the HTML of the rows, because the search looks for the text in this HTML. */
function escapeHtml(text) {
  const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (character) => entities[character]);
}

function searchTextOf(row) {
  row.searchText ??= normalizeText(row.html.replace(/<[^>]*>/g, " "));
  return row.searchText;
}

function containsNumber(numbers, number) {
  return number === "" || numbers.split(" ").includes(number);
}

function filter() {
  const terms = normalizeText(escapeHtml(fields.search.value)).split(/\s+/).filter(Boolean);
  const action = fields.action.value;
  const outcome = fields.outcome?.value ?? "";
  matches = rows.filter(
    (row) =>
      (action === "" || row.action === action) &&
      (outcome === "" || row.outcome === outcome) &&
      (!fields.losing.checked || row.losing) &&
      containsNumber(row.attributes, fields.attribute.value) &&
      containsNumber(row.lists, fields.list.value) &&
      containsNumber(row.totals, total) &&
      terms.every((term) => searchTextOf(row).includes(term)),
  );
  list.replaceChildren();
  shown = 0;
  show(ROWS_PER_STEP);
  status.textContent = `${formatCount(matches.length)} of ${formatCount(rows.length)} changes`;
}

const formatCount = (count) => count.toLocaleString("en");

function show(number) {
  const template = document.createElement("template");
  template.innerHTML = matches
    .slice(shown, shown + number)
    .map(({ html }) => html)
    .join("");
  shown = Math.min(matches.length, shown + number);
  list.append(template.content);
  moreButton.hidden = shown === matches.length;
  moreButton.textContent = `Show more (${formatCount(matches.length - shown)} left)`;
  if (!moreButton.hidden && matches.length <= MAX_WITHOUT_SCROLLING) setTimeout(showRest, 0, matches);
}

/** Adds more matches, unless the filters have changed since `result` was computed. */
function showRest(result) {
  if (result === matches && shown < matches.length) show(ROWS_PER_STEP);
}

/** Shows only the changes of a total. Shows all changes if the total was already selected. */
function selectTotal(selected) {
  total = selected === total ? "" : selected;
  let text = "";
  for (const button of document.querySelectorAll(".totals button")) {
    const isSelected = total !== "" && button.dataset.total === total;
    button.setAttribute("aria-pressed", String(isSelected));
    if (isSelected) text = button.textContent;
  }
  selectedTotal.textContent = text === "" ? "" : `Only: ${text}`;
  filter();
}

function clear() {
  for (const field of Object.values(fields)) {
    if (field === null) continue;
    if (field.type === "checkbox") field.checked = false;
    else field.value = "";
  }
  selectTotal("");
}

// Turns the totals into buttons. Without this script, they are text.
for (const item of document.querySelectorAll(".totals [data-total]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.total = item.dataset.total;
  button.setAttribute("aria-pressed", "false");
  button.append(...item.childNodes);
  button.addEventListener("click", () => {
    selectTotal(button.dataset.total);
    if (total !== "") byId("changes").scrollIntoView();
  });
  item.append(button);
}

let searchTimer;
fields.search.addEventListener("input", () => {
  clearTimeout(searchTimer);
  searchTimer = setTimeout(filter, 150);
});
for (const field of Object.values(fields)) if (field !== fields.search) field?.addEventListener("change", filter);
byId("clear").addEventListener("click", clear);
moreButton.addEventListener("click", () => show(ROWS_PER_STEP));
new IntersectionObserver(([entry]) => {
  if (entry.isIntersecting && shown < matches.length) show(ROWS_PER_STEP);
}).observe(moreButton);
window.addEventListener("beforeprint", () => show(matches.length));

byId("filters").hidden = false;
filter();
