// JsSIP as its documentation has it.

import JsSIP from './jssip.js';

const config = { iceServers: [] };

export class JsSipPhone {
  #sessions = new Map();

  constructor({ url, user, domain, password, token, instance }, soft) {
    this.soft = soft;
    this.domain = domain;
    this.agent = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(url)],
      uri: `sip:${user}@${domain}`,
      ...(token ? { authorization_jwt: `Bearer ${token}` } : { password }),
      ...(instance ? { instance_id: instance } : {}),
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 2,
    });
    for (const what of ['connected', 'disconnected', 'registered', 'unregistered', 'registrationFailed']) {
      this.agent.on(what, ({ response, cause } = {}) => soft.note('', what, { status: response?.status_code, cause }));
    }
    this.agent.on('newRTCSession', ({ originator, session, request }) => {
      if (originator !== 'remote') return;
      soft.incoming.push({ session, from: request.from.uri.user, display: request.from.display_name });
    });
    this.agent.on('newMessage', ({ originator, request }) => {
      if (originator === 'remote') soft.note('', 'message', { text: request.body, from: request.from.uri.user });
    });
  }

  register() {
    return new Promise((resolve, reject) => {
      this.agent.once('registered', () => resolve(true));
      this.agent.once('registrationFailed', ({ cause, response }) => reject(new Error(`${cause} ${response?.status_code}`)));
      this.agent.start();
    });
  }

  #keep(name, session) {
    this.#sessions.set(name, session);
    for (const what of ['progress', 'accepted', 'confirmed', 'hold', 'unhold', 'peerconnection:setremotedescriptionfailed']) {
      session.on(what, ({ originator, response } = {}) => this.soft.note(name, what, { originator, status: response?.status_code }));
    }
    for (const what of ['ended', 'failed']) {
      session.on(what, ({ originator, cause, message }) => {
        this.soft.note(name, what, { originator, cause, status: message?.status_code });
        this.soft.over(name);
      });
    }
    if (session.connection) this.soft.follow(name, session.connection);
    else session.on('peerconnection', ({ peerconnection }) => this.soft.follow(name, peerconnection));
  }

  call(name, number, mediaStream) {
    const session = this.agent.call(`sip:${number}@${this.domain}`, { mediaStream, pcConfig: config });
    this.#keep(name, session);
  }

  take(name) {
    const { session, from, display } = this.soft.incoming.shift();
    this.#keep(name, session);
    return { from, display };
  }

  accept(name, mediaStream) {
    this.#sessions.get(name).answer({ mediaStream, pcConfig: config });
  }

  reject(name) {
    this.#sessions.get(name).terminate({ status_code: 486 });
  }

  hangUp(name) {
    this.#sessions.get(name).terminate();
  }

  digit(name, digit, how) {
    this.#sessions.get(name).sendDTMF(digit, { duration: 160, transportType: how === 'info' ? 'INFO' : 'RFC2833' });
  }

  hold(name, on) {
    const session = this.#sessions.get(name);
    return new Promise((resolve, reject) => {
      const done = on ? session.hold({}, resolve) : session.unhold({}, resolve);
      if (!done) reject(new Error('JsSIP cannot hold now'));
    });
  }

  /// Blind to a number, or attended to another call.
  transfer(name, to, other) {
    const session = this.#sessions.get(name);
    const eventHandlers = {};
    for (const what of ['requestSucceeded', 'requestFailed', 'trying', 'progress', 'accepted', 'failed']) {
      eventHandlers[what] = () => this.soft.note(name, `transfer ${what}`);
    }
    const options = { eventHandlers };
    if (other) options.replaces = this.#sessions.get(other);
    session.refer(other ? this.#sessions.get(other).remote_identity.uri : `sip:${to}@${this.domain}`, options);
  }

  /// A REFER to whatever it is told; resolves with the status and reason of its answer.
  refer(name, referTo) {
    return new Promise((resolve) => {
      const answered = (response) => resolve({ status: response.status_code, reason: response.getHeader('Reason') });
      this.#sessions.get(name).sendRequest('REFER', {
        extraHeaders: [`Refer-To: ${referTo}`, `Contact: ${this.#sessions.get(name).contact}`],
        eventHandlers: { onSuccessResponse: answered, onErrorResponse: answered },
      });
    });
  }

  /// {callId, localTag, remoteTag, cseq}.
  dialog(name) {
    const { id, _local_seqnum: cseq } = this.#sessions.get(name)._dialog;
    return { callId: id.call_id, localTag: id.local_tag, remoteTag: id.remote_tag, cseq };
  }

  message(number, text) {
    return new Promise((resolve, reject) => {
      this.agent.sendMessage(`sip:${number}@${this.domain}`, text, {
        eventHandlers: {
          succeeded: () => resolve(true),
          failed: ({ cause, response }) => reject(new Error(`${cause} ${response?.status_code}`)),
        },
      });
    });
  }

  /// To voice mail; each NOTIFY is noted.
  subscribe(who) {
    this.subscription = this.agent.subscribe(`sip:${who}@${this.domain}`, 'message-summary', 'application/simple-message-summary',
      { expires: 600, params: {} });
    this.subscription.on('notify', (last, request, text) => this.soft.note('', last ? 'last mailbox' : 'mailbox', { text }));
    this.subscription.on('terminated', (code) => this.soft.note('', 'subscription over', { code }));
    this.subscription.subscribe();
  }

  refresh() {
    this.subscription.subscribe();
  }

  unsubscribe() {
    this.subscription.terminate();
  }

  stop() {
    this.agent.stop();
  }
}
