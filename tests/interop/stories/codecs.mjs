// Chromium calls baresip by codecs that no browser has: GSM, AMR and AMR-WB. Each end must hear the other's own tone.

import { alice } from '../lib/gateway.mjs';
import { Baresip, baresipTone } from '../lib/baresip.mjs';
import { expectTone } from '../lib/expect_sound.mjs';
import { sleep, story } from '../lib/story.mjs';

const talkSeconds = 8;
/// `wire` is the name in SDP. baresip's
/// L16 is left out: it cuts 20 ms into packets of whole samples and loses the rest, 0.6 to 2 % of all sound.
const codecs = [
  { number: '301', codec: 'gsm', wire: 'GSM', codecs: 'gsm/8000/1', voice: 600 },
  { number: '302', codec: 'amr', wire: 'AMR', codecs: 'AMR/8000/1', voice: 800 },
  { number: '303', codec: 'amr-wb', wire: 'AMR-WB', codecs: 'AMR-WB/16000/1', voice: 900 },
];

async function theyTalk(t, phone, telephone, { number, wire, voice }) {
  await telephone.event('CALL_ESTABLISHED');
  await phone.event(number, 'answered');
  await phone.forget(number);
  await sleep(1000 * (talkSeconds + 2.5));
  await phone.hangUp(number);
  const { detail } = await phone.event(number, 'ended');
  await telephone.event('CALL_CLOSED');
  expectTone(t, `the page on ${number} (${wire})`, await phone.heard(number), { ...baresipTone, seconds: talkSeconds });
  expectTone(t, `the telephone ${number}`, telephone.heard(), { frequency: voice, level: -20, seconds: talkSeconds });
  return detail.id;
}

await story('calls by the codecs of telephones', async (t) => {
  const telephones = [];
  for (const { number, codecs: names } of codecs) {
    const telephone = await Baresip.start({ directory: t.directory, number, codecs: names });
    t.atEnd(() => telephone.stop());
    telephones.push(telephone);
  }
  const gateway = await t.gateway({
    trunks: codecs.map(({ number, codec }, i) => ({
      name: `to-${number}`, address: `127.0.0.1:${telephones[i].port}`, codecs: [codec],
    })),
    routes: codecs.map(({ number }) => ({ to: number, target: `trunk to-${number}` })),
  });
  const phone = await t.phone(await t.browser('chromium'), alice.token);
  for (const [i, one] of codecs.entries()) {
    await phone.call(one.number, { frequency: one.voice, level: -20 });
    const id = await theyTalk(t, phone, telephones[i], one);
    const record = await gateway.record(id);
    t.equal([record.sip.codec, record.end.code, record.sip.packets_lost], [one.wire, 'hangup', 0], 'its record');
  }
  await gateway.quiet();
  await gateway.stop();
});
