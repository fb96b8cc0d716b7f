// Trunks as operators have them: groups with failover while calls run, pauses that a trunk asks for, silent trunks, limits,
// national numbers, header rules, several accounts, SHA-256 with a stale nonce.

import { DigestTrunk } from '../lib/digest_trunk.mjs';
import { freePort } from '../lib/free_port.mjs';
import { alice } from '../lib/gateway.mjs';
import { invitesOf } from '../lib/outbound_calls.mjs';
import { heardOf, place, withoutBrowser } from '../lib/plain_calls.mjs';
import { RawPage } from '../lib/raw_page.mjs';
import { RtpPhone } from '../lib/rtp_phone.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { describe, words as inWords } from '../lib/sound.mjs';
import { sleep, story } from '../lib/story.mjs';

const kCalls = 20;
const kMany = 100000;
const german = { country: '49', out: 'national' };

const local = (port) => `127.0.0.1:${port}`;
const up = (text, trunk) => Number(text.match(new RegExp(`^causeway_trunk_up\\{trunk="${trunk}"\\} (\\d)`, 'm'))?.[1]);

await story('trunk groups, failover, limits, numbers, headers, accounts', async (t) => {
  const sound = await new RtpPhone({ frequency: 1004 }).open();
  t.atEnd(() => sound.close());
  const words = { sdp: sound.sdp(), ring_ms: 30, health: '200 OK' };
  const start = async (scenario, more) => {
    const sipp = await Sipp.start(scenario, { directory: t.directory, calls: kMany, words, ...more });
    t.atEnd(() => sipp.stop());
    return sipp;
  };
  const ports = { main: await freePort(), silent: await freePort() };
  let main = await start('uas_trunk', { port: ports.main });
  const spare = await start('uas_trunk');
  const busy = await start('uas_busy_trunk', { words: { refusal: '503 Service Unavailable', pause: 3 } });
  const silent = await new RtpPhone({ frequency: 0 }).open();
  t.atEnd(() => silent.close());
  const carrier = await new DigestTrunk({ one: 'secret "1"', two: 'secret-2' }, { sdp: sound.sdp() }).open();
  t.atEnd(() => carrier.close());

  const health = { options: '1s', down_after: 2, up_after: 2 };
  const gateway = await t.gateway({
    ...withoutBrowser,
    users: [{ ...alice, numbers: ['+4930100'] }],
    trunks: [
      { name: 'main', address: local(ports.main), health },
      { name: 'spare', address: local(spare.port), health },
      { name: 'busy', address: local(busy.port) },
      { name: 'silent', address: local(silent.port), answer_within: '1s' },
      { name: 'narrow', address: local(spare.port), limits: { calls: 2 }, sources: ['127.0.0.9'] },
      { name: 'slow', address: local(spare.port), limits: { calls_per_second: 1 }, sources: ['127.0.0.8'] },
      { name: 'national', address: local(spare.port), numbers: german, sources: ['127.0.0.7'],
        headers: { add: { 'X-Customer': '{user};to={to}', 'X-Call': '{call}' }, allow_in: ['X-Queue'] } },
      { name: 'carrier', address: local(carrier.port), sources: ['127.0.0.6'], accounts: [
        { username: 'one', password: 'secret "1"', register: true },
        { username: 'two', password: 'secret-2', numbers: ['+4930*'], register: true },
      ] },
    ],
    trunk_groups: [
      { name: 'carriers', trunks: [{ trunk: 'main', priority: 1 }, { trunk: 'spare', priority: 2 }] },
      { name: 'refusing', trunks: [{ trunk: 'busy', priority: 1 }, { trunk: 'spare', priority: 2 }] },
      { name: 'quiet', trunks: [{ trunk: 'silent', priority: 1 }, { trunk: 'spare', priority: 2 }] },
    ],
    routes: [
      { to: '81*', target: 'trunk carriers' }, { to: '82*', target: 'trunk refusing' }, { to: '83*', target: 'trunk quiet' },
      { to: '84*', target: 'trunk narrow' }, { to: '85*', target: 'trunk slow' }, { to: '86*', target: 'trunk carrier' },
      { trunk_in: 'national', to: '+4930100', target: 'user alice' }, { trunk_in: 'slow', target: 'user alice' },
      { to: '+*', target: 'trunk national' },
    ],
  });
  const metrics = async () => (await gateway.ask('/metrics')).text;
  const page = await RawPage.login(gateway, alice.token);
  const record = (call) => gateway.record(call.id);
  const over = async (call) => {
    call.hangUp();
    await call.hear('ended');
    return record(call);
  };
  const tries = ({ attempts }) => attempts.map(({ trunk, outcome, status }) => [trunk, outcome, status]);

  // A trunk that says nothing.
  const asked = performance.now();
  const waited = await place(page, '831');
  await waited.hear('answered');
  const took = performance.now() - asked;
  t.check(took > 900 && took < 3000, `a silent trunk is left after ${Math.round(took)} ms`);
  t.equal(tries(await over(waited)), [['silent', 'trunk-timeout', null], ['spare', 'answered', null]], 'for the next one');

  // Failover while calls run.
  const phone = await t.phone(await t.browser('chromium'), alice.token);
  const names = Array.from({ length: kCalls }, (_, index) => `call-${index}`);
  const [heard, ...others] = names;
  const { id } = await phone.call('811', { name: heard });
  await phone.callMany(others, '811');
  for (const name of names) await phone.event(name, 'answered', 20000);
  t.equal(invitesOf(main).length, kCalls, 'calls at the trunk of the first priority');
  sound.speakTo(invitesOf(main).find((invite) => invite.header('Call-ID').startsWith(id)).audioPort);
  main.stop();
  const stopped = Date.now();
  const first = await place(page, '812');
  await first.hear('answered');
  t.check(Date.now() - stopped < 6000, `a call at the moment of the failure is answered by the other trunk after ${Date.now() - stopped} ms`);
  t.equal((await over(first)).attempts.at(-1).trunk, 'spare', 'which is the spare one');
  while (up(await metrics(), 'main') !== 0) await sleep(100);
  t.check(Date.now() - stopped < 25000, `the trunk is taken for down after ${Date.now() - stopped} ms`);
  t.check((await gateway.ask('/readyz')).text.includes('trunk main is down'), '/readyz names it');
  const second = await place(page, '813');
  await second.hear('answered');
  t.equal(tries(await over(second)), [['spare', 'answered', null]], 'new calls go to the other at once');
  t.equal((await gateway.metrics()).calls_running, kCalls, 'calls that run on without their trunk');
  await phone.forget(heard);
  await sleep(1500);
  const { rate, samples } = await phone.heard(heard);
  const tone = describe(samples, rate);
  t.check(Math.abs(tone.frequency - 1004) < 3 && tone.gapMs <= 60, `and are heard: ${inWords(tone)}`);
  await phone.endMany(names);
  main = await start('uas_trunk', { port: ports.main });
  const restarted = Date.now();
  while (up(await metrics(), 'main') !== 1) await sleep(100);
  t.check(Date.now() - restarted < 6000, `it is up again ${Date.now() - restarted} ms after its return`);
  await sleep(100);
  const third = await place(page, '814');
  await third.hear('answered');
  t.equal(tries(await over(third)), [['main', 'answered', null]], 'and has calls again');

  // 503 with Retry-After.
  const refused = await place(page, '821');
  await refused.hear('answered');
  t.equal(heardOf(page, refused.name).filter((type) => type === 'ringing').length, 1, 'the page heard so many ringings');
  t.equal(tries(await over(refused)), [['busy', 'trunk-refused', 503], ['spare', 'answered', null]], 'a 503 is another trunk\'s call');
  const during = await place(page, '822');
  await during.hear('answered');
  t.equal(tries(await over(during)), [['spare', 'answered', null]], 'a trunk that asked for a pause has it');

  // Limits.
  const held = [await place(page, '841'), await place(page, '842')];
  for (const call of held) await call.hear('answered');
  const beyond = await place(page, '843');
  t.equal(beyond.refused?.reason, 'over-limit', 'a third call over a trunk of two');
  for (const call of held) await over(call);
  const fast = [await place(page, '851'), await place(page, '852')];
  t.equal(fast.map((call) => call.refused?.reason ?? 'taken'), ['taken', 'over-limit'], 'two calls in a second over a trunk of one');
  const shut = await Sipp.start('uac_refused', { directory: t.directory, target: gateway.sipTarget, address: '127.0.0.8', user: '+4930100',
    words: { from: '<sip:030999@127.0.0.8>', sdp: sound.sdp(), status: 503 } });
  await shut.succeeded();
  t.equal(shut.received('SIP/2.0 503')[0].header('Retry-After'), '5', 'a call from it within that second is refused, with Retry-After');
  await fast[0].hear('answered');
  await over(fast[0]);

  // Numbers and headers, out and in.
  const before = invitesOf(spare).length;
  const abroad = await place(page, '+4930123456');
  await abroad.hear('answered');
  await over(abroad);
  const invite = invitesOf(spare).slice(before)[0];
  t.check(invite.startLine.startsWith('INVITE sip:030123456@'), `Request-URI: ${invite.startLine}`);
  t.check(invite.header('To').includes('sip:030123456@'), `To: ${invite.header('To')}`);
  t.check(invite.header('From').includes('sip:030100@'), `From: ${invite.header('From')}`);
  t.equal(invite.header('X-Customer'), 'alice;to=+4930123456', 'X-Customer');
  t.equal(invite.header('X-Call'), abroad.id, 'X-Call');
  const caller = await Sipp.start('uac_cancel', { directory: t.directory, target: gateway.sipTarget, address: '127.0.0.7', user: '030100',
    words: { from: '<sip:030999@127.0.0.7>', sdp: sound.sdp(), ring_ms: 300 }, headers: ['X-Queue: sales', 'X-Other: no'] });
  t.atEnd(() => caller.stop());
  const incoming = await page.hear('incoming');
  t.equal([incoming.from, incoming.to, incoming.headers], ['+4930999', '+4930100', { 'X-Queue': 'sales' }], 'a national call comes in as');
  await page.hear('ended');

  // Accounts and digest.
  for (const user of ['one', 'two']) {
    const registered = await carrier.waitFor(({ method, username }) => method === 'REGISTER' && username === user);
    t.equal([registered.algorithm, registered.nc], ['SHA-256', '00000001'], `account ${user} is registered by`);
  }
  t.check(carrier.staleTold >= 2, `nonces were told to be stale ${carrier.staleTold} times and answered anew`);
  const paid = await place(page, '861');
  await paid.hear('answered');
  await over(paid);
  const proof = await carrier.waitFor(({ method }) => method === 'INVITE');
  t.equal([proof.username, proof.algorithm], ['two', 'SHA-256'], 'the call proves itself by the account of its number');

  await gateway.quiet(40000);
  const rest = (await metrics()).match(/^causeway_trunk_calls\{.*\} [^0].*$/gm);
  t.equal(rest, null, 'trunks that still count calls');
  await gateway.stop();
});
