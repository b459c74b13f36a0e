//! The Cloud Run function `maintenance-noticed`.

fn main() -> std::process::ExitCode {
    runtime::main(maintenance_noticed::build)
}
