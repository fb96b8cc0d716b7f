// SIP.js, unmodified from npm, in Chromium: logs in, calls, is called on two devices, presses digits, holds, and goes on
// after its connection was cut for ten seconds. By tone.

import { softphoneStory } from '../lib/softphone_story.mjs';
import { story } from '../lib/story.mjs';

await story('SIP.js telephones through the gateway', (t) => softphoneStory(t, 'sipjs'));
