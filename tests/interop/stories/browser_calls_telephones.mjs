// A browser calls SIP telephones: SIPp with PCMU and PCMA, baresip with Opus and G.722, side by side. Each end
// must hear the other's own tone.

import { alice } from '../lib/gateway.mjs';
import { Baresip, baresipTone } from '../lib/baresip.mjs';
import { expectTone, listenSeconds } from '../lib/expect_sound.mjs';
import { RtpPhone } from '../lib/rtp_phone.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { sleep, story } from '../lib/story.mjs';

const kind = process.argv[2] ?? 'chromium';

/// A telephone of SIPp and an RtpPhone that waits for a call.
async function sippTelephone(t, { number, codec, voice, frequency }) {
  const sound = await new RtpPhone({ codec, frequency, level: -15 }).open();
  const sipp = await Sipp.start('uas_answer', { directory: t.directory, words: { sdp: sound.sdp(), ring_ms: 200 } });
  t.atEnd(() => sipp.stop());
  t.atEnd(() => sound.close());
  return {
    number, voice, codec: codec.toLowerCase(), port: sipp.port, tone: { frequency, level: -15 },
    answered: async () => sound.speakTo((await sipp.waitForMessage('INVITE')).audioPort),
    heard: () => ({ rate: sound.rate, samples: sound.heard() }),
    ended: () => sipp.succeeded(),
    invite: () => sipp.waitForMessage('INVITE'),
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

await story(`${kind} calls telephones`, async (t) => {
  const telephones = [
    await sippTelephone(t, { number: '201', codec: 'PCMU', voice: 600, frequency: 1004 }),
    await sippTelephone(t, { number: '202', codec: 'PCMA', voice: 800, frequency: 1300 }),
    await baresipTelephone(t, { number: '203', codec: 'opus', voice: 900, codecs: 'opus/48000/2' }),
    await baresipTelephone(t, { number: '204', codec: 'g722', voice: 1100, codecs: 'G722/16000/1', transport: 'tcp' }),
  ];
  const gateway = await t.gateway({
    trunks: telephones.map(({ number, port, codec, transport }) => ({
      name: `to-${number}`, address: `127.0.0.1:${port}`, transport: transport ?? 'udp', codecs: [codec],
    })),
    routes: telephones.map(({ number }) => ({ to: number, target: `trunk to-${number}` })),
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
  for (const { number } of telephones) await phone.hangUp(number);
  for (const telephone of telephones) {
    const { detail } = await phone.event(telephone.number, 'ended');
    await telephone.ended();
    expectTone(t, `the telephone ${telephone.number}`, telephone.heard(), { frequency: telephone.voice, level: -20 });
    const record = await gateway.record(detail.id);
    t.equal([record.sip.codec.toLowerCase(), record.end.code, record.sip.packets_lost], [telephone.codec, 'hangup', 0], 'its record');
  }
  t.equal((await gateway.record((await phone.event('203', 'ended')).detail.id)).browser.codec.toLowerCase(), 'opus', 'Opus passes through');
  keepsTheBrowserHidden(t, await telephones[0].invite());
  await gateway.quiet();
  await gateway.stop();
});
