//! The command line's grammar.

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

/// Runs jobs on Google Cloud's machines; and a Google Cloud on yours.
#[derive(Debug, Parser)]
#[command(
    name = "groundcrew",
    version,
    after_help = "\
Examples:
  groundcrew tour                      one job from submit to gone, every step shown
  groundcrew local --detach            a local Google Cloud with groundcrew in it
  groundcrew job submit -- echo hello  a job on a machine of its own
  groundcrew job list"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show one job's way through a local cloud, step by step
    #[command(after_help = "\
Examples:
  groundcrew tour
  groundcrew tour --audit audit.jsonl
  groundcrew tour --deny resource-manager:compute.instances.create

Exits with 0 if every step was seen, and nothing was left behind.")]
    Tour(CloudArgs),
    /// Run a local Google Cloud that enforces IAM, with groundcrew in it
    Local(LocalArgs),
    /// Submit, watch and cancel jobs
    #[command(subcommand)]
    Job(JobCommand),
    /// Set up a customer's project for jobs, look after it, take it down
    #[command(subcommand)]
    Account(AccountCommand),
    /// Give jobs data of their own, which no other job reaches
    #[command(subcommand)]
    Volume(VolumeCommand),
    /// Say who may do what, and why
    #[command(subcommand)]
    Access(AccessCommand),
    /// Run the job of the machine that this runs on
    #[command(hide = true)]
    Agent,
    /// Write the generated files of deploy/
    #[command(hide = true)]
    Generate {
        /// The root of the repository
        #[arg(default_value = ".")]
        dir: PathBuf,
    },
}

/// What goes for every local cloud.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct CloudArgs {
    /// Write each HTTP exchange to FILE, a JSON object a line, without secrets
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// Write each call to FILE with the permissions that it asked
    #[arg(long, value_name = "FILE")]
    pub(crate) audit: Option<PathBuf>,
    /// Take a permission from an identity (may be repeated)
    #[arg(long, value_name = "IDENTITY:PERMISSION")]
    pub(crate) deny: Vec<String>,
}

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  groundcrew local                     stays until Ctrl-C, then finishes what it has
  groundcrew local --detach --state ~/.groundcrew
  eval \"$(groundcrew local env)\"       gcloud and client libraries then talk to it
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
    /// Go to the background once it is up
    #[arg(long)]
    pub(crate) detach: bool,
    /// Keep the cloud in DIR and go on from there; in memory only without it
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
    /// The port of all APIs; 8085 without it, or any if that is taken
    #[arg(long, value_name = "N")]
    pub(crate) port: Option<u16>,
    #[command(flatten)]
    pub(crate) cloud: CloudArgs,
    /// The process in the background, which leaves its terminal
    #[arg(long, hide = true, conflicts_with = "detach")]
    pub(crate) detached: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LocalCommand {
    /// Print shell lines that point gcloud and client libraries at it
    #[command(
        after_help = "Example:\n  eval \"$(groundcrew local env)\" && gcloud compute instances list"
    )]
    Env,
    /// Say whether it runs, and how many jobs are in which state
    #[command(after_help = "\
Examples:
  groundcrew local status
  groundcrew local status --json

Exits with 1 if none runs.")]
    Status {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Let it finish what it has, and end it
    #[command(after_help = "Example:\n  groundcrew local stop")]
    Stop,
}

/// Which cloud a command talks to.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Cloud")]
pub(crate) struct TargetArgs {
    /// Talk to Google Cloud, with groundcrew in PROJECT, instead of the local
    /// cloud (unverified: nobody has run this against Google yet)
    #[arg(long, value_name = "PROJECT")]
    pub(crate) google: Option<ProjectId>,
    /// The project that jobs run in, if it is another
    #[arg(long, value_name = "PROJECT", requires = "google")]
    pub(crate) jobs_project: Option<ProjectId>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum JobCommand {
    /// Submit a job, and print its id
    #[command(after_help = "\
Examples:
  groundcrew job submit -- python train.py --epochs 3
  groundcrew job submit --gpu nvidia-tesla-t4:1 --spot --max-run 2h -- ./train
  groundcrew job submit --ssh-key -- git clone git@github.com:example/private.git
  groundcrew job submit --volume data -- sh -c 'gcloud storage ls $GROUNDCREW_VOLUME'
  groundcrew job wait $(groundcrew job submit --env NAME=you -- sh -c 'echo hello $NAME')

The command is a program with its arguments; no shell is added.")]
    Submit(SubmitArgs),
    /// List jobs, the newest first
    #[command(after_help = "\
Examples:
  groundcrew job list
  groundcrew job list --failed
  groundcrew job list --state running --state draining --json")]
    List(ListArgs),
    /// Show one job: what it runs, where it stands, and its history
    #[command(after_help = "Examples:\n  groundcrew job show ID\n  groundcrew job show ID --json")]
    Show {
        #[command(flatten)]
        job: OneJob,
    },
    /// Print what a job's command printed
    #[command(after_help = "\
Examples:
  groundcrew job logs ID
  groundcrew job logs ID -f            until the job is done
  groundcrew job logs ID --attempt 1   of an earlier machine")]
    Logs(LogsArgs),
    /// Wait until a job is done, and exit with its command's exit code
    #[command(after_help = "\
Examples:
  groundcrew job wait ID
  groundcrew job wait ID --timeout 10m

Exits with the command's own code; 124 if the time is over, 125 if the job
could not be run, 130 if it was cancelled, 2 if it was rejected.")]
    Wait {
        #[command(flatten)]
        job: OneJob,
        /// Give up waiting, not the job, after this time (30s, 10m, 1h30m)
        #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
        timeout: Option<Duration>,
    },
    /// Stop a job and remove its machine
    #[command(after_help = "Example:\n  groundcrew job cancel ID")]
    Cancel {
        #[command(flatten)]
        job: OneJob,
    },
}

/// A job, and how to speak of it.
#[derive(Debug, Args)]
pub(crate) struct OneJob {
    /// The job's id
    pub(crate) id: JobId,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SubmitArgs {
    /// The machine type [default: e2-standard-2]
    #[arg(long, value_name = "TYPE")]
    pub(crate) machine: Option<MachineType>,
    /// Accelerators, such as nvidia-tesla-t4:1
    #[arg(long, value_name = "KIND:N")]
    pub(crate) gpu: Option<Gpu>,
    /// Take a Spot machine: cheaper, and may be taken away
    #[arg(long)]
    pub(crate) spot: bool,
    /// The longest the command may run [default: 1h]
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) max_run: Option<Duration>,
    /// A variable of the command's environment (may be repeated)
    #[arg(long, value_name = "K=V", value_parser = variable)]
    pub(crate) env: Vec<(String, String)>,
    /// Size of the boot disk in GB [default: 10]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = value_parser!(u32).range(10..=65_536))]
    pub(crate) disk_gb: Option<u32>,
    /// A zone to try, in this order (may be repeated) [default: the deployment's]
    #[arg(long = "zone", value_name = "ZONE")]
    pub(crate) zones: Vec<Zone>,
    /// How often to run a command again that failed by itself
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        default_value_t = 0
    )]
    pub(crate) retries: u32,
    /// Give the command the SSH key that `account apply --ssh-key` stored: the
    /// file is named by GROUNDCREW_SSH_KEY, and git uses it
    #[arg(long, conflicts_with = "volume")]
    pub(crate) ssh_key: bool,
    /// Run with this data volume, and reach nothing else in the bucket
    #[arg(long, value_name = "NAME")]
    pub(crate) volume: Option<VolumeName>,
    /// The job's id; submitting it twice runs it once [default: a new one]
    #[arg(long)]
    pub(crate) id: Option<JobId>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// The program to run, and its arguments
    #[arg(last = true, required = true)]
    pub(crate) command: Vec<String>,
}

/// `State`s as they are stored.
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
    /// Only jobs that are done and did not succeed
    #[arg(long, conflicts_with = "states")]
    pub(crate) failed: bool,
    /// Only jobs in this state (may be repeated)
    #[arg(long = "state", value_name = "STATE", value_parser = PossibleValuesParser::new(STATES))]
    pub(crate) states: Vec<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50, allow_negative_numbers = true, value_parser = value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

#[derive(Debug, Args)]
pub(crate) struct LogsArgs {
    #[command(flatten)]
    pub(crate) job: OneJob,
    /// Go on until the job is done
    #[arg(short, long, conflicts_with_all = ["json", "attempt"])]
    pub(crate) follow: bool,
    /// Of this attempt instead of the newest
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) attempt: Option<Attempt>,
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_grammar_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_that_is_shown_has_examples() {
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
    fn what_is_wrong_with_an_argument_is_named() {
        for (line, says) in [
            ("job submit --disk-gb -5 -- x", "-5 is not in 10..=65536"),
            ("job submit --retries -1 -- x", "--retries"),
            ("job submit --gpu t4:many -- x", "the count is not a number"),
            ("job submit --max-run soon -- x", "--max-run"),
            ("job submit --env X -- x", "write NAME=VALUE"),
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
