// The samples: one click sends a photo and a style as an album.

import * as api from "./api.js";
import { $, el, toast } from "./dom.js";

const title = (name) => name.replaceAll(/[-_]/g, " ");

async function asFile(name) {
  const answer = await fetch(api.sampleUrl(name));
  if (!answer.ok) throw new Error("The sample could not be loaded.");
  return new File([await answer.blob()], `${name}.jpg`, { type: "image/jpeg" });
}

export async function show(composer) {
  const samples = await api.samples().catch(() => []);
  const photos = samples.filter((sample) => sample.kind === "photo");
  const styles = samples.filter((sample) => sample.kind === "style");
  if (!photos.length || !styles.length) return;
  let photo = photos[0].name;

  const radios = photos.map(({ name }) => {
    const image = el("img", { src: api.sampleUrl(name), alt: title(name) });
    const radio = el("button", { type: "button", role: "radio", "aria-checked": String(name === photo) }, image);
    radio.addEventListener("click", () => {
      photo = name;
      for (const other of radios) other.setAttribute("aria-checked", String(other === radio));
    });
    return radio;
  });
  $("sample-photos").replaceChildren(...radios);

  const buttons = styles.map(({ name }) => {
    const image = el("img", { src: api.sampleUrl(name), alt: "" });
    const button = el("button", { type: "button", "aria-label": `Paint in the style ${title(name)}` },
      image, el("span", {}, title(name)));
    button.addEventListener("click", async () => {
      for (const one of buttons) one.disabled = true;
      try {
        const pictures = await Promise.all([asFile(photo), asFile(name)]);
        if (await composer.send("", pictures)) $("side").classList.remove("open");
      } catch (error) {
        toast(error.message);
      } finally {
        for (const one of buttons) one.disabled = false;
      }
    });
    return button;
  });
  $("sample-styles").replaceChildren(...buttons);
  for (const id of ["samples", "side-open", "empty-samples"]) $(id).hidden = false;
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
