// A softphone hands its telephone over with its library's own means, blind and attended, and is handed over by its
// telephone. Judged by who hears whom. `node softphone_transfers.mjs jssip|sipjs`.

import { alice } from '../lib/gateway.mjs';
import { expectTone } from '../lib/expect_sound.mjs';
import { RawSoftphone } from '../lib/raw_softphone.mjs';
import { RtpPhone } from '../lib/rtp_phone.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { Softphone } from '../lib/softphone.mjs';
import { sleep, story } from '../lib/story.mjs';

const library = process.argv[2] ?? 'jssip';
const kTalkSeconds = 3;

async function sound(t, frequency) {
  const phone = await new RtpPhone({ codec: 'PCMU', frequency, level: -20 }).open();
  t.atEnd(() => phone.close());
  return phone;
}

/// Telephones behind one trunk: one call after another is answered with the sound of the next of `sounds`.
async function telephones(t, sounds, { calls = sounds.length, status = '200 OK' } = {}) {
  const sipp = await Sipp.start('uas_telephones', {
    directory: t.directory, calls, rows: sounds.map(({ port }) => [port]),
    words: { sdp: sounds[0].sdp().replace(/m=audio \d+/, 'm=audio [field0]'), status },
  });
  t.atEnd(() => sipp.stop());
  return sipp;
}

/// What a telephone does with a Refer-To: it calls there, with the Replaces that it was given, and with sound of its own.
async function follows(t, referTo, ownSound, sipp, target) {
  const [, user, replaces] = referTo.match(/<sip:([^@]+)@[^?>]*(?:\?Replaces=([^>]*))?>/);
  const headers = replaces ? [`Replaces: ${decodeURIComponent(replaces)}`] : [];
  const caller = await Sipp.start('uac_bye', {
    directory: t.directory, target: `127.0.0.1:${sipp.port}`, user, headers,
    words: { from: '<sip:300@127.0.0.1>', sdp: ownSound.sdp(), talk_ms: 1000 * (kTalkSeconds + 2) },
  });
  t.atEnd(() => caller.stop());
  ownSound.speakTo((await caller.waitForMessage('SIP/2.0 200')).audioPort);
  target.speakTo(ownSound.port);
  return caller;
}

async function hearEachOther(t, first, second) {
  const [a, b] = [first, second].map((one) => one.heard().length / one.rate);
  await sleep(1000 * (kTalkSeconds + 1));
  expectTone(t, 'the transferred telephone hears the target', { rate: first.rate, samples: first.heard(a) },
    { frequency: second.frequency, level: -20, seconds: kTalkSeconds });
  expectTone(t, 'the target hears the transferred telephone', { rate: second.rate, samples: second.heard(b) },
    { frequency: first.frequency, level: -20, seconds: kTalkSeconds });
}

async function isAnswered(t, phone, name, number, sipp, sound, calls = 1) {
  await phone.call(name, number);
  await phone.event(name, 'confirmed');
  const invite = sipp.received('INVITE').filter((one, i, all) => all.findIndex((other) => other.header('Call-ID') === one.header('Call-ID')) === i)[calls - 1];
  sound.speakTo(invite.audioPort);
  return invite;
}

async function succeeds(phone, name) {
  await phone.event(name, 'transfer requestSucceeded');
  await phone.event(name, 'transfer trying');
  await phone.event(name, 'transfer progress');
  await phone.event(name, 'transfer accepted');
  await phone.event(name, 'ended');
}

async function handsOverBlind(t, phone, sipp, [one, two, oneAnew]) {
  await isAnswered(t, phone, 'blind', '300', sipp, one);
  await phone.tell('transfer', 'blind', '301');
  const refer = await sipp.waitForMessage('REFER');
  t.check(/<sip:301@/.test(refer.header('Refer-To')), `the telephone is referred: ${refer.header('Refer-To')}`);
  t.check(/sip:100@gw.example/.test(refer.header('Referred-By')), `in alice's name: ${refer.header('Referred-By')}`);
  await succeeds(phone, 'blind');
  t.say('ok    202, NOTIFY 100, 180, 200, and the BYE: the library reports success');
  const caller = await follows(t, refer.header('Refer-To'), oneAnew, sipp, two);
  await hearEachOther(t, oneAnew, two);
  await caller.succeeded();
  await sipp.succeeded();
}

async function handsOverAttended(t, phone, sipp, [one, two, twoAnew, oneAnew]) {
  await isAnswered(t, phone, 'first', '310', sipp, one, 1);
  const theirs = await isAnswered(t, phone, 'second', '311', sipp, two, 2);
  await phone.tell('transfer', 'first', '', 'second');
  const refer = await sipp.waitForMessage('REFER');
  const answer = sipp.messages().find((m) => m.sent && m.startLine.startsWith('SIP/2.0 200') && m.header('Call-ID') === theirs.header('Call-ID'));
  const tag = (line) => line.match(/;tag=([^;>\s]+)/)[1];
  t.equal(decodeURIComponent(refer.header('Refer-To').match(/Replaces=([^>]*)/)[1]),
    `${theirs.header('Call-ID')};to-tag=${tag(answer.header('To'))};from-tag=${tag(theirs.header('From'))}`,
    'the telephone is referred to the dialog of the other one, as that one knows it');
  await succeeds(phone, 'first');
  const caller = await follows(t, refer.header('Refer-To'), oneAnew, sipp, twoAnew);
  await phone.hangUp('second');
  await phone.event('second', 'ended');
  await hearEachOther(t, oneAnew, twoAnew);
  await caller.succeeded();
  await sipp.succeeded();
}

async function isRefused(t, gateway, phone, sipp, sounds) {
  await isAnswered(t, phone, 'refused', '320', sipp, sounds[0]);
  await phone.tell('transfer', 'refused', '777');
  await phone.event('refused', 'transfer requestFailed');
  t.say('ok    a number that leads nowhere cannot take the call over');
  const http = await phone.tell('refer', 'refused', '<http://evil.example/>');
  t.equal(http.status, 400, `a web address neither: ${http.reason}`);
  const nobody = await phone.tell('refer', 'refused', '<sip:321@gw.example?Replaces=none%3Bto-tag%3D1%3Bfrom-tag%3D2>');
  t.equal(nobody.status, 403, `nor a call that is not his: ${nobody.reason}`);
  t.check(/of your own/.test(nobody.reason), 'with the reason in words');

  // Bob knows the dialog, and has a connection of his own.
  const { callId, localTag, remoteTag, cseq } = await phone.tell('dialog', 'refused');
  const { origin } = await t.site();
  const bob = await RawSoftphone.connect(`ws://localhost:${gateway.httpPort}/`, origin);
  t.atEnd(() => bob.close());
  t.equal((await bob.ask('REGISTER', 'sip:gw.example', {
    from: 'sip:bob@gw.example', headers: [bob.contact('bob'), 'Authorization: Bearer the-token-of-bob-in-tests'],
  })).status, 200, 'bob is registered');
  const theft = await bob.ask('REFER', 'sip:gw.example', {
    callId, fromTag: localTag, toTag: remoteTag, cseq, headers: [bob.contact('bob'), 'Refer-To: <sip:321@gw.example>'],
  });
  t.equal(theft.status, 403, "bob refers alice's telephone");
  t.check(/another connection/.test(theft.text), 'and is told why not');
  const metrics = await gateway.metrics();
  t.equal([metrics.softphone_foreign_call_total, metrics.sip_by_strange_connection_total, metrics.sip_bad_referral_total], [1, 1, 1], 'each is counted');

  await phone.tell('transfer', 'refused', '321');
  await phone.event('refused', 'transfer failed');
  t.equal((await phone.events('refused')).includes('ended'), false, 'a target that is busy: NOTIFY says so, and the call goes on');
  await phone.hangUp('refused');
  await sipp.succeeded();
}

/// The telephone hands the softphone over; the browser's call goes on as it is.
async function isHandedOver(t, phone, name, number, first, second, ear, replaces) {
  await phone.call(name, number);
  await phone.event(name, 'confirmed');
  const invite = await second.waitForMessage('INVITE');
  t.equal(invite.header('Replaces'), replaces, replaces ? 'attended: the target is told whose place is taken' : 'blind');
  ear.speakTo(invite.audioPort);
  await first.succeeded(15000);
  await phone.forget(name);
  const from = ear.heard().length / ear.rate;
  await sleep(1000 * (kTalkSeconds + 1));
  expectTone(t, 'the softphone hears the new telephone', await phone.heard(name), { frequency: ear.frequency, level: -20, seconds: kTalkSeconds });
  expectTone(t, 'the new telephone hears the softphone', { rate: ear.rate, samples: ear.heard(from) }, { frequency: 700, level: -20, seconds: kTalkSeconds });
  await phone.hangUp(name);
  await second.succeeded();
}

await story(`Transfers of and by softphones (${library})`, async (t) => {
  const sounds = await Promise.all([400, 1004, 1300, 1600, 1900, 2100].map((hz) => sound(t, hz)));
  const inBlind = [...sounds.slice(0, 2), await sound(t, 400)];
  const blind = await telephones(t, inBlind.slice(0, 2));
  const inAttended = [...sounds.slice(2, 4), await sound(t, 1600), await sound(t, 1300)];
  const attended = await telephones(t, inAttended.slice(0, 3));
  const busy = await telephones(t, [sounds[4]], { status: '486 Busy Here' });
  const start = async (scenario, sound, words = {}) => {
    const sipp = await Sipp.start(scenario, { directory: t.directory, words: { ring_ms: 100, talk_ms: 500, sdp: sound.sdp(), ...words } });
    t.atEnd(() => sipp.stop());
    return sipp;
  };
  const first = await start('uas_refer', sounds[4], { refer_to: '<sip:920@anywhere.example>' });
  const replaces = 'abc@there;to-tag=1;from-tag=2';
  const third = await start('uas_refer', sounds[4], { refer_to: `<sip:921@anywhere.example?Replaces=${encodeURIComponent(replaces)}>` });
  const ear = await sound(t, 1900);
  const [second, fourth] = [await start('uas_answer', sounds[5]), await start('uas_answer', ear)];
  const trunk = (name, { port }, source, more = {}) => ({ name, address: `127.0.0.1:${port}`, sources: [source], codecs: ['pcmu'], ...more });
  const gateway = await t.gateway({
    sip: { websocket: true, domain: 'gw.example' },
    trunks: [
      trunk('blind', blind, '127.0.0.11'), trunk('attended', attended, '127.0.0.12'), trunk('busy', busy, '127.0.0.13'),
      trunk('first', first, '127.0.0.1', { transfers: 'allow' }), trunk('second', second, '127.0.0.14'),
      trunk('third', third, '127.0.0.15', { transfers: 'allow' }), trunk('fourth', fourth, '127.0.0.16'),
    ],
    routes: [
      { to: '30?', target: 'trunk blind' }, { to: '31?', target: 'trunk attended' }, { to: '32?', target: 'trunk busy' },
      { to: '910', target: 'trunk first' }, { to: '911', target: 'trunk third' },
      { to: '920', target: 'trunk second', trunk_in: 'first' }, { to: '921', target: 'trunk fourth', trunk_in: 'third' },
    ],
  });
  const phone = await Softphone.registered(t, await t.browser('chromium'), {
    library, user: alice.name, domain: 'gw.example', password: alice.token, url: `ws://localhost:${gateway.httpPort}/`,
  });
  await handsOverBlind(t, phone, blind, inBlind);
  await handsOverAttended(t, phone, attended, inAttended);
  await isRefused(t, gateway, phone, busy, sounds.slice(4));
  await isHandedOver(t, phone, 'by telephone', '910', first, second, sounds[5], undefined);
  await isHandedOver(t, phone, 'attended by telephone', '911', third, fourth, ear, replaces);
  await phone.tell('stop');
  await gateway.quiet();
  await gateway.stop();
});
