/** WebAssembly as this program has it: modules that import nothing, kept as text in base64. */

interface Wasm {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

// Node.js has it; its declarations of types do not.
const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly;

/** By their text: each is compiled once, when it is needed. */
const compiled = new Map<string, object>();

/** A module with memory of its own. `Code` says what it exports, which only the module itself knows. */
export function startModule<Code>(base64: string): Code {
  let module = compiled.get(base64);
  if (module === undefined) {
    module = new Module(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
    compiled.set(base64, module);
  }
  return new Instance(module).exports as Code;
}
