"""A peer in Python: see tests/peers/main.rs for what a peer does."""

import json
import os
import subprocess
import sys

from opentelemetry import baggage, trace
from opentelemetry.context import Context
from opentelemetry.propagate import extract, inject
from opentelemetry.propagators._envcarrier import EnvironmentGetter, EnvironmentSetter
from opentelemetry.sdk.trace import TracerProvider


def main(arguments):
    cx = extract(os.environ, context=Context(), getter=EnvironmentGetter())
    parent = trace.get_current_span(cx).get_span_context()
    tracer = TracerProvider().get_tracer("peer")
    span = tracer.start_span("peer", context=cx)
    context = span.get_span_context()
    report = {
        "trace": trace.format_trace_id(context.trace_id),
        "span": trace.format_span_id(context.span_id),
        "parent": trace.format_span_id(parent.span_id),
        "flags": f"{context.trace_flags:02x}",
        "state": context.trace_state.to_header(),
        "baggage": {key: [value, ""] for key, value in baggage.get_all(cx).items()},
    }
    print(json.dumps(report), flush=True)
    if not arguments:
        return 0
    environment = dict(os.environ)
    inject(environment, trace.set_span_in_context(span, cx), setter=EnvironmentSetter())
    return subprocess.run(arguments, env=environment).returncode


sys.exit(main(sys.argv[1:]))
