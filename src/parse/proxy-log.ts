/** Knows the lines that a proxy's container writes beside its access log. */
import type { SkipReason } from '../domain/entry.ts';
import { isDigit, levelEnd } from './envelope/message-start.ts';

const SPACE = 0x20;
const TAB = 0x09;
/** So far into a line its time and level must stand. */
const HEAD_CHARACTERS_MAX = 48;
const LEVEL_IN_BRACKETS = /^\[\d{1,9}\]\[(?:trace|debug|info|warning|warn|error|critical)\]/;
const AGENT_HEAD = /^[\d:.T-]{4,30}Z\s{1,8}(?:trace|debug|info|warn|warning|error|critical|fatal)\s/;
const AGENT_TAIL = /^(?:debug|info|warn|warning|error|critical|fatal)\t/;
const STACK_HEADS = [
  'goroutine ',
  'panic: ',
  'created by ',
  'Caused by: ',
  '\tat ',
  '    at ',
  'Traceback (most recent call last)',
  '  File "',
];

/**
 * Says why the message from `at` on is no access line and was never meant to be.
 * Null: it is nothing that is known here.
 */
export function skipReason(line: string, at: number): SkipReason | null {
  if (isBlank(line, at)) return 'blank';
  const first = line.charCodeAt(at);
  if (first === 0x5b /* [ */) return isEnvoyLog(line, at) ? 'proxy_log' : null;
  if (isDigit(first)) return agentReason(line, at);
  if ((first === 0x2b || first === 0x2d) && isSternStatus(line, at)) return 'stern_status';
  if (isStackTrace(line, at)) return 'stack_trace';
  // The time of the agent's layout was lost.
  if (AGENT_TAIL.test(line.slice(at, at + 12)))
    return ofEnvoy(line, levelEnd(line, at, TAB)) ? 'proxy_log' : 'agent_log';
  return null;
}

/** `[2021-01-01 10:00:00.000][18][warning][main] …`, also as the agent relays it: `[Envoy (Epoch 0)] [2021…`. */
function isEnvoyLog(line: string, at: number): boolean {
  const relayed = line.startsWith('[Envoy (Epoch ', at) ? line.indexOf(')] [', at) : -1;
  if (relayed > at + HEAD_CHARACTERS_MAX) return false;
  const stamp = relayed < 0 ? at + 1 : relayed + 4;
  if (line.charCodeAt(stamp + 4) !== 0x2d || line.charCodeAt(stamp + 10) !== SPACE) return false;
  const close = line.indexOf(']', stamp);
  if (close < 0 || close > stamp + HEAD_CHARACTERS_MAX) return false;
  return LEVEL_IN_BRACKETS.test(line.slice(close + 1, close + 1 + HEAD_CHARACTERS_MAX));
}

/** `2022-01-01T00:00:00.000000Z<TAB>info<TAB>…`, also with its first digits lost. */
function agentReason(line: string, at: number): SkipReason | null {
  const head = AGENT_HEAD.exec(line.slice(at, at + HEAD_CHARACTERS_MAX));
  if (head === null) return null;
  return ofEnvoy(line, at + head[0].length) ? 'proxy_log' : 'agent_log';
}

/** True when the scope that follows is Envoy's: the agent relays its lines in its own layout. */
function ofEnvoy(line: string, at: number): boolean {
  let scope = at;
  while (line.charCodeAt(scope) === SPACE || line.charCodeAt(scope) === TAB) scope++;
  return line.startsWith('envoy ', scope) || line.startsWith('envoy\t', scope);
}

/** `+ POD › CONTAINER`, `- NAMESPACE POD › CONTAINER`. */
function isSternStatus(line: string, at: number): boolean {
  return line.charCodeAt(at + 1) === SPACE && line.slice(at, at + 800).includes(' \u203a ');
}

function isStackTrace(line: string, at: number): boolean {
  if (STACK_HEADS.some((head) => line.startsWith(head, at))) return true;
  // A frame of Go: a tab, a path, a line number.
  return line.charCodeAt(at) === TAB && /\.go:\d{1,7}(?: \+0x[0-9a-f]{1,16})?$/.test(line.slice(-80));
}

function isBlank(line: string, at: number): boolean {
  for (let i = at; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if (code !== SPACE && code !== TAB && code !== 0x0d && code !== 0x0a) return false;
  }
  return true;
}
