// One photo on the page: its caption word by word, other captions, questions and answers, and what can be kept.
import { model, post } from "./client.js";
import { search } from "./settings.js";

const PACE = 170;  // milliseconds a word
const DOUBT = { "sure": "Sure", "likely": "Likely", "a guess": "A guess" };
const template = document.querySelector("#card");
const news = document.querySelector("#news");
const still = matchMedia("(prefers-reduced-motion: reduce)");

const pause = (milliseconds) => new Promise((go) => setTimeout(go, milliseconds));
const percent = (share) => `${(100 * share).toFixed(share >= 0.0995 ? 0 : 1)}\u00a0%`;

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// Puts words into a group: buttons if they have attention to show, text if not.
function fill(group, { words, pictures, hint }) {
  if (!hint) {
    group.removeAttribute("role");
    group.removeAttribute("aria-label");
    group.replaceChildren(words.join(" "));
    return;
  }
  group.replaceChildren(...pictures.map(({ word, said, cover, away }, at) => {
    const button = element("button", { type: "button", tabIndex: at ? -1 : 0, textContent: word });
    Object.assign(button.dataset, { said, cover, away });
    button.setAttribute("aria-pressed", false);
    return button;
  }));
}

function group(label) {
  const made = element("div", { className: "words" });
  made.setAttribute("role", "group");
  made.setAttribute("aria-label", label);
  made.lang = "";
  return made;
}

export class Card {
  constructor(photo) {
    this.photo = photo;
    this.root = template.content.cloneNode(true).firstElementChild;
    this.root.card = this;
    this.root.setAttribute("aria-label", photo.name || "Pasted photo");
    this.image = this.find(".photo img");
    this.image.alt = photo.name ? `The photo ${photo.name}` : "The pasted photo";
    this.image.src = URL.createObjectURL(photo);
    this.image.addEventListener("load", () => {
      const { naturalWidth: width, naturalHeight: height } = this.image;
      this.root.style.setProperty("--aspect", width / height);
    });
    this.image.addEventListener("error", () => this.show(), { once: true });
    model.then(({ image }) => { if (image.frames > 1) this.show(); }, () => {});
    this.overlay = attend(this.find("figure"));
    this.find(".remove").setAttribute("aria-label", `Remove ${photo.name || "the pasted photo"}`);
    this.find(".again").addEventListener("click", () => this.caption());
    this.find(".ask").addEventListener("submit", (event) => { event.preventDefault(); this.ask(); });
    for (const button of this.root.querySelectorAll("[data-format]")) {
      button.addEventListener("click", () => this.keep(button.dataset.format));
    }
  }

  // Shows what the browser cannot as the server can: a photo of another format, or a clip's frames side by side.
  async show() {
    if (this.shown) return;
    this.shown = true;
    try {
      const strip = await (await post("v1/show", this.photo, {})).blob();
      URL.revokeObjectURL(this.image.src);
      this.image.src = URL.createObjectURL(strip);
    } catch {
      this.root.classList.add("unshown");
      this.find(".photo").dataset.name = this.photo.name || "The pasted photo";
    }
  }

  find(selector) { return this.root.querySelector(selector); }

  state(text) { this.find(".state").textContent = text; }

  waiting(doing) {
    return {
      begins: () => this.state(doing),
      waits: (seconds) => this.state(`The server is full; trying again in ${seconds} s …`),
    };
  }

  // Does something that may fail, and says so in words; gives false when trying again may help.
  async attempt(doing, work) {
    this.find(".trouble").textContent = "";
    this.find(".again").hidden = true;
    this.root.setAttribute("aria-busy", true);
    this.state("Waiting …");
    try {
      await work(this.waiting(doing));
      return true;
    } catch (error) {
      this.find(".trouble").textContent = error.message;
      return !error.mayPass;
    } finally {
      this.state("");
      this.root.removeAttribute("aria-busy");
    }
  }

  async caption() {
    this.overlay.choose(null);
    const settled = await this.attempt("Looking …", async (progress) => {
      const { heads } = await model;
      this.find(".ask").hidden = !heads.includes("answers");
      this.find(".mute").hidden = heads.includes("answers");
      if (heads.includes("captions")) {
        const query = { ...search(), attention: "pictures" };
        const reply = await (await post("v1/caption", this.photo, query, progress)).json();
        await this.speak(reply.n_best);
      }
      this.find(".more").hidden = false;
    });
    this.find(".again").hidden = settled;
  }

  async speak([best, ...others]) {
    this.said = best.caption;
    const words = this.find(".caption");
    fill(words, best);
    words.hidden = false;
    this.find(".said").dataset.hint = best.hint || "";
    const doubt = this.find(".doubt");
    doubt.hidden = !best.doubt;
    if (best.doubt) doubt.textContent = `${DOUBT[best.doubt]}: of what it names at this level, ${percent(best.right)} was right.`;
    const rest = this.find(".others");
    rest.hidden = !others.length;
    rest.replaceChildren(rest.querySelector("summary"), ...others.map((caption, at) => {
      const made = group(`Words of caption ${at + 2}`);
      fill(made, caption);
      return made;
    }));
    this.find(".keep").hidden = false;
    this.state("");
    news.textContent = `Caption: ${best.caption}`;
    const buttons = [...words.querySelectorAll("button")];
    if (!still.matches && !document.hidden) {
      for (const button of buttons) button.classList.add("unsaid");
      for (const button of buttons) {
        button.classList.remove("unsaid");
        this.overlay.show(button);
        await pause(PACE);
      }
    }
    this.overlay.show(null);
  }

  async ask() {
    const box = this.find(".ask input");
    const question = box.value.trim();
    if (!question) return;
    await this.attempt("Thinking …", async (progress) => {
      const reply = await post("v1/ask", this.photo, { question, top: 3, attention: "pictures" }, progress);
      this.answer((await reply.json()).answers[0]);
      box.value = "";
    });
  }

  answer(answers) {
    const words = group(`Words of the question ${answers.question}`);
    fill(words, answers);
    const others = answers.top.slice(1).map(({ answer, probability }) => `${answer} ${percent(probability)}`).join(", ");
    const turn = element("li", {}, words, element("p", { className: "answer" },
      element("strong", { textContent: answers.answer }), ` ${percent(answers.right ?? answers.probability)}`,
      element("small", { textContent: others ? ` or ${others}` : "" })));
    if (answers.unknown.length) {
      const unknown = [...new Set(answers.unknown)].join(", ");
      turn.append(element("p", { className: "note", textContent: `The model does not know: ${unknown}.` }));
    }
    this.find(".talk").append(turn);
    if (answers.hint) this.find(".said").dataset.hint ||= answers.hint;
    const last = [...words.querySelectorAll("button")].at(-1);
    this.overlay.show(last || null);
    news.textContent = `Answer: ${answers.answer}, ${percent(answers.right ?? answers.probability)}`;
  }

  async keep(format) {
    await this.attempt("Drawing …", async (progress) => {
      const reply = await post("v1/draw", this.photo, { caption: this.said, format }, progress);
      const address = URL.createObjectURL(await reply.blob());
      const name = (this.photo.name || "photo").replace(/\.\w+$/, "");
      element("a", { href: address, download: `${name}.attention.${format}` }).click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
    });
  }

  remove() {
    URL.revokeObjectURL(this.image.src);
    this.root.remove();
  }
}
