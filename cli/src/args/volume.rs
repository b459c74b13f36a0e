//! The options of `groundcrew volume`.

use super::AccountArgs;
use clap::Subcommand;
use names::VolumeName;

#[derive(Debug, Subcommand)]
pub(crate) enum VolumeCommand {
    /// Create a data volume: a folder of the bucket, and an account with access to only it
    #[command(after_help = "\
Examples:
  groundcrew volume create data --project customer-project
  groundcrew job submit --volume data -- sh -c 'gcloud storage ls $GROUNDCREW_VOLUME'

The project must be set up (`groundcrew account apply`). Safe to
interrupt and run again. Jobs that use the same volume are not isolated from
each other.")]
    Create {
        /// Volume name
        name: VolumeName,
        #[command(flatten)]
        account: AccountArgs,
    },
    /// List the data volumes of a project
    #[command(after_help = "\
Examples:
  groundcrew volume list --project customer-project
  groundcrew volume list --project customer-project --json")]
    List(AccountArgs),
    /// Delete a data volume with all its files
    #[command(after_help = "\
Examples:
  groundcrew volume delete data --project customer-project
  groundcrew volume delete data --project customer-project --yes

Asks for the volume's name. Logs and exit records of jobs that used the volume
are stored in it and deleted with it. Safe to interrupt and run again.")]
    Delete {
        /// Volume name
        name: VolumeName,
        #[command(flatten)]
        account: AccountArgs,
        /// Do not ask for confirmation
        #[arg(long)]
        yes: bool,
    },
}
