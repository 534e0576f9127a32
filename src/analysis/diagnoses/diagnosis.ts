/** What every diagnosis is: a name of `docs/diagnoses.md` and the words for one finding of it. */
import type { Remedy } from '../../domain/resources.ts';

/** An address in a finding, with what the lines tell of it. */
export interface Place {
  readonly address: string;
  readonly ip: string;
  readonly port: number;
  readonly pod: string | null;
  readonly workload: string | null;
  /** Namespace of the pod or of the service that owns the address. */
  readonly namespace: string | null;
  /** Host of the service that owns the address. */
  readonly owner: string | null;
}

/** A pod that opened connections; `namespace` is inferred from its services when its envelope does not tell. */
export interface Client {
  readonly pod: string | null;
  readonly workload: string | null;
  readonly namespace: string | null;
  readonly ip: string | null;
}

/** The facts of one finding, from which its words are made. Lists are sorted and have no duplicates. */
export interface Subject {
  /** Null when several ports are concerned. */
  readonly port: number | null;
  /** Cluster as logged, its host and, for a Kubernetes service, the service and namespace in that host. */
  readonly cluster: string | null;
  readonly host: string | null;
  readonly service: string | null;
  readonly namespace: string | null;
  readonly upstreamHosts: readonly string[];
  readonly clients: readonly Client[];
  readonly places: readonly Place[];
  readonly victims: readonly string[];
  readonly connections: number;
  readonly failures: number;
  readonly bytes: number;
  /** Of the failed connections, ms. */
  readonly durationMax: number;
  /** Transport failure reasons or termination details of the failed connections. */
  readonly reasons: readonly string[];
}

/** The words of a finding, for an engineer who did not know the diagnosis before. */
export interface Telling {
  readonly title: string;
  readonly cause: string;
  readonly remedies: readonly Remedy[];
  readonly verify: readonly string[];
}

export interface Diagnosis {
  readonly id: string;
  tell(subject: Subject): Telling;
}

/** What failed connections of one shape show. */
export interface Sign {
  readonly inbound: boolean;
  readonly flags: readonly string[];
  /** `upstream_transport_failure_reason`, in lower case; empty when there is none. */
  readonly reason: string;
  /** Smallest and largest duration, ms. */
  readonly durationMin: number;
  readonly durationMax: number;
}

/** A diagnosis that failed connections show by themselves. */
export interface FailureDiagnosis extends Diagnosis {
  matches(sign: Sign): boolean;
}

/** Shape: a remedy without YAML needs its title only. */
export function remedy(
  title: string,
  resource: string,
  rest: { readonly yaml?: string; readonly caveat?: string } = {},
): Remedy {
  return { title, resource, yaml: rest.yaml ?? null, caveat: rest.caveat ?? null };
}

/** A value as one word of a POSIX shell: text from a log must not run when a command is pasted. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9._:/-]*$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A value as a YAML scalar on one line; what is no ASCII that shows is escaped. What strangers wrote stands in no comment. */
export function yamlWord(text: string): string {
  const plain = /^[A-Za-z][A-Za-z0-9._/-]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off)$/i.test(text);
  return plain ? text : JSON.stringify(text.toWellFormed()).replace(/[^\x20-\x7e]/gu, escapeCharacter);
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}

/** `POD.NAMESPACE` as istioctl takes it; capitals stand for what the lines do not tell. */
export function podArgument(client: Pick<Client, 'pod' | 'namespace'> | undefined): string {
  return shellWord(`${client?.pod ?? 'POD'}.${client?.namespace ?? 'NAMESPACE'}`);
}

/** `a`, `a and b`, `a, b and 3 more`. */
export function listWords(words: readonly string[], most = 3): string {
  if (words.length === 0) return 'nobody';
  if (words.length > most) return `${words.slice(0, most).join(', ')} and ${words.length - most} more`;
  if (words.length === 1) return words[0] ?? '';
  return `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}

/** The verb for one or for several of what {@link listWords} names. */
export function verb(words: Iterable<string>, one: string, several: string): string {
  return new Set(words).size === 1 ? one : several;
}

/** `1 connection`, `2 connections`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** How to call the clients of a finding: by workload, else by pod, else by address. */
export function clientWords(subject: Subject): string {
  return listWords(clientNames(subject));
}

/** The same one by one. */
export function clientNames(subject: Subject): string[] {
  return [
    ...new Set(
      subject.clients.map((client) => client.workload ?? client.pod ?? client.ip ?? 'an unnamed pod'),
    ),
  ];
}

/** How to call a destination: by workload and address. */
export function placeWords(place: Place | undefined): string {
  if (place === undefined) return 'an unknown destination';
  return place.workload === null ? place.address : `${place.workload} (${place.address})`;
}

/** How to call all destinations of a finding. */
export function placesWords(subject: Subject): string {
  return listWords(placeNames(subject));
}

/** The same one by one. */
export function placeNames(subject: Subject): string[] {
  return [...new Set(subject.places.map(placeWords))];
}
