// Firefox asserts who its user is (RFC 8827): the telephone network hears the number that the table allows, signed
// so that a stranger's verifier accepts it. Both kinds of assertion: a signed one, and one that only its server knows.

import { alice } from '../lib/gateway.mjs';
import { callee, caller, IdentityGround, stranger } from '../lib/identity_ground.mjs';
import { isSigned, OutboundCalls, telephone } from '../lib/outbound_calls.mjs';
import { readIdentity } from '../lib/passport.mjs';
import { story } from '../lib/story.mjs';

const second = '12155551213';

async function isAsserted(t, ground, calls, sipp, protocol) {
  const identityProvider = { domain: ground.provider.domain, protocol, usernameHint: 'alice' };
  const { invite, record, events } = await calls.talk(sipp, callee, { identityProvider });
  const origid = await isSigned(t, ground, invite, caller, 'A');
  t.equal(events.filter((type) => ['checking', 'presented', 'ringing', 'answered'].includes(type)),
    ['checking', 'presented', 'ringing', 'answered'], 'the page hears that it is checked before it rings');
  const { source, rule, verdict, attest, identity, presented } = record.identity;
  t.equal({ source, rule, verdict, attest, identity, presented }, {
    source: 'assertion', rule: 'B1', verdict: 'valid', attest: 'A', identity: `alice@${ground.provider.host}`, presented: `+${caller}`,
  }, 'the record');
  return origid;
}

async function numbers(t, ground, calls, sipp) {
  const identityProvider = { domain: ground.provider.domain, protocol: 'es256', usernameHint: 'alice' };
  const { invite } = await calls.talk(sipp, callee, { identityProvider, number: `+${second}` });
  await isSigned(t, ground, invite, second, 'A');
  const refusal = await calls.refused(callee, { identityProvider, number: `+${stranger}` });
  t.equal([refusal.reason, refusal.by], ['number-not-allowed', 'gateway'], `another's number: ${refusal.text}`);
  const unknown = await calls.refused(callee, { identityProvider: { ...identityProvider, usernameHint: 'bob' }, number: `+${caller}` });
  t.equal(unknown.reason, 'number-not-allowed', "bob may not show alice's number");
}

async function privacy(t, ground, calls, trusted, untrusted) {
  const identityProvider = { domain: ground.provider.domain, protocol: 'es256', usernameHint: 'alice' };
  const inside = (await calls.talk(trusted, callee, { identityProvider, privacy: true })).invite;
  t.check(/^"?Anonymous"? <sip:anonymous@anonymous\.invalid>/i.test(inside.header('From')), `P1, From: ${inside.header('From')}`);
  t.check(inside.list('P-Asserted-Identity')?.includes(caller), 'P1: a trusted trunk is told who it is');
  t.equal(inside.header('Privacy'), 'id', 'P1: and that nobody else is to know');
  const outside = (await calls.talk(untrusted, `9${callee}`, { identityProvider, privacy: true })).invite;
  t.check(!outside.text.includes(caller), 'P2: an untrusted trunk is not told the number, by no header');
  t.check(!outside.list('P-Asserted-Identity'), 'P2: nothing is asserted to it');
  const open = (await calls.talk(untrusted, `9${callee}`, { identityProvider })).invite;
  t.check(!open.list('P-Asserted-Identity'), 'an untrusted trunk gets no P-Asserted-Identity');
  t.equal(readIdentity(open.header('Identity')).payload.orig, { tn: caller }, 'but a base PASSporT');
  t.check(!('attest' in readIdentity(open.header('Identity')).payload), 'without attestation');
}

await story('Firefox says who calls', async (t) => {
  const ground = await IdentityGround.prepare(t);
  const { provider } = ground;
  const [trusted, untrusted] = [await telephone(t, 5), await telephone(t, 2)];
  const gateway = await t.gateway({
    ...ground.sections(),
    identity_providers: [provider.row('es256'), provider.row('oracle')],
    numbers: [
      { identity: `alice@${provider.host}`, numbers: [`+${caller}`, `+${second}`], max_attest: 'A', display: 'Alice' },
      { identity: `bob@${provider.host}`, numbers: ['+12155550000'] },
    ],
    trunks: [
      { name: 'carrier', address: `127.0.0.1:${trusted.port}`, trust: 'trusted', out: { pai: 'send', stir: 'shaken' } },
      { name: 'internet', address: `127.0.0.1:${untrusted.port}`, trust: 'untrusted', out: { stir: 'base' } },
    ],
    routes: [
      { to: callee, target: 'trunk carrier' },
      { to: `9${callee}`, target: 'trunk internet', rewrite_to: callee },
    ],
  });
  const page = await t.phone(await t.browser('firefox', { authority: ground.pki.webFile }), alice.token);
  const calls = new OutboundCalls(t, gateway, page);

  const origids = [await isAsserted(t, ground, calls, trusted, 'es256')];
  t.equal(provider.asked('/introspect'), 0, 'with a signed assertion the provider hears of no call');
  origids.push(await isAsserted(t, ground, calls, trusted, 'oracle'));
  t.equal(provider.asked('/introspect'), 1, 'an opaque one is asked about');
  t.check(origids[0] !== origids[1], 'every call has an origid of its own');
  await numbers(t, ground, calls, trusted);
  await privacy(t, ground, calls, trusted, untrusted);
  t.equal(provider.asked('/jwks.json'), 1, 'the keys were fetched once for all calls');
  await gateway.quiet();
  await gateway.stop();
});
