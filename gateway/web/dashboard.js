// The operators' list of calls: GET /v1/calls every two seconds with their token. What it shows was written by
// strangers, so all of it goes in as text. One row per record of gateway/accounting; `ended` and `end` are null
// while the call runs.
import { icon } from "./caller.js";

const kPollMs = 2000;
const kToken = "causeway-operator-token";

const element = (id) => document.getElementById(id);
const opened = new Set(); // ids of calls whose details are shown
let token = sessionStorage.getItem(kToken) ?? "";
let records = [];
let timer = 0;
let asking = 0; // the newest question; answers to older ones are late

// One record as words.

const text = (value) => (value === null || value === undefined ? "" : String(value));

function fromBrowser({ direction }) {
  return direction === "browser-to-sip";
}

function isRunning({ ended, end }) {
  return !ended || !end;
}

function timeOf(stamp) {
  const time = new Date(stamp ?? NaN);
  return Number.isNaN(time.getTime()) ? text(stamp) : time.toLocaleTimeString([], { hour12: false });
}

function stateOf(record) {
  if (!isRunning(record)) return text(record.end.code);
  if (record.state) return text(record.state);
  if (record.answered) return "talking";
  return record.ringing ? "ringing" : "setting up";
}

function reasonOf({ end, identity }) {
  const why = text(identity?.reason);
  const ended = end && end.code !== "hangup" ? text(end.text) : "";
  return [...new Set([why, ended])].filter(Boolean).join(" · ");
}

const kPassed = "TN-Validation-Passed";
const kBad = /invalid|failed|expired|replay|refused|fingerprint|stale/i;

/** Only attestation A says whose the number is (RFC 8588 §4). */
function toneOf(verdict, attest) {
  if (verdict === "valid" || (verdict === kPassed && attest === "A")) return { tone: "good", sign: "verified" };
  if (verdict === kPassed) return { tone: "part", sign: "partly" };
  if (kBad.test(verdict)) return { tone: "bad", sign: "failed" };
  return { tone: "none", sign: "unverified" };
}

function verdictMark({ identity }) {
  const verdict = text(identity?.verdict);
  if (!verdict) return "";
  const { tone, sign } = toneOf(verdict, text(identity.attest));
  const mark = Object.assign(document.createElement("span"), { className: "badge" });
  mark.dataset.tone = tone;
  mark.append(icon(sign), verdict);
  return mark;
}

function attestationOf(record) {
  const attest = text(record.identity?.attest);
  return attest && `${attest} ${fromBrowser(record) ? "sent" : "received"}`;
}

function direction(record) {
  return fromBrowser(record) ? "out: browser → telephone" : "in: telephone → browser";
}

function shownFrom({ from, identity }) {
  const presented = text(identity?.presented);
  return presented && presented !== text(from) ? `${text(from)} as ${presented}` : text(from);
}

const kLegs = [["browser", "Browser"], ["sip", "Telephone"]];
const kWays = [["received", "said"], ["sent", "heard"]];

/** The worst mean score of all ends and directions. */
function soundOf(record) {
  const scores = kLegs.flatMap(([leg]) => kWays.map(([way]) => record[leg]?.[way]?.mos_avg)).filter(Number.isFinite);
  if (!scores.length) return "";
  const mos = Math.min(...scores);
  const mark = Object.assign(document.createElement("span"), { className: "badge" });
  mark.dataset.tone = mos >= 4 ? "good" : mos >= 3.1 ? "part" : "bad";
  mark.append(mos.toFixed(1));
  return mark;
}

function legOf(record, leg) {
  const figures = record[leg];
  if (!figures?.codec) return "";
  const parts = [figures.codec];
  for (const [way, word] of kWays) {
    const { mos_avg: mean, mos_min: worst, lost } = figures[way] ?? {};
    if (Number.isFinite(mean)) parts.push(`${word} ${mean.toFixed(2)} (lowest ${worst.toFixed(2)}), ${lost} lost`);
  }
  if (Number.isFinite(figures.round_trip_max_ms)) parts.push(`round trip ${Math.round(figures.round_trip_max_ms)} ms`);
  return parts.join(" · ");
}

const kColumns = [
  ["Time", (record) => detailsButton(record)],
  ["Direction", (record) => (fromBrowser(record) ? "out ↗" : "in ↙")],
  ["From", shownFrom],
  ["To", ({ to }) => text(to)],
  ["Trunk", ({ trunk }) => text(trunk)],
  ["State", stateOf],
  ["Sound", soundOf],
  ["Identity", ({ identity }) => text(identity?.source)],
  ["Verdict", verdictMark],
  ["Attestation", attestationOf],
  ["Signer", ({ identity }) => text(identity?.signer) || text(identity?.provider)],
  ["Reason", reasonOf],
];

const kDetails = [
  ["Call", ({ call }) => call],
  ["Direction", direction],
  ["SIP Call-ID", ({ sip_call_id: id }) => id],
  ["User", ({ user }) => user],
  ["Page", ({ page }) => page],
  ["Started", ({ started }) => started],
  ["Answered", ({ answered }) => answered],
  ["Ended", ({ ended }) => ended],
  ["Ended by", ({ end }) => end?.by],
  ["SIP status", ({ end }) => end?.sip_status],
  ["Talked", ({ talked_seconds: seconds }) => (seconds ? `${seconds} s` : "")],
  ...kLegs.map(([leg, name]) => [`${name} sound`, (record) => legOf(record, leg)]),
  ["Rule", ({ identity }) => identity?.rule],
  ["Provider", ({ identity }) => identity?.provider],
  ["Binding", ({ identity }) => identity?.binding],
  ["Permission", ({ identity }) => identity?.token],
  ["Presented", ({ identity }) => identity?.presented],
];

// The table.

function detailsButton(record) {
  const button = Object.assign(document.createElement("button"), { type: "button" });
  button.textContent = timeOf(record.started);
  button.setAttribute("aria-expanded", String(opened.has(record.call)));
  button.setAttribute("aria-label", `Details of the call at ${timeOf(record.started)}`);
  return button;
}

function cell(name, content) {
  const made = document.createElement("td");
  made.dataset.name = name;
  made.dataset.empty = String(content === "");
  made.append(content);
  return made;
}

function row(record) {
  const made = Object.assign(document.createElement("tr"), { className: "call" });
  made.dataset.running = String(isRunning(record));
  made.dataset.call = text(record.call);
  made.append(...kColumns.map(([name, read]) => cell(name, read(record))));
  made.onclick = () => {
    // A selection with the mouse is no click.
    if (String(getSelection())) return;
    if (!opened.delete(record.call)) opened.add(record.call);
    show();
  };
  return made;
}

function detailsRow(record) {
  const made = Object.assign(document.createElement("tr"), { className: "more" });
  const list = document.createElement("dl");
  for (const [name, read] of kDetails) {
    const value = text(read(record));
    if (!value) continue;
    const pair = document.createElement("div");
    pair.append(Object.assign(document.createElement("dt"), { textContent: name }));
    pair.append(Object.assign(document.createElement("dd"), { textContent: value }));
    list.append(pair);
  }
  const whole = Object.assign(document.createElement("td"), { colSpan: kColumns.length });
  whole.append(list);
  made.append(whole);
  return made;
}

function matches(record, wanted) {
  return !wanted || JSON.stringify(record).toLowerCase().includes(wanted);
}

/** Running calls first, each part with its newest first. */
function inOrder(all) {
  const started = ({ started: time }) => text(time);
  return [...all].sort((one, other) =>
    isRunning(other) - isRunning(one) || started(other).localeCompare(started(one)));
}

function show() {
  const wanted = element("filter").value.trim().toLowerCase();
  const shown = inOrder(records).filter((record) => matches(record, wanted));
  const focused = document.activeElement?.closest?.("tr.call")?.dataset.call;
  element("calls").replaceChildren(...shown.flatMap((record) =>
    opened.has(record.call) ? [row(record), detailsRow(record)] : [row(record)]));
  const again = [...document.querySelectorAll("tr.call")].find(({ dataset }) => dataset.call === focused);
  if (focused) again?.querySelector("button").focus();
  const running = records.filter(isRunning).length;
  element("count").textContent = `${running} running, ${records.length - running} over`;
  element("empty").hidden = shown.length > 0;
}

// The gateway.

function showConnection(state, words) {
  element("connection").dataset.state = state;
  element("connection-text").textContent = words;
}

function askForToken(reason) {
  clearTimeout(timer);
  ++asking;
  token = "";
  sessionStorage.removeItem(kToken);
  records = [];
  show();
  element("calls-card").hidden = true;
  element("login-card").hidden = false;
  element("reason").hidden = !reason;
  element("reason").textContent = reason;
  element("token").focus();
  showConnection("refused", "Not logged in");
}

async function fetchCalls() {
  const answer = await fetch("/v1/calls", { headers: { Authorization: `Bearer ${token}` }, cache: "no-store" });
  if (answer.status === 401 || answer.status === 403) return { refused: "The gateway does not take this token." };
  if (answer.status === 404 || answer.status === 405) {
    return { refused: "This gateway shows no calls: no operator token is configured." };
  }
  if (!answer.ok) throw new Error(`the gateway says ${answer.status}`);
  const { calls } = await answer.json();
  if (!Array.isArray(calls)) throw new Error("the gateway's answer has no calls");
  return { calls };
}

async function poll() {
  clearTimeout(timer);
  const question = ++asking;
  try {
    const { refused, calls } = await fetchCalls();
    if (question !== asking) return;
    if (refused) return askForToken(refused);
    records = calls;
    sessionStorage.setItem(kToken, token);
    element("login-card").hidden = true;
    element("calls-card").hidden = false;
    showConnection("open", `As of ${timeOf(Date.now())}`);
    // Whoever selects text to copy it must not lose it.
    if (!String(getSelection())) show();
  } catch (error) {
    if (question !== asking) return;
    showConnection("closed", `No answer: ${error.message}`);
  }
  timer = setTimeout(poll, kPollMs);
}

element("columns").append(...kColumns.map(([name]) =>
  Object.assign(document.createElement("th"), { textContent: name, scope: "col" })));
element("filter").oninput = show;
element("forget").onclick = () => askForToken("");
element("login").onsubmit = (event) => {
  event.preventDefault();
  token = element("token").value.trim();
  element("token").value = "";
  poll();
};
document.addEventListener("visibilitychange", () => {
  if (document.hidden) clearTimeout(timer);
  else if (token) poll();
});
if (token) poll();
else askForToken("");
