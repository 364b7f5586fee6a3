use std::io::{self, BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::Command;

use opentelemetry::Context;
use opentelemetry_env_carrier::{InSpan as _, MainSpan};

use crate::telemetry;

pub fn main() -> io::Result<()> {
    let provider = telemetry::provider("server");
    let result = serve();
    let _ = provider.shutdown();
    result
}

fn serve() -> io::Result<()> {
    let starting = MainSpan::builder().with_linked_parent().with_name("start").start();
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    drop(starting); // it is only around the start

    for request in listener.incoming() {
        let mut target = String::new();
        BufReader::new(request?).read_line(&mut target)?;
        if target == "stop" {
            break;
        }
        // In a trace of its own. (If a request brings a parent context, in that.)
        Command::new("make").arg(target).in_span().with_parent(&Context::new()).status()?;
    }
    Ok(())
}
