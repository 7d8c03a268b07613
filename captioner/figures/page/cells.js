
for (const section of document.querySelectorAll("section.cells:not([data-ready])")) {
  section.dataset.ready = "";
  const spans = [...section.querySelectorAll("pre span")];
  const [unit, mark] = section.querySelectorAll("select");
  const buttons = [...section.querySelectorAll("button")];
  const said = section.querySelector(".said");
  let values = [];

  const unpack = (option) => Int8Array.from(atob(option.dataset.of), (letter) => letter.charCodeAt(0));
  const colour = (value) => `rgba(${value > 0 ? "224,122,0" : "0,110,230"},${Math.abs(value) * 0.0085})`;

  function show() {
    values = unpack(unit.selectedOptions[0]);
    spans.forEach((span, at) => { span.style.background = colour(values[at]); });
    const chosen = mark.selectedOptions[0];
    const yes = chosen.dataset.of ? unpack(chosen) : [];
    spans.forEach((span, at) => span.classList.toggle("yes", Boolean(yes[at])));
    for (const each of buttons) {
      each.setAttribute("aria-pressed", each.dataset.unit === unit.value && each.dataset.mark === mark.value);
    }
  }

  unit.addEventListener("change", show);
  mark.addEventListener("change", show);
  for (const each of buttons) {
    each.addEventListener("click", () => {
      unit.value = each.dataset.unit;
      mark.value = each.dataset.mark;
      show();
    });
  }
  section.querySelector("pre").addEventListener("pointerover", (event) => {
    const at = spans.indexOf(event.target);
    if (at < 0) return;
    const { middle, half } = unit.selectedOptions[0].dataset;
    const value = Number(middle) + values[at] / 100 * Number(half);
    said.textContent = `unit ${unit.value} after ${JSON.stringify(spans[at].textContent)}: ${value.toPrecision(3)}`;
  });
  section.querySelector("pre").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    unit.selectedIndex = Math.min(Math.max(unit.selectedIndex + step, 0), unit.options.length - 1);
    show();
    event.preventDefault();
  });
  show();
}
