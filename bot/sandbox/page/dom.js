// Small helpers for building the page without innerHTML.

export const $ = (id) => document.getElementById(id);

export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("aria-") || name.startsWith("data-") || name === "role") {
      element.setAttribute(name, value);
    } else {
      element[name] = value;
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

export function toast(text) {
  if (!text) return;
  const shown = el("p", {}, text);
  $("toasts").replaceChildren(shown); // the newest is the one that counts
  setTimeout(() => shown.remove(), 4500);
}

export function alertBox(text) {
  $("alert-text").textContent = text;
  $("alert").showModal();
}

export function openViewer(url, name) {
  $("viewer-image").src = url;
  $("viewer-image").alt = name;
  $("viewer-save").href = `${url}?download`;
  $("viewer").showModal();
}

export function bytes(size) {
  if (size < 1e6) return `${Math.max(1, Math.round(size / 1e3))} kB`;
  return `${(size / 1e6).toFixed(1)} MB`;
}
