// An IdP proxy (RFC 8827 §7.2) for both protocols of the test provider. Firefox runs it in a sandbox without
// crypto.subtle and without `self`: the server signs and checks.
const origin = "{{origin}}";

async function ask(path, question) {
  const answer = await fetch(origin + path, { method: "POST", body: JSON.stringify(question) });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
}

rtcIdentityProvider.register({
  async generateAssertion(contents, page, options) {
    const { assertion } = await ask("/sign/{{protocol}}", { contents, page, user: options.usernameHint });
    return { idp: { domain: "{{domain}}", protocol: "{{protocol}}" }, assertion };
  },
  validateAssertion: (assertion) => ask("/validate/{{protocol}}", { assertion }),
});
