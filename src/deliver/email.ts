/** Reports by e-mail: as text and as a page within the mail, and as a file that browsers show whole. */

import { connect, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { createTransport, type SendMailOptions } from 'nodemailer';
import type SMTPTransport from 'nodemailer/lib/smtp-transport/index.js';
import { type Carrier, DeliveryError, type Shipment } from '../domain/delivery.ts';
import { messageOf } from '../domain/errors.ts';
import { DELIVERY_MS_MAX } from '../domain/limits.ts';
import type { EmailTarget } from '../domain/report-plan.ts';
import type { CarrierDeps, RenderStored } from './deps.ts';
import type { Networks } from './networks.ts';

const SUBJECT_MAX = 150;

export function emailCarrier(target: EmailTarget, { networks, render }: CarrierDeps): Carrier {
  const { host, port } = target;
  return {
    target: target.name,
    type: 'email',
    destination: `${host}:${port}`,
    async deliver(shipment, signal) {
      const socket = await reach(target, networks, signal);
      const abort = (): void => void socket.destroy();
      signal.addEventListener('abort', abort, { once: true });
      const transport = createTransport(optionsOf(target, socket));
      try {
        await transport.sendMail(mailOf(shipment, target, render));
      } catch (error) {
        throw new DeliveryError(`cannot send by ${host}:${port}: ${smtpCause(error)}`, { cause: error });
      } finally {
        signal.removeEventListener('abort', abort);
        transport.close();
        socket.destroy();
      }
    },
  };
}

/** Connects to an address that a target may have; nodemailer would look the name up by itself. */
function reach(target: EmailTarget, networks: Networks, signal: AbortSignal): Promise<Socket> {
  const { host, port, security } = target;
  networks.refuseAddress(host);
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, lookup: networks.lookup, signal });
    const fail = (error: Error): void =>
      reject(
        error instanceof DeliveryError
          ? error
          : new DeliveryError(`cannot reach ${host}:${port}: ${messageOf(error)}`, { cause: error }),
      );
    socket.once('error', fail);
    socket.once('connect', () => {
      if (security === 'none' && !networks.isAllowed(socket.remoteAddress ?? '')) {
        socket.destroy(new DeliveryError(`${host} is a public address: use tls or starttls there`));
        return;
      }
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

function optionsOf(target: EmailTarget, connection: Socket): SMTPTransport.Options {
  const { host, port, security, user, password } = target;
  return {
    host,
    port,
    connection,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: { servername: host, minVersion: 'TLSv1.2' },
    ...(user === null ? {} : { auth: { user, pass: password?.reveal() ?? '' } }),
    greetingTimeout: DELIVERY_MS_MAX,
    socketTimeout: DELIVERY_MS_MAX,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function mailOf({ id, report }: Shipment, { from, to }: EmailTarget, render: RenderStored): SendMailOptions {
  const html = render(report, 'html');
  const name = report.schedule ?? 'report';
  return {
    from,
    to: [...to],
    subject: cut(`Meshwake ${name}: ${report.headline}`.replaceAll(/\s+/g, ' ')),
    // The same over all tries: whoever files mails by id has it once.
    messageId: `<${id.replace('/', '.')}@${hostname() || 'meshwake'}>`,
    headers: {
      'Auto-Submitted': 'auto-generated',
      'List-Id': `Meshwake ${name} <${name}.meshwake>`,
      'X-Delivery-Id': id,
    },
    text: render(report, 'text'),
    html,
    // Mail programs leave out what browsers draw.
    attachments: [{ filename: `${report.id}.html`, content: html, contentType: 'text/html; charset=utf-8' }],
  };
}

function cut(text: string): string {
  return text.length > SUBJECT_MAX ? `${text.slice(0, SUBJECT_MAX - 1)}…` : text;
}

/** What a server answers may quote what it was sent: its number and the step tell enough. */
function smtpCause(error: unknown): string {
  const { responseCode, command, code } = (error instanceof Error ? error : {}) as {
    responseCode?: number;
    command?: string;
    code?: string;
  };
  if (responseCode !== undefined) return `the server answered ${responseCode} to ${command ?? 'it'}`;
  return code === undefined ? messageOf(error) : `${code}: ${messageOf(error)}`;
}
