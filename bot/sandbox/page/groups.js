// Groups: making them, who writes and where, and what an owner does to the bot.

import * as api from "./api.js";
import { $, el, toast } from "./dom.js";

const FRIENDS = ["Ann", "Bob"]; // who are in every new group, besides the person at the page
let friends = [];
let guest = 0;
let opening = 0; // a topic that is open as soon as it is listed

const option = (value, text, selected) => el("option", { value: String(value), selected }, text);

export const inGroup = () => !$("group-bar").hidden;

// The topic that is open; null where there are none.
export const topic = () => ($("topic").hidden ? null : Number($("topic").value));

// Who writes, as the control API wants it: `user`, or `sender_chat` for the chat itself; `thread`.
export function where() {
  if (!inGroup()) return { user: guest };
  const [kind, id] = $("voice").value.split(":");
  return { [kind]: Number(id), thread: Number($("topic").value) || 0 };
}

// Is a forced reply to this message meant for whoever writes?
export function asksMe(message, keyboard) {
  if (!keyboard?.force_reply) return false;
  const original = message.reply_to_message;
  if (!keyboard.selective || !original) return true;
  const voice = where();
  return (original.sender_chat?.id ?? original.from.id) === (voice.sender_chat ?? voice.user);
}

// Shows the bar for a chat, as `GET /sandbox/chats` describes it; keeps what was chosen.
export function show({ chat, members, topics, bot_is_admin: admin, bot_may_write: present }, self) {
  guest = self;
  const chosen = { voice: $("voice").value, topic: opening || $("topic").value };
  const channel = chat.type === "channel";
  $("group-bar").hidden = chat.type === "private";
  const voices = channel ? [] : members.map((one) => option(`user:${one.id}`, one.first_name));
  const itself = channel ? chat.title : "Anonymous admin";
  $("voice").replaceChildren(...voices, option(`sender_chat:${chat.id}`, itself));
  $("topic").replaceChildren(option(0, "General"),
    ...topics.map((one) => option(one.message_thread_id, one.name)));
  $("topic").hidden = $("topic-new").hidden = !chat.is_forum;
  for (const [id, value] of Object.entries(chosen)) {
    if (offers(id, value)) $(id).value = value;
  }
  if (offers("topic", opening)) opening = 0;
  $("bot-admin").hidden = channel;
  $("bot-admin").textContent = admin ? "Make the bot a member" : "Make the bot an admin";
  $("bot-admin").dataset.to = String(!admin);
  $("bot-in").textContent = present ? "Remove the bot" : "Add the bot";
  $("bot-in").dataset.to = String(!present);
  $("migrate").hidden = chat.type !== "group";
}

const offers = (id, value) => [...$(id).options].some((one) => one.value === String(value));

async function addTopic(chat) {
  opening = (await api.addTopic(chat, `Topic ${$("topic").options.length}`)).message_thread_id;
  if (!offers("topic", opening)) return; // `show` opens it
  $("topic").value = String(opening);
  opening = 0;
  $("topic").dispatchEvent(new Event("change"));
}

async function create(kind) {
  if (!friends.length) {
    for (const name of FRIENDS) friends.push((await api.addUser(name)).id);
  }
  const forum = kind === "forum";
  const title = { group: "Small group", supergroup: "Group", forum: "Forum", channel: "Channel" }[kind];
  const made = await api.addChat({
    type: forum ? "supergroup" : kind, title, is_forum: forum, members: [guest, ...friends],
  });
  return made.chat.id;
}

// `chat`: () => the chat's id; `open`: shows another one.
export function wire(chat, open) {
  const act = (id, what) => $(id).addEventListener("click", () => what().catch((error) => toast(error.message)));
  for (const kind of ["group", "supergroup", "forum", "channel"]) {
    act(`new-${kind}`, async () => open(await create(kind)));
  }
  act("bot-in", () => api.allowBot(chat(), $("bot-in").dataset.to === "true"));
  act("bot-admin", () => api.promoteBot(chat(), $("bot-admin").dataset.to === "true"));
  act("migrate", () => api.migrate(chat()));
  act("topic-new", () => addTopic(chat()));
}

export const begin = (self) => { guest = self; };
export const forgetFriends = () => { friends = []; };
