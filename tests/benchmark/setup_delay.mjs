// How much later a telephone rings, and a page hears of a call, because it is asked who is calling. Calls come one
// after another; the page and the telephone are this program, so both ends have one clock. There is no DTLS here
// (`dtls_before_invite` is off): every call waits for it, with an identity or without.
//
//     CAUSEWAY_BINARY=... node tests/benchmark/setup_delay.mjs [calls of each kind]

import dgram from 'node:dgram';
import { alice } from '../interop/lib/gateway.mjs';
import { browserOffer, someFingerprint } from '../interop/lib/browser_offer.mjs';
import { callee, caller, IdentityGround } from '../interop/lib/identity_ground.mjs';
import { identityHeader, sipDate } from '../interop/lib/passport.mjs';
import { RawPage } from '../interop/lib/raw_page.mjs';
import { sleep, story } from '../interop/lib/story.mjs';

const count = Number(process.argv[2] ?? 100);
let serial = 0;
/// Milliseconds: keeps below the INVITEs a second that the gateway takes from one address.
const kPause = 15;
const inbound = '12025550101';
const providers = Array.from({ length: count }, (_, index) => `idp-${index}.localhost`);

/// A telephone on a UDP socket: refuses every call that it gets, and makes calls that the page refuses.
class Telephone {
  #waiters = new Map();
  #serial = 0;

  static async open() {
    const telephone = new Telephone();
    telephone.socket = dgram.createSocket('udp4');
    telephone.socket.on('message', (octets, from) => telephone.#take(octets.toString(), performance.now(), from));
    await new Promise((resolve) => telephone.socket.bind(0, '127.0.0.1', resolve));
    telephone.port = telephone.socket.address().port;
    return telephone;
  }

  /// When what begins so has come.
  comes(start) {
    return new Promise((resolve) => this.#waiters.set(start, resolve));
  }

  #take(text, time, from) {
    if (text.startsWith('INVITE ')) this.#send(this.#answer(text, '486 Busy Here'), from.port);
    for (const [start, tell] of this.#waiters) {
      if (!text.startsWith(start)) continue;
      this.#waiters.delete(start);
      tell({ text, time });
    }
  }

  #send(text, port) {
    this.socket.send(text, port, '127.0.0.1');
  }

  #answer(request, status) {
    const copied = request.split('\r\n').filter((line) => /^(Via|From|Call-ID|CSeq):/i.test(line));
    const [to] = request.match(/^To:.*$/m);
    return [`SIP/2.0 ${status}`, ...copied, `${to.trim()};tag=x${++this.#serial}`, 'Content-Length: 0', '', ''].join('\r\n');
  }

  /// An INVITE; its time, and what acknowledges its refusal.
  call(port, rows) {
    const id = `delay-${++this.#serial}`;
    const sdp = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', 'm=audio 30000 RTP/AVP 0', ''].join('\r\n');
    const head = (method, to, more) => [
      `${method} sip:${inbound}@127.0.0.1:${port} SIP/2.0`, `Via: SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK${id}`,
      `From: <sip:+${caller}@127.0.0.1>;tag=${id}`, to, `Call-ID: ${id}`, `CSeq: 1 ${method}`, 'Max-Forwards: 70', ...more].join('\r\n');
    this.#send(head('INVITE', `To: <sip:${inbound}@127.0.0.1>`, [
      `Contact: <sip:phone@127.0.0.1:${this.port}>`, `Date: ${sipDate()}`, ...rows, 'Content-Type: application/sdp',
      `Content-Length: ${sdp.length}`, '', sdp]), port);
    const end = (refusal) => this.#send(head('ACK', refusal.match(/^To:.*$/m)[0].trim(), ['Content-Length: 0', '', '']), port);
    return { time: performance.now(), end };
  }
}

/// Milliseconds from the page's call to the INVITE at the telephone.
async function outbound(page, telephone, to, identity) {
  const fingerprint = someFingerprint();
  const sdp = browserOffer({ fingerprint, identity: identity?.(fingerprint) });
  const invite = telephone.comes('INVITE ');
  const begin = performance.now();
  page.say({ type: 'call', call: `c${++serial}`, to, sdp });
  const ended = page.hear('ended');
  const first = await Promise.race([invite, ended]);
  if (first.reason) throw new Error(first.text);
  await ended;
  return first.time - begin;
}

/// Milliseconds from the telephone's INVITE to the page's `incoming`.
async function fromTelephone(gateway, page, telephone, identity) {
  const rows = identity ? [`Identity: ${identity()}`] : [];
  const refused = telephone.comes('SIP/2.0 603');
  const { time, end } = telephone.call(gateway.sipPort, rows);
  const incoming = await page.hear('incoming');
  const delay = performance.now() - time;
  page.say({ type: 'decline', call: incoming.call });
  end((await refused).text);
  await page.hear('ended');
  await sleep(kPause);
  return delay;
}

/// One call of each kind after another, so that what else the machine does disturbs all alike. `kinds` are pairs of a
/// name and a call; what half of the calls, and 99 of 100, stay below is told.
async function compare(t, page, title, kinds) {
  const times = kinds.map(() => []);
  for (let round = 0; round < count; ++round) {
    for (const [index, [, call]] of kinds.entries()) times[index].push(await call(round));
    page.messages = [];
  }
  t.say(`| ${title} | p50 | p99 |`);
  for (const [index, [name]] of kinds.entries()) {
    const sorted = times[index].sort((a, b) => a - b);
    const below = (share) => sorted[Math.min(count - 1, Math.floor(share * count))].toFixed(1);
    t.say(`| ${name} | ${below(0.5)} | ${below(0.99)} |`);
  }
}

await story(`Delay of ${count} calls of each kind, in ms`, async (t) => {
  const ground = await IdentityGround.prepare(t);
  const { provider } = ground;
  const [plain, signed] = [await Telephone.open(), await Telephone.open()];
  t.atEnd(() => [plain, signed].forEach(({ socket }) => socket.close()));
  const many = providers.map((domain, index) => provider.row('es256', {
    domain, jwks_uri: `${provider.url}/jwks.json?${index}`, may_assert: [provider.host],
  }));
  const gateway = await t.gateway({
    ...ground.sections(),
    assertion: { dtls_before_invite: false },
    identity_providers: [provider.row('es256'), provider.row('oidc'), ...many],
    numbers: [
      { identity: `alice@${provider.host}`, numbers: [`+${caller}`] },
      { session_account: 'alice', numbers: [`+${caller}`] },
    ],
    trunks: [
      { name: 'plain', address: `127.0.0.1:${plain.port}`, trust: 'trusted', out: { pai: 'send', stir: 'none' } },
      { name: 'signed', address: `127.0.0.1:${signed.port}`, trust: 'trusted', out: { pai: 'send', stir: 'shaken' } },
    ],
    routes: [
      { to: callee, target: 'trunk plain' }, { to: `9${callee}`, target: 'trunk signed' },
      { to: inbound, target: 'user alice' },
    ],
    http: { messages_per_second: 2000 },
  });
  const page = await RawPage.login(gateway, alice.token);
  t.atEnd(() => page.close());
  const line = (protocol, domain) => (fingerprint) => provider.identityLine({
    protocol, fingerprints: [fingerprint], ...(domain && { domain }),
  });
  await compare(t, page, 'browser to SIP: from the call to the INVITE', [
    ['no identity, nothing signed', () => outbound(page, plain, callee)],
    ['no identity, signed', () => outbound(page, signed, `9${callee}`)],
    ['assertion, keys known, signed', () => outbound(page, signed, `9${callee}`, line('es256'))],
    ['OpenID Connect, keys known, signed', () => outbound(page, signed, `9${callee}`, line('oidc'))],
    ['assertion, keys fetched, signed', (round) => outbound(page, signed, `9${callee}`, line('es256', providers[round]))],
  ]);
  t.check(provider.asked('/jwks.json') >= count, 'each of the last fetched its keys');

  const credential = ground.pki.shaken({ name: 'SHAKEN 5678' });
  const serve = (name) => ground.certificates.serve(name, credential.chain);
  const passport = (x5u) => () => identityHeader({ credential, x5u, from: caller, to: inbound });
  const known = serve('known.pem');
  await compare(t, page, 'SIP to browser: from the INVITE to `incoming`', [
    ['no PASSporT', () => fromTelephone(gateway, page, plain)],
    ['PASSporT, certificate known', () => fromTelephone(gateway, page, plain, passport(known))],
    ['PASSporT, certificate fetched', (round) => fromTelephone(gateway, page, plain, passport(serve(`${round}.pem`)))],
  ]);
  await gateway.quiet();
  await gateway.stop();
});
