// Chromium has no identity providers of its own: the page logs in by OpenID Connect with the hash of its fingerprints
// as nonce, and adds the assertion itself. Keys change in the middle of it, servers forget users.

import { alice } from '../lib/gateway.mjs';
import { browserOffer, someFingerprint } from '../lib/browser_offer.mjs';
import { callee, caller, IdentityGround } from '../lib/identity_ground.mjs';
import { invitesOf, isSigned, OutboundCalls, telephone } from '../lib/outbound_calls.mjs';
import { story } from '../lib/story.mjs';

const accountNumber = '12155550007';

async function isLoggedIn(t, ground, calls, sipp) {
  const { provider } = ground;
  const added = { url: provider.url, domain: provider.host, user: 'alice', protocol: 'oidc' };
  const { invite, record } = await calls.talk(sipp, callee, { added });
  await isSigned(t, ground, invite, caller, 'A');
  const { source, rule, verdict, identity, binding } = record.identity;
  t.equal({ source, rule, verdict, identity, binding }, {
    source: 'assertion', rule: 'B1', verdict: 'valid', identity: `alice@${provider.host}`, binding: 'oidc-nonce',
  }, 'the record');
  t.equal([provider.asked('/.well-known/openid-configuration') - 1, provider.asked('/jwks.json')], [1, 1],
    'the gateway found the keys by discovery, once');
}

async function keysChange(t, ground, calls, sipp) {
  const { provider } = ground;
  const added = { url: provider.url, domain: provider.host, user: 'alice', protocol: 'oidc' };
  provider.rotate();
  const { record } = await calls.talk(sipp, callee, { added });
  t.equal([record.identity.verdict, provider.asked('/jwks.json')], ['valid', 2], 'a new key: the set is fetched again');
  const unknown = { ...added, fault: 'kid' };
  for (let i = 0; i < 3; ++i) {
    const refusal = await calls.refused(callee, { added: unknown });
    t.equal(refusal.reason, 'identity-invalid', `a key that nobody has: ${refusal.text}`);
  }
  t.equal(provider.asked('/jwks.json'), 2, 'and the set is asked for at most once a minute');
}

async function isRevoked(t, ground, calls, sipp) {
  const { provider } = ground;
  const added = { url: provider.url, domain: provider.host, user: 'alice', protocol: 'oracle' };
  t.equal((await calls.talk(sipp, callee, { added })).record.identity.verdict, 'valid', 'introspection knows the user');
  const refusal = await calls.refused(callee, { added: { ...added, fault: 'inactive' } });
  t.equal(refusal.reason, 'identity-invalid', `a token that is not active: ${refusal.text}`);
}

/// The login alone is worth B; for protected numbers it is worth nothing.
async function sessionOnly(t, ground, calls, sipp) {
  const { invite, record } = await calls.talk(sipp, callee, {});
  await isSigned(t, ground, invite, accountNumber, 'B');
  t.equal([record.identity.source, record.identity.rule], ['session', 'B4'], 'the record');
  const refusal = await calls.refused(callee, { number: `+${caller}` });
  t.equal(refusal.reason, 'identity-required', `a protected number: ${refusal.text}`);
}

/// RFC 8827 §9.4.1: an assertion does not prove that its sender holds the key. A thief has the victim's whole SDP.
async function isStolen(t, provider, calls, thief, sipp) {
  const victim = { url: provider.url, domain: provider.host, user: 'alice', protocol: 'oidc' };
  await calls.talk(sipp, callee, { added: victim });
  await thief.steal(await calls.page.lastOffer());
  const before = invitesOf(sipp).length;
  const placed = await thief.call(callee, { name: 'stolen' });
  const end = placed.refused ?? (await thief.event('stolen', 'ended', 20000)).detail;
  t.equal(end.reason, 'identity-replay', `a stolen offer: ${end.text}`);
  // One that its owner never used is not known; nothing but DTLS tells.
  const victims = someFingerprint();
  const identity = provider.identityLine({ protocol: 'oidc', fingerprints: [victims] });
  await thief.steal(browserOffer({ fingerprint: victims, identity }));
  const second = await thief.call(callee, { name: 'stolen unused' });
  const late = second.refused ?? (await thief.event('stolen unused', 'ended', 20000)).detail;
  t.check(['dtls-failed', 'identity-fingerprint'].includes(late.reason), `a stolen offer that was never used: ${late.reason}, ${late.text}`);
  t.equal(invitesOf(sipp).length, before, 'no telephone heard of the thief');
}

await story('Chromium says who calls', async (t) => {
  const ground = await IdentityGround.prepare(t);
  const { provider } = ground;
  const sipp = await telephone(t, 10);
  const gateway = await t.gateway({
    ...ground.sections(),
    identity_providers: [provider.row('oidc'), provider.row('oracle')],
    numbers: [
      { identity: `alice@${provider.host}`, numbers: [`+${caller}`], require_assertion: true, display: 'Alice' },
      { session_account: 'alice', numbers: [`+${accountNumber}`, `+${caller}`], max_attest: 'A' },
    ],
    trunks: [{ name: 'carrier', address: `127.0.0.1:${sipp.port}`, trust: 'trusted', out: { pai: 'send', stir: 'shaken' } }],
    routes: [{ to: callee, target: 'trunk carrier' }],
  });
  const browser = await t.browser('chromium', { authority: ground.pki.webFile });
  const calls = new OutboundCalls(t, gateway, await t.phone(browser, alice.token));
  await isLoggedIn(t, ground, calls, sipp);
  await keysChange(t, ground, calls, sipp);
  await isRevoked(t, ground, calls, sipp);
  await sessionOnly(t, ground, calls, sipp);
  await isStolen(t, provider, calls, await t.phone(browser, alice.token), sipp);
  await gateway.quiet();
  await gateway.stop();
});
