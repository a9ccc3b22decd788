// Speaks to the control API (README.md); knows nothing of the page.

async function call(path, options = {}) {
  const answer = await fetch(path, options);
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error || `The sandbox answered ${answer.status}.`);
  return body;
}

// What Telegram would tell the bot of the people at this browser.
const language = navigator.language.split("-")[0].toLowerCase();

function post(path, values) {
  const headers = { "Content-Type": "application/json" };
  return call(path, { method: "POST", headers, body: JSON.stringify(values) });
}

export const about = () => call("/sandbox");
export const chats = () => call("/sandbox/chats");
export const messages = (chat) => call(`/sandbox/chats/${chat}/messages`);
export const commands = (chat, user) =>
  call(`/sandbox/chats/${chat}/commands${user ? `?user=${user}` : ""}`);
export const samples = (have) => call(`/sandbox/samples?have=${have}&timeout=25`);
export const sampleUrl = (name) => `/sandbox/samples/${encodeURIComponent(name)}`;
export const fileUrl = (id) => `/sandbox/files/${encodeURIComponent(id)}`;
export const press = (chat, message, data, user) =>
  post(`/sandbox/chats/${chat}/messages/${message}/press`, { data, user });
export const addUser = (name) => post("/sandbox/users", { first_name: name, language_code: language });
export const speak = (user) => post(`/sandbox/users/${user}`, { language_code: language });
export const addChat = (chat) => post("/sandbox/chats", chat);
export const addTopic = (chat, name) => post(`/sandbox/chats/${chat}/topics`, { name });
export const allowBot = (chat, allowed) => post(`/sandbox/chats/${chat}/bot`, { allowed });
export const promoteBot = (chat, admin) => post(`/sandbox/chats/${chat}/admins`, { admin });
export const migrate = (chat) => post(`/sandbox/chats/${chat}/migrate`, {});

// What happened in any chat after a revision; waits up to 25 seconds for it.
export const changes = (since, signal) =>
  call(`/sandbox/changes?since=${since}&timeout=25`, { signal });

// As a phone would send these: a WebP alone is a sticker, a photo with a film a live photo.
function kindOf(files) {
  const kinds = files.map((file) => file.type.split("/")[0]);
  if (kinds.length === 2 && kinds[0] === "image" && kinds[1] === "video") return "live_photo";
  if (kinds.length === 1 && files[0].type === "image/webp") return "sticker";
  if (kinds.length && kinds.every((kind) => kind === "video")) return "video";
  return kinds.length === 1 && kinds[0] === "audio" ? "voice" : "photo";
}

// Sends a text or files; `where` may hold reply_to, user, sender_chat, thread.
export function send(chat, text, files, asFiles, where = {}) {
  const form = new FormData();
  form.set("text", text);
  form.set("as", asFiles ? "document" : kindOf(files));
  for (const [name, value] of Object.entries(where)) if (value) form.set(name, value);
  files.forEach((file, index) => form.set(`file${index}`, file, file.name || "picture.jpg"));
  return call(`/sandbox/chats/${chat}/messages`, { method: "POST", body: form });
}
