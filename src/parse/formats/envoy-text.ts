/** Envoy's own text format and the text formats of other control planes. */
import type { LogFormat } from '../log-format.ts';

const DEFAULT =
  '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"';

export const ENVOY_TEXT = [
  {
    kind: 'text',
    name: 'envoy-default',
    title: "Envoy's default text; Istio up to 1.0.2",
    source: 'https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage',
    readAs: null,
    format: `${DEFAULT}\n`,
    quotes: 'within values',
    fallback: false,
    samples: [
      {
        line: '[2021-10-03T04:05:06.070Z] "- - -" 0 - 64 2048 733 - "-" "-" "-" "-" "198.51.100.7:9000"',
        entry: {
          start_time: '2021-10-03T04:05:06.070Z',
          response_code: 0,
          bytes_received: 64,
          bytes_sent: 2048,
          duration: 733,
          upstream_host: '198.51.100.7:9000',
        },
      },
      {
        line: '[2021-10-03T04:05:09.100Z] "GET /health HTTP/1.1" 200 - 0 2 1 0 "-" "kube-probe/1.21" "0f0dbb15-73a7-46a5-8b5a-3a2f25e2f7ab" "front.example" "198.51.100.8:8080"',
        entry: {
          start_time: '2021-10-03T04:05:09.100Z',
          method: 'GET',
          path: '/health',
          protocol: 'HTTP/1.1',
          response_code: 200,
          bytes_received: 0,
          bytes_sent: 2,
          duration: 1,
          upstream_service_time: 0,
          user_agent: 'kube-probe/1.21',
          request_id: '0f0dbb15-73a7-46a5-8b5a-3a2f25e2f7ab',
          authority: 'front.example',
          upstream_host: '198.51.100.8:8080',
        },
      },
    ],
  },
  {
    kind: 'text',
    name: 'contour-text',
    title: 'Contour, access log type "envoy"',
    source: 'https://projectcontour.io/docs/main/config/access-logging/',
    readAs: 'envoy-default',
    format: `${DEFAULT}\n`,
    quotes: 'within values',
    fallback: false,
    samples: [
      {
        line: '[2023-02-14T19:20:21.220Z] "- - -" 0 UF,URX 0 0 250 - "-" "-" "-" "-" "10.70.0.14:1883"',
        entry: {
          start_time: '2023-02-14T19:20:21.220Z',
          response_code: 0,
          response_flags: ['UF', 'URX'],
          bytes_received: 0,
          bytes_sent: 0,
          duration: 250,
          upstream_host: '10.70.0.14:1883',
        },
      },
    ],
  },
  {
    kind: 'text',
    name: 'cilium-text',
    title: 'Cilium Gateway API, format "Text"',
    source: 'https://docs.cilium.io/en/latest/network/servicemesh/gateway-api/gateway-api/',
    readAs: 'envoy-default',
    format: `${DEFAULT}\n`,
    quotes: 'within values',
    fallback: false,
    samples: [
      {
        line: '[2025-09-01T00:00:00.001Z] "- - -" 0 - 18 36 4 - "-" "-" "-" "-" "[fd00:70::14]:1883"',
        entry: {
          start_time: '2025-09-01T00:00:00.001Z',
          response_code: 0,
          bytes_received: 18,
          bytes_sent: 36,
          duration: 4,
          upstream_host: '[fd00:70::14]:1883',
        },
      },
    ],
  },
  {
    kind: 'text',
    name: 'emissary-text',
    title: 'Emissary-ingress (Ambassador), text',
    source:
      'https://github.com/emissary-ingress/emissary/blob/master/python/ambassador/envoy/v3/v3listener.py',
    readAs: null,
    format: `ACCESS ${DEFAULT}\n`,
    quotes: 'within values',
    fallback: false,
    samples: [
      {
        line: 'ACCESS [2022-06-30T11:12:13.140Z] "PUT /v2/items HTTP/2" 403 UAEX 512 0 2 - "192.0.2.44" "sdk-go/1.9" "77a1f8d2-11be-4d4c-9b7e-7a3df3a9c1d0" "edge.example" "-"',
        entry: {
          start_time: '2022-06-30T11:12:13.140Z',
          method: 'PUT',
          path: '/v2/items',
          protocol: 'HTTP/2',
          response_code: 403,
          response_flags: ['UAEX'],
          bytes_received: 512,
          bytes_sent: 0,
          duration: 2,
          x_forwarded_for: '192.0.2.44',
          user_agent: 'sdk-go/1.9',
          request_id: '77a1f8d2-11be-4d4c-9b7e-7a3df3a9c1d0',
          authority: 'edge.example',
        },
      },
    ],
  },
  {
    kind: 'text',
    name: 'kuma-tcp',
    title: 'Kuma, TCP traffic log',
    source: 'https://kuma.io/docs/latest/policies/meshaccesslog/',
    readAs: null,
    format:
      '[%START_TIME%] %RESPONSE_FLAGS% %KUMA_MESH% %KUMA_SOURCE_ADDRESS_WITHOUT_PORT%(%KUMA_SOURCE_SERVICE%)->%UPSTREAM_HOST%(%KUMA_DESTINATION_SERVICE%) took %DURATION%ms, sent %BYTES_SENT% bytes, received: %BYTES_RECEIVED% bytes\n',
    quotes: 'within values',
    fallback: false,
    samples: [
      {
        line: '[2023-08-17T09:09:09.900Z] - default 10.80.1.7(web_shop_svc_8080)->10.80.2.3:6379(redis_shop_svc_6379) took 310ms, sent 99 bytes, received: 44 bytes',
        entry: {
          start_time: '2023-08-17T09:09:09.900Z',
          bytes_received: 44,
          bytes_sent: 99,
          duration: 310,
          upstream_host: '10.80.2.3:6379',
          attributes: {
            kuma_mesh: 'default',
            kuma_source_address_without_port: '10.80.1.7',
            kuma_source_service: 'web_shop_svc_8080',
            kuma_destination_service: 'redis_shop_svc_6379',
          },
        },
      },
    ],
  },
  {
    kind: 'text',
    name: 'kuma-tcp-0.3',
    title: 'Kuma 0.3, TCP traffic log',
    source: 'https://github.com/kumahq/kuma/tree/0.3.2/pkg/xds/envoy/accesslog',
    readAs: null,
    format:
      '[%START_TIME%] %KUMA_SOURCE_ADDRESS%(%KUMA_SOURCE_SERVICE%)->%UPSTREAM_HOST%(%KUMA_DESTINATION_SERVICE%) took %DURATION%ms, sent %BYTES_SENT% bytes, received: %BYTES_RECEIVED% bytes\n',
    quotes: 'within values',
    fallback: false,
    samples: [
      {
        line: '[2020-02-02T20:20:20.200Z] 10.80.1.7:0(web)->10.80.2.3:6379(redis) took 5ms, sent 9 bytes, received: 4 bytes',
        entry: {
          start_time: '2020-02-02T20:20:20.200Z',
          bytes_received: 4,
          bytes_sent: 9,
          duration: 5,
          upstream_host: '10.80.2.3:6379',
          attributes: {
            kuma_source_address: '10.80.1.7:0',
            kuma_source_service: 'web',
            kuma_destination_service: 'redis',
          },
        },
      },
    ],
  },
  {
    kind: 'text',
    name: 'envoy-gateway-text',
    title: 'Envoy Gateway, early versions: text that looks like JSON',
    source: 'https://github.com/envoyproxy/gateway/blob/main/internal/xds/translator/accesslog.go',
    readAs: null,
    format:
      '{"start_time":"%START_TIME%","method":"%REQ(:METHOD)%","x-envoy-origin-path":"%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%","protocol":"%PROTOCOL%","response_code":"%RESPONSE_CODE%","response_flags":"%RESPONSE_FLAGS%","response_code_details":"%RESPONSE_CODE_DETAILS%","connection_termination_details":"%CONNECTION_TERMINATION_DETAILS%","upstream_transport_failure_reason":"%UPSTREAM_TRANSPORT_FAILURE_REASON%","bytes_received":"%BYTES_RECEIVED%","bytes_sent":"%BYTES_SENT%","duration":"%DURATION%","x-envoy-upstream-service-time":"%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%","x-forwarded-for":"%REQ(X-FORWARDED-FOR)%","user-agent":"%REQ(USER-AGENT)%","x-request-id":"%REQ(X-REQUEST-ID)%",":authority":"%REQ(:AUTHORITY)%","upstream_host":"%UPSTREAM_HOST%","upstream_cluster":"%UPSTREAM_CLUSTER%","upstream_local_address":"%UPSTREAM_LOCAL_ADDRESS%","downstream_local_address":"%DOWNSTREAM_LOCAL_ADDRESS%","downstream_remote_address":"%DOWNSTREAM_REMOTE_ADDRESS%","requested_server_name":"%REQUESTED_SERVER_NAME%","route_name":"%ROUTE_NAME%"}\n',
    quotes: 'within values',
    fallback: false,
    samples: [
      {
        line: '{"start_time":"2023-11-30T16:00:00.120Z","method":"GET","x-envoy-origin-path":"/a","protocol":"HTTP/1.1","response_code":"404","response_flags":"NR","response_code_details":"route_not_found","connection_termination_details":"-","upstream_transport_failure_reason":"-","bytes_received":"0","bytes_sent":"0","duration":"0","x-envoy-upstream-service-time":"-","x-forwarded-for":"10.90.0.2","user-agent":"say "hi"","x-request-id":"c2b9aef4-8d57-4c0d-9a8e-95a3f4dd6d11",":authority":"gw.example","upstream_host":"-","upstream_cluster":"-","upstream_local_address":"-","downstream_local_address":"10.90.0.9:10080","downstream_remote_address":"10.90.0.2:39000","requested_server_name":"-","route_name":"-"}',
        entry: {
          start_time: '2023-11-30T16:00:00.120Z',
          method: 'GET',
          path: '/a',
          protocol: 'HTTP/1.1',
          response_code: 404,
          response_flags: ['NR'],
          response_code_details: 'route_not_found',
          bytes_received: 0,
          bytes_sent: 0,
          duration: 0,
          x_forwarded_for: '10.90.0.2',
          user_agent: 'say "hi"',
          request_id: 'c2b9aef4-8d57-4c0d-9a8e-95a3f4dd6d11',
          authority: 'gw.example',
          downstream_local_address: '10.90.0.9:10080',
          downstream_remote_address: '10.90.0.2:39000',
        },
      },
    ],
  },
] as const satisfies readonly LogFormat[];
