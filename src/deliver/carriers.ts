/** A carrier for each target of the configuration. */
import type { AlertCarrier, Carrier } from '../domain/delivery.ts';
import type { ReportsPlan, TargetPlan } from '../domain/report-plan.ts';
import { alertmanagerCarrier } from './alertmanager.ts';
import type { CarrierDeps } from './deps.ts';
import { emailCarrier } from './email.ts';
import { fileCarrier } from './file.ts';
import { createNetworks } from './networks.ts';
import { slackCarrier } from './slack.ts';
import { webhookCarrier } from './webhook.ts';

export interface Carriers {
  /** By target. */
  readonly carriers: ReadonlyMap<string, Carrier>;
  readonly alertCarriers: ReadonlyMap<string, AlertCarrier>;
}

export function createCarriers(
  { targets, allowNetworks, externalUrl }: ReportsPlan,
  given: Pick<CarrierDeps, 'render' | 'now'>,
): Carriers {
  const deps: CarrierDeps = { ...given, externalUrl, networks: createNetworks(allowNetworks) };
  const carriers = new Map<string, Carrier>();
  const alertCarriers = new Map<string, AlertCarrier>();
  for (const target of targets) {
    if (target.type === 'alertmanager') alertCarriers.set(target.name, alertmanagerCarrier(target, deps));
    else carriers.set(target.name, carrierOf(target, deps));
  }
  return { carriers, alertCarriers };
}

function carrierOf(target: Exclude<TargetPlan, { type: 'alertmanager' }>, deps: CarrierDeps): Carrier {
  switch (target.type) {
    case 'file':
      return fileCarrier(target, deps);
    case 'webhook':
      return webhookCarrier(target, deps);
    case 'slack':
      return slackCarrier(target, deps);
    case 'email':
      return emailCarrier(target, deps);
  }
}
