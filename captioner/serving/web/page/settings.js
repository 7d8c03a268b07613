// The gear: how captions are searched for. The form's names are those of the API.
const details = document.querySelector("#settings");
const form = details.querySelector("form");

function relevant() {
  for (const label of form.querySelectorAll("[data-for]")) {
    label.hidden = !label.dataset.for.split(" ").includes(form.elements.method.value);
  }
}

// What is asked of the server: what belongs to the method and was filled in.
export function search() {
  const shown = [...new FormData(form)].filter(([name, value]) => value && !form.elements[name].closest("[hidden]"));
  const query = Object.fromEntries(shown);
  if (query.method === "beam" && query.n_best) query.n_best = Math.min(query.n_best, query.beam || 3);
  return query;
}

// The languages of a model that knows several, by their own names.
export function offer(codes) {
  const named = (code) => new Intl.DisplayNames([code], { type: "language" }).of(code);
  const { language } = form.elements;
  language.replaceChildren(...codes.map((code) => new Option(named(code), code)));
  language.closest("label").hidden = codes.length < 2;
}

export function onChange(again) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    details.open = false;
    details.querySelector("summary").focus();
    again();
  });
}

form.addEventListener("change", relevant);
form.addEventListener("reset", () => setTimeout(relevant));
details.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  details.open = false;
  details.querySelector("summary").focus();
});
document.addEventListener("pointerdown", (event) => {
  if (!details.contains(event.target)) details.open = false;
});
relevant();
