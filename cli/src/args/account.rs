//! The options of `groundcrew account`.

use clap::{ArgGroup, Args, Subcommand};
use names::ProjectId;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Show what apply would change
    #[command(after_help = "\
Examples:
  groundcrew account plan --project customer-project
  groundcrew account plan --spec groundcrew.yaml --json

Symbols: + create, ~ change, - delete, = unchanged, adopt (existed before, and is
kept by delete), ! not possible.

A spec is YAML or JSON; only project is required:
  project: customer-project
  deployment: default            # the label of resources that groundcrew creates
  location: us-central1          # of the bucket, and by default of the key
  kms_location: us-central1
  bucket: customer-project-groundcrew
  regions: [us-central1]         # where machines run, on their own network
  subnetwork: default            # or use an existing one, in each region
  internet: none                 # or nat: a Cloud NAT in each region, billed per hour and per GB;
                                 # or address: one of each machine, billed per hour
  job_days: 365                  # logs and records of jobs are kept so long; 0: for ever
  ssh_key: keys/id_ed25519       # relative to the spec; only ciphertext is stored")]
    Plan(AccountArgs),
    /// Set a project up, or repair its setup
    #[command(after_help = "\
Examples:
  groundcrew account apply --project customer-project
  groundcrew account apply --spec groundcrew.yaml
  groundcrew account apply --project customer-project --ssh-key ~/.ssh/id_ed25519

Requires roles/owner and roles/storage.admin on the project; a permission that
is missing is named before anything is changed. The SSH key must be in OpenSSH's
format and have no passphrase; Cloud KMS encrypts it. Safe to interrupt and run
again. Exits with 1 if a step failed.")]
    Apply(AccountArgs),
    /// Request the setup of a project by groundcrew's functions, and wait for it
    #[command(after_help = "\
Examples:
  groundcrew account request --project customer-project
  groundcrew account request --spec groundcrew.yaml --no-wait

Exits with 0 once the project is ready, with 1 if the setup failed. Requests
cannot contain secrets: for an SSH key use `groundcrew account apply --ssh-key FILE`.")]
    Request {
        #[command(flatten)]
        account: AccountArgs,
        /// Do not wait for the setup
        #[arg(long)]
        no_wait: bool,
    },
    /// List the projects in the ledger and their states
    #[command(after_help = "\
Examples:
  groundcrew account list
  groundcrew account list --json

DUE is when groundcrew checks the project next. RETAINED UNTIL is when Google
deletes what remains of it.")]
    List(DeploymentsArgs),
    /// Show the state of a project's setup and of groundcrew's access
    #[command(after_help = "Example:\n  groundcrew account status --project customer-project")]
    Status(AccountArgs),
    /// Show differences between a project and its setup
    #[command(after_help = "\
Examples:
  groundcrew account drift --project customer-project
  groundcrew account drift --spec groundcrew.yaml --json

Exits with 2 if there are differences; `groundcrew account apply` repairs them, but
for access that others gave beyond the setup's: it is named, and kept.")]
    Drift(AccountArgs),
    /// Revoke groundcrew's access to a project; data is kept
    #[command(after_help = "\
Examples:
  groundcrew account revoke --project customer-project
  groundcrew account revoke --project customer-project --fast

Machines that still run are listed: groundcrew can no longer delete them. End jobs
before with `groundcrew job cancel`. `groundcrew account apply` restores the access.")]
    Revoke {
        #[command(flatten)]
        account: AccountArgs,
        /// Also disable the machines' accounts, which invalidates their tokens at once
        #[arg(long)]
        fast: bool,
    },
    /// Delete what groundcrew created in a project, including the bucket and its files
    #[command(after_help = "\
Examples:
  groundcrew account delete --project customer-project
  groundcrew account delete --project customer-project --yes

Asks for the bucket's name. Does nothing while machines of jobs run: end the jobs
with `groundcrew job cancel`. Resources that existed before the setup are kept.
Resources that Google retains for a time are listed with that time; groundcrew
deletes them then, or the command to do so is printed.")]
    Delete {
        #[command(flatten)]
        account: AccountArgs,
        /// Do not ask for confirmation
        #[arg(long)]
        yes: bool,
    },
}

/// Options of commands on the whole ledger.
#[derive(Debug, Args)]
pub(crate) struct DeploymentsArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Use Google Cloud, with groundcrew deployed in project HOME, instead of the
    /// local cloud (not yet tested against Google Cloud)
    #[arg(long, value_name = "HOME", help_heading = "Cloud")]
    pub(crate) google: Option<ProjectId>,
}

/// Options of commands on one customer's project.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").args(["project", "spec"]).required(true).multiple(true))]
pub(crate) struct AccountArgs {
    /// Project ID
    #[arg(long, value_name = "PROJECT")]
    pub(crate) project: Option<ProjectId>,
    /// Spec file; only needed to change the defaults
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: Option<PathBuf>,
    /// Private SSH key for jobs, at most 64 KiB; their machines can decrypt it,
    /// and so can the project's owners [default: keep the stored key]
    #[arg(long, value_name = "FILE")]
    pub(crate) ssh_key: Option<PathBuf>,
    /// Remove the SSH key of jobs
    #[arg(long, conflicts_with = "ssh_key")]
    pub(crate) no_ssh_key: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Use Google Cloud instead of the local cloud, and grant access to the
    /// groundcrew deployed in project HOME (not yet tested against Google Cloud)
    #[arg(long, value_name = "HOME", help_heading = "Cloud")]
    pub(crate) google: Option<ProjectId>,
}
