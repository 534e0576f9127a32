/** A few lines of every known format: its own samples, and some of the incident in its spelling. */
import type { AccessLogEntry } from '../../src/domain/entry.ts';
import { formatTime } from '../../src/domain/time.ts';
import { FORMATS } from '../../src/parse/compiled-formats.ts';
import type { FieldName, JsonLogFormat, LogFormat } from '../../src/parse/log-format.ts';
import { renderLine } from '../../src/parse/render.ts';

/** Shape: file name to text. */
export function formatFiles(entries: readonly AccessLogEntry[]): Map<string, string> {
  return new Map(FORMATS.map((format) => [`${format.name}.log`, linesOf(format, entries)]));
}

function linesOf(format: LogFormat, entries: readonly AccessLogEntry[]): string {
  const own = format.samples.map((sample) => sample.line);
  const spelt = entries.flatMap((entry) => {
    const line = spell(format, entry);
    return line === null ? [] : [line];
  });
  return [...own, ...spelt].map((line) => `${line}\n`).join('');
}

function spell(format: LogFormat, entry: AccessLogEntry): string | null {
  if (format.kind === 'text')
    return renderLine(format.name, { ...entry, attributes: attributesFor(format.name) });
  return format.kind === 'json' ? spellJson(format, entry) : null;
}

/** What some formats print beside the fields. */
function attributesFor(name: string): Record<string, string> | null {
  if (name.endsWith('-trailing')) return { trailing: 'zone-a' };
  if (!name.startsWith('kuma')) return null;
  return {
    kuma_mesh: 'default',
    kuma_source_address: '10.36.0.14:0',
    kuma_source_address_without_port: '10.36.0.14',
    kuma_source_service: 'planner_harvest_svc_5701',
    kuma_destination_service: 'planner_harvest_svc_5701',
  };
}

/** Keys in the order of the format, typed as Envoy types them. */
function spellJson(format: JsonLogFormat, entry: AccessLogEntry): string {
  const required = format.requires
    .filter((key) => format.keys[key] === undefined)
    .map((key) => [key, null] as const);
  const keys = Object.entries(format.keys).filter(([key, field]) => key === preferredKey(format, field));
  return JSON.stringify(
    Object.fromEntries([...keys.map(([key, field]) => [key, spellValue(entry, field)]), ...required]),
  );
}

/** The format's own key where the plain name of the field would do as well. */
function preferredKey(format: JsonLogFormat, field: FieldName): string | undefined {
  const keys = Object.keys(format.keys).filter((key) => format.keys[key] === field);
  return keys.find((key) => key !== field) ?? keys[0];
}

function spellValue(entry: AccessLogEntry, field: FieldName): unknown {
  if (field === 'start_time') return formatTime(entry.start_time);
  if (field === 'response_flags') return entry.response_flags.join(',') || '-';
  return entry[field];
}
