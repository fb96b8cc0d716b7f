// Kamailio stands between the gateway and its telephones, as proxy and registrar: it asks for a password, stays in the
// path, rings all telephones of a number, and sends callers elsewhere (302). A browser calls them, one of them calls the
// browser.

import { alice } from '../lib/gateway.mjs';
import { Baresip, baresipTone } from '../lib/baresip.mjs';
import { expectTone } from '../lib/expect_sound.mjs';
import { freePort } from '../lib/free_port.mjs';
import { Kamailio } from '../lib/kamailio.mjs';
import { sleep, story } from '../lib/story.mjs';

const password = 'in-the-house';
const voice = 700;
const seconds = 5;

async function hearEachOther(t, phone, name, telephone) {
  await sleep(1000 * (seconds + 2.5));
  expectTone(t, 'the browser', await phone.heard(name), { ...baresipTone, seconds });
  expectTone(t, `the ${telephone.name}`, telephone.heard(), { frequency: voice, level: -20, seconds });
}

async function bothRing(t, kamailio, gateway, phone, [first, second]) {
  await phone.call('300', { frequency: voice, level: -20 });
  await Promise.all([first.event('CALL_INCOMING'), second.event('CALL_INCOMING')]);
  t.say('both telephones of the number ring');
  await phone.event('300', 'ringing');
  await second.accept();
  await phone.event('300', 'answered');
  await first.event('CALL_CLOSED');
  t.say('the other one is silent again');
  await hearEachOther(t, phone, '300', second);
  await phone.hangUp('300');
  const { id } = (await phone.event('300', 'ended')).detail;
  await second.event('CALL_CLOSED');
  const record = await gateway.record(id);
  t.equal(record.end.code, 'hangup', 'its record');
  t.check(kamailio.log.includes(`passes: BYE of ${record.sip_call_id}`), 'the BYE went by the proxy (Record-Route)');
}

/// The exchange is a redirect server for this number.
async function itSendsElsewhere(t, gateway, phone, [first, second]) {
  await phone.call('350', { frequency: voice, level: -20 });
  await Promise.all([first.event('CALL_INCOMING'), second.event('CALL_INCOMING')]);
  await first.accept();
  await phone.event('350', 'answered');
  await second.event('CALL_CLOSED');
  await first.event('CALL_ESTABLISHED');
  t.say('ok    302: the trunk says same-trunk, and the telephones of the new number ring');
  await hearEachOther(t, phone, '350', first);
  await phone.hangUp('350');
  const { id } = (await phone.event('350', 'ended')).detail;
  await first.event('CALL_CLOSED');
  t.equal((await gateway.record(id)).redirected_to, '300', 'its record names the new number');

  await phone.call('351');
  const circle = (await phone.event('351', 'ended')).detail;
  t.equal([circle.sipStatus, circle.by], [302, 'sip'], `a circle is not followed: ${circle.text}`);
  await phone.call('352');
  const refused = (await phone.event('352', 'ended')).detail;
  t.equal([refused.sipStatus, refused.by], [302, 'sip'], `nor is any 302 of a trunk without redirects: ${refused.text}`);
}

async function aTelephoneCalls(t, phone, telephone, exchange) {
  await telephone.dial(`sip:100@${exchange}`);
  await phone.incoming('from-telephone');
  await phone.accept('from-telephone', { frequency: voice, level: -20 });
  await phone.event('from-telephone', 'answered');
  await telephone.event('CALL_ESTABLISHED');
  await hearEachOther(t, phone, 'from-telephone', telephone);
  await telephone.hangUp();
  const { detail } = await phone.event('from-telephone', 'ended');
  t.equal([detail.reason, detail.by], ['hangup', 'sip'], 'the telephone hangs up through the proxy');
}

await story('Kamailio in front, as proxy and registrar', async (t) => {
  const port = await freePort();
  const exchange = `127.0.0.1:${port}`;
  const gateway = await t.gateway({
    users: [{ ...alice, numbers: ['100'] }],
    trunks: [
      { name: 'exchange', address: exchange, username: 'gateway', password, codecs: ['pcma'], redirects: 'same-trunk' },
      { name: 'plain', address: exchange, username: 'gateway', password, codecs: ['pcma'], sources: [] },
      { name: 'stranger', address: exchange, username: 'gateway', password: 'a guess', codecs: ['pcma'], sources: [] },
    ],
    routes: [
      { to: '300', target: 'trunk exchange' },
      { to: '301', target: 'trunk stranger', rewrite_to: '300' },
      { to: '350', target: 'trunk exchange' },
      { to: '351', target: 'trunk exchange' },
      { to: '352', target: 'trunk plain', rewrite_to: '350' },
      { to: '399', target: 'trunk exchange' },
    ],
  });
  const kamailio = await Kamailio.startExchange({ directory: t.directory, port, gateway: gateway.sipPort, password });
  t.atEnd(() => kamailio.stop());
  const telephones = [];
  for (const name of ['kitchen', 'office']) {
    const telephone = await Baresip.start({
      directory: t.directory, number: '300', name, answer: 'manual', codecs: 'pcma/8000/1', exchange, password,
    });
    t.atEnd(() => telephone.stop());
    telephones.push(telephone);
  }
  const phone = await t.phone(await t.browser('chromium'), alice.token);
  await bothRing(t, kamailio, gateway, phone, telephones);
  await itSendsElsewhere(t, gateway, phone, telephones);
  await aTelephoneCalls(t, phone, telephones[0], exchange);

  await phone.call('399');
  const nobody = (await phone.event('399', 'ended')).detail;
  t.equal([nobody.sipStatus, nobody.by], [404, 'sip'], `nobody is registered there: ${nobody.text}`);
  await phone.call('301');
  const guessed = (await phone.event('301', 'ended')).detail;
  t.equal([guessed.sipStatus, guessed.by], [407, 'sip'], `a wrong password is answered once: ${guessed.text}`);
  await gateway.quiet();
  await gateway.stop();
});
