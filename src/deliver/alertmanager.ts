/** Alerts for Prometheus' Alertmanager, by its API v2. Source: prometheus.io/docs/alerting/latest/alerts_api. */
import type { AlertCarrier } from '../domain/delivery.ts';
import type { AlertmanagerTarget } from '../domain/report-plan.ts';
import type { CarrierDeps } from './deps.ts';
import { originOf, post } from './post.ts';

const PATH = 'api/v2/alerts';

export function alertmanagerCarrier(
  { name, url: base, token, resendMs }: AlertmanagerTarget,
  { networks, now }: CarrierDeps,
): AlertCarrier {
  const text = base.reveal();
  const url = new URL(PATH, text.endsWith('/') ? text : `${text}/`).href;
  return {
    target: name,
    type: 'alertmanager',
    destination: originOf(url),
    resendMs,
    async tell(alerts, signal) {
      const body = JSON.stringify(
        alerts.map(({ generatorURL, ...alert }) =>
          generatorURL === null ? alert : { ...alert, generatorURL },
        ),
      );
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'meshwake',
        ...(token === null ? {} : { authorization: `Bearer ${token.reveal()}` }),
      };
      await post({ url, headers, body, networks, now, signal });
    },
  };
}
