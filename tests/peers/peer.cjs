// A peer in JavaScript: see tests/peers/main.rs for what a peer does.

const { spawnSync } = require('node:child_process');
const { ROOT_CONTEXT, propagation, trace } = require('@opentelemetry/api');
const {
  CompositePropagator,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} = require('@opentelemetry/core');
const { B3InjectEncoding, B3Propagator } = require('@opentelemetry/propagator-b3');
const { EnvironmentGetter, EnvironmentSetter } = require('@opentelemetry/propagator-env-carrier');
const { BasicTracerProvider } = require('@opentelemetry/sdk-trace-base');

const known = {
  tracecontext: () => new W3CTraceContextPropagator(),
  baggage: () => new W3CBaggagePropagator(),
  b3: () => new B3Propagator(),
  b3multi: () => new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER }),
};

function main(args) {
  const names = (process.env.OTEL_PROPAGATORS || 'tracecontext,baggage').split(',');
  const propagator = new CompositePropagator({ propagators: names.map((name) => known[name]()) });
  const cx = propagator.extract(ROOT_CONTEXT, undefined, new EnvironmentGetter());
  const span = new BasicTracerProvider().getTracer('peer').startSpan('peer', {}, cx);
  const { traceId, spanId, traceFlags, traceState } = span.spanContext();
  const entries = propagation.getBaggage(cx)?.getAllEntries() ?? [];
  const report = {
    trace: traceId,
    span: spanId,
    parent: trace.getSpanContext(cx)?.spanId ?? '0000000000000000',
    flags: traceFlags.toString(16).padStart(2, '0'),
    state: traceState?.serialize() ?? '',
    baggage: Object.fromEntries(
      entries.map(([key, { value, metadata }]) => [key, [value, metadata?.toString() ?? '']]),
    ),
  };
  console.log(JSON.stringify(report));
  if (args.length === 0) {
    return 0;
  }
  const env = { ...process.env };
  propagator.inject(trace.setSpan(cx, span), undefined, new EnvironmentSetter(env));
  return spawnSync(args[0], args.slice(1), { env, stdio: 'inherit' }).status;
}

process.exitCode = main(process.argv.slice(2));
