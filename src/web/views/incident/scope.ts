/** Which lines an incident is about, as filters of the API. */
import type { Incident } from '../../../domain/resources.ts';

/** Beyond this many a URL would be too long, and the port has to do. */
const DESTINATIONS_MAX = 30;

/** Filters for the connections that it took: where they were meant to go, in its time. */
export function connectionsQuery(incident: Incident): Record<string, string | readonly string[] | null> {
  return {
    ...destinationFilter(incident),
    upstream_cluster: incident.upstream_cluster,
    since: incident.onset.before ?? null,
    until: incident.ended?.before ?? null,
  };
}

export function destinationFilter({
  destinations,
  port,
}: Pick<Incident, 'destinations' | 'port'>): Record<string, string | readonly string[] | null> {
  if (destinations.length > 0 && destinations.length <= DESTINATIONS_MAX)
    return { destination: destinations.map(({ address }) => address) };
  return { port: port === null ? null : String(port) };
}
