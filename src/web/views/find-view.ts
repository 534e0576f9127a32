/** Which view a path of the page is. */
import type { View } from '../shell/view.ts';
import { incidentView } from './incident/incident.ts';
import { missingView } from './missing.ts';
import { nowView } from './now/now.ts';

export function findView([name = '', ...rest]: readonly string[]): View {
  const [id] = rest;
  if (rest.length > 1) return missingView;
  switch (name) {
    case '':
    case 'now':
      return nowView;
    case 'incidents':
      return id === undefined ? nowView : incidentView(id);
    default:
      return missingView;
  }
}
