// Causeway in any page: an ES module (with identity.js beside it) that telephones through the gateway.
// import { Causeway } from "https://gateway.example/causeway.js";
// const phone = new Causeway("wss://gateway.example", { token });
// const call = await phone.call("600");
// The protocol is gateway/http/PROTOCOL.md, version 1.

import { callerOf, checkIdentityOptions, createOffer, identified } from "./identity.js";
export { oidcIdentity } from "./identity.js";

const kProtocolVersion = 1;
const kConnectMs = 15000;
const kAnswerMs = 20000; // from `call` or `accept` to the gateway's answer
const kHangupMs = 3000; // for the gateway's last word
const kFailedPathMs = 8000; // for a path that is lost, where the gateway does not wait longer
const kDisconnectedMs = 2000; // ICE often mends itself sooner
const kRepairMs = 1000; // between attempts to mend a path
const kIceServersMs = 3000; // for fresh credentials; then the old ones must do
const kMessageMs = 25000; // for the telephone network's word on a message
const kRetryFirstMs = 500;
const kRetryMaxMs = 30000;
const kRetryCallsMs = 2000; // at most, while calls wait
const kDigitGapMs = 70;
const kPauseMs = 2000; // "," among digits
const kMaxPage = 2048;

/** Why something did not work. `reason` is a code of the protocol ("busy", "not-authenticated", ...) or one of
 *  "unreachable", "no-microphone", "gateway-timeout", "closed", "identity-failed", "identity-unsupported",
 *  "identity-login" (with `loginUrl`, where the provider names one). `by` tells whose fault it was. */
export class CausewayError extends Error {
  constructor({
    reason, by = "none", text = reason, sipStatus = 0, q850 = 0, field = "", id = "", loginUrl = "",
  }) {
    super(text);
    this.name = "CausewayError";
    Object.assign(this, { reason, by, text, sipStatus, q850, field, id, loginUrl });
  }
}

/** A promise with its two ends. One that nobody awaits does not complain. */
function deferred() {
  const ends = {};
  ends.promise = new Promise((resolve, reject) => Object.assign(ends, { resolve, reject }));
  ends.promise.catch(() => {});
  return ends;
}

/** The next task, also in a background tab, where timers are slow. */
function nextTask() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function withDeadline(promise, ms, error) {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(error), ms)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

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

function endOf(message) {
  const { reason, by, text, id } = message;
  return { reason, by, text, id, sipStatus: message.sip_status, q850: message.q850 };
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

const kEndedMeanwhile = {
  reason: "page-gone", by: "none", text: "The call ended while the connection was lost.",
};

/** One call. Events: checking (who this page is), presented {detail: {number, identity, source, attest, note}},
 *  ringing, early, answered, ended {detail: {reason, by, text, sipStatus, q850}}, dtmf {detail: {digit,
 *  duration}}, statistics {detail: {browser, sip, srtp}}, held {detail: {on}} by the telephone, reconnecting and
 *  reconnected (`reconnecting` says which), message (as of Causeway), transfer {detail: {state, by, to, text,
 *  sipStatus}}: `state` is "trying", "ringing", "done" or "failed"; done by "sip", the call goes on with `to`.
 *  `state`: "incoming", "calling", "checking", "ringing", "early", "answered", "ended".
 *  `presented`: how the called side sees this page, null until known. `caller` of an incoming call: {number,
 *  display, verstat, attest, method, signer, media_bound, privacy, reason, level}; `level` is "verified",
 *  "partly", "not-verified", "failed" or "anonymous". */
export class Call extends EventTarget {
  #line;
  #options;
  #peer = null;
  #ownStream = false;
  #audio = null;
  #taken = deferred(); // the gateway's answer to our offer
  #answered = deferred();
  #ended = deferred();
  #peerIdentity = deferred();
  #handingOver = null;
  #inOrder = Promise.resolve();
  #digits = Promise.resolve();
  #held = []; // own candidates found before the offer was sent
  #early = []; // the gateway's, come before its answer
  #offered = false;
  #candidatesOver = false;
  #pathTimer = 0;
  #giveUpTimer = 0;
  #reoffering = null; // the answer to a further offer
  #wantsRestart = false;
  #quiet = false; // a further offer is not sent yet

  constructor(line, name, parties, options) {
    super();
    this.#line = line;
    this.#options = options;
    this.name = name;
    this.id = parties.id ?? "";
    this.from = parties.from ?? "";
    this.fromDisplay = parties.fromDisplay ?? "";
    this.headers = parties.headers ?? {};
    this.to = parties.to ?? "";
    this.incoming = parties.from !== undefined;
    this.caller = parties.caller ?? null;
    /** Of an incoming call: {number, display, reason} of whom it was for before, or null. */
    this.diverted = parties.diverted ?? null;
    this.presented = null;
    this.state = parties.state ?? (this.incoming ? "incoming" : "calling");
    this.reconnecting = false;
    this.muted = false;
    this.localStream = null;
    this.remoteStream = new MediaStream();
  }

  /** Resolves when the called party answers; rejects with the reason when the call ends before. */
  get answered() {
    return this.#answered.promise;
  }

  /** Resolves with {reason, by, text, sipStatus, q850}; never rejects. */
  get ended() {
    return this.#ended.promise;
  }

  /** {name, idp} as the browser itself verified it; null where no browser does, or when the call ends before;
   *  rejects when the gateway's assertion is not good. */
  get peerIdentity() {
    return this.#peerIdentity.promise;
  }

  /** Takes an incoming call. Options as in Causeway.call(). */
  async accept(options = {}) {
    if (this.state !== "incoming") {
      throw new CausewayError({ reason: "closed", text: "There is nothing to accept." });
    }
    this.state = "calling";
    await this._start({ type: "accept" }, options);
    return this;
  }

  decline() {
    this.#line.send({ type: "decline", call: this.name });
    this.#expectEnd();
  }

  hangup() {
    if (this.state === "ended") return;
    if (this.state === "incoming") return this.decline();
    if (!this.#offered) {
      return this._onEnded({ reason: "cancelled", by: "browser", text: "The call was given up." });
    }
    this.#line.send({ type: "hangup", call: this.name });
    this.#expectEnd();
  }

  /** The telephone hears nothing and need not send; false takes it back. */
  hold(on = true) {
    for (const transceiver of this.#peer?.getTransceivers() ?? []) {
      transceiver.direction = on ? "inactive" : "sendrecv";
    }
    return this.#reoffer(false);
  }

  /** Takes up a call of the page that stood here before (`resumed` of Causeway). Options as in Causeway.call(). */
  async resume(options = {}) {
    this.#show(true);
    await this._start({ type: "offer" }, options);
    if (this.state === "answered") this.#answered.resolve(this);
    this.#show(false);
    return this;
  }

  /** Hands the other side over: to a number, or to the other side of another answered Call. Resolves when it is
   *  done, and this call ends; rejects with the reason when the call goes on as it was. */
  transfer(target) {
    this.#handingOver?.reject(new CausewayError({ reason: "closed", text: "Another transfer was asked for." }));
    this.#handingOver = deferred();
    const where = target instanceof Call ? { with: target.name } : { to: String(target) };
    this.#line.send({ type: "transfer", call: this.name, ...where });
    return this.#handingOver.promise;
  }

  /** A short text to the other side. Resolves when it was delivered. */
  message(text) {
    return this.#line.write(this.name, text);
  }

  #onTransfer({ state, by, to, text, sip_status: sipStatus }) {
    if (by === "browser" && state === "done") this.#handingOver?.resolve();
    if (by === "browser" && state === "failed") {
      this.#handingOver?.reject(new CausewayError({ reason: "transfer-failed", by: "sip", text, sipStatus }));
    }
    this.#tell("transfer", { state, by, to, text, sipStatus });
  }

  mute(on = true) {
    this.muted = on;
    for (const track of this.localStream?.getAudioTracks() ?? []) track.enabled = !on;
  }

  /** One or more of 0-9 * # A-D; "," is a pause. Resolves when the last one was sent. */
  sendDtmf(digits, duration = 100) {
    for (const digit of String(digits).toUpperCase()) {
      this.#digits = this.#digits.then(async () => {
        if (this.state === "ended") return;
        if (digit === ",") return sleep(kPauseMs);
        this.#line.send({ type: "dtmf", call: this.name, digit, duration });
        await sleep(duration + kDigitGapMs);
      });
    }
    return this.#digits;
  }

  /** Once a second a `statistics` event of both legs. */
  watchStatistics(on = true) {
    this.#line.send({ type: "statistics", call: this.name, on });
  }

  /** Not for pages: offers, and waits for the gateway's answer. */
  async _start(message, { stream, constraints = true, audio, identity, identityProvider } = {}) {
    try {
      checkIdentityOptions({ identity, identityProvider });
      this.localStream = stream ?? (await this.#microphone(constraints));
      if (this.state === "ended") throw new CausewayError(await this.ended);
      const sdp = await identified(await this.#offer(audio, identityProvider), identity);
      if (this.state === "ended") throw new CausewayError(await this.ended);
      this.#line.send({ ...message, call: this.name, sdp });
      this.#offered = true;
      for (const candidate of this.#held.splice(0)) this.#sendCandidate(candidate);
      await withDeadline(this.#taken.promise, kAnswerMs, new CausewayError({
        reason: "gateway-timeout", by: "gateway", text: "The gateway did not answer in time.",
      }));
    } catch (error) {
      const known = error instanceof CausewayError ? error
        : new CausewayError({
          reason: error.reason ?? "browser-failed", by: "browser", text: error.message,
          loginUrl: error.loginUrl,
        });
      if (this.state !== "ended") {
        if (this.#offered) this.#line.send({ type: "hangup", call: this.name });
        else if (this.incoming) this.#line.send({ type: "decline", call: this.name });
        this._onEnded(known);
      }
      throw known;
    }
  }

  async #microphone(constraints) {
    try {
      const media = navigator.mediaDevices;
      if (!media) throw new Error("a page may use the microphone only over https or from localhost");
      const stream = await media.getUserMedia({ audio: constraints, video: false });
      this.#ownStream = true;
      if (this.state === "ended") stream.getTracks().forEach((track) => track.stop());
      return stream;
    } catch (error) {
      throw new CausewayError({
        reason: "no-microphone", by: "browser", text: `The microphone cannot be used: ${error.message}`,
      });
    }
  }

  async #offer(audio, identityProvider) {
    const peer = (this.#peer = new RTCPeerConnection({
      iceServers: await this.#line.iceServers(), bundlePolicy: "max-bundle",
      iceTransportPolicy: this.#options.iceTransportPolicy,
    }));
    peer.onicecandidate = ({ candidate }) => this.#onLocalCandidate(candidate?.candidate ?? "");
    peer.ontrack = ({ track }) => this.remoteStream.addTrack(track);
    peer.onconnectionstatechange = () => this.#onPathState(peer.connectionState);
    if (this.state === "ended") peer.close();
    for (const track of this.localStream.getAudioTracks()) peer.addTrack(track, this.localStream);
    this.#play(audio);
    this.mute(this.muted);
    if (peer.peerIdentity) peer.peerIdentity.then(this.#onPeerIdentity, this.#peerIdentity.reject);
    else this.#peerIdentity.resolve(null);
    await peer.setLocalDescription(await createOffer(peer, identityProvider));
    return peer.localDescription.sdp;
  }

  #onPeerIdentity = (found) => this.#peerIdentity.resolve(found && { name: found.name, idp: found.idp });

  #play(audio) {
    if (audio === false) return;
    this.#audio = audio ?? new Audio();
    this.#audio.autoplay = true;
    this.#audio.srcObject = this.remoteStream;
    // A page that the user has not touched may be refused; autoplay starts when there is sound to play.
    this.#audio.play()?.catch(() => {});
  }

  #onLocalCandidate(candidate) {
    if (this.#candidatesOver) return;
    this.#candidatesOver = candidate === "";
    if (this.#offered && !this.#quiet) this.#sendCandidate(candidate);
    else this.#held.push(candidate);
  }

  #sendCandidate(candidate) {
    this.#line.send({ type: "candidate", call: this.name, candidate });
  }

  #onPathState(state) {
    clearTimeout(this.#pathTimer);
    if (state === "connected" && !this.#reoffering && this.#line.connected()) this.#show(false);
    if (state === "disconnected") this.#pathTimer = setTimeout(() => this.#repair(), kDisconnectedMs);
    if (state === "failed") this.#repair();
  }

  /** A new path by an ICE restart, again and again until there is one or time is up. */
  async #repair() {
    clearTimeout(this.#pathTimer);
    if (this.state === "ended" || !this._canWait) return;
    this.#show(true);
    if (!this.#line.connected()) return;
    await this.#reoffer(true).catch(() => {});
    if (this.state === "ended" || !this.#line.connected()) return;
    if (this.#peer.connectionState === "connected") return this.#show(false);
    this.#pathTimer = setTimeout(() => this.#repair(), 4 * kRepairMs);
  }

  async #reoffer(restart) {
    this.#wantsRestart ||= restart;
    if (this.#reoffering) return this.#reoffering.promise.then(() => this.#wantsRestart && this.#reoffer(false));
    const peer = this.#peer;
    const reoffering = (this.#reoffering = deferred());
    try {
      const iceRestart = this.#wantsRestart;
      this.#wantsRestart = false;
      this.#candidatesOver = false;
      this.#quiet = true;
      const iceServers = await this.#line.iceServers();
      if (iceRestart) peer.setConfiguration({ ...peer.getConfiguration(), iceServers });
      await peer.setLocalDescription(await peer.createOffer({ iceRestart }));
      this.#line.send({ type: "offer", call: this.name, sdp: peer.localDescription.sdp });
      this.#quiet = false;
      for (const candidate of this.#held.splice(0)) this.#sendCandidate(candidate);
      await withDeadline(reoffering.promise, kAnswerMs, new CausewayError({
        reason: "gateway-timeout", by: "gateway", text: "The gateway did not answer in time.",
      }));
    } catch (error) {
      if (peer.signalingState === "have-local-offer") await peer.setLocalDescription({ type: "rollback" });
      throw error;
    } finally {
      this.#quiet = false;
      if (this.#reoffering === reoffering) this.#reoffering = null;
    }
  }

  /** Not for pages: the gateway has taken it, so it can be taken up again. */
  get _canWait() {
    return this.id !== "" && this.#peer !== null && this.state !== "incoming";
  }

  /** Not for pages: the connection is gone. */
  _onLost() {
    clearTimeout(this.#pathTimer);
    this.#reoffering?.reject(new CausewayError({ reason: "unreachable", text: "The connection is lost." }));
    this.#show(true);
  }

  /** Not for pages: the connection is back, and the call is still there. */
  _onBack({ state }) {
    if (state !== this.state && this.state !== "answered") this._onMessage({ type: state });
    this.#repair();
  }

  #show(reconnecting) {
    if (this.reconnecting === reconnecting || this.state === "ended") return;
    this.reconnecting = reconnecting;
    clearTimeout(this.#giveUpTimer);
    if (reconnecting) this.#giveUpTimer = setTimeout(() => this.hangup(), this.#line.waits());
    this.#tell(reconnecting ? "reconnecting" : "reconnected");
  }

  /** Not for pages. Messages are taken one after the other: an answer needs time to be set. */
  _onMessage(message) {
    this.#inOrder = this.#inOrder.then(() => this.#take(message)).catch((error) => {
      this.hangup();
      this._onEnded({ reason: "browser-failed", by: "browser", text: error.message });
    });
  }

  async #take(message) {
    if (this.state === "ended") return;
    switch (message.type) {
      case "answer":
        this.id = message.id;
        await this.#peer.setRemoteDescription({ type: "answer", sdp: message.sdp });
        for (const candidate of this.#early.splice(0)) await this.#addCandidate(candidate);
        this.#taken.resolve();
        this.#reoffering?.resolve();
        // Who awaits call() gets the chance to listen before the next event.
        return nextTask();
      case "candidate":
        return this.#addCandidate(message.candidate);
      case "presented": {
        const { type, call, ...how } = message;
        this.presented = how;
        return this.#tell(type, how);
      }
      case "held":
        return this.#tell("held", { on: message.on });
      case "calling":
        return;
      case "checking":
      case "ringing":
      case "early":
        this.state = message.type;
        return this.#tell(message.type);
      case "answered":
        this.state = "answered";
        this.#answered.resolve(this);
        return this.#tell("answered");
      case "ended":
        return this._onEnded(endOf(message));
      case "transfer":
        return this.#onTransfer(message);
      case "dtmf":
        return this.#tell("dtmf", { digit: message.digit, duration: message.duration });
      case "statistics":
        return this.#tell("statistics", message);
      case "error":
        return this.#onRefused(message);
    }
  }

  async #addCandidate(candidate) {
    if (!this.#peer?.remoteDescription) return this.#early.push(candidate);
    // A candidate that this browser does not like is no reason to end the call.
    await this.#peer.addIceCandidate({ candidate, sdpMLineIndex: 0 }).catch(() => {});
  }

  #onRefused({ code, text, field }) {
    const error = new CausewayError({ reason: code, by: "gateway", text, field });
    if (this.#reoffering && field === "sdp") return this.#reoffering.reject(error);
    this.#tell("error", error);
    // A refused offer, and a call that the gateway does not know, are over.
    const over = code === "unknown-call" || field === "sdp" || (!this.id && field !== "candidate");
    if (over) this._onEnded({ reason: code, by: "gateway", text, field });
  }

  #expectEnd() {
    const end = { reason: "hangup", by: "browser", text: "The call was hung up." };
    setTimeout(() => this._onEnded(end), kHangupMs);
  }

  /** Not for pages. */
  _onEnded({ reason, by, text, field = "", id = this.id, sipStatus = 0, q850 = 0 }) {
    if (this.state === "ended") return;
    const end = { reason, by, text, field, id, sipStatus, q850 };
    this.state = "ended";
    clearTimeout(this.#pathTimer);
    clearTimeout(this.#giveUpTimer);
    this.#reoffering?.reject(new CausewayError({ reason, by, text }));
    this.#line.forget(this.name);
    this.#peer?.close();
    if (this.#ownStream) this.localStream?.getTracks().forEach((track) => track.stop());
    if (this.#audio) this.#audio.srcObject = null;
    const error = new CausewayError(end);
    this.#taken.reject(error);
    this.#answered.reject(error);
    this.#ended.resolve(end);
    this.#peerIdentity.resolve(null);
    this.#handingOver?.reject(error);
    this.#tell("ended", end);
  }

  #tell(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

const kButtonStyle = `
  :host { display: inline-flex; flex-direction: column; align-items: flex-start; gap: .35em; font: inherit; }
  button { font: inherit; font-weight: 600; color: #fff; background: #0a7d45; border: 0; border-radius: 2em;
           padding: .65em 1.3em; cursor: pointer; display: inline-flex; align-items: center; gap: .5em; }
  button:hover { filter: brightness(1.08); }
  button:focus-visible { outline: 3px solid #4c9ffe; outline-offset: 2px; }
  button.busy { background: #c62f2f; }
  [part=status] { font-size: .85em; min-height: 1.2em; }
  svg { width: 1.1em; height: 1.1em; fill: currentColor; }
  .busy svg { rotate: 135deg; }
  @media (prefers-reduced-motion: no-preference) { svg { transition: rotate .2s; } }
`;
const kHandset =
  "M6.6 10.8a15 15 0 0 0 6.6 6.6l2.2-2.2c.3-.3.7-.4 1-.2 1.1.4 2.3.6 3.6.6.6 0 1 .4 1 1V20c0 .6-.4 1-1 1" +
  "A17 17 0 0 1 3 4c0-.6.4-1 1-1h3.5c.6 0 1 .4 1 1 0 1.3.2 2.5.6 3.6.1.4 0 .8-.3 1z";

const kButton = `<button part="button" type="button">` +
  `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${kHandset}"/></svg>` +
  `<span id="label"><slot>Call</slot></span><span id="end" hidden>Hang up</span></button>` +
  `<span part="status" role="status" aria-live="polite"></span>`;

function timeText(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** <causeway-call to="600" gateway="wss://gateway.example" token="...">Call us</causeway-call>, or with
 *  capability="...": a button that calls and hangs up, with the state and the reason below it. Parts for
 *  styling: button, status.
 *  Event: state {detail: {state, call, text}}. */
const Base = globalThis.HTMLElement ?? class {};
export class CausewayCallElement extends Base {
  #phone = null;
  #call = null;
  #ticking = 0;
  #button;
  #label;
  #end;
  #status;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    const style = new CSSStyleSheet();
    style.replaceSync(kButtonStyle);
    root.adoptedStyleSheets = [style]; // a <style> element would need the page's CSP to allow it
    root.innerHTML = kButton;
    this.#button = root.querySelector("button");
    this.#label = root.querySelector("#label");
    this.#end = root.querySelector("#end");
    this.#status = root.querySelector("[part=status]");
    this.#button.onclick = () => this.toggle();
  }

  disconnectedCallback() {
    this.#phone?.close();
  }

  /** What a click does: calls, or hangs up. */
  toggle() {
    if (this.#phone) return this.#call ? this.#call.hangup() : this.#phone.close();
    return this.#dial();
  }

  async #dial() {
    const attribute = (name) => this.getAttribute(name) ?? "";
    this.#phone = new Causeway(attribute("gateway"), {
      token: attribute("token"), capability: attribute("capability"), reconnect: false,
    });
    this.#phone.addEventListener("incoming", ({ detail }) => detail.decline());
    this.#phone.addEventListener("outgoing", ({ detail }) =>
      detail.addEventListener("checking", () => this.#show("checking", "Checking who you are …")));
    this.#show("calling", "Calling …");
    try {
      this.#call = await this.#phone.call(attribute("to"));
      this.#call.addEventListener("ringing", () => this.#show("ringing", "Ringing …"));
      this.#call.addEventListener("answered", () => this.#tick());
      const end = await this.#call.ended;
      this.#finish(end.reason === "hangup" ? "Call ended." : end.text);
    } catch (error) {
      this.#finish(error.text ?? error.message);
    }
  }

  #tick() {
    const start = Date.now();
    this.#show("answered", "Connected");
    this.#ticking = setInterval(
      () => (this.#status.textContent = timeText(Math.floor((Date.now() - start) / 1000))), 1000);
  }

  #finish(text) {
    clearInterval(this.#ticking);
    this.#phone.close();
    this.#phone = null;
    this.#call = null;
    this.#show("idle", text);
  }

  #show(state, text) {
    const busy = state !== "idle";
    this.#button.classList.toggle("busy", busy);
    this.#label.hidden = busy;
    this.#end.hidden = !busy;
    this.#status.textContent = text;
    this.dispatchEvent(new CustomEvent("state", { detail: { state, call: this.#call, text } }));
  }
}

if (globalThis.customElements && !customElements.get("causeway-call")) {
  customElements.define("causeway-call", CausewayCallElement);
}
