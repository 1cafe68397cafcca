import openlit
from telemetry import tracing_with_baggage

provider = tracing_with_baggage()
openlit.init(tracer=provider.get_tracer("openlit"), disable_metrics=False)

from anthropic_calls import make_calls as call_anthropic  # noqa: E402
from openai_calls import make_calls as call_openai  # noqa: E402

call_openai()
call_anthropic()
