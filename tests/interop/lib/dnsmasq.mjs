// A small DNS server on loopback for names that tests make up. Restarting it with other records is a change of the zone.

import { Child, requireProgram } from './child.mjs';
import { freePort } from './free_port.mjs';

export class Dnsmasq {
  /// `hosts` is {name: address}; `srv` rows are {service, target, port, priority, weight}; `naptr` lines are dnsmasq's own.
  static async start({ port, ttl = 1, hosts = {}, srv = [], naptr = [] }) {
    const server = new Dnsmasq();
    server.port = port ?? await freePort();
    const args = ['--no-daemon', '--no-resolv', '--no-hosts', '--conf-file=/dev/null', '--user=root', '--pid-file=',
      `--port=${server.port}`, '--listen-address=127.0.0.1', '--bind-interfaces', `--local-ttl=${ttl}`, '--local=/test/',
      ...Object.entries(hosts).map(([name, address]) => `--host-record=${name},${address}`),
      ...srv.map((row) => `--srv-host=${row.service},${row.target},${row.port},${row.priority ?? 0},${row.weight ?? 0}`),
      ...naptr.map((row) => `--naptr-record=${row}`)];
    server.child = new Child('dnsmasq', requireProgram('dnsmasq'), args);
    await server.child.waitFor(/started, version/);
    return server;
  }

  get address() {
    return `127.0.0.1:${this.port}`;
  }

  async stop() {
    this.child.kill('SIGTERM');
    await this.child.end();
  }
}
