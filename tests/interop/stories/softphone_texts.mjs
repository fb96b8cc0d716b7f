// A softphone writes and is written to (RFC 3428), and subscribes to its voice mail (RFC 3842), with its library's own
// means. `node softphone_texts.mjs jssip|sipjs`.

import { alice, bob } from '../lib/gateway.mjs';
import { RawPage } from '../lib/raw_page.mjs';
import { RawSoftphone } from '../lib/raw_softphone.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { Softphone } from '../lib/softphone.mjs';
import { story } from '../lib/story.mjs';

const library = process.argv[2] ?? 'jssip';

async function writes(t, phone, reader, page) {
  await phone.tell('message', '300', 'Grüße, on my way.');
  const [message] = reader.received('MESSAGE');
  t.equal([message.header('Content-Type'), message.text.split(/\r?\n\r?\n/)[1].trim()],
    ['text/plain;charset=UTF-8', 'Grüße, on my way.'], 'a softphone writes to a telephone');
  t.check(/sip:100@/.test(message.header('From')), `from its own number: ${message.header('From')}`);
  await reader.succeeded();
  await phone.tell('message', bob.name, 'Are you there?');
  const news = await page.hear('message');
  t.equal([news.from, news.from_display, news.text, news.caller.attest], ['100', 'Alice', 'Are you there?', 'network-asserted'],
    'and to another user, whose page hears it');

  const refusal = (to, text) => phone.tell('message', to, text).then(() => 'delivered', (error) => error.message.split('\n')[0]);
  t.check(/404/.test(await refusal('301', 'Anybody?')), 'the telephone refuses with 404');
  t.check(/404/.test(await refusal('999', 'Anybody?')), 'no route leads there');
  t.check(/413/.test(await refusal('300', 'x'.repeat(1301))), '1301 bytes are too many');
  t.check(/480/.test(await refusal(alice.name, 'Myself?')), 'nobody else is there');
}

async function isWrittenTo(t, phone, page, towards) {
  const seen = [];
  const next = async () => (seen.push(await phone.event('', 'message', 8000, seen.length)), seen.at(-1));
  await (await towards('uac_message', { text: 'Back at five.', type: 'text/plain', status: 200 })).succeeded();
  const text = await next();
  t.equal([text.from, text.text.trim()], ['200', 'Back at five.'], 'a telephone writes to the softphone');
  page.say({ type: 'message', id: 'm1', to: '100', text: 'Yes, here.' });
  t.equal((await page.hear('message_sent')).delivered, true, "bob's page writes back");
  const answer = await next();
  t.equal([answer.from, answer.text], ['101', 'Yes, here.'], 'and the softphone has it');
}

async function hearsOfItsMail(t, gateway, phone, towards) {
  const mailbox = async (count, what = 'mailbox') => (await phone.event('', what, 8000, count)).text;
  await phone.tell('subscribe', alice.name);
  t.equal(await mailbox(0), 'Messages-Waiting: no\r\n', 'subscribed: nothing is known yet');
  await (await towards('uac_mwi', { waiting: 'yes', counts: '2/8 (1/0)' })).succeeded();
  t.equal(await mailbox(1), 'Messages-Waiting: yes\r\nMessage-Account: sip:100@gw.example\r\nVoice-Message: 2/8 (1/0)\r\n',
    'voice mail of its trunk is told');
  await phone.tell('refresh');
  t.check(/yes/.test(await mailbox(2)), 'and once more after a refresh');
  await phone.tell('unsubscribe');
  // SIP.js listens no more once it has said so.
  if (library === 'jssip') t.check(/yes/.test(await mailbox(0, 'last mailbox')), 'the last NOTIFY says so, too');
  await phone.event('', 'subscription over');
  await (await towards('uac_mwi', { waiting: 'no', counts: '0/8 (0/0)' })).succeeded();

  await phone.tell('subscribe', bob.name);
  await phone.event('', 'subscription over', 8000, 1);
  t.equal((await gateway.metrics()).softphone_foreign_address_total, 1, "bob's mailbox is bob's");
  t.equal((await phone.events('')).filter((what) => what === 'mailbox').length, 3, 'who has left is told nothing');
}

/// Word by word.
async function isBounded(t, gateway) {
  const { origin } = await t.site();
  const raw = await RawSoftphone.connect(`ws://localhost:${gateway.httpPort}/`, origin);
  t.atEnd(() => raw.close());
  const bearer = `Authorization: Bearer ${alice.token}`;
  const ask = (expires, more = [bearer], uri = 'sip:alice@gw.example') => raw.ask('SUBSCRIBE', uri, {
    headers: [raw.contact(), 'Event: message-summary', 'Accept: application/simple-message-summary', `Expires: ${expires}`, ...more],
  });
  t.equal((await ask(600, [])).status, 401, 'SUBSCRIBE without credentials');
  const brief = await ask(5);
  t.check(brief.status === 423 && /^Min-Expires: 60/im.test(brief.text), 'for five seconds: 423');
  const long = await ask(1000000);
  t.equal([long.status, long.text.match(/^Expires: *(\d+)/im)?.[1]], [200, '3600'], 'for ever is one hour');
  t.check(/Messages-Waiting: no/.test((await raw.hear('NOTIFY')).text), 'with its NOTIFY');
  t.equal((await ask(0)).status, 200, 'asked once, not to be told again');
  t.check(/^Subscription-State: *terminated/im.test((await raw.hear('NOTIFY')).text), 'the NOTIFY is the last one');
  const statuses = [];
  for (let i = 0; i < 12; ++i) statuses.push((await ask(600)).status);
  t.equal(statuses.filter((status) => status === 200).length, 9, `ten subscriptions of one user: ${statuses}`);
  t.equal((await raw.ask('SUBSCRIBE', 'sip:alice@gw.example', { headers: [raw.contact(), 'Event: presence', bearer] })).status, 489, 'of presence nothing is known');
  t.equal((await raw.ask('MESSAGE', 'sip:300@gw.example', { headers: ['Content-Type: text/html'], body: '<b>x</b>' })).status, 415, 'text/html');
  t.equal((await raw.ask('MESSAGE', 'sip:300@gw.example', { from: 'sip:bob@gw.example', headers: ['Content-Type: text/plain'], body: 'I am bob' })).status, 403, 'alice writes as bob');
}

await story(`Messages and voice mail of softphones (${library})`, async (t) => {
  const start = async (scenario, options = {}) => {
    const sipp = await Sipp.start(scenario, { directory: t.directory, ...options, words: { from: '"Desk" <sip:200@127.0.0.1>', ...options.words } });
    t.atEnd(() => sipp.stop());
    return sipp;
  };
  const reader = await start('uas_message', { words: { status: '200 OK' } });
  const stranger = await start('uas_message', { words: { status: '404 Not Found' } });
  const gateway = await t.gateway({
    sip: { websocket: true, domain: 'gw.example' },
    trunks: [
      { name: 'reader', address: `127.0.0.1:${reader.port}`, sources: ['127.0.0.1'] },
      { name: 'nobody', address: `127.0.0.1:${stranger.port}`, sources: ['127.0.0.7'] },
    ],
    routes: [{ to: '300', target: 'trunk reader' }, { to: '301', target: 'trunk nobody' }],
  });
  const towards = (scenario, words) => start(scenario, { target: gateway.sipTarget, user: '100', words });
  const page = await RawPage.login(gateway, bob.token);
  const phone = await Softphone.registered(t, await t.browser('chromium'), {
    library, user: alice.name, domain: 'gw.example', password: alice.token, url: `ws://localhost:${gateway.httpPort}/`,
  });
  await writes(t, phone, reader, page);
  await isWrittenTo(t, phone, page, towards);
  await hearsOfItsMail(t, gateway, phone, towards);
  await phone.tell('stop');
  await isBounded(t, gateway);
  page.close();
  await gateway.quiet();
  await gateway.stop();
});
