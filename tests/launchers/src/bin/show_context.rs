//! A child that shows what of the context arrived. It depends on nothing, so `cargo run` can build it.

use std::env;

fn main() {
    println!("received:");
    for name in ["BAGGAGE", "TRACEPARENT", "TRACESTATE"] {
        if let Ok(value) = env::var(name) {
            println!("{name}={value}");
        }
    }
}
