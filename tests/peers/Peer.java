// A peer in Java: see tests/peers/main.rs for what a peer does.

import static java.util.stream.Collectors.joining;

import io.opentelemetry.api.baggage.Baggage;
import io.opentelemetry.api.baggage.propagation.W3CBaggagePropagator;
import io.opentelemetry.api.incubator.propagation.EnvironmentGetter;
import io.opentelemetry.api.incubator.propagation.EnvironmentSetter;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.extension.trace.propagation.B3Propagator;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

final class Peer {
  private static final Map<String, String> ENV = System.getenv();

  public static void main(String[] arguments) throws Exception {
    Context parent =
        propagator().extract(Context.root(), ENV, EnvironmentGetter.getInstance());
    // Without a processor the provider makes no spans.
    SpanProcessor processor = SimpleSpanProcessor.create(SpanExporter.composite());
    Tracer tracer = SdkTracerProvider.builder().addSpanProcessor(processor).build().get("peer");
    Span span = tracer.spanBuilder("peer").setParent(parent).startSpan();
    System.out.println(report(parent, span.getSpanContext()));
    if (arguments.length == 0) {
      return;
    }
    ProcessBuilder next = new ProcessBuilder(arguments).inheritIO();
    Context cx = parent.with(span);
    propagator().inject(cx, next.environment(), EnvironmentSetter.getInstance());
    System.exit(next.start().waitFor());
  }

  private static TextMapPropagator propagator() {
    String names = ENV.getOrDefault("OTEL_PROPAGATORS", "tracecontext,baggage");
    return TextMapPropagator.composite(
        Arrays.stream(names.split(",")).map(Peer::propagator).toList());
  }

  private static TextMapPropagator propagator(String name) {
    return switch (name) {
      case "tracecontext" -> W3CTraceContextPropagator.getInstance();
      case "baggage" -> W3CBaggagePropagator.getInstance();
      case "b3" -> B3Propagator.injectingSingleHeader();
      case "b3multi" -> B3Propagator.injectingMultiHeaders();
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static String report(Context parent, SpanContext span) {
    Map<String, String> report = new LinkedHashMap<>();
    report.put("trace", quoted(span.getTraceId()));
    report.put("span", quoted(span.getSpanId()));
    report.put("parent", quoted(Span.fromContext(parent).getSpanContext().getSpanId()));
    report.put("flags", quoted(span.getTraceFlags().asHex()));
    report.put("state", quoted(state(span.getTraceState())));
    report.put("baggage", object(baggage(Baggage.fromContext(parent))));
    return object(report);
  }

  private static String state(TraceState state) {
    return state.asMap().entrySet().stream().map(Object::toString).collect(joining(","));
  }

  private static Map<String, String> baggage(Baggage baggage) {
    Map<String, String> entries = new LinkedHashMap<>();
    baggage.forEach(
        (key, entry) -> {
          String value = quoted(entry.getValue());
          String properties = quoted(entry.getMetadata().getValue());
          entries.put(key, "[" + value + "," + properties + "]");
        });
    return entries;
  }

  /** JSON of an object whose values are JSON already. */
  private static String object(Map<String, String> members) {
    return members.entrySet().stream()
        .map(member -> quoted(member.getKey()) + ":" + member.getValue())
        .collect(joining(",", "{", "}"));
  }

  private static String quoted(String text) {
    return text.chars()
        .mapToObj(c -> isPlain(c) ? Character.toString(c) : String.format("\\u%04x", c))
        .collect(joining("", "\"", "\""));
  }

  private static boolean isPlain(int c) {
    return ' ' <= c && c <= '~' && c != '"' && c != '\\';
  }
}
