// The composer: text, pictures by picking, dropping and pasting, commands, replies.

import * as api from "./api.js";
import { $, el, icon, toast } from "./dom.js";
import { inGroup } from "./groups.js";

const CROSS = "M6 6l12 12M18 6L6 18";
const MAX_FILES = 10;

export class Composer {
  constructor(chat, where) {
    this.chat = chat; // () => the chat's id
    this.where = where; // () => who writes, and where in the chat
    this.files = [];
    this.replyTo = null;
    this.hint = ""; // what a forced reply asks for
    $("composer").addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    $("text").addEventListener("input", () => this.refresh());
    $("text").addEventListener("keydown", (event) => this.onKey(event));
    $("attach").addEventListener("click", () => $("files").click());
    $("empty-pick").addEventListener("click", () => this.pick());
    $("files").addEventListener("change", () => { this.add($("files").files); $("files").value = ""; });
    $("replying-off").addEventListener("click", () => this.reply(null));
    $("commands").addEventListener("click", () => this.toggleMenu());
    document.addEventListener("click", (event) => {
      if (!event.target.closest("#menu, #commands")) this.closeMenu();
    });
    document.addEventListener("paste", (event) => this.add(event.clipboardData.files, event));
    this.acceptDrops($("chat"));
    this.refresh();
  }

  acceptDrops(area) {
    const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
    document.addEventListener("dragover", (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      $("drop").hidden = false;
    });
    document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) $("drop").hidden = true; });
    document.addEventListener("drop", (event) => {
      $("drop").hidden = true;
      if (holdsFiles(event)) this.add(event.dataTransfer.files, event);
      area.querySelector("#text").focus();
    });
  }

  add(files, event) {
    if (!files.length) return;
    event?.preventDefault();
    this.files.push(...files);
    if (this.files.length > MAX_FILES) {
      this.files.length = MAX_FILES;
      toast(`At most ${MAX_FILES} pictures go into one album.`);
    }
    this.refresh();
    $("text").focus();
  }

  reply(message, hint = "") {
    this.replyTo = message;
    this.hint = hint;
    $("replying").hidden = !message;
    if (message) {
      $("replying-text").textContent = message.text || message.caption || "Photo";
      $("text").focus();
    }
    this.refresh();
  }

  // Is this what was to be written in reply?
  answers(message) {
    const to = message.reply_to_message?.message_id;
    return to !== undefined && to === this.replyTo?.message_id && message.from.id === this.where().user;
  }

  // In a group the bot sees only what is meant for it.
  pick() {
    if (inGroup() && !$("text").value) $("text").value = "/style";
    $("files").click();
  }

  onKey(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "Escape") {
      this.closeMenu();
      this.reply(null);
    }
  }

  async submit() {
    const text = $("text").value.trim();
    const files = this.files;
    if (!text && !files.length) return;
    if (await this.send(text, files, $("as-files").checked)) {
      $("text").value = "";
      this.files = this.files.filter((file) => !files.includes(file));
      this.reply(null);
      this.refresh();
    }
  }

  // True where it was sent; else the reason is shown and nothing typed is lost.
  async send(text, files = [], asFiles = false) {
    $("send").disabled = true;
    try {
      await api.send(this.chat(), text, [...files], asFiles, { ...this.where(), reply_to: this.replyTo?.message_id });
      return true;
    } catch (error) {
      toast(error.message);
      return false;
    } finally {
      this.refresh();
    }
  }

  // A whole request. Of an album in a group the bot sees no more than the part with the command.
  async order(photo, style) {
    if (!inGroup()) return this.send("", [photo, style]);
    try {
      const where = this.where();
      const { messages: [{ message_id: id }] } = await api.send(this.chat(), "", [photo], false, where);
      await api.send(this.chat(), "/style", [style], false, { ...where, reply_to: id });
      return true;
    } catch (error) {
      toast(error.message);
      return false;
    }
  }

  refresh() {
    const box = $("text");
    box.placeholder = this.files.length ? "Add a caption" : this.hint || "Message";
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight + 2}px`;
    $("tray").hidden = !this.files.length;
    $("send").disabled = !box.value.trim() && !this.files.length;
    for (const image of $("picked").querySelectorAll("img")) URL.revokeObjectURL(image.src);
    $("picked").replaceChildren(...this.files.map((file, index) => this.preview(file, index)));
  }

  preview(file, index) {
    const remove = el("button", { type: "button", "aria-label": `Remove ${file.name}` }, icon(CROSS));
    remove.addEventListener("click", () => {
      this.files.splice(index, 1);
      this.refresh();
    });
    const shown = file.type.startsWith("image/") && !/hei[cf]/.test(file.type)
      ? el("img", { src: URL.createObjectURL(file), alt: file.name })
      : el("span", { className: "name" }, file.name);
    const role = this.files.length > 1 ? ["photo", "style"][Math.min(index, 1)] : null;
    return el("li", {}, shown, role && el("span", { className: "role" }, role), remove);
  }

  async toggleMenu() {
    if (!$("menu").hidden) {
      this.closeMenu();
      return;
    }
    const commands = await api.commands(this.chat(), this.where().user).catch(() => []);
    if (!commands.length) {
      toast("The bot has not set its commands yet.");
      return;
    }
    $("menu").replaceChildren(...commands.map(({ command, description }) => {
      const item = el("button", { type: "button", role: "menuitem" },
        el("b", {}, `/${command}`), el("span", {}, description));
      item.addEventListener("click", () => { this.closeMenu(); this.send(`/${command}`); });
      return item;
    }));
    $("menu").hidden = false;
    $("commands").setAttribute("aria-expanded", "true");
    $("menu").firstElementChild.focus();
    $("menu").onkeydown = (event) => this.onMenuKey(event);
  }

  onMenuKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const items = [...$("menu").children];
    if (step) {
      event.preventDefault();
      items.at((items.indexOf(document.activeElement) + step) % items.length).focus();
    } else if (event.key === "Escape") {
      this.closeMenu();
      $("commands").focus();
    }
  }

  closeMenu() {
    $("menu").hidden = true;
    $("commands").setAttribute("aria-expanded", "false");
  }
}
