// One connection to a gateway: logs in, comes back when it is lost, and hands each call its messages. Part of
// causeway.js. The protocol is gateway/http/PROTOCOL.md, version 1.
import { Call } from "./call.js";
import { CausewayError } from "./causeway_error.js";
import { callerOf } from "./identity.js";
import { deferred, withDeadline } from "./promises.js";

const kProtocolVersion = 1;
const kConnectMs = 15000;
const kFailedPathMs = 8000; // for a path that is lost, where the gateway does not wait longer
const kIceServersMs = 3000; // for fresh credentials; then the old ones must do
const kMessageMs = 25000; // for the telephone network's word on a message
const kRetryFirstMs = 500;
const kRetryMaxMs = 30000;
const kRetryCallsMs = 2000; // at most, while calls wait
const kMaxPage = 2048;
const kEndedMeanwhile = {
  reason: "page-gone", by: "none", text: "The call ended while the connection was lost.",
};

/** "https://host" and relative addresses become the WebSocket's. */
function socketAddress(url) {
  const address = new URL(url || "/", import.meta.url);
  address.protocol = address.protocol.replace(/^http/, "ws");
  if (address.pathname === "/") address.pathname = "/v1/ws";
  address.hash = "";
  return address.href;
}

/** What the gateway may know of the calling page; nothing when the page has no origin to prove it by. */
function pageAddress() {
  const { origin, pathname, search } = globalThis.location ?? {};
  if (!origin || !origin.startsWith("http")) return {};
  const page = origin + pathname + search;
  return { page: page.length <= kMaxPage ? page : (origin + pathname).slice(0, kMaxPage) };
}

/** What a call tells of its caller, and by what right; nothing that was not given. */
function wishesOf({ number = "", privacy = false, capability = "" }) {
  // People write +1 (215) 555-1212; the protocol does not.
  const dialable = String(number).replace(/[\s().\-/]/g, "");
  const given = { number: dialable, privacy: Boolean(privacy), capability };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value));
}

/** What a page that is loaded again comes back with. It lies there only while no page is: a copied tab has none. */
const resumeStore = {
  key: (url) => `causeway-resume ${url}`,
  take(url) {
    try {
      const secret = sessionStorage.getItem(this.key(url)) ?? "";
      sessionStorage.removeItem(this.key(url));
      return secret;
    } catch {
      return "";
    }
  },
  keep(url, secret) {
    try {
      sessionStorage.setItem(this.key(url), secret);
    } catch { /* a page without storage does not come back */ }
  },
};

/** One connection to a gateway.
 *  Where `reconnect` is on, calls outlive the connection and the page: when the connection is lost, they go on once
 *  it is back (events of the Call: reconnecting, reconnected); after the page was loaded again, each comes as
 *  resumed {detail: Call} and is taken up with the microphone, unless a listener prevents it and calls
 *  call.resume(options) itself.
 *  Events: open {detail: welcome}, closed {detail: {reason, text, retryInMs}}, incoming {detail: Call}, outgoing
 *  {detail: Call} as soon as call() begins, message {detail: {from, fromDisplay, to, text, caller}}, mailbox
 *  {detail: {account, waiting, newMessages, oldMessages, urgentMessages}} (voice messages wait, or do not any more),
 *  error {detail: CausewayError} for refusals that belong to no call. */
export class Causeway extends EventTarget {
  #url;
  #credentials;
  #options;
  #socket = null;
  #opening = null;
  #wanted = false;
  #retryTimer = 0;
  #failures = 0;
  #lastCall = 0;
  #calls = new Map();
  #secret = "";
  #resumeMs = 0;
  #lostTimer = 0;
  #givenUp = new Set(); // calls that were hung up while nobody could be told
  #ice = { servers: [], seconds: 0, since: 0 };
  #iceWaits = null;
  #lastMessage = 0;
  #messages = new Map(); // on their way

  /** `url` defaults to the gateway that this module came from. Credentials: `token`, or `user` and `password`,
   *  or `capability` (a signed permission to call), or none for a guest. Options: `iceServers` (besides the
   *  gateway's own), `iceTransportPolicy`, `reconnect` (true). */
  constructor(url, { iceServers = [], iceTransportPolicy = "all", reconnect = true, ...credentials } = {}) {
    super();
    this.#url = socketAddress(url);
    this.login(credentials);
    this.#options = { iceServers, iceTransportPolicy, reconnect };
    if (reconnect) this.#watchNetwork();
    /** The gateway's welcome: {gateway, user, number, numbers}; null while not connected. */
    this.welcome = null;
    /** Voice mailboxes of the user, by account, as far as the gateway was told. */
    this.mailboxes = new Map();
  }

  get connected() {
    return this.welcome !== null;
  }

  get calls() {
    return [...this.#calls.values()];
  }

  /** Other credentials for the next connect(). */
  login({ token = "", user = "", password = "", capability = "" }) {
    this.#credentials = { token, user, password, capability };
  }

  /** Resolves with the welcome. Rejects when the gateway refuses or cannot be reached; in the second case it is
   *  tried again in the background, and `open` tells when it worked. */
  connect() {
    this.#wanted = true;
    if (this.welcome) return Promise.resolve(this.welcome);
    if (!this.#opening) this.#open();
    return this.#opening.promise;
  }

  /** Ends all calls and the connection, for good. */
  close() {
    this.#wanted = false;
    this.#secret = "";
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#lostTimer);
    for (const call of this.calls) call.hangup();
    this.#socket?.close(1000);
  }

  /** Calls `to`. Resolves with the Call as soon as the gateway has taken it, rejects with its reason otherwise.
   *  Options: `stream` (else the microphone is asked for, with `constraints`), `audio` (an <audio> element to
   *  play on, false for none); who calls: `identity` (the base64 value of a=identity, or an async function
   *  (fingerprints, sdp) that resolves with it or null), or `identityProvider` ({domain, protocol, usernameHint},
   *  for browsers that ask one themselves); `number` to show, `privacy` (true hides it), `capability`. */
  async call(to, options = {}) {
    await this.connect();
    const call = new Call(this.#line(), `c${++this.#lastCall}`, { to: String(to) }, this.#options);
    this.#calls.set(call.name, call);
    this.#tell("outgoing", call);
    await call._start({ type: "call", to: String(to), ...wishesOf(options) }, options);
    return call;
  }

  /** A short text to a telephone (1300 bytes at most). Resolves when it was delivered, rejects with why not. */
  async message(to, text, options = {}) {
    await this.connect();
    return this.#write({ to: String(to), ...wishesOf({ ...options, capability: "" }) }, text);
  }

  #write(where, text) {
    const id = `m${++this.#lastMessage}`;
    const delivery = deferred();
    this.#messages.set(id, delivery);
    this.#send({ type: "message", id, ...where, text: String(text) });
    return withDeadline(delivery.promise, kMessageMs, new CausewayError({
      reason: "gateway-timeout", by: "gateway", text: "Nobody said whether the message was delivered.",
    })).finally(() => this.#messages.delete(id));
  }

  #onMessageSent({ id, delivered, reason, text, sip_status: sipStatus }) {
    const delivery = this.#messages.get(id);
    if (delivered) return delivery?.resolve();
    delivery?.reject(new CausewayError({ reason, by: "gateway", text, sipStatus }));
  }

  #onText(message) {
    const { from, from_display: fromDisplay, to, text, caller } = message;
    const detail = { from, fromDisplay, to, text, caller: callerOf(caller, from) };
    const call = this.#calls.get(message.call);
    (call ?? this).dispatchEvent(new CustomEvent("message", { detail }));
  }

  #line() {
    return {
      send: (message) => this.#send(message),
      write: (name, text) => this.#write({ call: name }, text),
      forget: (name) => this.#calls.delete(name),
      connected: () => this.connected,
      iceServers: () => this.#iceServers(),
      waits: () => this.#resumeMs || kFailedPathMs,
    };
  }

  #send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) return this.#socket.send(JSON.stringify(message));
    if (message.type === "hangup") this.#givenUp.add(message.call);
  }

  /** The gateway's TURN credentials end; half of their time is kept for the call. */
  async #iceServers() {
    const { seconds, since } = this.#ice;
    if (seconds && this.connected && Date.now() - since > 500 * seconds) {
      this.#iceWaits = deferred();
      this.#send({ type: "ice-servers" });
      await withDeadline(this.#iceWaits.promise, kIceServersMs, null).catch(() => {});
    }
    return [...this.#options.iceServers, ...this.#ice.servers];
  }

  #takeIceServers({ ice_servers: servers = [], ice_seconds: seconds = 0 }) {
    this.#ice = { servers, seconds, since: Date.now() };
    this.#iceWaits?.resolve();
  }

  #watchNetwork() {
    if (!globalThis.addEventListener) return;
    // What was connected over the old network is dead, though nobody says so.
    globalThis.addEventListener("online", () => this.#calls.size && this.#openAnew());
    globalThis.addEventListener("pagehide", () => {
      if (this.#secret && this.#calls.size) resumeStore.keep(this.#url, this.#secret);
    });
    this.#secret = resumeStore.take(this.#url);
  }

  #openAnew() {
    if (!this.#wanted || this.#opening) return;
    const socket = this.#socket;
    if (socket) this.#onClose(socket, { reason: "" });
    socket?.close(1000);
    this.#open();
  }

  #open() {
    clearTimeout(this.#retryTimer);
    const opening = (this.#opening = deferred());
    const socket = (this.#socket = new WebSocket(this.#url));
    const tooLate = setTimeout(() => socket.close(), kConnectMs);
    opening.promise.finally(() => clearTimeout(tooLate)).catch(() => {});
    socket.onopen = () => socket === this.#socket && this.#hello();
    socket.onmessage = (event) => socket === this.#socket && this.#onMessage(JSON.parse(event.data));
    socket.onclose = (event) => this.#onClose(socket, event);
  }

  #hello() {
    const given = Object.entries(this.#credentials).filter(([, value]) => value);
    this.#send({
      type: "hello", version: kProtocolVersion, ...Object.fromEntries(given), ...pageAddress(),
      ...(this.#options.reconnect ? { resume: this.#secret } : {}),
    });
  }

  #onMessage(message) {
    if (message.type === "welcome") return this.#onWelcome(message);
    if (message.type === "error" && !this.welcome) return this.#onRefused(message);
    if (message.type === "incoming") return this.#onIncoming(message);
    if (message.type === "ice-servers") return this.#takeIceServers(message);
    if (message.type === "message") return this.#onText(message);
    if (message.type === "message_sent") return this.#onMessageSent(message);
    if (message.type === "messages_waiting") return this.#onMailbox(message);
    const call = this.#calls.get(message.call);
    if (call) return call._onMessage(message);
    // What is said of a call that has ended meanwhile is of no interest any more.
    if (message.type === "error" && !message.call) this.#tell("error", this.#errorOf(message));
  }

  #errorOf({ code, field, text }) {
    return new CausewayError({ reason: code, by: "gateway", text, field });
  }

  #onWelcome(message) {
    const { gateway, user, number, numbers } = message;
    this.welcome = { gateway, user, number, numbers };
    this.#failures = 0;
    clearTimeout(this.#lostTimer);
    this.#lostTimer = 0;
    this.#secret = message.resume ?? "";
    this.#resumeMs = 1000 * (message.resume_seconds ?? 0);
    this.#takeIceServers(message);
    this.#opening.resolve(this.welcome);
    this.#opening = null;
    this.#tell("open", this.welcome);
    this.#goOn(message.calls ?? []);
  }

  /** Calls that waited for this page: those that it knows, and those of the page that stood here before. */
  #goOn(listed) {
    const waiting = new Map(listed.map((one) => [one.call, one]));
    for (const call of this.calls) {
      if (!waiting.has(call.name)) call._onEnded(kEndedMeanwhile);
    }
    for (const one of listed) {
      this.#lastCall = Math.max(this.#lastCall, Number(/^c(\d+)$/.exec(one.call)?.[1] ?? 0));
      if (this.#givenUp.delete(one.call)) this.#send({ type: "hangup", call: one.call });
      else if (this.#calls.has(one.call)) this.#calls.get(one.call)._onBack(one);
      else this.#takeUp(one);
    }
    this.#givenUp.clear();
  }

  #takeUp({ call: name, id, state, incoming, from, to }) {
    const call = new Call(this.#line(), name, { id, to, state, ...(incoming ? { from } : {}) }, this.#options);
    this.#calls.set(name, call);
    const event = new CustomEvent("resumed", { detail: call, cancelable: true });
    if (this.dispatchEvent(event)) call.resume().catch(() => {});
  }

  #onRefused(message) {
    if (message.field === "resume" && this.#secret) {
      this.#secret = "";
      return this.#hello();
    }
    // The same hello would be refused again: no retry before another connect().
    this.#wanted = false;
    const error = this.#errorOf(message);
    this.#opening?.reject(error);
    this.#opening = null;
    this.#socket.close(1000);
    this.#tell("error", error);
  }

  #onMailbox({ account, waiting, new_messages, old_messages, urgent_messages }) {
    const mailbox = {
      account, waiting, newMessages: new_messages, oldMessages: old_messages, urgentMessages: urgent_messages,
    };
    this.mailboxes.set(account, mailbox);
    this.#tell("mailbox", mailbox);
  }

  #onIncoming({ call: name, id, from, from_display: fromDisplay, to, caller, headers, diverted = null }) {
    const parties = {
      id, from, fromDisplay, to, caller: callerOf(caller, from), headers: headers ?? {}, diverted,
    };
    const call = new Call(this.#line(), name, parties, this.#options);
    this.#calls.set(name, call);
    this.#tell("incoming", call);
  }

  #onClose(socket, event) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    this.welcome = null;
    const lost = {
      reason: "unreachable", by: "none",
      text: event.reason || "The connection to the gateway is lost.",
    };
    const retry = this.#wanted && this.#options.reconnect;
    this.#loseCalls({ ...lost, reason: "page-gone" }, retry && this.#secret !== "");
    let retryInMs = 0;
    if (retry) {
      // Doubling, with chance: a restarted gateway must not meet all its pages at once.
      const longest = this.#calls.size ? kRetryCallsMs : kRetryMaxMs;
      retryInMs = Math.min(longest, kRetryFirstMs * 2 ** this.#failures++) * (0.5 + Math.random() / 2);
      this.#retryTimer = setTimeout(() => this.#open(), retryInMs);
    }
    this.#opening?.reject(
      new CausewayError({ ...lost, text: event.reason || "The gateway cannot be reached." }));
    this.#opening = null;
    this.#tell("closed", { ...lost, retryInMs });
  }

  /** Those that the gateway has taken wait, if it does. */
  #loseCalls(end, may) {
    for (const call of this.calls) {
      if (!may || !call._canWait) call._onEnded(end);
      else call._onLost();
    }
    if (!this.#calls.size || this.#lostTimer) return;
    this.#lostTimer = setTimeout(() => {
      this.#lostTimer = 0;
      if (!this.connected) for (const call of this.calls) call._onEnded(end);
    }, this.#resumeMs);
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
