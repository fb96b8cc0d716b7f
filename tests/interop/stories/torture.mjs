// The torture messages of RFC 4475 beside a call that is listened to: each gets what the RFC lets it get, by UDP, TCP and
// WebSocket, from a trunk and from strangers; then all of them again and again. The call loses no more than it does
// in peace, honest requests are answered at once, and nothing stays inside.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { alice, bob } from '../lib/gateway.mjs';
import { expectTone } from '../lib/expect_sound.mjs';
import { RtpPhone } from '../lib/rtp_phone.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { describe } from '../lib/sound.mjs';
import { sleep, story } from '../lib/story.mjs';
import { asksHonestly, torment } from '../lib/torture.mjs';

const kVoice = 700;
const kPeaceSeconds = 5;
const kRounds = 10;
const kStranger = '127.0.0.66';

async function everyMessage(t, gateway, kind, from, who) {
  const answers = await torment(gateway, kind, from);
  const wrong = answers.filter(({ good }) => !good)
    .map(({ section, name, status, allowed }) => `${section} ${name}: "${status}" in place of ${allowed.map((each) => `"${each}"`)}`);
  if (wrong.length) throw new Error(`${who}:\n  ${wrong.join('\n  ')}`);
  const silent = answers.filter(({ status }) => status === '').map(({ name }) => name);
  t.say(`ok    ${who}: ${answers.length} messages, ${answers.length - silent.length} answered as they may be; silence for ${silent.join(' ')}`);
}

/// What the telephone did not get since `from` samples, and the longest hole in its sound.
function heardBy(sound, fromSeconds) {
  const samples = sound.heard(fromSeconds);
  return { lost: sound.missing(fromSeconds), gapMs: describe(samples, sound.rate).gapMs };
}

const secondsHeard = (sound) => sound.heard().length / sound.rate;

await story('RFC 4475 beside a call', async (t) => {
  const sound = await new RtpPhone({ frequency: 1004, level: -15 }).open();
  t.atEnd(() => sound.close());
  const sipp = await Sipp.start('uas_answer', { directory: t.directory, words: { sdp: sound.sdp(), ring_ms: 100 } });
  t.atEnd(() => sipp.stop());
  const gateway = await t.gateway({
    sip: { websocket: true, domain: 'gw.example' },
    users: [alice, { ...bob, numbers: ['user'] }],
    trunks: [{ name: 'telephone', address: `127.0.0.1:${sipp.port}`, codecs: ['pcmu'], sources: ['127.0.0.1'] }],
    routes: [{ to: '200', target: 'trunk telephone' }, { to: 'user', target: 'user bob' }],
  });
  const page = await t.phone(await t.browser('chromium'), alice.token);
  await page.call('200', { name: 'call', frequency: kVoice });
  sound.speakTo((await sipp.waitForMessage('INVITE')).audioPort);
  await page.event('call', 'answered');
  await sleep(1500);

  const [peaceFrom] = [secondsHeard(sound), await page.forget('call')];
  await sleep(1000 * kPeaceSeconds);
  const peace = heardBy(sound, peaceFrom);
  t.say(`in peace: ${peace.lost} packets lost, longest gap ${peace.gapMs} ms`);

  const before = await gateway.metrics();
  await page.forget('call');
  const from = secondsHeard(sound);
  const begin = Date.now();
  await everyMessage(t, gateway, 'udp', '127.0.0.1', "by UDP from the trunk's address");
  await everyMessage(t, gateway, 'tcp', '127.0.0.1', "by TCP from the trunk's address");
  await everyMessage(t, gateway, 'udp', kStranger, 'by UDP from a stranger');
  await everyMessage(t, gateway, 'ws', (await t.site()).origin, 'by WebSocket');
  const times = [];
  const worker = new Worker(new URL('../lib/torture_storm.mjs', import.meta.url), { workerData: { sipPort: gateway.sipPort, rounds: kRounds } });
  const storm = once(worker, 'message');
  while (!await Promise.race([storm, sleep(200)])) times.push(await asksHonestly(gateway, '127.0.0.77'));
  const seconds = (Date.now() - begin) / 1000;
  const slowest = Math.max(...times);
  t.check(slowest < 250, `${kRounds} rounds of all at once: ${times.length} honest OPTIONS meanwhile, the slowest answered after ${slowest.toFixed(0)} ms`);

  const there = heardBy(sound, from);
  t.check(there.lost <= peace.lost, `${there.lost} packets lost in ${seconds.toFixed(0)} s of torture`);
  expectTone(t, 'the page', await page.heard('call'), { frequency: 1004, level: -15, seconds: seconds - 2 });
  expectTone(t, 'the telephone', { rate: sound.rate, samples: sound.heard(from) }, { frequency: kVoice, level: -20, seconds: seconds - 2 });

  const after = await gateway.metrics();
  const grown = Object.keys(after).filter((name) => /^(sip|edge)_.*_total$/.test(name) && after[name] > (before[name] ?? 0));
  t.say(`counted: ${grown.map((name) => `${name} ${after[name] - (before[name] ?? 0)}`).join(', ')}`);
  for (const name of ['sip_malformed_total', 'sip_bad_target_total', 'sip_bad_invite_total', 'sip_bad_message_total', 'sip_unknown_method_total', 'sip_unsupported_total']) t.check(grown.includes(name), `${name} has grown`);
  t.equal((await page.events('call')).includes('ended'), false, 'the call goes on');
  await page.hangUp('call');
  await sipp.succeeded();
  await gateway.quiet(40000);
  await gateway.stop();
});
