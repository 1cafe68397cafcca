from openai_calls import make_calls

make_calls()
