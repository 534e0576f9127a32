/** Anomalies, and what they rest on. */
import { Type } from 'typebox';
import { ANOMALY_BASES, ANOMALY_DIRECTIONS, ANOMALY_METRICS, STATES } from '../../domain/resources.ts';
import { Count, Nullable, OneOf, PageOf, Text, Time } from './common.ts';

export const AnomalySchema = Type.Object(
  {
    id: Type.String(),
    metric: OneOf(
      ANOMALY_METRICS,
      'What was unusual: a count of connections, bytes of one, ms that half of them take less than',
    ),
    direction: OneOf(ANOMALY_DIRECTIONS, 'More, fewer, or never seen before'),
    series: Type.Object({
      source: Type.Object({ workload: Nullable(Type.String()), namespace: Nullable(Type.String()) }),
      destination: Text('Host of the service, workload of the pod, or ip: the first that is known'),
      port: Type.Integer({ minimum: 0, maximum: 65_535 }),
      state: OneOf(STATES, 'How the connections were routed'),
      response_flag: Nullable(Type.String(), 'Of failures'),
    }),
    window: Type.Object(
      { since: Time('Begin of the first hour'), until: Time('End of the last hour') },
      { description: 'The whole hours that were unusual' },
    ),
    since: Time('First connection that shows it; of a drop, the beginning of its first hour'),
    value: Type.Number({
      description: 'Counts over the window; of bytes and durations, those of the most unusual hour',
    }),
    baseline: Type.Number({ description: 'What is usual' }),
    expected: Type.Object(
      { low: Type.Number(), high: Type.Number() },
      { description: 'What would not have been told' },
    ),
    score: Type.Number({ description: 'Standard deviations of the most unusual hour' }),
    basis: OneOf(ANOMALY_BASES, 'The hours compared with: those of earlier weeks, or of the day before'),
    summary: Text('In one sentence'),
    incident_id: Nullable(Type.String(), 'Incident about the same calls at the same time'),
    diagnosis: Nullable(Type.String(), 'Diagnosis of that incident'),
    points: Type.Array(Type.Tuple([Time('Begin of the hour'), Nullable(Type.Number())]), {
      description:
        'Begin of each of 48 hours, at most 12 of them after the anomaly, with its value; null where nothing was collected',
    }),
  },
  {
    title: 'Anomaly',
    description: 'Calls of one workload to one destination that were more, fewer, or other than usual',
  },
);

export const JudgedSchema = Type.Object(
  {
    since: Time('Begin of the whole hours that were judged'),
    until: Time('Their end'),
    basis: Nullable(
      OneOf(ANOMALY_BASES, 'What they were compared with'),
      'Null when there is nothing to compare them with',
    ),
    days: Type.Number({ description: 'Days of history before them' }),
    series: Count('Calls of one workload to one destination in one state'),
    trials: Count('Hours that were compared, each metric by itself'),
    holes: Count('Hours in which nothing was collected'),
  },
  { description: 'What the anomalies rest on' },
);

export const AnomalyPageSchema = Type.Object(
  {
    ...PageOf(AnomalySchema, 'Anomaly', 'anomalies').properties,
    judged: JudgedSchema,
  },
  { title: 'AnomalyPage', description: 'A page of anomalies, the most unusual first' },
);
