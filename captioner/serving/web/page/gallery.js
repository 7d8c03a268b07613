// The gallery: photos of a folder, one after the other, and their captions to be read or written.
import { model, patiently, post } from "./client.js";
import { searchable } from "./search.js";

const find = (id) => document.getElementById(id);
const grid = find("grid"), large = find("large"), text = find("edit").querySelector("textarea");
const WHO = { person: "Written by a person.", model: "Said by a model.", "": "" };
const photos = [];
let total = 0, edit = false, speaks = false, open = -1;
model.then(({ heads }) => { speaks = heads.includes("captions"); }, () => {});

const address = (photo, size) => `v1/photos/${photo.name}/${size}`;

const asked = async (path, settings) => (await patiently(path, settings)).json();

// Shows a picture once its turn has come: a browser alone would ask for all of them at once, and be refused.
async function draw(image, path, wanted = () => true) {
  try {
    const picture = URL.createObjectURL(await (await patiently(path)).blob());
    if (wanted()) image.src = picture;
    await image.decode();
    URL.revokeObjectURL(picture);
  } catch (error) {
    image.alt = error.message;
  }
}

const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    draw(target, target.dataset.path);
  }
}, { rootMargin: "300px" });

function label(photo) {
  return photo.caption || photo.label;
}

function add(photo, score = null) {
  const one = find("one").content.cloneNode(true), place = photos.push(photo) - 1;
  const button = one.querySelector("button");
  const image = one.querySelector("img");
  image.dataset.path = address(photo, "small");
  one.querySelector("span").textContent = label(photo);
  const number = one.querySelector("small");
  number.hidden = score === null;
  if (score !== null) number.textContent = `${score < 0 ? "\u2212" : "+"}${Math.abs(score).toFixed(2)}`;
  button.addEventListener("click", () => show(place));
  grid.append(one);
  seen.observe(image);
}

// Takes all photos off the page; what is still on its way for them is not wanted any more.
let first = 0, showing = 0;
function clear() {
  showing += 1;
  first = photos.length = 0;
  grid.replaceChildren();
  find("more").hidden = true;
  find("trouble").textContent = "";
  return showing;
}

let search = null;
async function more() {
  const mine = showing;
  find("more").disabled = true;
  try {
    const some = await asked(`v1/photos?first=${first}`);
    if (some.search) search ??= searchable({ show: found, all: () => { clear(); more(); } });
    search?.watch();
    ({ total, edit } = some);
    find("count").textContent = total === 1 ? "1 photo" : `${total.toLocaleString("en")} photos`;
    if (mine !== showing) return;
    first += 200;
    some.photos.forEach((photo) => add(photo));
    find("trouble").textContent = "";
    find("more").hidden = first >= total;
  } catch (error) {
    if (mine === showing) find("trouble").textContent = error.message;
  } finally {
    find("more").disabled = false;
  }
}

function found(hits) {
  clear();
  hits.forEach(({ photo, score }) => add(photo, score));
}

function show(place) {
  open = place;
  const photo = photos[place];
  const image = large.querySelector("img");
  image.removeAttribute("src");
  image.alt = photo.caption;
  draw(image, address(photo, "large"), () => open === place);
  find("label").textContent = photo.label;
  find("by").textContent = WHO[photo.by];
  find("caption").textContent = photo.caption;
  find("caption").hidden = edit;
  text.value = photo.caption;
  find("edit").hidden = find("save").hidden = !edit;
  find("suggest").hidden = !edit || !speaks;
  find("said").textContent = "";
  find("before").disabled = place === 0;
  find("after").disabled = place === photos.length - 1;
  if (!large.open) large.showModal();
}

function step(by) {
  if (photos[open + by]) show(open + by);
}

async function save() {
  const photo = photos[open], button = grid.children[open];
  try {
    Object.assign(photo, await asked(`v1/photos/${photo.name}/caption`, { method: "PUT", body: text.value }));
    button.querySelector("span").textContent = label(photo);
    find("by").textContent = WHO[photo.by];
    find("said").textContent = "Saved.";
  } catch (error) {
    find("said").textContent = error.message;
  }
}

async function suggest() {
  find("said").textContent = "Looking …";
  try {
    const picture = await (await patiently(address(photos[open], "large"))).blob();
    text.value = (await (await post("v1/caption", picture, {})).json()).caption;
    find("said").textContent = "";
    text.focus();
  } catch (error) {
    find("said").textContent = error.message;
  }
}

grid.addEventListener("keydown", (event) => {
  const buttons = [...grid.querySelectorAll("button")], at = buttons.indexOf(document.activeElement);
  const across = getComputedStyle(grid).gridTemplateColumns.split(" ").length;
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + across, ArrowUp: at - across,
    Home: 0, End: buttons.length - 1 }[event.key];
  if (at < 0 || !buttons[to]) return;
  event.preventDefault();
  buttons[to].focus();
});
large.addEventListener("keydown", (event) => {
  const typing = event.target === text;
  if (typing && event.key === "Enter" && (event.ctrlKey || event.metaKey)) save();
  else if (!typing && event.key === "ArrowRight") step(1);
  else if (!typing && event.key === "ArrowLeft") step(-1);
  else if (!typing && event.key === "e" && edit) text.focus();
  else return;
  event.preventDefault();
});
large.addEventListener("close", () => grid.children[open]?.querySelector("button").focus());
find("before").addEventListener("click", () => step(-1));
find("after").addEventListener("click", () => step(1));
find("save").addEventListener("click", save);
find("suggest").addEventListener("click", suggest);
find("more").addEventListener("click", more);
more();
