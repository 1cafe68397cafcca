import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { makeCalls } from "./vercel_calls.mjs";

const sdk = new NodeSDK({ traceExporter: new OTLPTraceExporter() });
sdk.start();
await makeCalls({ experimental_telemetry: { isEnabled: true, metadata: { userId: process.env.LEDGER_USER } } });
await sdk.shutdown();
