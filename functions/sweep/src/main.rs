//! The Cloud Run function `sweep`.

fn main() -> std::process::ExitCode {
    runtime::main(sweep::build)
}
