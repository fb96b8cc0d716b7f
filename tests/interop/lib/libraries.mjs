// SIP libraries of the browser world as npm brings them, unmodified: a CommonJS package as one script, an ES module
// package file by file.

import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../node_modules/', import.meta.url));

/// `packageName` and all that it requires, for a page: an ES module whose default export is what the package exports.
export function bundled(packageName) {
  const modules = new Map();
  const resolveFrom = (file, wanted) => {
    const resolve = createRequire(file).resolve;
    // Some packages name another file for browsers.
    if (!wanted.startsWith('.')) {
      const home = path.join(packages, wanted);
      const { browser, main } = JSON.parse(fs.readFileSync(path.join(home, 'package.json'), 'utf8'));
      return resolve(path.join(home, typeof browser === 'string' ? browser : main ?? 'index.js'));
    }
    return resolve(wanted);
  };
  const take = (file) => {
    if (modules.has(file)) return;
    const source = fs.readFileSync(file, 'utf8');
    const needs = {};
    modules.set(file, { source: file.endsWith('.json') ? `module.exports = ${source}` : source, needs });
    for (const [, wanted] of source.matchAll(/\brequire\(\s*['"]([^'"]+)['"]\s*\)/g)) {
      needs[wanted] = resolveFrom(file, wanted);
      take(needs[wanted]);
    }
  };
  const entry = resolveFrom(packages, packageName);
  take(entry);
  const rows = [...modules].map(([file, { source, needs }]) =>
    `${JSON.stringify(file)}: [${JSON.stringify(needs)}, (module, exports, require, process) => {${source}\n}]`);
  return `const all = {${rows.join(',\n')}};
const made = {};
const process = { env: {} };
function load(file) {
  if (made[file]) return made[file].exports;
  const module = (made[file] = { exports: {} });
  const [needs, body] = all[file];
  body(module, module.exports, (wanted) => load(needs[wanted]), process);
  return module.exports;
}
export default load(${JSON.stringify(entry)});`;
}

/// A file of SIP.js; undefined when there is none.
export function sipJsFile(name) {
  const root = path.join(packages, 'sip.js/lib');
  const file = path.join(root, name);
  return file.startsWith(root) && fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
}
