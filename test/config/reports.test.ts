/** The part of the configuration about reports: what is taken, what is refused, what is shown to nobody. (D7, D13) */
import t from 'tap';
import { type PlanDeps, readReportsPlan } from '../../src/config/reports.ts';
import { AppError } from '../../src/domain/errors.ts';
import { NO_PLAN } from '../../src/domain/report-plan.ts';
import { cronProblem, isTimezone } from '../../src/reports/cron.ts';

const NOW = Date.UTC(2026, 0, 5);
const FILES: Readonly<Record<string, string>> = {
  'slack-url': 'https://hooks.slack.com/services/s3cret\n',
  empty: '\n',
  two: 'a\nb\n',
};
const DEPS: PlanDeps = {
  env: { HOOK_KEY: 'k3y', EMPTY: '' },
  readFile: async (path) => {
    const text = FILES[path];
    if (text === undefined) throw new Error('no such file');
    return text;
  },
  resolvePath: (path) => `/etc/meshwake/${path}`,
  cronProblem: (cron, timezone) => cronProblem(cron, timezone, NOW),
  isTimezone,
  now: NOW,
};

const read = (text: string) => readReportsPlan(text, 'meshwake.yaml', DEPS);

const WHOLE = `
external_url: https://meshwake.example.com/
allow_networks: [10.0.0.0/8, 192.168.1.5, 'fd00::/8']
targets:
  - {name: archive, type: file, directory: reports}
  - {name: latest, type: file, file: latest.html}
  - name: hook
    type: webhook
    url: https://example.com/in
    secret_env: HOOK_KEY
  - {name: team, type: slack, url_file: slack-url}
  - name: mail
    type: email
    host: smtp.example.com
    user: mesh
    password_file: slack-url
    from: Meshwake <meshwake@example.com>
    to: [ops@example.com]
  - {name: am, type: alertmanager, url: 'http://alertmanager:9093', resend: 30s}
reports:
  - name: daily
    cron: 0 7 * * 1-5
    timezone: Europe/Berlin
    window: 24h
    filters: {namespace: [shop, pay], port: 5701}
    format: markdown
    deliver: [archive, am]
    keep: 30d
  - name: weekly
    cron: 0 8 * * 1
`;

t.test('reads reports, targets and networks', async (t) => {
  const plan = await read(WHOLE);
  t.strictSame(plan.schedules, [
    {
      name: 'daily',
      cron: '0 7 * * 1-5',
      timezone: 'Europe/Berlin',
      windowMs: 86_400_000,
      filters: { namespace: ['shop', 'pay'], port: ['5701'] },
      format: 'markdown',
      deliver: ['archive', 'am'],
      keepMs: 30 * 86_400_000,
    },
    {
      name: 'weekly',
      cron: '0 8 * * 1',
      timezone: 'UTC',
      windowMs: null,
      filters: {},
      format: 'html',
      deliver: [],
      keepMs: 90 * 86_400_000,
    },
  ]);
  t.equal(plan.externalUrl, 'https://meshwake.example.com');
  t.strictSame(plan.allowNetworks, ['10.0.0.0/8', '192.168.1.5', 'fd00::/8']);
  const [archive, latest, hook, team, mail, am] = plan.targets;
  t.strictSame(archive, { type: 'file', name: 'archive', directory: '/etc/meshwake/reports', file: null });
  t.match(latest, { file: '/etc/meshwake/latest.html', directory: null });
  t.equal(hook?.type === 'webhook' && hook.secret?.reveal(), 'k3y');
  t.equal(team?.type === 'slack' && team.url.reveal(), 'https://hooks.slack.com/services/s3cret');
  t.match(mail, {
    host: 'smtp.example.com',
    port: 587,
    security: 'starttls',
    user: 'mesh',
    to: ['ops@example.com'],
  });
  t.match(am, { resendMs: 30_000, token: null });
  t.notMatch(JSON.stringify(plan), /s3cret|k3y/, 'secrets are not shown');
});

t.test('an empty file plans nothing', async (t) => {
  for (const text of ['', '# nothing yet\n', '{}', 'reports:\n'])
    t.strictSame(await read(text), NO_PLAN, text);
});

const target = (text: string): string => `targets:\n  - {name: a, ${text}}\n`;
const report = (text: string): string =>
  `targets:\n  - {name: archive, type: file, directory: x}\nreports:\n  - {name: daily, cron: '0 7 * * *', ${text}}\n`;

/** Where what is wrong is, and what is said of it. */
const WRONG: ReadonlyArray<readonly [text: string, message: RegExp, remedy?: RegExp]> = [
  ['a: [', /cannot read meshwake\.yaml, line 1: /],
  ['reports: []\nreports: []\n', /cannot read meshwake\.yaml, line 2: Map keys must be unique/],
  ['- a\n', /cannot use meshwake\.yaml, line 1: got a list, expected a mapping/],
  [
    'report: []\n',
    /line 1: there is no key "report" in the document; expected one of external_url,/,
    /did you mean reports\?/,
  ],
  ['reports: daily\n', /line 1, reports: got "daily", expected a list/],
  ['reports:\n  - daily\n', /line 2, reports\[0\]: got "daily", expected a mapping with the keys name, cron/],
  ['reports:\n  - name: daily\n', /line 2, reports\[0\]\.cron: it is missing, expected a cron expression/],
  [report('cron: x'), /cannot read meshwake\.yaml, line 4/],
  [
    'reports:\n  - name: daily\n    cron: 0 7 * *\n',
    /line 3, reports\[0\]\.cron: got "0 7 \* \*", expected .* \(.*five, six/,
  ],
  [report('timezone: Europe/Belin'), /reports\[0\]\.timezone: got "Europe\/Belin", expected the IANA name/],
  [report('window: 1'), /reports\[0\]\.window: got 1, expected a duration from 1m to 366d/],
  [report('window: 5s'), /reports\[0\]\.window/],
  [report('format: pdf'), /reports\[0\]\.format: got "pdf", expected one of text, markdown, json, html/],
  [report('filters: [a]'), /reports\[0\]\.filters: got a list, expected a mapping of filters/],
  [report('filters: {prot: 1}'), /reports\[0\]\.filters: .*"prot"/],
  [report('filters: {since: 1h}'), /filters without a time/],
  [report('filters: {verdict: paired}'), /"verdict"/],
  [
    report('deliver: [archiv]'),
    /reports\[0\]\.deliver\[0\]: got "archiv", expected the name of a target: archive/,
    /did you mean archive\?/,
  ],
  [report('keep: soon'), /reports\[0\]\.keep/],
  ["reports:\n  - {name: ../x, cron: '* * * * *'}\n", /reports\[0\]\.name: got "..\/x", expected a name/],
  ["reports:\n  - {name: asked, cron: '* * * * *'}\n", /another name/],
  [
    "reports:\n  - {name: a, cron: '* * * * *'}\n  - {name: a, cron: '* * * * *'}\n",
    /line 3, reports\[1\].*it is there already/,
  ],
  [target('type: fax'), /targets\[0\]\.type: got "fax", expected one of file, webhook/],
  [target('type: file'), /either a directory or a file/],
  [target('type: file, directory: a, file: b'), /either a directory or a file/],
  [
    target('type: file, url: x'),
    /there is no key "url" in targets\[0\]; expected one of name, type, directory, file/,
  ],
  [target('type: slack'), /targets\[0\]\.url: it is missing, expected a URL/],
  [target('type: slack, url: x, url_file: slack-url'), /only one of the ways/],
  [target('type: slack, url_file: nowhere'), /cannot read "nowhere" of the configuration: no such file/],
  [target('type: slack, url_file: two'), /a file with one line/],
  [target('type: slack, url_env: NOTHING'), /an environment variable that is set/],
  [target('type: slack, url_env: MESHWAKE_URL'), /begin with MESHWAKE_ are settings/],
  [
    target('type: webhook, url: "https://user:s3cret@example.com/"'),
    /^cannot use the URL of target a: expected one such as [^@]*$/,
  ],
  [target('type: webhook, url: "file:///etc/passwd"'), /cannot use the URL of target a/],
  [target('type: webhook, url: "gopher://example.com/"'), /cannot use the URL of target a/],
  [
    target('type: webhook, url: "https://example.com/", secret: k3y'),
    /there is no key "secret" in .*secret_file, secret_env/,
  ],
  [target('type: email, host: h, from: a@b.c'), /targets\[0\]\.to: it is missing/],
  [target('type: email, host: "h:25", from: a@b.c, to: [a@b.c]'), /targets\[0\]\.host/],
  [target('type: email, host: h, from: a@b.c, to: ["a@b.c\\nBcc: x@y.z"]'), /targets\[0\]\.to\[0\]/],
  [target('type: email, host: h, from: a@b.c, to: ["a@b.c, x@y.z"]'), /targets\[0\]\.to\[0\]/],
  [target('type: email, host: h, user: u, from: a@b.c, to: [a@b.c]'), /both user and password_file/],
  [target('type: email, host: h, port: 0, from: a@b.c, to: [a@b.c]'), /a whole number from 1 to 65535/],
  [target('type: alertmanager, url: "http://x", resend: 5ms'), /targets\[0\]\.resend/],
  ['allow_networks: [10.0.0.0/33]\n', /allow_networks\[0\]: got "10\.0\.0\.0\/33", expected a network/],
  ['allow_networks: [everything]\n', /allow_networks\[0\]/],
  ['external_url: javascript:alert(1)\n', /external_url: got "javascript:alert\(1\)", expected a URL/],
  ['external_url: "https://x/?a=<b|c>"\n', /external_url/],
  [
    `a: &a [1,1,1,1,1,1,1,1,1]\n${Array.from({ length: 9 }, (_, at) => `b${at}: [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n`).join('')}`,
    /./,
  ],
];

t.test('what is wrong is told by file, line and path, with what was expected', async (t) => {
  for (const [text, message, remedy] of WRONG) {
    const error: unknown = await read(text).catch((caught: unknown) => caught);
    t.ok(error instanceof AppError, `${text}: ${error}`);
    t.match(error, { code: 'bad_parameter', message, ...(remedy === undefined ? {} : { remedy }) }, text);
    t.notMatch(String(error), /s3cret|k3y/);
  }
});
