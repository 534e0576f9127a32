/** Reports as JSON to anybody's endpoint, signed, with an id that stays the same when one is sent again. */
import { createHmac } from 'node:crypto';
import type { Carrier, Shipment } from '../domain/delivery.ts';
import type { WebhookTarget } from '../domain/report-plan.ts';
import { formatTime } from '../domain/time.ts';
import { formatJson } from '../output/terminal.ts';
import type { CarrierDeps, RenderStored } from './deps.ts';
import { originOf, post } from './post.ts';

export function webhookCarrier(target: WebhookTarget, { networks, now, render }: CarrierDeps): Carrier {
  const url = target.url.reveal();
  return {
    target: target.name,
    type: 'webhook',
    destination: originOf(url),
    async deliver(shipment, signal) {
      const body = webhookBody(shipment, render);
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'meshwake',
        'x-delivery-id': shipment.id,
        'idempotency-key': shipment.id,
        ...(target.token === null ? {} : { authorization: `Bearer ${target.token.reveal()}` }),
        ...(target.secret === null
          ? {}
          : { 'x-signature-256': `sha256=${signatureOf(body, target.secret.reveal())}` }),
      };
      await post({ url, headers, body, networks, now, signal });
    },
  };
}

/** HMAC-SHA-256 of a body, in hexadecimal digits. */
export function signatureOf(body: string, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}

/** What is posted: whose report on what, the document, and its text where another format than JSON is asked for. */
function webhookBody({ id, report: stored }: Shipment, render: RenderStored): string {
  const { report, format } = stored;
  return formatJson({
    version: 1,
    delivery_id: id,
    report_id: stored.id,
    schedule: stored.schedule,
    period: formatTime(stored.period),
    missed: stored.missed,
    headline: stored.headline,
    severity: stored.severity,
    report,
    rendered: format === 'json' ? null : { format, text: render(stored) },
  });
}
