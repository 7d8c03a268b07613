
for (const figure of document.querySelectorAll("figure.attention:not([data-ready])")) {
  figure.dataset.ready = "";
  const words = [...figure.querySelectorAll(".words button")];
  const said = figure.querySelector(".said");
  const cover = new Image();
  cover.alt = "";
  let stays = null;  // the word that was chosen, and that is shown again when the pointer leaves

  function show(word) {
    for (const each of words) each.setAttribute("aria-pressed", each === word);
    said.textContent = word ? `${word.textContent}: ${word.dataset.said}` : said.dataset.hint;
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
    for (const each of words) each.tabIndex = each === word ? 0 : -1;  // Tab enters once, arrows step
    word.focus({ preventScroll: true });
  }

  words.forEach((word, at) => {
    word.tabIndex = at ? -1 : 0;
    word.addEventListener("focus", () => { if (word.matches(":focus-visible")) choose(word); });
    word.addEventListener("click", () => choose(word === stays ? null : word));
    word.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") show(word); });
    word.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") show(stays); });
    word.addEventListener("keydown", (event) => {
      const last = words.length - 1;
      const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: last };
      if (event.key === "Escape") choose(null);
      else if (event.key in to) choose(words[Math.min(Math.max(to[event.key], 0), last)]);
      else return;
      event.preventDefault();
    });
  });
  if (words.length) show(null);
}
