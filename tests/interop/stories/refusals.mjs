// What fails, fails with the right reason on the page, in the record and towards the telephone; and 200 calls
// leave nothing behind.

import { execFileSync } from 'node:child_process';
import dgram from 'node:dgram';
import { alice, bob, gatewayBinary } from '../lib/gateway.mjs';
import { freePort } from '../lib/free_port.mjs';
import { RawPage } from '../lib/raw_page.mjs';
import { RtpPhone } from '../lib/rtp_phone.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { sleep, story } from '../lib/story.mjs';

const refusals = [
  { number: '301', refusal: '486 Busy Here', reason: 'busy' },
  { number: '302', refusal: '404 Not Found', reason: 'not-found' },
  { number: '303', refusal: '603 Decline', reason: 'declined' },
  { number: '304', refusal: '488 Not Acceptable Here', reason: 'no-common-codec' },
  { number: '305', refusal: '480 Temporarily Unavailable', reason: 'unavailable' },
  { number: '306', refusal: '403 Forbidden', reason: 'forbidden' },
  { number: '307', refusal: '500 Server Internal Error', reason: 'trunk-refused' },
];
const kPassword = 'correct horse';
const kHead = 'v=0\no=x 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\n';
const badAnswers = [
  { number: '311', what: 'an answer that is no SDP', sdp: 'this is no session description' },
  { number: '312', what: 'an answer without a codec that was offered', sdp: `${kHead}m=audio 4000 RTP/AVP 18` },
  { number: '313', what: 'an answer without audio', sdp: `${kHead}m=video 4000 RTP/AVP 96` },
];

async function telephone(t, scenario, words) {
  const sipp = await Sipp.start(scenario, { directory: t.directory, words: { ring_ms: 100, ...words } });
  t.atEnd(() => sipp.stop());
  return sipp;
}

/// The page's event, the record and the log tell the same end.
async function endOf(t, gateway, phone, name, milliseconds) {
  const { detail } = await phone.event(name, 'ended', milliseconds);
  const { end } = await gateway.record(detail.id);
  t.equal([end.code, end.by, end.sip_status, end.q850, end.text],
    [detail.reason, detail.by, detail.sipStatus, detail.q850, detail.text], `record of ${name} as told to the page`);
  const words = `[${detail.id}] ended: ${end.code} by ${end.by}: ${end.text}`;
  await gateway.child.waitFor(new RegExp(words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')), 2000);
  t.say(`ok    the log says "${words}"`);
  return detail;
}

async function thePageHangsUp(t, gateway, phone, telephones) {
  await phone.call('331');
  await phone.event('331', 'answered');
  await phone.hangUp('331');
  const end = await endOf(t, gateway, phone, '331');
  t.equal([end.reason, end.by], ['hangup', 'browser'], 'the page hangs up');
  await telephones.get('331').succeeded();
  const reason = (await telephones.get('331').waitForMessage('BYE')).header('Reason') ?? '';
  t.equal(Number(reason.match(/^Q\.850;\s*cause=(\d+)/i)?.[1]), end.q850, 'the BYE has the cause of the record');
}

async function passwords(t, gateway) {
  for (const [user, password, answer] of [['carol', kPassword, 'welcome'], ['carol', 'wrong', 'not-authenticated'],
    ['nobody', kPassword, 'not-authenticated'], ['alice', kPassword, 'not-authenticated']]) {
    const raw = await RawPage.connect(gateway);
    raw.say({ type: 'hello', version: 1, user, password });
    const told = await raw.hear(['welcome', 'error']);
    t.equal(told.code ?? told.type, answer, `${user} logs in with "${password}"`);
    raw.close();
  }
}

async function telephonesRefuse(t, gateway, phone, telephones) {
  for (const { number, refusal, reason } of refusals) {
    await phone.call(number);
    const end = await endOf(t, gateway, phone, number);
    t.equal([end.reason, end.by, end.sipStatus], [reason, 'sip', Number(refusal.slice(0, 3))], refusal);
    await telephones.get(number).succeeded();
  }
}

async function telephonesAnswerBadly(t, gateway, phone, telephones) {
  for (const { number, what } of badAnswers) {
    await phone.call(number);
    const end = await endOf(t, gateway, phone, number);
    t.check(['bad-offer', 'no-common-codec'].includes(end.reason) && end.by === 'sip', `${what}: ${end.reason}`);
    await telephones.get(number).succeeded();
  }
}

async function pagesAskForTooMuch(t, gateway, phone) {
  const nowhere = await phone.call('999', { name: 'nowhere' });
  const end = nowhere.refused ?? (await phone.event('nowhere', 'ended')).detail;
  t.equal([end.reason, end.by], ['not-found', 'gateway'], 'a number without a route');
  const barred = await phone.call('0900123', { name: 'barred' });
  const bar = barred.refused ?? (await phone.event('barred', 'ended')).detail;
  t.equal([bar.reason, bar.text], ['forbidden', 'Barred here'], 'a barred number');

  const raw = await RawPage.login(gateway, alice.token);
  for (const [index, sdp] of ['nonsense', kHead, `${kHead}m=audio 9 UDP/TLS/RTP/SAVPF 111\na=rtpmap:111 opus/48000/2`].entries()) {
    raw.say({ type: 'call', call: `bad${index}`, to: '601', sdp });
    const told = await raw.hear('ended');
    t.equal([told.call, told.reason, told.by], [`bad${index}`, 'bad-offer', 'browser'], 'a bad offer of a page');
  }
  raw.close();
}

/// Some calls are hung up before they are answered, some have no route. The first ones do not count: they warm
/// the process up.
async function leavesNothing(t, gateway, phone) {
  const batch = async (round) => {
    const names = Array.from({ length: 18 }, (_, index) => `r${round}-${index}`);
    await phone.callMany(names, '601');
    for (const lost of ['a', 'b']) await phone.call('999', { name: `r${round}-${lost}` });
    await phone.endMany(names);
  };
  for (let round = 0; round < 2; ++round) await batch(round);
  await gateway.quiet();
  await sleep(1000);
  const before = gateway.holds();
  const attempts = (await gateway.metrics()).call_attempts_total;
  for (let round = 2; round < 12; ++round) await batch(round);
  await gateway.quiet();
  await sleep(1000);
  const after = gateway.holds();
  t.equal((await gateway.metrics()).call_attempts_total - attempts, 200, 'calls made');
  t.equal(after.descriptors, before.descriptors, 'open descriptors as before');
  t.check(after.resident - before.resident < 16, `resident memory: ${before.resident.toFixed(1)} MiB before, ${after.resident.toFixed(1)} after`);
}

await story('calls that fail, and what 200 calls leave behind', async (t) => {
  const telephones = new Map();
  for (const { number, refusal } of refusals) telephones.set(number, await telephone(t, 'uas_refuse', { refusal }));
  for (const { number, sdp } of badAnswers) telephones.set(number, await telephone(t, 'uas_answer', { sdp }));
  const sound = await new RtpPhone().open();
  t.atEnd(() => sound.close());
  telephones.set('331', await telephone(t, 'uas_answer', { sdp: sound.sdp() }));
  const silent = dgram.createSocket('udp4');
  await new Promise((resolve) => silent.bind(0, '127.0.0.1', resolve));
  t.atEnd(() => silent.close());
  const ports = new Map([...telephones].map(([number, { port }]) => [number, port]));
  ports.set('321', await freePort());
  ports.set('322', silent.address().port);
  const trunks = [...ports].map(([number, port]) => ({ name: `to-${number}`, address: `127.0.0.1:${port}` }));
  trunks.push({ name: 'to-323', address: `127.0.0.1:${ports.get('321')}`, transport: 'tcp' });
  const hash = execFileSync(gatewayBinary(), ['--hash-password'], { input: `${kPassword}\n`, encoding: 'utf8' }).trim();
  const gateway = await t.gateway({
    http: { messages_per_second: 2000 },
    trunks,
    users: [alice, bob, { name: 'carol', password_hash: hash }],
    routes: [
      { to: '0900*', target: 'refuse forbidden', refuse_text: 'Barred here' },
      { to: '60?', target: 'demo' },
      ...[...ports.keys(), '323'].map((number) => ({ to: number, target: `trunk to-${number}` })),
    ],
  });
  const phone = await t.phone(await t.browser('chromium'), alice.token);
  await phone.call('322');
  await passwords(t, gateway);
  await thePageHangsUp(t, gateway, phone, telephones);
  await telephonesRefuse(t, gateway, phone, telephones);
  await telephonesAnswerBadly(t, gateway, phone, telephones);
  for (const number of ['321', '323']) {
    await phone.call(number);
    t.equal((await endOf(t, gateway, phone, number)).reason, 'trunk-unreachable', `trunk down (${number})`);
  }
  await pagesAskForTooMuch(t, gateway, phone);
  const late = await endOf(t, gateway, phone, '322', 40000);
  t.equal(late.reason, 'trunk-timeout', 'a trunk that never says a word');
  await leavesNothing(t, gateway, phone);
  await gateway.stop();
});
