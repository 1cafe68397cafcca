import logfire
from anthropic_calls import make_calls as call_anthropic
from openai_calls import make_calls as call_openai
from telemetry import USER

logfire.configure(send_to_logfire=False, service_name="checkout", console=False)
logfire.instrument_openai()
logfire.instrument_anthropic()
with logfire.set_baggage(**{"user.id": USER}):
    call_openai()
    call_anthropic()
logfire.shutdown()
