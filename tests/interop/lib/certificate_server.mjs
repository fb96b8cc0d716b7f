// The HTTPS server that x5u points to.

import { HttpsServer } from './https_server.mjs';

export class CertificateServer extends HttpsServer {
  #documents = new Map();

  static start(pki, name = 'localhost') {
    const server = new CertificateServer();
    return server.listen(pki, [name], (request, response) => server.#answer(request, response));
  }

  /// The URL of `text` under `name`; serving it again replaces it. Modes: fine, a number of milliseconds that it
  /// takes, or one of HttpsServer's.
  serve(name, text, mode = 'fine', maxAge = 3600) {
    this.#documents.set(`/${name}`, { text, mode, maxAge });
    return `${this.url}/${name}`;
  }

  #answer(request, response) {
    const { pathname } = new URL(request.url, this.url);
    const { text, mode, maxAge } = this.#documents.get(pathname) ?? { mode: 'missing' };
    const fine = () => {
      response.writeHead(200, { 'content-type': 'application/pem-certificate-chain', 'cache-control': `max-age=${maxAge}` });
      response.end(text);
    };
    if (mode === 'fine') fine();
    else if (typeof mode === 'number') setTimeout(fine, mode);
    else this._misbehave(mode, response);
  }
}
