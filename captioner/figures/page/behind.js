
for (const section of document.querySelectorAll("section.cells:not([data-behind])")) {
  section.dataset.behind = "";
  const data = JSON.parse(section.querySelector("script.behind").textContent);
  const text = section.querySelector("pre");
  const spans = [...text.children];
  const told = section.querySelector(".next");
  const bytes = (packed) => Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const influence = bytes(data.influence);
  const expected = bytes(data.expected);
  const sure = bytes(data.probabilities);
  const tokens = new Uint16Array(bytes(data.tokens).buffer);
  const begin = spans.length - expected.length;
  let lit = [];
  let looked = -1;

  const percent = (byte) => `${Math.round(byte / 2.55)} %`;

  function layer(at, number) {
    const first = ((at - begin) * data.layers + number) * data.top;
    const best = [...tokens.subarray(first, first + data.top)].map(
      (token, place) => `${JSON.stringify(data.vocabulary[token])} ${percent(sure[first + place])}`,
    );
    return `layer ${number + 1}: ${best.join(", ")}`;
  }

  function look(at) {
    if (at < begin || at >= spans.length || at === looked) return;
    for (const span of lit) span.style.boxShadow = span.style.outline = "";
    looked = at;
    lit = [spans[at]];
    spans[at].style.outline = "2px solid currentColor";
    for (let step = 0; step < data.back && at - step - 1 >= 0; step += 1) {
      const level = influence[(at - begin) * data.back + step];
      if (level < 8) continue;
      const span = spans[at - step - 1];
      span.style.boxShadow = `inset 0 -1.5em rgba(130,40,220,${(level / 255) * 0.75})`;
      lit.push(span);
    }
    const layers = Array.from({ length: data.layers }, (_, number) => layer(at, number)).join(" · ");
    const token = JSON.stringify(spans[at].textContent);
    told.textContent = `${token} was expected with ${percent(expected[at - begin])}. After it, ${layers}`;
  }

  text.addEventListener("pointerover", (event) => look(spans.indexOf(event.target)));
  text.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    look(looked < 0 ? begin : looked + step);
    event.preventDefault();
  });
}
