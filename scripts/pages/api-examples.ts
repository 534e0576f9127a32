/**
 * Examples of docs/api.md: commands, and what they print. `…` stands for whatever is there. A test runs all of them, in the
 * order of the page, against a server that held nothing before.
 */

const LINE =
  '[2020-09-14T09:12:27.346Z] \\"- - -\\" 0 - \\"-\\" \\"-\\" 9 0 511 - \\"-\\" \\"-\\" \\"-\\" \\"-\\" \\"10.36.0.14:5701\\" ' +
  'outbound|5701||planner.harvest.svc.cluster.local 10.36.0.14:40112 10.0.48.30:5701 10.36.0.14:40118 - -';

const POD = 'planner-6c9f7d8b5d-k2v9x';
const URL = 'http://127.0.0.1:8710';

/** The first of them: what all others ask about. */
export const FIRST_EXAMPLE = `$ curl -s -H 'Content-Type: text/plain' --data-binary @samples/incident-article.log '${URL}/api/v1/ingest?namespace=harvest'
{"received":74,"accepted":68,"duplicates":0,"skipped":6,"rejected":0,"rejects":[]}
$ curl -s '${URL}/api/v1/incidents?severity=critical'
{"items":[{"id":"98b444af4e26c38a","diagnosis":"catch_all_capture","title":"Port 5701: traffic from planner to planner is captured by grid-ext in namespace billing",…}],"next_cursor":null}
$ curl -s '${URL}/api/v1/incidents?sevrity=critical'
{"type":"urn:meshwake:error:unknown_parameter","title":"Unknown parameter","status":400,"detail":"cannot use parameter \\"sevrity\\": …","code":"unknown_parameter","remedy":"did you mean severity?"}`;

/** By method and path, as the headings have them. */
export const EXAMPLES: Readonly<Record<string, string>> = {
  'GET /livez': `$ curl -s ${URL}/livez
ok`,
  'GET /readyz': `$ curl -s '${URL}/readyz?verbose'
[+]draining ok
[+]store ok
[+]disk ok
[+]reports ok
ok`,
  'GET /metrics': `$ curl -s ${URL}/metrics | grep -v '^#' | grep lines_accepted
meshwake_lines_accepted_total 68`,
  'POST /api/v1/ingest': `$ gzip -c samples/incident-article.log | curl -s -H 'Content-Type: text/plain' -H 'Content-Encoding: gzip' --data-binary @- '${URL}/api/v1/ingest?namespace=harvest'
{"received":74,"accepted":0,"duplicates":68,"skipped":6,"rejected":0,"rejects":[]}
$ printf '[2024] no such line\\n' | curl -s -H 'Content-Type: text/plain' --data-binary @- '${URL}/api/v1/ingest?pod=web-0'
{"received":1,"accepted":0,"duplicates":0,"skipped":0,"rejected":1,"rejects":[{"line":1,"reason":…,"text":"[2024] no such line"}]}`,
  'POST /loki/api/v1/push': `$ curl -s -w '%{http_code}\\n' -H 'Content-Type: application/json' -d '{"streams": [{"stream": {"namespace": "harvest", "pod": "${POD}"}, "values": [["1600074747346000000", "${LINE}"]]}]}' ${URL}/loki/api/v1/push
204`,
  'POST /v1/logs': `$ curl -s -H 'Content-Type: application/json' -d '{"resourceLogs": [{"resource": {"attributes": [{"key": "k8s.namespace.name", "value": {"stringValue": "harvest"}}, {"key": "k8s.pod.name", "value": {"stringValue": "${POD}"}}]}, "scopeLogs": [{"logRecords": [{"body": {"stringValue": "${LINE}"}}]}]}]}' ${URL}/v1/logs
{}`,
  'POST /_bulk': `$ printf '%s\\n' '{"create": {}}' '{"message": "${LINE}", "kubernetes": {"namespace": "harvest", "pod": {"name": "${POD}"}}}' | curl -s -H 'Content-Type: application/x-ndjson' --data-binary @- ${URL}/_bulk
{"took":…,"errors":false,"items":[{"create":{"status":201,"result":"created"}}]}`,
  'POST /api/v1/reports': `$ curl -s -X POST '${URL}/api/v1/reports?since=2020-09-14T09:00:00Z&until=2020-09-14T10:00:00Z&namespace=harvest'
{"id":"asked-…","schedule":null,…,"since":"2020-09-14T09:00:00.000Z","until":"2020-09-14T10:00:00.000Z","filters":{"namespace":["harvest"]},…,"severity":"critical","deliveries":[],"report":{…}}`,
  'GET /api/v1/reports': `$ curl -s '${URL}/api/v1/reports?limit=1'
{"items":[{"id":"asked-…","schedule":null,…,"headline":"…","severity":"critical","deliveries":[]}],"next_cursor":null}`,
  'GET /api/v1/schedules': `$ curl -s ${URL}/api/v1/schedules
{"items":[],"next_cursor":null}`,
  'GET /api/v1/connections': `$ curl -s '${URL}/api/v1/connections?response_flag=UF&limit=1'
{"items":[{"id":"kf2c6kg2-1rj9vg2r7y","pod":"planner-6c9f7d8b5d-k2v9x","namespace":"harvest",…,"response_flags":["UF","URX"],…,"state":"captured",…}],"next_cursor":"…"}
$ curl -s '${URL}/api/v1/connections?destination=10.36.2.21:5701&direction=outbound&format=ndjson' | wc -l
11`,
  'GET /api/v1/connections/{id}': `$ curl -s ${URL}/api/v1/connections/kf2c6kg2-1rj9vg2r7y
{"id":"kf2c6kg2-1rj9vg2r7y",…,"upstream_cluster":"outbound|5701||grid-ext.billing.svc.cluster.local",…}`,
  'GET /api/v1/pairs': `$ curl -s '${URL}/api/v1/pairs?limit=1&upstream_cluster=PassthroughCluster'
{"items":[{"id":"kf2cm3x8-1n5xinizf9","outbound":{…},"inbound":{…},"kind":"full","score":9,"start_skew_ms":2,"end_skew_ms":…}],"next_cursor":"…"}`,
  'GET /api/v1/pairs/{id}': `$ curl -s ${URL}/api/v1/pairs/kf2cm3x8-1n5xinizf9
{"id":"kf2cm3x8-1n5xinizf9","outbound":{…},"inbound":{…},…}`,
  'GET /api/v1/routes': `$ curl -s '${URL}/api/v1/routes?state=captured&format=csv' | cut -d, -f 2,5,12,16,17 | head -n 3
source.pod,destination.address,upstream_cluster,connections,failures
planner-6c9f7d8b5d-zr4wn,10.36.1.9:5701,outbound|5701||grid-ext.billing.svc.cluster.local,2,2
planner-6c9f7d8b5d-m7tqd,10.36.2.21:5701,outbound|5701||grid-ext.billing.svc.cluster.local,2,2`,
  'GET /api/v1/shifts': `$ curl -s '${URL}/api/v1/shifts?kind=passthrough_to_captured&format=csv' | cut -d, -f 2,3,6,18,19 | head -n 2
kind,source.pod,destination.address,last_before,first_after
passthrough_to_captured,planner-6c9f7d8b5d-zr4wn,10.36.1.9:5701,2020-09-14T09:26:26.965Z,2020-09-14T09:34:11.505Z`,
  'GET /api/v1/incidents': `$ curl -s '${URL}/api/v1/incidents?diagnosis=catch_all_capture&port=5701'
{"items":[{"id":"98b444af4e26c38a",…,"onset":{"after":"2020-09-14T09:31:12.204Z","before":"2020-09-14T09:32:24.655Z"},…}],"next_cursor":null}`,
  'GET /api/v1/incidents/{id}/evidence': `$ curl -s ${URL}/api/v1/incidents/98b444af4e26c38a/evidence > evidence.json
$ npx meshwake evidence.json | head -n 3
1 INCIDENT FOUND

CRITICAL  Port 5701: traffic from planner to planner is captured by grid-ext in namespace billing`,
  'GET /api/v1/events': `$ curl -sN -m 2 '${URL}/api/v1/events?types=incident,connection'
retry: 2000

id: …
event: ready
data: {}
…`,
  'GET /api/v1/anomalies': `$ curl -s ${URL}/api/v1/anomalies
{"items":[],"next_cursor":null,"judged":{"since":"2020-09-13T09:00:00.000Z","until":"2020-09-14T09:00:00.000Z","basis":null,"days":0,"series":0,"trials":0,"holes":0}}`,
  'GET /api/v1/coverage': `$ curl -s ${URL}/api/v1/coverage
{"first_seen":"2020-09-14T09:12:27.346Z","last_seen":"2020-09-14T09:52:16.222Z","lines":{"total":68,"outbound":41,"inbound":27,…},"pairing":{"joinable":54,"paired":54,…},…}`,
  'GET /api/v1/timeseries': `$ curl -s '${URL}/api/v1/timeseries?metric=failures&step=15m&group_by=state'
{"metric":"failures","step_ms":900000,"relative_error":0,"since":"2020-09-14T09:00:00.000Z","until":"2020-09-14T10:00:00.000Z","series_total":1,"series":[{"labels":{"state":"captured"},"points":[["2020-09-14T09:00:00.000Z",0],["2020-09-14T09:15:00.000Z",0],["2020-09-14T09:30:00.000Z",14],["2020-09-14T09:45:00.000Z",0]]}]}
$ curl -s '${URL}/api/v1/timeseries?metric=duration_p95&direction=outbound&step=30m&group_by=state&format=csv' | tr -d '\\r'
time,state,value
2020-09-14T09:00:00.000Z,passthrough,61.5
2020-09-14T09:30:00.000Z,passthrough,2175.5
2020-09-14T09:30:00.000Z,captured,991.5
2020-09-14T09:00:00.000Z,service,495.5
2020-09-14T09:30:00.000Z,service,115.5`,
  'GET /api/v1/topology': `$ curl -s '${URL}/api/v1/topology?limit=1'
{…"edges_total":8,"edges":[{"id":"4833322bc51d7bfe",…,"connections":36,"failures":14,…}]}`,
  'GET /api/v1/graph/nodes': `$ curl -s '${URL}/api/v1/graph/nodes?state=captured'
[{"id":"…","title":"planner","subTitle":"harvest","mainStat":…,"secondaryStat":"…","arc__ok":…,"arc__failed":…,…}]`,
  'GET /api/v1/explain/{address}': `$ curl -s ${URL}/api/v1/explain/10.36.1.9:5701
{"address":"10.36.1.9:5701","ip":"10.36.1.9","port":5701,"class":"pod","pods":[{"pod":"planner-6c9f7d8b5d-m7tqd","workload":"planner","namespace":"harvest",…}],…}`,
};
