// Short messages both ways (RFC 3428), OPTIONS, a body in parts, what is refused, and voice mail news (RFC 3842).

import { alice } from '../lib/gateway.mjs';
import { RawPage } from '../lib/raw_page.mjs';
import { RtpPhone } from '../lib/rtp_phone.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { story } from '../lib/story.mjs';

await story('Messages between pages and telephones', async (t) => {
  const start = async (scenario, options = {}) => {
    const sipp = await Sipp.start(scenario, { directory: t.directory, ...options, words: { from: '"Desk" <sip:200@127.0.0.1>', ...options.words } });
    t.atEnd(() => sipp.stop());
    return sipp;
  };
  const reader = await start('uas_message', { words: { status: '200 OK' } });
  const stranger = await start('uas_message', { words: { status: '404 Not Found' } });
  const gateway = await t.gateway({
    trunks: [
      { name: 'reader', address: `127.0.0.1:${reader.port}`, sources: ['127.0.0.1'] },
      { name: 'nobody', address: `127.0.0.1:${stranger.port}`, sources: ['127.0.0.7'] },
    ],
    routes: [{ to: '300', target: 'trunk reader' }, { to: '301', target: 'trunk nobody' }],
  });
  const page = await RawPage.login(gateway, alice.token);
  const towards = { target: gateway.sipTarget, user: '100' };

  page.say({ type: 'message', id: 'm1', to: '300', text: 'Grüße, on my way.' });
  t.equal((await page.hear('message_sent')).delivered, true, 'a page writes to a telephone');
  const [message] = reader.received('MESSAGE');
  t.equal([message.header('Content-Type'), message.text.split(/\r?\n\r?\n/)[1].trim()],
    ['text/plain;charset=UTF-8', 'Grüße, on my way.'], 'and this is what comes');
  t.check(/sip:100@/.test(message.header('From')), `from its own number: ${message.header('From')}`);
  await reader.succeeded();

  page.say({ type: 'message', id: 'm2', to: '301', text: 'Anybody?' });
  const refused = await page.hear('message_sent');
  t.equal([refused.id, refused.delivered, refused.reason, refused.sip_status], ['m2', false, 'not-found', 404], 'a refusal is told');
  page.say({ type: 'message', id: 'm3', to: '999', text: 'Anybody?' });
  t.equal((await page.hear('message_sent')).reason, 'not-found', 'where no route leads, nothing is sent');
  page.say({ type: 'message', id: 'm4', to: '300', text: 'x'.repeat(1301) });
  t.equal((await page.hear('error')).field, 'text', '1301 bytes are too many');

  await (await start('uac_message', { ...towards, words: { text: 'Back at five.', type: 'text/plain', status: 200 } })).succeeded();
  const text = await page.hear('message');
  // SIPp ends its body with the line.
  t.equal([text.from, text.to, text.text.trim()], ['200', '100', 'Back at five.'], 'a telephone writes to the page');
  await (await start('uac_message', { ...towards, words: { text: '<b>x</b>', type: 'text/html', status: 415 } })).succeeded();
  await (await start('uac_message', { ...towards, words: { text: 'y'.repeat(1400), type: 'text/plain', status: 413 } })).succeeded();
  await (await start('uac_message', { ...towards, user: '999', words: { text: 'z', type: 'text/plain', status: 404 } })).succeeded();
  await (await start('uac_message', { ...towards, user: '101', words: { text: 'z', type: 'text/plain', status: 480 } })).succeeded();
  t.say('ok    415, 413, 404 and 480 where they are due');

  await (await start('uac_options', towards)).succeeded();
  await (await start('uac_max_forwards', towards)).succeeded();
  t.say('ok    OPTIONS says what the gateway can do, also at the end of its hops');

  const mailbox = await start('uac_mwi', { ...towards, words: { waiting: 'yes', counts: '2/8 (1/0)' } });
  await mailbox.succeeded();
  const news = await page.hear('messages_waiting');
  t.equal([news.account, news.waiting, news.new_messages, news.old_messages, news.urgent_messages], ['100', true, 2, 8, 1],
    'voice mail is told to the page');
  const later = await RawPage.login(gateway, alice.token);
  t.equal((await later.hear('messages_waiting')).new_messages, 2, 'also to one that comes later');
  later.close();

  const phone = await new RtpPhone().open();
  t.atEnd(() => phone.close());
  const parts = await start('uac_multipart', { ...towards, words: { sdp: phone.sdp() } });
  const ringing = await page.hear('incoming');
  t.equal(ringing.from, '200', 'a description inside of multipart/mixed is found: it rings');
  page.say({ type: 'decline', call: ringing.call });
  await parts.waitForMessage('SIP/2.0 603');
  parts.stop();
  page.close();
  await gateway.quiet();
});
