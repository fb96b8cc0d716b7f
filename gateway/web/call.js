// One call of a page: its offer, its path and its end. Part of causeway.js.
import { CausewayError } from "./causeway_error.js";
import { checkIdentityOptions, createOffer, identified } from "./identity.js";
import { deferred, nextTask, sleep, withDeadline } from "./promises.js";

const kAnswerMs = 20000; // from `call` or `accept` to the gateway's answer
const kHangupMs = 3000; // for the gateway's last word
const kDisconnectedMs = 2000; // ICE often mends itself sooner
const kRepairMs = 1000; // between attempts to mend a path
const kDigitGapMs = 70;
const kPauseMs = 2000; // "," among digits

function endOf(message) {
  const { reason, by, text, id } = message;
  return { reason, by, text, id, sipStatus: message.sip_status, q850: message.q850 };
}

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
