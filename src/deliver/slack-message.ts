/** A report as a message of Slack: what is worth knowing at a glance, within Slack's bounds. Source: docs.slack.dev, Block Kit. */
import type { Report } from '../domain/report.ts';
import type { StoredReport } from '../domain/report-store.ts';
import type { Incident } from '../domain/resources.ts';

/** Characters that Slack takes in a header, and in a section. */
const HEADER_MAX = 150;
const SECTION_MAX = 3_000;
const ITEMS_MAX = 5;

interface SlackText {
  readonly type: 'plain_text' | 'mrkdwn';
  readonly text: string;
}
type SlackBlock =
  | { readonly type: 'header' | 'section'; readonly text: SlackText }
  | { readonly type: 'context'; readonly elements: readonly SlackText[] };

export interface SlackMessage {
  /** For notifications and old clients. */
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
}

/** `externalUrl`: of the web page; null: no links. */
export function slackMessage(stored: StoredReport, externalUrl: string | null): SlackMessage {
  const { report, headline, schedule } = stored;
  const { incidents, anomalies, routing } = report;
  const title = `Meshwake: ${schedule ?? 'report'}`;
  const incident = (one: Incident): string => incidentLine(one, externalUrl);
  const sections = [
    escapeSlack(headline),
    list('Incidents that began', incidents.opened, incidents.opened.length, incident),
    list('Incidents that go on', incidents.ongoing, incidents.ongoing.length, incident),
    list('Incidents that ended', incidents.closed, incidents.closed.length, incident),
    list('Unusual', anomalies.items, anomalies.total, ({ summary }) => escapeSlack(cut(summary, 400))),
    routingLine(routing),
  ].filter((text): text is string => text !== null);
  return {
    text: escapeSlack(cut(headline, SECTION_MAX)),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cut(title, HEADER_MAX) } },
      ...sections.map((text): SlackBlock => ({ type: 'section', text: markdown(text) })),
      { type: 'context', elements: [markdown(contextLine(report, externalUrl, stored.id))] },
    ],
  };
}

function markdown(text: string): SlackText {
  return { type: 'mrkdwn', text: cut(text, SECTION_MAX) };
}

function list<T>(
  title: string,
  items: readonly T[],
  total: number,
  line: (item: T) => string,
): string | null {
  if (items.length === 0) return null;
  const shown = items.slice(0, ITEMS_MAX).map((item) => `• ${line(item)}`);
  const rest = total - shown.length;
  return [`*${title}*`, ...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n');
}

function incidentLine({ id, severity, title }: Incident, externalUrl: string | null): string {
  const name = escapeSlack(cut(title, 300));
  const linked =
    externalUrl === null
      ? name
      : `<${externalUrl}/#/incidents/${encodeURIComponent(id)}|${name.replaceAll('|', '¦')}>`;
  return `*${severity}* ${linked}`;
}

function routingLine({ added_total, removed_total, moved_total }: Report['routing']): string | null {
  if (added_total + removed_total + moved_total === 0) return null;
  return `*Routing*: ${moved_total} calls moved, ${added_total} are new, ${removed_total} are gone`;
}

function contextLine({ window, counts }: Report, externalUrl: string | null, id: string): string {
  const what = `${window.since} to ${window.until}, ${counts.connections} connections of ${counts.pods} pods`;
  const link = `${externalUrl}/api/v1/reports/${encodeURIComponent(id)}`;
  return escapeSlack(what) + (externalUrl === null ? '' : ` · <${link}|the whole report>`);
}

/** Nothing of a log line is a link, a mention of somebody, or a channel. */
export function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function cut(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max - 1)}…` : text;
}
