// The page's one loop: load a chat, then follow its changes.

import * as api from "./api.js";
import { Composer } from "./composer.js";
import { $, alertBox, el, toast } from "./dom.js";
import * as groups from "./groups.js";
import { Messages } from "./messages.js";
import * as samples from "./samples.js";

const ACTIONS = {
  typing: "is typing…", upload_photo: "is sending a photo…", upload_document: "is sending a file…",
  upload_video: "is sending a video…",
};
const ACTION_SECONDS = 5;

let chat = 0;
let revision = 0;
let stale = true; // has the chat to be loaded anew?
let polling = null; // aborts the wait for changes
let actionTimer = 0;
let listing = 0; // the number of the latest call of listChats
let sticking = true; // is the end in view, and to be kept there?
const waiting = new Map(); // callback_query_id → the pressed button
const answers = new Map(); // callback_query_id → an answer that came before its press returned

const composer = new Composer(() => chat, groups.where);
const messages = new Messages({
  onReply: (message) => composer.reply(message),
  onCommand: (text) => composer.send(text),
  onPress: press,
});

async function press(message, button, element) {
  if (element.getAttribute("aria-busy") === "true") return;
  element.setAttribute("aria-busy", "true");
  try {
    const { callback_query_id: id } = await api.press(
      chat, message.message_id, button.callback_data, groups.where().user || messages.self);
    waiting.set(id, element);
    if (answers.has(id)) answered(answers.get(id));
    setTimeout(() => { if (waiting.delete(id)) element.removeAttribute("aria-busy"); }, 15000);
  } catch (error) {
    element.removeAttribute("aria-busy");
    toast(error.message);
  }
}

function answered(answer) {
  const element = waiting.get(answer.callback_query_id);
  if (!element) {
    answers.set(answer.callback_query_id, answer);
    return;
  }
  waiting.delete(answer.callback_query_id);
  answers.delete(answer.callback_query_id);
  element.removeAttribute("aria-busy");
  if (answer.show_alert) alertBox(answer.text);
  else toast(answer.text);
}

function presence(text, lost = false) {
  $("presence").textContent = text;
  $("presence").classList.toggle("lost", lost);
}

function action(name) {
  clearTimeout(actionTimer);
  presence(name ? ACTIONS[name] || "is busy…" : "online");
  $("typing").hidden = !name;
  if (name) actionTimer = setTimeout(() => action(null), ACTION_SECONDS * 1000);
}

const atBottom = () => $("scroll").scrollHeight - $("scroll").scrollTop - $("scroll").clientHeight < 60;

// Keeps the end in view unless the reader has scrolled away from it.
function follow() {
  if (sticking) $("scroll").scrollTop = $("scroll").scrollHeight;
  $("down").hidden = sticking;
}

function apply(event) {
  if (event.type === "chat") listChats().catch(() => {});
  if (event.chat_id !== chat) return;
  if (event.type === "message" || event.type === "edited" || event.type === "reaction") {
    if (event.type === "message" && !event.by_bot) sticking = true;
    const keyboard = messages.put(event);
    if (groups.asksMe(event.message, keyboard)) composer.reply(event.message, keyboard.input_field_placeholder);
    else if (composer.answers(event.message)) composer.reply(null);
    if (event.by_bot && event.type !== "reaction") action(null);
    follow();
  }
  if (event.type === "deleted") messages.remove(event.message_id);
  if (event.type === "action") { action(event.action); follow(); }
  if (event.type === "callback_answer") answered(event);
  $("empty").hidden = messages.size > 0;
}

// The chats that the person at the page is in.
async function listChats() {
  const mine = listing += 1;
  const known = await api.chats();
  if (mine !== listing) return; // a later answer is newer
  const all = known.filter(({ members, moved_to: moved, chat: one }) =>
    members.some(({ id }) => id === messages.self) && (!moved || one.id === chat));
  const here = all.find(({ chat: one }) => one.id === chat);
  if (here?.moved_to) {
    change(here.moved_to);
    return;
  }
  if (here) {
    groups.show(here, messages.self);
    messages.turnTo(groups.topic());
    greet();
  }
  const options = all.map(({ chat: one }) => {
    const label = one.type === "private" ? $("title").textContent : one.title;
    return el("option", { value: String(one.id), selected: one.id === chat }, label);
  });
  $("chats").replaceChildren(...options);
  $("chats").hidden = all.length < 2;
}

// What an empty chat says.
function greet() {
  const group = groups.inGroup();
  $("empty-title").textContent = group ? "In a group, say /style" : "Two photos in, a painting out";
  $("empty-text").textContent = group
    ? "Send a photo with the caption /style, or reply /style to a photo. The bot asks for the style, and answers nothing else."
    : "Drop two photos here, or pick them: first the photo, then the style.";
  $("empty-pick").textContent = group ? "Choose a photo" : "Choose two photos";
}

async function load() {
  const { revision: latest, messages: shown } = await api.messages(chat);
  revision = latest;
  messages.clear();
  for (const one of shown) messages.put(one);
  $("empty").hidden = messages.size > 0;
  action(null);
  sticking = true;
  follow();
  document.body.dataset.ready = "true";
}

async function begin() {
  const about = await api.about();
  messages.self = about.user.id;
  groups.begin(about.user.id);
  await api.speak(about.user.id);
  if (!chat || about.revision < revision) {
    chat = about.user.id;
    groups.forgetFriends();
  }
  $("title").textContent = about.bot.first_name;
  await load(); // first: what changes from here on is followed
  await listChats();
}

// The only place that loads and follows, one after the other, so that no change is missed. After
// a lost connection everything is loaded anew.
async function live() {
  let problem = null;
  for (;;) {
    try {
      if (stale) {
        stale = false;
        await begin();
      }
      polling = new AbortController();
      const { revision: latest, events } = await api.changes(revision, polling.signal);
      if (latest < revision) stale = true; // another sandbox
      for (const event of events) {
        revision = event.revision;
        apply(event);
      }
      problem = null;
    } catch (error) {
      if (error.name === "AbortError") continue;
      stale = true;
      if (problem) await new Promise((done) => { setTimeout(done, 1000); });
      else presence("The sandbox is not running. Waiting for it…", true);
      problem = error;
    }
  }
}

function change(to) {
  chat = to;
  composer.reply(null);
  stale = true;
  polling?.abort();
}

function wire() {
  $("scroll").addEventListener("scroll", () => { sticking = atBottom(); $("down").hidden = sticking; }, { passive: true });
  $("down").addEventListener("click", () => { sticking = true; follow(); });
  groups.wire(() => chat, (to) => { change(to); $("side").classList.remove("open"); });
  $("topic").addEventListener("change", () => { messages.turnTo(groups.topic()); sticking = true; follow(); });
  $("chats").addEventListener("change", () => change(Number($("chats").value)));
  $("viewer").addEventListener("click", (event) => { if (!event.target.closest("a")) $("viewer").close(); });
  // Pictures that change make the list longer; the window may shrink.
  const observer = new ResizeObserver(follow);
  observer.observe($("messages"));
  observer.observe($("scroll"));
}

wire();
samples.wirePanel();
samples.show(composer);
live();
