// What an administrator does with a ledger that has no calls yet.

import { useState } from "preact/hooks";
import { Choice } from "./choice";
import { Copy } from "./copy";
import { NewGatewayKey } from "./new_key";

const GATEWAYS = { litellm: "LiteLLM", opentelemetry: "OpenTelemetry", http: "Any other" } as const;

type Gateway = keyof typeof GATEWAYS;

export function FirstSteps() {
  const [key, setKey] = useState("");
  const [gateway, setGateway] = useState<Gateway>("litellm");
  const snippet = snippetOf(gateway, location.origin, key || "YOUR-KEY");
  return (
    <div class="steps">
      <strong>Nothing has been recorded yet</strong>
      <ol>
        <li>
          <h3>Make a key for your gateway</h3>
          <NewGatewayKey onMade={setKey} />
        </li>
        <li>
          <h3>Tell your gateway where to write its calls</h3>
          <Choice label="Gateway" name="gateway" options={GATEWAYS} value={gateway} onChange={setGateway} />
          <pre tabIndex={0}>{snippet}</pre>
          <Copy text={snippet} />
        </li>
        <li>
          <h3>Make a call</h3>
          <p class="quiet">It is here within a minute. This page looks for it by itself.</p>
        </li>
      </ol>
    </div>
  );
}

function snippetOf(gateway: Gateway, api: string, key: string): string {
  switch (gateway) {
    case "litellm":
      return `# beside config.yaml: gateways/usage_ledger.py of this project; in config.yaml:
litellm_settings:
  callbacks: ["usage_ledger.calls"]

# in the environment:
GENERIC_LOGGER_ENDPOINT=${api}/api/ingest/litellm
GENERIC_LOGGER_HEADERS="Authorization=Bearer ${key}"`;
    case "opentelemetry":
      return `OTEL_EXPORTER_OTLP_ENDPOINT=${api}
OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20${key}"
OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
OTEL_SERVICE_NAME=my-app`;
    case "http":
      return `curl -H "Authorization: Bearer ${key}" ${api}/api/model-calls -d '{
  "id": "call-1", "userDid": "alice", "appDid": "my-app", "providerId": "openai", "model": "gpt-5",
  "type": "chatCompletion", "status": "success", "duration": 2.1,
  "usageMetrics": {"inputTokens": 1200, "outputTokens": 300}}'`;
  }
}
