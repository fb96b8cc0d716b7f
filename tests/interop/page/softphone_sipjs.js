// SIP.js as its documentation has it.

import { Inviter, Messager, Registerer, RegistererState, SessionState, Subscriber, SubscriptionState, UserAgent, Web } from './sip.js/index.js';

export class SipJsPhone {
  #sessions = new Map();

  constructor({ url, user, domain, password, token, instance }, soft) {
    this.soft = soft;
    this.domain = domain;
    const extraHeaders = token ? [`Authorization: Bearer ${token}`] : [];
    this.extraHeaders = extraHeaders;
    this.agent = new UserAgent({
      uri: UserAgent.makeURI(`sip:${user}@${domain}`),
      transportOptions: { server: url },
      authorizationUsername: user,
      authorizationPassword: password,
      ...(instance ? { instanceId: instance } : {}),
      logLevel: 'warn',
      sessionDescriptionHandlerFactory: Web.defaultSessionDescriptionHandlerFactory((constraints, handler) =>
        Promise.resolve(handler.mouth ?? this.mouth)),
      sessionDescriptionHandlerFactoryOptions: { iceGatheringTimeout: 500, peerConnectionConfiguration: { iceServers: [] } },
      delegate: {
        onInvite: (session) => {
          const { uri, displayName } = session.remoteIdentity;
          this.soft.incoming.push({ session, from: uri.user, display: displayName });
        },
        onMessage: async (message) => {
          await message.accept();
          this.soft.note('', 'message', { text: message.request.body, from: message.request.from.uri.user });
        },
        onConnect: () => soft.note('', 'connected'),
        onDisconnect: (error) => {
          soft.note('', 'disconnected');
          if (error) this.#comeBack();
        },
      },
    });
    this.registerer = new Registerer(this.agent, {
      extraHeaders, ...(instance ? { instanceId: instance, regId: 1 } : {}),
    });
    this.registerer.stateChange.addListener((state) => soft.note('', state.toLowerCase()));
  }

  /// What SIP.js leaves to the application.
  async #comeBack() {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      try {
        await this.agent.reconnect();
        break;
      } catch { /* not yet */ }
    }
    // To itself it was registered all the time.
    await this.registerer.register({ requestDelegate: { onAccept: () => this.soft.note('', 'registered') } });
  }

  async register() {
    await this.agent.start();
    return new Promise((resolve, reject) => {
      this.registerer.stateChange.addListener((state) => {
        if (state === RegistererState.Registered) resolve(true);
      });
      this.registerer.register({
        requestDelegate: { onReject: ({ message }) => reject(new Error(`${message.statusCode} ${message.reasonPhrase}`)) },
      });
    });
  }

  #keep(name, session) {
    this.#sessions.set(name, session);
    let followed = false;
    session.delegate = {
      ...session.delegate,
      onSessionDescriptionHandler: (handler) => {
        if (!followed) this.soft.follow(name, handler.peerConnection);
        followed = true;
      },
    };
    session.stateChange.addListener((state) => {
      if (state === SessionState.Established) this.soft.note(name, 'confirmed');
      if (state === SessionState.Terminated) {
        this.soft.note(name, 'ended');
        this.soft.over(name);
      }
    });
  }

  async call(name, number, stream) {
    this.mouth = stream;
    const inviter = new Inviter(this.agent, UserAgent.makeURI(`sip:${number}@${this.domain}`), {
      earlyMedia: true, extraHeaders: this.extraHeaders,
    });
    this.#keep(name, inviter);
    await inviter.invite({
      requestDelegate: {
        onProgress: ({ message }) => this.soft.note(name, 'progress', { status: message.statusCode }),
        onReject: ({ message }) => this.soft.note(name, 'failed', { status: message.statusCode }),
      },
    });
  }

  take(name) {
    const { session, from, display } = this.soft.incoming.shift();
    this.#keep(name, session);
    return { from, display };
  }

  accept(name, stream) {
    this.mouth = stream;
    return this.#sessions.get(name).accept();
  }

  reject(name) {
    return this.#sessions.get(name).reject({ statusCode: 486 });
  }

  hangUp(name) {
    const session = this.#sessions.get(name);
    if (session.state === SessionState.Established) return session.bye();
    return session.cancel ? session.cancel() : session.reject();
  }

  async digit(name, digit, how) {
    const session = this.#sessions.get(name);
    if (how !== 'info') return session.sessionDescriptionHandler.sendDtmf(digit, { duration: 160 });
    await session.info({ requestOptions: { body: {
      contentDisposition: 'render', contentType: 'application/dtmf-relay', content: `Signal=${digit}\r\nDuration=160`,
    } } });
  }

  /// As its SimpleUser does it: "sendonly", and nothing is said.
  hold(name, on) {
    const session = this.#sessions.get(name);
    session.sessionDescriptionHandler.enableSenderTracks(!on);
    return new Promise((resolve, reject) => {
      session.invite({
        sessionDescriptionHandlerOptions: { hold: on },
        sessionDescriptionHandlerModifiers: [],
        requestDelegate: {
          onAccept: () => resolve(true),
          onReject: ({ message }) => reject(new Error(`${message.statusCode}`)),
        },
      }).catch(reject);
    });
  }

  async transfer(name, to, other) {
    const target = other ? this.#sessions.get(other) : UserAgent.makeURI(`sip:${to}@${this.domain}`);
    await this.#sessions.get(name).refer(target, {
      requestDelegate: {
        onAccept: () => this.soft.note(name, 'transfer requestSucceeded'),
        onReject: () => this.soft.note(name, 'transfer requestFailed'),
      },
      onNotify: async (notification) => {
        await notification.accept();
        const status = Number(notification.request.body.match(/^SIP\/2.0 (\d+)/)?.[1]);
        this.soft.note(name, status < 180 ? 'transfer trying' : status < 200 ? 'transfer progress' : status < 300 ? 'transfer accepted' : 'transfer failed');
      },
    });
  }

  /// A REFER to whatever it is told; resolves with the status and reason of its answer.
  refer(name, referTo) {
    const session = this.#sessions.get(name);
    return new Promise((resolve) => {
      const answered = ({ message }) => resolve({ status: message.statusCode, reason: message.getHeader('Reason') });
      session.dialog.refer({ onAccept: answered, onReject: answered }, { extraHeaders: session.referExtraHeaders(referTo) });
    });
  }

  /// {callId, localTag, remoteTag, cseq}.
  dialog(name) {
    const { callId, localTag, remoteTag, dialogState } = this.#sessions.get(name).dialog;
    return { callId, localTag, remoteTag, cseq: dialogState.localSequenceNumber };
  }

  message(number, text) {
    return new Promise((resolve, reject) => {
      new Messager(this.agent, UserAgent.makeURI(`sip:${number}@${this.domain}`), text).message({ requestDelegate: {
        onAccept: () => resolve(true),
        onReject: ({ message }) => reject(new Error(`Rejected ${message.statusCode}`)),
      } });
    });
  }

  /// To voice mail; each NOTIFY is noted.
  subscribe(who) {
    this.subscription = new Subscriber(this.agent, UserAgent.makeURI(`sip:${who}@${this.domain}`), 'message-summary', { expires: 600 });
    this.subscription.delegate = {
      onNotify: async (notification) => {
        await notification.accept();
        const last = notification.request.getHeader('Subscription-State').startsWith('terminated');
        this.soft.note('', last ? 'last mailbox' : 'mailbox', { text: notification.request.body });
      },
    };
    this.subscription.stateChange.addListener((state) => {
      if (state === SubscriptionState.Terminated) this.soft.note('', 'subscription over');
    });
    this.subscription.subscribe({ requestDelegate: {
      onReject: ({ message }) => this.soft.note('', 'subscription over', { code: message.statusCode }),
    } });
  }

  /// What its timer does.
  refresh() {
    this.subscription._dialog.refresh();
  }

  unsubscribe() {
    this.subscription.unsubscribe();
  }

  async stop() {
    await this.registerer.unregister().catch(() => {});
    await this.agent.stop();
  }
}
