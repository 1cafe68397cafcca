from contextlib import suppress

from google import genai
from google.genai.errors import ClientError
from opentelemetry.instrumentation.google_genai import GoogleGenAiSdkInstrumentor
from telemetry import tracing_with_baggage

GoogleGenAiSdkInstrumentor().instrument(tracer_provider=tracing_with_baggage())
client = genai.Client(api_key="none")
model = "gemini-2.5-flash"
client.models.generate_content(model=model, contents="secret question")
list(client.models.generate_content_stream(model=model, contents="secret question"))
with suppress(ClientError):
    client.models.generate_content(model=model, contents="secret question: fail")
