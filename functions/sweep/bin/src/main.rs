//! The Cloud Run function `sweep`.

fn main() -> std::process::ExitCode {
    runtime::main_with_calls(sweep::build, sweep::calls, publish::pubsub)
}
