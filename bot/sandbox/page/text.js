// A text and its entities (offsets in UTF-16 units, as JavaScript counts) as DOM nodes.

import { el } from "./dom.js";

const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};

function wrap(entity, text, children, onCommand) {
  switch (entity.type) {
    case "bot_command": {
      const button = el("button", { type: "button" }, ...children);
      button.addEventListener("click", () => onCommand(text));
      return button;
    }
    case "url":
    case "text_link": {
      const href = entity.url || text;
      if (!/^https?:/i.test(href)) return el("span", {}, ...children);
      return el("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...children);
    }
    case "spoiler":
      return el("span", { className: "spoiler", tabIndex: 0 }, ...children);
    default:
      return el(TAGS[entity.type] || "span", {}, ...children);
  }
}

// Entities nest properly: outer ones come first after sorting.
export function render(text, entities = [], onCommand) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  function part(start, stop, inner) {
    const nodes = [];
    let at = start;
    for (let index = 0; index < inner.length; index += 1) {
      const entity = inner[index];
      if (entity.offset < at) continue;
      const end = Math.min(stop, entity.offset + entity.length);
      nodes.push(text.slice(at, entity.offset));
      const nested = inner.slice(index + 1).filter((one) => one.offset < end);
      nodes.push(wrap(entity, text.slice(entity.offset, end), part(entity.offset, end, nested), onCommand));
      at = end;
    }
    nodes.push(text.slice(at, stop));
    return nodes;
  }
  return part(0, text.length, sorted);
}
