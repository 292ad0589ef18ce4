//! What `jisr demo` says once it answers: where it is, and a first thing to try.

use std::io::{self, Write as _};
use std::net::SocketAddr;

use super::style::{Mood, paint};

/// Prints the addresses and a ready-made command. Programs that start the demo wait for this text on standard output.
pub(crate) fn demo_ready(gateway: SocketAddr, operations: SocketAddr, department: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    // As it was typed, so that the command can be copied; `make run` is not on anybody's path.
    let program = std::env::args().next().unwrap_or_else(|| "jisr".to_owned());
    for line in lines(&program, gateway, operations, department) {
        writeln!(out, "{line}")?;
    }
    out.flush()
}

fn lines(program: &str, gateway: SocketAddr, operations: SocketAddr, department: &str) -> Vec<String> {
    let command = |language: &str| {
        // Only where it is not at home does the command have to say where it is.
        let elsewhere = format!("http://{gateway}") != crate::cli::ADDRESS;
        let address = if elsewhere { format!(" --address http://{gateway}") } else { String::new() };
        paint(&format!("{program} tx submit deploy/examples/building-noc.json --watch{language}{address}"), Mood::Good)
    };
    vec![
        paint("Jisr is ready · جسر جاهز", Mood::Heading),
        format!("  front ends (gRPC)      http://{gateway}"),
        format!("  operators              http://{operations}"),
        format!("  building control       {department} (a stand-in for the municipality's system)"),
        String::new(),
        "Open on this machine only, without authentication. Try in another terminal:".to_owned(),
        format!("  {}", command("")),
        format!("  {}", command(" --lang ar")),
        "Stop it with Ctrl-C; what has not ended goes on at the next start.".to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::shown;

    #[test]
    fn the_command_works_as_it_is_printed() {
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let lines = |port| {
            lines("jisr", at(port), at(9090), "http://127.0.0.1:1/").iter().map(|l| shown(l)).collect::<Vec<_>>()
        };
        assert!(lines(50051).contains(&"  jisr tx submit deploy/examples/building-noc.json --watch".to_owned()));
        let elsewhere =
            "  jisr tx submit deploy/examples/building-noc.json --watch --lang ar --address http://127.0.0.1:4";
        assert!(lines(4).contains(&elsewhere.to_owned()), "{:#?}", lines(4));
    }
}
