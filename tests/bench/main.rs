//! The bench: both settings against what people would use instead, in one run. `README.md` says what every figure means.
//!
//! `make bench` and `make bench-growth`; or `cargo bench -p jisr-tests --bench bench -- seconds=1 rounds=1
//! only=embedded`, `-- growth rows=100000`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::float_arithmetic)]
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

mod adapter;
mod baselines;
mod embedded;
mod front_end;
mod growth;
mod harness;
mod load;
mod machine;
mod options;
mod production;
mod report;
mod rounds;

use options::Options;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() {
    // Cargo says `--bench` of its own accord.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match &*words {
        [adapter::WORD, address, prefix] => adapter::serve(address, prefix).await,
        ["growth", rest @ ..] => growth::run(&Options::read(rest)).await,
        rest => rounds::run(&Options::read(rest)).await,
    }
}
