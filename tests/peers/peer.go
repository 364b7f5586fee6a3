// A peer in Go: see tests/peers/main.rs for what a peer does.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"go.opentelemetry.io/contrib/propagators/b3"
	"go.opentelemetry.io/contrib/propagators/envcar"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

var known = map[string]propagation.TextMapPropagator{
	"tracecontext": propagation.TraceContext{},
	"baggage":      propagation.Baggage{},
	"b3":           b3.New(b3.WithInjectEncoding(b3.B3SingleHeader)),
	"b3multi":      b3.New(b3.WithInjectEncoding(b3.B3MultipleHeader)),
}

func main() {
	arguments := os.Args[1:]
	parent := propagator().Extract(context.Background(), &envcar.Carrier{})
	ctx, span := sdk.NewTracerProvider().Tracer("peer").Start(parent, "peer")
	check(json.NewEncoder(os.Stdout).Encode(report(parent, span.SpanContext())))
	if len(arguments) == 0 {
		return
	}
	next := exec.Command(arguments[0], arguments[1:]...)
	next.Stdout, next.Stderr = os.Stdout, os.Stderr
	next.Env = os.Environ()
	propagator().Inject(ctx, &envcar.Carrier{SetEnvFunc: func(name, value string) {
		next.Env = append(next.Env, name+"="+value)
	}})
	check(next.Run())
}

func propagator() propagation.TextMapPropagator {
	names := os.Getenv("OTEL_PROPAGATORS")
	if names == "" {
		names = "tracecontext,baggage"
	}
	var propagators []propagation.TextMapPropagator
	for name := range strings.SplitSeq(names, ",") {
		propagators = append(propagators, known[name])
	}
	return propagation.NewCompositeTextMapPropagator(propagators...)
}

func report(parent context.Context, span trace.SpanContext) map[string]any {
	entries := map[string][]string{}
	for _, member := range baggage.FromContext(parent).Members() {
		var properties []string
		for _, property := range member.Properties() {
			properties = append(properties, property.String())
		}
		entries[member.Key()] = []string{member.Value(), strings.Join(properties, ";")}
	}
	return map[string]any{
		"trace":   span.TraceID().String(),
		"span":    span.SpanID().String(),
		"parent":  trace.SpanContextFromContext(parent).SpanID().String(),
		"flags":   span.TraceFlags().String(),
		"state":   span.TraceState().String(),
		"baggage": entries,
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
