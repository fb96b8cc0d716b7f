// A softphone in a page (page/softphone.js), steered from here.

import { heard } from './browser.mjs';

export class Softphone {
  /// `account`: {library: 'jssip' | 'sipjs', url, user, domain, password or token, instance}.
  static async open(story, browser, account) {
    const phone = new Softphone();
    const { origin } = await story.site();
    phone.page = await browser.open(`${origin}/softphone.html`);
    phone.account = account;
    return phone;
  }

  static async registered(story, browser, account) {
    const phone = await Softphone.open(story, browser, account);
    await phone.start();
    return phone;
  }

  start() {
    return this.page.evaluate((account) => soft.start(account), this.account);
  }

  call(name, number, { frequency = 700, level = -20 } = {}) {
    return this.page.evaluate((...given) => void soft.call(...given), name, number, { frequency, level });
  }

  /// Waits for the next call and names it: {from, display}.
  async incoming(name, milliseconds = 8000) {
    await this.#until(() => soft.incoming.length > 0, 'an incoming call', milliseconds);
    return this.page.evaluate((call) => soft.phone.take(call), name);
  }

  accept(name, { frequency = 700, level = -20 } = {}) {
    return this.page.evaluate((...given) => soft.accept(...given), name, { frequency, level });
  }

  /// A method of the page's phone: reject, hangUp, digit, hold, transfer, message, stop.
  tell(method, ...given) {
    return this.page.evaluate((what, args) => soft.phone[what](...args), method, given);
  }

  hangUp(name) {
    return this.tell('hangUp', name);
  }

  /// Waits until `what` has happened to the call `name` ('' is the phone itself), after the first `skip` times.
  async event(name, what, milliseconds = 8000, skip = 0) {
    await this.#until((call, wanted, count) => soft.log.filter((row) => row.name === call && row.what === wanted).length > count,
      `${what} of ${name || 'the phone'}`, milliseconds, name, what, skip);
    return this.page.evaluate((call, wanted, count) => soft.log.filter((row) => row.name === call && row.what === wanted)[count],
      name, what, skip);
  }

  events(name) {
    return this.page.evaluate((call) => soft.log.filter((row) => row.name === call).map((row) => row.what), name);
  }

  async #until(condition, what, milliseconds, ...given) {
    await this.page.waitForFunction(condition, { timeout: milliseconds, polling: 50 }, ...given).catch(async () => {
      const log = await this.page.evaluate(() => JSON.stringify(soft.log));
      throw new Error(`${what} did not come in ${milliseconds} ms: ${log}\n${this.page.complaints.slice(-20).join('\n')}`);
    });
  }

  forget(name) {
    return this.page.evaluate((ear) => kit.ears.get(ear).forget(), name);
  }

  heard(name) {
    return heard(this.page, name);
  }
}
