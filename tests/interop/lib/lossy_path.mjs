// A way between a browser and the gateway that loses packets: a UDP relay, and what a page must do so that ICE
// knows no other way. STUN and DTLS pass; of RTP and RTCP (first byte 128..191, RFC 7983 §7) a share is lost.

import dgram from 'node:dgram';

function bound(socket, address) {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, address, resolve);
  });
}

export class LossyPath {
  #front = dgram.createSocket('udp4');
  #back = dgram.createSocket('udp4');
  #browser = null;
  #gateway = null;
  #seed = 1;
  #open = true;
  /// Share of media packets that is lost, each way.
  loss = 0;
  lost = { toGateway: 0, toBrowser: 0 };
  /// Milliseconds that each packet takes, each way.
  delay = 0;

  async open() {
    // The gateway's candidates may be of any address: a packet from loopback would not reach them.
    await Promise.all([bound(this.#front, '127.0.0.1'), bound(this.#back, '0.0.0.0')]);
    this.#front.on('message', (packet, from) => {
      this.#browser = from;
      if (this.#gateway && !this.#loses(packet, 'toGateway')) {
        this.#later(() => this.#back.send(packet, this.#gateway.port, this.#gateway.address));
      }
    });
    this.#back.on('message', (packet) => {
      if (this.#browser && !this.#loses(packet, 'toBrowser')) {
        this.#later(() => this.#front.send(packet, this.#browser.port, this.#browser.address));
      }
    });
    return this;
  }

  close() {
    this.#open = false;
    this.#front.close();
    this.#back.close();
  }

  /// The page's next calls go this way. Their offers ask for NACK, too.
  async lead(page) {
    await page.exposeFunction('lossyPathTo', (address, port) => {
      this.#gateway = { address, port };
      return this.#front.address().port;
    });
    await page.evaluate(() => {
      window.peers = [];
      const Peer = RTCPeerConnection.prototype;
      const { createOffer, setRemoteDescription, addIceCandidate } = Peer;
      Peer.createOffer = async function offer(...given) {
        const { type, sdp } = await createOffer.apply(this, given);
        const opus = sdp.match(/^a=rtpmap:(\d+) opus\//m)[1];
        return { type, sdp: sdp.replace(new RegExp(`^a=rtcp-fb:${opus} transport-cc\r\n`, 'm'), (line) => `${line}a=rtcp-fb:${opus} nack\r\n`) };
      };
      Peer.setRemoteDescription = async function remote({ type, sdp }) {
        window.peers.push(this);
        const pattern = /^a=candidate:\S+ 1 udp \d+ ([\d.]+) (\d+) typ host.*\r\n/gim;
        const [, address, port] = pattern.exec(sdp);
        const relay = await window.lossyPathTo(address, Number(port));
        const only = `a=candidate:1 1 UDP 2130706431 127.0.0.1 ${relay} typ host\r\n`;
        const others = sdp.replace(/^a=candidate:.*\r\n/gm, '').replace(/^a=end-of-candidates\r\n/gm, '');
        return setRemoteDescription.call(this, { type, sdp: others.replace(/^a=ice-ufrag/m, `${only}a=ice-ufrag`) });
      };
      Peer.addIceCandidate = function none() {
        return Promise.resolve();
      };
      // The gateway shall not find the browser by itself.
      const { send } = WebSocket.prototype;
      WebSocket.prototype.send = function quiet(text) {
        const message = JSON.parse(text);
        if (message.type === 'candidate') return;
        if (message.sdp) message.sdp = message.sdp.replace(/^a=candidate:.*\r\n/gm, '');
        send.call(this, JSON.stringify(message));
      };
    });
  }

  #later(send) {
    if (this.delay === 0) return send();
    setTimeout(() => this.#open && send(), this.delay);
  }

  #loses(packet, way) {
    if (packet[0] < 128 || packet[0] > 191) return false;
    // A generator of its own, so that runs are alike.
    this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) >>> 0;
    if (this.#seed / 2 ** 32 >= this.loss) return false;
    this.lost[way] += 1;
    return true;
  }
}

/// All figures that the page's newest connection has, by type.
export function figures(page) {
  return page.evaluate(async () => Object.fromEntries([...(await window.peers.at(-1).getStats()).values()]
    .filter((one) => one.kind === undefined || one.kind === 'audio')
    .filter((one) => one.type !== 'candidate-pair' || one.nominated)
    .map((one) => [one.type, one])));
}
