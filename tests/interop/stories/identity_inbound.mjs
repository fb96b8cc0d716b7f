// Signed calls from telephones: the page hears how much of the caller's number is true, Firefox believes it by
// itself, and what is not good is refused with the code of RFC 8224 or told, as the trunk's policy says.

import fs from 'node:fs';
import path from 'node:path';
import { alice } from '../lib/gateway.mjs';
import { callee, caller, IdentityGround, stranger } from '../lib/identity_ground.mjs';
import { Pki } from '../lib/pki.mjs';
import { SignedCalls } from '../lib/signed_calls.mjs';
import { story } from '../lib/story.mjs';

/// Addresses that calls come from, one for each trunk.
const telling = '127.0.0.2';
const strict = '127.0.0.3';
const network = '127.0.0.4';
const now = () => Math.floor(Date.now() / 1000);

/// What is wrong, the change that makes it so, the code, and the words.
function wrongCalls(ground) {
  const { pki, certificates } = ground;
  const unreachable = (mode) => certificates.serve(`${mode}.pem`, 'x', mode);
  return [
    ['a tampered signature', { tamper: true }, 438, /signature/],
    ['an expired certificate', { credential: pki.expiredShaken() }, 437, /certificate/],
    ['a certificate of a stranger', { credential: new Pki(fs.mkdtempSync(path.join(pki.directory, 'stranger-'))).shaken() }, 437, /certificate/],
    ['a revoked certificate', { credential: ground.revoked }, 437, /certificate/],
    ['a certificate for another number', { credential: pki.shaken({ tn: [{ one: stranger }] }) }, 437, /TNAuthList/],
    ['a certificate for no number', { credential: pki.shaken({ tn: null }) }, 437, /TNAuthList/],
    ['a PASSporT of two minutes ago', { iat: now() - 120 }, 403, /iat/],
    ['a PASSporT of the future', { iat: now() + 120 }, 403, /iat/],
    ['a PASSporT for another callee', { to: stranger }, 438, /dest/],
    ['a PASSporT of another caller', { from: stranger }, 438, /orig/],
    ['an info that is not x5u', { info: 'https://localhost/other.pem' }, 438, /x5u/],
    ['the algorithm none', { algorithm: 'none' }, 438, /alg/],
    ['another type', { header: { typ: 'JWT' } }, 438, /typ/],
    ['a certificate that is missing', { x5u: unreachable('missing') }, 436, /./],
    ['a certificate server that hangs', { x5u: unreachable('hang') }, 436, /./],
    ['a certificate server that redirects', { x5u: unreachable('redirect') }, 436, /./],
    ['a certificate of 100 MB', { x5u: unreachable('flood') }, 436, /./],
    ['a certificate in a file', { x5u: 'file:///etc/ssl/certs/ca-certificates.crt' }, 436, /x5u/],
    ['a certificate over http', { x5u: `http://localhost:${certificates.port}/gateway.pem` }, 436, /x5u/],
    ['a certificate on 127.0.0.1', { x5u: `https://127.0.0.1:${certificates.port}/gateway.pem` }, 436, /./],
    ['a certificate in a private network', { x5u: 'https://10.0.0.1/gateway.pem' }, 436, /./],
  ];
}

async function strictTrunk(t, calls) {
  for (const [what, change, status, words] of wrongCalls(calls.ground)) {
    const refusal = await calls.refused(strict, status, { identity: [calls.header(change)] });
    t.check(words.test(refusal.text), `${what}: ${refusal.startLine.slice(8)}, Reason: ${refusal.header('Reason')}`);
  }
  await calls.refused(strict, 428);
  t.say('ok    no signature: 428');
  await calls.refused(strict, 428, { identity: [calls.header({ ppt: 'rcd-of-tomorrow' })] });
  t.say('ok    an unknown kind of PASSporT: 428');
}

async function replays(t, calls, page) {
  const header = calls.header();
  const first = await calls.call('uac_refused', strict, { identity: [header], words: { status: 603 } });
  await page.incoming('first use');
  await page.tell('first use', 'decline');
  await first.succeeded();
  const refusal = await calls.refused(strict, 438, { identity: [header] });
  t.check(/replay/.test(refusal.text), `the same PASSporT again: ${refusal.startLine.slice(8)}`);
}

/// The page's word about a call of the telling trunk, which it declines.
async function told(t, calls, page, name, options) {
  const sipp = await calls.call('uac_refused', options.address ?? telling, { ...options, words: { status: 603 } });
  const incoming = await page.incoming(name);
  await page.tell(name, 'decline');
  await sipp.succeeded();
  return { ...incoming, reason: sipp.received('SIP/2.0 180')[0].header('Reason') };
}

async function tellingTrunk(t, calls, page) {
  const rows = [
    ['tampered', { tamper: true }, 'TN-Validation-Failed', 438],
    ['stale', { iat: now() - 120 }, 'TN-Validation-Failed', 403],
    ['by a stranger', { credential: calls.ground.pki.expiredShaken() }, 'TN-Validation-Failed', 437],
    ['not to be fetched', { x5u: 'https://127.0.0.1/x.pem' }, 'No-TN-Validation', 436],
  ];
  for (const [what, change, verstat, cause] of rows) {
    const { caller: who, reason } = await told(t, calls, page, what, { identity: [calls.header(change)] });
    t.equal([who.number, who.verstat, who.attest], [`+${caller}`, verstat, ''], `${what}: ${who.reason}`);
    t.check(who.reason && new RegExp(`^STIR\\s*;\\s*cause=${cause}`).test(reason), `the telephone hears "${reason}" (RFC 9410)`);
  }
  const none = await told(t, calls, page, 'unsigned', {});
  t.equal([none.caller.verstat, none.caller.method, none.reason], ['No-TN-Validation', 'none', undefined], 'an unsigned call');
  const forged = await told(t, calls, page, 'asserted', { headers: [`P-Asserted-Identity: <sip:+${stranger}@127.0.0.1>`] });
  t.equal(forged.caller.number, `+${caller}`, 'what an untrusted trunk asserts counts for nothing');
  const verstat = await told(t, calls, page, 'verstat', { from: `<sip:+${caller};verstat=TN-Validation-Passed@127.0.0.1>` });
  t.equal([verstat.caller.verstat, verstat.caller.number], ['No-TN-Validation', `+${caller}`], 'nor its verstat');
  const two = await told(t, calls, page, 'two rows', { identity: [calls.header({ tamper: true }), calls.header({ attest: 'B' })] });
  t.equal([two.caller.verstat, two.caller.attest], ['TN-Validation-Passed', 'B'], 'of two rows one good one suffices');
  const asserted = await told(t, calls, page, 'network', { address: network, headers: [`P-Asserted-Identity: <sip:+${stranger}@127.0.0.1>`] });
  t.equal([asserted.caller.number, asserted.caller.verstat, asserted.caller.attest, asserted.caller.method],
    [`+${stranger}`, 'No-TN-Validation', 'network-asserted', 'pai'], 'what a trusted network asserts');
}

/// Answered calls: what Firefox itself makes of the gateway's a=identity.
async function believedByFirefox(t, calls, page) {
  const host = 'gw.localhost';
  const rows = [
    ['by secsipidx', { identity: [await calls.ground.tool.sign({ credential: calls.credential, x5u: calls.x5u, from: caller, to: callee })] },
      ['TN-Validation-Passed', 'A', 'stir', 'SHAKEN 5678', 'verified'], new RegExp(`^\\+${caller}@${host}$`)],
    ['with attestation B', { identity: [calls.header({ attest: 'B' })] }, ['TN-Validation-Passed', 'B', 'stir', 'SHAKEN 5678', 'partly'], /^caller-\S+@gw\.localhost$/],
    ['by nobody', {}, ['No-TN-Validation', '', 'none', '', 'not-verified'], /^caller-\S+@gw\.localhost$/],
    ['with Privacy: id', { identity: [calls.header()], headers: ['Privacy: id'] }, ['No-TN-Validation', '', 'none', '', 'anonymous'], /^anonymous@gw\.localhost$/],
  ];
  for (const [what, options, expected, name] of rows) {
    const sipp = await calls.call('uac_wait_bye', telling, options);
    const { caller: who } = await page.incoming(what);
    t.equal([who.verstat, who.attest, who.method, who.signer, who.level], expected, `signed ${what}: ${who.number}`);
    await page.accept(what);
    await page.event(what, 'answered');
    const peer = await page.peerIdentity(what);
    t.check(name.test(peer.name ?? ''), `Firefox believes to talk to ${peer.name ?? peer.error}`);
    await page.hangUp(what);
    await sipp.succeeded();
    const { identity } = await calls.gateway.record((await page.event(what, 'ended')).detail.id);
    t.equal([identity.source, identity.attest, identity.signer], [expected[2], expected[1], expected[3]], 'the record');
  }
}

await story('signed calls from telephones', async (t) => {
  const ground = await IdentityGround.prepare(t);
  const { pki } = ground;
  ground.revoked = pki.shaken({ name: 'SHAKEN revoked' });
  const crls = path.join(t.directory, 'crls.pem');
  fs.writeFileSync(crls, pki.sti.crl() + pki.stiIssuer.crl([ground.revoked]));
  const tls = pki.web.issue('gw.localhost', { dns: ['gw.localhost', 'localhost'], server: true }).write(t.directory, 'door');
  const { stir, fetch } = ground.sections();
  const gateway = await t.gateway(({ httpPort }) => ({
    http: { tls: { enabled: true, certificate: tls.certificate, private_key: tls.key } },
    stir: { ...stir, crls }, fetch,
    identity: { enabled: true, domain: `gw.localhost:${httpPort}` },
    users: [{ ...alice, numbers: [callee] }],
    trunks: [
      { name: 'telling', address: '127.0.0.2:5060', sources: [telling], in: { stir: 'verify', on_fail: 'tag' } },
      { name: 'strict', address: '127.0.0.3:5060', sources: [strict], in: { stir: 'require', on_fail: 'reject' } },
      { name: 'network', address: '127.0.0.4:5060', sources: [network], trust: 'trusted', in: { pai: 'accept', stir: 'verify' } },
    ],
  }), { authority: pki.web.certificate });
  const calls = await SignedCalls.prepare(t, ground, gateway);
  const page = await t.phone(await t.browser('firefox', { authority: pki.webFile }), alice.token);
  await strictTrunk(t, calls);
  await replays(t, calls, page);
  await tellingTrunk(t, calls, page);
  await believedByFirefox(t, calls, page);
  t.equal(ground.certificates.asked('/telephones.pem'), 1, 'the certificate of the telephones was fetched once');
  await gateway.quiet();
  await gateway.stop();
});
