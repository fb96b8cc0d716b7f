// The web site whose pages call: page/ on an origin of its own, a stranger's to the gateway.

import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundled, sipJsFile } from './libraries.mjs';

const root = fileURLToPath(new URL('../page/', import.meta.url));
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript' };

/// The softphones' libraries; undefined for all other names.
function library(name) {
  if (name === 'jssip.js') return bundled('jssip');
  return name.startsWith('sip.js/') ? sipJsFile(name.slice('sip.js/'.length)) : undefined;
}

export async function servePages() {
  const server = http.createServer((request, response) => {
    const name = new URL(request.url, 'http://x').pathname.slice(1) || 'index.html';
    const script = library(name);
    if (script !== undefined) {
      response.writeHead(200, { 'content-type': types['.js'] }).end(script);
      return;
    }
    const file = path.join(root, path.basename(name));
    if (!fs.existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': types[path.extname(file)] ?? 'application/octet-stream' });
    response.end(fs.readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://localhost:${server.address().port}`;
  return {
    origin,
    url: `${origin}/index.html`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
