// The gallery's search: words go out, photos come back, best first; and how many photos can be searched by now.
import { patiently } from "./client.js";

const AGAIN = 2000;  // milliseconds between two looks at how far the server is
const find = (id) => document.getElementById(id);
const count = (number, what) => `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;

function far({ known, total, done, trouble }) {
  if (trouble) return `${trouble.charAt(0).toUpperCase()}${trouble.slice(1)}.`;
  if (!done && !known) return `0 of ${count(total, "photo")} known; none can be searched yet.`;
  if (!done) return `${known.toLocaleString("en")} of ${count(total, "photo")} known; searched among these.`;
  const left = total - known;
  return `${count(known, "photo")} can be searched${left ? `; ${left.toLocaleString("en")} cannot be read` : ""}.`;
}

function told({ hits, unknown, searched }, words) {
  const missing = unknown.length ? ` The model does not know: ${unknown.join(", ")}.` : "";
  const among = `among ${searched.known.toLocaleString("en")}`;
  const meaning = "Numbers tell how much likelier the words are for a photo than for any, in nats.";
  return `${count(hits.length, "photo")} for \u201c${words}\u201d, best first, ${among}.${missing} ${meaning}`;
}

let watching = false;
async function watch() {
  if (watching) return;
  watching = true;
  try {
    for (let done = false; !done; await new Promise((go) => setTimeout(go, done ? 0 : AGAIN))) {
      const state = await (await patiently("v1/photos/known")).json();
      find("known").textContent = far(state);
      ({ done } = state);
    }
  } catch (error) {
    find("known").textContent = error.message;
  }
  watching = false;
}

// `show(hits)` is called with what was found, `all()` when the search is over; gives `watch`, for when the photos change.
export function searchable({ show, all }) {
  let latest = 0;
  const over = () => {
    latest += 1;
    find("words").value = find("told").textContent = "";
    find("all").hidden = true;
    all();
  };
  find("search").addEventListener("submit", async (event) => {
    event.preventDefault();
    const words = find("words").value.trim(), mine = ++latest;
    if (!words) return over();
    find("told").textContent = "Looking \u2026";
    watch();
    try {
      const reply = await (await patiently(`v1/photos/found?${new URLSearchParams({ words })}`)).json();
      if (mine !== latest) return;
      show(reply.hits);
      find("told").textContent = told(reply, words);
      find("all").hidden = false;
    } catch (error) {
      if (mine === latest) find("told").textContent = error.message;
    }
  });
  find("all").addEventListener("click", over);
  document.addEventListener("keydown", (event) => {
    const open = document.querySelector("dialog[open]");
    if (event.key === "/" && !open && event.target !== find("words")) find("words").focus();
    else if (event.key === "Escape" && !open && (find("words").value || !find("all").hidden)) over();
    else if (event.key === "ArrowDown" && event.target === find("words")) find("grid").querySelector("button")?.focus();
    else return;
    event.preventDefault();
  });
  find("search").hidden = find("slash").hidden = false;
  return { watch };
}
