//! The grammar of `groundcrew volume`.

use super::AccountArgs;
use clap::Subcommand;
use names::VolumeName;

#[derive(Debug, Subcommand)]
pub(crate) enum VolumeCommand {
    /// Make a data volume: a folder of the bucket, and an account that reaches it alone
    #[command(after_help = "\
Examples:
  groundcrew volume create data --project customer-project
  groundcrew job submit --volume data -- sh -c 'gcloud storage ls $GROUNDCREW_VOLUME'

The project must be set up (`groundcrew account apply`). May be broken off and
run again. Jobs with the same volume are not kept apart.")]
    Create {
        /// The volume's name
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
    /// Remove a data volume with all its files
    #[command(after_help = "\
Examples:
  groundcrew volume delete data --project customer-project
  groundcrew volume delete data --project customer-project --yes

Asks for the volume's name. Logs and exit records of the jobs that ran with it
lie in it, and go with it. May be broken off and run again.")]
    Delete {
        /// The volume's name
        name: VolumeName,
        #[command(flatten)]
        account: AccountArgs,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}
