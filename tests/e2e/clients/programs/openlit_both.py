import json
from pathlib import Path
from tempfile import TemporaryDirectory

import openlit
from telemetry import USER

with TemporaryDirectory() as directory:  # its own list would come from the network
    prices = Path(directory) / "prices.json"
    by_thousand = {"promptPrice": 0.001, "completionPrice": 0.002}
    prices.write_text(json.dumps({"chat": {"gpt-4o-mini": by_thousand, "claude-sonnet-4-5": by_thousand}}))
    openlit.init(application_name="checkout", custom_span_attributes={"user.id": USER}, pricing_json=str(prices))

from anthropic_calls import make_calls as call_anthropic
from openai_calls import make_calls as call_openai

call_openai()
call_anthropic()
