// A port that was free a moment ago.

import dgram from 'node:dgram';
import net from 'node:net';

/// A port free for UDP and TCP on 127.0.0.1.
export async function freePort() {
  for (;;) {
    const server = net.createServer();
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address();
    const socket = dgram.createSocket('udp4');
    const free = await new Promise((resolve) => {
      socket.once('error', () => resolve(false));
      socket.bind(port, '127.0.0.1', () => resolve(true));
    });
    socket.close();
    await new Promise((resolve) => server.close(resolve));
    if (free) return port;
  }
}
