//! The Cloud Run function `sweep`.

fn main() -> std::process::ExitCode {
    runtime::main_calling(sweep::build, |settings: &sweep::Settings| {
        jobs::access::sweep(&settings.database, &settings.changes)
    })
}
