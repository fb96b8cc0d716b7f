// The phone page: buttons and words round causeway.js. One call at a time.
import { Causeway } from "./causeway.js";
import { badge, callerDetail, callerNumber } from "./caller.js";
import {
  addRecent, element, nameOf, show, showConnection, showHold, showIncoming, showMailbox, showMuted,
  showParty, showPresented, showQuality, showReason, showReceivedDigit, showText, showWelcome, span,
  timeText,
} from "./phone_view.js";
import { LevelMeter, startRinging } from "./sounds.js";

const kKeys = [
  ["1", ""], ["2", "ABC"], ["3", "DEF"], ["4", "GHI"], ["5", "JKL"], ["6", "MNO"],
  ["7", "PQRS"], ["8", "TUV"], ["9", "WXYZ"], ["*", ""], ["0", "+"], ["#", ""],
];
const kLetters = ["A", "B", "C", "D"];
const kHoldMs = 500; // a long 0 is a plus
const kCredentials = "causeway-credentials";

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

/** Firefox checks the gateway's word by itself; of other browsers nothing is said. */
function showConfirmation(current) {
  const say = (words) => call === current && element("party").append(span("detail", words));
  current.peerIdentity.then(
    (found) => found && current.caller.level === "verified" && say(`Your browser confirms ${found.name}.`),
    () => say("Your browser could not confirm this by itself."));
}

function startTimer() {
  answeredAt = Date.now();
  const tick = () => (element("timer").textContent = timeText(Math.floor((Date.now() - answeredAt) / 1000)));
  tick();
  element("timer").hidden = false;
  clock = setInterval(tick, 500);
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

function dialNumber(number) {
  if (call) return;
  element("number").value = number;
  dial();
}

/** What the gateway may say before it takes the call. */
function onOutgoing({ detail: placed }) {
  const { to } = placed;
  const current = () => call && party?.number === to && placed.state !== "ended";
  placed.addEventListener("checking", () => current() && show("checking", "Checking who you are …"));
  placed.addEventListener("presented", ({ detail }) => {
    if (!current()) return;
    if (placed.state === "checking") show("calling", `Calling ${to} …`);
    party.shown = showPresented(detail);
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
phone.addEventListener("open", ({ detail }) => showWelcome(detail, dialNumber));
phone.addEventListener("closed", onClosed);
phone.addEventListener("error", onRefused);
phone.addEventListener("outgoing", onOutgoing);
phone.addEventListener("resumed", takeUp);
phone.addEventListener("incoming", ({ detail }) => offer(detail));
phone.addEventListener("message", ({ detail }) => showText(detail));
phone.addEventListener("mailbox", ({ detail }) => showMailbox(detail));
show("idle", "Ready");
phone.connect().catch(() => {});
