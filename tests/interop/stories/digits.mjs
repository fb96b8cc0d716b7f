// DTMF: sixteen digits from the page to the telephone as RFC 4733 events, and sixteen back; then the page mutes
// itself. The gateway is lite (RFC 8445 §2.5), so that Chromium meets that too.

import { alice } from '../lib/gateway.mjs';
import { RtpPhone } from '../lib/rtp_phone.mjs';
import { level } from '../lib/sound.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { sleep, story } from '../lib/story.mjs';

const digits = '0123456789*#ABCD';

async function pageToTelephone(t, page, sound) {
  await page.tell('call', 'sendDtmf', digits, 120);
  await sleep(600);
  t.equal(sound.events.map(({ digit }) => digit).join(''), digits, 'the telephone gets the digits');
  t.equal(sound.events.filter(({ marker }) => !marker).length, 0, 'events without a marker at their start');
  t.equal(sound.events.filter(({ ends }) => ends !== 3).length, 0, 'events without three end packets');
  const durations = sound.events.map(({ durationMs }) => durationMs);
  t.check(durations.every((ms) => ms >= 100 && ms <= 160), `each lasts about 120 ms: ${Math.min(...durations)} to ${Math.max(...durations)}`);
}

async function telephoneToPage(t, page, sound) {
  for (const digit of digits) {
    await sound.press(digit, 120);
    await sleep(80);
  }
  await sleep(400);
  const heard = await page.page.evaluate(() => kit.log.get('call').filter(({ type }) => type === 'dtmf').map(({ detail }) => detail));
  t.equal(heard.map(({ digit }) => digit).join(''), digits, 'the page gets the digits');
  t.check(heard.every(({ duration }) => duration >= 80 && duration <= 200), `each with its duration: ${heard.map(({ duration }) => duration)}`);
}

/// Level of what the telephone hears from half a second from now on, for a second.
async function levelHeard(sound) {
  await sleep(500);
  const from = sound.heard().length / sound.rate;
  await sleep(1000);
  return level(sound.heard(from));
}

async function muteIsLocal(t, page, sound, sipp) {
  const packets = sound.packets;
  await page.tell('call', 'mute', true);
  const quiet = await levelHeard(sound);
  t.check(quiet < -60, `muted, the telephone hears ${quiet.toFixed(0)} dBFS`);
  t.check(sound.packets - packets > 50, `and still gets its packets: ${sound.packets - packets}`);
  await page.tell('call', 'mute', false);
  const loud = await levelHeard(sound);
  t.check(Math.abs(loud + 20) < 3, `not muted, it hears ${loud.toFixed(1)} dBFS again`);
  t.equal(sipp.received('INVITE').length, 1, 'INVITEs, for all the muting');
}

await story('digits cross both ways, and mute', async (t) => {
  const sound = await new RtpPhone({ frequency: 1004, level: -15 }).open();
  const sipp = await Sipp.start('uas_answer', { directory: t.directory, words: { sdp: sound.sdp(), ring_ms: 100 } });
  t.atEnd(() => sound.close());
  t.atEnd(() => sipp.stop());
  const gateway = await t.gateway({
    trunks: [{ name: 'telephone', address: `127.0.0.1:${sipp.port}` }],
    routes: [{ to: '200', target: 'trunk telephone' }],
    webrtc: { ice: 'lite' },
  });
  const page = await t.phone(await t.browser('chromium'), alice.token);
  await page.call('200', { name: 'call' });
  sound.speakTo((await sipp.waitForMessage('INVITE')).audioPort);
  await page.event('call', 'answered');
  await sleep(500);
  await pageToTelephone(t, page, sound);
  await telephoneToPage(t, page, sound);
  await muteIsLocal(t, page, sound, sipp);
  await page.hangUp('call');
  await sipp.succeeded();
  await gateway.quiet();
  await gateway.stop();
});
