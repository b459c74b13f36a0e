//! The `groundcrew` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    groundcrew::main()
}
