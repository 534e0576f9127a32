/** The text formats of Istio's sidecars and gateways, by version. */
import type { LogFormat } from '../log-format.ts';

const SOURCE_OLD = 'https://github.com/istio/istio/blob/1.7.8/pilot/pkg/networking/core/v1alpha3/listener.go';
const SOURCE_NEW = 'https://github.com/istio/istio/blob/master/pilot/pkg/model/telemetry_logging.go';

const REQUEST =
  '"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS%';
const COUNTS = '%BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%';
const HEADERS = '"%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%"';
const ADDRESSES = '%UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS%';
const REASON = '"%UPSTREAM_TRANSPORT_FAILURE_REASON%"';
const MIXER = '"%DYNAMIC_METADATA(istio.mixer:status)%"';
const DETAILS = '%RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS%';
const SNI = '%REQUESTED_SERVER_NAME%';
const UPSTREAM = `"%UPSTREAM_HOST%" %UPSTREAM_CLUSTER% ${ADDRESSES}`;
const ISTIO_1_9 = `[%START_TIME%] ${REQUEST} ${DETAILS} ${REASON} ${COUNTS} ${HEADERS} "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW% ${ADDRESSES} ${SNI} %ROUTE_NAME%`;

/** In the order in which most lines are met; no line fits two of them. */
export const ISTIO_TEXT = [
  {
    kind: 'text',
    name: 'istio-text-1.9',
    title: 'Istio 1.9 and later, text',
    source: SOURCE_NEW,
    readAs: null,
    format: `${ISTIO_1_9}\n`,
    quotes: 'within values',
    fallback: false,
    samples: [
      {
        line: '[2024-03-05T08:15:42.310Z] "- - -" 0 - - - "-" 1204 88 451 - "-" "-" "-" "-" "10.60.4.21:6379" outbound|6379||cache.shop.svc.cluster.local 10.60.3.9:41822 10.61.0.77:6379 10.60.3.9:50114 - -',
        entry: {
          start_time: '2024-03-05T08:15:42.310Z',
          response_code: 0,
          bytes_received: 1204,
          bytes_sent: 88,
          duration: 451,
          upstream_host: '10.60.4.21:6379',
          upstream_cluster: 'outbound|6379||cache.shop.svc.cluster.local',
          upstream_local_address: '10.60.3.9:41822',
          downstream_local_address: '10.61.0.77:6379',
          downstream_remote_address: '10.60.3.9:50114',
        },
      },
      {
        line: '[2024-03-05T08:16:02.005Z] "- - -" 0 - - transport socket timeout was reached "-" 0 0 15000 - "-" "-" "-" "-" "-" - - [fd00:60::9]:8443 [fd00:60::31]:40112 shop.example -',
        entry: {
          start_time: '2024-03-05T08:16:02.005Z',
          response_code: 0,
          connection_termination_details: 'transport socket timeout was reached',
          bytes_received: 0,
          bytes_sent: 0,
          duration: 15000,
          downstream_local_address: '[fd00:60::9]:8443',
          downstream_remote_address: '[fd00:60::31]:40112',
          requested_server_name: 'shop.example',
        },
      },
      {
        line: '[2024-03-05T08:16:07.991Z] "GET /cart?id=7 HTTP/1.1" 503 UF,URX upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused} - "delayed_connect_error:_Connection_refused" 0 152 31 - "10.60.9.1, 10.60.9.2" "probe "night" 2.1" "5e3d0b61-9d51-4c8a-8b1f-6f8c4f1f4a10" "cart.shop:8080" "10.60.4.40:8080" outbound|8080|v2|cart.shop.svc.cluster.local - 10.61.0.90:8080 10.60.3.9:50990 - default',
        entry: {
          start_time: '2024-03-05T08:16:07.991Z',
          method: 'GET',
          path: '/cart?id=7',
          protocol: 'HTTP/1.1',
          response_code: 503,
          response_flags: ['UF', 'URX'],
          response_code_details:
            'upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}',
          upstream_transport_failure_reason: 'delayed_connect_error:_Connection_refused',
          bytes_received: 0,
          bytes_sent: 152,
          duration: 31,
          x_forwarded_for: '10.60.9.1, 10.60.9.2',
          user_agent: 'probe "night" 2.1',
          request_id: '5e3d0b61-9d51-4c8a-8b1f-6f8c4f1f4a10',
          authority: 'cart.shop:8080',
          upstream_host: '10.60.4.40:8080',
          upstream_cluster: 'outbound|8080|v2|cart.shop.svc.cluster.local',
          downstream_local_address: '10.61.0.90:8080',
          downstream_remote_address: '10.60.3.9:50990',
          route_name: 'default',
        },
      },
    ],
  },
  {
    kind: 'text',
    name: 'istio-text-1.3',
    title: 'Istio 1.3 to 1.7, text',
    source: SOURCE_OLD,
    readAs: null,
    format: `[%START_TIME%] ${REQUEST} ${MIXER} ${REASON} ${COUNTS} ${HEADERS} ${UPSTREAM} ${SNI} %ROUTE_NAME%\n`,
    quotes: 'within values',
    fallback: false,
    samples: [
      {
        line: '[2020-05-11T17:02:09.640Z] "- - -" 0 UF,URX "-" "-" 0 0 1000 - "-" "-" "-" "-" "10.61.2.14:9042" outbound|9042||ring-ext.ledger.svc.cluster.local - 10.60.7.33:9042 10.60.7.12:47702 - -',
        entry: {
          start_time: '2020-05-11T17:02:09.640Z',
          response_code: 0,
          response_flags: ['UF', 'URX'],
          bytes_received: 0,
          bytes_sent: 0,
          duration: 1000,
          upstream_host: '10.61.2.14:9042',
          upstream_cluster: 'outbound|9042||ring-ext.ledger.svc.cluster.local',
          downstream_local_address: '10.60.7.33:9042',
          downstream_remote_address: '10.60.7.12:47702',
        },
      },
      {
        line: '[2020-05-11T17:02:11.118Z] "POST /api/v1/charge HTTP/2" 200 - "OK" "-" 310 42 18 17 "10.60.7.1" "okhttp/4.2.2" "a3f8d8ff-01c6-4b5c-a3a5-4f0f0ad5e001" "pay.ledger:8000" "127.0.0.1:8000" inbound|8000|http-pay|pay.ledger.svc.cluster.local 127.0.0.1:38220 10.60.7.40:8000 10.60.7.12:47710 outbound_.8000_._.pay.ledger.svc.cluster.local default',
        entry: {
          start_time: '2020-05-11T17:02:11.118Z',
          method: 'POST',
          path: '/api/v1/charge',
          protocol: 'HTTP/2',
          response_code: 200,
          bytes_received: 310,
          bytes_sent: 42,
          duration: 18,
          upstream_service_time: 17,
          x_forwarded_for: '10.60.7.1',
          user_agent: 'okhttp/4.2.2',
          request_id: 'a3f8d8ff-01c6-4b5c-a3a5-4f0f0ad5e001',
          authority: 'pay.ledger:8000',
          upstream_host: '127.0.0.1:8000',
          upstream_cluster: 'inbound|8000|http-pay|pay.ledger.svc.cluster.local',
          upstream_local_address: '127.0.0.1:38220',
          downstream_local_address: '10.60.7.40:8000',
          downstream_remote_address: '10.60.7.12:47710',
          requested_server_name: 'outbound_.8000_._.pay.ledger.svc.cluster.local',
          route_name: 'default',
          attributes: { 'istio.mixer:status': 'OK' },
        },
      },
    ],
  },
  {
    kind: 'text',
    name: 'istio-text-1.8',
    title: 'Istio 1.8, text',
    source: SOURCE_OLD,
    readAs: null,
    format: `[%START_TIME%] ${REQUEST} ${REASON} ${COUNTS} ${HEADERS} ${UPSTREAM} ${SNI} %ROUTE_NAME%\n`,
    quotes: 'within values',
    fallback: false,
    samples: [
      {
        line: '[2020-12-01T06:30:00.402Z] "- - -" 0 - "-" 77 912 60004 - "-" "-" "-" "-" "10.60.4.5:5432" outbound|5432||db.shop.svc.cluster.local 10.60.4.8:33190 10.61.1.2:5432 10.60.4.8:41416 - -',
        entry: {
          start_time: '2020-12-01T06:30:00.402Z',
          response_code: 0,
          bytes_received: 77,
          bytes_sent: 912,
          duration: 60004,
          upstream_host: '10.60.4.5:5432',
          upstream_cluster: 'outbound|5432||db.shop.svc.cluster.local',
          upstream_local_address: '10.60.4.8:33190',
          downstream_local_address: '10.61.1.2:5432',
          downstream_remote_address: '10.60.4.8:41416',
        },
      },
    ],
  },
  {
    kind: 'text',
    name: 'istio-text-1.2',
    title: 'Istio 1.2, text',
    source: SOURCE_OLD,
    readAs: null,
    format: `[%START_TIME%] ${REQUEST} ${MIXER} ${REASON} ${COUNTS} ${HEADERS} ${UPSTREAM} ${SNI}\n`,
    quotes: 'within values',
    fallback: false,
    samples: [
      {
        line: '[2019-07-02T21:44:10.090Z] "- - -" 0 - "-" "-" 517 4021 230 - "-" "-" "-" "-" "203.0.113.40:443" outbound|443||api.partner.example 10.60.1.4:36012 203.0.113.40:443 10.60.1.4:36010 api.partner.example',
        entry: {
          start_time: '2019-07-02T21:44:10.090Z',
          response_code: 0,
          bytes_received: 517,
          bytes_sent: 4021,
          duration: 230,
          upstream_host: '203.0.113.40:443',
          upstream_cluster: 'outbound|443||api.partner.example',
          upstream_local_address: '10.60.1.4:36012',
          downstream_local_address: '203.0.113.40:443',
          downstream_remote_address: '10.60.1.4:36010',
          requested_server_name: 'api.partner.example',
        },
      },
    ],
  },
  {
    kind: 'text',
    name: 'istio-text-1.1',
    title: 'Istio 1.1, text',
    source: SOURCE_OLD,
    readAs: null,
    format: `[%START_TIME%] ${REQUEST} ${MIXER} ${COUNTS} ${HEADERS} ${UPSTREAM} ${SNI}\n`,
    quotes: 'within values',
    fallback: false,
    samples: [
      {
        line: '[2019-04-09T10:00:59.999Z] "- - -" 0 - "-" 12 34 5 - "-" "-" "-" "-" "10.60.2.3:3306" outbound|3306||orders.shop.svc.cluster.local 10.60.2.9:51000 10.61.3.3:3306 10.60.2.9:51002 -',
        entry: {
          start_time: '2019-04-09T10:00:59.999Z',
          response_code: 0,
          bytes_received: 12,
          bytes_sent: 34,
          duration: 5,
          upstream_host: '10.60.2.3:3306',
          upstream_cluster: 'outbound|3306||orders.shop.svc.cluster.local',
          upstream_local_address: '10.60.2.9:51000',
          downstream_local_address: '10.61.3.3:3306',
          downstream_remote_address: '10.60.2.9:51002',
        },
      },
    ],
  },
  {
    kind: 'text',
    name: 'istio-text-1.1-early',
    title: 'Istio 1.0 and early 1.1, text with server name',
    source: SOURCE_OLD,
    readAs: null,
    format: `[%START_TIME%] ${REQUEST} ${COUNTS} ${HEADERS} ${UPSTREAM} ${SNI}\n`,
    quotes: 'within values',
    fallback: false,
    samples: [
      {
        line: '[2019-01-20T23:59:58.100Z] "- - -" 0 UO 0 0 0 - "-" "-" "-" "-" "-" outbound|8443||vault.sec.svc.cluster.local - 10.61.8.8:8443 10.60.5.5:40404 vault.sec.svc',
        entry: {
          start_time: '2019-01-20T23:59:58.100Z',
          response_code: 0,
          response_flags: ['UO'],
          bytes_received: 0,
          bytes_sent: 0,
          duration: 0,
          upstream_cluster: 'outbound|8443||vault.sec.svc.cluster.local',
          downstream_local_address: '10.61.8.8:8443',
          downstream_remote_address: '10.60.5.5:40404',
          requested_server_name: 'vault.sec.svc',
        },
      },
    ],
  },
  {
    kind: 'text',
    name: 'istio-text-1.0-tcp',
    title: 'Istio 1.0.3 to 1.0.9, TCP listeners, text',
    source: SOURCE_OLD,
    readAs: null,
    format: `[%START_TIME%] %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% ${UPSTREAM}\n`,
    quotes: 'within values',
    fallback: false,
    samples: [
      {
        line: '[2018-11-15T12:34:56.789Z] - 9 21 1207 "10.60.2.2:6380" outbound|6380||queue.shop.svc.cluster.local 10.60.2.7:42000 10.61.3.9:6380 10.60.2.7:42002',
        entry: {
          start_time: '2018-11-15T12:34:56.789Z',
          bytes_received: 9,
          bytes_sent: 21,
          duration: 1207,
          upstream_host: '10.60.2.2:6380',
          upstream_cluster: 'outbound|6380||queue.shop.svc.cluster.local',
          upstream_local_address: '10.60.2.7:42000',
          downstream_local_address: '10.61.3.9:6380',
          downstream_remote_address: '10.60.2.7:42002',
        },
      },
    ],
  },
  {
    kind: 'text',
    name: 'istio-text-1.9-trailing',
    title: 'Istio 1.9 and later, text with more behind it (ambient preview, extended formats)',
    source: SOURCE_NEW,
    readAs: null,
    format: `${ISTIO_1_9} %TRAILING%\n`,
    quotes: 'round values',
    fallback: true,
    samples: [
      {
        line: '[2022-12-20T14:10:31.222Z] "- - -" 0 - - - "-" 640 1280 12 - "-" "-" "-" "-" "envoy://tunnel_out/10.60.8.2:9080" outbound_internal envoy://internal_client_address/ 10.61.5.5:9080 10.60.8.9:50020 - - outbound capture (no waypoint)',
        entry: {
          start_time: '2022-12-20T14:10:31.222Z',
          response_code: 0,
          bytes_received: 640,
          bytes_sent: 1280,
          duration: 12,
          upstream_host: 'envoy://tunnel_out/10.60.8.2:9080',
          upstream_cluster: 'outbound_internal',
          upstream_local_address: 'envoy://internal_client_address/',
          downstream_local_address: '10.61.5.5:9080',
          downstream_remote_address: '10.60.8.9:50020',
          attributes: { trailing: 'outbound capture (no waypoint)' },
        },
      },
    ],
  },
] as const satisfies readonly LogFormat[];
