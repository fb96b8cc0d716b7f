// The page protocol word by word, for what no well-behaved page would say.

import WebSocket from 'ws';

export class RawPage {
  messages = [];
  #waiters = [];

  /// `origin` is the header that a browser would send.
  static async connect(gateway, origin = gateway.url) {
    const page = new RawPage();
    page.socket = new WebSocket(gateway.socketUrl, { origin, maxPayload: 1 << 24, ca: gateway.authority });
    page.closed = new Promise((resolve) => page.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })));
    page.socket.on('message', (text) => {
      page.messages.push(JSON.parse(text));
      page.#waiters = page.#waiters.filter((waiter) => !waiter());
    });
    await new Promise((resolve, reject) => {
      page.socket.once('open', resolve);
      page.socket.once('error', reject);
    });
    page.socket.on('error', () => {});
    return page;
  }

  /// Logged in with `token`.
  static async login(gateway, token, origin) {
    const page = await RawPage.connect(gateway, origin);
    page.say({ type: 'hello', version: 1, token });
    await page.hear('welcome');
    return page;
  }

  say(message) {
    this.socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }

  /// The next message of one of these types that nobody has heard yet.
  hear(types, milliseconds = 5000) {
    const wanted = [types].flat();
    return new Promise((resolve, reject) => {
      const look = () => {
        const index = this.messages.findIndex((message) => wanted.includes(message.type) && !message.heard);
        if (index < 0) return false;
        clearTimeout(timer);
        this.messages[index].heard = true;
        resolve(this.messages[index]);
        return true;
      };
      const timer = setTimeout(() => reject(new Error(`no ${wanted} came: ${JSON.stringify(this.messages)}`)), milliseconds);
      if (!look()) this.#waiters.push(look);
    });
  }

  close() {
    this.socket.close();
  }
}
