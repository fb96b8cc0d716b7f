// What the phone page shows: the only file that knows how its elements speak.
import { badge, callerDetail, callerNumber, givenName, icon, presentedText } from "./caller.js";

const kRecentCalls = 10;
const kDigitShownMs = 1500;

export const element = (id) => document.getElementById(id);

export function show(state, status) {
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

export function showReason(text) {
  element("reason").hidden = !text;
  element("reason").textContent = text;
}

export function showConnection(state, text) {
  element("connection").dataset.state = state;
  element("connection-text").textContent = text;
}

export function showMuted(on) {
  element("mute").setAttribute("aria-pressed", String(on));
  element("mute-text").textContent = on ? "Muted" : "Mute";
}

export function showHold(on) {
  element("hold").setAttribute("aria-pressed", String(on));
  element("hold-text").textContent = on ? "On hold" : "Hold";
}

/** `onNumber` is told which of the gateway's numbers was chosen. */
export function showWelcome({ gateway, user, number, numbers }, onNumber) {
  showConnection("open", "Connected");
  element("mine-user").textContent = user || "Guest";
  element("mine-number").textContent = number || "none: cannot be called";
  element("mine-gateway").textContent = gateway;
  element("login-card").hidden = true;
  element("numbers-card").hidden = numbers.length === 0;
  element("numbers").replaceChildren(...numbers.map((one) => numberItem(one, onNumber)));
}

function numberItem({ number, description }, onNumber) {
  const item = document.createElement("li");
  const button = Object.assign(document.createElement("button"), { type: "button" });
  button.dataset.number = number;
  button.append(Object.assign(document.createElement("b"), { textContent: number }), description);
  button.onclick = () => onNumber(number);
  item.append(button);
  return item;
}

// Who the other side is, and who we are to it.

export function span(className, ...content) {
  const made = Object.assign(document.createElement("span"), { className });
  made.append(...content);
  return made;
}

export function nameOf({ caller }) {
  const number = callerNumber(caller);
  return caller.level === "failed" ? `Claims to be ${number}` : number;
}

/** The number first: the name beside it is only what the caller says. */
export function showIncoming(incoming) {
  const { caller } = incoming;
  const name = givenName(caller);
  element("incoming").dataset.level = caller.level;
  element("incoming-from").replaceChildren(nameOf(incoming), ...(name ? [span("given", `Name given: ${name}`)] : []));
  element("incoming-caller").replaceChildren(badge(caller.level), span("detail", callerDetail(caller)));
}

export function showParty(...content) {
  element("party").hidden = content.length === 0;
  element("party").replaceChildren(...content);
}

/** How the called side sees us; the headline of it, for the list of recent calls. */
export function showPresented(presented) {
  const { headline, detail } = presentedText(presented);
  showParty(span("shown", headline), ...(detail ? [span("detail", detail)] : []));
  return headline;
}

export function addRecent({ incoming, number, level, shown }, how) {
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

export function timeText(seconds) {
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
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

export function showQuality({ browser, sip }) {
  element("quality-browser").textContent = legText(browser);
  element("quality-sip").textContent = legText(sip);
}

export function showReceivedDigit(digit) {
  const status = element("status");
  const before = (status.dataset.before ??= status.textContent);
  const text = (status.textContent = `They pressed ${digit}`);
  setTimeout(() => {
    if (status.textContent !== text) return;
    status.textContent = before;
    delete status.dataset.before;
  }, kDigitShownMs);
}

export function showText({ from, text }) {
  showReason(`Message from ${from}: ${text}`);
}

export function showMailbox({ waiting, newMessages }) {
  element("mailbox-row").hidden = false;
  element("mailbox").textContent = waiting ? `${newMessages || "New"} waiting` : "Nothing new";
}
