//! The command line's options and arguments.

mod access;
mod account;
mod dead_letter;
mod job;
mod local;
mod product;
mod target;
mod volume;

pub(crate) use access::{AccessCommand, ExplainArgs, RecordArgs};
pub(crate) use account::{AccountArgs, AccountCommand, DeploymentsArgs};
pub(crate) use dead_letter::{ChosenLetters, DeadLetterCommand};
pub(crate) use job::{JobCommand, ListArgs, LogsArgs, OneJob, SubmitArgs};
pub(crate) use local::{CloudArgs, LocalArgs, LocalCommand, StartArgs};
pub(crate) use product::{ProductArgs, ProductCommand};
pub(crate) use target::TargetArgs;
pub(crate) use volume::VolumeCommand;

use clap::{Parser, Subcommand};
use std::{ffi::OsString, path::PathBuf};

/// Run jobs on Google Cloud, and a local Google Cloud to try it on.
#[derive(Debug, Parser)]
#[command(
    name = "groundcrew",
    version,
    after_help = "\
Examples:
  groundcrew tour                      run one job and make a product in a local cloud
  groundcrew local --detach            start a local Google Cloud with groundcrew in it
  groundcrew job submit -- echo hello  run a job on its own machine
  groundcrew job list"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run one job in a local cloud, showing every step, and make a product
    #[command(after_help = "\
Examples:
  groundcrew tour
  groundcrew tour --audit audit.jsonl
  groundcrew tour --deny resource-manager:compute.instances.create

Exits with 0 if every step was observed and no resource was left behind.")]
    Tour(CloudArgs),
    /// Run a local Google Cloud that enforces IAM, with groundcrew in it
    Local(LocalArgs),
    /// Submit, watch and cancel jobs
    #[command(subcommand)]
    Job(JobCommand),
    /// Set up, inspect and delete groundcrew's resources in a customer's project
    #[command(subcommand)]
    Account(AccountCommand),
    /// Make and change products: a folder, and a project for each environment
    #[command(subcommand)]
    Product(ProductCommand),
    /// Manage data volumes, which only the jobs that use them can access
    #[command(subcommand)]
    Volume(VolumeCommand),
    /// See and replay events that could not be handled
    #[command(subcommand)]
    DeadLetter(DeadLetterCommand),
    /// Explain who may do what, and why
    #[command(subcommand)]
    Access(AccessCommand),
    /// Run the job of this machine
    #[command(hide = true)]
    Agent,
    /// Run COMMAND as the agent of a machine of the local cloud, and end with it
    /// everything that it started
    #[command(hide = true)]
    Machine {
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<OsString>,
    },
    /// Write the generated files in deploy/ and, from the folder
    /// GROUNDCREW_SHARED, those in simulator/data/ and cli/data/
    #[command(hide = true)]
    Generate {
        /// The root of the repository
        #[arg(default_value = ".")]
        dir: PathBuf,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_definition_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_visible_command_has_examples() {
        fn check(command: &clap::Command) {
            let help = command.get_after_help().map(ToString::to_string);
            let shown = !command.is_hide_set() && !command.has_subcommands();
            assert!(
                !shown || help.is_some_and(|h| h.contains("Example")),
                "{}",
                command.get_name()
            );
            command.get_subcommands().for_each(check);
        }
        check(&Arguments::command());
    }

    #[test]
    fn invalid_arguments_are_reported_with_their_reason() {
        for (line, says) in [
            ("job submit --disk-gb -5 -- x", "-5 is not in 10..=65536"),
            ("job submit --retries -1 -- x", "--retries"),
            ("job submit --gpu t4:many -- x", "the count is not a number"),
            ("job submit --max-run soon -- x", "--max-run"),
            ("job submit --env X -- x", "must be NAME=VALUE"),
            ("job submit --zone moon -- x", "us-central1-a"),
            ("job submit --id UPPER -- x", "job id"),
            ("job submit --volume ../x -- x", "volume \"../x\""),
            ("job submit", "COMMAND"),
            ("job list --state lost", "possible values"),
            ("job list --failed --state done", "cannot be used with"),
            ("job list --limit 0", "0 is not in 1..=10000"),
            ("job logs a --attempt 0", "a number from 1"),
            ("job list --jobs-project demo-project", "--google"),
            ("local --port 8085 status", "status"),
            ("access explain", "PRINCIPAL"),
            ("access explain robot", "user:, group: or serviceAccount:"),
            (
                "access explain robot:a@b",
                "user:, group: or serviceAccount:",
            ),
            (
                "access explain user:a@b --resource x",
                "//SERVICE.googleapis.com",
            ),
            ("account plan", "--project"),
            ("dead-letter replay", "--all"),
            ("dead-letter drop 7 --all", "cannot be used with"),
            ("dead-letter list --limit 0", "0 is not in 1..=10000"),
            ("volume create", "NAME"),
            ("volume create data", "--project"),
            (
                "volume delete ../x --project demo-project",
                "volume \"../x\"",
            ),
            ("account plan --project P", "6 to 30"),
            ("account plan --project demo-project --yes", "--yes"),
        ] {
            let words = std::iter::once("groundcrew").chain(line.split(' '));
            let error = Arguments::try_parse_from(words)
                .expect_err(line)
                .to_string();
            assert!(error.contains(says), "{line}: {error}");
        }
    }
}
