// What softphones may say and what they may not, word by word: digest with SHA-256, replays, other people's
// addresses, guesses, floods and nonsense. A call that runs meanwhile does not suffer.

import { alice, bob } from '../lib/gateway.mjs';
import { RawSoftphone } from '../lib/raw_softphone.mjs';
import { sleep, story } from '../lib/story.mjs';

const registrar = 'sip:gw.example';

async function logsInWithSha256(t, phone) {
  const headers = [phone.contact()];
  const challenged = await phone.ask('REGISTER', registrar, { headers });
  t.equal(challenged.status, 401, 'REGISTER without credentials');
  const authorization = RawSoftphone.authorize(challenged.text, 'SHA-256', { user: alice.name, password: alice.token, method: 'REGISTER', uri: registrar });
  const good = await phone.ask('REGISTER', registrar, { headers: [...headers, authorization] });
  t.equal(good.status, 200, 'with a digest of SHA-256');
  t.check(/^Contact: *<sip:raw@.*expires=\d+/im.test(good.text), 'the 200 lists the device');
  t.equal((await phone.ask('REGISTER', registrar, { headers: [...headers, authorization] })).status, 401, 'the same credentials again');
  t.equal((await phone.ask('REGISTER', registrar, { headers: [`${phone.contact()};expires=5`, `Authorization: Bearer ${alice.token}`] })).status, 423, 'for five seconds');
}

async function isKeptToItsOwn(t, phone) {
  const bearer = `Authorization: Bearer ${alice.token}`;
  const theft = await phone.ask('REGISTER', registrar, { to: `sip:${bob.name}@gw.example`, headers: [phone.contact(), bearer] });
  t.equal(theft.status, 403, "alice registers bob's address");
  t.check(/^Reason:.*sip:alice@gw.example/im.test(theft.text), 'and is told which one is hers');
  const call = { to: 'sip:600@gw.example', headers: [phone.contact(), 'Content-Type: application/sdp'], body: 'v=0\r\n' };
  t.equal((await phone.ask('INVITE', 'sip:600@gw.example', { ...call, from: `sip:${bob.name}@gw.example` })).status, 403, 'alice calls as bob');
  t.equal((await phone.ask('INVITE', 'sip:600@gw.example', { ...call, from: 'sip:alice@evil.example' })).status, 403, 'alice calls from elsewhere');
  t.equal((await phone.ask('INVITE', 'sip:600@gw.example', call)).status, 488, 'an INVITE whose SDP is none');
  t.equal((await phone.ask('INVITE', 'sip:600@gw.example', { ...call, body: '' })).status, 488, 'an INVITE without an offer');
}

async function strangers(t, gateway, origin) {
  const stranger = await RawSoftphone.connect(`ws://localhost:${gateway.httpPort}/`, origin);
  t.atEnd(() => stranger.close());
  t.equal((await stranger.ask('INVITE', 'sip:600@gw.example', { headers: [stranger.contact()], body: '' })).status, 401, 'a stranger calls');
  t.equal((await stranger.ask('OPTIONS', registrar)).status, 200, 'OPTIONS');
  const unknown = await stranger.ask('FROBNICATE', registrar);
  t.check([405, 501].includes(unknown.status), `an unknown method: ${unknown.status}`);
  // Its address is also a trunk's.
  const contact = stranger.contact();
  const note = await stranger.ask('MESSAGE', 'sip:101@gw.example', { headers: [contact, 'Content-Type: text/plain'], body: 'I am your carrier' });
  t.equal(note.status, 401, 'a message in the name of a trunk: log in first');
  const mailbox = await stranger.ask('NOTIFY', 'sip:101@gw.example', {
    headers: [contact, 'Event: message-summary', 'Subscription-State: active', 'Content-Type: application/simple-message-summary'], body: 'Messages-Waiting: yes\r\n',
  });
  t.equal(mailbox.status, 403, 'voice mail in the name of a trunk');
  t.equal((await stranger.ask('REGISTER', registrar, { headers: ['Contact: <mailto:a@b.example>', `Authorization: Bearer ${alice.token}`] })).status, 400, 'a Contact that cannot be called');
  return stranger;
}

async function nonsense(t, gateway, origin) {
  const rubbish = ['', '\r\n\r\n', '\0\0\0', 'REGISTER', 'REGISTER sip:gw.example SIP/2.0\r\n', 'x'.repeat(70000),
    'REGISTER sip:gw.example SIP/2.0\r\nContent-Length: 4294967296\r\n\r\n', 'SIP/2.0 200 OK\r\n\r\n'];
  for (const words of rubbish) {
    const phone = await RawSoftphone.connect(`ws://localhost:${gateway.httpPort}/`, origin);
    phone.send(words);
    await sleep(30);
    phone.close();
  }
  const guesser = await RawSoftphone.connect(`ws://localhost:${gateway.httpPort}/`, origin);
  t.atEnd(() => guesser.close());
  const statuses = [];
  for (let i = 0; i < 14; ++i) {
    statuses.push((await guesser.ask('REGISTER', registrar, { headers: [guesser.contact(), `Authorization: Bearer guess${i}`] })).status);
  }
  t.check(statuses.includes(503), `who guesses passwords must wait: ${statuses}`);
  const { softphone_wrong_password_total: wrong } = await gateway.metrics();
  t.check(wrong >= 10, `wrong passwords are counted: ${wrong}`);
}

await story('a hostile softphone harms nobody', async (t) => {
  const gateway = await t.gateway({
    sip: { websocket: true, domain: 'gw.example' },
    trunks: [{ name: 'neighbour', address: '127.0.0.1:9', sources: ['127.0.0.1'] }],
  });
  const { origin } = await t.site();
  const browser = await t.browser('chromium');
  const page = await t.phone(browser, bob.token);
  await page.call('601');
  await page.event('601', 'answered');
  const phone = await RawSoftphone.connect(`ws://localhost:${gateway.httpPort}/`, origin);
  t.atEnd(() => phone.close());
  await logsInWithSha256(t, phone);
  await isKeptToItsOwn(t, phone);
  await strangers(t, gateway, origin);
  await nonsense(t, gateway, origin);
  t.check(!(await page.events('601')).includes('ended'), 'the call beside it still runs');
  await page.hangUp('601');
  phone.close();
  await gateway.quiet();
  await gateway.stop();
});
