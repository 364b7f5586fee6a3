//! A collector of spans inside this program, which receives OTLP over HTTP with protobuf.

use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::ResourceSpans;
use prost::Message as _;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

pub(crate) struct Collector {
    address: SocketAddr,
    received: Received,
    /// The server runs on it, until it is dropped.
    _runtime: Runtime,
}

type Received = Arc<Mutex<Vec<ResourceSpans>>>;

/// Where an exporter sends spans. Logs and metrics go to other paths, and are not looked at.
const TRACES: &str = "/v1/traces";

impl Collector {
    pub(crate) fn start() -> io::Result<Self> {
        let runtime = Runtime::new()?;
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let address = listener.local_addr()?;
        let received = Received::default();
        runtime.spawn(serve(listener, Arc::clone(&received)));
        Ok(Self { address, received, _runtime: runtime })
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What a process needs in its environment to export to this collector, and to no other.
    pub(crate) fn variables(&self) -> [(&'static str, String); 4] {
        [
            // The first has precedence. A program may look for either.
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", format!("{}{TRACES}", self.endpoint())),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", self.endpoint()),
            // Not every exporter knows both.
            ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf".to_owned()),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf".to_owned()),
        ]
    }

    /// What was received so far. The spans under one resource are those of one process.
    pub(crate) fn received(&self) -> Vec<ResourceSpans> {
        self.received.lock().expect("no thread panics with the lock").clone()
    }
}

async fn serve(listener: TcpListener, received: Received) {
    while let Ok((connection, _)) = listener.accept().await {
        let received = Arc::clone(&received);
        let service = service_fn(move |request| receive(request, Arc::clone(&received)));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(connection), service));
    }
}

/// An error closes the connection.
async fn receive(
    request: Request<Incoming>,
    received: Received,
) -> Result<Response<String>, Box<dyn Error + Send + Sync>> {
    let is_of_traces = request.uri().path() == TRACES;
    let body = request.into_body().collect().await?.to_bytes();
    if is_of_traces {
        let export = ExportTraceServiceRequest::decode(body)?;
        received.lock().expect("no thread panics with the lock").extend(export.resource_spans);
    }
    Ok(Response::default())
}
