// The phone page: buttons and words round causeway.js. One call at a time.
import { Causeway } from "./causeway.js";
import { badge, callerDetail, callerNumber, givenName, icon, presentedText } from "./caller.js";
import { LevelMeter, startRinging } from "./sounds.js";

const kKeys = [
  ["1", ""], ["2", "ABC"], ["3", "DEF"], ["4", "GHI"], ["5", "JKL"], ["6", "MNO"],
  ["7", "PQRS"], ["8", "TUV"], ["9", "WXYZ"], ["*", ""], ["0", "+"], ["#", ""],
];
const kLetters = ["A", "B", "C", "D"];
const kHoldMs = 500; // a long 0 is a plus
const kRecentCalls = 10;
const kCredentials = "causeway-credentials";

const element = (id) => document.getElementById(id);
const phone = new Causeway("/", storedCredentials());
let call = null;
let party = null; // of the running call, for the list of recent ones
let waiting = null; // an incoming call that nobody has answered yet
let ringing = null; // the sound that runs now
let answeredAt = 0;
let clock = 0;
let meters = [];

function storedCredentials() {
  try {
    return JSON.parse(sessionStorage.getItem(kCredentials)) ?? {};
  } catch {
    return {};
  }
}

// What is shown.

function show(state, status) {
  element("phone").dataset.state = state;
  element("status").textContent = status;
  const busy = state !== "idle";
  element("call").hidden = busy;
  element("hangup").hidden = !busy;
  element("transfer").hidden = state !== "answered";
  element("mute").disabled = !busy;
  element("hold").disabled = state !== "answered";
  if (state !== "answered") showHold(false);
  element("sound").hidden = !busy;
  element("hide").hidden = busy;
  element("letters").hidden = state !== "answered" && state !== "early";
  if (!busy) showMuted(false);
}

function showReason(text) {
  element("reason").hidden = !text;
  element("reason").textContent = text;
}

function showConnection(state, text) {
  element("connection").dataset.state = state;
  element("connection-text").textContent = text;
}

function showMuted(on) {
  element("mute").setAttribute("aria-pressed", String(on));
  element("mute-text").textContent = on ? "Muted" : "Mute";
}

function showHold(on) {
  element("hold").setAttribute("aria-pressed", String(on));
  element("hold-text").textContent = on ? "On hold" : "Hold";
}

function showWelcome({ gateway, user, number, numbers }) {
  showConnection("open", "Connected");
  element("mine-user").textContent = user || "Guest";
  element("mine-number").textContent = number || "none: cannot be called";
  element("mine-gateway").textContent = gateway;
  element("login-card").hidden = true;
  element("numbers-card").hidden = numbers.length === 0;
  element("numbers").replaceChildren(...numbers.map(numberItem));
}

function numberItem({ number, description }) {
  const item = document.createElement("li");
  const button = Object.assign(document.createElement("button"), { type: "button" });
  button.dataset.number = number;
  button.append(Object.assign(document.createElement("b"), { textContent: number }), description);
  button.onclick = () => {
    if (call) return;
    element("number").value = number;
    dial();
  };
  item.append(button);
  return item;
}

// Who the other side is, and who we are to it.

function span(className, ...content) {
  const made = Object.assign(document.createElement("span"), { className });
  made.append(...content);
  return made;
}

function nameOf({ caller }) {
  const number = callerNumber(caller);
  return caller.level === "failed" ? `Claims to be ${number}` : number;
}

/** The number first: the name beside it is only what the caller says. */
function showIncoming(incoming) {
  const { caller } = incoming;
  const name = givenName(caller);
  element("incoming").dataset.level = caller.level;
  element("incoming-from").replaceChildren(nameOf(incoming), ...(name ? [span("given", `Name given: ${name}`)] : []));
  element("incoming-caller").replaceChildren(badge(caller.level), span("detail", callerDetail(caller)));
}

function showParty(...content) {
  element("party").hidden = content.length === 0;
  element("party").replaceChildren(...content);
}

function showPresented(presented) {
  const { headline, detail } = presentedText(presented);
  party.shown = headline;
  showParty(span("shown", headline), ...(detail ? [span("detail", detail)] : []));
}

/** Firefox checks the gateway's word by itself; of other browsers nothing is said. */
function showConfirmation(current) {
  const say = (words) => call === current && element("party").append(span("detail", words));
  current.peerIdentity.then(
    (found) => found && current.caller.level === "verified" && say(`Your browser confirms ${found.name}.`),
    () => say("Your browser could not confirm this by itself."));
}

function addRecent({ incoming, number, level, shown }, how) {
  const item = document.createElement("li");
  item.append(icon(incoming ? "incoming" : "outgoing"), span("number", number));
  item.append(Object.assign(document.createElement("time"), {
    textContent: new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }),
  }));
  item.append(level ? badge(level) : span("shown", shown ?? ""), span("how", how));
  element("recent").prepend(item);
  while (element("recent").children.length > kRecentCalls) element("recent").lastChild.remove();
  element("recent-card").hidden = false;
}

function timeText(seconds) {
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function startTimer() {
  answeredAt = Date.now();
  const tick = () => (element("timer").textContent = timeText(Math.floor((Date.now() - answeredAt) / 1000)));
  tick();
  element("timer").hidden = false;
  clock = setInterval(tick, 500);
}

/** ITU-T G.109: from 4.03 on users are satisfied; below 3.1 many are not. */
function qualityText(mos) {
  return `${mos >= 4 ? "good" : mos >= 3.1 ? "fair" : "poor"} (${mos.toFixed(1)})`;
}

function legText(leg) {
  const { codec, round_trip_ms: roundTrip, loss_percent: loss, jitter_ms: jitter } = leg;
  const parts = [codec || "no codec yet"];
  const scores = [leg.mos_received, leg.mos_sent].filter((mos) => typeof mos === "number");
  if (scores.length) parts.push(qualityText(Math.min(...scores)));
  if (roundTrip !== null) parts.push(`RTT ${Math.round(roundTrip)} ms`);
  parts.push(`loss ${loss.toFixed(1)} %`, `jitter ${Math.round(jitter)} ms`);
  return parts.join(" · ");
}

function showQuality({ browser, sip }) {
  element("quality-browser").textContent = legText(browser);
  element("quality-sip").textContent = legText(sip);
}

function showReceivedDigit(digit) {
  const status = element("status");
  const before = (status.dataset.before ??= status.textContent);
  const text = (status.textContent = `They pressed ${digit}`);
  setTimeout(() => {
    if (status.textContent !== text) return;
    status.textContent = before;
    delete status.dataset.before;
  }, 1500);
}

// Sounds: ringing, and the level of both directions.

function ring(kind) {
  ringing?.();
  ringing = kind ? startRinging(kind) : null;
}

function startMeters() {
  meters = [
    new LevelMeter(call.localStream, element("level-local")),
    new LevelMeter(call.remoteStream, element("level-remote")),
  ];
}

// One call's life.

async function dial() {
  const to = element("number").value.trim();
  if (!to || call) return to || element("number").focus();
  showReason("");
  const dialing = (call = { hangup: () => phone.calls.forEach((one) => one.hangup()) });
  party = { incoming: false, number: to };
  show("calling", `Calling ${to} …`);
  try {
    const placed = await phone.call(to, { privacy: element("privacy").checked });
    if (call !== dialing) return placed.hangup();
    follow(placed, to);
  } catch (error) {
    if (call === dialing) finish(error.reason === "cancelled" ? "" : error.text ?? error.message);
  }
}

/** What the gateway may say before it takes the call. */
function onOutgoing({ detail: placed }) {
  const { to } = placed;
  const current = () => call && party?.number === to && placed.state !== "ended";
  placed.addEventListener("checking", () => current() && show("checking", "Checking who you are …"));
  placed.addEventListener("presented", ({ detail }) => {
    if (!current()) return;
    if (placed.state === "checking") show("calling", `Calling ${to} …`);
    showPresented(detail);
  });
}

function follow(current, name) {
  call = current;
  call.addEventListener("ringing", () => {
    show("ringing", `Ringing ${name} …`);
    ring("ringback");
  });
  call.addEventListener("early", () => {
    ring(null);
    show("early", `Ringing ${name} …`);
  });
  call.addEventListener("answered", () => {
    ring(null);
    show("answered", `In call with ${name}`);
    startTimer();
    call.watchStatistics(true);
  });
  call.addEventListener("reconnecting", () => {
    element("status").dataset.was ??= element("status").textContent;
    element("status").textContent = "Reconnecting …";
  });
  call.addEventListener("reconnected", () => {
    const { was } = element("status").dataset;
    delete element("status").dataset.was;
    if (was) element("status").textContent = was;
  });
  call.addEventListener("held", ({ detail }) => {
    show("answered", detail.on ? `${name} has put you on hold` : `In call with ${name}`);
  });
  call.addEventListener("statistics", ({ detail }) => showQuality(detail));
  call.addEventListener("dtmf", ({ detail }) => showReceivedDigit(detail.digit));
  call.addEventListener("message", ({ detail }) => showText(detail));
  call.addEventListener("transfer", ({ detail }) => showTransfer(detail, name));
  call.ended.then((end) => call === current && finish(end.reason === "hangup" ? "" : end.text));
  startMeters();
}

function showText({ from, text }) {
  showReason(`Message from ${from}: ${text}`);
}

function showTransfer({ state, by, to, text }, name) {
  if (state === "failed") {
    show("answered", `In call with ${name}`);
    return by === "browser" ? showReason(`Not handed over. ${text}`) : undefined;
  }
  if (state === "done") {
    return show("answered", by === "sip" ? `In call with ${to}` : `Handed over to ${to}`);
  }
  show("answered", by === "sip" ? `Being handed over to ${to} …` : `Handing over to ${to} …`);
}

function handOver() {
  const to = prompt("Hand this call over to which number?")?.trim();
  // What becomes of it, the call's events tell.
  if (to) call?.transfer(to).catch(() => {});
}

function showMailbox({ waiting, newMessages }) {
  element("mailbox-row").hidden = false;
  element("mailbox").textContent = waiting ? `${newMessages || "New"} waiting` : "Nothing new";
}

function finish(reason) {
  call = null;
  ring(waiting ? "ring" : null);
  clearInterval(clock);
  meters.forEach((meter) => meter.stop());
  meters = [];
  const talked = answeredAt ? timeText(Math.floor((Date.now() - answeredAt) / 1000)) : "";
  if (party) addRecent(party, reason || (talked ? `Talked ${talked}` : "Not answered"));
  party = null;
  showParty();
  answeredAt = 0;
  element("timer").hidden = true;
  element("quality-browser").textContent = element("quality-sip").textContent = "…";
  show("idle", talked ? `Call ended after ${talked}` : "Call ended");
  showReason(reason);
}

/** A call of this page before it was loaded again. */
function takeUp({ detail: resumed }) {
  const name = resumed.incoming ? resumed.from : resumed.to;
  party = { incoming: resumed.incoming, number: name };
  call = resumed;
  show(resumed.state === "answered" ? "answered" : resumed.state, "Reconnecting …");
  resumed.addEventListener("reconnected", () => {
    if (call !== resumed) return;
    show(resumed.state, resumed.state === "answered" ? `In call with ${name}` : `Calling ${name} …`);
    if (resumed.state === "answered") startTimer();
    follow(resumed, name);
    resumed.watchStatistics(true);
  }, { once: true });
  resumed.ended.then((end) => call === resumed && !meters.length && finish(end.text));
}

function offer(incoming) {
  if (waiting) return incoming.decline();
  waiting = incoming;
  showIncoming(incoming);
  element("incoming").hidden = false;
  if (!call) ring("ring");
  incoming.ended.then((end) => {
    if (waiting !== incoming) return;
    withdraw();
    addRecent(partyOf(incoming), end.reason === "answered-elsewhere" ? "Answered elsewhere" : "Missed");
    if (end.by !== "browser" && !call) showReason(`Missed call. ${nameOf(incoming)}: ${end.text}`);
  });
}

function partyOf(incoming) {
  return { incoming: true, number: nameOf(incoming), level: incoming.caller.level };
}

function decline() {
  const incoming = withdraw();
  if (!incoming) return;
  addRecent(partyOf(incoming), "Declined");
  incoming.decline();
}

function withdraw() {
  const incoming = waiting;
  waiting = null;
  element("incoming").hidden = true;
  ring(null);
  return incoming;
}

async function accept() {
  call?.hangup();
  if (call) finish("");
  const incoming = withdraw();
  const name = incoming.caller.level === "failed" ? "somebody unproven" : callerNumber(incoming.caller);
  showReason("");
  call = incoming;
  party = partyOf(incoming);
  showParty(badge(incoming.caller.level), span("detail", callerDetail(incoming.caller)));
  show("calling", `Answering ${name} …`);
  try {
    await incoming.accept();
    if (call !== incoming) return;
    follow(incoming, name);
    showConfirmation(incoming);
  } catch (error) {
    if (call === incoming) finish(error.text ?? error.message);
  }
}

// Keys and buttons.

function press(key) {
  const button = document.querySelector(`[data-digit="${key}"]`);
  button?.classList.add("down");
  setTimeout(() => button?.classList.remove("down"), 120);
  if (call?.sendDtmf && element("phone").dataset.state !== "idle") return call.sendDtmf(key);
  element("number").value += key;
}

function keyButton(key, letters) {
  const button = Object.assign(document.createElement("button"), { type: "button" });
  button.dataset.digit = key;
  button.append(key);
  if (letters !== undefined) {
    button.append(Object.assign(document.createElement("small"), { textContent: letters }));
  }
  button.setAttribute("aria-label", { "*": "star", "#": "hash" }[key] ?? key);
  let held = 0;
  button.onpointerdown = () => (held = key === "0" ? setTimeout(() => (held = -1), kHoldMs) : 0);
  button.onclick = () => {
    clearTimeout(held);
    if (held !== -1 || call) return press(key);
    element("number").value += "+";
  };
  return button;
}

function buildPad() {
  const letters = document.createElement("div");
  Object.assign(letters, { id: "letters", className: "letters", hidden: true });
  letters.append(...kLetters.map((key) => keyButton(key)));
  element("pad").append(...kKeys.map(([key, text]) => keyButton(key, text)), letters);
}

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("form, .choice")) return;
  const inField = event.target === element("number");
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  if (key === "Enter" && (inField || event.target === document.body)) return call ? undefined : dial();
  if (key === "Escape" && call) return call.hangup();
  const inCall = ["answered", "early"].includes(element("phone").dataset.state);
  const isKey = /^[0-9*#]$/.test(key) || (inCall && /^[A-D]$/.test(key));
  if (!isKey || (inField && !inCall)) return;
  event.preventDefault();
  press(key);
}

function chooseLogin() {
  element("token-login").hidden = !element("by-token").checked;
  element("password-login").hidden = element("by-token").checked;
}

async function login(event) {
  event.preventDefault();
  const credentials = event.target.id === "token-login"
    ? { token: element("token").value.trim() }
    : { user: element("user").value.trim(), password: element("password").value };
  phone.close();
  phone.login(credentials);
  showReason("");
  // The old connection's last event must not come after the new one's first.
  if (phone.connected) await new Promise((resolve) => phone.addEventListener("closed", resolve, { once: true }));
  await phone.connect().then(() => sessionStorage.setItem(kCredentials, JSON.stringify(credentials)), () => {});
}

function onRefused({ detail }) {
  if (detail.reason === "not-authenticated") {
    sessionStorage.removeItem(kCredentials);
    showConnection("refused", "Not logged in");
    element("login-card").hidden = false;
    element("mine-user").textContent = "nobody";
  }
  showReason(detail.text);
}

function onClosed({ detail }) {
  if (element("connection").dataset.state === "refused") return;
  const seconds = Math.ceil(detail.retryInMs / 1000);
  if (seconds) showConnection("closed", `No connection; again in ${seconds} s`);
  else showConnection("connecting", "Connecting …");
}

buildPad();
element("call").onclick = dial;
element("hangup").onclick = () => call?.hangup();
element("transfer").onclick = handOver;
element("accept").onclick = accept;
element("decline").onclick = decline;
element("mute").onclick = () => {
  if (!call?.mute) return;
  call.mute(!call.muted);
  showMuted(call.muted);
};
element("hold").onclick = async () => {
  const changed = call;
  const on = element("hold").getAttribute("aria-pressed") !== "true";
  try {
    await changed?.hold(on);
    if (call === changed) showHold(on);
  } catch (error) {
    showReason(error.text ?? error.message);
  }
};
element("erase").onclick = () => (element("number").value = element("number").value.slice(0, -1));
element("token-login").onsubmit = element("password-login").onsubmit = login;
element("by-token").onchange = element("by-password").onchange = chooseLogin;
element("login-show").onclick = () => {
  element("login-card").hidden = false;
  element("token").focus();
};
document.addEventListener("keydown", onKey);
phone.addEventListener("open", ({ detail }) => showWelcome(detail));
phone.addEventListener("closed", onClosed);
phone.addEventListener("error", onRefused);
phone.addEventListener("outgoing", onOutgoing);
phone.addEventListener("resumed", takeUp);
phone.addEventListener("incoming", ({ detail }) => offer(detail));
phone.addEventListener("message", ({ detail }) => showText(detail));
phone.addEventListener("mailbox", ({ detail }) => showMailbox(detail));
show("idle", "Ready");
phone.connect().catch(() => {});
