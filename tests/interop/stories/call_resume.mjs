// Calls outlive what happens to pages: the WebSocket is cut, the network changes, the page is loaded again; the tone
// is heard after each. A page that does not come back ends its call when the time is over. A secret works once.

import { expectTone } from '../lib/expect_sound.mjs';
import { alice } from '../lib/gateway.mjs';
import { CuttableWire } from '../lib/cuttable.mjs';
import { PagePhone } from '../lib/page_phone.mjs';
import { sleep, story } from '../lib/story.mjs';

const kResumeTime = 6;

async function hears(t, phone, name, frequency, when) {
  await sleep(700);
  await phone.forget(name);
  await sleep(3700);
  expectTone(t, `the page ${when}`, await phone.heard(name), { frequency, level: -20, seconds: 2.5 });
}

function connect(page, wire) {
  return PagePhone.connect(page, wire.url, { token: alice.token, reconnect: true });
}

await story('calls that outlive connections and pages', async (t) => {
  const gateway = await t.gateway({ http: { resume_time: kResumeTime } });
  const wire = await CuttableWire.start(gateway.httpPort);
  t.atEnd(() => wire.close());
  const browser = await t.browser('chromium');
  const page = await browser.open((await t.site()).url);
  let phone = await connect(page, wire);
  const { id } = await phone.call('600', { frequency: 800 });
  await phone.event('600', 'answered');
  await hears(t, phone, '600', 800, 'at first');

  wire.cut(1500);
  await phone.event('600', 'reconnecting');
  await phone.event('600', 'reconnected');
  t.check(!(await phone.events('600')).includes('ended'), 'the connection was cut and the call goes on');
  await hears(t, phone, '600', 800, 'after the cut');

  await page.evaluate(() => dispatchEvent(new Event('online')));
  await sleep(1500);
  t.equal((await phone.events('600')).filter((type) => type === 'reconnected').length, 2, 'the network changed');
  await hears(t, phone, '600', 800, 'on the new path');

  await page.reload({ waitUntil: 'load' });
  phone = await connect(page, wire);
  const resumed = await phone.resume('again', { frequency: 900 });
  t.equal([resumed.id, resumed.state, resumed.to], [id, 'answered', '600'], 'the page was loaded again and has its call');
  await hears(t, phone, 'again', 900, 'that was loaded again');
  await phone.hangUp('again');
  const record = await gateway.record(id);
  t.equal([record.end.code, record.end.by, record.resumed], ['hangup', 'browser', 3], 'one record of one call');
  t.check(record.identity.reason.includes('another certificate'), 'which says that the certificate changed');

  const left = await phone.call('601');
  await phone.event('601', 'answered');
  const begin = Date.now();
  await page.close();
  const end = (await gateway.record(left.id, 1000 * (kResumeTime + 6))).end;
  const waited = (Date.now() - begin) / 1000;
  t.equal([end.code, end.by], ['page-gone', 'browser'], `a page that stays away ends its call, after ${waited.toFixed(1)} s`);
  t.check(waited > kResumeTime - 1, 'and not before its time');
  await gateway.quiet();
});
