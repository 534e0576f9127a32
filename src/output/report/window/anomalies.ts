/** What was unusual: who calls whom, how it went by the hour, how much, how much is usual, and what is behind it. */
import type { Report } from '../../../domain/report.ts';
import type { Anomaly } from '../../../domain/resources.ts';
import { amountOf, sparkOf, usualWords, whatWords } from '../../anomaly-words.ts';
import { judgedSentence } from '../../judged.ts';
import { capital, humanMinute, say, type Text } from '../../text.ts';
import { type Block, heading, paragraph } from '../document.ts';
import { callerName, targetName } from './words.ts';

export function anomalyBlocks({ total, items, judged }: Report['anomalies']): Block[] {
  const sentence = `${judgedSentence(total, judged)}.`;
  if (items.length === 0) return [heading(2, 'Anomalies'), paragraph(capital(sentence))];
  const more = total - items.length;
  return [
    heading(2, 'Anomalies'),
    {
      kind: 'table',
      columns: ['CALLS', 'WHAT', 'BY THE HOUR', 'VALUE', 'USUALLY', 'SINCE', 'LIKELY CAUSE'],
      rows: items.map(row),
    },
    paragraph(capital(sentence)),
    ...(more > 0 ? [paragraph(say`${more} more: see ${'meshwake get anomalies'}.`)] : []),
  ];
}

function row(anomaly: Anomaly): readonly Text[] {
  const { series, since, diagnosis, incident_id, summary } = anomaly;
  return [
    say`${callerName(series.source)} to ${targetName(series)}`,
    [whatWords(anomaly)],
    anomaly.points.length === 0 ? [''] : [{ plot: sparkOf(anomaly), label: summary }],
    [amountOf(anomaly, anomaly.value)],
    [usualWords(anomaly)],
    [humanMinute(since)],
    diagnosis === null ? ['not known'] : say`${diagnosis} (${incident_id ?? ''})`,
  ];
}
