// Calls from a page to a telephone, for what the telephone's side hears of the caller.

import { callee } from './identity_ground.mjs';
import { readIdentity } from './passport.mjs';
import { RtpPhone } from './rtp_phone.mjs';
import { Sipp } from './sipp.mjs';

const kUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/// A telephone that answers so many calls.
export async function telephone(t, calls) {
  const sound = await new RtpPhone({ frequency: 0 }).open();
  t.atEnd(() => sound.close());
  const sipp = await Sipp.start('uas_answer', { directory: t.directory, calls, words: { sdp: sound.sdp(), ring_ms: 50 } });
  t.atEnd(() => sipp.stop());
  return sipp;
}

export class OutboundCalls {
  #calls = 0;

  constructor(t, gateway, page) {
    Object.assign(this, { t, gateway, page });
  }

  /// A call until it is answered and hung up: its INVITE at `sipp`, its record, and the page's events.
  async talk(sipp, to, options) {
    const name = `call ${++this.#calls}`;
    const before = invitesOf(sipp).length;
    const placed = await this.page.call(to, { name, ...options });
    this.t.check(placed.id, `${name} is taken ${placed.refused ? JSON.stringify(placed.refused) : ''}`);
    await this.page.event(name, 'answered');
    await this.page.hangUp(name);
    const { detail } = await this.page.event(name, 'ended');
    const [invite] = invitesOf(sipp).slice(before);
    return { invite, record: await this.gateway.record(detail.id), events: await this.page.events(name), name };
  }

  /// The reason of a call that must be refused.
  async refused(to, options) {
    const name = `call ${++this.#calls}`;
    const placed = await this.page.call(to, { name, ...options });
    return placed.refused ?? (await this.page.event(name, 'ended')).detail;
  }
}

/// The INVITEs that SIPp received, one for each call, in order.
export function invitesOf(sipp) {
  const calls = new Map();
  for (const invite of sipp.received('INVITE')) {
    const id = invite.header('Call-ID');
    if (!calls.has(id)) calls.set(id, invite);
  }
  return [...calls.values()];
}

/// A trusted trunk hears of the caller `number` what it must hear, signed; the PASSporT's origid.
export async function isSigned(t, ground, invite, number, attest) {
  t.check(invite.header('From').includes(`<sip:+${number}@localhost;user=phone>`), `From: ${invite.header('From')}`);
  t.equal(invite.list('P-Asserted-Identity'), `<sip:+${number}@localhost;user=phone>, <tel:+${number}>`, 'P-Asserted-Identity');
  const identity = readIdentity(invite.header('Identity'));
  t.equal(identity.header, { alg: 'ES256', ppt: 'shaken', typ: 'passport', x5u: ground.x5u }, 'header of the PASSporT');
  t.equal(identity.parameters, { info: ground.x5u, alg: 'ES256', ppt: 'shaken' }, 'parameters of Identity');
  const { iat, origid, ...rest } = identity.payload;
  t.equal(rest, { attest, dest: { tn: [callee] }, orig: { tn: number } }, 'what the PASSporT says, and nothing of media keys');
  t.check(kUuid.test(origid), `origid ${origid}`);
  t.equal(Date.parse(invite.header('Date')), iat * 1000, 'iat is the time of the Date header');
  t.check(Math.abs(iat * 1000 - Date.now()) < 10000, 'and that is now');
  await ground.tool.check(invite.header('Identity'));
  t.say('ok    secsipidx accepts it, by the certificate of its x5u');
  return origid;
}
