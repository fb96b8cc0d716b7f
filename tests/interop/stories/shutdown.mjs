// SIGTERM during calls: every telephone gets a BYE that says why, every page is told, and the gateway ends well.

import { alice } from '../lib/gateway.mjs';
import { RtpPhone } from '../lib/rtp_phone.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { story } from '../lib/story.mjs';

await story('the gateway is told to stop during calls', async (t) => {
  const sound = await new RtpPhone().open();
  t.atEnd(() => sound.close());
  const sipp = await Sipp.start('uas_answer', { directory: t.directory, words: { sdp: sound.sdp(), ring_ms: 100 } });
  t.atEnd(() => sipp.stop());
  const gateway = await t.gateway({
    trunks: [{ name: 'telephone', address: `127.0.0.1:${sipp.port}` }],
    routes: [{ to: '200', target: 'trunk telephone' }, { to: '60?', target: 'demo' }],
  });
  const page = await t.phone(await t.browser('chromium'), alice.token);
  await page.call('200', { name: 'talking' });
  sound.speakTo((await sipp.waitForMessage('INVITE')).audioPort);
  await page.event('talking', 'answered');
  await page.call('604', { name: 'ringing' });
  await page.event('ringing', 'ringing');

  const begin = Date.now();
  const stopped = gateway.stop();
  for (const name of ['talking', 'ringing']) {
    const end = (await page.event(name, 'ended')).detail;
    t.equal([end.reason, end.by], ['shutting-down', 'gateway'], `the call that was ${name}`);
  }
  await sipp.succeeded();
  const bye = await sipp.waitForMessage('BYE');
  t.check(/cause=41/.test(bye.header('Reason') ?? ''), `BYE says why: ${bye.header('Reason')}`);
  await stopped;
  t.check(Date.now() - begin < 5000, `stopped with status 0 after ${Date.now() - begin} ms`);
  t.equal(gateway.calls().map((call) => call.end.code), ['shutting-down', 'shutting-down'], 'the records');
});
