// A browser calls SIP telephones: SIPp with PCMU and PCMA, baresip with Opus and G.722, side by side. Each end
// must hear the other's own tone. Then the page gives up, hears sound before the answer, and is hung up on.

import { alice } from '../lib/gateway.mjs';
import { Baresip, baresipTone } from '../lib/baresip.mjs';
import { expectTone, listenSeconds } from '../lib/expect_sound.mjs';
import { RtpPhone } from '../lib/rtp_phone.mjs';
import { describe, words } from '../lib/sound.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { sleep, story } from '../lib/story.mjs';

const kind = process.argv[2] ?? 'chromium';

/// A telephone of SIPp and an RtpPhone that waits for a call.
async function sippTelephone(t, { number, codec = 'PCMU', voice, frequency = 1004, scenario = 'uas_answer', given = {} }) {
  const sound = await new RtpPhone({ codec, frequency, level: -15 }).open();
  const sipp = await Sipp.start(scenario, { directory: t.directory, words: { sdp: sound.sdp(), ring_ms: 200, ...given } });
  t.atEnd(() => sipp.stop());
  t.atEnd(() => sound.close());
  return {
    number, voice, codec: codec.toLowerCase(), port: sipp.port, tone: { frequency, level: -15 },
    answered: async () => sound.speakTo((await sipp.waitForMessage('INVITE')).audioPort),
    heard: () => ({ rate: sound.rate, samples: sound.heard() }),
    ended: () => sipp.succeeded(),
    message: (start) => sipp.waitForMessage(start),
  };
}

async function baresipTelephone(t, { number, codec, voice, codecs, transport }) {
  const phone = await Baresip.start({ directory: t.directory, number, codecs, transport });
  t.atEnd(() => phone.stop());
  return {
    number, voice, codec, port: phone.port, transport, tone: baresipTone,
    answered: () => phone.event('CALL_ESTABLISHED'),
    heard: () => phone.heard(),
    ended: () => phone.event('CALL_CLOSED'),
  };
}

/// Nothing of the browser's side may be in what the telephone was sent.
function keepsTheBrowserHidden(t, invite) {
  const leaks = ['candidate', 'fingerprint', 'ice-', 'msid', 'ssrc', 'setup:', '.local', 'identity', 'extmap', 'SAVPF', 'UDP/TLS'];
  t.equal(leaks.filter((word) => invite.text.includes(word)), [], 'words of the browser in the INVITE');
}

async function thePageGivesUp(t, gateway, phone, telephone) {
  await phone.call(telephone.number);
  await phone.event(telephone.number, 'ringing');
  await phone.hangUp(telephone.number);
  const end = (await phone.event(telephone.number, 'ended')).detail;
  t.equal([end.reason, end.by], ['cancelled', 'browser'], 'the page gives up while it rings');
  await telephone.ended();
  const reason = (await telephone.message('CANCEL')).header('Reason') ?? '';
  const cause = Number(reason.match(/^Q\.850;\s*cause=(\d+)/i)?.[1]);
  t.equal(cause, (await gateway.record(end.id)).end.q850, 'the CANCEL has the cause of the record');
}

async function hearsSoundBeforeTheAnswer(t, gateway, phone, telephone) {
  await phone.call(telephone.number);
  await telephone.answered();
  const early = await phone.event(telephone.number, 'early');
  await sleep(1500);
  const { rate, samples } = await phone.heard(telephone.number);
  const sound = describe(samples.subarray(-rate / 2), rate);
  t.check(!(await phone.events(telephone.number)).includes('answered'), 'not answered yet');
  t.check(Math.abs(sound.frequency - 1004) <= 3 && Math.abs(sound.level + 15) <= 3, `183 with SDP: the page hears ${words(sound)}`);
  const answered = await phone.event(telephone.number, 'answered');
  t.check(answered.at > early.at, 'the answer comes after it');
  await phone.hangUp(telephone.number);
  await telephone.ended();
}

async function theTelephoneHangsUp(t, gateway, phone, telephone) {
  await phone.call(telephone.number);
  await phone.event(telephone.number, 'answered');
  const end = (await phone.event(telephone.number, 'ended')).detail;
  t.equal([end.reason, end.by], ['hangup', 'sip'], 'the telephone hangs up');
  await telephone.ended();
  const record = await gateway.record(end.id);
  t.equal([record.end.code, record.end.by], ['hangup', 'sip'], 'its record');
}

/// On one machine all is near and nothing is lost: each known score is good. Who sends RTCP (baresip) lets both
/// directions and the round trip be known; SIPp's telephones do not.
function soundsGood(t, who, { browser, sip }, sendsRtcp) {
  const scores = [browser.received, browser.sent, sip.received, ...(sendsRtcp ? [sip.sent] : [])];
  t.check(scores.every((mos) => mos >= 4 && mos <= 4.5), `${who}: MOS ${scores.map((mos) => mos?.toFixed(2)).join(', ')}`);
  const trips = [browser.trip, ...(sendsRtcp ? [sip.trip] : [])];
  t.check(trips.every((ms) => typeof ms === 'number' && ms >= 0 && ms < 100), `${who}: round trips of ${trips.map((ms) => ms?.toFixed(1)).join(' and ')} ms`);
}

const ofStatistics = (leg) => ({ received: leg.mos_received, sent: leg.mos_sent, trip: leg.round_trip_ms });
const ofRecord = (leg) => ({ received: leg.received.mos_avg, sent: leg.sent.mos_avg, trip: leg.round_trip_max_ms });

await story(`${kind} calls telephones`, async (t) => {
  const telephones = [
    await sippTelephone(t, { number: '201', codec: 'PCMU', voice: 600, frequency: 1004 }),
    await sippTelephone(t, { number: '202', codec: 'PCMA', voice: 800, frequency: 1300 }),
    await baresipTelephone(t, { number: '203', codec: 'opus', voice: 900, codecs: 'opus/48000/2' }),
    await baresipTelephone(t, { number: '204', codec: 'g722', voice: 1100, codecs: 'G722/16000/1', transport: 'tcp' }),
  ];
  const others = [
    [await sippTelephone(t, { number: '205', scenario: 'uas_cancelled' }), thePageGivesUp],
    [await sippTelephone(t, { number: '206', scenario: 'uas_early', given: { early_ms: 3000 } }), hearsSoundBeforeTheAnswer],
    [await sippTelephone(t, { number: '207', scenario: 'uas_answer_bye', given: { talk_ms: 500 } }), theTelephoneHangsUp],
  ];
  const all = [...telephones, ...others.map(([telephone]) => telephone)];
  const gateway = await t.gateway({
    trunks: all.map(({ number, port, codec, transport }) => ({
      name: `to-${number}`, address: `127.0.0.1:${port}`, transport: transport ?? 'udp', codecs: [codec],
    })),
    routes: all.map(({ number }) => ({ to: number, target: `trunk to-${number}` })),
  });
  const phone = await t.phone(await t.browser(kind), alice.token);
  for (const { number, voice } of telephones) await phone.call(number, { frequency: voice, level: -20 });
  await Promise.all(telephones.map((telephone) => telephone.answered()));
  for (const { number } of telephones) await phone.event(number, 'answered');
  for (const { number } of telephones) await phone.forget(number);
  t.say('all answered');
  await sleep(1000 * (listenSeconds + 2.5));
  for (const { number, tone, codec } of telephones) {
    expectTone(t, `${kind} on ${number} (${codec})`, await phone.heard(number), tone);
  }
  for (const { number, codec } of telephones) {
    await phone.tell(number, 'watchStatistics', true);
    const { browser, sip } = (await phone.event(number, 'statistics')).detail;
    soundsGood(t, `the page on ${number}`, { browser: ofStatistics(browser), sip: ofStatistics(sip) }, !codec.startsWith('pcm'));
  }
  for (const { number } of telephones) await phone.hangUp(number);
  for (const telephone of telephones) {
    const { detail } = await phone.event(telephone.number, 'ended');
    await telephone.ended();
    expectTone(t, `the telephone ${telephone.number}`, telephone.heard(), { frequency: telephone.voice, level: -20 });
    const record = await gateway.record(detail.id);
    t.equal([record.sip.codec.toLowerCase(), record.end.code, record.sip.packets_lost], [telephone.codec, 'hangup', 0], 'its record');
    soundsGood(t, 'its record', { browser: ofRecord(record.browser), sip: ofRecord(record.sip) }, !telephone.codec.startsWith('pcm'));
  }
  t.equal((await gateway.record((await phone.event('203', 'ended')).detail.id)).browser.codec.toLowerCase(), 'opus', 'Opus passes through');
  keepsTheBrowserHidden(t, await telephones[0].message('INVITE'));
  for (const [telephone, tells] of others) await tells(t, gateway, phone, telephone);
  await gateway.quiet();
  const { text } = await gateway.ask('/metrics');
  const scored = text.match(/^causeway_call_mos_count\{leg="browser",direction="received"\} (\d+)$/m)?.[1];
  t.check(scored >= telephones.length, `the metrics have the MOS of ${scored} calls`);
  await gateway.stop();
});
