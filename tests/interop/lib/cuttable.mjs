// A wire to the gateway that can be cut: TCP on a port of its own, passed on until it is told otherwise.

import net from 'node:net';

export class CuttableWire {
  static async start(port) {
    const wire = new CuttableWire();
    wire.open = true;
    wire.pairs = new Set();
    wire.server = net.createServer((client) => wire.#join(client, port));
    await new Promise((resolve) => wire.server.listen(0, '127.0.0.1', resolve));
    wire.url = `http://localhost:${wire.server.address().port}`;
    return wire;
  }

  #join(client, port) {
    client.on('error', () => {});
    if (!this.open) return client.destroy();
    const gateway = net.connect(port, '127.0.0.1').on('error', () => client.destroy());
    client.pipe(gateway).pipe(client);
    this.pairs.add(client);
    client.on('close', () => {
      this.pairs.delete(client);
      gateway.destroy();
    });
  }

  /// All connections break, and no new one comes up for so long.
  cut(milliseconds) {
    this.open = false;
    for (const client of this.pairs) client.destroy();
    setTimeout(() => (this.open = true), milliseconds);
  }

  close() {
    for (const client of this.pairs) client.destroy();
    this.server.close();
  }
}
