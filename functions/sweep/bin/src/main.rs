//! The Cloud Run function `sweep`.

fn main() -> std::process::ExitCode {
    runtime::main_calling(sweep::build, sweep::calls, publish::pubsub)
}
