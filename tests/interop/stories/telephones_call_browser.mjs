// SIP telephones call a browser user: answered, declined, unanswered, given up, both sides hanging up, and two
// pages of one user.

import { alice } from '../lib/gateway.mjs';
import { Baresip, baresipTone } from '../lib/baresip.mjs';
import { expectTone } from '../lib/expect_sound.mjs';
import { RtpPhone } from '../lib/rtp_phone.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { sleep, story } from '../lib/story.mjs';

const kind = process.argv[2] ?? 'chromium';
const kTalkSeconds = 6;
const from = '"Telephone" <sip:200@127.0.0.1>';

class Telephones {
  constructor(t, gateway) {
    Object.assign(this, { t, gateway });
  }

  /// SIPp calls `user` by `scenario`.
  async call(scenario, words = {}, user = '100', sound = null) {
    const sipp = await Sipp.start(scenario, {
      directory: this.t.directory, target: this.gateway.sipTarget, user,
      words: { from, sdp: (sound ?? this.silent).sdp(), ...words },
    });
    this.t.atEnd(() => sipp.stop());
    return sipp;
  }

  async sound(options) {
    const phone = await new RtpPhone(options).open();
    this.t.atEnd(() => phone.close());
    return phone;
  }
}

async function talksAndTheTelephoneHangsUp(t, phones, page) {
  const sound = await phones.sound({ codec: 'PCMA', frequency: 1004, level: -15 });
  const sipp = await phones.call('uac_bye', { talk_ms: 1000 * (kTalkSeconds + 2.5) }, '100', sound);
  const call = await page.incoming('answered');
  t.equal([call.from, call.fromDisplay, call.to], ['200', 'Telephone', '100'], 'the page learns who calls');
  await sipp.waitForMessage('SIP/2.0 180');
  await page.accept('answered', { frequency: 700, level: -20 });
  sound.speakTo((await sipp.waitForMessage('SIP/2.0 200')).audioPort);
  await page.event('answered', 'answered');
  await page.forget('answered');
  await sipp.succeeded(15000);
  const end = (await page.event('answered', 'ended')).detail;
  t.equal([end.reason, end.by], ['hangup', 'sip'], 'the telephone hangs up');
  expectTone(t, 'the page', await page.heard('answered'), { frequency: 1004, level: -15, seconds: kTalkSeconds });
  expectTone(t, 'the telephone', { rate: sound.rate, samples: sound.heard() }, { frequency: 700, level: -20, seconds: kTalkSeconds });
  const record = await phones.gateway.record(end.id);
  t.equal([record.direction, record.from, record.to, record.end.code, record.end.by],
    ['sip-to-browser', '200', '100', 'hangup', 'sip'], 'its record');
}

async function thePageHangsUp(t, phones, page) {
  const sipp = await phones.call('uac_wait_bye');
  await page.incoming('left');
  await page.accept('left');
  await page.event('left', 'answered');
  await sleep(300);
  await page.hangUp('left');
  await sipp.succeeded();
  const bye = await sipp.waitForMessage('BYE');
  t.check(/cause=16/.test(bye.header('Reason') ?? ''), `BYE says why: ${bye.header('Reason')}`);
}

async function isRefused(t, phones, page) {
  const declined = await phones.call('uac_refused', { status: 603 });
  await page.incoming('declined');
  await page.tell('declined', 'decline');
  await declined.succeeded();
  t.equal((await page.event('declined', 'ended')).detail.reason, 'declined', 'the page declines, the telephone gets 603');

  await (await phones.call('uac_refused', { status: 404 }, '999')).succeeded();
  t.say('ok    a number that nobody has: 404');
  await (await phones.call('uac_refused', { status: 480 }, '101')).succeeded();
  t.say('ok    a user who is not there: 480');
  await (await phones.call('uac_refused', { status: 488, sdp: 'v=0\no=x 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 4000 RTP/AVP 18' })).succeeded();
  t.say('ok    an offer without a codec of ours: 488');
}

async function isNotAnswered(t, phones, page) {
  const sipp = await phones.call('uac_refused', { status: 480 });
  await page.incoming('missed');
  const end = (await page.event('missed', 'ended')).detail;
  t.equal([end.reason, end.by], ['no-answer', 'browser'], 'it rings too long');
  await sipp.succeeded();
  const reason = sipp.received('SIP/2.0 480')[0].header('Reason');
  t.check(/cause=19/.test(reason ?? ''), `480 says why: ${reason}`);
}

async function isGivenUp(t, phones, page) {
  const sipp = await phones.call('uac_cancel', { ring_ms: 500 });
  await page.incoming('given up');
  const end = (await page.event('given up', 'ended')).detail;
  t.equal([end.reason, end.by], ['cancelled', 'sip'], 'the telephone gives up');
  await sipp.succeeded();
}

async function twoPagesRing(t, phones, page, other) {
  const sipp = await phones.call('uac_wait_bye');
  await page.incoming('both');
  await other.incoming('both');
  t.say('ok    both pages ring');
  await other.accept('both');
  await other.event('both', 'answered');
  const told = (await page.event('both', 'ended')).detail;
  t.equal(told.reason, 'answered-elsewhere', 'the other page is told');
  await other.hangUp('both');
  await sipp.succeeded();
}

async function baresipCalls(t, gateway, page, telephone) {
  await telephone.dial(`sip:100@${gateway.sipTarget}`);
  await page.incoming('baresip');
  await page.accept('baresip', { frequency: 850, level: -20 });
  await page.event('baresip', 'answered');
  await telephone.event('CALL_ESTABLISHED');
  await page.forget('baresip');
  await sleep(1000 * (kTalkSeconds + 2));
  await telephone.hangUp();
  const end = (await page.event('baresip', 'ended')).detail;
  t.equal([end.reason, end.by], ['hangup', 'sip'], 'baresip hangs up');
  expectTone(t, 'the page', await page.heard('baresip'), { ...baresipTone, seconds: kTalkSeconds });
  expectTone(t, 'baresip', telephone.heard(), { frequency: 850, level: -20, seconds: kTalkSeconds });

  await telephone.dial(`sip:100@${gateway.sipTarget}`);
  await page.incoming('again');
  await page.accept('again');
  await telephone.event('CALL_ESTABLISHED');
  await page.hangUp('again');
  await telephone.event('CALL_CLOSED');
  t.say('ok    the page hangs up on baresip');
}

await story(`telephones call ${kind}`, async (t) => {
  const telephone = await Baresip.start({ directory: t.directory, number: '200', codecs: 'opus/48000/2,pcmu/8000/1' });
  t.atEnd(() => telephone.stop());
  const gateway = await t.gateway({
    sip: { ring_timeout: '3s' },
    trunks: [{ name: 'telephones', address: `127.0.0.1:${telephone.port}`, codecs: ['opus', 'pcmu', 'pcma'] }],
  });
  const phones = new Telephones(t, gateway);
  phones.silent = await phones.sound({ frequency: 0 });
  const browser = await t.browser(kind);
  const page = await t.phone(browser, alice.token);
  await talksAndTheTelephoneHangsUp(t, phones, page);
  await thePageHangsUp(t, phones, page);
  await isRefused(t, phones, page);
  await isNotAnswered(t, phones, page);
  await isGivenUp(t, phones, page);
  await baresipCalls(t, gateway, page, telephone);
  await twoPagesRing(t, phones, page, await t.phone(browser, alice.token));
  await gateway.quiet();
  await gateway.stop();
});
