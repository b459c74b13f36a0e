//! The options of `groundcrew job`.

use super::TargetArgs;
use clap::{Args, Subcommand, builder::PossibleValuesParser, value_parser};
use events::Gpu;
use names::{Attempt, Duration, JobId, MachineType, VolumeName, Zone};

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

The command is a program with its arguments; it is not run in a shell. It finds
GROUNDCREW_JOB, GROUNDCREW_ATTEMPT, and in GROUNDCREW_CHECKPOINTS the gs:// folder
that all attempts of the job share; with --volume GROUNDCREW_VOLUME, with
--ssh-key GROUNDCREW_SSH_KEY. Whoever may read the project's instances can read
the values of --env.")]
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
run, 130 if it was cancelled, 2 if it was rejected, and 255 (as ssh does) if
groundcrew could not find out.")]
    Wait {
        /// Stop waiting after this time (30s, 10m, 1h30m); the job continues
        #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
        timeout: Option<Duration>,
        #[command(flatten)]
        job: OneJob,
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
    /// Machine type [default: e2-standard-2, or the smallest usual one with the GPUs]
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
    /// Follow the output until the job is done
    #[arg(short, long, conflicts_with_all = ["json", "attempt"])]
    pub(crate) follow: bool,
    /// Show this attempt instead of the latest
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) attempt: Option<Attempt>,
    // Last, because it ends with the options under their own heading.
    #[command(flatten)]
    pub(crate) job: OneJob,
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("must be NAME=VALUE".to_owned()),
    }
}
