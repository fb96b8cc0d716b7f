// Calls that go on with somebody else: the telephone hands the page over (RFC 3515), the page hands the telephone
// over, a telephone takes another's place (RFC 3891), a trunk redirects. Judged by who hears whom.

import { RtpPhone } from '../lib/rtp_phone.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { expectTone } from '../lib/expect_sound.mjs';
import { sleep, story } from '../lib/story.mjs';

const kTalkSeconds = 3;
/// A telephone at a known port that answers calls to any number.
async function telephone(t, scenario, sound, { words = {}, target, user } = {}) {
  const sipp = await Sipp.start(scenario, {
    directory: t.directory, target, user,
    words: { ring_ms: 100, talk_ms: 500, from: '<sip:200@127.0.0.1>', sdp: sound?.sdp() ?? '', ...words },
  });
  t.atEnd(() => sipp.stop());
  return sipp;
}

async function sound(t, frequency) {
  const phone = await new RtpPhone({ codec: 'PCMU', frequency, level: -20 }).open();
  t.atEnd(() => phone.close());
  return phone;
}

function trunk(name, port, more = {}) {
  return { name, address: `127.0.0.1:${port}`, sources: ['127.0.0.1'], codecs: ['pcmu'], ...more };
}

/// After the transfer the page hears `frequency` and is heard there.
async function hearsTheNewOne(t, page, name, ear, frequency) {
  await page.forget(name);
  await sleep(1000 * (kTalkSeconds + 1));
  expectTone(t, 'the page hears the new telephone', await page.heard(name), { frequency, level: -20, seconds: kTalkSeconds });
  expectTone(t, 'the new telephone hears the page', { rate: ear.rate, samples: ear.heard() },
    { frequency: 700, level: -20, seconds: kTalkSeconds });
}

await story('Transfers by the telephone and by the page, Replaces, redirections', async (t) => {
  const [soundOne, soundTwo, soundThree, soundFour] = await Promise.all([400, 1004, 1300, 1600].map((hz) => sound(t, hz)));
  const second = await telephone(t, 'uas_early', soundTwo, { words: { early_ms: 4000 } });
  const ill = await telephone(t, 'uas_refuse', null, { words: { refusal: '503 Service Unavailable' } });
  const first = await telephone(t, 'uas_refer', soundOne, { words: { refer_to: '<sip:920@anywhere.example>' } });
  const refusing = await telephone(t, 'uas_refer_refused', soundOne, {
    words: { refer_to: '<sip:0900666@premium.example>', status: 403 },
  });
  const referred = await telephone(t, 'uas_referred', soundOne, { words: { status: '200 OK' } });
  const unlucky = await telephone(t, 'uas_referred', soundOne, { words: { status: '486 Busy Here' } });
  const redirected = await telephone(t, 'uas_answer', soundThree);
  const redirecting = await telephone(t, 'uas_redirects', null, { words: { contact: '<sip:950@elsewhere.example>' } });
  const replaced = await telephone(t, 'uas_answer', soundOne);

  const gateway = await t.gateway({
    trunks: [
      trunk('first', first.port, { transfers: 'allow' }), trunk('second', second.port), trunk('ill', ill.port),
      trunk('refusing', refusing.port, { transfers: 'allow', sources: ['127.0.0.9'] }),
      trunk('referred', referred.port, { sources: ['127.0.0.10'] }),
      trunk('unlucky', unlucky.port, { sources: ['127.0.0.11'] }),
      trunk('redirecting', redirecting.port, { redirects: 'dial-plan', sources: ['127.0.0.12'] }),
      trunk('redirected', redirected.port, { sources: ['127.0.0.13'] }),
      trunk('replaced', replaced.port, { sources: ['127.0.0.14'] }),
    ],
    trunk_groups: [{ name: 'house', trunks: [{ trunk: 'ill', priority: 1 }, { trunk: 'second', priority: 2 }] }],
    routes: [
      { to: '910', target: 'trunk first' }, { to: '920', target: 'trunk house', trunk_in: 'first' },
      { to: '915', target: 'trunk refusing' }, { to: '93?', target: 'trunk referred' },
      { to: '94?', target: 'trunk unlucky' }, { to: '945', target: 'trunk redirecting' },
      { to: '950', target: 'trunk redirected', trunk_in: 'redirecting' }, { to: '955', target: 'trunk redirecting' },
      { to: '960', target: 'trunk replaced' },
    ],
  });
  const browser = await t.browser('chromium');
  const page = await t.phone(browser, 'the-token-of-alice-in-tests');

  // The telephone hands the page over.
  await page.call('910', { name: 'blind' });
  await page.event('blind', 'answered');
  const invite = await second.waitForMessage('INVITE');
  t.check(/phone@/.test(invite.header('Referred-By') ?? ''), `the new telephone is told by whom: ${invite.header('Referred-By')}`);
  soundTwo.speakTo(invite.audioPort);
  await ill.succeeded();
  t.say('ok    the first trunk of the group said 503, the second was tried');
  await page.forget('blind');
  await sleep(2500);
  expectTone(t, 'before its answer, the page', await page.heard('blind'), { frequency: 1004, level: -20, seconds: 1 });
  t.equal(second.received('ACK').length, 0, 'it has not answered yet');
  await first.succeeded(15000);
  t.say('ok    REFER was accepted, NOTIFYs told 100, 180 and 200, and the old leg got its BYE');
  await hearsTheNewOne(t, page, 'blind', soundTwo, 1004);
  await page.hangUp('blind');
  await second.succeeded();
  const end = (await page.event('blind', 'ended')).detail;
  t.equal((await gateway.record(end.id)).transferred_to, '920', 'the record names the new telephone');

  // It may only go where the dial plan lets its trunk go.
  await page.call('915', { name: 'refused' });
  await page.event('refused', 'answered');
  await refusing.waitForMessage('SIP/2.0 403');
  await sleep(200);
  t.equal((await page.events('refused')).includes('ended'), false, 'a REFER to a premium number is refused and the call goes on');
  await page.hangUp('refused');
  await refusing.succeeded();

  // The page hands the telephone over.
  await page.call('930', { name: 'handed over' });
  await page.event('handed over', 'answered');
  await page.tell('handed over', 'transfer', '931');
  const refer = await referred.waitForMessage('REFER');
  t.check(/<sip:931@/.test(refer.header('Refer-To')), `the telephone is referred: ${refer.header('Refer-To')}`);
  await referred.succeeded();
  t.equal((await page.event('handed over', 'ended')).detail.reason, 'transferred', 'it says 200, the call ends');

  await page.call('940', { name: 'not taken' });
  await page.event('not taken', 'answered');
  const why = await page.tell('not taken', 'transfer', '941').then(() => '', (error) => error.message);
  t.check(/busy/i.test(why), `a transfer that fails is told: ${why.split('\n')[0]}`);
  t.equal((await page.events('not taken')).includes('ended'), false, 'and the call goes on');
  await page.hangUp('not taken');
  await unlucky.succeeded();

  // The trunk says: not here, but there.
  await page.call('955', { name: 'redirected' });
  const there = await redirected.waitForMessage('INVITE');
  t.check(/^INVITE sip:950@127/.test(there.startLine), `the redirection is followed by the dial plan: ${there.startLine}`);
  t.check(/<sip:955@.*reason=unconditional/.test(there.header('Diversion') ?? ''), `Diversion: ${there.header('Diversion')}`);
  t.check(/955.*index=1, .*950.*index=1\.1/.test(there.header('History-Info') ?? ''), `History-Info: ${there.header('History-Info')}`);
  soundThree.speakTo(there.audioPort);
  await page.event('redirected', 'answered');
  await page.hangUp('redirected');
  await redirected.succeeded();
  await redirecting.succeeded();

  // Another telephone of the same trunk takes the call (RFC 3891).
  await page.call('960', { name: 'taken' });
  await page.event('taken', 'answered');
  const [ours, theirs] = [replaced.received('INVITE')[0], replaced.messages().find((m) => m.sent && m.startLine.startsWith('SIP/2.0 200'))];
  const tag = (line) => line.match(/;tag=([^;>\s]+)/)[1];
  const words = { replaces: `${ours.header('Call-ID')};to-tag=${tag(ours.header('From'))};from-tag=${tag(theirs.header('To'))}` };
  const taker = await Sipp.start('uac_replaces', {
    directory: t.directory, target: gateway.sipTarget, user: '960', address: '127.0.0.14',
    words: { from: '<sip:200@127.0.0.1>', sdp: soundFour.sdp(), ...words },
  });
  t.atEnd(() => taker.stop());
  soundFour.speakTo((await taker.waitForMessage('SIP/2.0 200')).audioPort);
  await replaced.succeeded();
  t.say('ok    the replaced leg got its BYE');
  await hearsTheNewOne(t, page, 'taken', soundFour, 1600);
  await page.hangUp('taken');
  await taker.succeeded();
  await gateway.quiet();
  t.say('ok    nothing is left inside');
});
