//! The Cloud Run function `project-provisioned`.

fn main() -> std::process::ExitCode {
    runtime::main_with_calls(
        project_provisioned::build,
        project_provisioned::calls,
        publish::pubsub,
    )
}
