// Photos in: dropped, pasted, chosen or taken. One is looked at closely, several make a gallery.
import { Card } from "./card.js";
import { model } from "./client.js";
import { offer, onChange } from "./settings.js";

const photos = document.querySelector("#photos");
const news = document.querySelector("#news");
const cards = () => [...photos.children].map((root) => root.card);

function open(chosen) {
  for (const { root } of cards()) {
    const is = root.card === chosen;
    root.classList.toggle("open", is);
    const button = root.querySelector(".open");
    button.setAttribute("aria-pressed", is);
    button.textContent = is ? "Look from afar" : "Look closer";
    button.hidden = is && cards().length === 1;
  }
}

function add(files) {
  const given = [...files];
  if (!given.length) return;
  const made = given.map((file) => new Card(file));
  photos.prepend(...made.map((card) => card.root));
  document.body.classList.add("busy");
  open(made.length === 1 ? made[0] : null);
  if (given.length > 1) news.textContent = `${given.length} photos`;
  for (const card of made) {
    card.root.querySelector(".open").addEventListener("click", () => {
      open(card.root.classList.contains("open") ? null : card);
      card.root.scrollIntoView({ block: "nearest" });
    });
    card.root.querySelector(".remove").addEventListener("click", () => {
      card.remove();
      if (cards().length === 1) open(cards()[0]);
      if (!cards().length) document.body.classList.remove("busy");
      document.querySelector("#files").focus();
    });
    card.caption();
  }
}

for (const input of document.querySelectorAll("input[type=file]")) {
  input.addEventListener("change", () => {
    add(input.files);
    input.value = "";  // the same photo may be chosen again
  });
}

let over = 0;  // dragenter and dragleave come for every element that is crossed
const dragged = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
function dragging(step) {
  over = Math.max(0, over + step);
  document.body.classList.toggle("dragging", over > 0);
}
addEventListener("dragenter", (event) => { if (dragged(event)) dragging(1); });
addEventListener("dragleave", (event) => { if (dragged(event)) dragging(-1); });
addEventListener("dragover", (event) => { if (dragged(event)) event.preventDefault(); });
addEventListener("drop", (event) => {
  if (!dragged(event)) return;
  event.preventDefault();
  dragging(-over);
  add(event.dataTransfer.files);
});
addEventListener("paste", (event) => {
  if (!event.clipboardData.files.length) return;
  event.preventDefault();
  add(event.clipboardData.files);
});

onChange(() => { for (const card of cards()) card.caption(); });

model.then(({ name, heads, languages }) => {
  offer(languages);
  const what = { captions: "captions photos", answers: "answers questions" };
  document.querySelector("#model").textContent = `${name} · ${heads.map((head) => what[head]).join(" and ")}`;
}, (error) => { document.querySelector("#model").textContent = error.message; });
