//! The grammar of `groundcrew account`.

use clap::{ArgGroup, Args, Subcommand};
use names::ProjectId;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Show what it takes to set a project up, and change nothing
    #[command(after_help = "\
Examples:
  groundcrew account plan --project customer-project
  groundcrew account plan --spec groundcrew.yaml --json

Before each line: + create, ~ change, - delete, = as it should be, adopt (it was
there before, and stays), ! cannot be made so.

A spec is YAML (or JSON); only the project must be there:
  project: customer-project
  deployment: default            # the name that marks what groundcrew makes
  location: us-central1          # of the bucket, and of the key if not said
  kms_location: us-central1
  bucket: customer-project-groundcrew
  regions: [us-central1]         # where machines run, on a network of their own
  subnetwork: default            # or one that is there, in each region
  ssh_key: keys/id_ed25519       # beside the spec; stored as ciphertext only")]
    Plan(AccountArgs),
    /// Set a project up, or mend it; whatever is as it should be stays
    #[command(after_help = "\
Examples:
  groundcrew account apply --project customer-project
  groundcrew account apply --spec groundcrew.yaml
  groundcrew account apply --project customer-project --ssh-key ~/.ssh/id_ed25519

The SSH key is encrypted by Cloud KMS, which takes the role
roles/cloudkms.cryptoKeyEncrypter; an owner does not have it. May be broken off and run again. Exits with 1 if something could not be done.")]
    Apply(AccountArgs),
    /// Ask groundcrew to set a project up, as an event does, and wait for it
    #[command(after_help = "\
Examples:
  groundcrew account request --project customer-project
  groundcrew account request --spec groundcrew.yaml --no-wait

Exits with 0 once the project is ready, with 1 if it cannot be made so. An event
carries no secret: for an SSH key use `groundcrew account apply --ssh-key FILE`.")]
    Request {
        #[command(flatten)]
        account: AccountArgs,
        /// Do not wait
        #[arg(long)]
        no_wait: bool,
    },
    /// List the projects that groundcrew knows of, and where each stands
    #[command(after_help = "\
Examples:
  groundcrew account list
  groundcrew account list --json

DUE is when groundcrew looks at it by itself; RETAINED UNTIL, how long Google
keeps what is left of it.")]
    List(DeploymentsArgs),
    /// Say how far a project is set up, and who has access
    #[command(after_help = "Example:\n  groundcrew account status --project customer-project")]
    Status(AccountArgs),
    /// Name what is not as the setup made it
    #[command(after_help = "\
Examples:
  groundcrew account drift --project customer-project
  groundcrew account drift --spec groundcrew.yaml --json

Exits with 2 if something differs; `groundcrew account apply` mends just that.")]
    Drift(AccountArgs),
    /// Take groundcrew's access to a project away at once; all data stays
    #[command(after_help = "\
Examples:
  groundcrew account revoke --project customer-project
  groundcrew account revoke --project customer-project --fast

`groundcrew account apply` gives the access back.")]
    Revoke {
        #[command(flatten)]
        account: AccountArgs,
        /// Disable the machines' accounts too: their tokens are refused at once
        #[arg(long)]
        fast: bool,
    },
    /// Remove what groundcrew made in a project, the bucket with all its files
    #[command(after_help = "\
Examples:
  groundcrew account delete --project customer-project
  groundcrew account delete --project customer-project --yes

Asks for the bucket's name. What was there before the setup stays; what Google
keeps for a time is named, with the time, and removed by groundcrew then; or it
is said what to run then.")]
    Delete {
        #[command(flatten)]
        account: AccountArgs,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Which ledger, and how to speak of it.
#[derive(Debug, Args)]
pub(crate) struct DeploymentsArgs {
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Talk to Google Cloud instead of the local cloud, and the groundcrew that
    /// lives in HOME (unverified: nobody has run this against Google yet)
    #[arg(long, value_name = "HOME", help_heading = "Cloud")]
    pub(crate) google: Option<ProjectId>,
}

/// A project that is set up, and how to speak of it.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").args(["project", "spec"]).required(true).multiple(true))]
pub(crate) struct AccountArgs {
    /// The project
    #[arg(long, value_name = "PROJECT")]
    pub(crate) project: Option<ProjectId>,
    /// What is wanted of it, if not the usual
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: Option<PathBuf>,
    /// A private SSH key for jobs, at most 64 KiB; only their machines can
    /// decrypt it. The one that is there stays if nothing is said
    #[arg(long, value_name = "FILE")]
    pub(crate) ssh_key: Option<PathBuf>,
    /// Jobs are to have no SSH key any more
    #[arg(long, conflicts_with = "ssh_key")]
    pub(crate) no_ssh_key: bool,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Talk to Google Cloud instead of the local cloud, and invite the
    /// groundcrew that lives in HOME (unverified: nobody has run this against
    /// Google yet)
    #[arg(long, value_name = "HOME", help_heading = "Cloud")]
    pub(crate) google: Option<ProjectId>,
}
