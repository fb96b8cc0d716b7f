// How a caller is shown: a sign and words for what is known, and never more than is known. For the phone page.

const kMaxShown = 100;

// The signs differ in shape, the words in meaning: colour is only the third difference.
const kLevels = {
  verified: { icon: "verified", word: "Verified number" },
  partly: { icon: "partly", word: "Partly verified" },
  "not-verified": { icon: "unverified", word: "Not verified" },
  failed: { icon: "failed", word: "Verification failed" },
  anonymous: { icon: "anonymous", word: "Anonymous" },
};

// The checks' names (RFC 8224, 8225, 8226) in words, for those who do not know them.
const kReasons = [
  [/TNAuthList|not covered/i, "The signer may not speak for this number"],
  [/\bx5u\b|fetch/i, "The signer's certificate could not be had"],
  [/certificate|untrusted/i, "The signer's certificate is not good"],
  [/\bmky\b/i, "It was signed for another media connection"],
  [/\bdest\b/i, "It was signed for a call to another number"],
  [/\borig\b/i, "It was signed for another calling number"],
  [/\biat\b|stale|expired|fresh/i, "It was not signed for a call at this time"],
  [/replay/i, "It was used before"],
  [/signature/i, "The signature is wrong"],
];

/** A stranger's text without what could imitate the page's own signs or turn the text round. */
export function plainText(text) {
  const clean = String(text ?? "").replace(/[\p{C}\p{So}\u2028\u2029]/gu, "").replace(/\s+/g, " ").trim();
  return clean.length > kMaxShown ? `${clean.slice(0, kMaxShown - 1)}…` : clean;
}

/** The name that the caller gives itself. Nobody signs it, so it stands in quotation marks. */
export function givenName({ level, display }) {
  const name = level === "anonymous" ? "" : plainText(display);
  return name && `“${name.replace(/[“”"]/g, "")}”`;
}

export function callerNumber({ level, number }) {
  if (level === "anonymous") return "Anonymous caller";
  return plainText(number) || "Unknown number";
}

/** A sentence, or nothing. */
function reasonText(reason) {
  const shown = plainText(reason).replace(/\.$/, "");
  if (!shown) return "";
  const known = kReasons.find(([pattern]) => pattern.test(shown));
  // A sentence speaks for itself; a check's bare name needs one, and stays for whoever looks into it.
  if (known && shown.split(" ").length <= 4) return `${known[1]} (${shown}).`;
  return `${shown[0].toUpperCase()}${shown.slice(1)}.`;
}

function partlyText({ method, attest, signer }) {
  if (method === "pai") return "The network that the call came from says so; nobody signed it.";
  const by = plainText(signer) || "a known network";
  if (attest === "B") return `Signed by ${by}, which knows the caller but not whether the number is theirs.`;
  if (attest === "C") return `Signed by ${by}, which only knows where the call entered its network.`;
  return `Signed by ${by}, which does not say whose the number is.`;
}

/** One sentence on why the caller is as well known as `level` says. */
export function callerDetail(caller) {
  const reason = reasonText(caller.reason);
  switch (caller.level) {
    case "verified": {
      const by = plainText(caller.signer) || "A trusted signer";
      const media = caller.media_bound ? " The signature covers this call's sound too." : "";
      return `${by} vouches that the caller may use this number.${media}`;
    }
    case "partly":
      return partlyText(caller);
    case "failed":
      return `${reason} This may be somebody else.`.trim();
    case "anonymous":
      return `The caller hides the number. ${reason}`.trim();
    default:
      return `Nobody vouches for this number. ${reason}`.trim();
  }
}

export function icon(name) {
  const kSvg = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(kSvg, "svg");
  const use = document.createElementNS(kSvg, "use");
  use.setAttribute("href", `/icons.svg#${name}`);
  picture.setAttribute("aria-hidden", "true");
  picture.append(use);
  return picture;
}

/** The sign and its word. */
export function badge(level) {
  const { icon: name, word } = kLevels[level];
  const mark = Object.assign(document.createElement("span"), { className: "badge" });
  mark.dataset.level = level;
  mark.append(icon(name), word);
  return mark;
}

const kAttested = { A: "A (the number is yours)", B: "B (you are known, the number is not)", C: "C (gateway only)" };

/** How the called side sees this page, in words: {headline, detail}. */
export function presentedText({ number, identity, attest, note }) {
  const shown = !number || number === "anonymous" ? "Not showing a number" : `Shown as ${plainText(number)}`;
  const signed = attest ? `attestation ${kAttested[attest] ?? plainText(attest)}` : "not signed";
  const who = identity ? `You are verified as ${plainText(identity)}.` : "";
  const why = String(note ?? "").replace(/[\p{C}]/gu, "").trim();
  return { headline: `${shown}, ${signed}`, detail: [who, why].filter(Boolean).join(" ") };
}
