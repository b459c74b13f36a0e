//! The options that select a cloud.

use clap::Args;
use names::ProjectId;

/// The cloud that a command talks to.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Cloud")]
pub(crate) struct TargetArgs {
    /// Use Google Cloud, with groundcrew deployed in PROJECT, instead of the local
    /// cloud (not yet tested against Google Cloud)
    #[arg(long, value_name = "PROJECT")]
    pub(crate) google: Option<ProjectId>,
    /// The project that jobs run in [default: the project of --google]
    #[arg(long, value_name = "PROJECT", requires = "google")]
    pub(crate) jobs_project: Option<ProjectId>,
}

impl TargetArgs {
    /// The deployment in project `google`, else the local one.
    pub(crate) fn home(google: Option<&ProjectId>) -> Self {
        Self {
            google: google.cloned(),
            jobs_project: None,
        }
    }
}
