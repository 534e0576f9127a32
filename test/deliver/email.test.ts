/** A real SMTP server takes the mail, and a parser of mails reads it back. (D6, D13) */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import t from 'tap';
import { emailCarrier } from '../../src/deliver/email.ts';
import { createNetworks } from '../../src/deliver/networks.ts';
import type { EmailTarget } from '../../src/domain/report-plan.ts';
import { Secret } from '../../src/domain/secret.ts';
import { makeStoredReport } from '../helpers/stored-report.ts';

const SIGNAL = new AbortController().signal;
const DEPS = {
  networks: createNetworks(['127.0.0.1']),
  render: (_report: unknown, format = 'html'): string =>
    format === 'html' ? '<!doctype html><p>Grüße &lt;script&gt;</p>' : 'Grüße <script>\n',
  now: Date.now,
  externalUrl: null,
};

interface Post {
  readonly port: number;
  readonly mails: ParsedMail[];
  readonly recipients: string[][];
}

async function open(t: { teardown(work: () => void): void }, options: SMTPServerOptions = {}): Promise<Post> {
  const post: { port: number; mails: ParsedMail[]; recipients: string[][] } = {
    port: 0,
    mails: [],
    recipients: [],
  };
  const server = new SMTPServer({
    authOptional: true,
    onData(stream, session, callback) {
      simpleParser(stream).then((mail) => {
        post.mails.push(mail);
        post.recipients.push(session.envelope.rcptTo.map(({ address }) => address));
        callback();
      }, callback);
    },
    ...options,
  });
  server.on('error', () => {});
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  t.teardown(() => void server.close());
  post.port = (server.server.address() as AddressInfo).port;
  return post;
}

const target = (port: number, more: Partial<EmailTarget> = {}): EmailTarget => ({
  type: 'email',
  name: 'mail',
  host: '127.0.0.1',
  port,
  security: 'none',
  user: null,
  password: null,
  from: 'Meshwake <meshwake@example.com>',
  to: ['ops@example.com', 'Second <second@example.com>'],
  ...more,
});

t.test('a mail has the report as text, as a page, and as a file', async (t) => {
  const post = await open(t);
  const report = makeStoredReport({ headline: 'One thing\r\nBcc: evil@example.com\n happened “here”' });
  await emailCarrier(target(post.port), DEPS).deliver({ id: `${report.id}/mail`, report }, SIGNAL);
  const [mail] = post.mails;
  t.strictSame(post.recipients, [['ops@example.com', 'second@example.com']], 'and nobody else');
  t.equal(mail?.subject, 'Meshwake daily: One thing Bcc: evil@example.com happened “here”');
  t.equal(mail?.text, 'Grüße <script>\n');
  t.match(mail?.html, /Grüße &lt;script&gt;/);
  t.equal(mail?.from?.text, '"Meshwake" <meshwake@example.com>');
  t.match(mail?.messageId, /^<daily-20240305T090000Z\.mail@.+>$/);
  t.equal(mail?.headers.get('auto-submitted'), 'auto-generated');
  t.equal(mail?.headers.get('x-delivery-id'), 'daily-20240305T090000Z/mail');
  t.notOk(mail?.headers.has('bcc'));
  const [attachment] = mail?.attachments ?? [];
  t.equal(attachment?.filename, 'daily-20240305T090000Z.html');
  t.match(attachment?.content.toString(), /<!doctype html><p>Grüße/);
});

t.test('the same report has the same id over all tries', async (t) => {
  const post = await open(t);
  const carrier = emailCarrier(target(post.port), DEPS);
  for (let times = 0; times < 2; times++)
    await carrier.deliver({ id: 'r/mail', report: makeStoredReport() }, SIGNAL);
  t.equal(post.mails.length, 2);
  t.equal(post.mails[0]?.messageId, post.mails[1]?.messageId);
});

t.test('signs in, and tells a wrong password without it', async (t) => {
  const logins: (string | null | undefined)[][] = [];
  const post = await open(t, {
    authOptional: false,
    allowInsecureAuth: true,
    onAuth({ username, password }, _session, callback) {
      logins.push([username, password]);
      if (password === 'right') callback(null, { user: username });
      else callback(new Error(`Invalid password ${password}`));
    },
  });
  const send = (password: string) =>
    emailCarrier(target(post.port, { user: 'mesh', password: new Secret(password) }), DEPS).deliver(
      { id: 'r/mail', report: makeStoredReport() },
      SIGNAL,
    );
  await send('right');
  t.strictSame(logins, [['mesh', 'right']]);
  t.equal(post.mails.length, 1);
  const error: unknown = await send('wr0ng').catch((caught) => caught);
  t.match(error, { name: 'DeliveryError', message: /the server answered 535/ });
  t.notMatch(String(error), /wr0ng/);
});

t.test('a mail that is refused, a server without TLS, and one that is no public address', async (t) => {
  const post = await open(t, {
    onRcptTo: (_address, _session, callback) =>
      callback(Object.assign(new Error('no'), { responseCode: 452 })),
  });
  const shipment = { id: 'r/mail', report: makeStoredReport() };
  await t.rejects(emailCarrier(target(post.port), DEPS).deliver(shipment, SIGNAL), {
    name: 'DeliveryError',
    message: /answered 452/,
  });
  const plain = await open(t, { hideSTARTTLS: true });
  const wanted = target(plain.port, { security: 'starttls' });
  await t.rejects(emailCarrier(wanted, DEPS).deliver(shipment, SIGNAL), { name: 'DeliveryError' });
  const nowhere = { ...DEPS, networks: createNetworks([]) };
  await t.rejects(emailCarrier(target(plain.port), nowhere).deliver(shipment, SIGNAL), /no public address/);
  await t.rejects(
    emailCarrier(target(plain.port, { host: 'localhost' }), nowhere).deliver(shipment, SIGNAL),
    /no public address/,
  );
  t.strictSame([...post.mails, ...plain.mails], []);
});

t.test('a certificate that nobody vouches for is refused', async (t) => {
  // The server has one of its own making.
  const post = await open(t);
  const wanted = target(post.port, { security: 'starttls' });
  const delivered = emailCarrier(wanted, DEPS).deliver({ id: 'r/mail', report: makeStoredReport() }, SIGNAL);
  await t.rejects(delivered, { name: 'DeliveryError', message: /certificate|ERR_TLS|self.signed/i });
  t.strictSame(post.mails, []);
});

t.test('a server that says nothing is left alone when the time is up', async (t) => {
  const { createServer } = await import('node:net');
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const late = AbortSignal.timeout(300);
  await t.rejects(emailCarrier(target(port), DEPS).deliver({ id: 'x', report: makeStoredReport() }, late), {
    name: 'DeliveryError',
  });
});
