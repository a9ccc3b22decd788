// Draws messages; keeps them in place when they change. Knows nothing of the network.

import { fileUrl } from "./api.js";
import { $, bytes, el, icon, openViewer } from "./dom.js";
import { render } from "./text.js";

const REPLY = "M9 7l-5 5 5 5M4 12h9a6 6 0 016 6";
const FILE = "M7 3h7l4 4v14H7zM14 3v5h4";

// `act` has onPress(message, button, element), onReply(message), onCommand(text).
export class Messages {
  constructor(act) {
    this.act = act;
    this.shown = new Map();
    this.self = 0; // the id of the person at the page
    this.topic = null; // the only one that is shown; null: all
  }

  clear() {
    this.shown.clear();
    this.topic = null;
    $("messages").replaceChildren();
  }

  turnTo(topic) {
    this.topic = topic;
    for (const { item, parts } of this.shown.values()) item.hidden = this.isElsewhere(parts[0]);
  }

  isElsewhere(message) {
    return this.topic !== null && this.topic !== (message.message_thread_id ?? 0);
  }

  get size() {
    return this.shown.size;
  }

  put({ message, reactions, keyboard }) {
    const id = message.message_id;
    const entry = this.shown.get(id);
    const album = message.media_group_id && !message.document ? this.albumOf(message) : null;
    if (entry) {
      entry.message = message;
      this.draw(entry, reactions);
    } else if (album) {
      album.parts.push(message);
      this.shown.set(id, { ...album, message });
      this.drawAlbum(album);
    } else {
      const item = el("li", { className: "message" });
      item.dataset.id = id;
      const added = { item, message, parts: [message] };
      this.shown.set(id, added);
      this.draw(added, reactions);
      $("messages").append(item);
      item.classList.toggle("first", this.startsGroup(item));
      item.hidden = this.isElsewhere(message);
    }
    return keyboard;
  }

  remove(id) {
    const entry = this.shown.get(id);
    if (!entry) return;
    this.shown.delete(id);
    const index = entry.parts.findIndex((part) => part.message_id === id);
    if (index >= 0) entry.parts.splice(index, 1);
    if (entry.parts.length > 1) this.drawAlbum(entry);
    else if (entry.parts.length === 1) this.draw({ ...entry, message: entry.parts[0] }, []);
    else entry.item.remove();
  }

  albumOf(message) {
    for (const entry of this.shown.values()) {
      if (entry.parts[0]?.media_group_id === message.media_group_id) return entry;
    }
    return null;
  }

  startsGroup(item) {
    const before = item.previousElementSibling;
    return !before || before.classList.contains("mine") !== item.classList.contains("mine");
  }

  drawAlbum(entry) {
    const pictures = entry.parts.map((part) => picture(part.photo, part.caption));
    const album = el("div", { className: pictures.length > MANY ? "album many" : "album" }, ...pictures);
    // A caption is the album's where it is the only one, and else its picture's, seen when that opens.
    const captions = entry.parts.filter((part) => part.caption);
    const captioned = captions.length === 1 ? captions[0] : null;
    if (!captioned) album.append(el("span", { className: "stamp" }, time(entry.parts[0])));
    entry.item.style.setProperty("--wide", `${ALBUM_WIDE}px`);
    this.fill(entry, [album, captioned ? this.words(captioned) : null], entry.parts[0], []);
  }

  draw(entry, reactions) {
    const { message, item } = entry;
    if (entry.parts.length > 1) {
      entry.parts.splice(entry.parts.findIndex((one) => one.message_id === message.message_id), 1, message);
      this.drawAlbum(entry);
      return;
    }
    const service = serviceText(message);
    if (service) {
      item.className = "service";
      item.textContent = service;
      return;
    }
    const old = item.querySelector(".bubble > .picture img:last-child");
    const content = [];
    const seen = message.photo?.at(-1) ?? message.animation;
    item.style.setProperty("--wide", seen?.width ? `${widthOf(seen)}px` : "460px");
    if (message.photo) content.push(picture(message.photo, message.caption, old, !message.caption && time(message)));
    else if (message.animation) content.push(animation(message.animation, !message.caption && time(message)));
    else if (message.sticker) content.push(sticker(message.sticker));
    else if (message.video) content.push(film(message.video, { controls: true }));
    else if (message.voice) content.push(voice(message.voice));
    else if (message.document) content.push(documentCard(message.document));
    if (message.live_photo) content[0].append(el("span", { className: "badge" }, "LIVE"));
    if (message.text || message.caption) content.push(this.words(message));
    this.fill(entry, content, message, reactions);
  }

  fill({ item }, content, message, reactions) {
    const mine = message.from?.id === this.self;
    item.classList.toggle("mine", mine);
    const sender = message.chat.type !== "private" && !mine && el("div", { className: "sender" }, nameOf(message));
    const bubble = el("div", { className: "bubble" }, sender || null, quote(message), ...content);
    const stack = el("div", { className: "stack" }, bubble, this.keys(message));
    if (reactions.length) {
      stack.append(el("div", { className: "reactions" }, ...reactions.map((one) => el("span", {}, one))));
    }
    const reply = el("button", { className: "icon reply", type: "button", "aria-label": "Reply" }, icon(REPLY));
    reply.addEventListener("click", () => this.act.onReply(message));
    item.replaceChildren(stack, reply);
  }

  words(message) {
    const text = message.text ?? message.caption;
    const entities = message.entities ?? message.caption_entities;
    const stamp = (message.edit_date ? "edited " : "") + time(message);
    return el("div", { className: "words", "data-time": stamp }, ...render(text, entities, this.act.onCommand));
  }

  keys(message) {
    const rows = message.reply_markup?.inline_keyboard;
    if (!rows) return null;
    return el("div", { className: "keys" }, ...rows.map((row) => el("div", {}, ...row.map((button) => {
      if (button.url) {
        return el("a", { href: button.url, target: "_blank", rel: "noopener noreferrer" }, button.text);
      }
      const key = el("button", { type: "button" }, button.text);
      key.addEventListener("click", () => this.act.onPress(message, button, key));
      return key;
    }))));
  }
}

const ALBUM_WIDE = 400;
const MANY = 4; // pictures that go into two columns
const [LEAST_WIDE, MIN_WIDE, MAX_WIDE, MAX_HIGH] = [200, 400, 440, 520];
const CLOCK = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });
const time = (message) => CLOCK.format(new Date((message.edit_date || message.date) * 1000));

function serviceText(message) {
  if (message.forum_topic_created) return `Topic “${message.forum_topic_created.name}” was created`;
  if (message.migrate_to_chat_id) return "The group is a supergroup now";
  if (message.migrate_from_chat_id) return "The group was upgraded to a supergroup";
  return "";
}

// Channels, and administrators who hide behind their group, speak as a chat.
const nameOf = (message) => message.sender_chat?.title ?? message.from.first_name;

function quote(message) {
  const original = message.reply_to_message;
  if (!original) return null;
  const text = original.text || original.caption || (original.photo ? "Photo" : "File");
  return el("div", { className: "quote" }, el("b", {}, nameOf(original)), el("span", {}, text));
}

// Small pictures are shown enlarged, so that a painting does not jump while it grows.
function widthOf({ width, height }) {
  const wide = Math.min(MAX_WIDE, Math.max(MIN_WIDE, width), Math.round((width / height) * MAX_HIGH));
  return Math.max(wide, LEAST_WIDE);
}

// `old` is the picture that stood here before: the new one fades in over it.
function picture(sizes, caption, old, stamp) {
  const size = sizes.at(-1);
  const url = fileUrl(size.file_id);
  const label = caption || "Photo";
  const button = el("button", { className: "picture", type: "button", "aria-label": `Open: ${label}` });
  button.style.setProperty("--ratio", `${size.width} / ${size.height}`);
  const image = el("img", { src: url, alt: label });
  if (old && !old.src.endsWith(url)) {
    const before = el("img", { src: old.src, alt: "" });
    button.append(before);
    image.className = "coming";
    image.hidden = true;
    image.addEventListener("load", () => { image.hidden = false; });
  }
  button.append(image);
  if (stamp) button.append(el("span", { className: "stamp" }, stamp));
  button.addEventListener("click", () => openViewer(url, label));
  return button;
}

// As at Telegram: it runs by itself, without an end, and nothing covers it.
function animation(file, stamp) {
  const shown = file.mime_type === "image/gif"
    ? el("img", { src: fileUrl(file.file_id), alt: file.file_name || "Animation" })
    : film(file, { autoplay: true, loop: true });
  return el("div", { className: "animation" }, shown, stamp ? el("span", { className: "stamp" }, stamp) : null);
}

function film(file, how) {
  return el("video", { src: fileUrl(file.file_id), muted: true, playsInline: true, ...how });
}

function sticker(file) {
  const still = file.is_video || file.is_animated ? file.thumbnail : file;
  if (!still) return el("span", { className: "sticker" }, file.emoji || "Sticker");
  return el("img", { src: fileUrl(still.file_id), alt: "Sticker", className: "sticker" });
}

function voice(file) {
  return el("audio", { src: fileUrl(file.file_id), controls: true });
}

function documentCard(file) {
  const thumb = file.thumbnail
    ? el("img", { className: "thumb", src: fileUrl(file.thumbnail.file_id), alt: "" })
    : el("span", { className: "thumb" }, icon(FILE));
  const about = el("span", { className: "about" },
    el("span", { className: "name" }, file.file_name || "File"),
    el("span", { className: "size" }, `${bytes(file.file_size)} · save`));
  return el("a", { className: "document", href: `${fileUrl(file.file_id)}?download`, download: file.file_name || "" }, thumb, about);
}
