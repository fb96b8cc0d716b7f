// The ground of an identity story: authorities, a certificate of the gateway for its signatures, the server that it
// is fetched from, an identity provider, and the sections of the gateway's configuration that go with them.

import { CertificateServer } from './certificate_server.mjs';
import { IdentityProvider } from './identity_provider.mjs';
import { Pki } from './pki.mjs';
import { Secsipidx } from './secsipidx.mjs';

/// The numbers of these stories: who calls, whom, and somebody else.
export const caller = '12155551212';
export const callee = '12025550100';
export const stranger = '12125559999';

export class IdentityGround {
  static async prepare(t) {
    const ground = new IdentityGround();
    ground.story = t;
    ground.pki = new Pki(t.directory);
    ground.certificates = await CertificateServer.start(ground.pki);
    t.atEnd(() => ground.certificates.close());
    ground.provider = await ground.anotherProvider();
    ground.tool = new Secsipidx(ground.pki);
    ground.credential = ground.pki.shaken();
    ground.x5u = ground.certificates.serve('gateway.pem', ground.credential.chain);
    return ground;
  }

  async anotherProvider(options) {
    const provider = await IdentityProvider.start(this.pki, options);
    this.story.atEnd(() => provider.close());
    return provider;
  }

  /// Sections `stir` and `fetch`: the gateway signs with the ground's certificate, believes its roots, and may
  /// fetch from its servers and from `more`.
  sections(more = []) {
    const { certificate, key } = this.credential.write(this.pki.directory, 'gateway-stir');
    return {
      stir: { certificate, private_key: key, x5u: this.x5u, roots: this.pki.stiFile },
      fetch: { ca_file: this.pki.webFile, private_hosts: [this.certificates, this.provider, ...more].map(({ reach }) => reach) },
    };
  }
}
