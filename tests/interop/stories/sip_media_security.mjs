// Encryption towards telephones: baresip with keys in its SDP (required by RTP/SAVP, and as an option in RTP/AVP),
// with DTLS-SRTP, and with ICE; in calls from the page and from the telephone. Judged by tone, by the profile in the
// record, and by what a telephone without encryption hears.

import { alice } from '../lib/gateway.mjs';
import { Baresip, baresipTone } from '../lib/baresip.mjs';
import { expectTone } from '../lib/expect_sound.mjs';
import { RtpPhone } from '../lib/rtp_phone.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { sleep, story } from '../lib/story.mjs';

const talkSeconds = 4;
/// `srtp` is the trunk's; `profile` what the record must show. baresip's own AEAD suites come after AES_CM_128 in its
/// preference, but it takes what the offer has first.
const telephones = [
  { number: '311', srtp: 'required', encryption: 'srtp-mand', codecs: 'pcmu/8000/1', codec: 'pcmu', wire: 'PCMU', voice: 600 },
  { number: '312', srtp: 'dtls', encryption: 'dtls_srtp', codecs: 'G722/16000/1', codec: 'g722', wire: 'G722', voice: 700 },
  { number: '313', srtp: 'optional', encryption: 'srtp', codecs: 'opus/48000/2', codec: 'opus', wire: 'opus', voice: 800 },
];

async function expectSound(t, phone, telephone, { number, voice }, id, gateway) {
  expectTone(t, `the page on ${number}`, await phone.heard(number), { ...baresipTone, seconds: talkSeconds });
  expectTone(t, `the telephone ${number}`, telephone.heard(), { frequency: voice, level: -20, seconds: talkSeconds });
  return gateway.record(id);
}

async function pageCalls(t, gateway, phone, telephone, one) {
  await phone.call(one.number, { frequency: one.voice, level: -20 });
  await telephone.event('CALL_ESTABLISHED');
  await phone.event(one.number, 'answered');
  await sleep(300);
  await phone.forget(one.number);
  await sleep(1000 * (talkSeconds + 2.5));
  await phone.hangUp(one.number);
  const { detail } = await phone.event(one.number, 'ended');
  await telephone.event('CALL_CLOSED');
  const record = await expectSound(t, phone, telephone, one, detail.id, gateway);
  t.equal([record.sip.codec, record.end.code], [one.wire, 'hangup'], 'its record');
  t.check(record.sip_srtp.startsWith('SRTP_A'), `encrypted towards SIP: ${record.sip_srtp}`);
}

async function telephoneCalls(t, gateway, phone, telephone, one) {
  await telephone.dial(`sip:100@${gateway.sipTarget}`);
  const name = one.number;
  await phone.incoming(name);
  await phone.accept(name, { frequency: one.voice, level: -20 });
  await phone.event(name, 'answered');
  await telephone.event('CALL_ESTABLISHED');
  await sleep(300);
  await phone.forget(name);
  await sleep(1000 * (talkSeconds + 2.5));
  await phone.hangUp(name);
  const { detail } = await phone.event(name, 'ended');
  await telephone.event('CALL_CLOSED');
  const record = await expectSound(t, phone, telephone, one, detail.id, gateway);
  t.check(record.sip_srtp.startsWith('SRTP_A'), `encrypted towards SIP: ${record.sip_srtp}`);
}

async function plainIsRefused(t, gateway) {
  const sound = await new RtpPhone().open();
  t.atEnd(() => sound.close());
  const sipp = await Sipp.start('uac_refused', {
    directory: t.directory, target: gateway.sipTarget, user: '100', address: '127.0.0.9',
    words: { from: '<sip:200@127.0.0.9>', status: 488, sdp: sound.sdp() },
  });
  t.atEnd(() => sipp.stop());
  await sipp.succeeded();
  const reason = sipp.received('SIP/2.0 488')[0].header('Reason') ?? '';
  t.check(/encrypted audio only/.test(reason), `a telephone without encryption: 488, Reason: ${reason}`);
}

await story('encrypted sound towards telephones', async (t) => {
  const phones = [];
  for (const one of telephones) {
    const phone = await Baresip.start({ directory: t.directory, ...one });
    t.atEnd(() => phone.stop());
    phones.push(phone);
  }
  const ice = { number: '314', encryption: 'dtls_srtp', nat: 'ice', codecs: 'pcma/8000/1', voice: 900 };
  const caller = await Baresip.start({ directory: t.directory, ...ice });
  t.atEnd(() => caller.stop());
  const gateway = await t.gateway({
    trunks: [
      ...telephones.map(({ number, codec, srtp }, i) => ({
        name: `to-${number}`, address: `127.0.0.1:${phones[i].port}`, codecs: [codec], srtp, sources: [`127.0.1.${i + 1}`],
      })),
      { name: 'callers', address: '127.0.0.1:9', sources: ['127.0.0.1'], codecs: ['pcma', 'pcmu'], srtp: 'required' },
      { name: 'plain', address: '127.0.0.9:9', sources: ['127.0.0.9'], srtp: 'required' },
    ],
    routes: telephones.map(({ number }) => ({ to: number, target: `trunk to-${number}` })),
  });
  const page = await t.phone(await t.browser('chromium'), alice.token);
  for (const [i, one] of telephones.entries()) await pageCalls(t, gateway, page, phones[i], one);
  await telephoneCalls(t, gateway, page, phones[0], { ...telephones[0], number: 'from-311' });
  await telephoneCalls(t, gateway, page, caller, { ...ice, number: 'from-314' });
  await plainIsRefused(t, gateway);
  t.check(!/inline:/.test(gateway.log), 'no key stands in the log');
  await gateway.quiet();
  await gateway.stop();
});
