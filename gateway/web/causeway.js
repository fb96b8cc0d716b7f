// Causeway in any page: an ES module (with those that it imports beside it) that telephones through the gateway.
// import { Causeway } from "https://gateway.example/causeway.js";
// const phone = new Causeway("wss://gateway.example", { token });
// const call = await phone.call("600");
export { Call } from "./call.js";
export { CausewayCallElement } from "./call_element.js";
export { CausewayError } from "./causeway_error.js";
export { Causeway } from "./client.js";
export { oidcIdentity } from "./identity.js";
