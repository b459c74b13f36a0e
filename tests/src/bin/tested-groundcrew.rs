//! The program as the tests start it: Cargo tells a test where the binaries
//! of its own package are, and builds them first.

use std::process::ExitCode;

fn main() -> ExitCode {
    groundcrew::main()
}
