//! The Cloud Run function `maintenance-noticed`.

fn main() -> std::process::ExitCode {
    runtime::main_with_calls(
        maintenance_noticed::build,
        jobs::Flow::calls,
        publish::pubsub,
    )
}
