//! The command line's options and arguments.

mod access;
mod account;
mod volume;

pub(crate) use access::{AccessCommand, ExplainArgs};
pub(crate) use account::{AccountArgs, AccountCommand, DeploymentsArgs};
pub(crate) use volume::VolumeCommand;

use clap::{Args, Parser, Subcommand, builder::PossibleValuesParser, value_parser};
use events::Gpu;
use names::{Attempt, Duration, JobId, MachineType, ProjectId, VolumeName, Zone};
use std::path::PathBuf;

/// Run jobs on Google Cloud, and a local Google Cloud to try it on.
#[derive(Debug, Parser)]
#[command(
    name = "groundcrew",
    version,
    after_help = "\
Examples:
  groundcrew tour                      run one job in a local cloud, showing every step
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
    /// Run one job in a local cloud, showing every step
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
    /// Manage data volumes, which only the jobs that use them can access
    #[command(subcommand)]
    Volume(VolumeCommand),
    /// Explain who may do what, and why
    #[command(subcommand)]
    Access(AccessCommand),
    /// Run the job of this machine
    #[command(hide = true)]
    Agent,
    /// Write the generated files in deploy/
    #[command(hide = true)]
    Generate {
        /// The root of the repository
        #[arg(default_value = ".")]
        dir: PathBuf,
    },
}

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
    #[command(flatten)]
    pub(crate) cloud: CloudArgs,
    /// Set for the background process, which detaches from its terminal
    #[arg(long, hide = true, conflicts_with = "detach")]
    pub(crate) detached: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LocalCommand {
    /// Print shell exports that point gcloud and client libraries at the local cloud
    #[command(
        after_help = "Example:\n  eval \"$(groundcrew local env)\" && gcloud compute instances list"
    )]
    Env,
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
    /// Drain and stop the local cloud
    #[command(after_help = "Example:\n  groundcrew local stop")]
    Stop,
}

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

#[derive(Debug, Subcommand)]
pub(crate) enum JobCommand {
    /// Submit a job and print its ID
    #[command(after_help = "\
Examples:
  groundcrew job submit -- python train.py --epochs 3
  groundcrew job submit --gpu nvidia-tesla-t4:1 --spot --max-run 2h -- ./train
  groundcrew job submit --ssh-key -- git clone git@github.com:example/private.git
  groundcrew job submit --volume data -- sh -c 'gcloud storage ls $GROUNDCREW_VOLUME'
  groundcrew job wait $(groundcrew job submit --env NAME=you -- sh -c 'echo hello $NAME')

The command is a program with its arguments; it is not run in a shell.")]
    Submit(SubmitArgs),
    /// List jobs, newest first
    #[command(after_help = "\
Examples:
  groundcrew job list
  groundcrew job list --failed
  groundcrew job list --state running --state draining --json")]
    List(ListArgs),
    /// Show one job: its spec, its state and its history
    #[command(after_help = "Examples:\n  groundcrew job show ID\n  groundcrew job show ID --json")]
    Show {
        #[command(flatten)]
        job: OneJob,
    },
    /// Print the output of a job
    #[command(after_help = "\
Examples:
  groundcrew job logs ID
  groundcrew job logs ID -f            follow until the job is done
  groundcrew job logs ID --attempt 1   output of an earlier attempt")]
    Logs(LogsArgs),
    /// Wait for a job and exit with its exit code
    #[command(after_help = "\
Examples:
  groundcrew job wait ID
  groundcrew job wait ID --timeout 10m

Exits with the command's exit code; 124 on timeout, 125 if the job failed to
run, 130 if it was cancelled, 2 if it was rejected.")]
    Wait {
        #[command(flatten)]
        job: OneJob,
        /// Stop waiting after this time (30s, 10m, 1h30m); the job continues
        #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
        timeout: Option<Duration>,
    },
    /// Cancel a job and delete its machine
    #[command(after_help = "Example:\n  groundcrew job cancel ID")]
    Cancel {
        #[command(flatten)]
        job: OneJob,
    },
}

/// Options of commands on a single job.
#[derive(Debug, Args)]
pub(crate) struct OneJob {
    /// Job ID
    pub(crate) id: JobId,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SubmitArgs {
    /// Machine type [default: e2-standard-2]
    #[arg(long, value_name = "TYPE")]
    pub(crate) machine: Option<MachineType>,
    /// Accelerators, such as nvidia-tesla-t4:1
    #[arg(long, value_name = "KIND:N")]
    pub(crate) gpu: Option<Gpu>,
    /// Use a Spot VM: cheaper, and may be preempted
    #[arg(long)]
    pub(crate) spot: bool,
    /// Time limit of the command [default: 1h]
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) max_run: Option<Duration>,
    /// Set an environment variable of the command (may be repeated)
    #[arg(long, value_name = "K=V", value_parser = variable)]
    pub(crate) env: Vec<(String, String)>,
    /// Size of the boot disk in GB [default: 10]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = value_parser!(u32).range(10..=65_536))]
    pub(crate) disk_gb: Option<u32>,
    /// Zone to try, in the given order (may be repeated) [default: the deployment's]
    #[arg(long = "zone", value_name = "ZONE")]
    pub(crate) zones: Vec<Zone>,
    /// How often to retry a command that failed
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        default_value_t = 0
    )]
    pub(crate) retries: u32,
    /// Provide the SSH key stored by `account apply --ssh-key`: GROUNDCREW_SSH_KEY
    /// contains the path of its file, and git uses it
    #[arg(long, conflicts_with = "volume")]
    pub(crate) ssh_key: bool,
    /// Run with access to this data volume, and to nothing else in the bucket
    #[arg(long, value_name = "NAME")]
    pub(crate) volume: Option<VolumeName>,
    /// Job ID; a job submitted twice with one ID runs once [default: a new ID]
    #[arg(long)]
    pub(crate) id: Option<JobId>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// The program to run and its arguments
    #[arg(last = true, required = true)]
    pub(crate) command: Vec<String>,
}

/// The names of job states in the ledger.
const STATES: [&str; 6] = [
    "queued",
    "launching",
    "running",
    "draining",
    "deleting",
    "done",
];

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only jobs that are done and failed
    #[arg(long, conflicts_with = "states")]
    pub(crate) failed: bool,
    /// Only jobs in this state (may be repeated)
    #[arg(long = "state", value_name = "STATE", value_parser = PossibleValuesParser::new(STATES))]
    pub(crate) states: Vec<String>,
    /// Maximum number of jobs
    #[arg(long, value_name = "N", default_value_t = 50, allow_negative_numbers = true, value_parser = value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

#[derive(Debug, Args)]
pub(crate) struct LogsArgs {
    #[command(flatten)]
    pub(crate) job: OneJob,
    /// Follow the output until the job is done
    #[arg(short, long, conflicts_with_all = ["json", "attempt"])]
    pub(crate) follow: bool,
    /// Show this attempt instead of the latest
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) attempt: Option<Attempt>,
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("must be NAME=VALUE".to_owned()),
    }
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
