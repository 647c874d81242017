// The chat page. Four parts: what is kept on this device, how it is sent, how answers come, what is seen.
// One rule runs through all of it: what a person typed is kept on the device until the server says it has it.

const OFFICER = location.pathname.replace(/\/+$/, "") === "/can-bo";
// Citizen and officer are two people to the server, also in one browser.
const KEY = OFFICER ? "hoi-am:can-bo" : "hoi-am:dan";
const DRAFT = `${KEY}:draft`;
const MOST_ITEMS = 300;
// So long a press is shown by its button alone.
const QUIET = 3000;
const ERASED = "Đã xóa. Hồi Âm không còn giữ gì";

const WORDS = {
  title: OFFICER ? "Hồi Âm · Cán bộ" : "Hồi Âm",
  hint: OFFICER ? "Nhắn /canbo và mã mời để vào làm việc" : "Bà con nhắn, có hồi âm",
  welcome: OFFICER
    ? "Chào anh chị. Nhắn /canbo và mã mời để vào làm việc.\nVí dụ: /canbo ABCD-1234"
    : "Chào bà con! Bà con gặp chuyện gì, ở đâu, cứ nhắn vào đây như nói chuyện bình thường. Hồi Âm tìm đúng nơi giải quyết và nhắn lại cho bà con.\n\nKhông biết bắt đầu thế nào, bà con bấm thử một câu rồi sửa lại:",
  examples: OFFICER
    ? ["/canbo "]
    : ["Đường hỏng, nhiều ổ gà ở xóm ", "Mất nước mấy hôm nay ở ", "Rác không ai thu gom ở "],
  lostSession: OFFICER
    ? "Cuộc trò chuyện cũ không còn dùng được, trang mở cuộc mới. Xin nhắn lại /canbo và mã mời mới."
    : "Hồi Âm không nhận ra cuộc trò chuyện cũ trên máy này nữa, nên mở cuộc mới. Bà con cứ nhắn tiếp, tin chưa gửi sẽ được gửi lại.",
  wipe: OFFICER
    ? "Trang quên cuộc trò chuyện này. Muốn làm việc lại phải có mã mời mới."
    : "Máy này quên cuộc trò chuyện, cả tin chưa gửi. Việc đã gửi vẫn được giải quyết, nhưng trả lời không về máy này nữa.\nMuốn Hồi Âm xóa hết thì chọn “Xóa dữ liệu của tôi”.",
  offline: "Mất mạng, sẽ tự gửi lại",
  offlineLine: "Mất mạng. Cứ nhắn, sẽ tự gửi sau.",
  notKept: "Trình duyệt này không cho lưu tin. Xin đừng đóng trang khi tin chưa gửi xong.",
  noFile: "Chưa tải được tệp. Xin thử lại khi có mạng.",
  noPlace: "Máy chưa tìm được vị trí. Không sao ạ: bà con nhắn tên xã, phường và xóm, tổ là được.",
  placeRefused: "Trình duyệt chưa được phép xem vị trí. Không sao ạ: bà con nhắn tên xã, phường và xóm, tổ là được.",
};

const $ = (id) => document.getElementById(id);

/** Make an element; text goes in as text, never as markup. */
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// ---- What is kept on this device -------------------------------------------------------------------------------

// Used only when the browser keeps nothing for us (storage full or forbidden).
let memory = null;

function load() {
  if (memory) return memory;
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    if (Array.isArray(kept?.items)) return kept;
  } catch {
    // Unreadable is as good as empty: the page has to open.
  }
  return { token: null, epoch: 0, last: 0, items: [] };
}

function save(state) {
  try {
    localStorage.setItem(KEY, JSON.stringify(state));
    memory = null;
  } catch {
    if (!memory) notice(WORDS.notKept);
    memory = state;
  }
}

/** Change what is kept. It is read anew each time, because another tab may have written since. */
function change(edit) {
  const state = load();
  edit(state);
  while (state.items.length > MOST_ITEMS) {
    const oldest = state.items.findIndex((item) => item.status !== "pending");
    if (oldest < 0) break;
    state.items.splice(oldest, 1);
  }
  save(state);
  render(state);
}

function changeItem(key, edit) {
  change((state) => {
    const item = state.items.find((each) => each.key === key);
    if (item) edit(item, state);
  });
}

const pending = (item) => item.status === "pending";

function keepDraft(text) {
  try {
    if (text) localStorage.setItem(DRAFT, text);
    else localStorage.removeItem(DRAFT);
  } catch {
    // It is still in the box.
  }
}

function keptDraft() {
  try {
    return localStorage.getItem(DRAFT) ?? "";
  } catch {
    return "";
  }
}

/** Take another session at the next message; ids and answers of the old one count no more. */
function dropSession(state) {
  Object.assign(state, { token: null, last: 0, epoch: state.epoch + 1 });
}

// ---- Waiting ---------------------------------------------------------------------------------------------------

const sleepers = new Set();

/** Wait; wake() ends it early unless it is firm (the server itself named the time). */
function pause(ms, firm = false) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      sleepers.delete(done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (!firm) sleepers.add(done);
  });
}

function wake() {
  for (const done of [...sleepers]) done();
}

/** 1, 2, 4 … 30 s, each a little off, so that not all phones come back in the same second. */
const backoff = (failures) => Math.min(30_000, 1000 * 2 ** (failures - 1)) * (0.75 + Math.random() / 2);

const waitAfter = (problem, failures) =>
  problem.retryAfter ? pause(problem.retryAfter * 1000, true) : pause(backoff(failures));

// ---- Talking with the server -----------------------------------------------------------------------------------

/** Why a call failed. Status 0: no answer at all, or one that cannot be the server's. */
class Problem extends Error {
  constructor(status, message = "", retryAfter = 0, fromServer = false) {
    super(message);
    Object.assign(this, { status, retryAfter, fromServer });
  }

  /** The server itself does not know the token. A proxy's 401 must not cost a person their talk. */
  get sessionUnknown() {
    return this.status === 401 && this.fromServer;
  }

  /** Trying again would change nothing. A stranger's 4xx (a hotel's login page, a proxy) is no such verdict. */
  get final() {
    const worthRetrying = [401, 408, 425, 429].includes(this.status);
    return this.status === 413 || (this.fromServer && this.status >= 400 && this.status < 500 && !worthRetrying);
  }
}

async function problemOf(response) {
  const error = (await response.json().catch(() => null))?.error;
  const retryAfter = Math.max(0, Number(response.headers.get("Retry-After")) || 0);
  return new Problem(response.status, error?.message, retryAfter, Boolean(error));
}

/** A signal that aborts unless feed() is called in time. */
function watchdog(ms) {
  const control = new AbortController();
  let timer;
  const feed = (next) => {
    clearTimeout(timer);
    timer = setTimeout(() => control.abort(), next);
  };
  feed(ms);
  return { signal: control.signal, abort: () => control.abort(), feed, stop: () => clearTimeout(timer) };
}

/** Ask the server; any answer but the expected one is a Problem. */
async function ask(path, expected, { token, body, watch }) {
  const method = expected === 200 ? "GET" : "POST";
  const headers = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  const options = { method, headers, body: body && JSON.stringify(body), cache: "no-store", signal: watch.signal };
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Problem(0);
  }
  if (response.status === expected) return response;
  throw response.ok ? new Problem(0) : await problemOf(response);
}

/** Ask and read JSON, within the time given. */
async function askJson(path, expected, { token, body, watch = watchdog(20_000) } = {}) {
  try {
    const response = await ask(path, expected, { token, body, watch });
    return await response.json().catch(() => {
      // 202 may come with an empty body: the status is the receipt.
      if (expected === 202) return null;
      throw new Problem(0);
    });
  } finally {
    watch.stop();
  }
}

/** The token of this device's session. It is made with the first message: who only looks leaves no trace. */
async function session() {
  if (!load().token) {
    const { token } = await askJson("/chat/sessions", 201);
    change((state) => (state.token ??= token));
  }
  return load().token;
}

function dropUnknown(token) {
  if (load().token !== token) return; // noticed already
  const lastSent = load().items.filter((item) => item.status === "sent").at(-1);
  const erased = lastSent?.choice === "erase";
  change((state) => {
    dropSession(state);
    // The person had everything erased and the session went with it, before the answer was fetched.
    if (erased) state.items = state.items.filter(pending);
  });
  if (hearing?.token === token) hearing.watch.abort(); // it may be waiting for answers that cannot come
  notice(erased ? `${ERASED} của bà con.` : WORDS.lostSession);
}

// ---- Sending ---------------------------------------------------------------------------------------------------

let sending = false;
let trouble = ""; // why what is pending does not go out just now
let awaiting = 0; // until when the typing hint may show

/** Made here where the browser offers none: plain http, as in a trial at an office. */
function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Put a message of the person's into the talk and on its way. `shown` is what the bubble says. */
function say(shown, content) {
  const key = uuid();
  const body = { client_id: key, ...content };
  const item = { key, from: "me", text: shown, at: new Date().toISOString(), status: "pending", body };
  if (content.choice) item.choice = content.choice;
  change((state) => state.items.push(item));
  // A pressed button says so itself; where it stands, its answer may take the place of the whole card.
  if (content.choice) setTimeout(render, QUIET + 50);
  else toBottom();
  wake();
  sendPending();
  return key;
}

/** Send what is pending, oldest first, one by one, until nothing is left. */
async function sendPending() {
  if (sending) return;
  sending = true;
  let failures = 0;
  for (let item; (item = load().items.find(pending)); ) {
    const problem = await deliver(item);
    failures = problem ? failures + 1 : 0;
    if (problem) await react(problem, item, failures);
  }
  sending = false;
}

/** Send one message. The same client_id goes with every try, so that the server keeps it once. */
async function deliver(item) {
  let token;
  try {
    token = await session();
    // Wiped from this device meanwhile: then it must not go out either.
    if (!load().items.some((each) => each.key === item.key)) return null;
    await askJson("/chat/messages", 202, { token, body: item.body });
  } catch (problem) {
    if (problem.sessionUnknown && token) dropUnknown(token);
    if (problem instanceof Problem) return problem;
    console.error(problem); // a mistake of this page must not end the sending either
    return new Problem(0);
  }
  setTrouble("");
  setDeaf(false);
  changeItem(item.key, (sent) => {
    sent.status = "sent";
    delete sent.body;
    // An invitation lets its holder in: it does not stay on the screen of an office.
    sent.text = sent.text.replace(/^(\/?canbo\s+)\S[^]*/i, "$1••••");
  });
  expectAnswer();
  wake();
  return null;
}

/** Do what a failed try asks for: give the message back, or wait and let the caller try again. */
async function react(problem, item, failures) {
  if (problem.final) {
    setTrouble("");
    changeItem(item.key, (refused) => Object.assign(refused, { status: "refused", note: problem.message }));
    return;
  }
  // An unknown session is mended by taking a new one; only when that fails too is there a reason to wait.
  if (problem.sessionUnknown && failures === 1) return;
  setTrouble(problem.fromServer && problem.message ? `${problem.message} Tin sẽ tự gửi lại.` : WORDS.offline);
  await waitAfter(problem, failures);
}

function setTrouble(text) {
  if (trouble === text) return;
  trouble = text;
  render();
}

/** Give a refused message back to be mended, before whatever is being typed now. */
function redo(item) {
  change((state) => (state.items = state.items.filter((each) => each.key !== item.key)));
  setText([item.body.text, $("text").value].filter(Boolean).join("\n"));
  $("text").focus();
}

function expectAnswer() {
  awaiting = Date.now() + 10_000;
  render();
  setTimeout(render, 10_050);
}

// ---- Hearing answers -------------------------------------------------------------------------------------------

let hearing = null; // the call that listens now: its token, its watchdog, when it last spoke
let deaf = false;

/** Take messages in; each is shown once, since ids rise. One that replaces another takes its place. */
function receive(token, messages) {
  let erased = "";
  let fresh = 0;
  change((state) => {
    if (state.token !== token) return; // the session was changed while this was on its way
    for (const { id, text, choices, at, replaces, files } of messages) {
      if (id <= state.last) continue;
      state.last = id;
      fresh += 1;
      if (text.startsWith(ERASED)) {
        state.items = state.items.filter(pending);
        clearNotices();
        erased = text;
      } else {
        // Whatever takes a place goes by the first message there.
        const answer = { id, from: "bot", text, choices: choices ?? [], files: files ?? [], at };
        place(state, { key: `${state.epoch}-${replaces ?? id}`, ...answer });
      }
    }
    if (fresh) awaiting = 0;
  });
  if (erased) notice(erased);
  if (fresh) countUnread(fresh);
}

/** Put an answer into the place it asks for, or at the end. What was pressed there is answered: its bubble goes. */
function place(state, answer) {
  const at = state.items.findIndex((item) => item.key === answer.key);
  if (at < 0) {
    state.items.push(answer);
  } else {
    const { pressed } = state.items[at];
    state.items[at] = answer;
    state.items = state.items.filter((item) => item.key !== pressed?.by || item.status !== "sent");
  }
  if (answer.choices.length) state.offering = answer.key;
}

/** Listen for ever: by the stream, or by asking again and again where a stream does not get through. */
async function listen() {
  let failures = 0;
  let polls = 0; // how often to ask before the stream is tried again
  for (;;) {
    const { token, last } = load();
    if (!token) {
      setDeaf(false);
      await pause(600_000); // a first message wakes us
      continue;
    }
    const streaming = polls === 0;
    const call = (hearing = { token, watch: watchdog(streaming ? 10_000 : 45_000), spoke: false, at: Date.now() });
    try {
      if (streaming) await stream(call, last);
      else await poll(call, last, failures ? 0 : 25); // after trouble: is the server there at all?
      failures = 0;
      polls = streaming ? 1 : polls - 1;
    } catch (problem) {
      if (load().token !== token) continue;
      if (problem.sessionUnknown) {
        dropUnknown(token);
        continue;
      }
      // A stream that spoke and broke is tried again soon; one that never spoke is left alone for a while.
      if (streaming) polls = call.spoke ? 1 : 8;
      failures += 1;
      if (failures === 1 && streaming) continue;
      setDeaf(failures > 1 || !navigator.onLine);
      await waitAfter(problem, failures);
    } finally {
      call.watch.abort();
    }
  }
}

function heard(call) {
  Object.assign(call, { spoke: true, at: Date.now() });
  setDeaf(false);
}

async function poll(call, last, wait) {
  const { token, watch, at } = call;
  const { messages } = await askJson(`/chat/messages?after=${last}&wait=${wait}`, 200, { token, watch });
  heard(call);
  wake();
  if (messages.length) receive(token, messages);
  // Something on the way cut the waiting short: do not ask in a circle.
  else if (wait && Date.now() - at < 2000) await pause(3000);
}

/** Read the stream to its end. Silence means it is dead, or that something on the way holds it back. */
async function stream(call, last) {
  const { token, watch } = call;
  const response = await ask(`/chat/stream?after=${last}`, 200, { token, watch });
  if (!response.headers.get("Content-Type")?.startsWith("text/event-stream")) throw new Problem(0);
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    watch.feed(60_000);
    heard(call);
    rest = takeEvents(token, rest + decoder.decode(value, { stream: true }));
  }
}

/** Take whole events off the text; return what is left of it. */
function takeEvents(token, text) {
  const events = text.split(/\r?\n\r?\n/);
  const rest = events.pop();
  for (const event of events) {
    const data = event.split(/\r?\n/).filter((line) => line.startsWith("data:")).map((line) => line.slice(5));
    if (data.length) receive(token, [JSON.parse(data.join("\n"))]);
  }
  return rest;
}

/** After sleep or a change of network a connection may look alive and be dead: do not wait for it. */
function refresh(quiet = 20_000) {
  wake();
  if (hearing && Date.now() - hearing.at > quiet) hearing.watch.abort();
  render();
}

/** Another tab wrote: show it, help sending it, listen with the token of now. */
function onOtherTab({ key }) {
  if (key !== KEY && key !== null) return;
  if (hearing && hearing.token !== load().token) hearing.watch.abort();
  wake();
  render();
  sendPending();
}

function setDeaf(now) {
  deaf = now;
  showLine();
}

// ---- What is seen ----------------------------------------------------------------------------------------------

const turns = new Map(); // key of an item -> its parts on the page
let unread = 0;
let atEnd = true;

const HOUR = { hour: "2-digit", minute: "2-digit" };
const hour = new Intl.DateTimeFormat("vi-VN", HOUR);
const dayAndHour = new Intl.DateTimeFormat("vi-VN", { day: "numeric", month: "numeric", ...HOUR });

function when(at) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  return (date.toDateString() === new Date().toDateString() ? hour : dayAndHour).format(date);
}

/** Bring the page in line with what is kept. Items are added at the end, replaced where they are, or taken away. */
function render(state = load()) {
  const following = nearBottom();
  const { items } = state;
  const withChoices = items.filter((item) => item.choices?.length);
  const around = {
    offering: withChoices.find((item) => item.key === state.offering) ?? withChoices.at(-1),
    lastMine: items.filter((item) => item.from === "me" && !isQuiet(item, items)).at(-1),
    items,
  };
  let firstNew = null;
  let exchanged = null; // in sight
  let revealed = false; // a press whose answer is at the end: that is where to look
  for (const item of items) {
    let turn = turns.get(item.key);
    if (!turn) {
      turn = build(item);
      turns.set(item.key, turn);
      $("log").append(turn.root);
      if (item.from === "bot") firstNew ??= turn.root;
    } else if (turn.id !== item.id) {
      const seen = inSight(turn.root);
      turn = exchange(turn, item);
      turns.set(item.key, turn);
      if (seen) exchanged = turn.root;
    }
    const wasHidden = turn.root.hidden;
    turn.update(item, around);
    revealed ||= wasHidden && !turn.root.hidden;
  }
  const keys = new Set(items.map((item) => item.key));
  for (const [key, turn] of turns) {
    if (keys.has(key)) continue;
    turn.root.remove();
    turns.delete(key);
  }
  showWelcome(items.length === 0);
  const expecting = items.at(-1)?.from === "me" && !isQuiet(items.at(-1), items) && Date.now() <= awaiting;
  $("typing").hidden = trouble !== "" || !expecting;
  if (exchanged && !firstNew) toTopOf(exchanged);
  else if (following || (revealed && firstNew)) toBottom(firstNew);
  else if (firstNew) showWayDown(true);
}

/** Put a new answer where an older one stands. Who uses the keyboard stays at the button of the same name. */
function exchange(old, item) {
  const turn = build(item);
  const focused = old.root.contains(document.activeElement) ? document.activeElement.textContent : null;
  old.root.replaceWith(turn.root);
  if (focused !== null) {
    const buttons = [...turn.root.querySelectorAll("button")];
    (buttons.find((button) => button.textContent === focused) ?? buttons[0] ?? $("text")).focus({ preventScroll: true });
  }
  return turn;
}

function bubble(kind, speaker, text) {
  return make("div", { className: `turn ${kind}` },
    make("div", { className: "bubble" }, make("span", { className: "unseen", textContent: speaker }), text));
}

const build = (item) => (item.from === "me" ? buildMine(item) : buildAnswer(item));

function buildMine(item) {
  const root = bubble("me", OFFICER ? "Cán bộ: " : "Bà con: ", item.text);
  const said = root.firstChild.lastChild;
  const meta = make("p", { className: "meta" });
  const again = make("button", { type: "button", className: "redo", textContent: "Sửa lại" });
  again.onclick = () => redo(item);
  root.append(meta, again);
  const update = (now, { lastMine, items }) => {
    root.hidden = isQuiet(now, items);
    said.data = now.text;
    meta.textContent = statusOf(now, now === lastMine);
    meta.classList.toggle("trouble", now.status === "refused" || (pending(now) && trouble !== ""));
    again.hidden = now.status !== "refused" || Boolean(now.choice) || !now.body?.text;
  };
  return { root, update };
}

function statusOf(item, isLast) {
  if (pending(item)) return trouble || "Đang gửi…";
  if (item.status === "refused") return `Chưa gửi được. ${item.note}`.trim();
  return isLast ? `${when(item.at)} · Đã gửi` : when(item.at);
}

function buildAnswer(item) {
  const root = bubble("bot", "Hồi Âm: ", item.text);
  const calls = callsIn(item.text);
  if (calls) root.append(calls);
  if (item.files?.length) root.append(make("div", { className: "files" }, ...item.files.map(fileLink)));
  const choices = make("div", { className: "choices" });
  choices.setAttribute("role", "group");
  choices.setAttribute("aria-label", "Bấm để trả lời");
  for (const choice of item.choices) {
    const button = make("button", { type: "button", textContent: choice.label });
    button.onclick = () => press(item, choice, button);
    choices.append(button);
  }
  if (item.choices.length) root.append(choices);
  root.append(make("p", { className: "meta", textContent: when(item.at) }));
  return { root, id: item.id, update: (now, around) => showChoices(choices, now, around) };
}

/** Emergency numbers in a message ("113: công an") become buttons to call: no one should have to copy them. */
function callsIn(text) {
  const numbers = new Set([...text.matchAll(/^(?:• )?(11[1-9]): /gm)].map((match) => match[1]));
  if (!numbers.size) return null;
  const links = [...numbers].map((number) => make("a", { href: `tel:${number}`, textContent: `📞 Gọi ${number}` }));
  return make("div", { className: "calls" }, ...links);
}

/** A file as a link. Its address alone gives nobody anything: it is fetched with the token of this chat. */
function fileLink({ id, name }) {
  const link = make("a", { href: `/chat/files/${id}`, download: name, textContent: `📄 ${name}` });
  link.onclick = (event) => {
    event.preventDefault();
    if (link.getAttribute("aria-busy") === "true") return;
    link.setAttribute("aria-busy", "true");
    download(id, name)
      .catch((problem) => notice(problem.fromServer && problem.message ? problem.message : WORDS.noFile))
      .finally(() => link.removeAttribute("aria-busy"));
  };
  return link;
}

/** Fetch a file and hand it to the browser to keep. */
async function download(id, name) {
  const watch = watchdog(120_000);
  try {
    const response = await ask(`/chat/files/${id}`, 200, { token: load().token, watch });
    const url = URL.createObjectURL(await response.blob());
    make("a", { href: url, download: name }).click();
    // The browser reads it a moment later.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } finally {
    watch.stop();
  }
}

/** The newest set stands out; a pressed one waits for its answer; older ones are small but can still be pressed. */
function showChoices(choices, item, { offering, items }) {
  const waiting = Boolean(item.pressed) && !isAnswered(item.pressed.by, items);
  choices.classList.toggle("old", item !== offering || (Boolean(item.pressed) && !waiting));
  [...choices.children].forEach((button, place) => {
    button.classList.toggle("pressed", item.choices[place].id === item.pressed?.id);
    // Not `disabled`: that would take the focus from a person who uses the keyboard.
    button.setAttribute("aria-disabled", String(waiting));
  });
}

/** Whether something came back after the press with this key (or it was refused, or is long gone). */
function isAnswered(key, items) {
  const place = items.findIndex((item) => item.key === key);
  return place < 0 || items[place].status === "refused" || items.slice(place).some((item) => item.from === "bot");
}

/** Whether a press is to be seen at its button only: there was no time yet for its answer, or for trouble. */
function isQuiet(item, items) {
  if (!item.choice || item.status === "refused" || trouble) return false;
  return Date.now() - Date.parse(item.at) < QUIET && !isAnswered(item.key, items);
}

function press({ key, id }, choice, button) {
  if (button.getAttribute("aria-disabled") === "true") return;
  const by = say(choice.label, { choice: choice.id, on: id });
  changeItem(key, (item) => (item.pressed = { id: choice.id, by }));
}

/** Something the page itself has to say. It is not kept. */
function notice(text) {
  const before = $("log").lastElementChild;
  if (before?.matches(".notice") && before.dataset.text === text) return;
  const root = bubble("notice", "", text);
  root.dataset.text = text;
  $("log").append(root);
  toBottom();
}

function clearNotices() {
  for (const root of $("log").querySelectorAll(".notice")) root.remove();
}

function showWelcome(empty) {
  let welcome = $("log").querySelector(".welcome");
  if (!welcome && empty) {
    const examples = WORDS.examples.map((text) =>
      make("button", { type: "button", textContent: `${text.trim()}…`, onclick: () => suggest(text) }));
    welcome = bubble("bot welcome", "Hồi Âm: ", WORDS.welcome);
    welcome.append(make("div", { className: "examples" }, ...examples));
    $("log").prepend(welcome);
  }
  if (welcome) welcome.querySelector(".examples").hidden = !empty;
}

/** Put an example into the box; the person's own words are not written over. */
function suggest(text) {
  const typed = $("text").value.trim();
  const own = typed && !WORDS.examples.some((example) => example.trim() === typed);
  setText(own ? `${typed}\n${text}` : text);
  $("text").focus();
}

function nearBottom() {
  const { scrollHeight, scrollTop, clientHeight } = $("scroll");
  return scrollHeight - scrollTop - clientHeight < 90;
}

function inSight(root) {
  const { scrollTop, clientHeight } = $("scroll");
  return root.offsetTop < scrollTop + clientHeight && root.offsetTop + root.offsetHeight > scrollTop;
}

/** What changed where it stands is read from its top; its button was at its end. */
function toTopOf(root) {
  $("scroll").scrollTop = Math.min($("scroll").scrollTop, root.offsetTop - 8);
  showWayDown(false);
}

/** Go to the end, but not past the beginning of what is new: a long answer is read from its top. */
function toBottom(firstNew) {
  const scroll = $("scroll");
  scroll.scrollTop = firstNew ? Math.min(scroll.scrollHeight, firstNew.offsetTop - 8) : scroll.scrollHeight;
  showWayDown(false);
}

/** Offer the way to the end when it is out of sight, in words when something new is there. */
function showWayDown(fresh) {
  atEnd = nearBottom();
  $("newest").hidden = atEnd;
  $("newest").textContent = fresh ? "↓ Có tin mới" : "↓";
}

function countUnread(more) {
  unread = document.hidden ? unread + more : 0;
  document.title = unread ? `(${unread}) ${WORDS.title}` : WORDS.title;
}

// ---- The box, the menu, the place ------------------------------------------------------------------------------

function grow() {
  const box = $("text");
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + box.offsetHeight - box.clientHeight}px`;
}

function setText(text) {
  $("text").value = text;
  keepDraft(text);
  grow();
}

function submit(event) {
  event?.preventDefault();
  const text = $("text").value.trim();
  if (!text) return;
  say(text, { text });
  setText("");
  // On a phone the keyboard would hide the card that comes back.
  if (hasKeyboard()) $("text").focus();
  else $("text").blur();
}

const hasKeyboard = () => matchMedia("(hover: hover) and (pointer: fine)").matches;

/** Enter sends where there is a real keyboard; on a phone it is a new line. Half a Vietnamese letter never sends. */
function onKey(event) {
  const composing = event.isComposing || event.keyCode === 229;
  if (event.key === "Enter" && !event.shiftKey && !composing && hasKeyboard()) submit(event);
}

function sendPlace() {
  const button = $("place");
  if (button.getAttribute("aria-disabled") === "true") return;
  if (!navigator.geolocation) return notice(WORDS.noPlace);
  button.setAttribute("aria-disabled", "true");
  showLine();
  const done = () => {
    button.removeAttribute("aria-disabled");
    showLine();
  };
  navigator.geolocation.getCurrentPosition(
    ({ coords: { latitude, longitude } }) => {
      done();
      say("📍 Vị trí của tôi", { location: { latitude, longitude } });
    },
    (error) => {
      done();
      notice(error.code === 1 ? WORDS.placeRefused : WORDS.noPlace);
    },
    { enableHighAccuracy: true, timeout: 20_000, maximumAge: 60_000 },
  );
}

function showLine() {
  const locating = $("place").getAttribute("aria-disabled") === "true";
  const text = locating ? "Đang tìm vị trí…" : deaf ? WORDS.offlineLine : "";
  if ($("line").textContent !== text) $("line").textContent = text; // said once by a screen reader, not at every byte
}

function openMenu(open) {
  $("menu-list").hidden = !open;
  $("menu-button").setAttribute("aria-expanded", String(open));
}

function wipe() {
  $("sure").close();
  change((state) => {
    dropSession(state);
    state.items = [];
  });
  hearing?.watch.abort();
  setText("");
  clearNotices();
  awaiting = 0;
  trouble = "";
  render();
}

function wire() {
  $("composer").addEventListener("submit", submit);
  $("text").addEventListener("keydown", onKey);
  $("text").addEventListener("input", () => {
    keepDraft($("text").value);
    grow();
  });
  $("place").addEventListener("click", sendPlace);
  $("newest").addEventListener("click", () => toBottom());
  $("scroll").addEventListener("scroll", () => {
    atEnd = nearBottom();
    // Words once said stay until the end is reached.
    if (atEnd || $("newest").hidden) showWayDown(false);
  });

  $("menu-button").addEventListener("click", () => openMenu($("menu-list").hidden));
  for (const button of document.querySelectorAll("[data-say]")) {
    button.addEventListener("click", () => {
      openMenu(false);
      say(button.textContent, { text: button.dataset.say });
    });
  }
  $("wipe").addEventListener("click", () => {
    openMenu(false);
    $("sure").showModal();
  });
  $("sure-no").addEventListener("click", () => $("sure").close());
  $("sure-yes").addEventListener("click", wipe);
  document.addEventListener("click", (event) => $("menu").contains(event.target) || openMenu(false));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || $("menu-list").hidden) return;
    openMenu(false);
    $("menu-button").focus();
  });

  addEventListener("storage", onOtherTab);
  addEventListener("online", () => {
    setDeaf(false);
    refresh(0);
  });
  addEventListener("offline", () => setDeaf(true));
  addEventListener("pageshow", ({ persisted }) => persisted && refresh());
  addEventListener("resize", () => {
    grow();
    // The keyboard came up: what was read at the end stays in sight.
    if (atEnd) toBottom();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    countUnread(0);
    refresh();
  });
}

function start() {
  document.title = $("title").textContent = WORDS.title;
  $("tagline").textContent = WORDS.hint;
  $("sure-text").textContent = WORDS.wipe;
  $("boot").remove();
  $("composer").hidden = $("menu").hidden = false;
  wire();
  // What was said earlier is not news to a screen reader.
  $("log").setAttribute("aria-busy", "true");
  render();
  $("log").removeAttribute("aria-busy");
  setText(keptDraft());
  toBottom();
  if (hasKeyboard()) $("text").focus();
  sendPending();
  listen();
}

start();
