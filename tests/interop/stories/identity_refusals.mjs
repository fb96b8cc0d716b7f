// Web identities that are not good: each call is refused for its exact reason, and no telephone hears of it. The
// pages here are programs that say what no browser would; nobody needs to finish DTLS to be refused.

import { alice, bob } from '../lib/gateway.mjs';
import { browserOffer, someFingerprint } from '../lib/browser_offer.mjs';
import { callee, caller, IdentityGround } from '../lib/identity_ground.mjs';
import { invitesOf, telephone } from '../lib/outbound_calls.mjs';
import { RawPage } from '../lib/raw_page.mjs';
import { sleep, story } from '../lib/story.mjs';

/// Fault, reason, and what the page is told besides.
const faults = {
  es256: [
    ['signature', 'identity-invalid', /signature/],
    ['key', 'identity-invalid', /signature/],
    ['none', 'identity-invalid', /alg/],
    ['HS256', 'identity-invalid', /alg/],
    ['typ', 'identity-invalid', /typ/],
    ['issuer', 'identity-invalid', /iss/],
    ['crit', 'identity-invalid', /crit/],
    ['duplicate', 'identity-invalid', /duplicate member/],
    ['domain', 'identity-invalid', /domain/],
    ['form', 'identity-invalid', /identity form/],
    ['nested', 'identity-invalid', /malformed JSON/],
    ['size', 'identity-invalid', /too long/],
    ['expired', 'identity-expired', /expired/],
    ['future', /identity-(invalid|expired)/, /iat/],
    ['contents', 'identity-fingerprint', /fingerprint not covered/],
  ],
  oidc: [
    ['signature', 'identity-invalid', /signature/],
    ['audience', 'identity-invalid', /aud/],
    ['issuer', 'identity-invalid', /iss/],
    ['unverified', 'identity-invalid', /required claim/],
    ['nonce', /identity-(invalid|fingerprint)/, /nonce/],
    ['expired', 'identity-expired', /expired/],
    ['contents', 'identity-fingerprint', /fingerprint not covered/],
  ],
  oracle: [
    ['inactive', 'identity-invalid', /active/],
    ['contents', 'identity-fingerprint', /fingerprint not covered/],
  ],
};

class Pages {
  #calls = 0;

  constructor(t, gateway) {
    Object.assign(this, { t, gateway });
  }

  async login(who) {
    const page = await RawPage.login(this.gateway, who.token);
    this.t.atEnd(() => page.close());
    return page;
  }

  /// Calls with that offer; the first word of the gateway that decides.
  async call(page, sdp, milliseconds) {
    const call = `c${++this.#calls}`;
    page.say({ type: 'call', call, to: callee, sdp });
    for (;;) {
      const told = await page.hear(['ended', 'answer', 'error'], milliseconds);
      if (told.call === call) return told;
    }
  }

  async refuses(page, what, sdp, reason, words) {
    const told = await this.call(page, sdp);
    const fits = reason instanceof RegExp ? reason.test(told.reason) : reason === told.reason;
    this.t.check(told.type === 'ended' && fits && words.test(told.text), `${what}: ${told.reason ?? told.type}, "${told.text ?? ''}"`);
    return told;
  }
}

async function badAssertions(t, ground, pages, page) {
  for (const [protocol, rows] of Object.entries(faults)) {
    for (const [fault, reason, words] of rows) {
      const fingerprint = someFingerprint();
      const identity = ground.provider.identityLine({ protocol, fault, fingerprints: [fingerprint] });
      await pages.refuses(page, `${protocol} with wrong ${fault}`, browserOffer({ fingerprint, identity }), reason, words);
    }
  }
  for (const [what, identity] of [['no base64', '@@@@'], ['no JSON', Buffer.from('nonsense').toString('base64')],
    ['a list', Buffer.from('[]').toString('base64')], ['nothing', '']]) {
    await pages.refuses(page, `an a=identity of ${what}`, browserOffer({ identity }), 'identity-invalid', /./);
  }
}

async function secondFingerprint(t, ground, pages, page) {
  const [one, other] = [someFingerprint(), someFingerprint()];
  const identity = ground.provider.identityLine({ fingerprints: [one] });
  const sdp = browserOffer({ fingerprint: one, identity })
    .replace('m=audio', `a=fingerprint:${other.algorithm} ${other.digest}\r\nm=audio`);
  await pages.refuses(page, 'a second fingerprint that is not covered', sdp, 'identity-fingerprint', /fingerprint not covered/);
}

async function strangers(t, ground, pages, page) {
  const stranger = await ground.anotherProvider({ host: 'stranger.localhost' });
  const fingerprint = someFingerprint();
  const identity = stranger.identityLine({ fingerprints: [fingerprint] });
  await pages.refuses(page, 'an unknown provider', browserOffer({ fingerprint, identity }), 'identity-required', /provider/);
  await pages.refuses(page, 'no identity at all', browserOffer(), 'identity-required', /identity/);
  t.equal(stranger.asked('/jwks.json'), 0, 'the unknown provider was asked nothing');
}

/// The same description once more from the same session is a retransmission; from another it is a theft.
async function replays(t, ground, pages, page) {
  const fingerprint = someFingerprint();
  const sdp = browserOffer({ fingerprint, identity: ground.provider.identityLine({ fingerprints: [fingerprint], fault: 'ahead' }) });
  for (const what of ['a good identity, of a clock some seconds ahead', 'the same again by the same page']) {
    const told = await pages.call(page, sdp);
    t.equal(told.type, 'answer', what);
    page.say({ type: 'hangup', call: told.call });
    await page.hear('ended');
  }
  await pages.refuses(await pages.login(bob), 'the same by another page', sdp, 'identity-replay', /./);
}

/// Until DTLS proves that the page holds the certificate's key, nobody's telephone rings.
async function withoutDtls(t, ground, pages, page, sipp) {
  const fingerprint = someFingerprint();
  const identity = ground.provider.identityLine({ fingerprints: [fingerprint] });
  const told = await pages.call(page, browserOffer({ fingerprint, identity }));
  t.equal(told.type, 'answer', 'a good identity of a page that never does DTLS');
  await sleep(2000);
  t.equal(invitesOf(sipp).length, 0, 'no INVITE in two seconds');
  page.say({ type: 'hangup', call: told.call });
  await page.hear('ended');
}

/// Providers that cannot be asked. Each has a domain of its own: failures are remembered.
async function brokenProviders(t, pages, page, broken) {
  for (const { provider, how, words } of broken) {
    const fingerprint = someFingerprint();
    const identity = provider.identityLine({ fingerprints: [fingerprint] });
    const begin = Date.now();
    const sdp = browserOffer({ fingerprint, identity });
    const told = await pages.call(page, sdp, 10000);
    t.equal([told.type, told.reason], ['ended', 'identity-unavailable'], `a provider that does ${how}: ${told.text}`);
    t.check(Date.now() - begin < 5000, `told after ${Date.now() - begin} ms`);
    const [line] = await pages.gateway.child.waitFor(new RegExp(`the identity provider ${provider.host} cannot be asked: ${words}`), 2000);
    t.say(`ok    the log says "${line}"`);
  }
  const flooding = broken.find(({ how }) => how === 'flood').provider;
  t.check(flooding.flooded < 16 * 1024 * 1024, `of 100 MB ${(flooding.flooded / 1024).toFixed()} KiB were taken, buffers of the system included`);
}

await story('web identities that are not good', async (t) => {
  const ground = await IdentityGround.prepare(t);
  const broken = [];
  for (const [how, words] of [['hang', 'time-out'], ['redirect', 'redirect'], ['flood', 'too long'], ['error', 'status 500'], ['private', 'address not allowed']]) {
    const provider = await ground.anotherProvider({ host: `${how}.localhost` });
    if (how !== 'private') provider.misbehaves.set('/jwks.json', how);
    // Nobody needs to listen there: the address is enough.
    const changes = how === 'private' ? { jwks_uri: 'https://localhost:8443/jwks.json' } : {};
    broken.push({ provider, how, words, row: provider.row('es256', changes) });
  }
  const reachable = broken.filter(({ how }) => how !== 'private').map(({ provider }) => provider);
  const sipp = await telephone(t, 1);
  const { provider } = ground;
  const gateway = await t.gateway({
    ...ground.sections(reachable),
    http: { messages_per_second: 2000, allowed_origins: [(await t.site()).origin] },
    identity_providers: [...Object.keys(faults).map((protocol) => provider.row(protocol)), ...broken.map(({ row }) => row)],
    numbers: [{ identity: `alice@${provider.host}`, numbers: [`+${caller}`] }],
    assertion: { on_none: 'reject', on_unknown_idp: 'reject', on_unavailable: 'reject' },
    trunks: [{ name: 'carrier', address: `127.0.0.1:${sipp.port}`, trust: 'trusted', out: { pai: 'send', stir: 'shaken' } }],
    routes: [{ to: callee, target: 'trunk carrier' }],
  });
  const pages = new Pages(t, gateway);
  const page = await pages.login(alice);
  await badAssertions(t, ground, pages, page);
  await secondFingerprint(t, ground, pages, page);
  await strangers(t, ground, pages, page);
  await replays(t, ground, pages, page);
  await withoutDtls(t, ground, pages, page, sipp);
  await brokenProviders(t, pages, page, broken);
  const refused = gateway.calls().filter(({ end }) => end.code.startsWith('identity-'));
  const silent = refused.filter(({ end, identity }) => !identity.reason && end.code !== 'identity-required');
  t.equal([refused.length > 30, silent], [true, []], 'all records tell the reason');
  t.equal(invitesOf(sipp).length, 0, 'no telephone heard of any of them');
  await gateway.quiet();
  await gateway.stop();
});
