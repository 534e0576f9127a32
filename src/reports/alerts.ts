/** Open incidents as alerts: told again while they are open, and told to be over when they are. */
import type { Alert } from '../domain/delivery.ts';
import { ANNOTATION_MAX } from '../domain/limits.ts';
import type { FiringAlert } from '../domain/report-store.ts';
import type { Incident } from '../domain/resources.ts';
import { formatTime } from '../domain/time.ts';

/** What of an alert has to be known to end it, also by another process than the one that began it. */
type Told = Pick<Alert, 'labels' | 'annotations' | 'startsAt' | 'generatorURL'>;

export interface AlertRound {
  /** To be told now. */
  readonly alerts: readonly Alert[];
  /** Those that fire once they were told, by incident. */
  readonly firing: readonly FiringAlert[];
}

export interface AlertOptions {
  readonly schedule: string;
  /** Ms since the epoch. */
  readonly now: number;
  /** When an alert ends of itself, should nobody live to tell it again. */
  readonly lapse: number;
  /** Null: no links. */
  readonly externalUrl: string | null;
}

/**
 * `incidents`: those of late, open and ended. `before`: the alerts that fire.
 * An alert is known by its labels: an incident that gets worse ends one alert and begins another.
 */
export function nextRound(
  incidents: readonly Incident[],
  before: readonly FiringAlert[],
  options: AlertOptions,
): AlertRound {
  const open = incidents.filter((incident) => incident.ended === null);
  const firing = open.map((incident) => ({ incident: incident.id, told: toTold(incident, options) }));
  const labels = new Set(firing.map(({ told }) => labelsKey(told)));
  const ended = before
    .map(({ incident, document }) => ({ incident, told: JSON.parse(document) as Told }))
    .filter(({ told }) => !labels.has(labelsKey(told)))
    .map(({ incident, told }) => ({
      ...told,
      endsAt: formatTime(endOf(incident, told, incidents, options)),
    }));
  const endsAt = formatTime(options.lapse);
  return {
    alerts: [...firing.map(({ told }) => ({ ...told, endsAt })), ...ended],
    firing: firing
      .map(({ incident, told }) => ({ incident, document: JSON.stringify(told) }))
      .sort((a, b) => (a.incident < b.incident ? -1 : 1)),
  };
}

/** When an alert ended that does not fire any more: never after now, nor before it began. */
function endOf(id: string, told: Told, incidents: readonly Incident[], { now }: AlertOptions): number {
  const ended = incidents.find((incident) => incident.id === id)?.ended?.before ?? null;
  const at = ended === null ? now : Math.min(now, Date.parse(ended));
  return Math.max(at, Date.parse(told.startsAt));
}

function toTold(incident: Incident, { schedule, now, externalUrl }: AlertOptions): Told {
  const { id, diagnosis, severity, port, title, cause, sources } = incident;
  const namespaces = [...new Set(sources.map(({ namespace }) => namespace))];
  const [namespace = null] = namespaces;
  const remedy = incident.remedies[0]?.title ?? null;
  const given: Readonly<Record<string, string | null>> = {
    alertname: 'MeshwakeIncident',
    incident: id,
    diagnosis,
    severity,
    report: schedule,
    port: port === null ? null : String(port),
    namespace: namespaces.length === 1 ? namespace : null,
  };
  return {
    labels: present(given),
    annotations: present({
      summary: shorten(title),
      description: shorten(cause),
      remedy: remedy && shorten(remedy),
    }),
    startsAt: incident.onset.before ?? formatTime(now),
    generatorURL: externalUrl === null ? null : `${externalUrl}/#/incidents/${encodeURIComponent(id)}`,
  };
}

function present(given: Readonly<Record<string, string | null>>): Record<string, string> {
  const known = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== null);
  return Object.fromEntries(known);
}

function shorten(text: string): string {
  return text.length > ANNOTATION_MAX ? `${text.slice(0, ANNOTATION_MAX - 3)}...` : text;
}

function labelsKey({ labels }: Pick<Alert, 'labels'>): string {
  return JSON.stringify(Object.entries(labels).sort());
}
