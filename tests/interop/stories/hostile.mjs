// Strangers and broken peers do their worst while a call goes on: each attack ends in a counter or a clear error,
// the gateway lives, and the call's tone has no hole.

import dgram from 'node:dgram';
import net from 'node:net';
import { randomBytes } from 'node:crypto';
import { alice } from '../lib/gateway.mjs';
import { expectTone } from '../lib/expect_sound.mjs';
import { RawPage } from '../lib/raw_page.mjs';
import { RtpPhone } from '../lib/rtp_phone.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { sleep, story } from '../lib/story.mjs';

const kVoice = 700;

async function throwUdp(port, datagrams) {
  const socket = dgram.createSocket('udp4');
  for (const datagram of datagrams) {
    await new Promise((resolve) => socket.send(datagram, port, '127.0.0.1', resolve));
  }
  await sleep(50);
  socket.close();
}

/// Counters that grew by `action`.
async function grown(gateway, action) {
  const before = await gateway.metrics();
  await action();
  await sleep(300);
  const after = await gateway.metrics();
  return Object.keys(after).filter((name) => after[name] > (before[name] ?? 0));
}

async function counts(t, gateway, what, pattern, action) {
  const names = await grown(gateway, action);
  t.check(names.some((name) => pattern.test(name)), `${what} is counted: ${names.filter((name) => pattern.test(name))}`);
}

async function badMessages(t, gateway) {
  const page = await RawPage.login(gateway, alice.token);
  const bad = [
    ['{', 'bad-json', ''], ['[]', 'bad-json', ''], ['{"type":"call","type":"call"}', null, null],
    ['"\\ud800"', 'bad-json', ''], ['['.repeat(5000), 'bad-json', ''],
    ['{"type":"fly"}', 'unknown-type', 'type'],
    ['{"type":"call","call":"a","to":7,"sdp":"v=0"}', 'bad-field', 'to'],
    ['{"type":"call","call":"a b","to":"600","sdp":"v=0"}', 'bad-field', 'call'],
    ['{"type":"hangup","call":"nobody"}', 'unknown-call', 'call'],
    ['{"type":"dtmf","call":"x","digit":"Z"}', 'bad-field', 'digit'],
  ];
  for (const [text, code, field] of bad) {
    page.say(text);
    const error = await page.hear('error');
    if (code) t.equal([error.code, error.field], [code, field], `error for ${text.slice(0, 50)}`);
  }
  for (const evil of ['200\r\nX-Evil: 1', '200\n', '200\u0000']) {
    page.say({ type: 'call', call: 'evil', to: evil, sdp: 'v=0' });
    const error = await page.hear(['error', 'ended']);
    t.equal([error.type, error.field], ['error', 'to'], `"to" ${JSON.stringify(evil)}`);
  }
  page.say({ type: 'hangup', call: 'still-here' });
  t.equal((await page.hear('error')).code, 'unknown-call', 'the connection still works');
  page.close();
}

/// Numbers that would change the INVITE if they got into it unescaped.
async function headerInjection(t, page, sipp) {
  for (const [index, evil] of ['evil>;x=1,<sip:y@z', 'evil%0d%0aX-Evil:1', 'evil@evil.example', 'evil;maddr=10.0.0.1?X-Evil=1'].entries()) {
    const placed = await page.call(evil, { name: `evil-${index}` });
    if (placed.id) await page.event(`evil-${index}`, 'ended');
  }
  for (const { text, startLine } of sipp.received('INVITE')) {
    t.check(/^INVITE sip:evil[^@\s<>"]*@127\.0\.0\.1:\d+(;transport=udp)? SIP\/2\.0$/i.test(startLine) && !/^X-Evil/m.test(text) &&
      /^To: (\S+ )?<sip:evil[^@\s<>"]*@[^@<>]*>$/m.test(text), `an evil number stays a number: ${startLine}`);
  }
}

async function hugeFrames(t, gateway) {
  const page = await RawPage.login(gateway, alice.token);
  await counts(t, gateway, 'a frame of 10 MB', /oversized/, async () => {
    page.say(`{"type":"call","sdp":"${'x'.repeat(10_000_000)}"}`);
    t.equal((await page.hear('error')).code, 'too-big', 'a frame of 10 MB');
  });
  page.say({ type: 'hangup', call: 'still-here' });
  t.equal((await page.hear('error')).code, 'unknown-call', 'the connection still works');
  page.close();
  const flood = await RawPage.login(gateway, alice.token);
  await counts(t, gateway, 'a flood of messages', /over_rate/, async () => {
    for (let index = 0; index < 2000; ++index) flood.say({ type: 'hangup', call: 'x' });
  });
  flood.close();
  await RawPage.connect(gateway, 'https://evil.example').then(
    () => { throw new Error('a page of a foreign origin was let in'); },
    (error) => t.check(/403/.test(error.message), `a foreign origin: ${error.message}`));
}

async function garbage(t, gateway, mediaPorts) {
  const junk = Array.from({ length: 300 }, (_, index) => randomBytes(1 + (index * 7) % 1400));
  await counts(t, gateway, 'garbage at the SIP ports', /^sip_malformed/, async () => {
    await throwUdp(gateway.sipPort, junk);
    const socket = net.connect(gateway.sipPort, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(randomBytes(100000));
    await sleep(200);
    socket.destroy();
  });
  await counts(t, gateway, 'garbage at the media ports', /rtp|media|latch|source/, async () => {
    for (const port of mediaPorts) await throwUdp(port, junk);
  });
}

function invite(gateway, { via = '127.0.0.1:5999', branch, contact = '<sip:x@127.0.0.1:5999>', extra = [], method = 'INVITE' }) {
  return [
    `${method} sip:100@127.0.0.1:${gateway.sipPort} SIP/2.0`, `Via: SIP/2.0/UDP ${via};branch=${branch}`,
    'From: <sip:evil@127.0.0.1>;tag=1', `To: <sip:100@127.0.0.1:${gateway.sipPort}>`, `Call-ID: ${branch}@evil`,
    `CSeq: 1 ${method}`, ...(contact ? [`Contact: ${contact}`] : []), ...extra, 'Max-Forwards: 70', 'Content-Length: 0', '', '',
  ].join('\r\n');
}

/// The datagrams that nobody could answer, which end an unguarded Sofia-SIP.
async function unanswerableSip(gateway) {
  for (let round = 0; round < 20; ++round) {
    const branch = `z9hG4bKdeadly${round}`;
    await throwUdp(gateway.sipPort, [
      invite(gateway, { via: '127.0.0.1:0', branch }),
      invite(gateway, { via: '127.0.0.1:0', branch, method: 'ACK', contact: '' }),
    ]);
  }
}

/// And those with targets that lead nowhere.
async function badTargets(gateway) {
  for (const [index, contact] of ['<sip:>', '<tel:123>', '<sip:@:0>', '<http://x>', '*', '', '<sip:x@[>'].entries()) {
    await throwUdp(gateway.sipPort, [
      invite(gateway, { branch: `z9hG4bKcontact${index}`, contact }),
      invite(gateway, { branch: `z9hG4bKroute${index}`, extra: contact ? [`Record-Route: ${contact}`, `Route: ${contact}`] : [] }),
    ]);
  }
}

async function deadlySip(t, gateway) {
  await counts(t, gateway, 'a request that nobody could answer', /^sip_unanswerable_request/, () => unanswerableSip(gateway));
  await counts(t, gateway, 'a target that leads nowhere', /^sip_bad_target/, () => badTargets(gateway));
  t.check(gateway.child.alive, 'the two deadly datagrams and their kin: the gateway lives');
}

/// Another port than the telephone's sends RTP that looks right.
async function foreignRtp(t, gateway, port) {
  const stranger = await new RtpPhone({ frequency: 2000, level: -3 }).open();
  await counts(t, gateway, 'RTP of a stranger', /^rtp_wrong_source/, async () => {
    stranger.speakTo(port);
    await sleep(2000);
  });
  stranger.close();
  t.check(stranger.packets === 0, 'a stranger who sends RTP hears nothing of the call');
}

await story('hostile peers beside a call', async (t) => {
  const sound = await new RtpPhone({ frequency: 1004, level: -15 }).open();
  t.atEnd(() => sound.close());
  const sipp = await Sipp.start('uas_answer', { directory: t.directory, words: { sdp: sound.sdp(), ring_ms: 100 } });
  t.atEnd(() => sipp.stop());
  const refusing = await Sipp.start('uas_refuse', { directory: t.directory, calls: 4, words: { refusal: '486 Busy Here', ring_ms: 20 } });
  t.atEnd(() => refusing.stop());
  const gateway = await t.gateway({
    sip: { ring_timeout: '5s' },
    trunks: [{ name: 'telephone', address: `127.0.0.1:${sipp.port}` }, { name: 'refusing', address: `127.0.0.1:${refusing.port}` }],
    routes: [{ to: '200', target: 'trunk telephone' }, { to: 'evil*', target: 'trunk refusing' }, { to: '60*', target: 'demo' }],
  });
  const page = await t.phone(await t.browser('chromium'), alice.token);
  await page.call('200', { name: 'call', frequency: kVoice });
  const { audioPort } = await sipp.waitForMessage('INVITE');
  sound.speakTo(audioPort);
  await page.event('call', 'answered');
  await page.forget('call');
  const from = sound.heard().length / sound.rate;
  await sleep(1500);

  const begin = Date.now();
  await badMessages(t, gateway);
  await headerInjection(t, page, refusing);
  await hugeFrames(t, gateway);
  await garbage(t, gateway, [audioPort, audioPort + 1]);
  await deadlySip(t, gateway);
  await foreignRtp(t, gateway, audioPort);
  await sleep(1500);
  const seconds = (Date.now() - begin) / 1000 - 1;

  expectTone(t, 'the page', await page.heard('call'), { frequency: 1004, level: -15, seconds });
  expectTone(t, 'the telephone', { rate: sound.rate, samples: sound.heard(from) }, { frequency: kVoice, level: -20, seconds });
  const again = await page.call('601', { name: 'new' });
  t.check(again.id, 'a new call is taken');
  await page.event('new', 'answered');
  await page.hangUp('new');
  await page.hangUp('call');
  await sipp.succeeded();
  await gateway.quiet(40000);
  await gateway.stop();
});
