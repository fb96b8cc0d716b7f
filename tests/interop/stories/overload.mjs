// A gateway whose media thread is busier than allowed: new calls are refused on both sides with one reason, those that
// run go on, and when they are over new ones are taken again.

import { alice } from '../lib/gateway.mjs';
import { RtpPhone } from '../lib/rtp_phone.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { sleep, story } from '../lib/story.mjs';

const names = ['one', 'two', 'three', 'four', 'five'];

async function readiness(gateway, wanted, milliseconds = 10000) {
  for (const until = Date.now() + milliseconds; ; await sleep(100)) {
    const answer = await gateway.ask('/readyz');
    if (answer.status === wanted || Date.now() > until) return answer;
  }
}

async function labelled(gateway, name) {
  const { text } = await gateway.ask('/metrics');
  return Number(text.match(new RegExp(`^causeway_${name}\\{worker="0"\\} (\\S+)$`, 'm'))?.[1]);
}

await story('a gateway with no time for more calls', async (t) => {
  // One percent of a core: what five transcoded calls need on any machine.
  const gateway = await t.gateway({ media: { workers: 1 }, limits: { load: 1 } });
  t.equal((await readiness(gateway, 200)).text, 'ready\n', 'without calls');
  const page = await t.phone(await t.browser('chromium'), alice.token);
  await page.callMany(names, '601', 1);
  for (const name of names) await page.event(name, 'answered', 20000);

  const refused = await readiness(gateway, 503);
  t.equal([refused.status, refused.text], [503, 'overloaded\n'], 'with five calls');
  t.check(Number(refused.headers['retry-after']) > 0, 'and says when to ask again');
  t.check(await labelled(gateway, 'media_busy') > 0.009, 'the load is shown');
  t.equal(await labelled(gateway, 'media_opus_complexity'), 0, 'Opus was made cheaper before');

  await page.call('601', { name: 'more' });
  const { detail: end } = await page.event('more', 'ended');
  t.equal([end.reason, end.by, end.sipStatus], ['overloaded', 'gateway', 503], 'a page is refused');

  const silent = await new RtpPhone({}).open();
  t.atEnd(() => silent.close());
  const sipp = await Sipp.start('uac_refused', {
    directory: t.directory, target: gateway.sipTarget, user: '100',
    words: { status: 503, from: '<sip:200@127.0.0.1>', sdp: silent.sdp() },
  });
  t.atEnd(() => sipp.stop());
  await sipp.succeeded();
  const answer = await sipp.waitForMessage('SIP/2.0 503');
  t.check(Number(answer.header('Retry-After')) > 0, `a telephone is refused: Retry-After ${answer.header('Retry-After')}`);
  t.check(/cause=42/.test(answer.header('Reason') ?? ''), `and told why: ${answer.header('Reason')}`);

  const record = await gateway.record(end.id);
  t.equal([record.end.code, record.end.text], [end.reason, end.text], 'the record says the same');
  t.equal((await gateway.metrics()).call_ended_overloaded_total, 2, 'calls refused');
  t.equal((await gateway.metrics()).calls_running, names.length, 'calls that go on');

  await page.endMany(names);
  for (const name of names) t.equal((await page.event(name, 'ended')).detail.reason, 'hangup', `${name} ends by its page`);
  t.equal((await readiness(gateway, 200)).text, 'ready\n', 'afterwards');
  await gateway.quiet();
  await gateway.stop();
});
