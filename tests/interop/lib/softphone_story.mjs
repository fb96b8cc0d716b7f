// What a softphone library must be able to do through the gateway, unmodified; told by softphone_jssip.mjs and
// softphone_sipjs.mjs.

import { alice, bob } from './gateway.mjs';
import { CuttableWire } from './cuttable.mjs';
import { expectTone } from './expect_sound.mjs';
import { RtpPhone } from './rtp_phone.mjs';
import { Sipp } from './sipp.mjs';
import { Softphone } from './softphone.mjs';
import { level, levelAt } from './sound.mjs';
import { sleep } from './story.mjs';

const kInstances = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];

async function logsIn(t, browser, account) {
  const wrong = await Softphone.open(t, browser, { ...account, password: 'wrong' });
  const refusal = await wrong.start().then(() => 'registered', (error) => error.message);
  t.check(/401|Authentication/.test(refusal), `a wrong password is refused: ${refusal.split('\n')[0]}`);
  const foreign = await Softphone.open(t, browser, { ...account, user: bob.name, password: undefined, token: alice.token });
  const theft = await foreign.start().then(() => 'registered', (error) => error.message);
  t.check(/403|Rejected/.test(theft), `alice cannot register as bob: ${theft.split('\n')[0]}`);
  const bearer = await Softphone.registered(t, browser, { ...account, password: undefined, token: alice.token, instance: kInstances[1] });
  t.say('ok    registered with a bearer token');
  return bearer;
}

/// Level of what the telephone hears within the next `seconds`.
async function levelAtTelephone(sound, frequency, seconds = 1) {
  const from = sound.heard().length / sound.rate;
  await sleep(1000 * seconds);
  const samples = sound.heard(from);
  return samples.length === 0 ? -100 : frequency ? levelAt(samples, sound.rate, frequency) : level(samples);
}

async function talks(t, phone, sound) {
  await phone.forget('out');
  const from = sound.heard().length / sound.rate;
  await sleep(4500);
  expectTone(t, 'the softphone', await phone.heard('out'), { frequency: 1004, level: -15, seconds: 3 });
  expectTone(t, 'the telephone', { rate: sound.rate, samples: sound.heard(from) }, { frequency: 700, level: -20, seconds: 3 });
}

async function pressesDigits(t, phone, sound) {
  await phone.tell('digit', 'out', '5', 'info');
  await sleep(800);
  await phone.tell('digit', 'out', '7', 'rtp');
  await sleep(800);
  t.equal(sound.events.map(({ digit }) => digit).join(''), '57', 'digits by INFO and by RFC 4733 reach the telephone');
}

async function holds(t, phone, sound) {
  await phone.tell('hold', 'out', true);
  await sleep(500);
  const held = await levelAtTelephone(sound);
  t.check(held < -50, `on hold the telephone hears nothing: ${held.toFixed(0)} dBFS`);
  await phone.tell('hold', 'out', false);
  await sleep(500);
  const back = await levelAtTelephone(sound, 700);
  t.check(Math.abs(back + 20) < 3, `resumed, it hears 700 Hz again: ${back.toFixed(1)} dBFS`);
}

async function outlivesACut(t, phone, wire, sound) {
  wire.cut(10000);
  await phone.event('', 'disconnected');
  const before = (await phone.events('')).filter((what) => what === 'registered').length;
  await sleep(8500);
  const during = await levelAtTelephone(sound, 700);
  t.check(Math.abs(during + 20) < 3, `without its connection for 10 s it still talks: ${during.toFixed(1)} dBFS`);
  await phone.event('', 'registered', 15000, before);
  const after = await levelAtTelephone(sound, 700);
  t.check(Math.abs(after + 20) < 3, `registered again, it talks on: ${after.toFixed(1)} dBFS`);
}

async function callsOut(t, phone, wire) {
  const { sound, sipp } = t.telephone;
  await phone.call('out', '200', { frequency: 700, level: -20 });
  const { audioPort } = await sipp.waitForMessage('INVITE');
  sound.speakTo(audioPort);
  await phone.event('out', 'confirmed');
  t.say('ok    it calls a telephone');
  await talks(t, phone, sound);
  await pressesDigits(t, phone, sound);
  await holds(t, phone, sound);
  await outlivesACut(t, phone, wire, sound);
  await phone.hangUp('out');
  await sipp.waitForMessage('BYE');
  t.say('ok    and hangs up by its new connection');
}

async function isCalled(t, gateway, phone, other) {
  const sound = await new RtpPhone({ frequency: 1300, level: -18 }).open();
  t.atEnd(() => sound.close());
  const sipp = await Sipp.start('uac_bye', {
    directory: t.directory, target: gateway.sipTarget, user: '100',
    words: { from: '"Telephone" <sip:200@127.0.0.1>', sdp: sound.sdp(), talk_ms: 5500 },
  });
  t.atEnd(() => sipp.stop());
  const [ring] = await Promise.all([phone.incoming('in'), other.incoming('in')]);
  t.equal([ring.from, ring.display], ['200', 'Telephone'], 'both devices ring and learn who calls');
  await phone.accept('in', { frequency: 900, level: -20 });
  sound.speakTo((await sipp.waitForMessage('SIP/2.0 200')).audioPort);
  await phone.event('in', 'confirmed');
  await other.event('in', phone.account.library === 'jssip' ? 'failed' : 'ended');
  t.say('ok    one answers, the other stops ringing');
  await phone.forget('in');
  const from = sound.heard().length / sound.rate;
  await phone.event('in', 'ended', 10000);
  expectTone(t, 'the called softphone', await phone.heard('in'), { frequency: 1300, level: -18, seconds: 3 });
  expectTone(t, 'the calling telephone', { rate: sound.rate, samples: sound.heard(from) }, { frequency: 900, level: -20, seconds: 3 });
}

export async function softphoneStory(t, library) {
  const sound = await new RtpPhone({ frequency: 1004, level: -15 }).open();
  const sipp = await Sipp.start('uas_is_held', { directory: t.directory, words: { sdp: sound.sdp(), sdp_held: sound.sdp().replace('a=sendrecv', 'a=recvonly'), ring_ms: 300 } });
  t.atEnd(() => sound.close());
  t.atEnd(() => sipp.stop());
  t.telephone = { sound, sipp };
  const gateway = await t.gateway({
    sip: { websocket: true, domain: 'gw.example' },
    trunks: [{ name: 'telephone', address: `127.0.0.1:${sipp.port}`, sources: ['127.0.0.1'] }],
    routes: [{ to: '200', target: 'trunk telephone' }],
  });
  const wire = await CuttableWire.start(gateway.httpPort);
  t.atEnd(() => wire.close());
  const browser = await t.browser('chromium');
  const account = { library, user: alice.name, domain: 'gw.example', password: alice.token };
  const direct = { ...account, url: `ws://localhost:${gateway.httpPort}/` };
  const other = await logsIn(t, browser, direct);
  const phone = await Softphone.registered(t, browser, {
    ...account, url: wire.url.replace(/^http/, 'ws'), instance: kInstances[0],
  });
  t.equal((await gateway.metrics()).softphones_registered, 2, 'devices registered');
  await callsOut(t, phone, wire);
  await isCalled(t, gateway, phone, other);
  await phone.tell('stop');
  await other.tell('stop');
  await gateway.quiet();
  await gateway.stop();
}
