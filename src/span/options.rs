//! What the three builders have in common.

use std::borrow::Cow;

use opentelemetry::trace::{SpanBuilder, TraceContextExt as _, Tracer};
use opentelemetry::{Context, KeyValue};

#[derive(Default)]
pub(super) struct Options<'a> {
    pub(super) name: Option<Cow<'static, str>>,
    pub(super) attributes: Vec<KeyValue>,
    pub(super) parent: Option<Context>,
    /// `Sync`, so that the builders are `Send`.
    pub(super) tracer: Option<&'a (dyn StartSpan + Sync)>,
    pub(super) expected_codes: Vec<i32>,
}

/// A [`Tracer`] of any type.
pub(super) trait StartSpan {
    /// Starts the span under `parent`, and adds it to `base`. They differ if `base` has a span that must not be the
    /// parent.
    fn start_span(&self, span: SpanBuilder, parent: &Context, base: &Context) -> Context;
}

impl<T: Tracer<Span: Send + Sync + 'static>> StartSpan for T {
    fn start_span(&self, span: SpanBuilder, parent: &Context, base: &Context) -> Context {
        base.with_span(self.build_with_context(span, parent))
    }
}

/// The methods of a builder that has `options`.
macro_rules! options {
    () => {
        /// Names the span: with a `&'static str`, or a `String`. By default its name is the program's base name. Do
        /// not use the command line: it leaks the arguments.
        pub fn with_name(mut self, name: impl Into<::std::borrow::Cow<'static, str>>) -> Self {
            self.options.name = Some(name.into());
            self
        }

        /// Adds attributes to the span. Samplers see them. They replace what this crate records under the
        /// same key.
        pub fn with_attributes(
            mut self,
            attributes: impl IntoIterator<Item = ::opentelemetry::KeyValue>,
        ) -> Self {
            self.options.attributes.extend(attributes);
            self
        }

        /// Sets the parent context. One without a span starts a new trace. (Without a tracer provider there is no span,
        /// and children stay in their ancestors' trace.)
        pub fn with_parent(mut self, parent: &::opentelemetry::Context) -> Self {
            self.options.parent = Some(parent.clone());
            self
        }

        /// Makes the span with this tracer, in place of the global provider's.
        pub fn with_tracer(
            mut self,
            tracer: &'a (impl ::opentelemetry::trace::Tracer<Span: Send + Sync + 'static> + Sync),
        ) -> Self {
            self.options.tracer = Some(tracer);
            self
        }
    };
    (child) => {
        options!();

        /// Exit codes other than 0 that are not an error, such as 1 for `grep`, or 143 for a child that you end with
        /// `SIGTERM`. Those of several calls add up.
        pub fn with_expected_codes(mut self, codes: impl IntoIterator<Item = i32>) -> Self {
            self.options.expected_codes.extend(codes);
            self
        }
    };
}
