// The samples: one click sends a photo and a style as an album.

import * as api from "./api.js";
import { $, el, toast } from "./dom.js";

let composer = null;
let photo = null; // the name of the one that is chosen
const radios = [];
const styles = [];

async function asFile(name) {
  const answer = await fetch(api.sampleUrl(name));
  if (!answer.ok) throw new Error("The sample could not be loaded.");
  return new File([await answer.blob()], `${name}.jpg`, { type: "image/jpeg" });
}

// They are made one by one; the last answer says that there will be no more.
export async function show(sender) {
  composer = sender;
  let have = 0;
  for (let done = false; !done;) {
    let answer;
    try {
      answer = await api.samples(have);
    } catch {
      return;
    }
    for (const sample of answer.samples.slice(have)) {
      if (sample.kind === "photo") addPhoto(sample);
      else addStyle(sample);
    }
    have = answer.samples.length;
    done = answer.done;
    if (radios.length && styles.length) {
      for (const id of ["samples", "empty-samples"]) $(id).hidden = false;
    }
  }
}

function addPhoto({ name, title }) {
  photo ??= name;
  const radio = el("button", { type: "button", role: "radio", "aria-checked": String(name === photo) },
    el("img", { src: api.sampleUrl(name), alt: title }));
  radio.addEventListener("click", () => {
    photo = name;
    for (const other of radios) other.setAttribute("aria-checked", String(other === radio));
  });
  radios.push(radio);
  $("sample-photos").append(radio);
}

function addStyle({ name, title }) {
  const button = el("button", { type: "button", "aria-label": `Paint it in this style: ${title}` },
    el("img", { src: api.sampleUrl(name), alt: "", loading: "lazy" }), el("span", {}, title));
  button.addEventListener("click", () => paint(name));
  styles.push(button);
  $("sample-styles").append(button);
}

async function paint(style) {
  for (const one of styles) one.disabled = true;
  try {
    const pictures = await Promise.all([asFile(photo), asFile(style)]);
    if (await composer.order(...pictures)) $("side").classList.remove("open");
  } catch (error) {
    toast(error.message);
  } finally {
    for (const one of styles) one.disabled = false;
  }
}

export function wirePanel() {
  const open = () => { $("side").classList.add("open"); $("side-close").focus(); };
  const close = () => { $("side").classList.remove("open"); };
  $("side-open").addEventListener("click", open);
  $("empty-samples").addEventListener("click", open);
  $("side-close").addEventListener("click", close);
  $("chat").addEventListener("click", (event) => {
    if (!event.target.closest("#side-open, #empty-samples")) close();
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
}
