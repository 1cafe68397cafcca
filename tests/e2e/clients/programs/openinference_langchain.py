from langchain_calls import make_calls
from openinference.instrumentation import using_user
from openinference.instrumentation.langchain import LangChainInstrumentor
from telemetry import USER, tracing

LangChainInstrumentor().instrument(tracer_provider=tracing())
with using_user(USER):
    make_calls()
