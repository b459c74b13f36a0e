//! The options of `groundcrew local`, and of the tour's local cloud.

use clap::{Args, Subcommand};
use std::{ffi::OsString, path::PathBuf};

/// Options of every local cloud.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct CloudArgs {
    /// Write each HTTP exchange to FILE as JSON lines, without secrets
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// Write each API call to FILE as JSON lines, with the permissions checked
    #[arg(long, value_name = "FILE")]
    pub(crate) audit: Option<PathBuf>,
    /// Deny a permission to an identity (may be repeated)
    #[arg(long, value_name = "IDENTITY:PERMISSION")]
    pub(crate) deny: Vec<String>,
}

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  groundcrew local                     runs until Ctrl-C, then drains and stops
  groundcrew local --detach --state ~/.groundcrew
  eval \"$(groundcrew local env)\"       points gcloud and client libraries at it
  groundcrew local stop"
)]
pub(crate) struct LocalArgs {
    #[command(subcommand)]
    pub(crate) command: Option<LocalCommand>,
    #[command(flatten)]
    pub(crate) start: StartArgs,
}

#[derive(Debug, Clone, Default, Args)]
pub(crate) struct StartArgs {
    /// Run in the background
    #[arg(long)]
    pub(crate) detach: bool,
    /// Persist the cloud in DIR and resume from it [default: in memory only]
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
    /// Port of all APIs [default: 8085, or any free port if that is in use]
    #[arg(long, value_name = "N")]
    pub(crate) port: Option<u16>,
    /// Without the product `demo`, which is made in the background at first
    #[arg(long)]
    pub(crate) empty: bool,
    #[command(flatten)]
    pub(crate) cloud: CloudArgs,
    /// Set for the background process, which detaches from its terminal
    #[arg(long, hide = true, conflicts_with = "detach")]
    pub(crate) detached: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LocalCommand {
    /// Print shell exports that point tools at the local cloud instead of Google
    ///
    /// gcloud, gsutil, curl and Google's client libraries then find it under
    /// Google's own names, through a proxy that refuses all other names.
    #[command(
        after_help = "Example:\n  eval \"$(groundcrew local env)\" && gcloud compute instances list"
    )]
    Env,
    /// Run one command that finds the local cloud instead of Google
    #[command(
        after_help = "Example:\n  groundcrew local exec -- curl -sS https://storage.googleapis.com/storage/v1/b?project=demo-project"
    )]
    Exec {
        /// The program and its arguments
        #[arg(required = true, trailing_var_arg = true, value_name = "COMMAND")]
        command: Vec<OsString>,
    },
    /// Show whether the local cloud is running, and its jobs by state
    #[command(after_help = "\
Examples:
  groundcrew local status
  groundcrew local status --json

Exits with 1 if no local cloud is running.")]
    Status {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// List Google's APIs, and which of their methods the local cloud has
    #[command(after_help = "\
Examples:
  groundcrew local apis
  groundcrew local apis pubsub
  groundcrew local apis run.v2 --json

Methods are those of Google's discovery documents. What is there by REST is there
by gRPC.")]
    Apis {
        /// Only this API (pubsub, run.v2), method by method
        api: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Drain and stop the local cloud
    #[command(after_help = "Example:\n  groundcrew local stop")]
    Stop,
}
