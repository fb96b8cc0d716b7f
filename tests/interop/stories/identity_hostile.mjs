// A flood of calls whose certificates come slowly, never, or from where nobody may fetch: fifty other calls go on
// undisturbed, and new ones are taken at once.

import { browserOffer } from '../lib/browser_offer.mjs';
import { CertificateServer } from '../lib/certificate_server.mjs';
import { alice, bob } from '../lib/gateway.mjs';
import { callee, caller, IdentityGround } from '../lib/identity_ground.mjs';
import { RawPage } from '../lib/raw_page.mjs';
import { SignedCalls } from '../lib/signed_calls.mjs';
import { describe, words } from '../lib/sound.mjs';
import { sleep, story } from '../lib/story.mjs';

const count = 50;
const floods = 100;
const rate = 10;
const kEars = 3;
const strict = '127.0.0.3';

/// Signed calls, each with a certificate of its own that the server takes `mode` for; all must get 436.
async function flood(t, calls, mode) {
  const { certificates } = calls.ground;
  const each = Array.from({ length: floods }, (_, index) => (
    [calls.header({ x5u: certificates.serve(`slow-${index}.pem`, calls.credential.chain, mode) })]));
  return calls.call('uac_refused', strict, { each, rate, words: { status: 436 } });
}

/// Addresses that a signature may name and that nobody must ask.
async function forbiddenAddresses(t, calls) {
  const { certificates } = calls.ground;
  const { port } = certificates;
  for (const x5u of ['file:///etc/passwd', `http://localhost:${port}/x.pem`, `https://user@localhost:${port}/x.pem`,
    `https://127.0.0.1:${port}/x.pem`, `https://[::1]:${port}/x.pem`, `https://localhost.:${port}/x.pem`,
    `https://2130706433:${port}/x.pem`, `https://0x7f.1:${port}/x.pem`, 'https://169.254.169.254/latest/meta-data',
    'https://10.0.0.1/x.pem', 'https://[::ffff:127.0.0.1]/x.pem']) {
    await calls.refused(strict, 436, { identity: [calls.header({ x5u })] });
    t.say(`ok    436 for ${x5u}`);
  }
  t.equal(certificates.asked('/x.pem'), 0, 'the server on loopback was not asked');
}

/// By pages that are programs: what is measured is the gateway, not a browser that is busy with fifty calls.
async function newCalls(t, calls, page, fast) {
  let begin = Date.now();
  page.say({ type: 'call', call: 'new', to: '601', sdp: browserOffer() });
  await page.hear('answer');
  t.check(Date.now() - begin < 1000, `a new call meanwhile is taken after ${Date.now() - begin} ms`);
  page.say({ type: 'hangup', call: 'new' });

  const x5u = fast.serve('telephones.pem', calls.credential.chain);
  const signed = await calls.call('uac_refused', strict, { identity: [calls.header({ x5u })], words: { status: 603 } });
  begin = Date.now();
  const incoming = await page.hear('incoming');
  t.check(Date.now() - begin < 1500, `a signed call meanwhile rings after ${Date.now() - begin} ms`);
  t.equal([incoming.caller.number, incoming.caller.verstat], [`+${caller}`, 'TN-Validation-Passed'],
    'with its verdict, by a certificate of another server');
  page.say({ type: 'decline', call: incoming.call });
  await signed.succeeded();
}

await story(`slow certificates beside ${count} calls`, async (t) => {
  const ground = await IdentityGround.prepare(t);
  // The slow server's neighbour; one host gets only some of all places.
  const fast = await CertificateServer.start(ground.pki, '127.0.0.1');
  t.atEnd(() => fast.close());
  const gateway = await t.gateway({
    ...ground.sections([fast]),
    http: { messages_per_second: 2000, allowed_origins: [(await t.site()).origin] },
    users: [alice, { ...bob, numbers: [callee] }],
    trunks: [{ name: 'strict', address: '127.0.0.3:5060', sources: [strict], in: { stir: 'require', on_fail: 'reject' } }],
  });
  const calls = await SignedCalls.prepare(t, ground, gateway);
  const page = await t.phone(await t.browser('chromium'), alice.token);
  const names = Array.from({ length: count }, (_, index) => `call-${index}`);
  await page.callMany(names, '601', kEars);
  for (const name of names) await page.event(name, 'answered', 20000);
  await sleep(2000);
  for (const name of names.slice(0, kEars)) await page.forget(name);

  const begin = Date.now();
  const called = await RawPage.login(gateway, bob.token);
  t.atEnd(() => called.close());
  const slow = await flood(t, calls, 'hang');
  await sleep(4000);
  await newCalls(t, calls, called, fast);
  await slow.succeeded(60000);
  t.say(`ok    ${floods} calls with certificates that never come: each got 436`);
  await forbiddenAddresses(t, calls);
  const seconds = (Date.now() - begin) / 1000;

  for (const name of names.slice(0, kEars)) {
    const { rate: hertz, samples } = await page.heard(name);
    const sound = describe(samples, hertz);
    t.check(Math.abs(sound.frequency - 1004) < 3 && sound.gapMs <= 60, `heard for ${seconds.toFixed(0)} s: ${words(sound)}`);
  }
  await page.endMany(names);
  let lost = 0;
  for (const name of names) {
    const record = await gateway.record((await page.event(name, 'ended')).detail.id);
    lost += record.browser.packets_lost + record.sip.packets_lost;
  }
  t.equal(lost, 0, 'packets lost in all calls together');
  await gateway.quiet();
  await gateway.stop();
});
