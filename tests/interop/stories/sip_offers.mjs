// Offers to telephones: packet times (each telephone is sent what it asks for, also after a re-INVITE), INVITEs
// without an offer that the telephone makes in its 200 or its reliable 183, and a fork that moves its early sound and
// then loses. SIPp has the signalling, Chromium is the browser; judged by tone and by the packets' lengths.

import { alice } from '../lib/gateway.mjs';
import { expectTone } from '../lib/expect_sound.mjs';
import { RtpPhone } from '../lib/rtp_phone.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { sleep, story } from '../lib/story.mjs';

const kSeconds = 3;
const kBytesPerMs = 8;
const kFork = { scenario: 'uas_forks_and_updates', name: 'a fork that loses', trunk: { '100rel': 'supported' }, hz: 1000, sent: 20 };
/// `says` are the telephone's lines about packet times, `sent` the milliseconds of what it must get.
const telephones = [
  { name: 'ptime 10', says: 'a=ptime:10', sent: 10, hz: 600 },
  { name: 'ptime 30', says: 'a=ptime:30', sent: 30, hz: 650 },
  { name: 'ptime 40', says: 'a=ptime:40', sent: 40, hz: 700 },
  { name: 'ptime 60', says: 'a=ptime:60', sent: 60, hz: 750 },
  { name: 'no more than 30', says: 'a=ptime:60\na=maxptime:30', sent: 30, hz: 800 },
  { name: 'as the trunk says', says: '', trunk: { ptime: 40 }, sent: 40, hz: 850 },
  { name: 'offers in its 200', scenario: 'uas_late_offer', trunk: { late_offer: true }, says: 'a=ptime:20', sent: 20, hz: 900 },
  { name: 'offers in its 183', scenario: 'uas_early_offer', trunk: { late_offer: true, '100rel': 'supported' }, says: 'a=ptime:20', sent: 20, hz: 950 },
];

async function phoneOf(t, hz) {
  const sound = await new RtpPhone({ frequency: hz, level: -15 }).open();
  t.atEnd(() => sound.close());
  return sound;
}

/// Where a telephone that makes the offer hears of the gateway's port.
async function gatewaysPort(sipp, scenario) {
  if (scenario === 'uas_late_offer') return (await sipp.waitForMessage('ACK')).audioPort;
  if (scenario === 'uas_early_offer') return (await sipp.waitForMessage('PRACK')).audioPort;
  return (await sipp.waitForMessage('INVITE')).audioPort;
}

async function talks(t, page, { name, number, scenario, sipp, sound, sent, hz }) {
  await page.call(number, { name, frequency: 1500, level: -20 });
  const speaking = gatewaysPort(sipp, scenario).then((port) => sound.speakTo(port));
  if (scenario === 'uas_early_offer') await page.event(name, 'early');
  await page.event(name, 'answered');
  await speaking;
  await sleep(300);
  await page.forget(name);
  await sleep(1000 * kSeconds + 1500);
  expectTone(t, `${name}: the page`, await page.heard(name), { frequency: hz, level: -15, seconds: kSeconds });
  expectTone(t, `${name}: the telephone`, { rate: sound.rate, samples: sound.heard() }, { frequency: 1500, level: -20, seconds: kSeconds });
  t.equal([...sound.lengths].sort((a, b) => a - b), [sent * kBytesPerMs], `${name}: bytes of the packets that it gets`);
  await page.hangUp(name);
  await sipp.succeeded();
}

/// A re-INVITE of the gateway keeps what it said, and the telephone's answer to it counts.
async function keepsItsPacketTime(t, page, held) {
  await page.call(held.number, { name: 'held', frequency: 1500, level: -20 });
  await page.event('held', 'answered');
  await sleep(300);
  await page.tell('held', 'hold', true);
  await sleep(600);
  await page.tell('held', 'hold', false);
  await sleep(600);
  await page.hangUp('held');
  await held.sipp.succeeded();
  const offers = held.sipp.received('INVITE').map((message) => /a=ptime:(\d+)/.exec(message.text)?.[1]);
  t.check(offers.length >= 3 && offers.every((ptime) => ptime === '30'), `every offer of the gateway has ptime 30: ${offers}`);
}

await story('offers to telephones', async (t) => {
  const other = await phoneOf(t, 1234);
  for (const [i, one] of [...telephones, kFork].entries()) {
    one.scenario ??= 'uas_answer';
    one.sound = await phoneOf(t, one.hz);
    const sdp = one.says === undefined ? one.sound.sdp() : one.sound.sdp().replace('\na=ptime:20', one.says && `\n${one.says}`);
    one.sipp = await Sipp.start(one.scenario, {
      directory: t.directory, words: { sdp, sdp_other: other.sdp(), sdp_moved: other.sdp(), ring_ms: 100, early_ms: 500 },
    });
    t.atEnd(() => one.sipp.stop());
    one.number = `${341 + i}`;
  }
  const quiet = await phoneOf(t, 0);
  const directed = (direction) => quiet.sdp().replace('a=sendrecv', `a=${direction}`);
  const held = {
    number: '360', trunk: { ptime: 30 },
    sipp: await Sipp.start('uas_is_held', { directory: t.directory, words: { sdp: quiet.sdp(), sdp_sendonly: directed('sendonly'), sdp_held: directed('inactive') } }),
  };
  t.atEnd(() => held.sipp.stop());
  const all = [...telephones, kFork, held];
  const gateway = await t.gateway({
    trunks: all.map(({ number, sipp, trunk }) => ({ name: `t${number}`, address: `127.0.0.1:${sipp.port}`, codecs: ['pcmu'], ...trunk })),
    routes: all.map(({ number }) => ({ to: number, target: `trunk t${number}` })),
  });
  const page = await t.phone(await t.browser('chromium'), alice.token);
  await Promise.all(telephones.slice(0, 4).map((one) => talks(t, page, one)));
  await Promise.all([...telephones.slice(4), kFork].map((one) => talks(t, page, one)));
  await keepsItsPacketTime(t, page, held);
  await gateway.quiet();
  await gateway.stop();
});
