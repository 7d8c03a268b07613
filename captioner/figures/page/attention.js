
// Each button of a .words group lays its cover over the figure's .photo and says in .said where the attention is.
function attend(figure) {
  figure.dataset.ready = "";
  const said = figure.querySelector(".said");
  const cover = new Image();
  cover.alt = "";
  let shown = null;
  let stays = null;  // the word that was chosen, and that is shown again when the pointer leaves

  const word = (event) => event.target.closest(".words button");
  const group = (word) => [...word.closest(".words").querySelectorAll("button")];

  function show(word) {
    if (shown) shown.setAttribute("aria-pressed", false);
    if (word) word.setAttribute("aria-pressed", true);
    shown = word;
    const text = word ? `${word.textContent}: ${word.dataset.said}` : said.dataset.hint;
    if (said.textContent !== text) said.textContent = text;
    if (word && word.dataset.cover) {
      cover.src = word.dataset.cover;
      figure.querySelector(".photo").append(cover);
    } else {
      cover.remove();
    }
  }

  function choose(word) {
    stays = word;
    show(word);
    if (!word) return;
    for (const each of group(word)) each.tabIndex = each === word ? 0 : -1;  // Tab enters once, arrows step
    word.focus({ preventScroll: true });
  }

  figure.addEventListener("focusin", (event) => {
    if (word(event) && word(event) !== stays && event.target.matches(":focus-visible")) choose(word(event));
  });
  figure.addEventListener("click", (event) => {
    if (word(event)) choose(word(event) === stays ? null : word(event));
  });
  for (const name of ["pointerover", "pointerleave"]) {
    figure.addEventListener(name, (event) => {
      if (event.pointerType !== "mouse") return;
      const pointed = name === "pointerover" && word(event) || stays;
      if (pointed !== shown) show(pointed);
    });
  }
  figure.addEventListener("keydown", (event) => {
    if (!word(event)) return;
    const words = group(word(event));
    const at = words.indexOf(word(event)), last = words.length - 1;
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: last };
    if (event.key === "Escape") choose(null);
    else if (event.key in to) choose(words[Math.min(Math.max(to[event.key], 0), last)]);
    else return;
    event.preventDefault();
  });
  return { show, choose };
}
for (const figure of document.querySelectorAll("figure.attention:not([data-ready])")) attend(figure);
