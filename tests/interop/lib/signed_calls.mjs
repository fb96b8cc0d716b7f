// Calls from telephones with Identity headers, right and wrong, from trunks told apart by their addresses.

import { callee, caller } from './identity_ground.mjs';
import { identityHeader, sipDate } from './passport.mjs';
import { RtpPhone } from './rtp_phone.mjs';
import { Sipp } from './sipp.mjs';

export class SignedCalls {
  static async prepare(t, ground, gateway) {
    const calls = new SignedCalls();
    const credential = ground.pki.shaken({ name: 'SHAKEN 5678' });
    const x5u = ground.certificates.serve('telephones.pem', credential.chain);
    const sound = await new RtpPhone({ frequency: 0 }).open();
    t.atEnd(() => sound.close());
    return Object.assign(calls, { t, ground, gateway, credential, x5u, sound });
  }

  /// An Identity header's value from the caller to the callee; `change` as identityHeader takes it. A `credential`
  /// without `x5u` is served.
  header({ credential = this.credential, x5u, ...change } = {}) {
    const url = x5u ?? (credential === this.credential ? this.x5u
      : this.ground.certificates.serve(`${credential.serial}.pem`, credential.chain));
    return identityHeader({ credential, x5u: url, from: caller, to: callee, ...change });
  }

  /// SIPp calls the callee from `address`. Options: `identity` (values of Identity rows), or `each` with such a list for
  /// one call after another; `from`, `headers`, `words`.
  async call(scenario, address, { identity = [], each = [identity], from = `"Berta" <sip:+${caller}@127.0.0.1>`, headers = [], words = {}, ...more } = {}) {
    const { lines, rows } = throughFields(each);
    const sipp = await Sipp.start(scenario, {
      directory: this.t.directory, target: this.gateway.sipTarget, user: callee, address, calls: each.length, rows,
      words: { from, sdp: this.sound.sdp(), ...words }, headers: [`Date: ${sipDate()}`, ...headers, ...lines], ...more,
    });
    this.t.atEnd(() => sipp.stop());
    return sipp;
  }

  /// The call must be refused with `status`; that response.
  async refused(address, status, options) {
    const sipp = await this.call('uac_refused', address, { ...options, words: { status } });
    await sipp.succeeded();
    return sipp.received(`SIP/2.0 ${status}`)[0];
  }
}

/// Identity lines as SIPp's fields: written into a scenario, brackets would be keywords. Rows are split at semicolons.
function throughFields(each) {
  if (each[0].length === 0) return { lines: [] };
  let field = 0;
  const lines = each[0].map((value) => `Identity: ${value.split(';').map(() => `[field${field++}]`).join(';')}`);
  return { lines, rows: each.map((values) => values.flatMap((value) => value.split(';'))) };
}
