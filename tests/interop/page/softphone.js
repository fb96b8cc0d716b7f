// A softphone in a page: JsSIP or SIP.js behind one face, with the kit's mouths and ears. Calls have names of the
// story's choosing; what happens is kept in `soft.log` as {at, name, what, ...}.

import './kit.js';

const makers = {
  jssip: async () => (await import('./softphone_jssip.js')).JsSipPhone,
  sipjs: async () => (await import('./softphone_sipjs.js')).SipJsPhone,
};

window.soft = {
  log: [],
  mouths: new Map(),
  incoming: [],
  note(name, what, more = {}) {
    this.log.push({ at: performance.now(), name, what, ...more });
  },
  /// `account`: {library, url, user, domain, password | token, instance}.
  async start(account) {
    await kit.ready();
    const Phone = await makers[account.library]();
    this.phone = new Phone(account, this);
    return this.phone.register();
  },
  mouth(name, sound) {
    const stream = kit.tone(sound);
    this.mouths.set(name, stream);
    return stream;
  },
  call(name, number, sound) {
    return this.phone.call(name, number, this.mouth(name, sound));
  },
  accept(name, sound) {
    return this.phone.accept(name, this.mouth(name, sound));
  },
  /// The remote side of `connection` gets an ear as soon as it is there.
  follow(name, connection) {
    const listen = (track) => kit.listen(name, new MediaStream([track]));
    connection.addEventListener('track', ({ track }) => listen(track));
    for (const receiver of connection.getReceivers()) if (receiver.track) listen(receiver.track);
  },
  over(name) {
    this.mouths.get(name)?.end();
    this.mouths.delete(name);
  },
};
