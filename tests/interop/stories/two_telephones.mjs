// A page hands one telephone over to another by a network that takes no REFER: the gateway brings the two together.
// Judged by what the telephones hear of each other, by the keys that cross, and by who hangs up on whom.

import { RtpPhone } from '../lib/rtp_phone.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { expectTone } from '../lib/expect_sound.mjs';
import { sleep, story } from '../lib/story.mjs';

const kTalkSeconds = 3;

async function telephone(t, scenario, sound, words = {}) {
  const sdp = sound.sdp();
  const sipp = await Sipp.start(scenario, {
    directory: t.directory,
    words: {
      ring_ms: 100, talk_ms: 1500, hold_ms: 500, after_ms: 1000, sdp,
      sdp_sendonly: sdp.replace('a=sendrecv', 'a=sendonly'), sdp_held: sdp.replace('a=sendrecv', 'a=recvonly'), ...words,
    },
  });
  t.atEnd(() => sipp.stop());
  return sipp;
}

async function sound(t, frequency, codec = 'PCMU') {
  const phone = await new RtpPhone({ codec, frequency, level: -20 }).open();
  t.atEnd(() => phone.close());
  return phone;
}

const trunk = (name, { port }) => ({ name, address: `127.0.0.1:${port}`, sources: ['127.0.0.1'], codecs: ['pcmu', 'pcma'] });

/// What both hear of each other from now on.
async function hearEachOther(t, one, two) {
  const since = (phone) => phone.heard().length / phone.rate;
  const [first, second] = [since(one), since(two)];
  await sleep(1000 * (kTalkSeconds + 1) + 200);
  expectTone(t, 'the first telephone', { rate: one.rate, samples: one.heard(first) },
    { frequency: two.frequency, level: -20, seconds: kTalkSeconds });
  expectTone(t, 'the second telephone', { rate: two.rate, samples: two.heard(second) },
    { frequency: one.frequency, level: -20, seconds: kTalkSeconds });
}

await story('Two telephones are brought together without REFER', async (t) => {
  const [soundOne, soundTwo, soundThree, soundFour, soundFive, soundSix] = await Promise.all([
    sound(t, 400), sound(t, 1004, 'PCMA'), sound(t, 1300), sound(t, 1600), sound(t, 600), sound(t, 1200),
  ]);
  const refuses = await telephone(t, 'uas_refuses_refer', soundOne, { status: '405 Method Not Allowed', after_ms: 8000 });
  const second = await telephone(t, 'uas_answer', soundTwo);
  const isHeld = await telephone(t, 'uas_is_held', soundThree);
  const holds = await telephone(t, 'uas_holds_bye', soundFour);
  const stays = await telephone(t, 'uas_answer', soundOne);
  const asks = await telephone(t, 'uas_answer_bye', soundFive, { talk_ms: 8000 });
  const moves = await telephone(t, 'uas_is_moved', soundSix);
  const busy = await telephone(t, 'uas_refuse', soundOne, { refusal: '486 Busy Here' });

  const gateway = await t.gateway({
    trunks: [
      trunk('refuses', refuses), trunk('second', second), trunk('is-held', isHeld), trunk('holds', holds),
      trunk('stays', stays), trunk('busy', busy),
      trunk('asks', asks), trunk('moves', moves),
    ],
    trunk_groups: [{ name: 'house', trunks: [{ trunk: 'second', priority: 1 }, { trunk: 'refuses', priority: 2 }] }],
    routes: [
      { to: '910', target: 'trunk refuses' }, { to: '920', target: 'trunk house' }, { to: '930', target: 'trunk is-held' },
      { to: '940', target: 'trunk holds' }, { to: '950', target: 'trunk stays' }, { to: '960', target: 'trunk busy' },
      { to: '970', target: 'trunk asks' }, { to: '980', target: 'trunk moves' },
    ],
  });
  const browser = await t.browser('chromium');
  const page = await t.phone(browser, 'the-token-of-alice-in-tests');

  // REFER is refused; the target speaks another codec.
  await page.call('910', { name: 'refused' });
  const first = await refuses.waitForMessage('INVITE');
  soundOne.speakTo(first.audioPort);
  await page.event('refused', 'answered');
  const told = page.tell('refused', 'transfer', '920');
  t.check(/<sip:920@/.test((await refuses.waitForMessage('REFER')).header('Refer-To')), 'the telephone was asked to call 920 and refused');
  const invite = await second.waitForMessage('INVITE');
  soundTwo.speakTo(invite.audioPort);
  t.equal(invite.header('From').replace(/;tag.*/, ''), first.header('From').replace(/;tag.*/, ''), 'the target sees whom the first telephone saw');
  t.equal(invite.header('Diversion'), undefined, 'nobody has diverted anything');
  await told;
  const end = (await page.event('refused', 'ended')).detail;
  t.equal(end.reason, 'transferred', 'the page is let go');
  await hearEachOther(t, soundOne, soundTwo);
  await soundOne.press('5', 120);
  await soundTwo.press('9', 120);
  await refuses.succeeded();
  await second.succeeded();
  t.say('ok    the first telephone hung up, and the second was hung up on');
  t.equal([soundTwo.events.map(({ digit }) => digit).join(''), soundOne.events.map(({ digit }) => digit).join('')].join(' '), '5 9',
    'keys cross in both directions');
  t.equal(soundOne.ssrcs.size, 1, 'one stream to the first telephone, whoever spoke');
  const record = await gateway.record(end.id);
  t.equal([record.trunk, record.transferred_to, record.bridged.trunk, record.end.code, record.end.by].join(' '),
    'refuses 920 second hangup sip', 'the record');
  t.check(record.bridged.sip.packets_received > 150 && record.bridged.sip.packets_sent > 150 && record.bridged.sip.codec === 'PCMA',
    `the record knows the second telephone's media: ${record.bridged.sip.packets_received} packets received`);
  t.check(record.talked_seconds > 5, `the call lasted until its telephones hung up: ${record.talked_seconds} s`);

  // Hold and resume reach the other side; here REFER is not even allowed, and the codecs are the same.
  await page.call('930', { name: 'not allowed' });
  soundThree.speakTo((await isHeld.waitForMessage('INVITE')).audioPort);
  await page.event('not allowed', 'answered');
  const handed = page.tell('not allowed', 'transfer', '940');
  soundFour.speakTo((await holds.waitForMessage('INVITE')).audioPort);
  await handed;
  await holds.succeeded();
  await isHeld.succeeded();
  t.equal(isHeld.received('REFER').length, 0, 'who does not allow REFER is not asked');
  t.say('ok    hold and resume of one telephone came to the other as such');

  // Attended: the page talks with both, then leaves them to each other. The trunks are two, so nobody is asked.
  await page.call('970', { name: 'first' });
  soundFive.speakTo((await asks.waitForMessage('INVITE')).audioPort);
  await page.event('first', 'answered');
  await page.call('980', { name: 'second' });
  const before = (await moves.waitForMessage('INVITE')).audioPort;
  soundSix.speakTo(before);
  await page.event('second', 'answered');
  await page.page.evaluate(() => kit.calls.get('first').transfer(kit.calls.get('second')));
  const [, moved] = moves.received('INVITE');
  t.check(moved.audioPort !== before, `the second telephone sends elsewhere now: port ${moved.audioPort}`);
  soundSix.speakTo(moved.audioPort);
  const ends = [(await page.event('first', 'ended')).detail, (await page.event('second', 'ended')).detail];
  t.equal(ends.map(({ reason }) => reason).join(' '), 'transferred transferred', 'the page is let go from both calls');
  soundSix.forget();
  await hearEachOther(t, soundFive, soundSix);
  await asks.succeeded();
  await moves.succeeded();
  t.say('ok    the first hung up, and the second was hung up on');

  // A target that does not take it.
  soundOne.silence();
  await page.call('950', { name: 'stays' });
  await page.event('stays', 'answered');
  const why = await page.tell('stays', 'transfer', '960').then(() => '', (error) => error.message);
  t.check(/busy/i.test(why), `a transfer that fails is told: ${why.split('\n')[0]}`);
  soundOne.speakTo((await stays.waitForMessage('INVITE')).audioPort);
  await page.forget('stays');
  await sleep(1000 * (kTalkSeconds + 1) + 200);
  expectTone(t, 'the page goes on with its telephone and', await page.heard('stays'), { frequency: 400, level: -20, seconds: kTalkSeconds });
  await page.hangUp('stays');
  await stays.succeeded();
  await gateway.quiet();
  t.say('ok    nothing is left inside');
});
