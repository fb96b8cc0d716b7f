// Changes inside a call, in both directions, as carriers and PBXs make them: hold and resume, another address and
// codec, session timers, reliable responses, early dialogs of a fork, late offers, glare, challenges, refusals.
// SIPp plays the telephones, one scenario of sipp/ each; Chromium is the browser.

import { alice } from '../lib/gateway.mjs';
import { describe } from '../lib/sound.mjs';
import { RtpPhone } from '../lib/rtp_phone.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { sleep, story } from '../lib/story.mjs';

const kTone = { frequency: 1004, level: -15 };
const kOther = { frequency: 1300, level: -15 };

class Ground {
  #count = 0;

  constructor(t) {
    this.t = t;
    this.trunks = [];
    this.routes = [];
  }

  async sound(options = kTone) {
    const phone = await new RtpPhone(options).open();
    this.t.atEnd(() => phone.close());
    return phone;
  }

  /// A telephone that plays `scenario` when its number is called.
  async telephone(scenario, { words = {}, sound, trunk = {} } = {}) {
    const own = sound ?? await this.sound();
    const sdp = own.sdp();
    const directed = (direction) => sdp.replace('a=sendrecv', `a=${direction}`).replace('phone 1 1', 'phone 1 2');
    const sipp = await Sipp.start(scenario, {
      directory: this.t.directory,
      words: {
        sdp, sdp_sendonly: directed('sendonly'), sdp_held: directed('inactive'), talk_ms: 1500, hold_ms: 3000,
        early_ms: 1000, ...words,
      },
    });
    this.t.atEnd(() => sipp.stop());
    const number = `9${10 + this.#count++}`;
    this.trunks.push({ name: `t${number}`, address: `127.0.0.1:${sipp.port}`, codecs: ['pcmu', 'pcma'], ...trunk });
    this.routes.push({ to: number, target: `trunk t${number}` });
    return { sipp, sound: own, number, name: scenario };
  }
}

/// What was heard between two moments, in seconds from the first packet on.
function tone(t, who, heard, { frequency }) {
  const sound = describe(heard.samples, heard.rate);
  t.check(Math.abs(sound.frequency - frequency) <= 3, `${who} hears ${frequency} Hz: ${sound.frequency.toFixed(0)} Hz`);
}

/// The telephone's sound flows to the page from now on.
function speak(phone) {
  phone.sound.speakTo(phone.sipp.received('INVITE')[0].audioPort);
}

async function answered(page, phone, options) {
  const placed = await page.call(phone.number, { name: phone.name, ...options });
  if (!placed.id) throw new Error(`${phone.name} was not taken: ${JSON.stringify(placed)}`);
  await page.event(phone.name, 'answered');
  speak(phone);
  return placed;
}

async function over(t, page, phone, text) {
  await page.hangUp(phone.name);
  await phone.sipp.succeeded();
  t.say(`ok    ${phone.name}: ${text}`);
}

/// How many packets come to the telephone in that time.
async function packetsIn(phone, milliseconds) {
  const before = phone.sound.packets;
  await sleep(milliseconds);
  return phone.sound.packets - before;
}

/// Page hears the telephone's tone, and it hears the page's.
async function bothHear(t, page, phone, what, expected = kTone) {
  await page.forget(phone.name);
  const count = await packetsIn(phone, 900);
  t.check(count > 15, `${phone.name}, ${what}: the telephone gets sound (${count} packets)`);
  tone(t, `${phone.name}, ${what}: the page`, await page.heard(phone.name), expected);
  const samples = phone.sound.heard();
  tone(t, `${phone.name}, ${what}: the telephone`, { rate: phone.sound.rate, samples: samples.subarray(-4000) }, { frequency: 700 });
}

async function theTelephoneHolds(t, page, phone) {
  await answered(page, phone);
  await page.event(phone.name, 'held');
  await sleep(300);
  const held = await packetsIn(phone, 700);
  t.check(held <= 2, `${phone.name}: nothing is sent to a telephone that holds (${held} packets)`);
  for (let tries = 0; tries < 100 && (await page.events(phone.name)).filter((type) => type === 'held').length < 2; ++tries) await sleep(100);
  await sleep(300);
  const events = await page.events(phone.name);
  t.equal(events.filter((type) => type === 'held').length, 2, `${phone.name}: the page hears of hold and resume`);
  await bothHear(t, page, phone, 'after the hold');
  await over(t, page, phone, 'done');
}

/// Chromium's totalAudioEnergy of what the call's page receives.
function energyHeard(page, name) {
  return page.page.evaluate(async (call) => {
    const [track] = kit.calls.get(call).remoteStream.getAudioTracks();
    const peer = peers.find((one) => one.getReceivers().some((receiver) => receiver.track === track));
    const stats = [...(await peer.getStats()).values()];
    return stats.find(({ type }) => type === 'inbound-rtp').totalAudioEnergy;
  }, name);
}

async function thePageHolds(t, page, phone) {
  await answered(page, phone);
  await bothHear(t, page, phone, 'before the hold');
  await page.tell(phone.name, 'hold', true);
  await sleep(400);
  const held = await packetsIn(phone, 700);
  t.check(held <= 2, `${phone.name}: a held telephone gets nothing (${held} packets)`);
  await page.tell(phone.name, 'hold', false);
  await sleep(500);
  const count = await packetsIn(phone, 900);
  t.check(count > 15, `${phone.name}, after the hold: the telephone gets sound (${count} packets)`);
  // Chromium's Web Audio stays deaf to a track that was inactive: its own figures tell what is played.
  const before = await energyHeard(page, phone.name);
  await sleep(1000);
  const energy = await energyHeard(page, phone.name) - before;
  t.check(energy > 0.005, `${phone.name}, after the hold: the page hears the telephone (energy ${energy.toFixed(3)})`);
  await over(t, page, phone, 'done');
}

async function itMoves(t, page, phone, moved) {
  await answered(page, phone);
  await sleep(1800);
  phone.sound.silence();
  moved.speakTo(phone.sipp.received('INVITE')[0].audioPort);
  await sleep(400);
  await bothHear(t, page, { ...phone, sound: moved }, 'at its new address', kOther);
  await over(t, page, phone, 'done');
}

async function itForks(t, page, phone, other) {
  const call = page.call(phone.number, { name: phone.name });
  await phone.sipp.waitForMessage('INVITE');
  speak(phone);
  other.speakTo(phone.sipp.received('INVITE')[0].audioPort);
  await call;
  await page.event(phone.name, 'answered');
  phone.sound.silence();
  await bothHear(t, page, { ...phone, sound: other }, 'from who answered', kOther);
  await over(t, page, phone, 'the late 200 got ACK and BYE');
}

async function earlyUpdate(t, page, phone, moved) {
  const call = page.call(phone.number, { name: phone.name });
  await phone.sipp.waitForMessage('INVITE');
  speak(phone);
  moved.speakTo(phone.sipp.received('INVITE')[0].audioPort);
  await call;
  await page.event(phone.name, 'answered');
  phone.sound.silence();
  await bothHear(t, page, { ...phone, sound: moved }, 'where the UPDATE has led', kOther);
  await over(t, page, phone, 'done');
}

/// Answered, left alone until the telephone has seen what it waits for, then hung up.
async function lives(t, page, phone, text, milliseconds) {
  await answered(page, phone);
  await sleep(milliseconds);
  await bothHear(t, page, phone, 'at its end');
  await over(t, page, phone, text);
}

async function heldOnly(t, page, phone, milliseconds, text) {
  await answered(page, phone);
  await sleep(300);
  await page.tell(phone.name, 'hold', true);
  await sleep(milliseconds);
  await over(t, page, phone, text);
}

async function callers(t, ground, gateway, page) {
  const call = async (scenario, text, wait = 300) => {
    const sound = await ground.sound();
    const sipp = await Sipp.start(scenario, {
      directory: t.directory, target: gateway.sipTarget, user: '100', address: '127.0.0.9',
      words: { from: '"Telephone" <sip:200@127.0.0.9>', sdp: sound.sdp() },
    });
    t.atEnd(() => sipp.stop());
    await page.incoming(scenario);
    await sleep(200);
    await page.accept(scenario);
    await page.event(scenario, 'answered');
    sound.speakTo(sipp.received('SIP/2.0 200').find((message) => message.audioPort)?.audioPort);
    await page.forget(scenario);
    await sleep(900 + wait);
    tone(t, `${scenario}: the page`, await page.heard(scenario), kTone);
    await page.hangUp(scenario);
    await sipp.succeeded();
    t.say(`ok    ${scenario}: ${text}`);
  };
  await call('uac_late_offer', 'our offer in the 200, the answer in the ACK');
  await call('uac_prack', 'the 180 is acknowledged, then comes the 200');
  await call('uac_interval_too_small', '422 with Min-SE, then taken');
}

await story('calls change while they run', async (t) => {
  const ground = new Ground(t);
  const moved = await ground.sound({ codec: 'PCMA', ...kOther });
  const other = await ground.sound(kOther);
  const early = await ground.sound(kOther);
  const phones = {
    holds: await ground.telephone('uas_holds'),
    holdsByUpdate: await ground.telephone('uas_holds_by_update'),
    isHeld: await ground.telephone('uas_is_held'),
    challenged: await ground.telephone('uas_is_held_challenged', { trunk: { username: 'caller', password: 'secret' } }),
    moves: await ground.telephone('uas_moves', { words: { sdp_moved: moved.sdp() } }),
    bad: await ground.telephone('uas_bad_reoffer', { words: { talk_ms: 300 } }),
    isRefreshed: await ground.telephone('uas_is_refreshed', { words: { expires: 3 } }),
    isRefreshedByInvite: await ground.telephone('uas_is_refreshed_by_invite', { words: { expires: 3 } }),
    refreshes: await ground.telephone('uas_refreshes', { words: { expires: 4, refresh_ms: 1500 } }),
    never: await ground.telephone('uas_never_refreshes', { words: { expires: 3 } }),
    tooSmall: await ground.telephone('uas_interval_too_small', { words: { least: 3600 } }),
    prack: await ground.telephone('uas_prack', { trunk: { '100rel': 'supported' } }),
    required: await ground.telephone('uas_prack_required', { trunk: { '100rel': 'required' } }),
    earlyUpdate: await ground.telephone('uas_early_update', { words: { sdp_moved: early.sdp() }, trunk: { '100rel': 'supported' } }),
    forks: await ground.telephone('uas_forks', { words: { sdp_other: other.sdp() } }),
    forksReliably: await ground.telephone('uas_forks_reliably', { words: { sdp_other: other.sdp() }, trunk: { '100rel': 'supported' } }),
    asks: await ground.telephone('uas_asks_for_offer', { words: { talk_ms: 500 } }),
    takesGlare: await ground.telephone('uas_takes_glare'),
    givesGlare: await ground.telephone('uas_gives_glare'),
    refuses: await ground.telephone('uas_refuses_media', { words: { status: 488 } }),
  };
  const gateway = await t.gateway({
    sip: { session_expires: '90s', min_session_expires: '2s' },
    trunks: [...ground.trunks, { name: 'callers', address: '127.0.0.9:5060', codecs: ['pcmu'], '100rel': 'supported' }],
    routes: [...ground.routes, { to: '100', target: 'user alice' }],
  });
  const page = await t.phone(await t.browser('chromium'), alice.token);
  await page.page.evaluate(() => {
    window.peers = [];
    window.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(...given) {
        super(...given);
        peers.push(this);
      }
    };
  });
  // Calls that do not listen to each other's sound run side by side.
  await Promise.all([
    theTelephoneHolds(t, page, phones.holds),
    theTelephoneHolds(t, page, phones.holdsByUpdate),
    thePageHolds(t, page, phones.isHeld),
    heldOnly(t, page, phones.challenged, 800, 'a password was given for the re-INVITE and the BYE'),
    itMoves(t, page, phones.moves, moved),
    lives(t, page, phones.bad, '488 with Warning, and the call goes on', 800),
  ]);
  await Promise.all([
    lives(t, page, phones.isRefreshed, 'two UPDATEs of ours', 3300),
    lives(t, page, phones.isRefreshedByInvite, 'the same description again', 1800),
    lives(t, page, phones.refreshes, 'two UPDATEs of its own', 3300),
    lives(t, page, phones.tooSmall, 'a longer interval in the second INVITE', 100),
    lives(t, page, phones.prack, 'two PRACKs', 100),
    lives(t, page, phones.required, 'one PRACK', 100),
    lives(t, page, phones.asks, 'our offer in the 200', 1000),
    heldOnly(t, page, phones.takesGlare, 4600, 'came again after its pause'),
    heldOnly(t, page, phones.givesGlare, 800, 'the telephone was asked to wait'),
  ]);
  await itForks(t, page, phones.forks, other);
  await lives(t, page, phones.forksReliably, 'a PRACK for each early dialog, and the first one answered', 100);
  await earlyUpdate(t, page, phones.earlyUpdate, early);

  await answered(page, phones.never);
  const end = (await page.event('uas_never_refreshes', 'ended')).detail;
  t.equal([end.reason, end.by], ['trunk-timeout', 'sip'], 'a session that nobody refreshes is ended');
  await phones.never.sipp.succeeded();

  const refused = await page.call(phones.refuses.number, { name: 'refused' });
  const why = refused.refused ?? (await page.event('refused', 'ended')).detail;
  t.check(/Media type not available/.test(why.text), `the Warning is read: ${why.text}`);
  await phones.refuses.sipp.succeeded();

  await callers(t, ground, gateway, page);
  await gateway.quiet();
  await gateway.stop();
});
