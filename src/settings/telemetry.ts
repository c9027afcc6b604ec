// OpenTelemetry. The standard variables (`OTEL_…`) say the rest.

import { called, formOf, SWITCH } from './forms.ts';
import { group, setting } from './setting.ts';

const ENDPOINT = formOf('the address of an OTLP collector (http://localhost:4317)', (text) => {
  const url = URL.parse(/^[a-z]+:\/\//i.test(text) ? text : `http://${text}`);
  return url !== null && /^https?:$/.test(url.protocol) ? text : undefined;
});
const NAME = formOf('a name', (text) => text);

export const TELEMETRY = group('Telemetry', {
  TOKENWATCH_OTEL_ENABLED: setting(
    SWITCH,
    'false',
    'whether traces and metrics go to an OpenTelemetry collector',
  ),
  TOKENWATCH_OTEL_ENDPOINT: setting(
    called(ENDPOINT),
    'http://localhost:4317',
    'where they go: gRPC, or HTTP for port 4318; OTEL_EXPORTER_OTLP_ENDPOINT counts where this is not set',
  ),
  TOKENWATCH_OTEL_SERVICE_NAME: setting(
    NAME,
    'tokenwatch',
    'the name of the service; OTEL_SERVICE_NAME counts where this is not set',
  ),
});
