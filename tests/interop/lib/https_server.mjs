// HTTPS on localhost, and the ways in which a server can be bad to its clients.

import https from 'node:https';

const kFloodLength = 100 * 1024 * 1024;
const kPiece = Buffer.alloc(65536, ' ');

export class HttpsServer {
  /// How often each path was asked for.
  #asked = new Map();
  /// Octets that floods got rid of before the client left.
  flooded = 0;

  /// `names` are in the certificate; the last is what it is reached by.
  async listen(pki, names, answer) {
    this.name = names.at(-1);
    this.http = https.createServer(pki.server(...names), (request, response) => {
      const { pathname } = new URL(request.url, this.url);
      this.#asked.set(pathname, this.asked(pathname) + 1);
      answer(request, response);
    });
    this.http.on('tlsClientError', () => {});
    await new Promise((resolve) => this.http.listen(0, '127.0.0.1', resolve));
    this.port = this.http.address().port;
    return this;
  }

  /// As the gateway's fetch.private_hosts wants it.
  get reach() {
    return `${this.name}:${this.port}`;
  }

  get url() {
    return `https://${this.reach}`;
  }

  asked(path) {
    return this.#asked.get(path) ?? 0;
  }

  /// `how`: hang, redirect, error, missing, or flood (100 MB).
  _misbehave(how, response) {
    switch (how) {
      case 'hang': return;
      case 'redirect': return response.writeHead(302, { location: `${this.url}/elsewhere` }).end();
      case 'error': return response.writeHead(500).end();
      case 'missing': return response.writeHead(404).end();
      case 'flood': return this.#flood(response);
      default: throw new Error(`no server does "${how}"`);
    }
  }

  #flood(response) {
    response.writeHead(200, { 'content-length': kFloodLength });
    let sent = 0;
    const more = () => {
      while (sent < kFloodLength && !response.destroyed) {
        sent += kPiece.length;
        this.flooded += kPiece.length;
        if (!response.write(kPiece)) return;
      }
      response.end();
    };
    response.on('drain', more);
    more();
  }

  close() {
    this.http.closeAllConnections();
    this.http.close();
  }
}
