// <causeway-call>: a button that calls. Part of causeway.js.
import { Causeway } from "./client.js";

const kButtonStyle = `
  :host { display: inline-flex; flex-direction: column; align-items: flex-start; gap: .35em; font: inherit; }
  button { font: inherit; font-weight: 600; color: #fff; background: #0a7d45; border: 0; border-radius: 2em;
           padding: .65em 1.3em; cursor: pointer; display: inline-flex; align-items: center; gap: .5em; }
  button:hover { filter: brightness(1.08); }
  button:focus-visible { outline: 3px solid #4c9ffe; outline-offset: 2px; }
  button.busy { background: #c62f2f; }
  [part=status] { font-size: .85em; min-height: 1.2em; }
  svg { width: 1.1em; height: 1.1em; fill: currentColor; }
  .busy svg { rotate: 135deg; }
  @media (prefers-reduced-motion: no-preference) { svg { transition: rotate .2s; } }
`;
const kHandset =
  "M6.6 10.8a15 15 0 0 0 6.6 6.6l2.2-2.2c.3-.3.7-.4 1-.2 1.1.4 2.3.6 3.6.6.6 0 1 .4 1 1V20c0 .6-.4 1-1 1" +
  "A17 17 0 0 1 3 4c0-.6.4-1 1-1h3.5c.6 0 1 .4 1 1 0 1.3.2 2.5.6 3.6.1.4 0 .8-.3 1z";

const kButton = `<button part="button" type="button">` +
  `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${kHandset}"/></svg>` +
  `<span id="label"><slot>Call</slot></span><span id="end" hidden>Hang up</span></button>` +
  `<span part="status" role="status" aria-live="polite"></span>`;

function timeText(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** <causeway-call to="600" gateway="wss://gateway.example" token="...">Call us</causeway-call>, or with
 *  capability="...": a button that calls and hangs up, with the state and the reason below it. Parts for
 *  styling: button, status.
 *  Event: state {detail: {state, call, text}}. */
const Base = globalThis.HTMLElement ?? class {};
export class CausewayCallElement extends Base {
  #phone = null;
  #call = null;
  #ticking = 0;
  #button;
  #label;
  #end;
  #status;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    const style = new CSSStyleSheet();
    style.replaceSync(kButtonStyle);
    root.adoptedStyleSheets = [style]; // a <style> element would need the page's CSP to allow it
    root.innerHTML = kButton;
    this.#button = root.querySelector("button");
    this.#label = root.querySelector("#label");
    this.#end = root.querySelector("#end");
    this.#status = root.querySelector("[part=status]");
    this.#button.onclick = () => this.toggle();
  }

  disconnectedCallback() {
    this.#phone?.close();
  }

  /** What a click does: calls, or hangs up. */
  toggle() {
    if (this.#phone) return this.#call ? this.#call.hangup() : this.#phone.close();
    return this.#dial();
  }

  async #dial() {
    const attribute = (name) => this.getAttribute(name) ?? "";
    this.#phone = new Causeway(attribute("gateway"), {
      token: attribute("token"), capability: attribute("capability"), reconnect: false,
    });
    this.#phone.addEventListener("incoming", ({ detail }) => detail.decline());
    this.#phone.addEventListener("outgoing", ({ detail }) =>
      detail.addEventListener("checking", () => this.#show("checking", "Checking who you are …")));
    this.#show("calling", "Calling …");
    try {
      this.#call = await this.#phone.call(attribute("to"));
      this.#call.addEventListener("ringing", () => this.#show("ringing", "Ringing …"));
      this.#call.addEventListener("answered", () => this.#tick());
      const end = await this.#call.ended;
      this.#finish(end.reason === "hangup" ? "Call ended." : end.text);
    } catch (error) {
      this.#finish(error.text ?? error.message);
    }
  }

  #tick() {
    const start = Date.now();
    this.#show("answered", "Connected");
    this.#ticking = setInterval(
      () => (this.#status.textContent = timeText(Math.floor((Date.now() - start) / 1000))), 1000);
  }

  #finish(text) {
    clearInterval(this.#ticking);
    this.#phone.close();
    this.#phone = null;
    this.#call = null;
    this.#show("idle", text);
  }

  #show(state, text) {
    const busy = state !== "idle";
    this.#button.classList.toggle("busy", busy);
    this.#label.hidden = busy;
    this.#end.hidden = !busy;
    this.#status.textContent = text;
    this.dispatchEvent(new CustomEvent("state", { detail: { state, call: this.#call, text } }));
  }
}

if (globalThis.customElements && !customElements.get("causeway-call")) {
  customElements.define("causeway-call", CausewayCallElement);
}
