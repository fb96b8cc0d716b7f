// A page that telephones by causeway.js, steered from here. Calls have names of the story's choosing.

import { heard } from './browser.mjs';

export class PagePhone {
  /// `credentials`: a token, or {token, user, password, capability} as causeway.js takes them.
  static async connect(page, url, credentials = '') {
    const phone = new PagePhone();
    phone.page = page;
    const given = typeof credentials === 'string' ? { token: credentials } : credentials;
    phone.welcome = await page.evaluate((gateway, secrets) => kit.connect(gateway, secrets), url, given);
    return phone;
  }

  /// Calls `to`; the call is known as `name` from now on. Resolves with {id} once the gateway took it, or with
  /// {refused: {reason, by, text, ...}}. Further options: `added` (an a=identity made by the page, see
  /// page/identity.js), `identityProvider` {domain, protocol, usernameHint} (one made by Firefox), `number`,
  /// `privacy`, `capability`.
  call(to, { name = to, frequency = 700, level = -20, ...more } = {}) {
    return this.page.evaluate((...given) => kit.place(...given), name, to, { frequency, level }, more);
  }

  /// Whom the browser itself believes to be at the other end of the call: {idp, name} or {error}.
  peerIdentity(name) {
    return this.page.evaluate((call) => kit.peerIdentity(call), name);
  }

  /// A page that was loaded again takes up its call: {id, state, to}.
  resume(name, { frequency = 700, level = -20, milliseconds = 10000 } = {}) {
    return this.page.evaluate((...given) => kit.resume(...given), name, { frequency, level }, milliseconds);
  }

  /// The SDP that the page sent last.
  lastOffer() {
    return this.page.evaluate(() => kit.lastOffer());
  }

  /// Offers carry the fingerprint and the assertion of `offer` from now on; null: their own again.
  steal(offer) {
    return this.page.evaluate((sdp) => kit.steal(sdp), offer);
  }

  /// Calls `to` once per name, all at once, with one mouth; ears for the first `ears`.
  callMany(names, to, ears = 0) {
    return this.page.evaluate((...given) => kit.placeMany(...given), names, to, ears);
  }

  endMany(names) {
    return this.page.evaluate((all) => kit.endMany(all), names);
  }

  /// Waits for the event `type` of the call; its details and when it came.
  event(name, type, milliseconds = 10000) {
    return this.page.evaluate((...given) => kit.event(...given), name, type, milliseconds);
  }

  /// Names of all events of the call so far.
  events(name) {
    return this.page.evaluate((call) => kit.log.get(call).map(({ type }) => type), name);
  }

  /// Waits for the next incoming call and names it; {id, from, fromDisplay, to, caller}.
  incoming(name, milliseconds = 10000) {
    return this.page.evaluate((...given) => kit.incoming(...given), name, milliseconds);
  }

  accept(name, { frequency = 700, level = -20 } = {}) {
    return this.page.evaluate((...given) => kit.accept(...given), name, { frequency, level });
  }

  /// A method of the page's Call: decline, hangup, sendDtmf, watchStatistics.
  tell(name, method, ...given) {
    return this.page.evaluate((call, what, args) => kit.tell(call, what, args), name, method, given);
  }

  hangUp(name) {
    return this.tell(name, 'hangup');
  }

  /// Drops what was heard so far.
  forget(name) {
    return this.page.evaluate((ear) => kit.ears.get(ear).forget(), name);
  }

  heard(name) {
    return heard(this.page, name);
  }
}
