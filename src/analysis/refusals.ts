/** Addresses that a proxy shows as its own by turning connections away there: such a line does not name its direction. */
import type { Flow } from '../domain/ports.ts';

/** Start times, ms. */
export interface Span {
  first: number;
  last: number;
}

/** What one proxy logged of connections that it had no filter chain for: who dialled which address, and when. */
export class Refusals {
  /** By the dialled ip, then by that of the other end. */
  readonly #spans = new Map<string, Map<string, Span>>();
  readonly #locals = new Map<string, Set<string>>();

  get size(): number {
    return this.#spans.size;
  }

  note(local: string, remote: string, flow: Pick<Flow, 'first' | 'last'>): void {
    let remotes = this.#spans.get(local);
    if (remotes === undefined) {
      remotes = new Map();
      this.#spans.set(local, remotes);
    }
    widen(remotes, remote, flow);
    const locals = this.#locals.get(remote);
    if (locals === undefined) this.#locals.set(remote, new Set([local]));
    else locals.add(local);
  }

  /**
   * The dialled addresses that are the proxy's own: it is the server where the other end is known to be another pod, or where
   * two others dial it by turns. A client would be the same other end of all its calls.
   * `isOwn` for what the proxy's other lines show, `isTaken` for what those of other pods show at the time.
   */
  ownAddresses(
    isOwn: (ip: string) => boolean,
    isTaken: (ip: string, span: Span) => boolean,
  ): ReadonlySet<string> {
    const own = new Set<string>();
    for (const [local, remotes] of this.#spans) {
      const callers = [...remotes].filter(([remote]) => !isOwn(remote));
      if (callers.length === 0) continue;
      if (isOwn(local)) own.add(local);
      else if (!callers.some(([, span]) => isTaken(local, span)) && this.#isServer(callers, isTaken)) {
        own.add(local);
      }
    }
    return own;
  }

  #isServer(
    callers: ReadonlyArray<readonly [string, Span]>,
    isTaken: (ip: string, span: Span) => boolean,
  ): boolean {
    if (callers.some(([remote, span]) => isTaken(remote, span))) return true;
    const single = callers
      .filter(([remote]) => this.#locals.get(remote)?.size === 1)
      .map(([, span]) => span)
      .sort((a, b) => a.first - b.first || a.last - b.last);
    let reach = Number.NEGATIVE_INFINITY;
    for (const { first, last } of single) {
      if (first < reach) return true;
      reach = Math.max(reach, last);
    }
    return false;
  }
}

/** Makes the span of an address reach over a flow. */
export function widen(
  spans: Map<string, Span>,
  ip: string,
  { first, last }: Pick<Flow, 'first' | 'last'>,
): void {
  const seen = spans.get(ip);
  if (seen === undefined) {
    spans.set(ip, { first, last });
    return;
  }
  seen.first = Math.min(seen.first, first);
  seen.last = Math.max(seen.last, last);
}
