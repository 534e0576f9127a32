/** Reports in a channel of Slack, by an incoming webhook. */
import type { Carrier } from '../domain/delivery.ts';
import type { SlackTarget } from '../domain/report-plan.ts';
import type { CarrierDeps } from './deps.ts';
import { originOf, post } from './post.ts';
import { slackMessage } from './slack-message.ts';

export function slackCarrier(target: SlackTarget, { networks, now, externalUrl }: CarrierDeps): Carrier {
  const url = target.url.reveal();
  return {
    target: target.name,
    type: 'slack',
    destination: originOf(url),
    async deliver({ report }, signal) {
      const body = JSON.stringify(slackMessage(report, externalUrl));
      const headers = { 'content-type': 'application/json', 'user-agent': 'meshwake' };
      await post({ url, headers, body, networks, now, signal });
    },
  };
}
