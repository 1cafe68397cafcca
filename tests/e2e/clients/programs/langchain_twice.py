from langchain_calls import make_calls
from openinference.instrumentation import using_user
from openinference.instrumentation.langchain import LangChainInstrumentor
from opentelemetry.instrumentation.openai import OpenAIInstrumentor
from telemetry import USER, tracing_with_baggage

provider = tracing_with_baggage()
LangChainInstrumentor().instrument(tracer_provider=provider)
OpenAIInstrumentor().instrument(tracer_provider=provider)
with using_user(USER):
    make_calls()
