import t from 'tap';
import { createNetworks } from '../../src/deliver/networks.ts';
import { slackCarrier } from '../../src/deliver/slack.ts';
import { escapeSlack, slackMessage } from '../../src/deliver/slack-message.ts';
import { Secret } from '../../src/domain/secret.ts';
import { receive } from '../helpers/receiver.ts';
import { makeResources } from '../helpers/report.ts';
import { makeStoredReport } from '../helpers/stored-report.ts';

const HOSTILE = '<!channel> <https://evil.example|click> & <@U123>';

/** A report with more incidents than a message shows, with hostile names. */
function manyIncidents() {
  const stored = makeStoredReport({ headline: `${HOSTILE} ${'x'.repeat(5_000)}` });
  const incidents = Array.from({ length: 70 }, (_, at) => ({
    ...makeResources('x').incidents,
    id: `i${at}`,
    title: `${HOSTILE} ${'y'.repeat(1_000)}`,
  }));
  return {
    ...stored,
    report: { ...stored.report, incidents: { opened: incidents, ongoing: incidents, closed: incidents } },
  };
}

t.test('a message keeps to the bounds of Slack, and says how much it leaves out', async (t) => {
  const { text, blocks } = slackMessage(manyIncidents(), 'https://mesh.example.com');
  t.ok(text.length <= 40_000 && blocks.length <= 50);
  for (const block of blocks) {
    if (block.type === 'context') continue;
    t.ok(block.text.text.length <= (block.type === 'header' ? 150 : 3_000), block.text.text.slice(0, 40));
  }
  t.match(JSON.stringify(blocks), /and 65 more/);
});

t.test('nothing of a log line mentions anybody, or links anywhere', async (t) => {
  const message = JSON.stringify(slackMessage(manyIncidents(), 'https://mesh.example.com'));
  t.notMatch(message, /<!|<@|<https:\/\/evil/);
  const links = [...message.matchAll(/<([^|>]*)\|/g)].map(([, url]) => url);
  t.ok(links.length > 0);
  for (const url of links)
    t.match(url, /^https:\/\/mesh\.example\.com\/(?:#\/incidents\/i\d+|api\/v1\/reports\/)/);
  t.equal(escapeSlack('<!here> & >'), '&lt;!here&gt; &amp; &gt;');
  t.notMatch(
    JSON.stringify(slackMessage(manyIncidents(), null)),
    /https:\/\/mesh/,
    'no links without a place',
  );
});

t.test('posts it as JSON', async (t) => {
  const receiver = await receive(t);
  const url = new Secret(`${receiver.url}/services/s3cret`);
  const networks = createNetworks(['127.0.0.1']);
  const carrier = slackCarrier(
    { type: 'slack', name: 'team', url },
    { networks, now: Date.now, externalUrl: null, render: () => '' },
  );
  t.equal(carrier.destination, receiver.url);
  await carrier.deliver({ id: 'x', report: makeStoredReport() }, new AbortController().signal);
  const [one] = receiver.received;
  t.match(JSON.parse(one?.body ?? ''), {
    text: /no lines/,
    blocks: [{ type: 'header' }, { type: 'section' }, { type: 'context' }],
  });
});
