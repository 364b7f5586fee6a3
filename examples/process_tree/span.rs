//! What is drawn of a span.

use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span as Received, SpanFlags};

pub(crate) struct Span {
    pub(crate) trace: String,
    pub(crate) id: String,
    /// Empty if the span has none.
    pub(crate) parent: String,
    pub(crate) name: String,
    /// The id of the child, if the span is around one that was started, or else of the process that made
    /// the span.
    pub(crate) process: Option<String>,
    is_around_child: bool,
    has_local_parent: bool,
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// The spans that it is linked to.
    pub(crate) links: Vec<String>,
    /// What is remarkable about it, such as an error.
    pub(crate) notes: Vec<String>,
}

impl Span {
    pub(crate) fn all(received: Vec<ResourceSpans>) -> Vec<Self> {
        let mut all = Vec::new();
        for of_process in received {
            let resource = of_process.resource.unwrap_or_default();
            let process = attribute(&resource.attributes, "process.pid");
            for span in of_process.scope_spans.into_iter().flat_map(|scope| scope.spans) {
                all.push(Self::new(&span, process.clone()));
            }
        }
        all
    }

    fn new(span: &Received, process: Option<String>) -> Self {
        let is_around_child = span.kind() == SpanKind::Client
            && attribute(&span.attributes, "process.executable.name").is_some();
        let process = if is_around_child { None } else { process };
        let links: Vec<String> = span.links.iter().map(|link| hex(&link.span_id)).collect();
        let mut notes = Vec::new();
        if let Some(error) = error(span) {
            notes.push(format!("✗ {error}"));
        } else if is_around_child && attribute(&span.attributes, "process.exit.code").is_none() {
            notes.push("no exit code".to_owned());
        }
        notes.extend(links.iter().map(|link| format!("linked to {link}")));
        if let Some(build) = attribute(&span.attributes, "build.id") {
            notes.push(format!("build.id={build}"));
        }
        Self {
            trace: hex(&span.trace_id),
            id: hex(&span.span_id),
            parent: hex(&span.parent_span_id),
            name: span.name.clone(),
            process: attribute(&span.attributes, "process.pid").or(process),
            is_around_child,
            has_local_parent: has_local_parent(span),
            start: span.start_time_unix_nano,
            end: span.end_time_unix_nano,
            links,
            notes,
        }
    }

    pub(crate) fn is_in_process_of(&self, parent: &Self) -> bool {
        self.has_local_parent && !self.is_around_child && !parent.is_around_child
    }
}

fn has_local_parent(span: &Received) -> bool {
    let (known, remote) = (SpanFlags::ContextHasIsRemoteMask, SpanFlags::ContextIsRemoteMask);
    span.flags & known as u32 != 0 && span.flags & remote as u32 == 0
}

/// `exit 3`, `SIGKILL`, `NotFound`, `panic`; for spans that are of no process what they say themselves.
fn error(span: &Received) -> Option<String> {
    let status = span.status.as_ref().filter(|status| status.code() == StatusCode::Error)?;
    let error_type = attribute(&span.attributes, "error.type");
    let exit_code = attribute(&span.attributes, "process.exit.code");
    Some(match (error_type, exit_code) {
        (Some(error_type), Some(code)) if error_type == code => format!("exit {code}"),
        (Some(error_type), _) => error_type,
        (None, Some(code)) => format!("exit {code}"),
        (None, None) => status.message.lines().next().unwrap_or("error").to_owned(),
    })
}

fn attribute(attributes: &[KeyValue], key: &str) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.key == key)?;
    match attribute.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        other => Some(format!("{other:?}")),
    }
}

fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}
