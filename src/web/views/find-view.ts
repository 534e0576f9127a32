/** Which view a path of the page is. */
import type { View } from '../shell/view.ts';
import { anomaliesView } from './anomalies/anomalies.ts';
import { connectionView } from './connections/connection.ts';
import { connectionsView } from './connections/connections.ts';
import { destinationView, workloadView } from './destination/destination.ts';
import { explainAddressView, explainView } from './explain/explain.ts';
import { incidentView } from './incident/incident.ts';
import { missingView } from './missing.ts';
import { nowView } from './now/now.ts';
import { reportView } from './reports/report.ts';
import { reportsView } from './reports/reports.ts';
import { topologyView } from './topology/topology.ts';

export function findView([name = '', ...rest]: readonly string[]): View {
  const [id] = rest;
  if (rest.length > 1) return missingView;
  switch (name) {
    case '':
    case 'now':
      return nowView;
    case 'incidents':
      return id === undefined ? nowView : incidentView(id);
    case 'connections':
      return id === undefined ? connectionsView : connectionView(id);
    case 'explain':
      return id === undefined ? explainView : explainAddressView(id);
    case 'destinations':
      return id === undefined ? explainView : destinationView(id);
    case 'workloads':
      return id === undefined ? topologyView : workloadView(id);
    case 'anomalies':
      return id === undefined ? anomaliesView : missingView;
    case 'reports':
      return id === undefined ? reportsView : reportView(id);
    case 'topology':
      return topologyView;
    default:
      return missingView;
  }
}
