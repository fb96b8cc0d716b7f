// The torture messages of RFC 4475, written anew by their descriptions: each with the answers that it may get from a
// user agent server that knows no number `user`, and a way to send them by UDP, TCP or WebSocket.

import dgram from 'node:dgram';
import net from 'node:net';
import WebSocket from 'ws';

const kSdp = 'v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 40000 RTP/AVP 0\n';
const kSdpType = 'Content-Type: application/sdp\n';
const kSilence = '';

/// $ME is the sender's place, $T its transport, $N the message's own name, $LENGTH a fitting Content-Length.
const request = (line, cseq, more = '', body = '') => `${line}\nVia: SIP/2.0/$T $ME;branch=z9hG4bK$N;rport\nMax-Forwards: 70
From: <sip:caller@example.net>;tag=from$N\nTo: <sip:user@example.com>\nCall-ID: $N@torture\nCSeq: ${cseq}
Contact: <sip:caller@$ME>\n${more}$LENGTH\n\n${body}`;

const invite = (more = '', body = kSdp) => request('INVITE sip:user@example.com SIP/2.0', '8 INVITE', kSdpType + more, body);
const options = (more = '') => request('OPTIONS sip:user@example.com SIP/2.0', '8 OPTIONS', more);
const register = (more, cseq = '8') => request('REGISTER sip:example.com SIP/2.0', `${cseq} REGISTER`, more);

// What the gateway says to a good call (of softphones: log in), a registration of a telephone, and what nobody can read.
const kCall = ['404', '480', '403', '401'];
const kRegister = ['403', '405', '401', '404', '400'];
const kBad = ['400', kSilence];

/// [section, name, answers allowed, text]; one that only makes sense by datagrams has a fifth: 'udp'.
const messages = [
  ['3.1.1.1', 'wsinv', ['481'], `INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0
TO :\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n
From   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>\n  ;\n  tag = 98asjd8
MaX-fOrWaRdS: 0068\nCall-ID: wsinv.$N\n$LENGTH\ncseq: 0009\n  INVITE
Via  : SIP  /   2.0\n /$T\n    $ME;branch=390skdjuw\ns :\nNewFangledHeader:   newfangled value
 continued newfangled value\nUnknownHeaderWithUnusualValue: ;;,,;;,;\nContent-Type: application/sdp
Route:\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>
v:  SIP  / 2.0  / TCP     spindle.example.com   ;\n  branch  =   z9hG4bK9ikj8  ,
 SIP  /    2.0   / UDP  192.168.255.111   ; branch=\n z9hG4bK30239
m:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =\n      newvalue ;\n  secondparam ; q = 0.33\n\n${kSdp}`],
  // Departure: the stack's parser cannot read this Request-URI and says nothing.
  ['3.1.1.2', 'intmeth', ['501', '405', kSilence], request(
    "!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0",
    "139122385 !interesting-Method0123456789_*+`.%indeed'~", "extensionHeader-!.%*+_`'~:\u{feff}\n")],
  ['3.1.1.3', 'esc01', kCall, request('INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0', '234234 INVITE', kSdpType, kSdp)],
  ['3.1.1.4', 'escnull', kRegister, register('Contact: <sip:%00@host5.example.com>\n', '14398234')],
  ['3.1.1.5', 'esc02', ['501', '405'], request('RE%47IST%45R sip:registrar.example.com SIP/2.0', '29344 RE%47IST%45R')],
  ['3.1.1.6', 'lwsdisp', ['200'], `OPTIONS sip:user@example.com SIP/2.0\nTo: sip:user@example.com
From: caller<sip:caller@example.com>;tag=323\nMax-Forwards: 70\nCall-ID: lwsdisp.$N\nCSeq: 60 OPTIONS
Via: SIP/2.0/$T $ME;branch=z9hG4bKkdjuw$N\nl: 0\n\n`],
  ['3.1.1.7', 'longreq', kCall, invite(`Contact: <sip:${'amazinglylongcallername'.repeat(5)}@$ME>
Unknown-${'Long'.repeat(40)}-Name: unknown-${'long'.repeat(60)}-value\n`).replace('Contact: <sip:caller@$ME>\n', '')],
  ['3.1.1.8', 'dblreq', ['200'], `${options()}INVITE sip:joe@example.com SIP/2.0\n`, 'udp'],
  ['3.1.1.9', 'semiuri', ['200'], request('OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0', '8 OPTIONS')],
  ['3.1.1.10', 'transports', ['200'], options('Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf\nVia: SIP/2.0/UNKNOWN t6.example.com\n')],
  ['3.1.1.11', 'mpart01', ['415', '200', '403', '404', '480'], request('MESSAGE sip:kumiko@example.org SIP/2.0', '127753 MESSAGE',
    'Content-Type: multipart/mixed;boundary=7a9cbec02ceef655\n', `--7a9cbec02ceef655
Content-Type: text/plain\nContent-Transfer-Encoding: binary\n\nHello\n--7a9cbec02ceef655
Content-Type: application/octet-stream\n\n\u0001\u0002\n--7a9cbec02ceef655--\n`)],
  ['3.1.1.12', 'unreason', [kSilence], `SIP/2.0 200 = 2**3 * 5**2 \u043d\u043e \u0441\u0442\u043e
Via: SIP/2.0/$T $ME;branch=z9hG4bK1324923\nCall-ID: unreason.$N\nCSeq: 35 INVITE\nFrom: <sip:user@example.com>;tag=11141343
To: <sip:user@example.edu>;tag=2229\nContact: <sip:user@$ME>\n$LENGTH\n\n`],
  ['3.1.1.13', 'noreason', [kSilence], `SIP/2.0 100 \nVia: SIP/2.0/$T $ME;branch=z9hG4bK2398ndaoe\nCall-ID: noreason.$N
CSeq: 35 INVITE\nFrom: <sip:user@example.com>;tag=39ansfi3\nTo: <sip:user@example.edu>;tag=902jndnke3\n$LENGTH\n\n`],
  ['3.1.2.1', 'badinv01', kBad, invite('Contact: "Joe" <sip:joe@example.org>;;;;\nContact: <sip:a@$ME>;;,;,,\n')],
  ['3.1.2.2', 'clerr', kBad, invite().replace('$LENGTH', 'Content-Length: 9999'), 'udp'],
  ['3.1.2.3', 'ncl', kBad, invite().replace('$LENGTH', 'Content-Length: -999')],
  ['3.1.2.4', 'scalar02', ['400', '405', '403', kSilence], register('Expires: 10000000000000000000000000000000000000000000000\n', '36893488147419103232')],
  ['3.1.2.5', 'scalarlg', [kSilence], `SIP/2.0 503 Service Unavailable\nVia: SIP/2.0/$T $ME;branch=z9hG4bKzzxdiwo34sw;received=192.0.2.129
To: <sip:user@example.com>\nFrom: <sip:other@example.net>;tag=2easdjfejw\nCSeq: 9292394834772304023312 OPTIONS
Call-ID: scalarlg.$N\nRetry-After: 949302838503028349304023988\nWarning: 1812 overture "In Progress"\nl: 0\n\n`],
  ['3.1.2.6', 'quotbal', [...kCall, ...kBad], invite().replace('To: <sip:user@example.com>', 'To: "Mr. J. User <sip:user@example.com>')],
  ['3.1.2.7', 'ltgtruri', ['416', ...kBad], request('INVITE <sip:user@example.com> SIP/2.0', '8 INVITE', kSdpType, kSdp)],
  ['3.1.2.8', 'lwsruri', kBad, request('INVITE sip:user@example.com; lr SIP/2.0', '8 INVITE', kSdpType, kSdp)],
  ['3.1.2.9', 'lwsstart', [...kCall, ...kBad], request('INVITE  sip:user@example.com  SIP/2.0', '8 INVITE', kSdpType, kSdp)],
  ['3.1.2.10', 'trws', ['200', ...kBad], request('OPTIONS sip:user@example.com SIP/2.0  ', '238923 OPTIONS')],
  ['3.1.2.11', 'escruri', [...kCall, ...kBad], request('INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0', '149209342 INVITE', kSdpType, kSdp)],
  ['3.1.2.12', 'baddate', [...kCall, ...kBad], invite('Date: Fri, 01 Jan 2010 16:00:00 EST\n')],
  ['3.1.2.13', 'regbadct', kRegister, register('Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E\n')],
  ['3.1.2.14', 'badaspec', ['200', ...kBad], options().replace('To: <sip:user@example.com>', 'To: "Watson, Thomas" < sip:t.watson@example.org >')],
  ['3.1.2.15', 'baddn', ['200', ...kBad], options().replace('From: <', 'From: Bell, Alexander <')],
  ['3.1.2.16', 'badvers', ['505', ...kBad], request('OPTIONS sip:t.watson@example.org SIP/7.0', '8 OPTIONS')],
  ['3.1.2.17', 'mismatch01', kBad, request('OPTIONS sip:user@example.com SIP/2.0', '8 INVITE')],
  ['3.1.2.18', 'mismatch02', ['501', ...kBad], request('NEWMETHOD sip:user@example.com SIP/2.0', '8 INVITE')],
  ['3.1.2.19', 'bigcode', [kSilence], `SIP/2.0 4294967301 better not break the receiver\nVia: SIP/2.0/$T $ME;branch=z9hG4bK2398ndaoe
Call-ID: bigcode.$N\nCSeq: 353494 INVITE\nFrom: <sip:user@example.com>;tag=39ansfi3\nTo: <sip:user@example.edu>;tag=902jndnke3
Content-Length: 0\nContact: <sip:user@host105.example.com>\n\n`],
  ['3.2.1', 'badbranch', ['200'], options().replace('z9hG4bK$N', 'z9hG4bK')],
  ['3.3.1', 'insuf', kBad, `INVITE sip:user@example.com SIP/2.0\nCSeq: 193942 INVITE\nVia: SIP/2.0/$T $ME;branch=z9hG4bKkdj.insuf$N
Content-Type: application/sdp\n$LENGTH\n\n${kSdp}`],
  ['3.3.2', 'unkscm', ['416', '400'], request('OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0', '3923423 OPTIONS')],
  ['3.3.3', 'novelsc', ['416', '400'], request('OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0', '3923423 OPTIONS')],
  ['3.3.4', 'unksm2', kRegister, register('', '234902').replace('To: <sip:user@example.com>', 'To: isbn:2983792873')],
  ['3.3.5', 'bext01', ['420'], options('Require: nothingSupportsThis, nothingSupportsThisEither\n')],
  ['3.3.6', 'invut', ['415', '403'], invite('', '<audio/>\n').replace('application/sdp', 'application/unknownformat')],
  ['3.3.7', 'regaut01', kRegister, register('Authorization: NoOneKnowsThisScheme opaque-data=here\n', '9338')],
  ['3.3.8', 'multi01', kBad, invite('CSeq: 59 INVITE\nFrom: <sip:other.caller@example.net>;tag=4\nTo: <sip:second.user@example.net>\nMax-Forwards: 5\n')],
  ['3.3.9', 'mcl01', kBad, `${options('Content-Length: 13\n')}There's no way to know\n`, 'udp'],
  ['3.3.10', 'bcast', [kSilence], `SIP/2.0 200 OK\nVia: SIP/2.0/$T 192.0.2.198;branch=z9hG4bK1324923
Via: SIP/2.0/$T 255.255.255.255;branch=z9hG4bK1saber23\nCall-ID: bcast.$N\nCSeq: 1 INVITE\nFrom: <sip:user@example.com>;tag=8
To: <sip:user@example.net>;tag=2\nContact: <sip:user@$ME>\nContent-Type: application/sdp\n$LENGTH\n\n${kSdp}`],
  ['3.3.11', 'zeromf', ['200', '483'], options().replace('Max-Forwards: 70', 'Max-Forwards: 0')],
  ['3.3.12', 'cparam01', kRegister, register('Contact: sip:+19725552222@gw1.example.net;unknownparam\n', '11')],
  ['3.3.13', 'cparam02', kRegister, register('Contact: <sip:+19725552222@gw1.example.net;unknownparam>\n', '12')],
  ['3.3.14', 'regescrt', kRegister, register('Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>\n', '14')],
  ['3.3.15', 'sdp01', ['406', '400', ...kCall], invite('Accept: text/nobodyKnowsThis\n')],
  ['3.4.1', 'inv2543', ['400', ...kCall], `INVITE sip:UserB@example.com SIP/2.0\nVia: SIP/2.0/$T $ME\nFrom: <sip:caller@example.net>
Record-Route: <sip:$ME;branch=z9hG4bK5>\nTo: <sip:user@example.com>\nCall-ID: inv2543.$N\nContact: <sip:a@$ME>\nCSeq: 56 INVITE
Content-Type: application/sdp\n$LENGTH\n\n${kSdp}`],
].map(([section, name, allowed, text, only]) => ({ section, name, allowed, text, only }));

let serial = 0;

function fill(text, name, transport, me) {
  const lines = text.replaceAll('$N', `${name}${++serial}`).replaceAll('$ME', me).replaceAll('$T', transport).replaceAll('\n', '\r\n');
  const body = Buffer.byteLength(lines.slice(lines.indexOf('\r\n\r\n') + 4));
  return lines.replace('$LENGTH', `Content-Length: ${body}`);
}

/// A way to the gateway for one message: send(text), and answers(), all bytes that came back.
const doors = {
  async udp(gateway, address) {
    const socket = dgram.createSocket('udp4');
    await new Promise((resolve) => socket.bind(0, address, resolve));
    let came = '';
    socket.on('message', (bytes) => (came += `\n${bytes}`));
    return {
      me: `${address}:${socket.address().port}`, transport: 'UDP', answers: () => came, close: () => socket.close(),
      send: (text) => socket.send(text, gateway.sipPort, '127.0.0.1'),
    };
  },
  async tcp(gateway, address) {
    const socket = net.connect({ port: gateway.sipPort, host: '127.0.0.1', localAddress: address });
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('connect', resolve));
    let came = '';
    socket.on('data', (bytes) => (came += `\n${bytes}`));
    return {
      me: `${address}:${socket.localPort}`, transport: 'TCP', answers: () => came, close: () => socket.destroy(),
      send: (text) => socket.write(text),
    };
  },
  async ws(gateway, origin) {
    const socket = new WebSocket(gateway.socketUrl, ['sip'], { origin });
    socket.on('error', () => {});
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    let came = '';
    socket.on('message', (bytes) => (came += `\n${bytes}`));
    return {
      me: `t${++serial}.invalid`, transport: 'WS', answers: () => came, close: () => socket.terminate(),
      send: (text) => socket.send(text),
    };
  },
};

/// The first final status among the answers; '' for silence.
const statusOf = (answers) => answers.match(/^SIP\/2\.0 ([2-6]\d\d)/m)?.[1] ?? '';

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/// An ACK for what refused an INVITE, so that the answer is not repeated (RFC 3261 §17.1.1.3).
function acknowledge(door, text) {
  const line = (from, name) => from.match(new RegExp(`^${name}:.*$`, 'im'))?.[0];
  const answer = door.answers();
  const number = line(answer, 'CSeq')?.match(/(\d+) INVITE/)?.[1];
  if (!number || !/^INVITE /.test(text)) return;
  door.send([text.split('\r\n', 1)[0].replace(/^INVITE/, 'ACK'), line(text, 'Via') ?? line(answer, 'Via'), 'Max-Forwards: 70', line(answer, 'From'),
    line(answer, 'To'), line(answer, 'Call-ID'), `CSeq: ${number} ACK`, 'Content-Length: 0', '', ''].join('\r\n'));
}

/// Sends all of them, `pauseMs` apart, each by a door of its own; [{name, section, allowed, status, good}].
/// `from` is the sender's address, or a page's origin for ws.
export async function torment(gateway, kind, from, { pauseMs = 25 } = {}) {
  const running = [];
  for (const message of messages) {
    if (message.only && message.only !== kind) continue;
    running.push(one(gateway, kind, from, message));
    await sleep(pauseMs);
  }
  return Promise.all(running);
}

async function one(gateway, kind, from, { section, name, allowed, text }) {
  const door = await doors[kind](gateway, from);
  const filled = fill(text, name, door.transport, door.me);
  door.send(filled);
  const patience = Date.now() + (allowed.includes(kSilence) ? 1000 : 5000);
  while (statusOf(door.answers()) === '' && Date.now() < patience) await sleep(20);
  const status = statusOf(door.answers());
  acknowledge(door, filled);
  await sleep(50);
  door.close();
  return { section, name, allowed, status, good: allowed.includes(status) };
}

/// How long an honest OPTIONS takes, in ms.
export async function asksHonestly(gateway, address) {
  const door = await doors.udp(gateway, address);
  const begin = performance.now();
  door.send(fill(options(), 'honest', 'UDP', door.me));
  while (statusOf(door.answers()) === '' && performance.now() - begin < 5000) await sleep(2);
  door.close();
  if (statusOf(door.answers()) !== '200') throw new Error(`an honest OPTIONS got "${statusOf(door.answers())}"`);
  return performance.now() - begin;
}
