/** Reports that are kept, and schedules. */
import { Type } from 'typebox';
import { PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX } from '../../domain/limits.ts';
import { REPORT_FORMATS } from '../../domain/report.ts';
import { TARGET_TYPES } from '../../domain/report-plan.ts';
import { DELIVERY_STATES } from '../../domain/report-store.ts';
import { SEVERITIES } from '../../domain/resources.ts';
import { Count, Nullable, OneOf, Text, Time } from './common.ts';
import { ReportFiltersSchema, ReportSchema } from './report.ts';

const DeliverySchema = Type.Object(
  {
    id: Text('The same over all tries: whoever receives a report twice can tell'),
    target: Text('Name of the target in the configuration'),
    state: OneOf(DELIVERY_STATES, 'Whether it is still to be sent, arrived, or was given up'),
    tries: Count('How often it was tried'),
    next_try: Nullable(Time('Not before'), 'Null: there will be none'),
    last_try: Nullable(Time('Begin of the last try'), 'Null: there was none yet'),
    delivered_at: Nullable(Time('When the target had it'), 'Null: it does not have it'),
    error: Nullable(Type.String(), 'Why the last try did not go well'),
  },
  { title: 'Delivery', description: 'What became of a report for one target' },
);

const item = {
  id: Text('Schedule and period; `asked` and the time for one that was asked for'),
  schedule: Nullable(Type.String(), 'Name of its schedule; null: it was asked for'),
  period: Time('The time that its schedule names; of one that was asked for, when'),
  missed: Count('Earlier times of its schedule that passed without a report, as nobody was there to make it'),
  made_at: Time('When it was made'),
  since: Time('Begin of its window'),
  until: Time('End of its window, exclusive'),
  filters: ReportFiltersSchema,
  format: OneOf(REPORT_FORMATS, 'Format that it is delivered in'),
  headline: Text('What it says, in a sentence or two'),
  severity: Nullable(OneOf(SEVERITIES, 'Of its worst incident'), 'Null without any'),
  deliveries: Type.Array(DeliverySchema),
};
export const ReportItemSchema = Type.Object(item, {
  title: 'ReportHead',
  description: 'A report, without its document',
});

export const WholeReportSchema = Type.Object(
  { ...item, report: ReportSchema },
  { title: 'KeptReport', description: 'A report, with its document' },
);

export const ScheduleSchema = Type.Object(
  {
    name: Text('Name of the report in the configuration'),
    cron: Text('When it is made'),
    timezone: Text('Time zone that this is meant in'),
    window_seconds: Nullable(
      Type.Number(),
      'How far it looks back from the scheduled time; null: to the report before',
    ),
    filters: ReportFiltersSchema,
    format: OneOf(REPORT_FORMATS, 'Format that it is delivered in'),
    next_runs: Type.Array(Time('When it is made next'), { description: 'Soonest first' }),
    last_report: Nullable(
      Type.Object({
        id: item.id,
        period: item.period,
        made_at: item.made_at,
        headline: item.headline,
        missed: item.missed,
      }),
      'Null: none was made yet, or it is forgotten',
    ),
    error: Nullable(Type.String(), 'Why the report that is due could not be made; null: none is due'),
    targets: Type.Array(
      Type.Object({
        target: Text('Name of the target'),
        type: OneOf(TARGET_TYPES, 'What it is'),
        destination: Text('Where it is, without what is secret of that'),
        delivery: Nullable(DeliverySchema, 'Of the last report; null where there is none, and for alerts'),
        alerts: Nullable(
          Type.Object({
            firing: Count('Alerts that fire'),
            told_at: Nullable(Time('When the target took them last'), 'Null: not since the start'),
            error: Nullable(Type.String(), 'Why it did not the last time'),
          }),
          'Null where reports are delivered',
        ),
      }),
    ),
  },
  { title: 'Schedule', description: 'A report of the configuration, and how it is' },
);

export const SchedulesSchema = Type.Object(
  { items: Type.Array(ScheduleSchema), next_cursor: Type.Null() },
  { title: 'SchedulePage', description: 'All schedules, in the order of the configuration' },
);

export const ReportsQuery = Type.Object(
  {
    schedule: Type.Optional(
      Type.String({ maxLength: 64, description: 'Only reports of the schedule of this name' }),
    ),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: PAGE_ITEMS_MAX,
        description: `Items at most (default ${PAGE_ITEMS_DEFAULT})`,
      }),
    ),
    cursor: Type.Optional(
      Type.String({
        maxLength: 200,
        description: '`next_cursor` of the page before, with the same schedule',
      }),
    ),
  },
  { additionalProperties: false },
);

/** In which form one report is, for whoever cannot set a header. */
export const reportFormat = {
  format: Type.Optional(OneOf(REPORT_FORMATS, 'Form of the answer, instead of `Accept`')),
};
export const ReportQuery = Type.Object(reportFormat, { additionalProperties: false });
