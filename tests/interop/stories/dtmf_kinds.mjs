// Key presses for telephones without RFC 4733 events: by INFO and as tones in the sound, both ways.

import { alice } from '../lib/gateway.mjs';
import { digitsIn, tonesOf } from '../lib/dtmf_sound.mjs';
import { RtpPhone } from '../lib/rtp_phone.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { sleep, story } from '../lib/story.mjs';

const digits = '0123456789*#ABCD';

const pressed = (page, name) => page.page.evaluate((call) => kit.log.get(call).filter(({ type }) => type === 'dtmf').map(({ detail }) => detail), name);

async function byInfo(t, page, sipp) {
  await page.call('201', { name: 'info', frequency: 700, level: -20 });
  await page.event('info', 'answered');
  await sleep(1500);
  t.equal((await pressed(page, 'info')).map(({ digit, duration }) => [digit, duration]), [['7', 160]], 'the page gets the digit of an INFO');
  await page.tell('info', 'sendDtmf', digits, 120);
  const until = Date.now() + 8000;
  while (sipp.received('INFO').length < digits.length && Date.now() < until) await sleep(50);
  const infos = sipp.received('INFO');
  t.equal(infos.map(({ text }) => text.match(/^Signal=(.)/m)?.[1]).join(''), digits, 'the telephone gets the digits by INFO, in order');
  t.check(infos.every(({ text }) => /^Content-Type:\s*application\/dtmf-relay/im.test(text)), 'as application/dtmf-relay');
  await page.hangUp('info');
  await sipp.succeeded();
}

async function byTones(t, page, sound, sipp) {
  await page.call('202', { name: 'tones', frequency: 0, level: -90 });
  sound.speakTo((await sipp.waitForMessage('INVITE')).audioPort);
  await page.event('tones', 'answered');
  await sleep(800);
  await page.tell('tones', 'sendDtmf', digits, 100);
  await sleep(800);
  const heard = digitsIn(sound.heard(), sound.rate);
  t.equal(heard.map(({ digit }) => digit).join(''), digits, 'the telephone hears the digits as tones');
  t.check(heard.every(({ ms }) => ms >= 70 && ms <= 140), `each for about 100 ms: ${heard.map(({ ms }) => ms)}`);
  t.check(heard.every(({ lowDb, highDb }) => lowDb > -19 && highDb > -19 && Math.abs(highDb - lowDb) < 2.5),
    `at levels of Q.23: ${heard[0].lowDb.toFixed(1)} and ${heard[0].highDb.toFixed(1)} dBFS`);
  t.equal(sound.events.length, 0, 'and none as an event');
  await sound.playPairs([...digits].map(tonesOf));
  await sleep(600);
  const told = await pressed(page, 'tones');
  t.equal(told.map(({ digit }) => digit).join(''), digits, 'the page gets the digits of the telephone\'s tones');
  t.check(told.every(({ duration }) => duration >= 90 && duration <= 160), `each with its duration: ${told.map(({ duration }) => duration)}`);
  await page.hangUp('tones');
  await sipp.succeeded();
}

await story('key presses without events', async (t) => {
  const silent = await new RtpPhone({ frequency: 0, events: false }).open();
  t.atEnd(() => silent.close());
  const sound = await new RtpPhone({ frequency: 0, level: -18, events: false }).open();
  t.atEnd(() => sound.close());
  const info = await Sipp.start('uas_info', { directory: t.directory, words: { sdp: silent.sdp(), digit: '7' } });
  t.atEnd(() => info.stop());
  const tones = await Sipp.start('uas_answer', { directory: t.directory, words: { sdp: sound.sdp(), ring_ms: 100 } });
  t.atEnd(() => tones.stop());
  const gateway = await t.gateway({
    trunks: [
      { name: 'info', address: `127.0.0.1:${info.port}`, dtmf: 'auto-info' },
      { name: 'tones', address: `127.0.0.1:${tones.port}`, dtmf: 'auto' },
    ],
    routes: [{ to: '201', target: 'trunk info' }, { to: '202', target: 'trunk tones' }],
  });
  const page = await t.phone(await t.browser('chromium'), alice.token);
  await byInfo(t, page, info);
  await byTones(t, page, sound, tones);
  await gateway.quiet();
  await gateway.stop();
});
