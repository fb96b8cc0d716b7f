// All torture messages again and again, in a thread of its own: the story's thread speaks for the telephone meanwhile.

import { parentPort, workerData } from 'node:worker_threads';
import { torment } from './torture.mjs';

const { sipPort, rounds } = workerData;
for (let round = 0; round < rounds; ++round) {
  await Promise.all(['udp', 'tcp'].map((kind) => torment({ sipPort }, kind, '127.0.0.1', { pauseMs: 2 })));
}
parentPort.postMessage('over');
