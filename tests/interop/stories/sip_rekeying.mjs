// Telephones that change their keys in the middle of a call, as many do in every re-INVITE: by re-INVITE and by
// UPDATE, called and calling, to another suite, from plain sound to encrypted and back; and one that would give up
// the encryption that its trunk requires. SIPp has the signalling, the sound is really encrypted (lib/srtp.mjs) and
// must go on both ways without a gap.

import { alice } from '../lib/gateway.mjs';
import { expectTone } from '../lib/expect_sound.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { CryptoKey } from '../lib/srtp.mjs';
import { SrtpPhone } from '../lib/srtp_phone.mjs';
import { sleep, story } from '../lib/story.mjs';

const kSeconds = 3;
const kShort = 'AES_CM_128_HMAC_SHA1_32';
/// Tags are those of the gateway's offer: a key for each of its suites.
const long = () => new CryptoKey({ tag: 4 });
const short = () => new CryptoKey({ tag: 5, suite: kShort });
/// `before` and `after` are the telephone's keys, null for plain sound; `hz` is its tone, each another one.
const telephones = [
  { scenario: 'uas_rekeys', srtp: 'required', before: long(), after: long(), hz: 600 },
  { scenario: 'uas_rekeys_by_update', srtp: 'required', before: long(), after: long(), hz: 700 },
  { scenario: 'uas_rekeys', name: 'to another suite', srtp: 'required', before: long(), after: short(), hz: 800 },
  { scenario: 'uas_rekeys', name: 'from plain sound', srtp: 'optional', before: null, after: long(), hz: 900 },
  { scenario: 'uas_rekeys', name: 'to plain sound', srtp: 'optional', before: long(), after: null, hz: 1000 },
  { scenario: 'uas_rekeys', name: 'to keys with identifiers', srtp: 'required', before: long(), after: new CryptoKey({ tag: 4, mki: [1, 4], lifetime: '2^20' }), hz: 650 },
  { scenario: 'uas_drops_encryption', srtp: 'required', before: long(), after: null, refused: true, hz: 1100 },
];

/// The gateway's key for who described `key`, out of its own description.
function hear(sound, key, description) {
  sound.hearWith(key && CryptoKey.of(description, key.suite));
}

/// The telephone goes over to its new key when the answer to its offer is there.
async function changeKeys(sipp, sound, after) {
  for (;;) {
    const answer = sipp.received('SIP/2.0 200').find((message) => /UPDATE|[12] INVITE/.test(message.header('CSeq')) && message.audioPort);
    if (answer) {
      hear(sound, after, answer.text);
      sound.speakWith(after);
      return answer;
    }
    await sleep(10);
  }
}

async function listen(t, page, sound, name, { hz }) {
  await sleep(1000 * kSeconds + 1500);
  expectTone(t, `${name}: the page`, await page.heard(name), { frequency: hz, level: -15, seconds: kSeconds });
  expectTone(t, `${name}: the telephone`, { rate: sound.rate, samples: sound.heard() }, { frequency: 1500, level: -20, seconds: kSeconds });
}

async function called(t, page, one) {
  const { sipp, sound, number, before, after, scenario } = one;
  const name = one.name ?? scenario;
  await page.call(number, { name, frequency: 1500, level: -20 });
  const invite = await sipp.waitForMessage('INVITE');
  hear(sound, before, invite.text);
  sound.speakWith(before);
  sound.speakTo(invite.audioPort);
  await page.event(name, 'answered');
  await sleep(300);
  await page.forget(name);
  if (one.refused) {
    const refusal = await sipp.waitForMessage('SIP/2.0 488');
    t.check(/encrypted audio only/.test(refusal.header('Warning')), `${name}: 488, Warning: ${refusal.header('Warning')}`);
  } else {
    await changeKeys(sipp, sound, after);
  }
  await listen(t, page, sound, name, one);
  t.check(sound.unopened <= 3, `${name}: nothing that the telephone cannot open (${sound.unopened} packets)`);
  await page.hangUp(name);
  await sipp.succeeded();
  const { detail } = await page.event(name, 'ended');
  const record = await t.running.record(detail.id);
  t.equal(record.sip_srtp, one.refused || after?.suite !== kShort ? (one.refused || after ? 'SRTP_AES128_CM_SHA1_80' : '') : 'SRTP_AES128_CM_SHA1_32', `${name}: its record`);
}

async function calls(t, page, gateway) {
  // Its keys have identifiers, as telephones of several makers do it; ours have the same.
  const [before, after] = [1, 2].map((value) => new CryptoKey({ mki: [value, 4], lifetime: '2^31' }));
  const sound = await new SrtpPhone({ frequency: 1200, level: -15 }).open();
  t.atEnd(() => sound.close());
  const sipp = await Sipp.start('uac_rekeys', {
    directory: t.directory, target: gateway.sipTarget, user: '100', address: '127.0.0.9',
    words: { from: '<sip:200@127.0.0.9>', talk_ms: 900, sdp_keyed: sound.sdpWith(before), sdp_rekeyed: sound.sdpWith(after, { version: 2 }) },
  });
  t.atEnd(() => sipp.stop());
  const name = 'uac_rekeys';
  await page.incoming(name);
  await page.accept(name, { frequency: 1500, level: -20 });
  const answer = await sipp.waitForMessage('SIP/2.0 200');
  hear(sound, before, answer.text);
  sound.speakWith(before);
  sound.speakTo(answer.audioPort);
  await page.event(name, 'answered');
  await sleep(300);
  await page.forget(name);
  for (;;) {
    const second = sipp.received('SIP/2.0 200').find((message) => message.header('CSeq') === '2 INVITE');
    if (second) break;
    await sleep(10);
  }
  // Our own key stays: no number is sent twice with it.
  const [first, second] = [answer, sipp.received('SIP/2.0 200').at(-1)].map(({ text }) => CryptoKey.of(text, before.suite));
  t.check(first.bytes.equals(second.bytes), `${name}: the gateway keeps its own key`);
  hear(sound, after, sipp.received('SIP/2.0 200').at(-1).text);
  sound.speakWith(after);
  await listen(t, page, sound, name, { hz: 1200 });
  await page.hangUp(name);
  await sipp.succeeded();
}

await story('keys change in a call', async (t) => {
  for (const [i, one] of telephones.entries()) {
    one.sound = await new SrtpPhone({ frequency: one.hz, level: -15 }).open();
    t.atEnd(() => one.sound.close());
    const { before, after, sound } = one;
    one.sipp = await Sipp.start(one.scenario, {
      directory: t.directory,
      words: {
        sdp_keyed: sound.sdpWith(before), sdp_rekeyed: sound.sdpWith(after, { version: 2 }), sdp_plain: sound.sdpWith(null, { version: 2 }),
        answer_has: after ? 'a=crypto' : 'RTP/AVP', talk_ms: 1200,
      },
    });
    t.atEnd(() => one.sipp.stop());
    one.number = `${331 + i}`;
  }
  const gateway = await t.gateway({
    trunks: [
      ...telephones.map(({ number, sipp, srtp }) => ({ name: `t${number}`, address: `127.0.0.1:${sipp.port}`, codecs: ['pcmu'], srtp })),
      { name: 'callers', address: '127.0.0.9:9', sources: ['127.0.0.9'], codecs: ['pcmu'], srtp: 'required' },
    ],
    routes: [...telephones.map(({ number }) => ({ to: number, target: `trunk t${number}` })), { to: '100', target: 'user alice' }],
  });
  const page = await t.phone(await t.browser('chromium'), alice.token);
  await Promise.all(telephones.map((one) => called(t, page, one)));
  await calls(t, page, gateway);
  t.check(!/inline:/.test(gateway.log), 'no key stands in the log');
  await gateway.quiet();
  await gateway.stop();
});
