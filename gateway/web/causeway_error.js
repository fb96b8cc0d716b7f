// The one kind of error that pages get from causeway.js.
/** Why something did not work. `reason` is a code of the protocol ("busy", "not-authenticated", ...) or one of
 *  "unreachable", "no-microphone", "gateway-timeout", "closed", "identity-failed", "identity-unsupported",
 *  "identity-login" (with `loginUrl`, where the provider names one). `by` tells whose fault it was. */
export class CausewayError extends Error {
  constructor({
    reason, by = "none", text = reason, sipStatus = 0, q850 = 0, field = "", id = "", loginUrl = "",
  }) {
    super(text);
    this.name = "CausewayError";
    Object.assign(this, { reason, by, text, sipStatus, q850, field, id, loginUrl });
  }
}
