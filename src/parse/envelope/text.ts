/** Envelopes that are words before the message: stern, kubectl, CRI, docker compose. */
import { type Identity, NO_IDENTITY } from '../../domain/entry.ts';
import type { Stream, Streams } from '../streams.ts';
import { isDigit, isMessageStart, skipStamp, stampEnd } from './message-start.ts';
import type { Opened } from './opened.ts';

const SPACE = 0x20;
const BAR = 0x7c;
/** Longest name of a Kubernetes object. */
const NAME_CHARACTERS_MAX = 253;
/** Containers that hold a proxy, so that a word before such a name is the pod's, and the message begins behind it. */
const PROXY_CONTAINERS = new Set([
  'istio-proxy',
  'istio-validation',
  'envoy',
  'envoy-sidecar',
  'consul-dataplane',
  'kuma-sidecar',
  'ambassador',
  'cilium-envoy',
  'shutdown-manager',
]);

/**
 * Takes a textual envelope off the front of a line, once.
 * Shape: fills `opened`; without an envelope the whole line is the message.
 */
export function openText(line: string, streams: Streams, opened: Opened): void {
  const first = line.charCodeAt(0);
  if (first === 0x5b /* [ */) openBracket(line, streams, opened);
  else if (isDigit(first) && stampEnd(line, 0) > 0) openStamp(line, streams, opened);
  else if (isNameCharacter(first) || isUpper(first)) openWords(line, streams, opened);
}

/** `[pod/NAME/CONTAINER] MESSAGE`, with a timestamp before the message or without. */
function openBracket(line: string, streams: Streams, opened: Opened): void {
  if (!line.startsWith('[pod/')) return;
  const close = line.indexOf('] ');
  if (close < 0 || close > 2 * NAME_CHARACTERS_MAX) return;
  const prefix = line.slice(0, close + 2);
  let stream = streams.findPrefix(prefix);
  if (stream === undefined) {
    const [pod = '', container = '', more] = prefix.slice(5, -2).split('/');
    if (more !== undefined || !isName(pod) || !isName(container)) return;
    stream = streams.keepPrefix(prefix, { ...NO_IDENTITY, pod, container });
  }
  opened.stream = stream;
  opened.at = skipStamp(line, close + 2);
  opened.envelope = opened.at > close + 2 ? 'kubectl-prefix-timestamps' : 'kubectl-prefix';
}

/** A line that begins with a time: CRI, `--timestamps` without prefix, or a message that begins so. */
function openStamp(line: string, streams: Streams, opened: Opened): void {
  const at = stampEnd(line, 0) + 1;
  if (line.startsWith('stdout ', at) || line.startsWith('stderr ', at)) {
    const tagsEnd = line.indexOf(' ', at + 7);
    const tag = line.charCodeAt(at + 7);
    const afterTag = line.charCodeAt(at + 8);
    const tagged = (tag === 0x46 || tag === 0x50) && (afterTag === SPACE || afterTag === 0x3a);
    if (tagged && tagsEnd > 0 && tagsEnd < at + 60) {
      opened.envelope = 'cri';
      opened.at = tagsEnd + 1;
      opened.stream = streams.fallback;
      opened.pieces = line.slice(at, at + 6);
      opened.last = tag === 0x46;
      return;
    }
  }
  opened.at = skipStamp(line, 0);
  if (opened.at > 0) opened.envelope = 'kubectl-timestamps';
}

/** stern's words, or compose's `NAME  | `. */
function openWords(line: string, streams: Streams, opened: Opened): void {
  let end = line.indexOf(' ');
  if (end < 0) return;
  const next = line.charCodeAt(end + 1);
  if ((next === SPACE || next === BAR) && openCompose(line, end, streams, opened)) return;
  for (let words = 1; words <= 3 && end > 0; words++) {
    if (isMessageStart(line, end + 1) && takePrefix(line, end, words, streams, opened)) return;
    end = line.indexOf(' ', end + 1);
  }
  openKnownPrefix(line, streams, opened);
}

/** A message of any other form, behind a prefix that was met before. */
function openKnownPrefix(line: string, streams: Streams, opened: Opened): void {
  const first = wordEnd(line, 0);
  const second = first < 0 ? -1 : wordEnd(line, first + 1);
  if (second < 0) return;
  const third = wordEnd(line, second + 1);
  const stream = streams.findPrefix(line.slice(0, second));
  const longer = third < 0 ? undefined : streams.findPrefix(line.slice(0, third));
  const known = longer ?? stream;
  if (known === undefined) return;
  opened.stream = known;
  opened.envelope = 'stern';
  opened.at = (longer === undefined ? second : third) + 1;
}

function takePrefix(line: string, end: number, words: number, streams: Streams, opened: Opened): boolean {
  const prefix = line.slice(0, end);
  const stream = streams.findPrefix(prefix) ?? learnPrefix(prefix, words, streams);
  if (stream === null) return false;
  opened.stream = stream;
  const at = skipStamp(line, end + 1);
  opened.envelope = at > end + 1 ? 'stern-timestamps' : 'stern';
  opened.at = at;
  return true;
}

/**
 * One word is a pod, two are pod and container, three are namespace, pod and container.
 * Null: not such a prefix. A third word behind a proxy's container is the message's own: whoever writes messages could
 * put a word there to pass for another pod.
 */
function learnPrefix(prefix: string, count: number, streams: Streams): Stream | null {
  const words = prefix.split(' ');
  if (!words.every(isObjectName)) return null;
  if (count === 1 && !prefix.includes('-')) return null;
  if (count === 3 && PROXY_CONTAINERS.has(words[1] ?? '')) return null;
  const container = count === 1 ? null : (words[count - 1] ?? null);
  const pod = (count === 3 ? words[1] : words[0]) ?? null;
  const namespace = count === 3 ? (words[0] ?? null) : null;
  const identity: Identity = { pod, namespace, container, node: null };
  return streams.keepPrefix(prefix, identity);
}

function openCompose(line: string, end: number, streams: Streams, opened: Opened): boolean {
  let bar = end;
  while (line.charCodeAt(bar) === SPACE) bar++;
  const name = line.slice(0, end);
  if (line.charCodeAt(bar) !== BAR || bar - end > NAME_CHARACTERS_MAX) return false;
  if (isDigit(line.charCodeAt(0)) || !isName(name)) return false;
  opened.stream = streams.of({ ...NO_IDENTITY, container: name });
  opened.envelope = 'compose';
  opened.at = line.charCodeAt(bar + 1) === SPACE ? bar + 2 : bar + 1;
  return true;
}

/** Index of the space behind the name that stands at `at`, or -1 when there is no such name. */
function wordEnd(line: string, at: number): number {
  const limit = Math.min(line.length, at + NAME_CHARACTERS_MAX + 1);
  let end = at;
  while (end < limit && isNameCharacter(line.charCodeAt(end))) end++;
  return end > at && line.charCodeAt(end) === SPACE ? end : -1;
}

function isName(text: string): boolean {
  if (text === '' || text.length > NAME_CHARACTERS_MAX) return false;
  for (let i = 0; i < text.length; i++) if (!isNameCharacter(text.charCodeAt(i))) return false;
  return true;
}

/**
 * A name that Kubernetes gives, which begins with a letter or a digit; people shorten its end. The `- -` of other access
 * logs is none.
 */
function isObjectName(text: string): boolean {
  return isName(text) && isAlphanumeric(text.charCodeAt(0));
}

function isAlphanumeric(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || isDigit(code);
}

/** Lower-case letters, digits, `-`, `.`, `_`. */
function isNameCharacter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || isDigit(code) || code === 0x2d || code === 0x2e || code === 0x5f;
}

function isUpper(code: number): boolean {
  return code >= 0x41 && code <= 0x5a;
}
