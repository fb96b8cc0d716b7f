// A browser calls the numbers of the demo exchange: what is heard, and what each number does.

import { alice } from '../lib/gateway.mjs';
import { expectTone, listenSeconds } from '../lib/expect_sound.mjs';
import { levelAt, level } from '../lib/sound.mjs';
import { sleep, story } from '../lib/story.mjs';

const kind = process.argv[2] ?? 'chromium';
const kDemoTone = -16;

/// 600, 601, 602 and 606 side by side, each with a voice of its own.
async function listensToAll(t, phone) {
  const voices = { 600: 700, 602: 900, 606: 1200 };
  for (const number of ['600', '601', '602', '606']) {
    const placed = await phone.call(number, { frequency: voices[number] ?? 500, level: -20 });
    t.check(placed.id, `${number} is called as call ${placed.id}`);
  }
  await phone.event('606', 'early');
  t.say('ok    606 sends early media');
  for (const number of ['600', '601', '602']) await phone.event(number, 'answered');
  await phone.forget('601');
  await sleep(2500);
  await hearsRinging(t, phone);
  await phone.event('606', 'answered');
  await phone.forget('606');
  await sleep(1000 * (listenSeconds + 1.5));
  expectTone(t, '601', await phone.heard('601'), { frequency: 1004, level: kDemoTone });
  expectTone(t, '606 after the answer', await phone.heard('606'), { frequency: voices[606], level: -20 });
  const echo = await phone.heard('600');
  expectTone(t, '600', { rate: echo.rate, samples: echo.samples.subarray(-22 * echo.rate) }, { frequency: voices[600], level: -20 });
  await hearsAnnouncement(t, phone, voices[602]);
}

/// Ringback of 440 and 480 Hz comes before the answer.
async function hearsRinging(t, phone) {
  const events = await phone.events('606');
  t.check(!events.includes('answered'), '606 has not answered yet');
  const { rate, samples } = await phone.heard('606');
  const second = samples.subarray(Math.round(0.5 * rate), Math.round(1.5 * rate));
  const [low, high] = [levelAt(second, rate, 440), levelAt(second, rate, 480)];
  t.check(low > -40 && high > -40, `606 rings with 440 Hz (${low.toFixed(1)} dBFS) and 480 Hz (${high.toFixed(1)} dBFS)`);
}

/// Speech first, then the caller's own tone.
async function hearsAnnouncement(t, phone, frequency) {
  const { rate, samples } = await phone.heard('602');
  const speech = samples.subarray(0, 3 * rate);
  t.check(level(speech) > -45, `602 speaks (${level(speech).toFixed(1)} dBFS)`);
  const end = samples.subarray(-4 * rate);
  const loud = levelAt(end, rate, frequency, 0, Math.round(rate / 2));
  t.check(Math.abs(loud + 20) < 3, `602 echoes afterwards: ${frequency} Hz at ${loud.toFixed(1)} dBFS`);
}

async function endsWell(t, gateway, phone) {
  for (const number of ['600', '601', '602', '606']) await phone.hangUp(number);
  for (const number of ['600', '601', '602', '606']) {
    const { detail } = await phone.event(number, 'ended');
    t.equal([detail.reason, detail.by], ['hangup', 'browser'], `${number} ends`);
    const record = await gateway.record(detail.id);
    t.equal([record.end.code, record.end.by, record.to], ['hangup', 'browser', number], `its record`);
  }
}

async function behavesAsListed(t, gateway, phone) {
  await phone.call('603');
  await phone.call('605');
  await phone.call('604');
  await phone.event('604', 'ringing');
  await phone.hangUp('604');
  const given = (await phone.event('604', 'ended')).detail;
  t.equal([given.reason, given.by], ['cancelled', 'browser'], '604 never answers; giving up');
  const busy = (await phone.event('603', 'ended')).detail;
  t.equal([busy.reason, busy.by, busy.sipStatus, busy.q850], ['busy', 'sip', 486, 17], '603 rings and is busy');
  const left = (await phone.event('605', 'ended')).detail;
  t.equal([left.reason, left.by], ['hangup', 'sip'], '605 hangs up by itself');
  t.equal((await gateway.record(left.id)).end.by, 'sip', 'and the record says who');
}

async function isCalledBack(t, phone) {
  await phone.call('607');
  await phone.event('607', 'answered');
  await phone.hangUp('607');
  const call = await phone.incoming('back', 8000);
  t.equal(call.from, '607', '607 calls back');
  await phone.accept('back', { frequency: 650, level: -20 });
  await phone.event('back', 'answered');
  await phone.hangUp('back');
  const end = (await phone.event('back', 'ended')).detail;
  t.equal([end.reason, end.by], ['hangup', 'browser'], 'the call back ends');
}

await story(`${kind} calls the demo exchange`, async (t) => {
  const gateway = await t.gateway();
  const browser = await t.browser(kind);
  const phone = await t.phone(browser, alice.token);
  t.equal(phone.welcome.user, 'alice', 'logged in as');
  await listensToAll(t, phone);
  await endsWell(t, gateway, phone);
  await behavesAsListed(t, gateway, phone);
  await isCalledBack(t, phone);
  await gateway.quiet();
  await gateway.stop();
  t.say('ok    the gateway is empty and stops');
});
