/** Who wrote the lines: one object for each pod and container, with what was learned about its lines. */
import type { Identity } from '../domain/entry.ts';
import { IDENTITIES_MAX } from '../domain/limits.ts';
import type { NamedText } from './compiled-formats.ts';
import { detach } from './text-cache.ts';

/** The lines of one identity. */
export interface Stream {
  readonly identity: Identity;
  /** The text format that its last accepted line had; tried first. */
  text: NamedText | null;
}

/** Gives the same stream for the same four values, up to IDENTITIES_MAX of them. */
export class Streams {
  /** The stream of lines whose envelope does not tell. */
  readonly fallback: Stream;
  readonly #defaults: Identity;
  readonly #byIdentity = new Map<string, Stream>();
  readonly #byPrefix = new Map<string, Stream>();

  /** Shape: `defaults` stands in for every value that an envelope does not tell. */
  constructor(defaults: Identity) {
    this.#defaults = defaults;
    this.fallback = this.of(defaults);
  }

  /** The stream of an identity; its null parts are taken from the defaults. */
  of(told: Identity): Stream {
    const { pod, namespace, container, node } = this.#defaults;
    const identity: Identity = {
      pod: told.pod ?? pod,
      namespace: told.namespace ?? namespace,
      container: told.container ?? container,
      node: told.node ?? node,
    };
    const key = JSON.stringify([identity.pod, identity.namespace, identity.container, identity.node]);
    const seen = this.#byIdentity.get(key);
    if (seen !== undefined) return seen;
    if (this.#byIdentity.size >= IDENTITIES_MAX) this.#byIdentity.clear();
    const stream: Stream = { identity: Object.freeze(detachAll(identity)), text: null };
    this.#byIdentity.set(key, stream);
    return stream;
  }

  /**
   * The stream of a record whose transport told one identity, and whose own envelope told another: the second fills gaps
   * in the first where nothing in it contradicts it. Who writes a log must not pass for someone else.
   */
  within(told: Identity, inner: Identity): Stream {
    const contradicts = IDENTITY_PARTS.some(
      (part) => told[part] !== null && inner[part] !== null && told[part] !== inner[part],
    );
    if (contradicts) return this.of(told);
    return this.of({
      pod: told.pod ?? inner.pod,
      namespace: told.namespace ?? inner.namespace,
      container: told.container ?? inner.container,
      node: told.node ?? inner.node,
    });
  }

  /** The stream that a text prefix stands for, if one was kept. */
  findPrefix(prefix: string): Stream | undefined {
    return this.#byPrefix.get(prefix);
  }

  /** Keeps what a text prefix stands for, so that it need not be taken apart again. */
  keepPrefix(prefix: string, identity: Identity): Stream {
    const stream = this.of(identity);
    if (this.#byPrefix.size >= IDENTITIES_MAX) this.#byPrefix.clear();
    this.#byPrefix.set(detach(prefix), stream);
    return stream;
  }
}

const IDENTITY_PARTS = ['pod', 'namespace', 'container', 'node'] as const;

function detachAll(identity: Identity): Identity {
  return {
    pod: identity.pod === null ? null : detach(identity.pod),
    namespace: identity.namespace === null ? null : detach(identity.namespace),
    container: identity.container === null ? null : detach(identity.container),
    node: identity.node === null ? null : detach(identity.node),
  };
}
